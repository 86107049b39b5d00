// @ts-check
// What the workers send: the newest numbers of each lane, outside the reducer, because they change thirty times a second.
import { createHistory } from '../engine/history.js';
import { isFiniteFrame } from '../engine/frame.js';

/** @typedef {import('../views/view.js').LaneData} LaneData */

export function createLanes() {
  /** @type {Record<string, LaneData>} */
  const lanes = {};
  return {
    all: lanes,
    /** @param {string} cell @returns {LaneData} */
    of: (cell) =>
      (lanes[cell] ??= {
        frame: null, version: 0, before: null, history: createHistory(), norms: { ...createHistory(), width: 0 }, map: null, progress: null, recurrence: null, mapVersion: 0, fingerprint: '', explanation: null, terms: null,
        horizon: { steps: [], columns: [] }, horizonVersion: 0, ghost: null, at: { step: 0, exact: true, from: null }, weights: null, lent: false,
      }),
  };
}

/**
 * The engine's events, as they change lanes and state.
 * @param {object} hands
 * @param {ReturnType<typeof createLanes>} hands.lanes
 * @param {(action: import('../state/reducer.js').Action) => void} hands.reduce
 * @param {(lane: string, buffer: ArrayBuffer) => void} hands.recycle
 * @param {(lane: string) => void} hands.configured a lane is set up anew
 * @param {(lane: string) => void} hands.stopped a lane does not train any more
 * @param {(lane: string) => void} hands.reshaped a lane shows sequences of another length
 * @param {(lane: string) => void} hands.failed
 * @param {() => ReturnType<typeof import('../engine/timeMachine.js').createTimeMachine>} hands.time
 * @param {typeof import('../engine/explanation.js').decodeExplanation} [hands.explain] reads a timestep taken apart, where one can be shown
 * @returns {import('../engine/client.js').Events}
 */
export function laneEvents({ lanes, reduce, recycle, configured, stopped, reshaped, failed, time, explain }) {
  /** What was read of a network before is not of this one. @param {string} lane */
  function empty(lane) {
    const data = lanes.of(lane);
    Object.assign(data, { before: null, explanation: null, terms: null, map: null, progress: null, recurrence: null, mapVersion: data.mapVersion + 1 });
  }
  return {
    engine: (status, reason, detail) => reduce({ type: 'engine', status, reason, detail }),
    ready(lane, info, status) {
      const data = lanes.of(lane);
      const reach = time().ready(lane);
      // Frames of an older layout would be read wrongly; the first new one is on its way. A branch has the same layout.
      if (JSON.stringify(data.frame?.info.layout) !== JSON.stringify(info.layout)) data.frame = null;
      empty(lane);
      data.fingerprint = '';
      reduce({ type: 'ready', lane, info, status, reach });
      configured(lane);
    },
    reshaped(lane, info) {
      lanes.of(lane).frame = null;
      empty(lane);
      reduce({ type: 'reshaped', lane, info });
      reshaped(lane);
    },
    frame(lane, frame, message) {
      const data = lanes.of(lane);
      time().append(lane, message, frame.info.layout.parameters.length);
      const at = time().momentOf(lane, message);
      const operated = message.before.length > 0;
      if (at) data.before = operated ? message.before : null;
      if (at) data.fingerprint = message.fingerprint;
      if (!at || (!operated && message.recalled === null && data.frame && isFiniteFrame(data.frame) && !isFiniteFrame(frame))) {
        // Another step is asked for by now. Or the last finite numbers stay on the screen: what a network computes may
        // overflow before its loss does.
        recycle(lane, message.buffer);
      } else {
        const old = data.frame;
        data.frame = frame;
        if (old && data.lent && old.info === frame.info) recycle(lane, /** @type {ArrayBuffer} */ (old.values.buffer));
        data.lent = true;
        data.at = at;
      }
      if (message.weights) data.weights = { step: message.status.step, histograms: message.weights };
      data.version++;
      reduce({ type: 'status', lane, status: message.status, training: message.training, stepsPerSecond: message.stepsPerSecond, dropped: message.dropped });
    },
    past: (lane, message) => time().receive(lane, message),
    map(lane, message) {
      const data = lanes.of(lane);
      data.mapVersion++;
      if (message.type === 'recurrence') data.recurrence = message.recurrence;
      else if (message.type === 'mapProgress') data.progress = message.method ? { method: message.method, share: message.done / message.total } : null;
      else {
        data.progress = null;
        data.map = { method: message.method, values: message.values, step: message.step, ms: message.ms };
      }
    },
    explanation(lane, info, numbers, more) {
      lanes.of(lane).explanation = explain?.(info, numbers, more) ?? null;
    },
    terms(lane, { every, values, step }) {
      const data = lanes.of(lane);
      data.terms = { every, values, step };
      data.mapVersion++;
    },
    stopped(lane, status) {
      reduce({ type: 'status', lane, status, training: false });
      stopped(lane);
    },
    fault(lane, fault) {
      time().lost(lane);
      reduce({ type: 'fault', lane, fault });
      failed(lane);
    },
  };
}
