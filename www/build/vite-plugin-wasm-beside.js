// @ts-check
// The wasm lies beside the page as `gatescope.wasm`: the page compiles it once and hands the module to every
// worker. The generated glue would otherwise make Vite emit a second copy that nobody loads.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WASM = fileURLToPath(new URL('../src/engine/wasm/gatescope_bg.wasm', import.meta.url));

/** @returns {import('vite').Plugin} */
export function wasmBeside() {
  return {
    name: 'gatescope-wasm-beside',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/wasm/gatescope.js')) return undefined;
      return {
        code: code
          .replace(/new URL\((['"])gatescope_bg\.wasm\1,\s*import\.meta\.url\)/g, 'undefined')
          // Without these a class that a build does not use is left out: the library has no lanes, the worker no networks.
          .replace(/^if \(Symbol\.dispose\).*$/gm, '')
          .replace(/: new FinalizationRegistry/g, ': /* @__PURE__ */ new FinalizationRegistry'),
        map: null,
      };
    },
  };
}

/** Emits the file for a build and serves it in development. @returns {import('vite').Plugin} */
export function wasmFile() {
  return {
    name: 'gatescope-wasm-file',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'gatescope.wasm', source: readFileSync(WASM) });
    },
    configureServer(server) {
      server.middlewares.use('/gatescope.wasm', (_request, response) => {
        response.setHeader('Content-Type', 'application/wasm');
        response.end(readFileSync(WASM));
      });
    },
  };
}
