import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnOf, largest, readTerms, squareOf, summandOf, termOf } from '../src/draw/bptt.js';

const NONE = -Infinity;
/** T = 3: terms on and under the diagonal, none in the first column, where h_0 = 0. */
const values = Float64Array.of(
  NONE, NONE, NONE, NONE, -1, NONE, NONE, -3, -2,
  -1, NONE, NONE, -2, -0.5, NONE, -4, -2.5, -1.5,
  -2, -3, -5,
  NONE, -0.5, -0.4,
  NONE, -0.9, -2,
  -0.8,
);
const terms = /** @type {import('../src/draw/bptt.js').Terms} */ (readTerms(values, 3));
const drawnOf = (/** @type {import('../src/draw/bptt.js').Way} */ way, from = 1) => {
  const { drawn } = squareOf(terms, 3, way, from);
  return [1, 2, 3].flatMap((t) => [1, 2, 3].filter((k) => drawn(t, k)).map((k) => `${t}${k}`));
};

test('terms are read in their order, and a message of another length is none', () => {
  assert.deepEqual([...terms.literal], [-2, -3, -5]);
  assert.equal(terms.gradient, -0.8);
  assert.equal(readTerms(values, 4), null);
});

test('the printed line lies in one column, the double sum in the triangle, the sweep in the columns that it has passed', () => {
  assert.deepEqual(drawnOf('literal'), ['11', '21', '31']);
  assert.deepEqual(drawnOf('exact'), ['22', '32', '33']);
  assert.deepEqual(drawnOf('sweep', 3), ['33']);
  assert.equal(squareOf(terms, 3, 'literal', 1).values[6], -5);
});

test('a term written out is the loss’s gradient, its way back and its own use', () => {
  const term = termOf(terms, 3, 3, 2);
  assert.equal(term.start, -1.5);
  assert.equal(term.left, -2.5);
  assert.deepEqual([...term.way], [-2.5, -1.5]);
  assert.equal(term.left + term.use, term.value);
});

test('grey is the largest term that is a number', () => {
  assert.equal(largest([NONE, -3, Number.NaN, Infinity]), -3);
  assert.equal(largest([NONE]), 0);
});

test('a term’s factors come to it: the way back, then what comes to the sums, then the state', () => {
  const { start, factors, left, own, delta, previous, value } = termOf(terms, 3, 3, 2);
  assert.deepEqual(factors, [{ index: 2, value: -1, left: -2.5 }]);
  assert.equal(start + factors[0].value, left);
  assert.equal(left + own, delta);
  assert.equal(delta + previous, value);
});

test('a state that is zero tells nothing of what came back, and what came by way of the cell state alone is no multiple of nothing', () => {
  const first = termOf(terms, 3, 3, 1);
  assert.deepEqual([first.value, first.previous, first.delta, first.own], [NONE, NONE, Number.NaN, Number.NaN]);
  const cut = values.slice();
  cut.set([NONE, NONE, -1.5], 9 + 6);
  const term = termOf(/** @type {import('../src/draw/bptt.js').Terms} */ (readTerms(cut, 3)), 3, 3, 2);
  // Zero stays zero: (−∞) − (−∞) is not asked.
  assert.deepEqual(term.factors, [{ index: 2, value: NONE, left: NONE }]);
  assert.deepEqual([term.own, term.delta], [Infinity, -2.5]);
});

test('the printed line’s summand goes back to h_0, and leaves out the terms of its row', () => {
  const { start, factors, value, left } = summandOf(terms, 3, 3);
  assert.deepEqual(factors.map(({ index }) => index), [2, 1, 0]);
  assert.equal(factors.reduce((sum, factor) => sum + factor.value, start), value);
  assert.deepEqual([...left], [NONE, -3, -2]);
});

test('a column is what comes to its sums times the state, and has the terms of all losses from its use on', () => {
  const { delta, previous, value, terms: norms } = columnOf(terms, 3, 2);
  assert.deepEqual([delta + previous, value, norms], [value, -0.9, [-1, -3]]);
});
