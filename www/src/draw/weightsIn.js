// @ts-check
// The weights in one bar of a histogram, as the core hands them over: one row of doubles. Pure.

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
  const [step, all, from, to, count] = numbers;
  const listed = Array.from({ length: (numbers.length - 5) / 3 }, (_, index) => {
    const [row, column, value] = numbers.subarray(5 + 3 * index, 8 + 3 * index);
    return { index, row, column, value };
  });
  return { step, all, from, to, count, listed };
}
