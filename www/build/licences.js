// @ts-check
// npm packs only what lies in this folder; the licences lie in the one above it. `npm pack` puts them here before it packs
// and removes them afterwards.
import { access, copyFile, rm } from 'node:fs/promises';
import process from 'node:process';

const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT'];

/** @param {string} name */
const here = (name) => new URL(`../${name}`, import.meta.url);

if (process.argv[2] === 'put') {
  for (const file of ['gatescope.js', 'gatescope.d.ts', 'gatescope.wasm']) {
    await access(here(`dist/${file}`)).catch(() => {
      throw new Error(`There is no dist/${file} to pack: \`cargo xtask pack\` builds it.`);
    });
  }
  await Promise.all(LICENCES.map((name) => copyFile(here(`../${name}`), here(name))));
} else {
  await Promise.all(LICENCES.map((name) => rm(here(name), { force: true })));
}
