// @ts-check
/** A run so far: records one after another, the training step first, `length` in numbers. @typedef {{ data: Float32Array, length: number }} History */
/** Norms of every parameter's gradient before and after clipping, in every step: `width` numbers a record. @typedef {History & { width: number }} Norms */

/** @param {Float32Array} [records] @returns {History} */
export const createHistory = (records = new Float32Array(0)) => ({ data: records, length: records.length });

/**
 * Appends records, growing by doubling. Steps that are there already are not taken twice: a run that is walked again gives
 * the same numbers.
 * @param {History} history @param {Float32Array} records @param {number} width numbers of a record
 */
export function append(history, records, width) {
  const last = history.length ? history.data[history.length - width] : -1;
  let from = 0;
  while (from < records.length && records[from] <= last) from += width;
  const fresh = records.subarray(from);
  const needed = history.length + fresh.length;
  if (needed > history.data.length) {
    const grown = new Float32Array(Math.max(needed, 2 * history.data.length, 600));
    grown.set(history.data.subarray(0, history.length));
    history.data = grown;
  }
  history.data.set(fresh, history.length);
  history.length = needed;
}

/**
 * The records up to a step, by themselves.
 * @param {History} history @param {number} last @param {number} width numbers of a record
 */
export function until({ data, length }, last, width) {
  let end = 0;
  while (end < length && data[end] <= last) end += width;
  return data.slice(0, end);
}
