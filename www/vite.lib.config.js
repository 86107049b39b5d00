// @ts-check
// The package: `gatescope.js` (the library, and the element for pages), what the element fetches when it is shown, the frame's
// script, the types. All of it lies in one folder, and finds its neighbours by its own address.
import { readFileSync } from 'node:fs';
import { Features } from 'lightningcss';
import { defineConfig } from 'vite';
import anyLanguage from './build/vite-plugin-any-language.js';
import evaluate from './build/vite-plugin-evaluate.js';
import formulas from './build/vite-plugin-formulas.js';
import guest from './build/vite-plugin-guest.js';
import trusted from './build/vite-plugin-trusted.js';
import { wasmBeside } from './build/vite-plugin-wasm-beside.js';
import words from './build/vite-plugin-words.js';

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
 * While this library is built the addresses of its files stay as they are; the bundlers of those who use it are to find them.
 * @returns {import('vite').Plugin}
 */
function addressForBundlers() {
  return {
    name: 'gatescope-address',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        // As plain strings: not every bundler looks into a template.
        if (chunk.type === 'chunk') chunk.code = chunk.code.replaceAll(/new URL\((?:\/\*[^*]*\*\/\s*)?[`'"]([^`'"$]+)[`'"],\s*import\.meta\.url\)/g, 'new URL("$1",import.meta.url)');
      }
    },
  };
}

/**
 * Vite's helper of dynamic imports preloads style sheets; here there are none.
 * @returns {import('vite').Plugin}
 */
function noPreload() {
  return {
    name: 'gatescope-no-preload',
    enforce: 'pre',
    load: (id) => (id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load();' : undefined),
  };
}

/** What the widget shares with what it fetches later is one file, not one for each of them. */
/** @type {{ name: string, test: RegExp }} */
const SHARED = { name: 'draw', test: /src\/draw\/(canvas|colour|gradient|ramps|scales)\.js|src\/views\/view\.js|src\/host\/trusted\.js|node_modules\/lit(?!.*repeat)/ };

export default defineConfig({
  base: './',
  css: { lightningcss: { exclude: Features.LightDark } },
  plugins: [noPreload(), guest(), trusted(), anyLanguage(), words({ small: true }), evaluate(['/src/draw/ramps.js']), formulas(), wasmBeside(), types(), addressForBundlers()],
  publicDir: false,
  build: {
    target: 'es2022',
    // Beside the page, which was built before.
    emptyOutDir: false,
    modulePreload: false,
    rollupOptions: {
      input: { gatescope: 'src/gatescope.js', 'gatescope.embed': 'src/embed.js' },
      preserveEntrySignatures: 'allow-extension',
      output: { entryFileNames: '[name].js', chunkFileNames: 'gatescope.[name].js', codeSplitting: { groups: [SHARED] } },
    },
  },
});
