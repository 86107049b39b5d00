// @ts-check
/** A run so far: records one after another, `length` in numbers. @typedef {{ data: Float32Array, length: number }} History */

/** @param {Float32Array} [records] @returns {History} */
export const createHistory = (records = new Float32Array(0)) => ({ data: records, length: records.length });

/** Appends records, growing by doubling. @param {History} history @param {Float32Array} records */
export function append(history, records) {
  const needed = history.length + records.length;
  if (needed > history.data.length) {
    const grown = new Float32Array(Math.max(needed, 2 * history.data.length, 600));
    grown.set(history.data.subarray(0, history.length));
    history.data = grown;
  }
  history.data.set(records, history.length);
  history.length = needed;
}
