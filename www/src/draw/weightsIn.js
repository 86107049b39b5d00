// @ts-check
// The weights in one bar of a histogram, as the core hands them over: one row of doubles. Pure.

/** Weights that are listed one by one, the largest magnitude first; the others are counted. */
const LISTED = 200;

/** Row and column from 0. @typedef {{ index: number, row: number, column: number, value: number }} Weight */
/**
 * @typedef {object} WeightsIn
 * @property {number} step training step @property {number} all weights of the parameter
 * @property {number} from @property {number} to ends of the bar @property {number} count weights in it
 * @property {Weight[]} listed the largest magnitude first
 */

/** @param {Float64Array | null} numbers @returns {WeightsIn | null} */
export function decodeWeights(numbers) {
  if (!numbers?.length) return null;
  const [step, all, from, to] = numbers;
  const count = (numbers.length - 4) / 3;
  const found = Array.from({ length: count }, (_, k) => {
    const [row, column, value] = numbers.subarray(4 + 3 * k, 7 + 3 * k);
    return { row, column, value };
  });
  const listed = found.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, LISTED);
  return { step, all, from, to, count, listed: listed.map((weight, index) => ({ index, ...weight })) };
}
