// @ts-check
// ∂h_t/∂h_s taken apart, as the core hands it over: one row of doubles. Pure.

/**
 * @typedef {object} Chain
 * @property {number} step training step @property {number} log10 of its Frobenius norm @property {number} boundLog10 of what that cannot exceed
 * @property {number} exponent binary, of the columns
 * @property {Float64Array} factors ‖J_k‖₂ for k from t down to s + 1
 * @property {Float64Array} leftLog10 log10 ‖∂h_t/∂h_k‖ for k from t − 1 down to s
 * @property {Float64Array} columns ‖∂h_t/∂h_s[u]‖ for every unit u
 */

/** @param {Float64Array | null} numbers @returns {Chain | null} */
export function decodeChain(numbers) {
  if (!numbers?.length) return null;
  const [step, between, units, log10, boundLog10, exponent] = numbers;
  let at = 6;
  const take = (/** @type {number} */ length) => numbers.subarray(at, (at += length));
  return { step, log10, boundLog10, exponent, factors: take(between), leftLog10: take(between), columns: take(units) };
}
