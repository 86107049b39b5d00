// @ts-check
// What a host page may do with an app: the public methods of the element and of the frame. Arguments are anybody's: each is
// checked, and what cannot be done is a GatescopeError that leaves the app as it was.
import { isTraining, shownStep } from '../state/selectors.js';
import { describe } from './describe.js';

/** @typedef {import('../state/reducer.js').State} State */
/** @typedef {import('../views/view.js').LaneData} LaneData */

/**
 * @typedef {object} App what the methods work on
 * @property {() => State} get
 * @property {(action: import('../state/reducer.js').Action) => void} dispatch
 * @property {(listener: (state: State, before: State, action: import('../state/reducer.js').Action) => void) => () => void} subscribe
 * @property {Record<string, LaneData>} lanes
 * @property {() => boolean} isSettled whether every lane is set up as the experiment says
 * @property {() => boolean} isAsleep whether training pauses because nobody watches
 * @property {(link: string) => void} follow
 * @property {(lane: string, what: import('../engine/protocol.js').Question, bytes?: Uint8Array) => Promise<any>} ask
 * @property {(kind: 'svg' | 'png') => Promise<string | Blob>} draw
 * @property {AbortSignal} signal
 */

/** What is shown of a bad argument: short, and only as text. @param {unknown} value */
function shownAs(value) {
  try {
    const text = typeof value === 'string' ? `"${value}"` : typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
    return text.length > 40 ? `${text.slice(0, 40)}…` : text;
  } catch {
    return 'an object';
  }
}

/** @param {App} app @param {import('./kit.js').Kit} kit */
export function createHands(app, { GatescopeError, MAX_STEP, defaultExperiment, readLink, settings, writeLink }) {
  const { get, dispatch } = app;

  /** @param {string} field @param {unknown} value @param {number} min @param {number} max */
  function whole(field, value, min, max) {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new GatescopeError('invalid-input', { field, expected: `a whole number from ${min} to ${max}`, given: shownAs(value) });
  }

  /** An argument that is an object with nothing in it but plain data, copied: a getter of the caller's runs here and nowhere else. @param {string} field @param {unknown} value @returns {Record<string, unknown>} */
  function plain(field, value) {
    if (value === undefined) return {};
    try {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    } catch {
      /* a proxy that lets nobody look */
    }
    throw new GatescopeError('invalid-input', { field, expected: 'an object', given: shownAs(value) });
  }

  /** What keeps the app from ever coming to a state that is waited for. @param {State} state */
  function troubleOf(state) {
    if (app.signal.aborted) return new GatescopeError('freed', { field: 'element', expected: 'to be on a page', given: 'removed' });
    if (state.engine.status === 'failed') {
      return new GatescopeError('load-failed', { field: 'wasm-url', expected: 'gatescope.wasm', given: `${state.engine.reason} ${state.engine.detail}`.trim() });
    }
    const [cell, fault] = state.order.map((name) => /** @type {const} */ ([name, state.lanes[name].fault])).find(([, one]) => one) ?? [];
    return cell && fault ? new GatescopeError(fault.kind === 'refused' ? 'invalid-config' : 'internal', { field: cell, expected: 'an answer', given: fault.kind }) : null;
  }

  /** Waits until the app is as wanted. @param {(state: State) => boolean} wanted @returns {Promise<State>} */
  function when(wanted) {
    return new Promise((resolve, reject) => {
      const end = () => {
        unsubscribe();
        app.signal.removeEventListener('abort', look);
      };
      const look = () => {
        const state = get();
        const trouble = troubleOf(state);
        if (!trouble && !wanted(state)) return;
        end();
        if (trouble) reject(trouble);
        else resolve(state);
      };
      const unsubscribe = app.subscribe(look);
      app.signal.addEventListener('abort', look);
      look();
    });
  }

  const state = () => describe(get(), app.lanes);
  /** Every lane has a network that rests, and its last numbers are here. @param {State} now */
  const rests = (now) =>
    app.isSettled() &&
    !isTraining(now) &&
    !app.isAsleep() &&
    now.order.every((cell) => {
      const { step, diverged } = now.lanes[cell].status;
      const frame = app.lanes[cell]?.frame;
      return frame && (diverged || frame.scalar('step') === step);
    });

  /** The lanes' networks; the opening has none, so the same one is trained to the same step. */
  async function live() {
    if (get().source !== 'live') {
      const step = shownStep(get());
      dispatch({ type: 'goto', step });
      await (step > 0 ? trainTo(step) : when(rests));
    }
    await when(app.isSettled);
  }

  /** Trains to a step; whoever stops it before ends the wait, too. @param {number} step */
  async function trainTo(step) {
    let stopped = false;
    const unsubscribe = app.subscribe((now, before, action) => {
      if ((action.type === 'training' && !action.on) || now.experiment !== before.experiment) stopped = true;
    });
    const reached = (/** @type {State} */ now) => now.order.every((cell) => now.lanes[cell].status.step >= step || now.lanes[cell].status.diverged);
    try {
      await when((now) => rests(now) && (stopped || reached(now)));
    } finally {
      unsubscribe();
    }
    return state();
  }

  /** A lane by its id: its cell, numbered where several lanes have it. @param {unknown} given */
  function laneOf(given) {
    const { order } = get();
    if (given === undefined) return order[order.length - 1];
    if (typeof given === 'string' && order.includes(given)) return given;
    throw new GatescopeError('invalid-input', { field: 'lane', expected: order.join(' or '), given: shownAs(given) });
  }

  /** The link that a state describes; what it does not say is as always. @param {Record<string, unknown>} given */
  function linkFrom(given) {
    if (typeof given.link === 'string') return given.link;
    const experiment = defaultExperiment();
    const asked = plain('experiment', given.experiment);
    // What single lanes have for themselves is named after them: `b.clip`.
    for (const name of [...Object.keys(settings(experiment)), 'vs', ...Object.keys(asked).filter((key) => /^[a-z]\.\w{1,32}$/.test(key))]) {
      const value = asked[name];
      if (value === null || ['string', 'number'].includes(typeof value)) Object.assign(experiment, { [name]: value });
      else if (value !== undefined) throw new GatescopeError('invalid-input', { field: name, expected: 'a number, a name or null', given: shownAs(value) });
    }
    experiment.vs = String(experiment.vs);
    const number = (/** @type {string} */ name) => /** @type {any} */ (given[name] === undefined ? 0 : whole(name, given[name], 0, MAX_STEP));
    return writeLink({
      experiment,
      step: number('step'),
      t: number('t'),
      unit: given.unit === undefined || given.unit === null ? null : number('unit'),
      view: typeof given.view === 'string' ? given.view : 'flow',
      beat: typeof given.phase === 'string' ? given.phase : 'inspect',
    });
  }

  return {
    /** Trains `n` steps more, or without a number until `pause()`. @param {unknown} [n] */
    async train(n) {
      if (n === undefined) {
        dispatch({ type: 'train' });
        return state();
      }
      const more = whole('n', n, 1, MAX_STEP);
      const step = (get().source === 'live' ? shownStep(get()) : 0) + more;
      dispatch({ type: 'goto', step });
      return trainTo(step);
    },
    /** Lets the playhead sweep. */
    async play() {
      dispatch({ type: 'play', on: true });
      return state();
    },
    /** Holds playhead and training. */
    async pause() {
      dispatch({ type: 'play', on: false });
      if (isTraining(get()) || app.isAsleep()) dispatch({ type: 'stop' });
      return state();
    },
    async next() {
      dispatch({ type: 'beat', by: 1 });
      return state();
    },
    async prev() {
      dispatch({ type: 'beat', by: -1 });
      return state();
    },
    /** Back to step 0; with `reseed` another run of the same experiment. @param {unknown} [options] */
    async reset(options) {
      const { reseed = false } = plain('options', options);
      if (typeof reseed === 'number') dispatch({ type: 'field', name: 'seed', value: whole('reseed', reseed, 0, 2 ** 32 - 1) });
      else if (reseed === true) dispatch({ type: 'field', name: 'seed', value: (get().experiment.seed + 1) % 2 ** 32 });
      else if (reseed !== false) throw new GatescopeError('invalid-input', { field: 'reseed', expected: 'a boolean or a seed', given: shownAs(reseed) });
      dispatch({ type: 'reset' });
      await when(rests);
      return state();
    },
    /** Moves the playhead to timestep `t` and trains to `step`; either may be left out. @param {unknown} to */
    async seek(to) {
      const { t, step } = plain('to', to);
      const T = get().experiment.length;
      const at = t === undefined ? null : whole('t', t, 1, T);
      const goal = step === undefined ? null : whole('step', step, 0, MAX_STEP);
      if (at !== null) dispatch({ type: 'seek', t: at });
      if (goal === null) return state();
      dispatch({ type: 'goto', step: goal });
      return goal === 0 ? when(rests).then(state) : trainTo(goal);
    },
    async getState() {
      return state();
    },
    /** Takes what `getState` gave, or a link. @param {unknown} given */
    async setState(given) {
      const link = typeof given === 'string' ? given : linkFrom(plain('state', given));
      const { step } = readLink(link);
      app.follow(link);
      await (step > 0 ? trainTo(step) : when(rests));
      return state();
    },
    /** Everything per timestep of the shown example in one lane, the lowest if not said. @param {unknown} [options] */
    async getTrace(options) {
      const cell = laneOf(plain('options', options).lane);
      await live();
      return app.ask(cell, 'trace');
    },
    /** Begins anew from the weights of a safetensors file. @param {unknown} bytes @param {unknown} [options] */
    async loadWeights(bytes, options) {
      const cell = laneOf(plain('options', options).lane);
      const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null;
      if (!view) throw new GatescopeError('invalid-input', { field: 'bytes', expected: 'an ArrayBuffer or a typed array', given: shownAs(bytes) });
      const copy = view.slice();
      // The same experiment from another beginning: what was trained from the old one is not its past.
      if (get().source !== 'live' || shownStep(get()) > 0 || isTraining(get())) {
        dispatch({ type: 'reset' });
        await when(rests);
      }
      await app.ask(cell, 'load', copy);
      return state();
    },
    /** The same from an address. Whatever goes wrong is a GatescopeError. @param {string} src @param {string} base */
    async loadFrom(src, base) {
      try {
        const response = await fetch(new URL(src, base));
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        return await this.loadWeights(await response.arrayBuffer());
      } catch (error) {
        throw error instanceof GatescopeError ? error : new GatescopeError('load-failed', { field: 'src', expected: 'a safetensors file', given: String(error) });
      }
    },
    /** The weights of one lane as a safetensors file, under PyTorch's names. @param {unknown} [options] @returns {Promise<Uint8Array>} */
    async exportWeights(options) {
      const cell = laneOf(plain('options', options).lane);
      await live();
      return app.ask(cell, 'weights');
    },
    /** What is shown as a picture. @param {unknown} [kind] */
    async exportFigure(kind = 'svg') {
      if (kind !== 'svg' && kind !== 'png') throw new GatescopeError('invalid-input', { field: 'kind', expected: 'svg or png', given: shownAs(kind) });
      await when((now) => now.order.every((cell) => app.lanes[cell]?.frame));
      return app.draw(kind);
    },
  };
}
/** @typedef {ReturnType<typeof createHands>} Hands */
