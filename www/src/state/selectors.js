// @ts-check
// Questions about the state that more than one place asks.
import { playheadAt } from './player.js';
import { laneExperiment, lanesOf, ownKeys, settings } from './experiment.js';
import { cellOf } from './lanes.js';
import { NO_CHART, noticeKey, shownSteps } from './reducer.js';
import { changesOf, isRewound, momentOf, presentRun, reachOf } from './runs.js';
import { gatesOf, isActive } from './surgery.js';

/** @typedef {import('./reducer.js').State} State */

export { shownSteps };

/** @param {State} state */
export const isTraining = (state) => state.order.some((cell) => state.lanes[cell].training);

/** Whether what is shown has been changed by surgery. @param {State} state */
export const isOperated = (state) => isActive(state.surgery);

/** Whether the chosen quantity is one that frames carry only when asked. @param {State} state */
export const wantsMicroscope = ({ order, lanes, ui }) =>
  order.some((cell) => lanes[cell].info?.layout.quantities.some(({ name, live }) => live && (name === ui.quantity || name === ui.formula?.of.quantity)));

/** Gates of any lane that surgery can hold, each once. @param {State} state */
export const holdableGates = (state) => [
  ...new Set(state.order.flatMap((cell) => {
    const info = state.lanes[cell]?.info;
    return info ? gatesOf(info.layout) : [];
  })),
];

/**
 * What of a lane is to be taken apart: where somebody asks for an equation, and every lane whose cell is shown. `of`: what the
 * equation is about, for what is needed beside the timestep.
 * @param {State} state @param {string} lane @returns {{ t: number, unit: number, of: import('./reducer.js').Target | null } | null}
 */
export function explainedIn(state, lane) {
  const { ui, order } = state;
  const of = (ui.lane === lane && ui.formula?.of) || null;
  return order.includes(lane) && (of || ui.view === 'cell') ? { t: Math.min(state.player.t, shownSteps(state)), unit: ui.unit ?? 0, of } : null;
}

/** The terms of the weights' gradient that are wanted; null when nobody looks. @param {State} state @returns {{ every: boolean } | null} */
export const wantedTerms = ({ ui }) => ((ui.view === 'map' && ui.mapKind === 'terms') || ui.formula?.of.kind === 'bptt' ? { every: ui.bpttEvery } : null);

/** The largest training step shown. @param {State} state */
export const shownStep = (state) => Math.max(0, ...state.order.map((cell) => state.lanes[cell].status.step));

/** Where the reader is in training, and how far it goes. @param {State} state */
export const moment = (state) => ({ step: momentOf(state), reach: Math.max(reachOf(state), state.seek ?? 0), rewound: isRewound(state) });

/** The runs there are, each with what it changed and where; the present one and the ghost are marked. @param {State} state */
export const runList = (state) =>
  state.runs.map((run) => {
    const before = run.past[run.past.length - 1];
    const rates = (/** @type {import('./experiment.js').Experiment} */ experiment) =>
      Object.fromEntries(state.order.map((lane) => {
        const { learningRate: rate, clip } = laneExperiment(experiment, lane);
        return [lane, { rate, clip }];
      }));
    return {
      id: run.id,
      at: before?.until ?? 0,
      changed: before ? changesOf(before.experiment, run.experiment) : [],
      present: run.id === presentRun(state).id,
      ghost: run.id === state.ghost,
      reachOf: run.id === state.run ? Object.fromEntries(state.order.map((cell) => [cell, state.lanes[cell].reach])) : run.reach,
      rates: [...run.past, { until: Infinity, experiment: run.experiment }].map(({ until, experiment }) => ({ until, lanes: rates(experiment) })),
    };
  });

/** Where the playhead is drawn, fractional while it glides. @param {State} state */
export const playhead = (state) => playheadAt(state.player, shownSteps(state), state.ui.sweepSpeed, state.ui.reduced);

/**
 * Which columns are uncovered: forward strips up to `forward`, gradients from `backward` on. While training, and
 * when the reader looks around, everything is shown.
 * @param {State} state
 */
export function reveal(state) {
  const T = shownSteps(state);
  const at = playhead(state);
  if (isTraining(state)) return { forward: T, backward: 1, answer: true };
  switch (state.player.phase) {
    case 'forward':
      return { forward: at, backward: T + 1, answer: false };
    case 'loss':
      return { forward: T, backward: T + 1, answer: true };
    case 'backward':
      return { forward: T, backward: at, answer: true };
    default:
      return { forward: T, backward: 1, answer: true };
  }
}

/** Whether lanes' own settings are shown: as the reader wishes; by themselves when lanes could not be told apart otherwise. @param {State} state */
export const isComparing = ({ ui, experiment, order }) => ui.compareOpen ?? (ownKeys(experiment).length > 0 || new Set(order.map(cellOf)).size < order.length);

/** The lanes with their settings, for whoever compares them. @param {State} state @returns {import('./comparison.js').Lane[]} */
export const lanesIn = (state) => state.order.map((id) => ({ id, cell: cellOf(id), settings: settings(laneExperiment(state.experiment, id)), own: ownOf(state, id) }));

/** Names of the settings that a lane has for itself. @param {State} state @param {string} lane */
export const ownOf = ({ experiment, order }, lane) => Object.keys(lanesOf(experiment)[order.indexOf(lane)]?.own ?? {});

/** Whether a setting may not be changed here. @param {State} state @param {import('./experiment.js').Field} field */
export const isLocked = ({ ui: { lock } }, { name, link }) => lock.includes('all') || lock.includes(name) || lock.includes(link);

/** Which charts there are, only the cells know: a link may name one that none of them has. @param {State} state */
const hasNoChart = ({ order, lanes, ui }) =>
  order.length > 0 && order.every((cell) => lanes[cell].info?.layout.quantities.every(({ name }) => name !== ui.quantity));

/** Everything the core and the page have to say about values they changed. @param {State} state @returns {import('./reducer.js').ShownNotice[]} */
export function allNotices(state) {
  /** @type {import('./reducer.js').ShownNotice[]} */
  const notices = [...state.notices];
  const seen = new Set(state.dismissed);
  // A part of the surgery that one lane has no place for is said in its panel; one that no lane has, here.
  const [first, ...others] = state.order.map((cell) => state.lanes[cell].dropped);
  for (const part of new Set(first)) {
    if (others.every((dropped) => dropped.includes(part))) notices.push({ field: part, given: '', effective: '', reason: 'noPlace' });
  }
  if (hasNoChart(state) && !seen.has(noticeKey(NO_CHART))) notices.push({ ...NO_CHART, given: state.ui.quantity });
  for (const cell of state.order) {
    for (const notice of state.lanes[cell].info?.notices ?? []) {
      const key = noticeKey(notice);
      // Shared settings are clamped alike in both lanes: said once.
      if (notice.reason === 'notApplicable' || seen.has(key)) continue;
      seen.add(key);
      notices.push({ ...notice, given: String(notice.given), effective: String(notice.effective) });
    }
  }
  return notices;
}
