import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NOT_FINITE, colourOf } from '../src/draw/colour.js';
import { bars } from '../src/draw/histogram.js';
import { endOf, horizonPixels, momentAt, recordedAt, stepTicks } from '../src/draw/horizon.js';

const pixel = (/** @type {Uint8ClampedArray} */ pixels, /** @type {number} */ width, /** @type {number} */ x, /** @type {number} */ t) => [...pixels.slice(4 * ((t - 1) * width + x), 4 * ((t - 1) * width + x) + 4)];

test('each pixel has the colour of the last recorded step before it, relative to the loss end of that step', () => {
  const horizon = { steps: [0, 1, 2, 4, 8], columns: [[-9, -3, -1], [-4, -2, -2], [-1, 0, 0], [-30, -5, 1], [2, 2, -1]] };
  const pixels = horizonPixels(horizon, 3, 9, 8, 10);
  for (let step = 0; step <= 8; step++) {
    const column = horizon.columns[recordedAt(horizon.steps, step)];
    for (let t = 1; t <= 3; t++) assert.deepEqual(pixel(pixels, 10, step, t), [...colourOf('gradient', column[t - 1], column[2]), 255]);
  }
  // Beyond the last step nothing was computed.
  assert.deepEqual(pixel(pixels, 10, 9, 1), [0, 0, 0, 0]);
});

test('an exact zero has the lowest colour, what is no number is hatched, and a lost reference stretches nothing', () => {
  const horizon = { steps: [0, 1], columns: [[-Infinity, Number.NaN, Infinity, 0], [-3, -2, -1, -Infinity]] };
  const pixels = horizonPixels(horizon, 4, 1, 1, 2);
  assert.deepEqual(pixel(pixels, 2, 0, 1), [...colourOf('gradient', -400, 0), 255]);
  assert.deepEqual(pixel(pixels, 2, 0, 2), [...NOT_FINITE[1], 255]);
  assert.deepEqual(pixel(pixels, 2, 0, 3), [...NOT_FINITE[0], 255]);
  assert.equal(endOf(horizon.columns[1]), 0);
  assert.deepEqual(pixel(pixels, 2, 1, 1), [...colourOf('gradient', -3, 0), 255]);
});

test('every point of the picture is a training step and a timestep that exist', () => {
  fc.assert(
    fc.property(fc.double({ min: -1, max: 2, noNaN: true }), fc.double({ min: -1, max: 2, noNaN: true }), fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 512 }), (fx, fy, reach, T) => {
      const { step, t } = momentAt(fx, fy, reach, T);
      assert.ok(step >= 0 && step <= reach && t >= 1 && t <= T);
      const back = momentAt((step + 0.5) / (reach + 1), (t - 0.5) / T, reach, T);
      assert.deepEqual(back, { step, t });
    }),
  );
});

test('the step axis begins at 0 and has round marks that are not too many', () => {
  for (const reach of [1, 7, 60, 300, 999, 10_000, 20_000]) {
    const ticks = stepTicks(reach, 6);
    assert.equal(ticks[0], 0);
    assert.ok(ticks.length >= 2 && ticks.length <= 8, `${reach}: ${ticks}`);
    assert.ok(ticks.every((tick) => Number.isInteger(tick) && tick <= reach));
  }
});

test('the tallest bar fills the height, and a single weight is still seen', () => {
  const [low, none, high] = bars([1, 0, 5000], 30, 40);
  assert.deepEqual([low.height, none.height, high.height, high.y], [1, 0, 40, 0]);
  assert.deepEqual([low.x, none.x, high.x, high.width], [0, 10, 20, 10]);
});
