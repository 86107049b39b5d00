// @ts-check
// The library as one file without a page: `gatescope.js`, its types, and the wasm that lies beside it.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import { wasmBeside } from './build/vite-plugin-wasm-beside.js';

const TYPES = new URL('./src/gatescope.d.ts', import.meta.url);

/** @returns {import('vite').Plugin} */
function types() {
  return {
    name: 'gatescope-types',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'gatescope.d.ts', source: readFileSync(TYPES) });
    },
  };
}

/**
 * While this library is built the address of the wasm stays as it is; the bundlers of those who use it are to find it.
 * @returns {import('vite').Plugin}
 */
function addressForBundlers() {
  return { name: 'gatescope-address', renderChunk: (code) => ({ code: code.replaceAll(/\/\* @vite-ignore \*\/\s*/g, ''), map: null }) };
}

export default defineConfig({
  plugins: [wasmBeside(), types(), addressForBundlers()],
  publicDir: false,
  build: {
    target: 'es2022',
    // Beside the page, which was built before.
    emptyOutDir: false,
    lib: { entry: 'src/library.js', formats: ['es'], fileName: () => 'gatescope.js' },
  },
});
