// @ts-check
import { defineConfig } from 'vite';
import anyLanguage from './build/vite-plugin-any-language.js';
import evaluate from './build/vite-plugin-evaluate.js';
import formulas from './build/vite-plugin-formulas.js';
import trusted from './build/vite-plugin-trusted.js';
import words from './build/vite-plugin-words.js';
import { wasmBeside, wasmFile } from './build/vite-plugin-wasm-beside.js';

export default defineConfig({
  // Relative, so that the folder can lie anywhere: at a domain's root, in a sub-folder, in a course's file store.
  base: './',
  plugins: [trusted(), anyLanguage(), words({ small: false }), evaluate(['/src/draw/ramps.js']), formulas(), wasmBeside(), wasmFile()],
  worker: { format: 'es', plugins: () => [wasmBeside()] },
  build: {
    target: 'es2022',
    // Nothing is inlined: the CSP allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rollupOptions: { input: ['index.html', 'presenter.html'] },
  },
});
