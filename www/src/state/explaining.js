// @ts-check
// Which equation is open, and those that one came from: pure, and only where a whole page is shown; a small widget does without.

/** @typedef {import('./reducer.js').State} State */
/** @typedef {import('./reducer.js').Action} Action */
/** @typedef {import('./reducer.js').Formula} Formula */

/** Formulas that one can go back to. */
const TRAIL = 64;

/** The node of the diagram that a strip shows, or the gradient of which. @param {string} channel @returns {Formula} */
function tileFormula(channel) {
  const gradient = /** @type {Record<string, string>} */ ({ hiddenGradient: 'hidden', cellGradient: 'cellState' })[channel];
  return { of: { kind: 'node', node: gradient ?? channel }, way: gradient ? 'backward' : 'forward' };
}

/** @param {string} quantity @returns {import('./reducer.js').Target} */
const barTarget = (quantity) => (quantity === 'gradient' ? { kind: 'norm', node: 'hidden' } : { kind: 'series', quantity });

/** @param {Formula | null} formula @param {Formula} other */
const sameSubject = (formula, other) => JSON.stringify(formula?.of) === JSON.stringify(other.of);

/** @param {State} state @param {Partial<State['ui']>} change @returns {State} */
const changeUi = (state, change) => ({ ...state, ui: { ...state.ui, ...change } });

/** The diagram with another operation of it done; an equation that is open turns with it. @param {State} state @param {Action} action to one, or by so many */
function operate(state, { to, by = 0 }) {
  const { formula, operation } = state.ui;
  // All forward ones of the longest lane, then as many backward.
  const longest = Math.max(0, ...state.order.map((cell) => state.lanes[cell].info?.diagram.nodes.filter(({ at, inputs }) => at && inputs.length).length ?? 0));
  const back = ['backward', 'rest'].includes(state.player.phase);
  // From a whole picture, the first one is the beginning of its way, the one before its end taken back.
  const from = operation ?? (by > 0 ? (back ? longest : 0) : back ? 2 * longest : longest);
  const next = Math.min(2 * longest, Math.max(0, to ?? from + by));
  const turned = formula?.of.kind === 'node' && { formula: /** @type {Formula} */ ({ of: formula.of, way: next > longest ? 'backward' : 'forward' }) };
  return changeUi({ ...state, player: { ...state.player, playing: false } }, { operation: next, ...turned });
}

/** An entry of a matrix is of a unit: with another one chosen, it is that one's. @param {State} state */
function sameUnit(state) {
  const { formula, unit } = state.ui;
  const row = formula?.of.row;
  const own = unit ?? 0;
  const { hidden } = state.experiment;
  return formula && row !== undefined && row % hidden !== own ? changeUi(state, { formula: { ...formula, of: { ...formula.of, row: row - (row % hidden) + own } } }) : state;
}

/** @param {(state: State, action: Action) => State} reduce the transitions that every app has */
export function explaining(reduce) {
  /** @param {State} state @param {Action} action @returns {State} */
  return function step(state, action) {
    const { formula, trail, unit, lane } = state.ui;
    const { t: now } = state.player;
    switch (action.type) {
      case 'tile': {
        const next = tileFormula(action.channel);
        const open = formula?.way === next.way && sameSubject(formula, next) && lane === action.lane && unit === action.unit;
        // The tile whose equation is open lets go of both when it is clicked again.
        if (open && action.again) return changeUi(state, { unit: null, formula: null, trail: [] });
        return step(state, { type: 'explain', ...next, unit: action.unit, lane: action.lane, anew: true });
      }
      case 'bar':
        // A bar of the chart along t at the playhead: what it is of, the chart's quantity says.
        return step(state, { type: 'explain', of: barTarget(state.ui.quantity), way: 'backward', lane: action.lane, anew: true });
      case 'explain': {
        const t = action.t ?? now;
        const next = { of: action.of, way: action.way };
        // Whoever opens an equation wants to read it: a sweep would change its numbers at every beat.
        const moved = t !== now ? reduce(state, { type: 'seek', t }) : state.player.playing ? reduce(state, { type: 'play', on: false }) : state;
        // The other way of the same quantity is no step further.
        const same = sameSubject(formula, next) && t === now && (action.unit ?? unit) === unit;
        return changeUi(moved, {
          // What is asked of the lane stays the same with the other way.
          formula: same ? { ...next, of: formula?.of ?? next.of } : next,
          unit: action.unit ?? unit,
          lane: action.lane ?? lane,
          trail: formula && !same && !action.anew ? [...trail, { ...formula, t: now, unit, lane }].slice(-TRAIL) : action.anew ? [] : trail,
        });
      }
      case 'explainBack': {
        const last = trail.at(-1);
        if (!last) return changeUi(state, { formula: null });
        const { of, way } = last;
        const back = changeUi(reduce(state, { type: 'seek', t: last.t }), { formula: { of, way }, unit: last.unit, lane: state.order.includes(last.lane) ? last.lane : lane, trail: trail.slice(0, -1) });
        // Keeps playhead and unit inside what is shown now.
        return reduce(back, { type: 'player', player: back.player });
      }
      case 'explainClose':
        return changeUi(state, { formula: null, trail: [] });
      case 'operation':
        return operate(state, action);
      default:
        return sameUnit(reduce(state, action));
    }
  };
}
