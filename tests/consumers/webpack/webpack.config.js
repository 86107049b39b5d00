// Nothing about gatescope: webpack finds the wasm and the worker by itself.
import { fileURLToPath } from 'node:url';

export default {
  mode: 'production',
  context: fileURLToPath(new URL('.', import.meta.url)),
  entry: { main: './main.js', widget: './widget.js' },
  output: { path: fileURLToPath(new URL('dist', import.meta.url)), filename: '[name].js', clean: true },
  // The size of a wasm file is no mistake.
  performance: false,
};
