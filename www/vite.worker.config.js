// @ts-check
// The lanes' worker as one file without imports: bundlers carry it along as it is, and it can be started from anywhere.
import { defineConfig } from 'vite';
import { wasmBeside } from './build/vite-plugin-wasm-beside.js';

export default defineConfig({
  plugins: [wasmBeside()],
  publicDir: false,
  build: {
    target: 'es2022',
    emptyOutDir: false,
    rollupOptions: { input: { 'gatescope.worker': 'src/engine/worker.js' }, output: { entryFileNames: '[name].js' } },
  },
});
