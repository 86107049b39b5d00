// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ceilingOf, underCeiling } from '../src/draw/ceiling.js';

test('a loss that grows a little has the whole axis; one that explodes leaves it, and the axis says so', () => {
  const calm = { name: 'calm', values: [null, 1.39, 1.2, 0.4] };
  assert.equal(ceilingOf([calm.values, [1.4, 3, 5.5, null]]), null);
  const wild = { name: 'wild', values: [1.39, 40, 1e12, null] };
  const { curves, range, ticks, format } = underCeiling([calm, wild], String);
  assert.deepEqual(range, [0, 6]);
  assert.deepEqual(ticks, [0, 3, 6]);
  assert.deepEqual(curves, [calm, { name: 'wild', values: [1.39, 6, 6, null] }]);
  assert.deepEqual([format(3), format(6)], ['3', '≥ 6']);
});

test('without a run there is no ceiling', () => {
  assert.equal(ceilingOf([]), null);
  assert.equal(ceilingOf([[null, null], []]), null);
});
