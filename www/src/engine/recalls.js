// @ts-check
// Steps that were walked before, brought back: from the nearest checkpoint, by training the few between. Nothing of that is shown
// or kept until it is there.
import { RECALLING_MS } from './protocol.js';

/** @typedef {import('./course.js').Course} Course */
/** @typedef {import('./protocol.js').ToWorker} ToWorker */
/** `then`: what is to be done when it is there. @typedef {{ token: number, keep: boolean, told: number, then: ToWorker | null }} Recall */

/** @param {(message: { type: 'recalling', token: number, step: number } | { type: 'reviewed', token: number, steps: number[], frames: ArrayBuffer[] }, transfer?: Transferable[]) => void} post */
export const createRecalls = (post) => ({
  /**
   * Goes back; what is to be walked from there, if anything, is a run with a recall.
   * @param {Course} course @param {Extract<ToWorker, { type: 'recall' }>} wanted
   */
  begin(course, { token, step, from, checkpoint, keep }) {
    course.rewind(step, from, new Uint8Array(checkpoint));
    const { step: at, diverged } = course.lane().status();
    /** @type {Recall} */
    const recall = { token, keep, told: performance.now(), then: null };
    return { recall, there: at >= step || diverged !== null };
  },
  /** On a long way, how far it is. @param {Recall} recall @param {Course} course @param {number} now */
  tell(recall, course, now) {
    if (now - recall.told <= RECALLING_MS) return;
    recall.told = now;
    post({ type: 'recalling', token: recall.token, step: course.lane().status().step });
  },
  /** Frames of kept steps, looked at again. @param {Course} course @param {Extract<ToWorker, { type: 'review' }>} wanted */
  review(course, { token, steps, checkpoints }) {
    const frames = checkpoints.map(() => new ArrayBuffer(course.info.layout.floats * 4));
    course.visit(checkpoints.map((bytes) => new Uint8Array(bytes)), (k) => course.look(new Float32Array(frames[k])));
    post({ type: 'reviewed', token, steps, frames }, frames);
  },
});
