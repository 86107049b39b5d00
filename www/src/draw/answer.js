// @ts-check
// The answer at T taken apart, as the core hands it over: one row of doubles. Pure.

/**
 * @typedef {object} Answer
 * @property {number} step training step @property {number} target the right class @property {number} loss of the example
 * @property {Float64Array} features h_T that the readout sees
 * @property {Float64Array} weights fc.weight, column by column
 * @property {Float64Array} bias @property {Float64Array} outputs @property {Float64Array} probabilities
 * @property {Float64Array} errors ∂L/∂outputs
 */

/** @param {Float64Array | null} numbers @returns {Answer | null} */
export function decodeAnswer(numbers) {
  if (!numbers?.length) return null;
  let at = 0;
  const take = (/** @type {number} */ length) => numbers.subarray(at, (at += length));
  const [step, target, outputs, size, loss] = take(5);
  const features = take(size);
  const weights = take(outputs * size);
  return { step, target, loss, features, weights, bias: take(outputs), outputs: take(outputs), probabilities: take(outputs), errors: take(outputs) };
}
