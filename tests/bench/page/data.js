// @ts-check
// One batch of a workload, the same numbers for every system.

/**
 * @typedef {{ name: string, input: number, hidden: number, steps: number, batch: number }} Workload
 * @typedef {{ inputs: Float32Array, targets: Int32Array }} Batch inputs `[B, T, I]`, targets `[B]`
 */

/**
 * Numbers in −1 … 1 from a linear congruential generator.
 * @param {Workload} workload
 * @param {number} classes
 * @returns {Batch}
 */
export function batchOf({ input, steps, batch }, classes) {
  let state = 12_345;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const inputs = Float32Array.from({ length: batch * steps * input }, next);
  const targets = Int32Array.from({ length: batch }, (_, example) => example % classes);
  return { inputs, targets };
}
