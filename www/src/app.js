// @ts-check
// The composition root: the one file that knows everyone. State is pure, views only draw, workers only compute;
// here they meet, and here alone are the clock, the address bar and the network.
import { createEngine } from './engine/client.js';
import { append, createHistory } from './engine/history.js';
import { isFiniteFrame } from './engine/frame.js';
import { fetchOpening } from './engine/opening.js';
import { colourOf, isHeatKind } from './draw/colour.js';
import { createTranslator, preferredLanguage } from './i18n/index.js';
import { PRESETS, catalog, concerns, laneExperiment, presetOf, sameRun } from './state/experiment.js';
import { readHost, readLink, writeLink } from './state/link.js';
import { initialState, reduce } from './state/reducer.js';
import { allNotices, historyColumns, holdableGates, isOperated, isTraining, playhead, reveal, shownStep, shownSteps } from './state/selectors.js';
import { createStore } from './state/store.js';
import { interventionOf } from './state/surgery.js';
import { createKeys } from './keys.js';
import { buildShell } from './views/shell.js';

/** @typedef {import('./views/view.js').LaneData} LaneData */
/** @typedef {import('./state/reducer.js').State} State */
/** @typedef {import('./state/reducer.js').Action} Action */

/** Steps a second of the speed choices. @type {Record<string, number | null>} */
const STEPS_PER_SECOND = { slow: 10, normal: 60, max: null };
/** A dragged slider passes through many experiments; only the one where it rests is set up. */
const SETTLE_MS = 150;
/** Browsers limit how often the address may be rewritten. */
const LINK_MS = 800;

/** @param {HTMLElement} root */
export function start(root) {
  const host = readHost(location.search);
  const language = host.language ?? preferredLanguage(navigator.languages);
  const t = createTranslator(language);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const store = createStore(reduce, initialState());

  /** Newest numbers of each lane, outside the reducer: they change thirty times a second. @type {Record<string, LaneData>} */
  const lanes = {};
  const laneData = (/** @type {string} */ cell) =>
    (lanes[cell] ??= { frame: null, version: 0, before: null, history: createHistory(), map: null, progress: null, recurrence: null, mapVersion: 0 });

  /** What is to happen once the lanes are configured. @type {null | { kind: 'train', until: number | null } | { kind: 'step' }} */
  let intent = null;
  /** @type {Set<string>} */
  let awaiting = new Set();

  const engine = createEngine({
    wasmUrl: new URL('./gatescope.wasm', document.baseURI).href,
    spawn: () => new Worker(new URL('./engine/worker.js', import.meta.url), { type: 'module' }),
    events: {
      engine: (status, reason, detail) => store.dispatch({ type: 'engine', status, reason, detail }),
      ready(lane, info, status) {
        const data = laneData(lane);
        data.history = createHistory();
        // Frames of an older layout would be read wrongly; the first new one is on its way.
        data.frame = null;
        data.before = null;
        Object.assign(data, { map: null, progress: null, recurrence: null, mapVersion: data.mapVersion + 1 });
        askMap(lane);
        store.dispatch({ type: 'ready', lane, info, status });
        awaiting.delete(lane);
        if (store.get().ui.example) engine.example(lane, store.get().ui.example);
        if (isOperated(store.get())) operate([lane]);
        if (awaiting.size === 0) pursue();
      },
      frame(lane, frame, message) {
        const data = laneData(lane);
        append(data.history, message.history);
        const operated = message.before.length > 0;
        data.before = operated ? message.before : null;
        if (!operated && data.frame && isFiniteFrame(data.frame) && !isFiniteFrame(frame)) {
          // The last finite numbers stay on the screen: what a network computes may overflow before its loss does.
          engine.recycle(lane, message.buffer);
        } else {
          const old = data.frame;
          data.frame = frame;
          if (old && old.info === frame.info) engine.recycle(lane, /** @type {ArrayBuffer} */ (old.values.buffer));
        }
        data.version++;
        store.dispatch({ type: 'status', lane, status: message.status, training: message.training, stepsPerSecond: message.stepsPerSecond, dropped: message.dropped });
      },
      map(lane, message) {
        const data = laneData(lane);
        data.mapVersion++;
        if (message.type === 'recurrence') data.recurrence = message.recurrence;
        else if (message.type === 'mapProgress') data.progress = message.method ? { method: message.method, share: message.done / message.total } : null;
        else {
          data.progress = null;
          data.map = { method: message.method, values: message.values, step: message.step, ms: message.ms };
        }
      },
      stopped: (lane, status) => store.dispatch({ type: 'status', lane, status, training: false }),
      fault(lane, fault) {
        awaiting.delete(lane);
        store.dispatch({ type: 'fault', lane, fault });
      },
    },
  });

  const shell = buildShell(root, { dispatch, t });
  const keys = createKeys(root, dispatch, store.get);

  /** Tells lanes what surgery there is. @param {string[]} cells */
  function operate(cells) {
    const { surgery, lanes: shown } = store.get();
    for (const cell of cells) {
      const info = shown[cell].info;
      if (info) engine.intervene(cell, interventionOf(surgery, info));
    }
  }

  /** Sets all lanes up anew, at step 0, as they are trained: surgery is over. @param {typeof intent} then */
  function configure(then = null) {
    store.dispatch({ type: 'heal' });
    setUp(then);
  }

  /** @param {typeof intent} then */
  function setUp(then) {
    clearTimeout(settling);
    const { experiment, order } = store.get();
    intent = then;
    awaiting = new Set(order);
    engine.retain(order);
    for (const cell of order) engine.configure(cell, laneExperiment(experiment, cell));
  }

  // The memory map: wanted while its view is shown, and made again by the workers whenever weights or example change.
  /** @param {string} lane */
  function askMap(lane) {
    const { view, mapHeld } = store.get().ui;
    engine.map(lane, view !== 'map' ? 'off' : mapHeld ? 'hold' : 'on');
  }
  /** @param {'flow' | 'map'} view */
  function showView(view) {
    const before = store.get();
    if (view === before.ui.view) return;
    store.dispatch({ type: 'ui', change: { view, mapHeld: false } });
    say(`announce.view.${view}`);
    // The opening has frames but no network: the same one is trained up to the same step, bit for bit.
    if (view === 'map' && before.source === 'opening' && awaiting.size === 0) configure({ kind: 'train', until: shownStep(before) });
    else for (const cell of before.order) askMap(cell);
  }

  /** Does what was wanted, now that every lane is ready. */
  function pursue() {
    const wanted = intent;
    intent = null;
    const { order, ui } = store.get();
    for (const cell of order) {
      if (wanted?.kind === 'train') engine.train(cell, wanted.until === null ? STEPS_PER_SECOND[ui.trainSpeed] : null, wanted.until);
      if (wanted?.kind === 'step') engine.step(cell, 1);
    }
    if (wanted?.kind === 'train') store.dispatch({ type: 'training', on: true });
  }

  const settled = () => store.get().source === 'live' && store.get().order.every((cell) => engine.isReady(cell));

  /** Actions reach the reducer; some also reach the workers. @param {Action} action */
  function dispatch(action) {
    switch (action.type) {
      case 'tip':
        return shell.tip(action.text, action.x, action.y, action.speak);
      case 'train':
        intent = { kind: 'train', until: null };
        say('announce.training');
        return settled() && awaiting.size === 0 && settling === undefined ? pursue() : configure(intent);
      case 'stop':
        for (const cell of store.get().order) engine.stop(cell);
        store.dispatch({ type: 'training', on: false });
        return say('announce.stopped', { step: t.number(shownStep(store.get())) });
      case 'step':
        intent = { kind: 'step' };
        return settled() && awaiting.size === 0 && settling === undefined ? pursue() : configure(intent);
      case 'reset':
        store.dispatch({ type: 'training', on: false });
        say('announce.reset');
        return configure();
      case 'restart': {
        // Only the lane that stopped; if the other one trains, it joins in.
        const { experiment } = store.get();
        if (isTraining(store.get())) intent = { kind: 'train', until: null };
        awaiting.add(action.lane);
        return void engine.configure(action.lane, laneExperiment(experiment, action.lane));
      }
      case 'retry':
        // What is shown stays: only a page without a network, or one that was about to train, is set up anew.
        return store.get().source === 'opening' && awaiting.size === 0 ? void engine.load().catch(() => {}) : configure(intent);
      case 'example':
        store.dispatch({ type: 'ui', change: { example: action.index } });
        for (const cell of store.get().order) engine.example(cell, action.index);
        return undefined;
      case 'surgery':
      case 'hold':
      case 'heal':
        store.dispatch(action);
        // The opening has no network behind it: the same one is trained to the same step, and operated on as it comes.
        if (store.get().source === 'opening' && awaiting.size === 0) return setUp({ kind: 'train', until: shownStep(store.get()) });
        return operate(store.get().order);
      case 'view':
        return showView(action.view);
      case 'mapHold':
        store.dispatch({ type: 'ui', change: { mapHeld: action.on } });
        for (const cell of store.get().order) askMap(cell);
        return undefined;
      case 'dismiss':
        return store.dispatch({ type: 'dismiss' });
      default:
        return store.dispatch(action);
    }
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;
  store.subscribe((state, before) => {
    if (state.experiment !== before.experiment) {
      clearTimeout(settling);
      // The old experiment's training is over at once, not when the new one is set up.
      for (const cell of before.order) if (before.lanes[cell].training) engine.stop(cell);
      settling = setTimeout(() => {
        settling = undefined;
        configure();
      }, SETTLE_MS);
    }
    if (state.ui.language !== before.ui.language) applyLanguage(state.ui.language);
    if (state.ui.theme !== before.ui.theme) document.documentElement.dataset.theme = state.ui.theme;
    if (state.ui.trainSpeed !== before.ui.trainSpeed && isTraining(state)) {
      for (const cell of state.order) if (state.lanes[cell].training) engine.train(cell, STEPS_PER_SECOND[state.ui.trainSpeed]);
    }
    if (
      state.experiment !== before.experiment ||
      state.ui.unit !== before.ui.unit ||
      state.player.playing !== before.player.playing ||
      (!state.player.playing && state.player.t !== before.player.t) ||
      (isTraining(before) && !isTraining(state)) ||
      (state.source === 'live' && state.lanes !== before.lanes && shownStep(state) !== shownStep(before))
    ) {
      rewriteLink();
    }
  });

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let rewriting;
  let written = '';
  function rewriteLink() {
    if (rewriting !== undefined) return;
    rewriting = setTimeout(() => {
      rewriting = undefined;
      const { experiment, source, player, ui } = store.get();
      written = `#${writeLink({
        experiment,
        // The opening is no run of this page: a link to it starts as the page does.
        step: source === 'live' ? shownStep(store.get()) : 0,
        t: player.playing ? 0 : player.t,
        unit: ui.unit,
      })}`;
      // A sandboxed frame may refuse; the page works without.
      try {
        history.replaceState(history.state, '', written);
      } catch {
        /* nothing to do */
      }
    }, LINK_MS);
  }

  /** @param {string} tag */
  function applyLanguage(tag) {
    t.use(tag);
    document.documentElement.lang = tag;
    document.title = t('title');
  }

  /** @param {string} key @param {Record<string, unknown>} [params] */
  function say(key, params) {
    shell.say(t(key, params));
  }

  /** Takes what the address says; returns the training step it asks for. */
  function followLink() {
    const linked = readLink(location.hash);
    // Another entry of the browser's history: what was about to be written belongs to the one that was left.
    clearTimeout(rewriting);
    rewriting = undefined;
    written = location.hash;
    const notices = linked.problems.map(({ key, given, reason, effective }) => ({ field: key, given, reason, effective }));
    store.dispatch({ type: 'experiment', experiment: linked.experiment, notices });
    clearTimeout(settling);
    settling = undefined;
    if (linked.unit !== store.get().ui.unit) store.dispatch({ type: 'ui', change: { unit: linked.unit } });
    if (linked.t > 0) store.dispatch({ type: 'seek', t: linked.t });
    return linked.step;
  }

  /** Shows the trained trace when it is the experiment asked for. @returns {Promise<boolean>} */
  async function showOpening() {
    const opening = await fetchOpening(document.baseURI);
    const { experiment, order, source } = store.get();
    const fits = order.every((cell) => opening.some(({ info }) => info.experiment.cell === cell && sameRun(info.experiment, laneExperiment(experiment, cell))));
    // The reader may have been faster: then something is on the screen already.
    if (!fits || source !== 'none' || awaiting.size) return false;
    for (const { info, frame, history } of opening) {
      Object.assign(laneData(info.experiment.cell), { frame, version: 1, history: createHistory(history) });
    }
    store.dispatch({ type: 'opening', lanes: opening.map(({ info, frame }) => ({ info, step: frame.scalar('step') })) });
    return true;
  }

  addEventListener('hashchange', () => {
    if (location.hash === written) return;
    const step = followLink();
    configure(step > 0 ? { kind: 'train', until: step } : null);
  });
  dark.addEventListener('change', () => {
    if (!host.theme) store.dispatch({ type: 'ui', change: { theme: dark.matches ? 'dark' : 'light' } });
  });
  still.addEventListener('change', () => {
    if (!host.motion) store.dispatch({ type: 'ui', change: { reduced: still.matches } });
  });
  // Out of sight nobody watches: training pauses and goes on at the same step.
  let pausedByHiding = false;
  document.addEventListener('visibilitychange', () => {
    if (document.hidden && isTraining(store.get())) {
      pausedByHiding = true;
      for (const cell of store.get().order) engine.stop(cell);
    } else if (!document.hidden && pausedByHiding) {
      pausedByHiding = false;
      intent = { kind: 'train', until: null };
      pursue();
    }
  });

  applyLanguage(language);
  store.dispatch({
    type: 'ui',
    change: {
      language,
      theme: host.theme ?? (dark.matches ? 'dark' : 'light'),
      reduced: host.motion ? host.motion === 'reduced' : still.matches,
    },
  });
  document.documentElement.dataset.theme = store.get().ui.theme;
  const step = followLink();
  if (step > 0) configure({ kind: 'train', until: step });
  else {
    showOpening().then((shown) => {
      if (!shown && store.get().source === 'none' && awaiting.size === 0) configure();
      // Compile while the first sweep runs, so that Train answers at once.
      else idle(() => engine.load().catch(() => {}));
    });
  }

  let last = 0;
  /** The page's only animation loop. @param {number} now */
  function frame(now) {
    requestAnimationFrame(frame);
    const ms = last ? now - last : 0;
    last = now;
    store.dispatch({ type: 'tick', ms });
    const state = store.get();
    shell.draw(
      {
        lanes,
        derived: {
          steps: shownSteps(state),
          playhead: playhead(state),
          reveal: reveal(state),
          training: isTraining(state),
          notices: allNotices(state),
          preset: presetOf(state.experiment),
          catalog,
          operated: isOperated(state),
          gates: holdableGates(state),
          presets: PRESETS.map(({ id }) => id),
          concerns,
          historyColumns,
        },
      },
      state,
    );
  }
  requestAnimationFrame(frame);

  // For tests and the curious: read-only copies, never the page's own objects.
  const api = {
    /** @param {string} lane */
    frame(lane) {
      const shown = lanes[lane]?.frame;
      return shown ? { layout: structuredClone(shown.info.layout), values: shown.values.slice(), before: lanes[lane].before?.slice() ?? null } : null;
    },
    state: () => structuredClone(store.get()),
    /** The newest memory map of a lane, row t, column s. @param {string} lane */
    map(lane) {
      const data = lanes[lane];
      return data?.map ? { ...data.map, values: data.map.values.slice(), recurrence: structuredClone(data.recurrence) } : null;
    },
    /** @param {string} kind @param {number} value @param {number} [reference] gradients: log10 of the norm at T */
    colourOf: (kind, value, reference) => (isHeatKind(kind) ? colourOf(kind, value, reference) : null),
  };
  Object.defineProperty(globalThis, 'gatescope', { value: Object.freeze(api), configurable: true });
  return keys;
}

/** @param {() => void} action */
function idle(action) {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(action, { timeout: 3000 });
  else setTimeout(action, 500);
}
