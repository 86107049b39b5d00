import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LINK_ATTRIBUTES, METHODS, OBSERVED, WISH_ATTRIBUTES } from '../src/host/attributes.js';
import { WISHES, readWishes } from '../src/state/link.js';

const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../../README.md');
const declared = read('../src/gatescope.d.ts');

/** What a row of the README's table of the element says. @param {string} name */
function row(name) {
  const found = readme.split('\n').find((line) => line.startsWith(`| ${name}`));
  assert.ok(found, name);
  return found.slice(found.indexOf('|', 2) + 1);
}
const quoted = (/** @type {string} */ text) => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code);

/** Attributes that are neither a link's nor a wish. */
const OWN = ['link', 'src', 'wasm-url', 'page', 'autoplay'];
/** Values that the README writes behind an attribute, in brackets. */
const VALUES = ['light', 'dark', 'projector', 'embed', 'full', 'present', 'none', 'min'];

test('the README names every attribute of the element, and no other', () => {
  const named = quoted(row('attributes')).map((code) => code.replace(/=.*/, ''));
  const known = new Set([...LINK_ATTRIBUTES.keys(), ...LINK_ATTRIBUTES.values(), ...WISH_ATTRIBUTES, ...OWN]);
  for (const name of named) assert.ok(known.has(name) || VALUES.includes(name), `${name} is no attribute`);
  // Keys of links are named as a whole, with examples; all others one by one.
  for (const name of [...WISH_ATTRIBUTES, ...OWN, 'timestep']) assert.ok(named.includes(name), `${name} is not in the README`);
  for (const name of OBSERVED) assert.ok(known.has(name), name);
  // What the element reads without observing it.
  for (const name of ['page', 'autoplay']) assert.ok([read('../src/widget.js'), read('../src/element.js')].some((source) => source.includes(`'${name}'`)), name);
});

test('the values that the README names are those that are understood', () => {
  for (const [, name, values] of row('attributes').matchAll(/`(theme|ui|controls)` \(([^)]+)\)/g)) {
    for (const value of quoted(values)) assert.equal(/** @type {Record<string, unknown>} */ (readWishes((key) => (key === name ? value : null)))[name], value);
  }
  assert.deepEqual(WISH_ATTRIBUTES, WISHES.filter((name) => name !== 'origin'));
});

test('the README names every method of the element, and no other; the types declare them and every setting', () => {
  const named = quoted(row('methods')).map((code) => code.replace(/\(.*/, ''));
  assert.deepEqual(named, [...METHODS]);
  const interfaceOf = declared.slice(declared.indexOf('interface GateScope extends HTMLElement, GateScopeOwn'));
  const methods = new Set([...interfaceOf.slice(0, interfaceOf.indexOf('\n}')).matchAll(/^  (\w+)\(/gm)].map(([, name]) => name));
  assert.deepEqual([...methods].sort(), [...METHODS].sort());
  const [own, shared] = [true, false].map((dotted) => [...LINK_ATTRIBUTES.values()].filter((name) => name.includes('.') === dotted));
  for (const name of [...shared, ...WISH_ATTRIBUTES.filter((name) => name !== 'lang')]) assert.match(interfaceOf, new RegExp(`^  ${name}: `, 'm'));
  // A lane's own settings are declared as one pattern: every letter with every name.
  const [letters, names] = [.../\[own in `\$\{([^}]+)\}\.\$\{([^}]+)\}`\]/.exec(declared)?.slice(1) ?? []].map((union) => union.split(' | ').map((text) => text.slice(1, -1)));
  assert.deepEqual(letters.flatMap((letter) => names.map((name) => `${letter}.${name}`)).sort(), own.sort());
});

test('the README names every event of the element, and the types declare the same', () => {
  const events = quoted(row('events')).filter((name) => name.startsWith('gs-'));
  const map = declared.slice(declared.indexOf('interface GateScopeEventMap'));
  assert.deepEqual(events.sort(), [...map.slice(0, map.indexOf('\n}')).matchAll(/'(gs-\w+)'/g)].map(([, name]) => name).sort());
  const told = ['app/events.js', 'widget.js', 'element.js'].flatMap((file) => [...read(`../src/${file}`).matchAll(/(?:\btell|#tell)\('(\w+)'/g)].map(([, name]) => `gs-${name}`));
  assert.deepEqual([...new Set(told)].sort(), events);
});
