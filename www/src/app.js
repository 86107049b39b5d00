// @ts-check
// The composition root: the one file that knows everyone. State is pure, views only draw, workers only compute; here they
// meet. An app reaches for nothing outside its root element but through its host, so that many can live on one page.
import { createAddress, linkOf } from './app/address.js';
import { createAttention } from './app/attention.js';
import { derive } from './app/derived.js';
import { KIT } from './app/kit.js';
import { createLanes, laneEvents } from './app/lanes.js';
import { createLoop } from './app/loop.js';
import { createOpening } from './app/opening.js';
import { onReaching } from './app/reaching.js';
import { createTraining } from './app/training.js';
import { createEngine } from './engine/client.js';
import { GatescopeError } from './engine/error.js';
import { createTimeMachine } from './engine/timeMachine.js';
import { HISTORY } from './draw/record.js';
import { createTranslator, preferredLanguage } from './i18n/index.js';
import { sceneOf } from './state/present.js';
import { initialState, reduce } from './state/reducer.js';
import { isOperated, isTraining, shownStep } from './state/selectors.js';
import { createStore } from './state/store.js';
import { createKeys } from './keys.js';
import { buildShell } from './views/shell.js';

/** @typedef {import('./state/reducer.js').State} State */
/** @typedef {import('./state/reducer.js').Action} Action */
/** @typedef {import('./app/whole.js').Whole} Whole */

/**
 * Brings an app to life inside `root`, an empty element of a document or of a shadow tree.
 * @param {HTMLElement} root
 * @param {import('./host/page.js').Host} host
 * @param {import('./views/index.js').Places} places the panels that are shown, and where
 * @param {Whole} [whole]
 */
export function createApp(root, host, places, whole) {
  const { wishes } = host;
  const language = wishes.language ?? preferredLanguage(navigator.languages);
  const t = createTranslator(host.place);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const store = createStore(whole?.reducer(KIT) ?? reduce, initialState());
  const lanes = createLanes();
  const ended = new AbortController();
  const { signal } = ended;

  /** Out of sight nobody watches: nothing is drawn, training pauses. */
  let shown = false;
  /** Whether the words of the reader's language are there. */
  let worded = false;
  /** Whether the first experiment has been set up, or the opening shown. */
  let begun = false;

  const engine = createEngine({
    compile: host.compile,
    spawn: host.spawn,
    events: laneEvents({
      lanes,
      reduce: store.dispatch,
      recycle: (lane, buffer) => engine.recycle(lane, buffer),
      time: () => time,
      configured(lane) {
        attention.tell(lane);
        training.ready(lane);
      },
      stopped: (lane) => training.stopped(lane),
      // Nothing else is another: what was wanted of the lane still is.
      reshaped: (lane) => attention.map(lane),
      failed: (lane) => training.failed(lane),
      explain: whole?.explain,
    }),
  });

  const time = createTimeMachine({
    engine,
    width: HISTORY.width,
    dataOf: lanes.of,
    operated: () => isOperated(store.get()),
    arrived: () => store.dispatch({ type: 'arrived' }),
  });

  const training = createTraining({ engine, time, store });
  const attention = createAttention({ engine, get: store.get, isShown: () => shown });
  const opening = createOpening({ source: host.opening, lanes, reduce: store.dispatch });
  const scenes = whole?.createScenes({ store, training, attention, opening, wake, signal }, KIT);

  const shell = buildShell(root, { dispatch, t }, places);
  const keys = createKeys(root, host.keys, dispatch, store.get);
  const address = createAddress(host, store, training.isOnItsWay);

  /** Shows another training step: at once what is recorded of it, then exactly. @param {number} step */
  function showMoment(step) {
    const { surgery } = store.get();
    if (isTraining(store.get())) dispatch({ type: 'stop' });
    // What is recorded is of the trained length.
    if (surgery.length !== null) dispatch({ type: 'surgery', change: { length: null } });
    training.showMoment(step);
  }

  /** @param {State['ui']['view']} view */
  function showView(view) {
    if (view === store.get().ui.view) return;
    store.dispatch({ type: 'ui', change: { view, mapHeld: false } });
    say(`announce.view.${view}`);
    if (!needsNetwork(view) || !training.bringToLife()) attention.view();
  }

  /** Actions reach the reducer; some also reach the workers. @param {Action} action */
  function dispatch(action) {
    switch (action.type) {
      case 'tip':
        return shell.tip(action.text, action.x, action.y, action.speak);
      case 'train':
        say('announce.training');
        return training.train();
      case 'stop':
        training.stop();
        return say('announce.stopped', { step: t.number(shownStep(store.get())) });
      case 'step':
        return training.step();
      case 'reset':
        store.dispatch({ type: 'training', on: false });
        store.dispatch({ type: 'begin' });
        say('announce.reset');
        store.dispatch({ type: 'heal' });
        return training.configure();
      case 'restart':
        return training.restart(action.lane);
      case 'retry':
        return training.retry();
      case 'example':
        store.dispatch({ type: 'ui', change: { example: action.index } });
        for (const cell of store.get().order) engine.example(cell, action.index);
        time.review();
        return undefined;
      case 'moment':
        return showMoment(action.step);
      case 'surgery':
      case 'hold':
      case 'heal':
        store.dispatch(action);
        // The opening has no network behind it: one comes, and is operated on then.
        if (!training.bringToLife()) attention.operate();
        return undefined;
      case 'ui':
        for (const [wish, value] of [['lang', action.change.language], ['theme', action.change.theme]]) if (value) host.choose?.(wish, value);
        return store.dispatch(action);
      case 'goto':
        return training.goTo(action.step);
      case 'view':
        return showView(action.view);
      case 'lessonOpen':
      case 'lessonFile':
      case 'notesOpen':
        return host.desk?.hear(action);
      case 'full':
        return keys.fullScreen();
      case 'beat':
        // In a lesson the beats are the lesson's.
        return store.dispatch(store.get().present.lesson ? { type: 'lessonBeat', by: action.by } : action);
      case 'copy':
        return void copy(action.text);
      case 'save':
        return void whole?.keep(/** @type {any} */ (action), api, { root, t, say, page: host.page }, KIT);
      case 'network':
        return void training.bringToLife();
      case 'mapHold':
        store.dispatch({ type: 'ui', change: { mapHeld: action.on } });
        return attention.maps();
      case 'dismiss':
        return store.dispatch({ type: 'dismiss' });
      default:
        return store.dispatch(action);
    }
  }

  store.subscribe((state, before) => {
    attention.follow(state, before);
    training.follow(state, before);
    if (state.ui.language !== before.ui.language) speak(state.ui.language);
    if (state.ui.theme !== before.ui.theme || state.present.ground !== before.present.ground || state.present.scale !== before.present.scale) wear();
    scenes?.follow(state, before);
  });

  /** @param {string} wanted */
  async function speak(wanted) {
    // Without its words the page goes on in the language it has.
    await t.use(wanted).catch(() => {});
    if (signal.aborted) return;
    if (t.language !== store.get().ui.language) store.dispatch({ type: 'ui', change: { language: t.language } });
    wear();
  }

  /** Language and theme belong to the root, and to whatever of them the host shows. */
  function wear() {
    const { ui: { theme }, present: { ground, scale } } = store.get();
    root.lang = t.language;
    root.dir = t('direction');
    root.dataset.theme = theme;
    root.dataset.ground = ground;
    root.style.setProperty('--type', String(scale));
    host.wear({ language: t.language, direction: root.dir, theme, ground, title: t('title') });
  }

  /** @param {string} text */
  async function copy(text) {
    // Refused without a gesture, in some frames and on plain http.
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    say(done ? 'announce.copied' : 'announce.notCopied');
  }

  /** @param {string} key @param {Record<string, unknown>} [params] */
  function say(key, params) {
    shell.say(t(key, params));
  }

  /** Takes what the link says; returns the training step it asks for. */
  function followLink() {
    const { step, t: at } = address.follow();
    training.arrive(at);
    return step;
  }

  /** The first thing on the screen, once somebody can see it: the opening if it is what is asked for. */
  async function begin() {
    begun = true;
    const step = followLink();
    if (step > 0 || ['map', 'cell'].includes(store.get().ui.view)) return training.configureFor(step);
    const trace = await opening.of(store.get().experiment);
    // The reader may have been faster: then something is on the screen already.
    if (signal.aborted || store.get().source !== 'none' || !training.isIdle() || sceneOf(store.get().present)) return;
    if (trace) opening.show(trace);
    else training.configure();
  }

  /** Fetches and compiles the wasm ahead of the first press, so that Train answers at once. What failed waits for Retry. */
  function wake() {
    if (store.get().engine.status === 'idle') engine.load().catch(() => {});
  }

  /** @param {boolean} on */
  function show(on) {
    if (on === shown) return;
    shown = on;
    loop.run(shown && worded);
    training.watch(on);
    if (on && begun) training.rouse();
    else if (on) void begin();
    attention.maps();
  }

  const loop = createLoop((ms) => {
    store.dispatch({ type: 'tick', ms });
    const state = store.get();
    shell.draw({ lanes: lanes.all, derived: derive(state, { host, lanes, time, training }, whole) }, state);
  });

  dark.addEventListener('change', () => !wishes.theme && store.dispatch({ type: 'ui', change: { theme: dark.matches ? 'dark' : 'light' } }), { signal });
  still.addEventListener('change', () => !wishes.motion && store.dispatch({ type: 'ui', change: { reduced: still.matches } }), { signal });
  store.dispatch({
    type: 'ui',
    change: {
      language,
      theme: wishes.theme ?? (dark.matches ? 'dark' : 'light'),
      reduced: wishes.motion ? wishes.motion === 'reduced' : still.matches,
      mode: wishes.ui ?? 'full',
      controls: wishes.controls ?? 'full',
      hide: wishes.hide,
      lock: wishes.lock,
    },
  });
  if (wishes.ui === 'present') {
    store.dispatch({ type: 'present', on: true });
    if (wishes.theme) store.dispatch({ type: 'ui', change: { theme: wishes.theme } });
  }
  wear();
  // Nothing is drawn before its words are there.
  speak(language).then(() => {
    worded = true;
    loop.run(shown && !signal.aborted);
  });
  signal.addEventListener('abort', host.onLink(() => {
    const step = followLink();
    training.configureFor(step);
  }));
  signal.addEventListener('abort', host.onShown(show));
  // Most are only looked at, and the opening needs no wasm.
  onReaching(root, wake, signal);

  /** @type {Promise<import('./app/hands.js').Hands> | null} */
  let hands = null;
  const api = {
    dispatch,
    get: store.get,
    subscribe: store.subscribe,
    lanes: lanes.all,
    signal,
    /** Every lane has a network of the present experiment, and nothing else is about to happen to it. */
    isSettled: training.isSettled,
    isAsleep: training.isAsleep,
    ask: engine.ask,
    /** What a host's methods do: fetched when the first one is called, because most apps are only looked at. */
    hands: () =>
      (hands ??= import('./app/hands.js').then(
        ({ createHands }) => createHands({ ...api, follow: host.follow ?? (() => {}) }, KIT),
        (error) => {
          hands = null;
          throw new GatescopeError('load-failed', { field: 'gatescope', expected: 'gatescope.hands.js', given: String(error) });
        },
      )),
    /** @param {'svg' | 'png'} kind */
    draw: async (kind) => (await (await import('./app/figure.js')).drawFigure(kind, { root, t, state: store.get(), lanes: lanes.all, link: linkOf(store.get()), page: host.page })).content,
    /** The host wants something else. @param {import('./state/link.js').Wishes} next */
    wish(next) {
      Object.assign(wishes, next);
      const { ui } = store.get();
      store.dispatch({
        type: 'ui',
        change: {
          language: next.language ?? ui.language,
          theme: next.theme ?? (dark.matches ? 'dark' : 'light'),
          reduced: next.motion ? next.motion === 'reduced' : still.matches,
          controls: next.controls ?? 'full',
          hide: next.hide,
          lock: next.lock,
        },
      });
    },
    time,
    /** Ends everything: workers, the loop, observers, listeners; empties the root. */
    dispose() {
      if (signal.aborted) return;
      ended.abort();
      loop.run(false);
      training.forget();
      time.dispose();
      address.dispose();
      keys.dispose();
      engine.retain([]);
      shell.dispose();
    },
  };
  return api;
}

/** The opening has frames but no network behind them; these views ask for one. @param {State['ui']['view']} view */
const needsNetwork = (view) => view !== 'flow' && view !== 'code';
