// @ts-check
// What the workers are told of what is looked at: so much is computed, and no more.
import { explainedIn, holdableGates, isOperated, wantedTerms, wantsMicroscope } from '../state/selectors.js';
import { interventionOf } from '../state/surgery.js';

/** @typedef {import('../state/reducer.js').State} State */

/**
 * @param {object} app
 * @param {ReturnType<typeof import('../engine/client.js').createEngine>} app.engine
 * @param {() => State} app.get
 * @param {() => boolean} app.isShown
 */
export function createAttention({ engine, get, isShown }) {
  /** Tells a lane which timestep is looked at, if it is that lane's. @param {string} lane */
  const why = (lane) => engine.explain(lane, explainedIn(get(), lane));

  /** The memory map: wanted while its view is shown, and made again by the workers whenever weights or example change. @param {string} lane */
  function map(lane) {
    const { view, mapHeld } = get().ui;
    engine.map(lane, view !== 'map' ? 'off' : mapHeld || !isShown() ? 'hold' : 'on');
  }

  /** @param {string} lane */
  const weights = (lane) => engine.weights(lane, get().ui.view === 'training');

  /** Tells lanes what surgery there is. @param {string[]} [cells] */
  function operate(cells = get().order) {
    const { surgery, lanes } = get();
    const gates = holdableGates(get());
    for (const cell of cells) {
      const { info } = lanes[cell];
      if (!info) continue;
      if (info.layout.steps !== (surgery.length ?? info.experiment.length)) engine.length(cell, surgery.length);
      engine.intervene(cell, interventionOf(surgery, info, gates));
    }
  }

  return {
    map,
    operate,
    maps: () => get().order.forEach(map),
    /** Another view is shown. */
    view() {
      for (const lane of get().order) {
        map(lane);
        weights(lane);
      }
    },
    /** Everything, to a lane that has just been set up. @param {string} lane */
    tell(lane) {
      map(lane);
      why(lane);
      engine.terms(lane, wantedTerms(get()));
      weights(lane);
      engine.watch(lane, wantsMicroscope(get()));
      if (get().ui.example) engine.example(lane, get().ui.example);
      if (isOperated(get())) operate([lane]);
    },
    /** @param {State} state @param {State} before */
    follow(state, before) {
      for (const lane of state.order) {
        const [at, was] = [explainedIn(state, lane), explainedIn(before, lane)];
        if (at?.t !== was?.t || at?.unit !== was?.unit || at?.of !== was?.of) why(lane);
      }
      if (wantedTerms(state)?.every !== wantedTerms(before)?.every) for (const lane of state.order) engine.terms(lane, wantedTerms(state));
      if (wantsMicroscope(state) !== wantsMicroscope(before)) for (const lane of state.order) engine.watch(lane, wantsMicroscope(state));
    },
  };
}
/** @typedef {ReturnType<typeof createAttention>} Attention */
