// @ts-check
import { clampField, defaultExperiment, fieldOf, laneOrder, lanesOf, settings, withLanes } from './experiment.js';
import { MOST_LANES, cellOf, ownKey } from './lanes.js';
import { branch, branches, reachOf, returnTo, rootRun } from './runs.js';
import { UNTOUCHED, fitted, withGate } from './surgery.js';
import { advance, beat, firstBeat } from './player.js';
import { nextScale, notPresenting } from './present.js';

/** @typedef {import('./experiment.js').Experiment} Experiment */
/** @typedef {import('../generated/types.d.ts').LaneInfo} LaneInfo */
/** @typedef {import('../generated/types.d.ts').LaneStatus} LaneStatus */
/** A lane that cannot go on: its worker died, is stuck, or refused the experiment. @typedef {{ kind: 'crashed' | 'stuck' | 'refused', detail: string }} Fault */
/** @typedef {{ info: LaneInfo | null, status: LaneStatus, training: boolean, stepsPerSecond: number, dropped: string[], fault: Fault | null, reach: number }} Lane `reach`: the last step of the run, which may be beyond the one shown */
/**
 * What an equation is about: a kind of thing, and what it takes to find the one that is meant (a node of the diagram, an
 * answer). Lane, timestep and unit are those that are looked at.
 * @typedef {{ kind: string } & Record<string, any>} Target
 */
/** The equation that is open. @typedef {{ of: Target, way: 'forward' | 'backward' }} Formula */
/** @typedef {{ field: string, given: string, effective: string, reason: string, lane?: string }} ShownNotice */
/**
 * @typedef {object} State
 * @property {Experiment} experiment
 * @property {'none' | 'opening' | 'live'} source where the shown frames come from
 * @property {Record<string, Lane>} lanes by id
 * @property {string[]} order lanes, top first
 * @property {{ status: 'idle' | 'loading' | 'ready' | 'failed', reason: string, detail: string }} engine
 * @property {import('./player.js').Player} player
 * @property {{ language: string, theme: string, reduced: boolean, sweepSpeed: number, trainSpeed: string, lane: string, unit: number | null, example: number, controlsOpen: boolean, compareOpen: boolean | null, shareOpen: boolean, takeOpen: boolean, sweep: number | null, wholeGate: boolean, mode: string, controls: string, hide: string[], lock: string[], view: 'flow' | 'cell' | 'map' | 'training' | 'code', mapHeld: boolean, operation: number | null, quantity: string, table: string, parameter: string, mapKind: 'states' | 'terms', bpttWay: 'literal' | 'exact' | 'sweep', bpttEvery: boolean, formula: Formula | null, trail: (Formula & { t: number, unit: number | null, lane: string })[] }} ui
 * @property {import('./surgery.js').Surgery} surgery
 * @property {import('./runs.js').Run[]} runs the present one and those that were left
 * @property {number} run the present one's id
 * @property {number | null} ghost the run it is compared with
 * @property {number} nextRun
 * @property {number | null} seek the training step that the reader has asked for, until it is shown
 * @property {import('./present.js').Present} present
 * @property {ShownNotice[]} notices from the link and the page; the core's are in lanes[].info
 * @property {string[]} dismissed keys of the core's notices that were read
 */
/** @typedef {{ type: string } & Record<string, any>} Action */

/** @returns {Lane} */
export const emptyLane = () => ({ info: null, status: { step: 0, diverged: null }, training: false, stepsPerSecond: 0, dropped: [], fault: null, reach: 0 });

/** @param {{ field: string, effective: unknown }} notice */
export const noticeKey = ({ field, effective }) => `${field}:${effective}`;

/** What is said of a chart that no shown cell has, but for its name. */
export const NO_CHART = { field: 'chart', effective: 'gradient', reason: 'noChart' };

/** @returns {State} */
export function initialState() {
  const experiment = defaultExperiment();
  return fitLanes({
    experiment,
    source: 'none',
    lanes: {},
    order: [],
    engine: { status: 'idle', reason: '', detail: '' },
    player: firstBeat(),
    ui: {
      language: 'en',
      theme: 'light',
      reduced: false,
      sweepSpeed: 1,
      trainSpeed: 'normal',
      lane: experiment.cell,
      unit: null,
      example: 0,
      controlsOpen: false,
      // Null: as the experiment asks for it.
      compareOpen: null,
      shareOpen: false,
      takeOpen: false,
      // How far a film of the sweep is, while one is made.
      sweep: null,
      wholeGate: false,
      view: 'flow',
      mapHeld: false,
      operation: null,
      // What the place that the app lives in wants of it.
      mode: 'full',
      controls: 'full',
      hide: [],
      lock: [],
      quantity: 'gradient',
      // The chart whose numbers are read; whose norms are drawn, empty: those of all parameters.
      table: '',
      parameter: '',
      mapKind: 'states',
      bpttWay: 'exact',
      bpttEvery: true,
      formula: null,
      trail: [],
    },
    surgery: UNTOUCHED,
    runs: [rootRun(0, experiment)],
    run: 0,
    ghost: null,
    nextRun: 1,
    seek: null,
    present: notPresenting(),
    notices: [],
    dismissed: [],
  });
}

/** Lanes for the experiment's cells; one that stays keeps what it shows. @param {State} state @returns {State} */
function fitLanes(state) {
  const order = laneOrder(state.experiment);
  const lanes = Object.fromEntries(order.map((cell) => [cell, state.lanes[cell] ?? emptyLane()]));
  const lane = order.includes(state.ui.lane) ? state.ui.lane : (order.find((one) => cellOf(one) === cellOf(state.ui.lane)) ?? order[order.length - 1]);
  return { ...state, order, lanes, ui: { ...state.ui, lane } };
}

/** T of what is on the screen: the frame's own, which may differ from the experiment's until the worker has answered. @param {State} state */
export function shownSteps(state) {
  for (const cell of state.order) {
    const info = state.lanes[cell]?.info;
    if (info) return info.layout.steps;
  }
  return state.experiment.length;
}

/** @param {State} state @param {string} cell @param {Partial<Lane>} change @returns {State} */
const changeLane = (state, cell, change) =>
  state.lanes[cell] ? { ...state, lanes: { ...state.lanes, [cell]: { ...state.lanes[cell], ...change } } } : state;

/** @param {State} state @param {Partial<State['ui']>} change @returns {State} */
const changeUi = (state, change) => ({ ...state, ui: { ...state.ui, ...change } });

/** Keeps playhead and pinned unit inside what is shown. @param {State} state @returns {State} */
function fit(state) {
  const T = shownSteps(state);
  const units = Math.min(...state.order.map((cell) => state.lanes[cell].info?.layout.hiddenSize ?? Infinity));
  const t = Math.min(T, Math.max(1, state.player.t));
  const unit = state.ui.unit !== null && state.ui.unit >= units ? null : state.ui.unit;
  if (t === state.player.t && unit === state.ui.unit) return state;
  return { ...state, player: { ...state.player, t }, ui: { ...state.ui, unit } };
}

/** A run from step 0, and no other beside it. @param {State} state @param {import('./runs.js').Past[]} [past] @returns {State} */
const begin = (state, past = []) => ({ ...state, runs: [rootRun(state.nextRun, state.experiment, past)], run: state.nextRun, ghost: null, nextRun: state.nextRun + 1, seek: null });

/** @param {State} state @param {Partial<Lane>} change @returns {State} */
const changeLanes = (state, change) => ({ ...state, lanes: Object.fromEntries(Object.entries(state.lanes).map(([cell, lane]) => [cell, { ...lane, ...change }])) });

/** What was wrong is over as soon as something else is tried. */
const STILL = { fault: null, training: false, dropped: [] };

/**
 * Another experiment; surgery stays as far as it fits, and what does not is said.
 * @param {State} state @param {Experiment} experiment @param {ShownNotice[]} notices @param {import('./surgery.js').Surgery} [asked] @param {import('./runs.js').Past[]} [past] @returns {State}
 */
function newExperiment(state, experiment, notices, asked = state.surgery, past = []) {
  const { surgery, lost } = fitted(asked, experiment);
  const said = lost.map(({ part, place, at }) => ({ field: part, given: String(at), effective: '', reason: place === 'unit' ? 'noUnit' : 'noTimestep' }));
  const next = fitLanes({ ...state, experiment, notices: [...notices, ...said], dismissed: [], surgery });
  return begin(changeLanes(next, { ...STILL, reach: 0 }), past);
}

/**
 * The transitions that every app has: no clock, no chance, no reaching out. Those of a whole page are in whole.js.
 * @param {State} state @param {Action} action @returns {State}
 */
export function reduce(state, action) {
  switch (action.type) {
    case 'field': {
      // Of one lane alone, where one is named; without a value the lane has that of all again.
      const key = action.lane === undefined ? action.name : ownKey(state.order.indexOf(action.lane), action.name);
      const { [key]: before, ...others } = settings(state.experiment);
      const shared = action.lane !== undefined && action.value === undefined;
      const { value, problem } = shared ? { value: undefined, problem: null } : clampField(fieldOf(action.name), action.value);
      const notices = problem
        ? [{ field: action.name, given: String(action.value), effective: String(value), reason: problem, ...(action.lane && { lane: action.lane }) }]
        : [];
      if (Object.is(value, before)) return { ...state, notices };
      const experiment = /** @type {Experiment} */ (/** @type {unknown} */ (shared ? others : { ...state.experiment, [key]: value }));
      if (branches(state, key)) return branch({ ...changeLanes(state, STILL), notices, dismissed: [] }, experiment);
      return newExperiment(state, experiment, notices);
    }
    case 'lanes': {
      const { lanes } = action;
      const same = JSON.stringify(lanes) === JSON.stringify(lanesOf(state.experiment));
      return same || lanes.length < 2 || lanes.length > MOST_LANES ? state : newExperiment(state, withLanes(state.experiment, lanes), []);
    }
    case 'experiment':
      return newExperiment(state, action.experiment, action.notices ?? [], action.surgery ?? UNTOUCHED, action.past);
    case 'return':
      return returnTo({ ...changeLanes(state, STILL), notices: [], dismissed: [] }, action.run);
    case 'begin':
      return begin(changeLanes(state, { reach: 0 }));
    case 'moment': {
      const step = Math.min(reachOf(state), Math.max(0, Math.round(action.step)));
      return { ...state, seek: step };
    }
    case 'arrived':
      return state.seek === null ? state : { ...state, seek: null };
    case 'opening': {
      /** @type {State} */
      let next = { ...state, source: 'opening' };
      for (const { lane, info, step } of action.lanes) next = changeLane(next, lane, { info, status: { step, diverged: null }, reach: step });
      return fit(next);
    }
    case 'ready': {
      const reach = Math.max(action.reach ?? 0, action.status.step);
      const next = changeLane(state, action.lane, { info: action.info, status: action.status, training: false, dropped: [], fault: null, reach });
      return fit({ ...next, source: 'live' });
    }
    case 'reshaped':
      return fit(changeLane(state, action.lane, { info: action.info }));
    case 'status':
      return changeLane(state, action.lane, {
        status: action.status,
        reach: Math.max(state.lanes[action.lane]?.reach ?? 0, action.status.step),
        training: action.training && !action.status.diverged,
        stepsPerSecond: action.stepsPerSecond ?? 0,
        ...(action.dropped && { dropped: action.dropped }),
      });
    case 'training':
      return { ...state, lanes: Object.fromEntries(Object.entries(state.lanes).map(([cell, lane]) => [cell, { ...lane, training: action.on && !lane.status.diverged && !lane.fault }])) };
    case 'fault':
      return changeLane(state, action.lane, { fault: action.fault, training: false });
    case 'engine':
      return { ...state, engine: { status: action.status, reason: action.reason ?? '', detail: action.detail ?? '' } };
    case 'tick': {
      const player = advance(state.player, action.ms, shownSteps(state), state.ui.sweepSpeed, state.ui.reduced);
      return player === state.player ? state : { ...state, player };
    }
    case 'seek': {
      const t = Math.min(shownSteps(state), Math.max(1, Math.round(action.t)));
      // A link may come back into a sweep; whoever moves the playhead leaves it.
      return { ...state, player: { phase: action.phase ?? 'inspect', t, elapsed: 0, playing: false } };
    }
    case 'beat':
      return { ...state, player: beat(state.player, action.by, shownSteps(state)) };
    case 'play': {
      const player = { ...state.player, playing: action.on };
      // From a finished or inspected trace, Play begins a sweep; from a paused one it goes on.
      if (action.on && player.phase === 'inspect') Object.assign(player, { phase: 'forward', elapsed: 0, t: player.t >= shownSteps(state) ? 1 : player.t });
      return changeUi({ ...state, player }, action.on ? { operation: null } : {});
    }
    case 'pin':
      return changeUi(state, { unit: action.unit });
    case 'unit':
      // A click on the pinned unit lets go of it.
      return changeUi(state, { unit: action.unit === state.ui.unit ? null : action.unit });
    case 'tile': {
      const again = action.again && state.ui.lane === action.lane && state.ui.unit === action.unit;
      return changeUi(state, { lane: action.lane, unit: again ? null : action.unit });
    }
    case 'ui':
      return changeUi(state, action.change);
    case 'surgery': {
      const { surgery } = fitted({ ...state.surgery, ...action.change }, state.experiment);
      return { ...state, surgery };
    }
    case 'hold':
      return { ...state, surgery: withGate(state.surgery, action.gate, action.held) };
    case 'heal':
      return { ...state, surgery: UNTOUCHED };
    case 'dismiss': {
      // The core's notices stay beside their control; the row over the lanes is cleared.
      const core = state.order.flatMap((cell) => (state.lanes[cell].info?.notices ?? []).map(noticeKey));
      return { ...state, notices: [], dismissed: [...core, noticeKey(NO_CHART)] };
    }
    case 'player':
      return fit({ ...state, player: action.player });
    case 'typeSize': {
      const { present } = state;
      return { ...state, present: { ...present, scale: action.by === undefined ? nextScale(action.scale, 0) : nextScale(present.scale, action.by) } };
    }
    default:
      return state;
  }
}
