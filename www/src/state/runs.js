// @ts-check
// Runs of one network that part from each other at a training step, and the steps between which the reader moves. Pure.
import { clampField, fieldOf, laneExperiment, laneOrder, linkKey, ownKeys, settings } from './experiment.js';
import { LETTERS, OWN, ownKey, partsOf } from './lanes.js';

/** @typedef {import('./experiment.js').Experiment} Experiment */
/** @typedef {import('./reducer.js').State} State */
/** Settings that held until a step. @typedef {{ until: number, experiment: Experiment }} Past */
/**
 * A run: with which settings it began and went on (`past`), with which it goes on now, and from which run it parted where.
 * `reach`: the last step of each lane, when the run was left.
 * @typedef {{ id: number, parent: number | null, at: number, past: Past[], experiment: Experiment, reach: Record<string, number> }} Run
 */

/** Settings of training alone: neither the network nor what it is shown depends on them, so they may change on the way. */
export const BRANCHING = ['optimizer', 'learningRate', 'clip', 'batch'];
/** Runs that are kept, the present one included. */
export const MOST_RUNS = 5;

/** Changes of settings that a link may tell of. */
const MOST_PHASES = 20;

/** @param {number} id @param {Experiment} experiment @param {Past[]} [past] @returns {Run} */
export const rootRun = (id, experiment, past = []) => ({ id, parent: null, at: 0, past, experiment, reach: {} });

/** @param {State} state @returns {Run} */
export const presentRun = (state) => state.runs[state.runs.findIndex(({ id }) => id === state.run)];

/** The last training step there is of any lane. @param {State} state */
export const reachOf = (state) => Math.max(0, ...state.order.map((cell) => state.lanes[cell].reach));

/** The training step that the handle stands on: where it was put, else what is shown. @param {State} state */
export const momentOf = (state) => state.seek ?? Math.max(0, ...state.order.map((cell) => state.lanes[cell].status.step));

/** Whether an earlier step than the last is shown. @param {State} state */
export const isRewound = (state) => momentOf(state) < reachOf(state);

/** Whether a setting, shared or of one lane, is one of training alone. @param {string} key */
const isOfTraining = (key) => BRANCHING.includes(partsOf(key)?.name ?? key);

/** Whether a changed setting of training makes a branch here instead of a new beginning. @param {State} state @param {string} key */
export function branches(state, key) {
  if (!isOfTraining(key) || state.source !== 'live') return false;
  return isRewound(state) || isFresh(state);
}

/** A branch that has not been trained yet: its settings may still be changed. @param {State} state */
const isFresh = (state) => presentRun(state).parent !== null && reachOf(state) <= presentRun(state).at;

/** The past of a run up to a step, its own settings up to there included. @param {Run} run @param {number} at @returns {Past[]} */
function pastUntil({ past, experiment }, at) {
  const whole = [...past, { until: Infinity, experiment }];
  const last = whole.findIndex(({ until }) => until >= at);
  const cut = [...whole.slice(0, last), { ...whole[last], until: at }];
  return at > 0 ? cut : [];
}

/** The run goes on from the shown step with other settings; what it was stays as another run. @param {State} state @param {Experiment} experiment @returns {State} */
export function branch(state, experiment) {
  const present = presentRun(state);
  if (isFresh(state)) {
    const runs = state.runs.map((run) => (run === present ? { ...run, experiment } : run));
    return { ...state, runs, experiment };
  }
  const at = momentOf(state);
  const made = { id: state.nextRun, parent: present.id, at, past: pastUntil(present, at), experiment, reach: {} };
  const left = { ...present, reach: Object.fromEntries(state.order.map((cell) => [cell, state.lanes[cell].reach])) };
  const others = state.runs.map((run) => (run === present ? left : run));
  // The oldest goes first, but never the one that is left just now.
  while (others.length >= MOST_RUNS) others.splice(others.findIndex((run) => run !== left), 1);
  const lanes = Object.fromEntries(Object.entries(state.lanes).map(([cell, lane]) => [cell, { ...lane, reach: Math.min(lane.reach, at) }]));
  return { ...state, experiment, lanes, runs: [...others, made], run: made.id, ghost: left.id, nextRun: state.nextRun + 1, seek: at };
}

/** Back to a run that was left, at its last step. @param {State} state @param {number} id @returns {State} */
export function returnTo(state, id) {
  const present = presentRun(state);
  const next = state.runs.find((run) => run.id === id);
  if (!next || next === present) return state;
  const reach = Object.fromEntries(state.order.map((cell) => [cell, state.lanes[cell].reach]));
  const lanes = Object.fromEntries(Object.entries(state.lanes).map(([cell, lane]) => [cell, { ...lane, reach: next.reach[cell] ?? 0 }]));
  const runs = state.runs.map((run) => (run === present ? { ...run, reach } : run));
  return { ...state, runs, lanes, run: id, ghost: present.id, experiment: next.experiment, seek: Math.max(0, ...Object.values(next.reach)) };
}

/**
 * The settings of a lane by training step.
 * @param {Run} run @param {string} cell
 */
export function phasesOf({ past, experiment }, cell) {
  const all = [...past.map((one) => one.experiment), experiment];
  return all.map((one, k) => ({ from: k ? past[k - 1].until : 0, experiment: laneExperiment(one, cell) }));
}

/** What a setting is, of one lane where it has its own. @param {Experiment} experiment @param {string} key */
const valueOf = (experiment, key) => (key in experiment ? settings(experiment)[key] : settings(experiment)[partsOf(key)?.name ?? key]);

/** What distinguishes a run's settings from another's: keys of settings. @param {Experiment} a @param {Experiment} b */
export const differing = (a, b) =>
  [...new Set([...BRANCHING, ...[a, b].flatMap(ownKeys).filter(isOfTraining)])].filter((key) => key in a !== key in b || !Object.is(settings(a)[key], settings(b)[key]));

/** What changed in a run, the lanes that it concerns, and the lane whose own it is. @typedef {{ name: string, value: any, lane: string | null, lanes: string[] }} Change */

/** @param {Experiment} before @param {Experiment} now @returns {Change[]} */
export function changesOf(before, now) {
  const lanes = laneOrder(now);
  return differing(before, now)
    .map((key) => {
      const own = partsOf(key);
      const name = own?.name ?? key;
      const value = valueOf(now, key);
      const lane = own ? lanes[own.place] : null;
      const concerned = lane ? [lane] : lanes.filter((_, place) => !(ownKey(place, name) in now));
      return { name, value, lane, lanes: own && Object.is(valueOf(before, key), value) ? [] : concerned };
    })
    .filter(({ lane, lanes: concerned }) => lane !== undefined && concerned.length > 0);
}

/** Settings that a past may tell of. */
const PAST_KEYS = [...BRANCHING, ...BRANCHING.filter((name) => OWN.includes(name)).flatMap((name) => LETTERS.map((_, place) => ownKey(place, name)))];

/** The past as a link writes it: `120,lr=0.002,clip=1/300,lr=0.02`. @param {Past[]} past @param {Experiment} now */
export function writePast(past, now) {
  return past
    .map(({ until, experiment }, k) => {
      const next = past[k + 1]?.experiment ?? now;
      const parts = differing(experiment, next).map((key) => `${linkKey(key)}=${valueOf(experiment, key) ?? ''}`);
      return [until, ...parts].join();
    })
    .join('/');
}

/**
 * @param {string} text @param {Experiment} now @param {(text: string, field: import('./experiment.js').Field) => unknown} parse
 * @returns {Past[] | null} null when it cannot be read
 */
export function readPast(text, now, parse) {
  const parts = text.split('/');
  if (text === '') return [];
  if (parts.length > MOST_PHASES) return null;
  /** @type {Past[]} */
  const past = [];
  let experiment = now;
  // Backwards: each part says only what was different from what came after it.
  for (const part of parts.reverse()) {
    const [until, ...given] = part.split(',');
    if (!/^[1-9]\d{0,4}$/.test(until) || (past.length && Number(until) >= past[0].until)) return null;
    const changed = { ...experiment };
    for (const pair of given) {
      const [link, value] = pair.split('=');
      const key = PAST_KEYS.find((one) => linkKey(one) === link);
      if (!key || value === undefined) return null;
      const field = fieldOf(partsOf(key)?.name ?? key);
      const read = clampField(field, parse(value, field));
      if (read.problem) return null;
      settings(changed)[key] = read.value;
    }
    experiment = changed;
    past.unshift({ until: Number(until), experiment });
  }
  return past;
}
