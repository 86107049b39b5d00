// @ts-check
// An app seen from outside, for tests and the curious: copies, never its own objects.
import { colourOf, isHeatKind } from '../draw/colour.js';

/**
 * @param {object} app
 * @param {() => import('../state/reducer.js').State} app.get
 * @param {Record<string, import('../views/view.js').LaneData>} app.lanes
 * @param {ReturnType<typeof import('../engine/timeMachine.js').createTimeMachine>} app.time
 */
export const createLook = ({ get, lanes, time }) =>
  Object.freeze({
    state: () => structuredClone(get()),
    /** What is recorded of a lane's run, and what of it is shown. @param {string} lane */
    past(lane) {
      const kept = time.recordingOf(lane);
      return kept && { tip: kept.tip, diverged: kept.diverged, frames: [...kept.frames.steps()], checkpoints: [...kept.checkpoints.steps()], horizon: structuredClone(kept.horizon), at: { ...lanes[lane].at }, bytes: time.memory() };
    },
    /** @param {string} lane */
    frame(lane) {
      const shown = lanes[lane]?.frame;
      return shown ? { layout: structuredClone(shown.info.layout), values: shown.values.slice(), before: lanes[lane].before?.slice() ?? null } : null;
    },
    /** Norms of each parameter's gradient before and after clipping in every step of a lane's run, the step first. @param {string} lane */
    norms(lane) {
      const { data, length, width } = lanes[lane]?.norms ?? { data: [], length: 0, width: 1 };
      return Array.from({ length: length / Math.max(1, width) }, (_, k) => Array.from(data.slice(k * width, (k + 1) * width)));
    },
    /** The newest memory map of a lane, row t, column s. @param {string} lane */
    map(lane) {
      const data = lanes[lane];
      return data?.map ? { ...data.map, values: data.map.values.slice(), recurrence: structuredClone(data.recurrence) } : null;
    },
    /** The timestep that a lane was asked to take apart. @param {string} lane */
    explanation: (lane) => structuredClone(lanes[lane]?.explanation ?? null),
    /** The terms of the weights' gradient that a lane was asked for. @param {string} lane */
    terms: (lane) => structuredClone(lanes[lane]?.terms ?? null),
    /** @param {string} kind @param {number} value @param {number} [reference] gradients: log10 of the norm at T */
    colourOf: (kind, value, reference) => (isHeatKind(kind) ? colourOf(kind, value, reference) : null),
  });
