// @ts-check
// What a whole page does with the state and a small widget need not load: ready-made experiments, the choice of lanes, equations,
// presenting to a class. It is handed what every app has anyway, so that the file that all of them load stays one.
import { aboutLane } from './aboutLane.js';
import { classCode } from './classCode.js';
import { comparisonOf } from './comparison.js';
import { nextCells } from './comparisons.js';
import { explaining } from './explaining.js';
import { PRESETS, presetExperiment, presetOf } from './presets.js';
import { presenting } from './presenting.js';
import { shortLink } from './shortLink.js';

/** @typedef {import('./reducer.js').State} State */
/** @typedef {import('./reducer.js').Action} Action */
/** @typedef {import('./experiment.js').Compared} Compared */
/** @typedef {Pick<typeof import('./reducer.js'), 'reduce'> & Pick<typeof import('./experiment.js'), 'defaultExperiment' | 'fieldOf' | 'lanesOf'> & { MOST_LANES: number }} Kit */

/** @param {Kit} kit */
function reducer({ reduce, defaultExperiment, fieldOf, lanesOf, MOST_LANES }) {
  /** Lanes of some cells, in the catalog's order; those whose cell stays stay, as far as there is room. @param {Compared[]} lanes @param {string[]} cells */
  function ofCells(lanes, cells) {
    const chosen = (fieldOf('cell').choices ?? []).filter((cell) => cells.includes(cell)).flatMap((cell) => {
      const there = lanes.filter((lane) => lane.cell === cell);
      return there.length ? there : [{ cell, own: {} }];
    });
    // A cell that comes in takes the place of one that is there twice.
    while (chosen.length > MOST_LANES) chosen.splice(chosen.findLastIndex(({ cell }, k) => chosen[k - 1]?.cell === cell), 1);
    return chosen;
  }

  /** Another lane like one under it, another cell in its place, or one less. @param {State} state @param {Action} action */
  function changed({ experiment, order }, { lane, how, cell }) {
    const lanes = lanesOf(experiment);
    const place = order.indexOf(lane);
    const { own } = lanes[place];
    return lanes.toSpliced(place, 1, ...(how === 'add' ? [lanes[place], lanes[place]] : how === 'remove' ? [] : [{ cell, own }]));
  }

  const explained = explaining(reduce);
  return (/** @type {State} */ state, /** @type {Action} */ action) => {
    switch (action.type) {
      case 'preset':
        // What is said of it is said of the gradient.
        return reduce({ ...state, ui: { ...state.ui, quantity: 'gradient' } }, { type: 'experiment', experiment: presetExperiment(action.id, state.experiment, defaultExperiment()) });
      case 'cells':
        return reduce(state, { type: 'lanes', lanes: ofCells(lanesOf(state.experiment), action.cells) });
      case 'compare':
        return reduce(state, { type: 'lanes', lanes: nextCells(lanesOf(state.experiment), fieldOf('cell').choices ?? []) });
      case 'lane':
        return reduce(state, { type: 'lanes', lanes: changed(state, action) });
      default:
        return presenting(explained(state, action), action);
    }
  };
}

export const whole = { reducer, aboutLane, comparisonOf, classCode, presetOf, presets: PRESETS.map(({ id }) => id), shortLink };
