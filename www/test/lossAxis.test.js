import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossAxis } from '../src/draw/lossAxis.js';

const steps = Array.from({ length: 100 }, (_, k) => k + 1);
const calm = steps.map((step) => 0.7 * 0.95 ** step);
const late = steps.map((step) => (step < 95 ? 0.7 : 10 ** (step - 93)));

test('losses that begin and stay near each other are shown whole', () => {
  const waving = steps.map((step) => 0.7 + 0.6 * Math.sin(step));
  assert.deepEqual(lossAxis(steps, [calm, waving]), { end: null, beyond: [], drawn: [calm, waving] });
  assert.equal(lossAxis(steps, [steps.map(() => null)]).end, null);
  assert.equal(lossAxis([], []).end, null);
});

test('a lane that diverges late or at once leaves the picture, and the chart knows how far and when', () => {
  const { end, beyond, drawn } = lossAxis(steps, [calm, late, steps.map(() => null)]);
  assert.ok(end !== null && end >= 0.7 && end < 4, `${end}`);
  assert.deepEqual(beyond, [{ curve: 1, value: 1e7, step: 100 }]);
  assert.deepEqual(drawn[0], calm);
  assert.deepEqual(drawn[1].slice(0, 94), late.slice(0, 94));
  assert.ok(drawn[1].slice(94).every((value) => value !== null && value > end && value <= 100 * end));
  const atOnce = steps.map((step) => 1e12 * step);
  assert.deepEqual(lossAxis(steps, [atOnce, calm]).beyond, [{ curve: 0, value: 1e14, step: 100 }]);
  assert.equal(lossAxis(steps, [atOnce, calm]).end, lossAxis(steps, [late, calm]).end);
});

test('alone, a lane that diverged still shows how it trained before; one that exploded from the first step on is what it is', () => {
  assert.equal(lossAxis(steps, [late]).end, 4 * 0.7);
  const atOnce = steps.map((step) => 1e12 + step);
  assert.equal(lossAxis(steps, [atOnce]).end, null);
});

test('where learning is long over, what it began with is still on the axis', () => {
  const learned = steps.map((step) => (step < 3 ? 0.7 : 0.001));
  assert.equal(lossAxis(steps, [learned, steps.map(() => 0.7)]).end, null);
});
