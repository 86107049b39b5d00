// @ts-check
// What is kept of a run, so that any training step can be shown again: frames to look at, checkpoints to go on from.
// Which steps are kept follows from their numbers and from the bytes allowed, never from the clock or from who watches.
import { createHistory, until } from './history.js';

/** @typedef {import('./history.js').History} History */
/** @typedef {import('./frame.js').Frame} Frame */

/** Steps recorded of every doubling of the step, as a power of two; all steps below. */
export const DENSITY = 6;

/** Bytes that all lanes' recordings may take together: 64 MB, of which 4 are left for curves and norms. */
export const BUDGET = { total: 64e6, frames: 14e6, checkpoints: 36e6, former: 10e6 };
/** Runs that are kept besides the present one. */
export const FORMER = 4;

/**
 * Whether a step is one of about 2^density of its doubling: 2^density … all, then every second, every fourth, ….
 * The grid of a lower density is part of each higher one, so a recording can be thinned as it grows.
 * @param {number} step @param {number} [density]
 */
export function onGrid(step, density = DENSITY) {
  if (step === 0) return true;
  const coarse = 31 - Math.clz32(step) - density;
  return coarse <= 0 || step % 2 ** coarse === 0;
}

/**
 * @template T
 * @typedef {object} Ring
 * @property {(step: number, value: T, size: number, pinned?: boolean) => void} put keeps a value of so many bytes; a pinned one whatever its step
 * @property {(step: number) => void} unpin a pinned value goes the way of all others again
 * @property {(step: number) => T | null} get
 * @property {(step: number) => { step: number, value: T } | null} before the last one at or before a step
 * @property {() => number[]} steps
 * @property {() => number} bytes
 * @property {() => number} density
 * @property {(budget: number) => void} limit
 * @property {() => void} clear
 * @property {(other: Ring<T>, last: number) => void} share gives everything up to a step to another ring as well
 */

/**
 * Values by training step within so many bytes. When they are more, every second one of the later steps is let go of, and
 * so on; the first step and the pinned ones stay.
 * @template T
 * @param {number} budget bytes
 * @returns {Ring<T>}
 */
export function createRing(budget) {
  let density = DENSITY;
  let bytes = 0;
  /** @type {Map<number, { value: T, bytes: number, pinned: boolean }>} */
  const entries = new Map();
  /** Steps in order. @type {number[]} */
  let steps = [];

  /** Where a step is, or would be. @param {number} step */
  function place(step) {
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {number} step */
  function remove(step) {
    bytes -= entries.get(step)?.bytes ?? 0;
    entries.delete(step);
  }

  function thin() {
    while (bytes > budget && density >= 0) {
      density--;
      for (const step of steps) if (!entries.get(step)?.pinned && !onGrid(step, density)) remove(step);
      steps = steps.filter((step) => entries.has(step));
    }
  }

  return {
    put(step, value, size, pinned = false) {
      if (!pinned && !onGrid(step, density)) return;
      const old = entries.get(step);
      if (old) remove(step);
      else steps.splice(place(step), 0, step);
      entries.set(step, { value, bytes: size, pinned: pinned || Boolean(old?.pinned) });
      bytes += size;
      thin();
    },
    unpin(step) {
      const entry = entries.get(step);
      if (!entry) return;
      entry.pinned = false;
      if (onGrid(step, density)) return;
      remove(step);
      steps.splice(place(step), 1);
    },
    get: (step) => entries.get(step)?.value ?? null,
    before(step) {
      const at = place(step + 1) - 1;
      return at < 0 ? null : { step: steps[at], value: /** @type {{ value: T }} */ (entries.get(steps[at])).value };
    },
    steps: () => steps,
    bytes: () => bytes,
    density: () => density,
    limit(next) {
      // What is gone stays gone; what comes has a place again.
      [budget, density] = [next, DENSITY];
      thin();
    },
    clear() {
      entries.clear();
      [steps, bytes] = [[], 0];
    },
    share(other, last) {
      for (const step of steps) {
        const entry = entries.get(step);
        if (step <= last && entry) other.put(step, entry.value, entry.bytes);
      }
    },
  };
}

/**
 * The norms of one recorded step: log10 ‖∂L/∂h_t‖ for t = 1..T.
 * @typedef {{ steps: number[], columns: Float32Array[] }} Horizon
 */

/** @param {Horizon} horizon @param {number} step @param {Float32Array} column */
export function putColumn({ steps, columns }, step, column) {
  let at = steps.length;
  while (at > 0 && steps[at - 1] > step) at--;
  if (at > 0 && steps[at - 1] === step) columns[at - 1] = column;
  else {
    steps.splice(at, 0, step);
    columns.splice(at, 0, column);
  }
}

/** A lane's run so far. `end`: where it stopped for good. */
export function createRecording() {
  return {
    history: createHistory(),
    /** @type {import('./history.js').Norms} */
    norms: { ...createHistory(), width: 0 },
    /** @type {Ring<Frame>} */
    frames: createRing(BUDGET.frames / 2),
    /** @type {Ring<ArrayBuffer>} */
    checkpoints: createRing(BUDGET.checkpoints / 2),
    /** @type {Horizon} */
    horizon: { steps: [], columns: [] },
    /** The last step there is. */
    tip: 0,
    /** @type {import('./protocol.js').LaneStatus['diverged']} */
    diverged: null,
  };
}
/** @typedef {ReturnType<typeof createRecording>} Recording */

/**
 * The beginning of a run as the beginning of another: what is recorded up to a step, shared.
 * @param {Recording} from @param {number} last @param {number} width numbers of a record of the history, the step first
 */
export function fork(from, last, width) {
  const made = createRecording();
  from.frames.share(made.frames, last);
  from.checkpoints.share(made.checkpoints, last);
  const kept = from.horizon.steps.filter((step) => step <= last).length;
  made.horizon = { steps: from.horizon.steps.slice(0, kept), columns: from.horizon.columns.slice(0, kept) };
  made.history = createHistory(until(from.history, last, width));
  const { width: wide } = from.norms;
  made.norms = { ...createHistory(until(from.norms, last, wide)), width: wide };
  made.tip = Math.min(last, from.tip);
  if (made.tip === from.tip) made.diverged = from.diverged;
  return made;
}

/** @param {Recording} recording */
export const bytesOf = ({ history, norms, frames, checkpoints, horizon }) =>
  history.data.byteLength + norms.data.byteLength + frames.bytes() + checkpoints.bytes() + horizon.columns.reduce((sum, column) => sum + column.byteLength, 0);
