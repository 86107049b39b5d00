// @ts-check
// What every panel is given and gives back. Views know draw and i18n, nothing else of the page.

/** @typedef {import('../i18n/index.js').Translate} Translate */
/** @typedef {import('../state/reducer.js').State} State */
/** @typedef {import('../state/reducer.js').Action} Action */
/** @typedef {import('../engine/frame.js').Frame} Frame */

/**
 * What the memory map's view shows, newest of each; `mapVersion` grows with any of it.
 * @typedef {object} MapData
 * @property {{ method: 'estimate' | 'exact', values: Float32Array, step: number, ms: number } | null} map
 * @property {{ method: import('../engine/protocol.js').Making, share: number } | null} progress what is being made
 * @property {import('../engine/protocol.js').Recurrence | null} recurrence
 * @property {{ every: boolean, values: Float64Array, step: number } | null} terms of ∂L/∂W_hh for every pair of timesteps
 * @property {number} mapVersion
 */
/**
 * Where a lane is in training: the step shown, whether it is the one asked for, and from which it was recomputed.
 * `horizon`: log10 ‖∂L/∂h_t‖ of each recorded step; `ghost`: the run that was left, as far as it is kept.
 * @typedef {object} PastData
 * @property {{ step: number, exact: boolean, from: number | null }} at
 * @property {Horizon} horizon
 * @property {number} horizonVersion
 * @property {{ history: { data: Float32Array, length: number }, norms: import('../engine/history.js').Norms, horizon: Horizon } | null} ghost
 * @property {{ step: number, histograms: import('../generated/types.d.ts').WeightHistogram[] } | null} weights
 * @property {boolean} lent whether the frame's buffer belongs to the worker
 */
/** @typedef {{ steps: number[], columns: Float32Array[] }} Horizon */
/**
 * One lane's newest numbers. `version` grows with every frame; `history` is the run so far, `norms` what clipping did in it.
 * `fingerprint`: checksum of the weights, empty while they change.
 * `explanation`: the timestep at which somebody looks, taken apart.
 * `before`: log10 ‖∂L/∂h_t‖ of the same example without surgery, while there is surgery.
 * @typedef {{ frame: Frame | null, version: number, before: Float32Array | null, history: { data: Float32Array, length: number }, norms: import('../engine/history.js').Norms, fingerprint: string, explanation: import('../engine/explanation.js').Explanation | null } & MapData & PastData} LaneData
 */
/**
 * What the page derives once a frame for all views.
 * @typedef {object} Derived
 * @property {number} steps T of what is shown
 * @property {{ step: number, reach: number, rewound: boolean }} moment where the reader is in training
 * @property {ReturnType<typeof import('../state/selectors.js').runList>} runs
 * @property {Record<string, { step: number, quantity: string } | null>} diverged where each lane's run ended for good
 * @property {() => { used: number, limit: number }} memory bytes of what is recorded
 * @property {number} playhead where the playhead is drawn, fractional
 * @property {{ forward: number, backward: number, answer: boolean }} reveal
 * @property {boolean} training
 * @property {boolean} loading a network is asked for, and the wasm is on its way
 * @property {import('../state/reducer.js').ShownNotice[]} notices
 * @property {string | null} preset
 * @property {import('../generated/types.d.ts').Catalog} catalog
 * @property {string[]} presets
 * @property {(field: import('../generated/types.d.ts').Field, cell: string) => boolean} concerns
 * @property {() => import('../state/comparison.js').Comparison | null} comparison what the lanes are set to, where a whole page is shown
 * @property {(info: import('../generated/types.d.ts').LaneInfo, lane: string, t: Translate) => string | null} [about] what distinguishes a lane's run, in a few words, where a whole page is shown
 * @property {boolean} comparing whether the lanes' own settings are shown
 * @property {number} mostLanes
 * @property {(lane: string) => string} cellOf
 * @property {(field: import('../generated/types.d.ts').Field) => boolean} locked whether a setting may not be changed
 * @property {() => string} link the link to what is shown, `#v=1&…`
 * @property {string | null} page address of the page that shows everything; null: there is none
 * @property {boolean} operated whether there is surgery
 * @property {string[]} gates channels that surgery can hold
 * @property {boolean} desk whether lessons and the presenter's window can be had here
 * @property {string | null} classLink to what is shown, while it is shown as a QR code
 * @property {string | null} notesLink address of the presenter's window
 * @property {string | null} classCode six letters: equal where the same bits were reached
 */
/** @typedef {{ lanes: Record<string, LaneData>, derived: Derived }} Frames */
/** @typedef {{ dispatch: (action: Action) => void, t: Translate, lane?: string, channel?: import('../generated/types.d.ts').Channel }} Context */
/** @typedef {{ draw(frames: Frames, state: State): void, dispose(): void }} Mounted */
/**
 * @typedef {object} View
 * @property {string} id
 * @property {(channel: import('../generated/types.d.ts').Channel) => boolean} accepts which recorded quantities it shows
 * @property {(el: HTMLElement, context: Context) => Mounted} mount
 */

/**
 * Remembers what was drawn: true when any of the values differs from the last call's.
 * @returns {(...values: unknown[]) => boolean}
 */
export function changes() {
  /** @type {unknown[] | null} */
  let before = null;
  return (...values) => {
    const changed = !before || values.some((value, k) => !Object.is(value, /** @type {unknown[]} */ (before)[k]));
    before = values;
    return changed;
  };
}

/**
 * Puts an element in its place among its siblings, unless it lies there: what is moved loses the focus.
 * @param {Element} parent @param {number} place @param {Element} el
 */
export function putAt(parent, place, el) {
  if (parent.children[place] !== el) parent.insertBefore(el, parent.children[place] ?? null);
}
