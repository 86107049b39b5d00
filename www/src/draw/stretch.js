// @ts-check
// A timestep's Jacobian by what it stretches most, as the core hands it over: one row of doubles. Pure.

/**
 * Jv = σu and Jᵀu = σv: the largest singular value with its vectors, of length 1; both zero where there is none. States are
 * listed h first, then c.
 * @typedef {object} Stretch
 * @property {number} step training step @property {number} sigma
 * @property {Float64Array} left u @property {Float64Array} right v
 * @property {Float64Array} row entries of the row that was asked for
 */

/** @param {Float64Array | null} numbers @returns {Stretch | null} */
export function decodeStretch(numbers) {
  if (!numbers?.length) return null;
  const [step, sigma] = numbers;
  const n = (numbers.length - 2) / 3;
  const [left, right, row] = [0, 1, 2].map((k) => numbers.subarray(2 + k * n, 2 + (k + 1) * n));
  return { step, sigma, left, right, row };
}
