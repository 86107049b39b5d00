// @ts-check
// What page and worker say to each other. Plain objects; buffers are transferred, never copied.

/** @typedef {import('../generated/types.d.ts').LaneExperiment} LaneExperiment */
/** @typedef {import('../generated/types.d.ts').LaneInfo} LaneInfo */
/** @typedef {import('../generated/types.d.ts').LaneStatus} LaneStatus */
/** @typedef {import('../generated/types.d.ts').Intervention} Intervention */
/** What a lane throws: data, put into words by the page. @typedef {{ kind: string, field: string, expected: string, given: string, message: string }} LaneError */

/** Spectra and half-lives, read with the map, and the training step they are of. @typedef {import('../generated/types.d.ts').Recurrence & { step: number }} Recurrence */
/**
 * `map`: a memory map is wanted (`on`), held where it is (`hold`), or not wanted any more (`off`).
 * @typedef {{ type: 'map', want: 'on' | 'hold' | 'off' }} AskMap
 */
/** @typedef {'estimate' | 'exact'} MapMethod */
/** What is made in slices: both maps, the spectra of the weights, and last those along t. @typedef {MapMethod | 'weights' | 'spectra'} Making */
/**
 * A finished map `[T, T]`, what is being made, and the spectra.
 * @typedef {{ type: 'map', id: number, method: MapMethod, values: Float32Array, step: number, ms: number }
 *   | { type: 'mapProgress', id: number, method: Making | null, done: number, total: number }
 *   | { type: 'recurrence', id: number, recurrence: Recurrence }} ToldMap
 */

/** Settings from a training step on. @typedef {{ from: number, experiment: LaneExperiment }} Phase */
/** @typedef {import('../generated/types.d.ts').WeightHistogram} WeightHistogram */
/**
 * Going back: `recall` brings a step back from a checkpoint at or before it (and keeps a checkpoint there, if so told);
 * `review` looks at kept checkpoints again, because what is looked at has changed.
 * @typedef {{ type: 'recall', token: number, step: number, from: number, checkpoint: ArrayBuffer, keep: boolean }
 *   | { type: 'review', token: number, steps: number[], checkpoints: ArrayBuffer[] }
 *   | { type: 'weights', want: boolean }} AskPast
 */
/**
 * `record`: a step that is kept; without a frame, only to go on from. `recalling`: how far a recall is.
 * @typedef {{ type: 'record', id: number, status: LaneStatus, frame: ArrayBuffer | null, checkpoint: ArrayBuffer, pinned: boolean }
 *   | { type: 'recalling', id: number, token: number, step: number }
 *   | { type: 'reviewed', id: number, token: number, steps: number[], frames: ArrayBuffer[] }} ToldPast
 */

/**
 * What a lane can be asked: its `Trace`, its weights as safetensors, or to begin anew from such weights.
 * @typedef {'trace' | 'weights' | 'load'} Question
 */

/**
 * `explain`: a timestep (1..T) taken apart, now and with every frame, until something else or nothing is wanted.
 * `terms`: those of ∂L/∂W_hh for every pair of timesteps; `every`: with the loss after every timestep.
 * @typedef {{ type: 'explain', wish: import('./explaining.js').Wish | null } | { type: 'terms', want: { every: boolean } | null }} AskWhy
 */
/**
 * @typedef {{ type: 'explanation', id: number, numbers: Float64Array, more: import('./explanation.js').More | null }} ToldExplanation
 * @typedef {{ type: 'terms', id: number, every: boolean, values: Float64Array, step: number }} ToldTerms
 */

/**
 * @typedef {{ type: 'load', module: WebAssembly.Module }
 *   | { type: 'configure', id: number, phases: Phase[], quiet: boolean }
 *   | { type: 'train', stepsPerSecond: number | null, until: number | null }
 *   | { type: 'limit', step: number | null }
 *   | { type: 'stop' }
 *   | { type: 'step', steps: number }
 *   | { type: 'example', index: number }
 *   | { type: 'intervene', intervention: Intervention | null }
 *   | { type: 'watch', on: boolean }
 *   | { type: 'length', length: number | null }
 *   | { type: 'recycle', buffer: ArrayBuffer }
 *   | { type: 'ask', ask: number, what: Question, bytes: Uint8Array | null }
 *   | AskMap | AskPast | AskWhy} ToWorker
 */
/**
 * @typedef {{ type: 'ready', id: number, info: LaneInfo, status: LaneStatus }
 *   | { type: 'reshaped', id: number, info: LaneInfo }
 *   | { type: 'frame', id: number, buffer: ArrayBuffer, status: LaneStatus, history: Float32Array, norms: Float32Array, training: boolean, stepsPerSecond: number, before: Float32Array, dropped: string[], fingerprint: string, recalled: number | null, weights: WeightHistogram[] | null }
 *   | { type: 'stopped', id: number, status: LaneStatus }
 *   | { type: 'error', id: number, error: LaneError }
 *   | { type: 'answer', id: number, ask: number, value: unknown, error: LaneError | null }
 *   | ToldMap | ToldPast | ToldExplanation | ToldTerms} FromWorker
 */

/** Frames a second a worker posts at most. */
export const MAX_FRAMES_PER_SECOND = 30;
/** While a lane trains as fast as it can, a frame begins no sooner than this many times its cost after the last one began: looking takes at most an eighth of the time. */
export const FRAME_COST_TIMES = 8;
/** But a frame a second there is at least: it also tells the page that the worker lives. */
export const FRAME_REST_MS = 1000;
/** Training slice after which the worker looks at its messages. */
export const SLICE_MS = 8;
/** While training, a new estimate of the memory map follows the last one after this, and after this many times its cost. */
export const MAP_REST_MS = 1000;
export const MAP_REST_TIMES = 10;
/** A recall that takes longer says this often how far it is. */
export const RECALLING_MS = 200;
/** While training, the distribution of the weights is told this often at most. */
export const WEIGHTS_MS = 500;
/** Time that the page has for drawing a new network before it is trained. */
export const SETTLE_MS = 150;
/** Buffers a lane owns; one is drawn while the other is filled. */
export const POOL = 2;
/** Silence after which a worker that owes an answer counts as stuck. */
export const PATIENCE_MS = 2000;
/** The first answer also pays for starting the worker and instantiating the module. */
export const STARTUP_MS = 8000;

/**
 * Whether a message belongs to the configuration that is shown now; a late one of an older experiment does not.
 * @param {{ id?: unknown } | null | undefined} message @param {number} current
 */
export const isCurrent = (message, current) => Boolean(message) && message?.id === current;

/**
 * How long one answer may take. A worker inside one long training step or evaluation cannot answer; on the
 * largest experiments that alone takes seconds, and calling it stuck would throw honest work away.
 * @param {LaneExperiment} experiment
 */
export function patience(experiment) {
  const { length, hidden, layers, batch } = experiment;
  // Multiplications of one step and one evaluation of 256 sequences, at a pessimistic 5 per nanosecond.
  const work = length * layers * 8 * hidden * (hidden + 16) * (3 * batch + 256);
  return PATIENCE_MS + work / 5e6;
}
