// @ts-check
// An app's state as plain data, for the page around it.
import { isTraining, shownStep, shownSteps } from '../state/selectors.js';
import { linkOf } from './address.js';

/** @typedef {import('../state/reducer.js').State} State */
/** @typedef {import('../views/view.js').LaneData} LaneData */

/** @param {LaneData | undefined} data */
const figuresOf = (data) => {
  const of = (/** @type {string} */ name) => {
    const value = data?.frame?.scalar(name) ?? Number.NaN;
    return Number.isFinite(value) ? value : null;
  };
  return { loss: of('loss'), accuracy: of('heldOutAccuracy'), gradientNorm: of('gradientNorm') };
};

/**
 * An experiment, where in it one is, and how it goes: plain data. `setState` takes it back, and its `link` says the same.
 * @param {State} state @param {Record<string, LaneData>} lanes
 */
export function describe(state, lanes) {
  const { experiment, player, ui, order, source } = state;
  return {
    /** Of this very form. */
    v: 1,
    link: linkOf(state),
    experiment: { ...experiment },
    source,
    step: shownStep(state),
    t: player.t,
    steps: shownSteps(state),
    phase: player.phase,
    unit: ui.unit,
    view: ui.view,
    playing: player.playing,
    training: isTraining(state),
    lanes: Object.fromEntries(order.map((cell) => [cell, { step: state.lanes[cell].status.step, diverged: state.lanes[cell].status.diverged, fault: state.lanes[cell].fault?.kind ?? null, ...figuresOf(lanes[cell]) }])),
  };
}
