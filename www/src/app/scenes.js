// @ts-check
// The beats of a lesson, shown: from wherever the app is to what a beat says. Only a whole page has lessons; what every app
// has anyway is handed in, so that the file that all of them load stays one.
import { playerOf, wayTo } from '../state/scene.js';

/** @typedef {import('../state/reducer.js').State} State */

/**
 * @param {object} app
 * @param {{ get: () => State, dispatch: (action: import('../state/reducer.js').Action) => void }} app.store
 * @param {import('./training.js').Training} app.training
 * @param {import('./attention.js').Attention} app.attention
 * @param {import('./opening.js').Opening} app.opening
 * @param {() => void} app.wake fetches the wasm ahead of its use
 * @param {AbortSignal} app.signal
 * @param {import('./kit.js').Kit} kit
 */
export function createScenes({ store, training, attention, opening, wake, signal }, { sameLanes, presentRun, isRewound, isActive, sceneOf }) {
  /** Shows a beat. @param {import('../lesson/scenes.js').Scene} scene @param {boolean} onwards from the beat before */
  async function show(scene, onwards) {
    const { prediction } = store.get().present;
    // What is to be predicted of the training has not happened yet.
    const until = prediction?.curve === 'loss' && !prediction.revealed ? scene.from : scene.step;
    const trace = await opening.of(scene.experiment);
    const state = store.get();
    if (signal.aborted || sceneOf(state.present) !== scene) return;
    const same = sameLanes(state.experiment, scene.experiment) && presentRun(state).past.length === 0 && !isRewound(state);
    const way = wayTo(scene, { state, same, operated: isActive(scene.surgery), settled: training.isReady(), until, going: training.going(), onwards, opening: trace && trace[0].frame.scalar('step') });
    if (way.kind !== 'going') training.halt();
    if (way.kind === 'opening' || way.kind === 'anew') {
      store.dispatch({ type: 'experiment', experiment: scene.experiment });
      training.forget();
    }
    store.dispatch({ type: 'heal' });
    store.dispatch({ type: 'surgery', change: scene.surgery });
    const { lane, unit, view } = scene;
    store.dispatch({ type: 'ui', change: { lane, unit, view, mapHeld: false, example: 0 } });
    switch (way.kind) {
      case 'opening':
        training.release();
        opening.show(/** @type {NonNullable<typeof trace>} */ (trace));
        // The next beat may train.
        wake();
        break;
      case 'anew':
        training.configure(way.until > 0 ? { kind: 'train', until: way.until, paced: way.paced } : null);
        break;
      default:
        if (store.get().source === 'live') attention.operate();
        attention.view();
        if (way.kind === 'on') training.goOn(way.until, way.paced);
    }
    store.dispatch({ type: 'player', player: playerOf(scene) });
  }

  return {
    /** @param {State} state @param {State} before */
    follow(state, before) {
      const [scene, sceneBefore] = [sceneOf(state.present), sceneOf(before.present)];
      const { lesson, prediction } = state.present;
      if (scene && scene !== sceneBefore) void show(scene, lesson?.way === 1);
      else if (scene && prediction?.curve === 'loss' && prediction.revealed && !before.present.prediction?.revealed) void show(scene, true);
    },
  };
}
