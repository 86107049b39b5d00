// @ts-check
// Builds that are one file each: `--mode offline` the page that also opens from a disk, `--mode anywidget` the notebook front end.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import anyLanguage from './build/vite-plugin-any-language.js';
import evaluate from './build/vite-plugin-evaluate.js';
import formulas from './build/vite-plugin-formulas.js';
import guest from './build/vite-plugin-guest.js';
import inlined from './build/vite-plugin-inlined.js';
import trusted from './build/vite-plugin-trusted.js';
import { wasmBeside } from './build/vite-plugin-wasm-beside.js';
import words from './build/vite-plugin-words.js';

/** @param {string} text */
const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** @this {import('rolldown').PluginContext} @param {unknown} _options @param {import('rolldown').OutputBundle} bundle */
function put(_options, bundle) {
  let script = '';
  let style = '';
  for (const [name, file] of Object.entries(bundle)) {
    if (file.type === 'chunk') script += file.code;
    else if (name.endsWith('.css')) style += file.source;
    delete bundle[name];
  }
  script = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const policy = `default-src 'none'; script-src ${hashOf(script)} 'wasm-unsafe-eval' blob:; worker-src blob:; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const icon = readFileSync(new URL('./public/favicon.svg', import.meta.url)).toString('base64');
  const source = `<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta http-equiv="Content-Security-Policy" content="${policy}" />
<meta name="color-scheme" content="light dark" />
<title>gatescope</title>
<link rel="icon" href="data:image/svg+xml;base64,${icon}" />
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="module">${script}</script>
</body>
</html>
`;
  this.emitFile({ type: 'asset', fileName: 'offline.html', source });
}

/**
 * Puts script and styles into the page; its policy knows both by their hashes, and no address at all.
 * @returns {import('vite').Plugin}
 */
function page() {
  return {
    name: 'gatescope-offline-page',
    // Last of all: styles and imports have been put together.
    generateBundle: {
      order: 'post',
      handler: put,
    },
  };
}

export default defineConfig(({ mode }) => ({
  plugins: [trusted(), anyLanguage(), evaluate(['/src/draw/ramps.js']), formulas(), wasmBeside(), inlined(), words({ small: mode !== 'offline' }), ...(mode === 'offline' ? [page()] : [guest()])],
  publicDir: false,
  build: {
    target: 'es2022',
    emptyOutDir: false,
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { [mode]: `src/${mode}.js` },
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: '[name].js', codeSplitting: false },
    },
  },
}));
