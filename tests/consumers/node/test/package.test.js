// What was installed is what it should be: these files and no others, and nothing installed beside it.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

const root = new URL('../node_modules/gatescope/', import.meta.url);
const read = (name) => readFile(new URL(name, root), 'utf8');

test('the package holds the built library, its types, its README and its licences', async () => {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  assert.deepEqual(files.map(({ name }) => name).sort(), [
    'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'anywidget.js', 'embed.html', 'favicon.svg', 'gatescope.d.ts',
    'gatescope.dialog.js', 'gatescope.draw.js', 'gatescope.embed.js', 'gatescope.figure.js', 'gatescope.full.js', 'gatescope.hands.js', 'gatescope.js',
    'gatescope.qr.js', 'gatescope.save.js', 'gatescope.table.js', 'gatescope.wasm', 'gatescope.widget.js',
    'gatescope.worker.js', 'gatescope.zh-CN.js', 'opening.bin', 'opening.json',
    'package.json',
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
  // Loading the library defines the element: a bundler must not take it for unused.
  assert.ok(description.sideEffects.includes('./dist/gatescope.js'));
});

test('the built files import one another and nothing else, evaluate no text and name no address', async () => {
  const names = (await readdir(new URL('dist/', root))).filter((name) => /^gatescope.*\.js$/.test(name));
  const all = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(`dist/${name}`)])));
  for (const [name, code] of Object.entries(all)) {
    const imported = [...code.matchAll(/\b(?:import\s*\(?|from)\s*(["'`])([^"'`\s,:]+)\1/g)].map(([, , path]) => path);
    for (const path of imported) assert.ok(path.startsWith('./') && all[path.slice(2)], `${name} imports ${path}`);
    assert.doesNotMatch(code, /\brequire\s*\(|\beval\s*\(|\bnew Function\b/, name);
    // Namespaces of SVG and MathML are names, not places.
    const addresses = (code.match(/https?:\/\/[^\s"'`]*/g) ?? []).filter((a) => !/^http:\/\/www\.w3\.org\/\d+\//.test(a));
    assert.deepEqual(addresses, [], name);
  }
  // What Node loads brings the element's inside only where there is a page.
  assert.doesNotMatch(all['gatescope.js'], /\bfrom\s*["'`]/);
  // As bundlers look for it.
  assert.match(all['gatescope.js'], /new URL\(\s*(\/\*.*?\*\/)?\s*["'`]\.\/gatescope\.wasm["'`],\s*import\.meta\.url\)/);
});
