import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LINK_ATTRIBUTES, METHODS, askedLink, askedWishes, valueIn } from '../src/host/attributes.js';
import { createRate, readCommand, trustedOrigin } from '../src/host/frame.js';
import { catalog, defaultExperiment, settings } from '../src/state/experiment.js';
import { readLink, writeLink } from '../src/state/link.js';

/** Stands in for an element. @param {Record<string, string>} attributes */
const element = (attributes) => /** @type {Element} */ (/** @type {unknown} */ ({ getAttribute: (/** @type {string} */ name) => (Object.hasOwn(attributes, name) ? attributes[name] : null) }));

test('every setting of the catalog has an attribute of its own, and none is the playhead’s', () => {
  assert.deepEqual(new Set(catalog.fields.map(({ link }) => link)).size, catalog.fields.length);
  for (const { link } of catalog.fields) assert.equal(LINK_ATTRIBUTES.get(link.toLowerCase()), link);
  assert.equal(LINK_ATTRIBUTES.get('timestep'), 't');
});

test('attributes ask for the same experiment as the link does, and count more than the whole link', () => {
  const asked = askedLink(element({ t: '12', h: '6', cell: 'gru', vs: 'rnn', timestep: '5', link: '#T=40&seed=9' }));
  const { experiment, t } = readLink(asked);
  assert.deepEqual([experiment.length, experiment.hidden, experiment.cell, experiment.vs, experiment.seed, t], [12, 6, 'gru', 'rnn', 9, 5]);
  assert.equal(askedLink(element({})), '#');
});

test('no text in any attribute makes reading it throw or leave the ranges', () => {
  const attributes = fc.dictionary(fc.constantFrom(...LINK_ATTRIBUTES.keys(), 'link', 'lang', 'theme', 'hide', 'lock', 'ui', 'keys'), fc.oneof(fc.string({ unit: 'binary' }), fc.double().map(String), fc.constantFrom('\ud800', '&T=1', '%', '<b>')));
  fc.assert(
    fc.property(attributes, (given) => {
      const { experiment } = readLink(askedLink(element(given)));
      for (const field of catalog.fields) {
        const value = settings(experiment)[field.name];
        if (typeof value === 'number') assert.ok(value >= Number(field.min) && value <= Number(field.max));
      }
      const wishes = askedWishes(element(given));
      assert.ok(wishes.language === null || ['en', 'zh-CN'].includes(wishes.language));
      assert.ok([...wishes.hide, ...wishes.lock].every((name) => /^[\w-]{1,32}$/.test(name)));
      assert.equal(wishes.origin, null);
    }),
  );
});

test('a property says what the link says', () => {
  const link = writeLink({ experiment: { ...defaultExperiment(), length: 12, spectralRadius: null, task: 'sentiment' }, step: 3, t: 2, unit: null });
  assert.deepEqual(['T', 'rho', 'task', 'step', 't', 'unit', 'view'].map((key) => valueIn(link, key)), [12, null, 'sentiment', 3, 2, null, 'flow']);
});

test('only an exact origin is trusted', () => {
  assert.equal(trustedOrigin('https://school.example'), 'https://school.example');
  assert.equal(trustedOrigin('http://127.0.0.1:8080'), 'http://127.0.0.1:8080');
  for (const bad of [null, '', '*', 'null', 'https://school.example/', 'https://school.example:443', 'HTTPS://school.example', 'https://a@school.example', 'file:///x', 'data:text/html,x', 'javascript:0', 'school.example', 'https://']) assert.equal(trustedOrigin(bad), null, String(bad));
});

test('whatever a message holds, it is nothing, a refusal or a call of a public method', () => {
  const value = fc.oneof(fc.anything(), fc.constantFrom('gatescope', 1, 'train', 'constructor', '__proto__'));
  const message = fc.oneof(fc.anything(), fc.record({ ns: value, v: value, id: value, method: value, params: value }), fc.record({ ns: fc.constant('gatescope'), v: fc.constant(1), id: fc.nat(), method: fc.oneof(fc.constantFrom(...METHODS), fc.string()), params: fc.anything() }));
  fc.assert(
    fc.property(message, (data) => {
      const command = readCommand(data, METHODS);
      if (command === null) return;
      if ('error' in command) assert.ok(['unsupported-version', 'unknown-method'].includes(command.error.code));
      else assert.ok(METHODS.includes(/** @type {any} */ (command.method)) && Array.isArray(command.params) && command.params.length <= 4);
    }),
  );
  assert.deepEqual(readCommand({ ns: 'gatescope', v: 1, id: 'a', method: 'seek', params: { t: 3 } }, METHODS), { id: 'a', method: 'seek', params: [{ t: 3 }] });
});

test('commands are taken in a burst, then at their rate', () => {
  let now = 0;
  const may = createRate(() => now);
  const taken = () => Array.from({ length: 100 }, may).filter(Boolean).length;
  assert.equal(taken(), 60);
  assert.equal(taken(), 0);
  now += 1000;
  assert.equal(taken(), 30);
  now += 3_600_000;
  assert.equal(taken(), 60);
});
