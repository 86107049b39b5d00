// @ts-check
// The composition root: the one file that knows everyone. State is pure, views only draw, workers only compute; here they
// meet. An app reaches for nothing outside its root element but through its host, so that many can live on one page.
import { createAddress, exactLinkOf, linkOf } from './app/address.js';
import { createLanes, laneEvents } from './app/lanes.js';
import { createLoop } from './app/loop.js';
import { onReaching } from './app/reaching.js';
import { createEngine } from './engine/client.js';
import { GatescopeError } from './engine/error.js';
import { createHistory } from './engine/history.js';
import { fetchOpening } from './engine/opening.js';
import { createTimeMachine } from './engine/timeMachine.js';
import { HISTORY } from './draw/record.js';
import { createTranslator, preferredLanguage } from './i18n/index.js';
import { catalog, concerns, defaultExperiment, fieldOf, hasPlace, laneExperiment, laneOrder, lanesOf, sameLanes, sameRun, settings } from './state/experiment.js';
import { MOST_LANES, OWN, cellOf } from './state/lanes.js';
import { MAX_STEP, readLink, writeLink } from './state/link.js';
import { sceneOf } from './state/present.js';
import { initialState, reduce } from './state/reducer.js';
import { isRewound, phasesOf, presentRun } from './state/runs.js';
import { allNotices, explainedIn, holdableGates, isComparing, isLocked, isOperated, isTraining, lanesIn, moment, ownOf, playhead, reveal, runList, shownStep, shownSteps, wantedTerms, wantsMicroscope } from './state/selectors.js';
import * as player from './state/player.js';
import { createStore } from './state/store.js';
import { interventionOf, isActive } from './state/surgery.js';
import { createKeys } from './keys.js';
import { buildShell } from './views/shell.js';

/** @typedef {import('./state/reducer.js').State} State */
/** @typedef {import('./state/reducer.js').Action} Action */
/** What only a whole page does. @typedef {typeof import('./state/whole.js').whole} Whole */
/** What is to happen once the lanes are configured. @typedef {null | { kind: 'train', until: number | null, paced?: boolean } | { kind: 'step' }} Intent `paced`: to be watched */

/** Steps a second of the speed choices. @type {Record<string, number | null>} */
const STEPS_PER_SECOND = { slow: 10, normal: 60, max: null };
/** A dragged slider passes through many experiments; only the one where it rests is set up. */
const SETTLE_MS = 150;

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
  const store = createStore(whole?.reducer({ reduce, defaultExperiment, fieldOf, lanesOf, MOST_LANES }) ?? reduce, initialState());
  const lanes = createLanes();
  const ended = new AbortController();
  const { signal } = ended;

  /** @type {Intent} */
  let intent = null;
  /** @type {Set<string>} */
  let awaiting = new Set();
  /** Out of sight nobody watches: nothing is drawn, training pauses. */
  let shown = false;
  /** Whether the words of the reader's language are there. */
  let worded = false;
  /** Whether the first experiment has been set up, or the opening shown. */
  let begun = false;
  /** The timestep that a link asks for, until its sequence is there. */
  let arriving = 0;
  /** How far the present training goes; what was paused by going out of sight. @type {number | null} */
  let goal = null;
  /** @type {Intent} */
  let asleep = null;

  const engine = createEngine({
    compile: host.compile,
    spawn: host.spawn,
    events: laneEvents({
      lanes,
      reduce: store.dispatch,
      recycle: (lane, buffer) => engine.recycle(lane, buffer),
      time: () => time,
      configured(lane) {
        askMap(lane);
        askWhy(lane);
        engine.terms(lane, wantedTerms(store.get()));
        engine.weights(lane, store.get().ui.view === 'training');
        engine.watch(lane, wantsMicroscope(store.get()));
        awaiting.delete(lane);
        if (store.get().ui.example) engine.example(lane, store.get().ui.example);
        if (isOperated(store.get())) operate([lane]);
        if (awaiting.size === 0) {
          // Before, the playhead could go no further than what was shown.
          if (arriving > 0) store.dispatch({ type: 'seek', t: arriving, phase: store.get().player.phase });
          arriving = 0;
          pursue();
        }
        resume();
      },
      stopped: resume,
      // Nothing else is another: what was wanted of the lane still is.
      reshaped: askMap,
      failed: (lane) => awaiting.delete(lane),
    }),
  });

  const time = createTimeMachine({
    engine,
    width: HISTORY.width,
    dataOf: lanes.of,
    operated: () => isOperated(store.get()),
    arrived: () => store.dispatch({ type: 'arrived' }),
  });

  const shell = buildShell(root, { dispatch, t }, places);
  const keys = createKeys(root, host.keys, dispatch, store.get);
  const address = createAddress(host, store);

  /** Tells lanes what surgery there is. @param {string[]} cells */
  function operate(cells) {
    const { surgery, lanes: all } = store.get();
    const gates = holdableGates(store.get());
    for (const cell of cells) {
      const info = all[cell].info;
      if (!info) continue;
      if (info.layout.steps !== (surgery.length ?? info.experiment.length)) engine.length(cell, surgery.length);
      engine.intervene(cell, interventionOf(surgery, info, gates));
    }
  }

  /** Sets all lanes up anew, at step 0. @param {Intent} [then] @param {boolean} [quiet] a recorded run goes on: each lane is brought to its step first */
  function configure(then = null, quiet = false) {
    clearTimeout(settling);
    settling = undefined;
    const { order } = store.get();
    const run = presentRun(store.get());
    intent = then;
    asleep = null;
    awaiting = new Set(order);
    if (!quiet) time.begin(run, order);
    engine.retain(order);
    for (const cell of order) engine.configure(cell, phasesOf(run, cell), quiet);
  }

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
    if (seek !== null && source === 'live' && awaiting.size === 0 && !isTraining(store.get()) && !time.isWaiting()) time.seek(seek);
  }

  /** Shows another training step: at once what is recorded of it, then exactly. @param {number} step */
  function showMoment(step) {
    const before = store.get();
    if (isTraining(before)) dispatch({ type: 'stop' });
    // What is recorded is of the trained length.
    if (before.surgery.length !== null) dispatch({ type: 'surgery', change: { length: null } });
    store.dispatch({ type: 'moment', step });
    const { source, seek } = store.get();
    // The opening has no past: the same network is trained to the same step, and its steps are recorded as they come.
    if (source === 'opening') {
      if (awaiting.size === 0) configure({ kind: 'train', until: shownStep(before) });
    } else if (seek !== null && awaiting.size === 0 && settling === undefined) time.seek(seek);
  }

  // The memory map: wanted while its view is shown, and made again by the workers whenever weights or example change.
  /** Tells a lane which timestep is looked at, if it is that lane's. @param {string} lane */
  function askWhy(lane) {
    engine.explain(lane, explainedIn(store.get(), lane));
  }
  /** @param {string} lane */
  function askMap(lane) {
    const { view, mapHeld } = store.get().ui;
    engine.map(lane, view !== 'map' ? 'off' : mapHeld || !shown ? 'hold' : 'on');
  }
  /** @param {State['ui']['view']} view */
  function showView(view) {
    const before = store.get();
    if (view === before.ui.view) return;
    store.dispatch({ type: 'ui', change: { view, mapHeld: false } });
    say(`announce.view.${view}`);
    // The opening has frames but no network: the same one is trained up to the same step, bit for bit.
    if (needsNetwork(view) && before.source === 'opening' && awaiting.size === 0) return configure({ kind: 'train', until: shownStep(before) });
    for (const cell of before.order) {
      askMap(cell);
      engine.weights(cell, view === 'training');
    }
  }

  /** Does what was wanted, now that every lane is ready. */
  function pursue() {
    const wanted = intent;
    intent = null;
    const { order, ui } = store.get();
    if (wanted?.kind === 'train' && !shown) {
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

  /** Trains up to a step as fast as may be; from the start if it lies behind. @param {number} step */
  function goTo(step) {
    const state = store.get();
    const ready = settled() && awaiting.size === 0 && settling === undefined;
    const at = shownStep(state);
    if (ready && step === at && !isTraining(state)) return;
    intent = step > 0 ? { kind: 'train', until: step } : null;
    if (ready && step > at) pursue();
    else configure(intent);
  }

  const settled = () => store.get().source === 'live' && store.get().order.every((cell) => engine.isReady(cell));

  /** Shows a beat of a lesson. @param {import('./lesson/scenes.js').Scene} scene @param {boolean} onwards from the beat before */
  async function showScene(scene, onwards) {
    const { prediction } = store.get().present;
    // What is to be predicted of the training has not happened yet.
    const until = prediction?.curve === 'loss' && !prediction.revealed ? scene.from : scene.step;
    const trace = await openingOf(scene.experiment);
    const state = store.get();
    if (!whole || signal.aborted || sceneOf(state.present) !== scene) return;
    const going = intent?.kind === 'train' ? intent.until : isTraining(state) ? goal : null;
    const same = sameLanes(state.experiment, scene.experiment) && presentRun(state).past.length === 0 && !isRewound(state);
    const way = whole.wayTo(scene, { state, same, operated: isActive(scene.surgery), settled: settled() && awaiting.size === 0 && settling === undefined, until, going, onwards, opening: trace && trace[0].frame.scalar('step') });
    if (way.kind !== 'going') {
      for (const cell of store.get().order) if (store.get().lanes[cell].training) engine.stop(cell);
      store.dispatch({ type: 'training', on: false });
      asleep = null;
    }
    if (way.kind === 'opening' || way.kind === 'anew') {
      store.dispatch({ type: 'experiment', experiment: scene.experiment });
      clearTimeout(settling);
      settling = undefined;
    }
    store.dispatch({ type: 'heal' });
    store.dispatch({ type: 'surgery', change: scene.surgery });
    const { lane, unit, view } = scene;
    store.dispatch({ type: 'ui', change: { lane, unit, view, mapHeld: false, example: 0 } });
    switch (way.kind) {
      case 'opening':
        awaiting = new Set();
        intent = null;
        engine.retain([]);
        showTrace(/** @type {NonNullable<typeof trace>} */ (trace));
        // The next beat may train.
        wake();
        break;
      case 'anew':
        configure(way.until > 0 ? { kind: 'train', until: way.until, paced: way.paced } : null);
        break;
      default:
        if (store.get().source === 'live') operate(store.get().order);
        for (const cell of store.get().order) {
          askMap(cell);
          engine.weights(cell, view === 'training');
        }
        if (way.kind === 'on') {
          intent = { kind: 'train', until: way.until, paced: way.paced };
          pursue();
        }
    }
    store.dispatch({ type: 'player', player: whole.playerOf(scene) });
  }

  /** Actions reach the reducer; some also reach the workers. @param {Action} action */
  function dispatch(action) {
    switch (action.type) {
      case 'tip':
        return shell.tip(action.text, action.x, action.y, action.speak);
      case 'train':
        intent = { kind: 'train', until: null };
        time.flush();
        say('announce.training');
        return settled() && awaiting.size === 0 && settling === undefined ? pursue() : takeUp(intent);
      case 'stop':
        asleep = null;
        for (const cell of store.get().order) engine.stop(cell);
        store.dispatch({ type: 'training', on: false });
        return say('announce.stopped', { step: t.number(shownStep(store.get())) });
      case 'step':
        intent = { kind: 'step' };
        time.flush();
        return settled() && awaiting.size === 0 && settling === undefined ? pursue() : takeUp(intent);
      case 'reset':
        store.dispatch({ type: 'training', on: false });
        store.dispatch({ type: 'begin' });
        say('announce.reset');
        store.dispatch({ type: 'heal' });
        return configure();
      case 'restart': {
        // Only the lane that stopped, from the last step that is kept; if the other one trains, it joins in.
        if (isTraining(store.get())) intent = { kind: 'train', until: null };
        awaiting.add(action.lane);
        return void engine.configure(action.lane, phasesOf(presentRun(store.get()), action.lane), time.reopen(action.lane));
      }
      case 'retry':
        // What is shown stays: only a page without a network, or one that was about to train, is set up anew.
        return store.get().source === 'opening' && awaiting.size === 0 ? void engine.load().catch(() => {}) : configure(intent);
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
        // The opening has no network behind it: the same one is trained to the same step, and operated on as it comes.
        if (store.get().source === 'opening' && awaiting.size === 0) return configure({ kind: 'train', until: shownStep(store.get()) });
        return operate(store.get().order);
      case 'goto':
        return goTo(action.step);
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
        return void keep(/** @type {any} */ (action));
      case 'network':
        // The opening has frames but no network: the same one is trained up to the same step, bit for bit.
        if (store.get().source !== 'opening' || awaiting.size > 0) return undefined;
        return configure({ kind: 'train', until: shownStep(store.get()) });
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

  /** @type {ReturnType<typeof fetchOpening> | undefined} */
  let fetched;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;
  store.subscribe((state, before) => {
    for (const cell of state.order) {
      const [at, was] = [explainedIn(state, cell), explainedIn(before, cell)];
      if (at?.t !== was?.t || at?.unit !== was?.unit || at?.of !== was?.of) askWhy(cell);
    }
    if (wantedTerms(state)?.every !== wantedTerms(before)?.every) for (const cell of state.order) engine.terms(cell, wantedTerms(state));
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
    if (state.ui.quantity !== before.ui.quantity) for (const cell of state.order) engine.watch(cell, wantsMicroscope(state));
    if (state.ui.language !== before.ui.language) speak(state.ui.language);
    if (state.ui.theme !== before.ui.theme || state.present.ground !== before.present.ground || state.present.scale !== before.present.scale) wear();
    const [scene, sceneBefore] = [sceneOf(state.present), sceneOf(before.present)];
    const { lesson, prediction } = state.present;
    if (scene && scene !== sceneBefore) void showScene(scene, lesson?.way === 1);
    else if (scene && prediction?.curve === 'loss' && prediction.revealed && !before.present.prediction?.revealed) void showScene(scene, true);
    if (state.ui.trainSpeed !== before.ui.trainSpeed && isTraining(state)) {
      for (const cell of state.order) if (state.lanes[cell].training) engine.train(cell, STEPS_PER_SECOND[state.ui.trainSpeed]);
    }
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

  /** Hands over a file. @param {import('./app/save.js').Wanted} wanted */
  async function keep(wanted) {
    try {
      const [{ save }, hands] = await Promise.all([import('./app/save.js'), api.hands()]);
      const { get } = store;
      const name = await save(wanted, { ...api, hands, root, t, now: () => performance.now(), link: () => linkOf(get()), isTraining: () => isTraining(get()), steps: () => shownSteps(get()), player });
      if (name) say('announce.saved', { name });
    } catch (error) {
      say('announce.notSaved', { reason: error instanceof Error ? error.message : String(error) });
    }
  }

  /** @param {string} key @param {Record<string, unknown>} [params] */
  function say(key, params) {
    shell.say(t(key, params));
  }

  /** Takes what the link says; returns the training step it asks for. */
  function followLink() {
    const { step, t: at } = address.follow();
    arriving = at;
    clearTimeout(settling);
    settling = undefined;
    return step;
  }

  /** The trained trace of every lane, when it is of this experiment. @param {import('./state/experiment.js').Experiment} experiment */
  async function openingOf(experiment) {
    const opening = await (fetched ??= host.opening ? fetchOpening(host.opening) : Promise.resolve([]));
    const lanes = laneOrder(experiment);
    const traces = lanes.flatMap((lane) => opening.filter(({ info }) => sameRun(info.experiment, laneExperiment(experiment, lane))).map((trace) => ({ ...trace, lane })));
    return traces.length === lanes.length ? traces : null;
  }

  /** @param {NonNullable<Awaited<ReturnType<typeof openingOf>>>} trace */
  function showTrace(trace) {
    for (const { lane, frame, history, fingerprint } of trace) {
      const data = lanes.of(lane);
      Object.assign(data, { frame, version: data.version + 1, before: null, history: createHistory(history), fingerprint });
    }
    store.dispatch({ type: 'opening', lanes: trace.map(({ lane, info, frame }) => ({ lane, info, step: frame.scalar('step') })) });
  }

  /** Shows the trained trace when it is the experiment asked for. @returns {Promise<boolean>} */
  async function showOpening() {
    const trace = await openingOf(store.get().experiment);
    if (signal.aborted) return true;
    // The reader may have been faster: then something is on the screen already.
    if (!trace || store.get().source !== 'none' || awaiting.size || sceneOf(store.get().present)) return false;
    showTrace(trace);
    return true;
  }

  /** The first thing on the screen, once somebody can see it. */
  function begin() {
    begun = true;
    const step = followLink();
    if (step > 0 || ['map', 'cell'].includes(store.get().ui.view)) return configure(step > 0 ? { kind: 'train', until: step } : null);
    showOpening().then((done) => {
      if (!done && store.get().source === 'none' && awaiting.size === 0 && !sceneOf(store.get().present)) configure();
    });
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
    if (!on) {
      if (!isTraining(store.get())) return;
      asleep = { kind: 'train', until: goal };
      for (const cell of store.get().order) engine.stop(cell);
    } else if (!begun) begin();
    else if (asleep) {
      intent = asleep;
      asleep = null;
      if (awaiting.size === 0) pursue();
    }
    for (const cell of store.get().order) askMap(cell);
  }

  const loop = createLoop((ms) => {
    store.dispatch({ type: 'tick', ms });
    const state = store.get();
    shell.draw(
      {
        lanes: lanes.all,
        derived: {
          steps: shownSteps(state),
          moment: moment(state),
          runs: runList(state),
          memory: time.memory,
          diverged: Object.fromEntries(state.order.map((cell) => [cell, time.recordingOf(cell)?.diverged ?? null])),
          playhead: playhead(state),
          reveal: reveal(state),
          training: isTraining(state),
          notices: allNotices(state),
          preset: whole?.presetOf(state.experiment, defaultExperiment()) ?? null,
          catalog,
          locked: (field) => isLocked(state, field),
          link: () => linkOf(state),
          page: host.page,
          operated: isOperated(state),
          gates: holdableGates(state),
          presets: whole?.presets ?? [],
          concerns,
          cellOf,
          mostLanes: MOST_LANES,
          comparing: isComparing(state),
          comparison: () => whole?.comparisonOf(lanesIn(state), catalog.fields.filter(({ name }) => name === 'cell' || OWN.includes(name)), hasPlace) ?? null,
          about: (info, lane, t) => whole?.aboutLane(info, ownOf(state, lane), t) ?? null,
          desk: Boolean(host.desk),
          classLink: whole && host.page && state.present.panel === 'class' ? new URL(`#${whole.shortLink(exactLinkOf(state), writeLink({ experiment: defaultExperiment(), step: 0, t: 0, unit: null }))}`, host.page).href : null,
          notesLink: host.desk?.notesLink ?? null,
          // Of an earlier step there is a picture, but no network that could be compared.
          classCode: moment(state).rewound ? null : whole?.classCode(state.order.map((cell) => lanes.all[cell]?.fingerprint ?? '')) ?? null,
        },
      },
      state,
    );
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
    configure(step > 0 ? { kind: 'train', until: step } : null);
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
    isSettled: () => settled() && awaiting.size === 0 && settling === undefined && intent === null,
    isAsleep: () => asleep !== null,
    ask: engine.ask,
    /** What a host's methods do: fetched when the first one is called, because most apps are only looked at. */
    hands: () =>
      (hands ??= import('./app/hands.js').then(
        ({ createHands }) => createHands({ ...api, follow: host.follow ?? (() => {}) }, { GatescopeError, MAX_STEP, defaultExperiment, readLink, settings, writeLink }),
        (error) => {
          hands = null;
          throw new GatescopeError('load-failed', { field: 'gatescope', expected: 'gatescope.hands.js', given: String(error) });
        },
      )),
    /** @param {'svg' | 'png'} kind */
    draw: async (kind) => (await (await import('./app/figure.js')).drawFigure(kind, { root, t, state: store.get(), lanes: lanes.all, link: linkOf(store.get()) })).content,
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
      clearTimeout(settling);
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
