// @ts-check
// The memory map, made between training slices and messages: the estimate first, then the exact one. While the network
// trains only estimates are made, seldom enough that they take a small share of the time.
import { MAP_REST_MS, MAP_REST_TIMES, SLICE_MS } from './protocol.js';

/** @typedef {import('./protocol.js').MapMethod} MapMethod */
/** @typedef {import('./protocol.js').ToldMap} ToldMap */
/** A message without its number. @typedef {ToldMap extends infer M ? M extends ToldMap ? Omit<M, 'id'> : never : never} Told */

/** Progress is told this often at most. */
const TELL_MS = 100;

/**
 * @param {() => import('./wasm/gatescope.js').Lane | null} laneOf @param {() => boolean} isTraining
 * @param {(message: any, transfer?: Transferable[]) => void} post
 */
export function createMapMaker(laneOf, isTraining, post) {
  /** @type {'on' | 'hold' | 'off'} */
  let wanted = 'off';
  /** @type {{ method: MapMethod, done: number, total: number, step: number, ms: number, outdated: boolean } | null} */
  let job = null;
  /** What is there of the present weights and example. @type {Set<MapMethod | 'recurrence'>} */
  const have = new Set();
  let restUntil = 0;
  let told = 0;

  /** What is to be begun next. @param {number} now */
  function next(now) {
    const training = isTraining();
    if (!have.has('estimate') && (!training || now >= restUntil)) return 'estimate';
    if (training) return null;
    return have.has('recurrence') ? (have.has('exact') ? null : 'exact') : 'recurrence';
  }

  function drop() {
    job = null;
    laneOf()?.cancelMap();
  }

  /** @param {MapMethod} method @param {number} done @param {number} total */
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
      if (job) job.outdated = true;
    },
    /** The network is another one. */
    reset() {
      job = null;
      have.clear();
      restUntil = 0;
    },
    /** Works for one slice; whether there is more to do at once. */
    work() {
      const lane = laneOf();
      if (wanted !== 'on' || !lane) return false;
      const started = performance.now();
      if (job && job.outdated && (job.method === 'exact' || !isTraining())) drop();
      if (!job) {
        const method = next(started);
        if (method === null) return false;
        if (method === 'recurrence') {
          have.add(method);
          post({ type: 'recurrence', recurrence: lane.recurrence() });
          return true;
        }
        job = { method, done: 0, total: lane.beginMap(method === 'exact'), step: lane.status().step, ms: 0, outdated: false };
      }
      const now = job;
      do now.done = lane.advanceMap(1);
      while (now.done < now.total && performance.now() - started < SLICE_MS);
      const ended = performance.now();
      now.ms += ended - started;
      if (now.done < now.total) {
        if (ended - told > TELL_MS) {
          told = ended;
          tell(now.method, now.done, now.total);
        }
        return true;
      }
      const values = new Float32Array(Math.round(Math.sqrt(2 * now.total + 0.25) - 0.5) ** 2);
      lane.copyMapInto(values);
      drop();
      if (!now.outdated) have.add(now.method);
      restUntil = ended + Math.max(MAP_REST_MS, MAP_REST_TIMES * now.ms);
      post({ type: 'map', method: now.method, values, step: now.step, ms: now.ms }, [values.buffer]);
      return next(performance.now()) !== null;
    },
  };
}
