// @ts-check
// The terms of ∂L/∂W_hh for every pair of timesteps, made between training slices and messages while the page shows them.
import { MAP_REST_MS, MAP_REST_TIMES, SLICE_MS } from './protocol.js';

/** @typedef {import('./protocol.js').ToldTerms} ToldTerms */

/**
 * @param {() => import('./wasm/gatescope.js').Lane | null} laneOf @param {() => boolean} isTraining
 * @param {(message: any, transfer?: Transferable[]) => void} post
 */
export function createTermsMaker(laneOf, isTraining, post) {
  /** Whether the loss is taken after every timestep; null: not wanted. @type {boolean | null} */
  let wanted = null;
  /** @type {{ every: boolean, done: number, total: number, step: number, ms: number, outdated: boolean } | null} */
  let job = null;
  let have = false;
  let restUntil = 0;

  return {
    isWanted: () => wanted !== null,
    /** @param {boolean | null} every */
    want(every) {
      wanted = every;
      have = false;
      job = null;
      restUntil = 0;
      if (every === null) laneOf()?.takeTerms();
    },
    /** What is shown is something else now. */
    outdated() {
      have = false;
      if (job) job.outdated = true;
    },
    /** The network is another one. */
    reset() {
      job = null;
      have = false;
      restUntil = 0;
    },
    /** Works for one slice; whether there is more to do at once. */
    work() {
      const lane = laneOf();
      if (wanted === null || !lane) return false;
      const started = performance.now();
      if (job?.outdated && !isTraining()) job = null;
      if (!job) {
        if (have || (isTraining() && started < restUntil)) return false;
        job = { every: wanted, done: 0, total: lane.beginTerms(wanted), step: lane.status().step, ms: 0, outdated: false };
      }
      const now = job;
      do now.done = lane.advanceTerms(1);
      while (now.done < now.total && performance.now() - started < SLICE_MS);
      const ended = performance.now();
      now.ms += ended - started;
      if (now.done < now.total) return true;
      const values = lane.takeTerms();
      job = null;
      have = !now.outdated;
      restUntil = ended + Math.max(MAP_REST_MS, MAP_REST_TIMES * now.ms);
      post({ type: 'terms', every: now.every, values, step: now.step }, [values.buffer]);
      return !have && !isTraining();
    },
  };
}
