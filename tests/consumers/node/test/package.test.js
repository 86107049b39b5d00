// What was installed is what it should be: these files and no others, and nothing installed beside it.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

const root = new URL('../node_modules/gatescope/', import.meta.url);
const read = (name) => readFile(new URL(name, root), 'utf8');

test('the package holds the built library, its types, its README and its licences', async () => {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  assert.deepEqual(files.map(({ name }) => name).sort(), [
    'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'gatescope.d.ts', 'gatescope.js', 'gatescope.wasm', 'package.json',
  ]);
  assert.match(await read('LICENSE-MIT'), /Permission is hereby granted/);
  assert.match(await read('README.md'), /npm install gatescope/);
});

test('it brings no other package along and runs nothing when it is installed', async () => {
  const description = JSON.parse(await read('package.json'));
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies', 'private']) {
    assert.equal(description[kind], undefined, kind);
  }
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(description.scripts[script], undefined);
  assert.equal(description.sideEffects, false);
});

test('the built library imports nothing, evaluates no text and names no address', async () => {
  const code = await read('dist/gatescope.js');
  assert.doesNotMatch(code, /\bimport\s*[({'"]|\bfrom\s*['"]|\brequire\s*\(|\beval\s*\(|\bnew Function\b|https?:\/\//);
  // As bundlers look for it.
  assert.match(code, /new URL\(\s*(\/\*.*?\*\/)?\s*["'`]\.\/gatescope\.wasm["'`],\s*import\.meta\.url\)/);
});
