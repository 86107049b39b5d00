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
 * One term written out: the loss's own gradient, its way back, what the weight's own use adds.
 * @param {Terms} terms @param {number} steps @param {number} t @param {number} k both from 1
 */
export function termOf(terms, steps, t, k) {
  const row = terms.state.subarray((t - 1) * steps + k - 1, (t - 1) * steps + t);
  const value = terms.norm[(t - 1) * steps + k - 1];
  return { start: row[row.length - 1], way: row, left: row[0], use: value - row[0], value };
}
