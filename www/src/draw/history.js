// @ts-check
// A training run as columns for a chart. The workers tell every step; where a chart has fewer points, several make one.
import { HISTORY } from './record.js';

/** What of a bin of steps is drawn: the mean; the last; of norms, which are taken as log10, the largest. @typedef {'mean' | 'last' | 'largest'} Pick */
const COLUMNS = /** @type {const} */ ([
  { name: 'loss', at: HISTORY.loss, pick: 'mean' },
  { name: 'accuracy', at: HISTORY.accuracy, pick: 'mean' },
  { name: 'heldOut', at: HISTORY.heldOutAccuracy, pick: 'last' },
  { name: 'norm', at: HISTORY.gradientNorm, pick: 'largest' },
  { name: 'clipped', at: HISTORY.clippedNorm, pick: 'largest' },
]);
/** @typedef {Record<typeof COLUMNS[number]['name'], (number | null)[]>} Columns norms as log10 */

/** Equal bins over the steps 1..last, at most so many, each named by its last step. @param {number} last @param {number} bins */
function binsOf(last, bins) {
  const width = Math.max(1, Math.ceil(last / bins));
  const count = Math.ceil(last / width);
  return {
    steps: Array.from({ length: count }, (_, k) => Math.min(last, (k + 1) * width)),
    /** @param {number} step */
    of: (step) => Math.min(count - 1, Math.max(0, Math.ceil(step / width) - 1)),
  };
}

/**
 * One number of every record, binned; null where there is nothing that could be drawn.
 * @param {{ data: ArrayLike<number>, length: number }} records @param {number} width numbers of a record @param {number} at @param {Pick} pick @param {ReturnType<typeof binsOf>} bins
 */
function binned({ data, length }, width, at, pick, bins) {
  /** @type {(number | null)[]} */
  const values = new Array(bins.steps.length).fill(null);
  const counts = new Uint32Array(values.length);
  for (let from = 0; from < length; from += width) {
    const given = data[from + at];
    const value = pick === 'largest' ? Math.log10(given) : given;
    // A norm of zero is one: its logarithm lies under every floor.
    if (!Number.isFinite(value) && !(pick === 'largest' && value === -Infinity)) continue;
    const bin = bins.of(data[from]);
    const before = values[bin];
    values[bin] = before === null || pick === 'last' ? value : pick === 'mean' ? before + value : Math.max(before, value);
    counts[bin]++;
  }
  return pick === 'mean' ? values.map((sum, k) => (sum === null ? null : sum / counts[k])) : values;
}

/**
 * A training run as columns for a chart: means of equal bins over the steps, of gradient norms the largest; null where there is nothing.
 * @param {{ data: ArrayLike<number>, length: number }[]} lanes records one after another, `length` in numbers
 * @param {number} most at most so many points
 */
export function historyColumns(lanes, most) {
  const last = Math.max(1, ...lanes.map(({ data, length }) => (length ? data[length - HISTORY.width] : 0)));
  const bins = binsOf(last, most);
  const series = lanes.map((lane) => /** @type {Columns} */ (Object.fromEntries(COLUMNS.map(({ name, at, pick }) => [name, binned(lane, HISTORY.width, at, pick, bins)]))));
  return { steps: bins.steps, series };
}

/**
 * The norms of one parameter's gradient before and after clipping, as log10, in the same bins: the largest of each.
 * @param {{ norms: { data: ArrayLike<number>, length: number, width: number }, parameter: number }[]} lanes `parameter`: which one, −1 for none
 * @param {number} last the last step of the bins @param {number} most at most so many points
 */
export function normColumns(lanes, last, most) {
  const bins = binsOf(last, most);
  return lanes.map(({ norms, parameter }) => {
    const of = (/** @type {number} */ which) => binned(parameter < 0 ? { data: [], length: 0 } : norms, Math.max(1, norms.width), 1 + 2 * parameter + which, 'largest', bins);
    return { norm: of(0), clipped: of(1) };
  });
}
