// @ts-check
// The trained trace that an app opens on, as far as it is of the experiment that is asked for.
import { createHistory } from '../engine/history.js';
import { fetchOpening } from '../engine/opening.js';
import { laneExperiment, laneOrder, sameRun } from '../state/experiment.js';

/**
 * @param {object} app
 * @param {import('../host/page.js').Opening | null} app.source
 * @param {ReturnType<typeof import('./lanes.js').createLanes>} app.lanes
 * @param {(action: import('../state/reducer.js').Action) => void} app.reduce
 */
export function createOpening({ source, lanes, reduce }) {
  /** @type {ReturnType<typeof fetchOpening> | undefined} */
  let fetched;
  return {
    /** The trace of every lane, when there is one of this experiment. @param {import('../state/experiment.js').Experiment} experiment */
    async of(experiment) {
      const opening = await (fetched ??= source ? fetchOpening(source) : Promise.resolve([]));
      const order = laneOrder(experiment);
      const traces = order.flatMap((lane) => opening.filter(({ info }) => sameRun(info.experiment, laneExperiment(experiment, lane))).map((trace) => ({ ...trace, lane })));
      return traces.length === order.length ? traces : null;
    },
    /** @param {Trace} trace */
    show(trace) {
      for (const { lane, frame, history, fingerprint } of trace) {
        const data = lanes.of(lane);
        Object.assign(data, { frame, version: data.version + 1, before: null, history: createHistory(history), fingerprint });
      }
      reduce({ type: 'opening', lanes: trace.map(({ lane, info, frame }) => ({ lane, info, step: frame.scalar('step') })) });
    },
  };
}
/** @typedef {(Awaited<ReturnType<typeof fetchOpening>>[number] & { lane: string })[]} Trace */
/** @typedef {ReturnType<typeof createOpening>} Opening */
