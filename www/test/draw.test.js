import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { interpolateCividis, interpolatePuOr } from 'd3-scale-chromatic';
import { NOT_FINITE, STATE_LIMIT, colourOf, position } from '../src/draw/colour.js';
import { averageRows, fillPixels, tileAt } from '../src/draw/heatmap.js';
import { bandOf, crossing, relativeAt, runningProduct, sourceOf } from '../src/draw/gradient.js';
import { AXES, onAxis, timeAxis, timeTicks, valueAxis } from '../src/draw/scales.js';
import { importantTokens, layoutTokens } from '../src/draw/tokens.js';

/** @param {string} css */
const rgb = (css) => (css.startsWith('#') ? [1, 3, 5].map((k) => Number.parseInt(css.slice(k, k + 2), 16)) : (css.match(/[\d.]+/g) ?? []).map((n) => Math.round(Number(n))));

test('a gate’s colour is cividis, a signed value’s is PuOr about zero', () => {
  assert.deepEqual(colourOf('gate', 0), rgb(interpolateCividis(0)));
  assert.deepEqual(colourOf('gate', 1), rgb(interpolateCividis(1)));
  assert.deepEqual(colourOf('signed', -1), rgb(interpolatePuOr(0)));
  assert.deepEqual(colourOf('signed', 1), rgb(interpolatePuOr(1)));
});

test('scales are fixed: a value keeps its place whatever else is drawn, larger values lie further on', () => {
  for (const kind of /** @type {const} */ (['gate', 'signed', 'state', 'gradient'])) {
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true }), (a, d) => {
        assert.ok(position(kind, a + d) >= position(kind, a));
      }),
    );
  }
  assert.equal(position('state', 0), 0.5);
  assert.equal(position('state', STATE_LIMIT), 1);
});

test('a gradient is coloured by what is left of the norm at the loss end', () => {
  assert.deepEqual(colourOf('gradient', -4, 0), colourOf('gradient', -9, -5));
  assert.deepEqual(colourOf('gradient', -6), colourOf('gradient', -Infinity));
  assert.notDeepEqual(colourOf('gradient', -3), colourOf('gradient', 0));
});

test('what is no number gets no colour of the scale', () => {
  for (const bad of [Number.NaN, Infinity]) assert.deepEqual(colourOf('gate', bad), NOT_FINITE[0]);
  assert.deepEqual(colourOf('state', -Infinity), NOT_FINITE[0]);
});

test('pixel (t, unit) of a strip has the colour of value (t, unit)', () => {
  const [T, H] = [3, 2];
  const values = Float32Array.from([0, 0.2, 0.4, 0.6, 0.8, Number.NaN]);
  const words = new Uint32Array(T * H);
  fillPixels(words, values, T, H, 'gate');
  const pixels = new Uint8Array(words.buffer);
  for (let t = 0; t < T; t++) {
    for (let unit = 0; unit < H; unit++) {
      const at = 4 * (unit * T + t);
      const value = values[t * H + unit];
      const expected = Number.isNaN(value) ? NOT_FINITE[(t + unit) & 1] : colourOf('gate', value);
      assert.deepEqual([...pixels.slice(at, at + 4)], [...expected, 255]);
    }
  }
});

test('crowded rows are averaged, none is dropped', () => {
  const pixels = new Uint8ClampedArray([0, 0, 0, 255, 100, 100, 100, 255, 40, 40, 40, 255, 60, 60, 60, 255]);
  const out = new Uint8ClampedArray(8);
  averageRows(out, pixels, 1, 4, 2);
  assert.deepEqual([...out], [50, 50, 50, 255, 50, 50, 50, 255]);
});

test('every point of a strip belongs to exactly one tile', () => {
  assert.deepEqual(tileAt(0, 0, 50, 32), { t: 1, unit: 0 });
  assert.deepEqual(tileAt(1, 1, 50, 32), { t: 50, unit: 31 });
  assert.deepEqual(tileAt(0.5, 0.5, 1, 1), { t: 1, unit: 0 });
});

test('the time axis finds the column under its own middle', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 512 }), fc.integer({ min: 1, max: 512 }), (steps, t) => {
      const axis = timeAxis(steps, 100, 700);
      assert.equal(axis.at(axis.x(Math.min(t, steps))), Math.min(t, steps));
    }),
  );
});

test('time ticks begin with 1, end with T and do not crowd', () => {
  for (const T of [1, 2, 3, 10, 50, 51, 100, 512]) {
    const ticks = timeTicks(T, 10);
    assert.equal(ticks[0], 1);
    assert.equal(ticks[ticks.length - 1], T);
    assert.ok(ticks.length <= 13, `${T}: ${ticks}`);
  }
});

test('the gradient axis is one for all: 1e−10 at the bottom, 1e3 at the top', () => {
  const y = valueAxis(10, 140);
  assert.deepEqual([AXES.magnitude.floor, AXES.magnitude.ceiling].map(y), [140, 10]);
  assert.equal(y(-40), 140);
  assert.equal(y(Infinity), 10);
  assert.equal(y(0), 40);
});

test('what does not fit the axis is told apart, not drawn as if it did', () => {
  assert.deepEqual([-12, -10, 0, 5, -Infinity, Infinity, Number.NaN].map((value) => onAxis(value)), ['below', 'inside', 'inside', 'above', 'zero', 'notFinite', 'notFinite']);
});

test('bands are relative to the loss end', () => {
  const series = [-9, -5, -2, -1];
  assert.deepEqual(series.map((_, k) => bandOf(relativeAt(series, k + 1))), ['vanished', 'fading', 'healthy', 'healthy']);
  assert.equal(bandOf(relativeAt([4, 0], 1)), 'exploding');
  // Surgery can put a gradient in at another timestep: then it comes from there.
  assert.equal(sourceOf([-2, 0, -Infinity]), 2);
  assert.equal(relativeAt([-2, 0, -Infinity], 1), -2);
  assert.equal(crossing([-4, 0, -Infinity], 'fading'), 1);
  assert.equal(runningProduct([-2, 0, -Infinity], 1).log10, -2);
  assert.deepEqual(runningProduct([-2, 0, -Infinity], 3), { head: [], skipped: false, last: null, log10: -Infinity });
  // No gradient at all has nothing to be relative to.
  assert.equal(bandOf(relativeAt([-Infinity, -Infinity], 1)), 'unknown');
  assert.equal(crossing(series, 'vanished'), 1);
  assert.equal(crossing([0, 0], 'fading'), null);
});

test('the running product is the product of its factors', () => {
  const series = [-4, -3, -1, -0.5, 0];
  const { head, skipped, last, log10 } = runningProduct(series, 1);
  assert.equal(head.length, 2);
  assert.ok(skipped);
  assert.ok(Math.abs(head[0] - 10 ** -0.5) < 1e-12);
  assert.ok(Math.abs(Number(last) - 0.1) < 1e-12);
  assert.equal(log10, -4);
  assert.deepEqual(runningProduct(series, 5), { head: [], skipped: false, last: null, log10: 0 });
});

test('a gradient that is exactly zero makes factors and product zero, not something that is no number', () => {
  assert.deepEqual(runningProduct([-Infinity, -Infinity, -Infinity, 0], 1), { head: [0, 0], skipped: false, last: 0, log10: -Infinity });
  assert.equal(runningProduct([-Infinity, -Infinity], 2).log10, -Infinity);
});

test('a product far below any float is still a number', () => {
  const series = Float32Array.from({ length: 512 }, (_, k) => -2 * (511 - k));
  assert.equal(runningProduct(series, 1).log10, -1022);
});

test('words never overlap, and the important ones are written first', () => {
  const texts = ['the', 'movie', 'that', 'we', 'remembered', 'was', 'unpredictable'];
  const important = importantTokens([9, 1, 8, 7, 6, 5, 2], 3);
  assert.deepEqual(important, [false, true, false, false, false, false, true]);
  const placed = layoutTokens(texts, important, 22, (text) => 7 * text.length, 0, 22 * texts.length);
  for (const t of [2, 7]) assert.equal(placed.find((p) => p.t === t)?.text, texts[t - 1]);
  const sorted = [...placed].sort((a, b) => a.x - b.x);
  for (let k = 1; k < sorted.length; k++) assert.ok(sorted[k - 1].x + sorted[k - 1].width / 2 <= sorted[k].x - sorted[k].width / 2);
});
