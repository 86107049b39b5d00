// @ts-check
// What is kept of a run while it goes: the figures of every step until they are told with a frame, and a frame and a checkpoint
// of the steps that are kept.
import { onGrid } from './recording.js';

/** @typedef {import('./course.js').Course} Course */

/** @param {Float32Array[]} parts */
function joined(parts) {
  const whole = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

/**
 * @param {() => Course | null} course
 * @param {(message: Omit<Extract<import('./protocol.js').FromWorker, { type: 'record' }>, 'id'>, transfer: Transferable[]) => void} post
 */
export function createKeeping(course, post) {
  /** Records of steps not posted yet. @type {import('./course.js').Records} */
  let owing = { history: [], norms: [] };
  /** The last step that was recorded. */
  let recorded = -1;

  function collect() {
    const { history, norms } = course()?.takeRecords() ?? { history: [], norms: [] };
    owing.history.push(...history);
    owing.norms.push(...norms);
  }

  return {
    collect,
    /** What is owed, all steps in a row. */
    take() {
      collect();
      const taken = { history: joined(owing.history), norms: joined(owing.norms) };
      owing = { history: [], norms: [] };
      return taken;
    },
    /** Another run: nothing of it is kept yet. */
    reset() {
      owing = { history: [], norms: [] };
      recorded = -1;
    },
    /**
     * Keeps the present step if it is one of those that are kept, or in any case. Whether depends on its number only: watched or
     * not, fast or slow, the same steps are kept.
     * @param {boolean} pinned
     */
    record(pinned) {
      const now = course();
      if (!now) return;
      const lane = now.lane();
      const status = lane.status();
      // Where a run ends, what is shown is one update back: not what was recorded when the step was done.
      const due = status.diverged !== null || (status.step > recorded && onGrid(status.step));
      if (!due && !pinned) return;
      const frame = due ? new ArrayBuffer(now.info.layout.floats * 4) : null;
      if (frame) now.look(new Float32Array(frame));
      recorded = Math.max(recorded, status.step);
      const checkpoint = /** @type {ArrayBuffer} */ (lane.save().buffer);
      post({ type: 'record', status, frame, checkpoint, pinned: pinned || status.diverged !== null }, frame ? [frame, checkpoint] : [checkpoint]);
    },
  };
}
