import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageHost } from '../src/host/page.js';

test('an entry of the browser’s history that somebody has just gone to is heard of, not written over', (context) => {
  const before = Object.getOwnPropertyDescriptors(globalThis);
  const heard = /** @type {(() => void)[]} */ ([]);
  const place = { hash: '#T=5' };
  const given = {
    location: place,
    history: { state: null, replaceState: (/** @type {unknown} */ _state, /** @type {string} */ _title, /** @type {string} */ link) => (place.hash = link) },
    document: { documentElement: {} },
    addEventListener: (/** @type {string} */ _name, /** @type {() => void} */ hear) => heard.push(hear),
  };
  for (const [name, value] of Object.entries(given)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  context.after(() => {
    for (const name of Object.keys(given)) {
      if (before[name]) Object.defineProperty(globalThis, name, before[name]);
      else Reflect.deleteProperty(globalThis, name);
    }
  });

  const host = pageHost(/** @type {any} */ ({}));
  let asked = 0;
  host.onLink(() => {
    asked++;
    host.read();
  });
  host.read();
  host.write('#T=6');
  assert.equal(place.hash, '#T=6');
  // Edited, or gone back to; the event comes later than the timer by which the app writes.
  place.hash = '#T=7';
  host.write('#T=6&t=3');
  assert.equal(place.hash, '#T=7');
  heard.forEach((hear) => hear());
  assert.equal(asked, 1);
  // What the app itself writes is no other link.
  host.write('#T=7&t=3');
  heard.forEach((hear) => hear());
  assert.deepEqual([place.hash, asked], ['#T=7&t=3', 1]);
});
