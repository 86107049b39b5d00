// @ts-check
// What the workers send: the newest numbers of each lane, outside the reducer, because they change thirty times a second.
import { append, createHistory } from '../engine/history.js';
import { isFiniteFrame } from '../engine/frame.js';

/** @typedef {import('../views/view.js').LaneData} LaneData */

export function createLanes() {
  /** @type {Record<string, LaneData>} */
  const lanes = {};
  return {
    all: lanes,
    /** @param {string} cell @returns {LaneData} */
    of: (cell) => (lanes[cell] ??= { frame: null, version: 0, before: null, history: createHistory(), map: null, progress: null, recurrence: null, mapVersion: 0 }),
  };
}

/**
 * The engine's events, as they change lanes and state.
 * @param {object} hands
 * @param {ReturnType<typeof createLanes>} hands.lanes
 * @param {(action: import('../state/reducer.js').Action) => void} hands.reduce
 * @param {(lane: string, buffer: ArrayBuffer) => void} hands.recycle
 * @param {(lane: string) => void} hands.configured a lane is set up anew
 * @param {(lane: string) => void} hands.failed
 * @returns {import('../engine/client.js').Events}
 */
export function laneEvents({ lanes, reduce, recycle, configured, failed }) {
  return {
    engine: (status, reason, detail) => reduce({ type: 'engine', status, reason, detail }),
    ready(lane, info, status) {
      const data = lanes.of(lane);
      data.history = createHistory();
      // Frames of an older layout would be read wrongly; the first new one is on its way.
      data.frame = null;
      data.before = null;
      Object.assign(data, { map: null, progress: null, recurrence: null, mapVersion: data.mapVersion + 1 });
      reduce({ type: 'ready', lane, info, status });
      configured(lane);
    },
    frame(lane, frame, message) {
      const data = lanes.of(lane);
      append(data.history, message.history);
      const operated = message.before.length > 0;
      data.before = operated ? message.before : null;
      if (!operated && data.frame && isFiniteFrame(data.frame) && !isFiniteFrame(frame)) {
        // The last finite numbers stay on the screen: what a network computes may overflow before its loss does.
        recycle(lane, message.buffer);
      } else {
        const old = data.frame;
        data.frame = frame;
        if (old && old.info === frame.info) recycle(lane, /** @type {ArrayBuffer} */ (old.values.buffer));
      }
      data.version++;
      reduce({ type: 'status', lane, status: message.status, training: message.training, stepsPerSecond: message.stepsPerSecond, dropped: message.dropped });
    },
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
    stopped: (lane, status) => reduce({ type: 'status', lane, status, training: false }),
    fault(lane, fault) {
      failed(lane);
      reduce({ type: 'fault', lane, fault });
    },
  };
}
