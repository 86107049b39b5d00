// @ts-check
// What is wanted of the lanes, and how it comes about: setting them up, training, going to another step, resting while nobody
// watches. One thing is wanted at a time; it waits until every lane is ready.
import { phasesOf, presentRun } from '../state/runs.js';
import { isTraining, shownStep } from '../state/selectors.js';

/** @typedef {import('../state/reducer.js').State} State */
/** What is to happen once the lanes are configured. @typedef {null | { kind: 'train', until: number | null, paced?: boolean } | { kind: 'step' }} Intent `paced`: to be watched */

/** Steps a second of the speed choices. @type {Record<string, number | null>} */
const STEPS_PER_SECOND = { slow: 10, normal: 60, max: null };
/** Steps by which a lane may be ahead of the slowest, and as a part of what that one does in a second: what they show stays comparable. */
const AHEAD = 24;
const AHEAD_S = 0.2;
/** A dragged slider passes through many experiments; only the one where it rests is set up. */
const SETTLE_MS = 150;

/**
 * @param {object} app
 * @param {ReturnType<typeof import('../engine/client.js').createEngine>} app.engine
 * @param {ReturnType<typeof import('../engine/timeMachine.js').createTimeMachine>} app.time
 * @param {{ get: () => State, dispatch: (action: import('../state/reducer.js').Action) => void }} app.store
 */
export function createTraining({ engine, time, store }) {
  /** @type {Intent} */
  let intent = null;
  /** @type {Set<string>} */
  let awaiting = new Set();
  /** Out of sight nobody watches: training pauses. */
  let watched = false;
  /** The timestep that a link asks for, until its sequence is there. */
  let arriving = 0;
  /** How far the present training goes; what was paused by going out of sight. @type {number | null} */
  let goal = null;
  /** @type {Intent} */
  let asleep = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;
  /** Where each lane waits for the slowest. @type {Record<string, number | null>} */
  let limits = {};
  /** Lanes that were told to stop, until they have; empty while they come to one step. @type {Set<string> | null} */
  let stopping = null;

  /** What was about to be set up is not, because something else is. */
  function forget() {
    clearTimeout(settling);
    settling = undefined;
  }

  const isIdle = () => awaiting.size === 0;
  /** Every lane has a network of the present experiment. */
  const isReady = () => store.get().source === 'live' && store.get().order.every((cell) => engine.isReady(cell)) && isIdle() && settling === undefined;

  /** The training step that the lanes are on their way to, or will be when they are watched again; null: none, or no end. */
  const going = () => {
    const wanted = intent ?? asleep;
    return wanted?.kind === 'train' ? wanted.until : isTraining(store.get()) ? goal : null;
  };

  /** Sets all lanes up anew, at step 0. @param {Intent} [then] @param {boolean} [quiet] a recorded run goes on: each lane is brought to its step first */
  function configure(then = null, quiet = false) {
    forget();
    const { order } = store.get();
    const run = presentRun(store.get());
    intent = then;
    asleep = null;
    awaiting = new Set(order);
    if (!quiet) time.begin(run, order);
    engine.retain(order);
    for (const cell of order) engine.configure(cell, phasesOf(run, cell), quiet);
  }

  /** @param {number} step */
  const configureFor = (step) => configure(step > 0 ? { kind: 'train', until: step } : null);

  /** What the controls say now is set up: a branch of what was trained, a run that was left, or a new beginning. @param {Intent} then */
  function takeUp(then = null) {
    const { runs } = store.get();
    time.retain(runs.map(({ id }) => id));
    if (time.enter(presentRun(store.get()))) configure(then, true);
    else configure(then);
  }

  /** Shows the step that was asked for while the lanes were busy. */
  function resume() {
    const { seek, source } = store.get();
    if (seek !== null && source === 'live' && isIdle() && !isTraining(store.get()) && !time.isWaiting()) time.seek(seek);
  }

  /** Does what was wanted, now that every lane is ready. */
  function pursue() {
    const wanted = intent;
    intent = null;
    stopping = null;
    limits = {};
    const { order, ui } = store.get();
    if (wanted?.kind === 'train' && !watched) {
      asleep = wanted;
      return;
    }
    for (const cell of order) {
      if (wanted?.kind === 'train') engine.train(cell, wanted.until === null || wanted.paced ? STEPS_PER_SECOND[ui.trainSpeed] : null, wanted.until);
      if (wanted?.kind === 'step') engine.step(cell, 1);
    }
    if (wanted?.kind !== 'train') return;
    goal = wanted.until;
    store.dispatch({ type: 'training', on: true });
  }

  /** The lanes that have not ended for good, the one that is furthest behind first. @param {State} state */
  const abreast = ({ order, lanes }) => order.filter((cell) => !lanes[cell].status.diverged && !lanes[cell].fault).sort((a, b) => lanes[a].status.step - lanes[b].status.step);

  /** Lets no lane run far ahead of the slowest one that trains, which itself waits for nobody. @param {State} state */
  function pace(state) {
    const [slowest, ...others] = abreast(state).filter((cell) => state.lanes[cell].training);
    if (!slowest) return;
    const { status, stepsPerSecond } = state.lanes[slowest];
    const limit = status.step + Math.max(AHEAD, Math.round(AHEAD_S * stepsPerSecond));
    const tell = (/** @type {string} */ cell, /** @type {number | null} */ step) => (limits[cell] ?? null) !== step && engine.limit(cell, (limits[cell] = step));
    tell(slowest, null);
    for (const cell of others) tell(cell, limit);
  }

  /** Brings lanes that have stopped to the step of the one that came furthest: one step is what is shown, and what a link says. */
  function level() {
    const state = store.get();
    if (stopping?.size !== 0 || isTraining(state)) return;
    stopping = null;
    const lanes = abreast(state);
    const last = state.lanes[lanes.at(-1) ?? '']?.status.step;
    if (state.seek !== null || !isIdle() || settling !== undefined || !lanes.every((cell) => engine.isReady(cell)) || !lanes.some((cell) => state.lanes[cell].status.step < last)) return;
    intent = { kind: 'train', until: last };
    pursue();
    stopping = new Set();
  }

  /** Goes on with the networks that are there, or sets up what the controls say. @param {NonNullable<Intent>} wanted */
  function want(wanted) {
    intent = wanted;
    time.flush();
    if (isReady()) pursue();
    else takeUp(wanted);
  }

  /** The opening has frames but no network: the same one is trained up to the same step, bit for bit. @returns {boolean} whether that was to do */
  function bringToLife(step = shownStep(store.get())) {
    if (store.get().source !== 'opening' || !isIdle()) return false;
    configure({ kind: 'train', until: step });
    return true;
  }

  return {
    forget,
    isIdle,
    /** Whether a step that is asked for, or the network itself, is yet to come; without an engine nothing will. */
    isOnItsWay: () => store.get().engine.status !== 'failed' && (!isIdle() || settling !== undefined || stopping !== null || going() !== null),
    isReady,
    configure,
    configureFor,
    resume,
    bringToLife,
    train: () => want({ kind: 'train', until: null }),
    step: () => want({ kind: 'step' }),
    stop() {
      asleep = null;
      // Each lane is somewhere. Who stops them on their way to one step, or while an earlier one is sought, wants no more.
      const { order, lanes } = store.get();
      const trained = order.filter((cell) => lanes[cell].training);
      stopping = stopping || time.isWaiting() || !trained.length ? null : new Set(trained);
      for (const cell of store.get().order) engine.stop(cell);
      store.dispatch({ type: 'training', on: false });
    },
    /** Stops what trains, for something else that is about to be shown. */
    halt() {
      stopping = null;
      for (const cell of store.get().order) if (store.get().lanes[cell].training) engine.stop(cell);
      store.dispatch({ type: 'training', on: false });
      asleep = null;
    },
    /** Lets go of all networks. */
    release() {
      awaiting = new Set();
      intent = null;
      engine.retain([]);
    },
    /** Trains on from where the lanes are, all of them being ready. @param {number} until @param {boolean} paced */
    goOn(until, paced) {
      intent = { kind: 'train', until, paced };
      pursue();
    },
    /** Trains up to a step as fast as may be; from the start if it lies behind. @param {number} step */
    goTo(step) {
      const ready = isReady();
      const at = shownStep(store.get());
      if (ready && step === at && !isTraining(store.get())) return;
      if (!ready || step <= at) return configureFor(step);
      intent = { kind: 'train', until: step };
      pursue();
    },
    /** Shows another training step that is recorded, and then exactly. @param {number} step */
    showMoment(step) {
      const before = shownStep(store.get());
      store.dispatch({ type: 'moment', step });
      const { source, seek } = store.get();
      // The opening has no past: its steps are recorded as they come.
      if (source === 'opening') bringToLife(before);
      else if (seek !== null && isIdle() && settling === undefined) time.seek(seek);
    },
    /** Sets up a lane that stopped, from the last step that is kept; if the other one trains, it joins in. @param {string} lane */
    restart(lane) {
      if (isTraining(store.get())) intent = { kind: 'train', until: null };
      awaiting.add(lane);
      engine.configure(lane, phasesOf(presentRun(store.get()), lane), time.reopen(lane));
    },
    /** What is shown stays: only a page without a network, or one that was about to train, is set up anew. */
    retry() {
      if (store.get().source === 'opening' && isIdle()) engine.load().catch(() => {});
      else configure(intent);
    },
    /** A link asks for a timestep of a sequence that is yet to come. @param {number} t */
    arrive(t) {
      arriving = t;
      forget();
    },
    /** @param {string} lane */
    stopped(lane) {
      stopping?.delete(lane);
      level();
      resume();
    },
    /** A lane is set up. @param {string} lane */
    ready(lane) {
      awaiting.delete(lane);
      if (isIdle()) {
        // Before, the playhead could go no further than what was shown.
        if (arriving > 0) store.dispatch({ type: 'seek', t: arriving, phase: store.get().player.phase });
        arriving = 0;
        pursue();
      }
      resume();
    },
    /** A lane will not be. @param {string} lane */
    failed(lane) {
      awaiting.delete(lane);
      stopping?.delete(lane);
      level();
    },
    /** Whether somebody watches: else training rests. @param {boolean} on */
    watch(on) {
      watched = on;
      if (on || !isTraining(store.get())) return;
      asleep = { kind: 'train', until: goal };
      for (const cell of store.get().order) engine.stop(cell);
    },
    /** Goes on with what rested. */
    rouse() {
      if (!asleep) return;
      intent = asleep;
      asleep = null;
      if (isIdle()) pursue();
    },
    /** @param {State} state @param {State} before */
    follow(state, before) {
      if (state.experiment !== before.experiment || (state.run !== before.run && state.runs.length > 1)) {
        clearTimeout(settling);
        // The old experiment's training is over at once, not when the new one is set up.
        for (const cell of before.order) if (before.lanes[cell].training) engine.stop(cell);
        asleep = null;
        settling = setTimeout(() => {
          settling = undefined;
          takeUp();
        }, SETTLE_MS);
      }
      if (state.lanes !== before.lanes) pace(state);
      if (state.ui.trainSpeed !== before.ui.trainSpeed && isTraining(state)) {
        limits = {};
        for (const cell of state.order) if (state.lanes[cell].training) engine.train(cell, STEPS_PER_SECOND[state.ui.trainSpeed], goal);
      }
    },
    going,
    /** Nothing else is about to happen to the networks. */
    isSettled: () => isReady() && intent === null && stopping === null,
    isAsleep: () => asleep !== null,
  };
}
/** @typedef {ReturnType<typeof createTraining>} Training */
