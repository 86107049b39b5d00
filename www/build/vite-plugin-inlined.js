// @ts-check
// For builds that are one file: what the page otherwise fetches, as constants. The worker has to be built before.
import { readFileSync, readdirSync } from 'node:fs';

const ID = 'virtual:inlined';
const at = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);

/** @returns {import('vite').Plugin} */
export default function inlined() {
  return {
    name: 'gatescope-inlined',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id !== `\0${ID}`) return undefined;
      const lessons = readdirSync(at('public/lessons')).filter((name) => name.endsWith('.json') && name !== 'lesson.schema.json');
      const base64 = (/** @type {string} */ path) => JSON.stringify(readFileSync(at(path)).toString('base64'));
      return `const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
let module;
export const wasm = () => (module ??= bytes(${base64('src/engine/wasm/gatescope_bg.wasm')}));
export const workerSource = ${JSON.stringify(readFileSync(at('dist/gatescope.worker.js'), 'utf8'))};
export const lessons = ${JSON.stringify(Object.fromEntries(lessons.map((name) => [name.slice(0, -5), readFileSync(at(`public/lessons/${name}`), 'utf8')])))};
export const opening = () => ({ index: ${readFileSync(at('public/opening.json'), 'utf8')}, data: bytes(${base64('public/opening.bin')}).buffer });`;
    },
  };
}
