// @ts-check
// Keeps the host's link true to the experiment, and takes what a link asks for.
import { readLink, writeLink } from '../state/link.js';
import { presentRun } from '../state/runs.js';
import { isTraining, shownStep } from '../state/selectors.js';

/** @typedef {import('../state/reducer.js').State} State */

/** Browsers limit how often the address may be rewritten. */
const LINK_MS = 800;

/** Whether a change of state is one that the link tells. @param {State} state @param {State} before */
const concerns = (state, before) =>
  state.experiment !== before.experiment ||
  state.surgery !== before.surgery ||
  state.ui.unit !== before.ui.unit ||
  state.ui.view !== before.ui.view ||
  state.ui.quantity !== before.ui.quantity ||
  state.player.playing !== before.player.playing ||
  (!state.player.playing && state.player.t !== before.player.t) ||
  (isTraining(before) && !isTraining(state)) ||
  (state.source === 'live' && state.lanes !== before.lanes && shownStep(state) !== shownStep(before));

/** The link to the very weights that are shown, also those of the opening. @param {State} state */
export const exactLinkOf = (state) => writeLink({ experiment: state.experiment, past: presentRun(state).past, step: shownStep(state), t: 0, unit: state.ui.unit });

/** The link to what is shown. @param {State} state */
export const linkOf = (state) =>
  `#${writeLink({
    experiment: state.experiment,
    past: presentRun(state).past,
    // The opening is no run of this app: a link to it starts as the page does.
    step: state.source === 'live' ? shownStep(state) : 0,
    t: state.player.playing ? 0 : state.player.t,
    unit: state.ui.unit,
    view: state.ui.view,
    beat: state.player.playing ? 'inspect' : state.player.phase,
    chart: state.ui.quantity,
    surgery: state.surgery,
  })}`;

/**
 * @param {import('../host/page.js').Host} host
 * @param {{ get: () => State, dispatch: (action: import('../state/reducer.js').Action) => void, subscribe: (listener: (state: State, before: State) => void) => () => void }} store
 * @param {() => boolean} isOnItsWay whether what is asked for is not there yet
 */
export function createAddress(host, store, isOnItsWay) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let rewriting;
  const forget = () => {
    clearTimeout(rewriting);
    rewriting = undefined;
  };
  const soon = () => {
    rewriting = setTimeout(() => {
      // A link of halfway would be what the browser's history comes back to.
      if (isOnItsWay()) return soon();
      rewriting = undefined;
      host.write(linkOf(store.get()));
    }, LINK_MS);
  };
  const unsubscribe = store.subscribe((state, before) => {
    if (rewriting === undefined && concerns(state, before)) soon();
  });
  return {
    /** Takes what the link says; answers the training step and the timestep it asks for. */
    follow() {
      const linked = readLink(host.read());
      // Another entry of the browser's history: what was about to be written belongs to the one that was left.
      forget();
      const notices = linked.problems.map(({ key, ...problem }) => ({ ...problem, field: key }));
      store.dispatch({ type: 'experiment', experiment: linked.experiment, past: linked.past, surgery: linked.surgery, notices });
      if (linked.unit !== store.get().ui.unit) store.dispatch({ type: 'ui', change: { unit: linked.unit } });
      if (linked.view !== store.get().ui.view) store.dispatch({ type: 'ui', change: { view: linked.view, mapHeld: false } });
      if (linked.chart !== store.get().ui.quantity) store.dispatch({ type: 'ui', change: { quantity: linked.chart } });
      if (linked.t > 0) store.dispatch({ type: 'seek', t: linked.t, phase: linked.beat });
      return { step: linked.step, t: linked.t };
    },
    dispose() {
      forget();
      unsubscribe();
    },
  };
}
