// @ts-check
// Memory map and spectra, made between training slices and messages: the estimate first, then the spectra of the weights,
// the exact map, and last what takes longest, the spectra along t. While the network trains only estimates are made, seldom enough that they take a small share of
// the time.
import { MAP_REST_MS, MAP_REST_TIMES, SLICE_MS } from './protocol.js';

/** @typedef {import('./protocol.js').MapMethod} MapMethod */
/** @typedef {import('./protocol.js').Making} Making */
/** @typedef {import('./protocol.js').ToldMap} ToldMap */
/** A message without its number. @typedef {ToldMap extends infer M ? M extends ToldMap ? Omit<M, 'id'> : never : never} Told */

/** Parts of the analysis, as the lane numbers them: what comes after the weights, and when nothing is left. */
const PART = { ALONG_T: 1, DONE: 4 };
/** Progress is told this often at most. */
const TELL_MS = 100;

/**
 * @param {() => import('./wasm/gatescope.js').Lane | null} laneOf @param {() => boolean} isTraining
 * @param {(message: any, transfer?: Transferable[]) => void} post
 */
export function createMapMaker(laneOf, isTraining, post) {
  /** @type {'on' | 'hold' | 'off'} */
  let wanted = 'off';
  /** @type {{ method: Making, done: number, total: number, step: number, ms: number, outdated: boolean } | null} */
  let job = null;
  /** The analysis of the present weights and example: pieces in all, and which part comes next. */
  let analysis = { total: 0, part: 0 };
  /** What is there of the present weights and example. @type {Set<Making>} */
  const have = new Set();
  let restUntil = 0;
  let told = 0;

  /** What is to be begun next. @param {number} now */
  function next(now) {
    const training = isTraining();
    if (!have.has('estimate') && (!training || now >= restUntil)) return 'estimate';
    if (training) return null;
    return /** @type {Making[]} */ (['weights', 'exact', 'spectra']).find((one) => !have.has(one)) ?? null;
  }

  function drop() {
    job = null;
    const lane = laneOf();
    lane?.cancelMap();
    lane?.cancelAnalysis();
    if (analysis.part < PART.DONE) have.delete('weights');
    analysis = { total: 0, part: 0 };
  }

  /** @param {import('./wasm/gatescope.js').Lane} lane @param {Making} method */
  function begin(lane, method) {
    if (method === 'estimate' || method === 'exact') return lane.beginMap(method === 'exact');
    if (method === 'weights') analysis = { total: lane.beginAnalysis(), part: 0 };
    return analysis.total;
  }

  /** One piece more; tells every part that is complete, and answers whether this job's parts are. @param {import('./wasm/gatescope.js').Lane} lane @param {{ method: Making, done: number, step: number }} now */
  function analyse(lane, now) {
    const [done, part] = lane.advanceAnalysis();
    now.done = done;
    if (part !== analysis.part) {
      analysis.part = part;
      post({ type: 'recurrence', recurrence: { ...lane.recurrence(), step: now.step } });
    }
    return part >= (now.method === 'weights' ? PART.ALONG_T : PART.DONE);
  }

  /** @param {Making} method @param {number} done @param {number} total */
  const tell = (method, done, total) => post({ type: 'mapProgress', method, done, total });

  return {
    isWanted: () => wanted === 'on',
    /** @param {'on' | 'hold' | 'off'} want */
    want(want) {
      wanted = want;
      if (want === 'on') return;
      drop();
      if (want === 'off') have.clear();
      post({ type: 'mapProgress', method: null, done: 0, total: 0 });
    },
    /** Weights or example are others now. A running estimate of before is still finished, and replaced later. */
    outdated() {
      have.clear();
      // What has begun of the analysis belongs to the weights before.
      if (!job && analysis.total) drop();
      if (job) job.outdated = true;
    },
    /** The network is another one. */
    reset() {
      job = null;
      analysis = { total: 0, part: 0 };
      have.clear();
      restUntil = 0;
    },
    /** Works for one slice; whether there is more to do at once. */
    work() {
      const lane = laneOf();
      if (wanted !== 'on' || !lane) return false;
      const started = performance.now();
      if (job && job.outdated && (job.method !== 'estimate' || !isTraining())) drop();
      if (!job) {
        const method = next(started);
        if (method === null) return false;
        job = { method, done: 0, total: begin(lane, method), step: lane.status().step, ms: 0, outdated: false };
      }
      const now = job;
      const analysing = now.method === 'weights' || now.method === 'spectra';
      let whole = false;
      do whole = analysing ? analyse(lane, now) : (now.done = lane.advanceMap(1)) >= now.total;
      while (!whole && performance.now() - started < SLICE_MS);
      const ended = performance.now();
      now.ms += ended - started;
      if (!whole) {
        if (ended - told > TELL_MS) {
          told = ended;
          tell(now.method, now.done, now.total);
        }
        return true;
      }
      if (analysing) {
        job = null;
        have.add(now.method);
        const more = next(performance.now()) !== null;
        if (!more) post({ type: 'mapProgress', method: null, done: 0, total: 0 });
        return more;
      }
      const values = new Float32Array(Math.round(Math.sqrt(2 * now.total + 0.25) - 0.5) ** 2);
      lane.copyMapInto(values);
      job = null;
      lane.cancelMap();
      if (!now.outdated) have.add(now.method);
      // What was made while nothing trained took no time from training.
      if (now.method === 'estimate') restUntil = ended + Math.max(MAP_REST_MS, MAP_REST_TIMES * now.ms);
      post({ type: 'map', method: now.method, values, step: now.step, ms: now.ms }, [values.buffer]);
      return next(performance.now()) !== null;
    },
  };
}
