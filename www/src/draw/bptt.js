// @ts-check
// The terms of ∂L/∂W_hh as the core hands them over, and what each way of writing the sum shows of them. Pure; log10 all.

/** @typedef {'literal' | 'exact' | 'sweep'} Way */

/** @param {Float64Array} values @param {number} steps T */
export function readTerms(values, steps) {
  let at = 0;
  const take = (/** @type {number} */ length) => values.subarray(at, (at += length));
  const terms = { norm: take(steps * steps), state: take(steps * steps), literal: take(steps), previous: take(steps), total: take(steps), gradient: values[at] };
  return values.length === at + 1 ? terms : null;
}
/** @typedef {NonNullable<ReturnType<typeof readTerms>>} Terms */

/**
 * What the square shows: the printed line all in one column, since every product of it runs back to the first timestep; the
 * double sum in the triangle; the sweep its columns, as far as it has come.
 * @param {Terms} terms @param {number} steps @param {Way} way @param {number} from the sweep has come back to here
 * @returns {{ values: Float64Array, drawn: (t: number, s: number) => boolean }}
 */
export function squareOf(terms, steps, way, from) {
  if (way !== 'literal') return { values: terms.norm, drawn: (t, k) => k <= t && k >= from && terms.norm[(t - 1) * steps + k - 1] !== -Infinity };
  const values = new Float64Array(steps * steps).fill(-Infinity);
  terms.literal.forEach((value, t) => (values[t * steps] = value));
  return { values, drawn: (t, k) => k === 1 && terms.literal[t - 1] !== -Infinity };
}

/** log10 of what is grey: the largest of what is shown that is a number. @param {ArrayLike<number>} values */
export function largest(values) {
  let most = -Infinity;
  for (let k = 0; k < values.length; k++) if (values[k] > most && values[k] !== Infinity) most = values[k];
  return most === -Infinity ? 0 : most;
}

/**
 * What each timestep makes of a loss's gradient on its way back, the latest first. A gradient that is exactly zero stays zero.
 * @param {ArrayLike<number>} way log10 norms, in the order of time @param {number} first timestep of the earliest
 */
export const factorsOf = (way, first) =>
  Array.from({ length: way.length - 1 }, (_, passed) => {
    const at = way.length - 2 - passed;
    return { index: first + at, value: way[at] === -Infinity ? -Infinity : way[at] - way[at + 1], left: way[at] };
  });
/** log10 of what timestep `index` makes of the gradient, and of what is left of it there. @typedef {ReturnType<typeof factorsOf>[number]} Factor */

/**
 * log10 ‖δ‖, what comes back to the sums that W_hh is part of: a norm of δ·h_{k−1}ᵀ without that of h_{k−1}. NaN where that is zero and tells nothing.
 * @param {number} value @param {number} previous
 */
const deltaOf = (value, previous) => (previous === -Infinity ? Number.NaN : value - previous);

/**
 * One term of the double sum: the loss's own gradient, its way back, what of it comes to the sums (`own`, by way of the cell state too), and
 * the state that W_hh multiplies. `use`: both of these. log10 all.
 * @param {Terms} terms @param {number} steps @param {number} t @param {number} k both from 1
 */
export function termOf(terms, steps, t, k) {
  const way = terms.state.subarray((t - 1) * steps + k - 1, (t - 1) * steps + t);
  const value = terms.norm[(t - 1) * steps + k - 1];
  const previous = terms.previous[k - 1];
  const delta = deltaOf(value, previous);
  const left = way[0];
  return { start: way[way.length - 1], way, factors: factorsOf(way, k), left, own: delta === -Infinity ? -Infinity : delta - left, delta, previous, use: value - left, value };
}

/** The printed line's own summand: all the way back to h_0. log10 all. @param {Terms} terms @param {number} steps @param {number} t from 1 */
export function summandOf(terms, steps, t) {
  const row = terms.state.subarray((t - 1) * steps, (t - 1) * steps + t);
  const value = terms.literal[t - 1];
  return { start: row[t - 1], factors: factorsOf([value, ...row], 0), value, left: row.map((_, k) => terms.norm[(t - 1) * steps + k]) };
}

/** What the sweep adds up on passing use k, and the terms that are in it. log10 all. @param {Terms} terms @param {number} steps @param {number} k from 1 */
export function columnOf(terms, steps, k) {
  const value = terms.total[k - 1];
  const previous = terms.previous[k - 1];
  return { delta: deltaOf(value, previous), previous, value, terms: Array.from({ length: steps - k + 1 }, (_, n) => terms.norm[(k - 1 + n) * steps + k - 1]) };
}
