// @ts-check
// What an app tells the page around it. Each event is plain data, said when something came to be, never for every frame.
import { isTraining, shownStep } from '../state/selectors.js';
import { describe } from './describe.js';

/** @typedef {import('../state/reducer.js').State} State */

/** While training, news of the steps come this often at most. */
const TRAIN_MS = 100;

/**
 * @param {{ get: () => State, subscribe: (listener: (state: State, before: State) => void) => () => void, lanes: Record<string, import('../views/view.js').LaneData> }} app
 * @param {(event: string, detail: unknown) => void} tell
 * @returns {() => void} ends it
 */
export function tellEvents({ get, subscribe, lanes }, tell) {
  let ready = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  const trained = () => {
    clearTimeout(soon);
    soon = undefined;
    const { training, step, lanes: figures } = describe(get(), lanes);
    tell('train', { training, step, lanes: figures });
  };
  const unsubscribe = subscribe((state, before) => {
    if (!ready && state.order.every((cell) => lanes[cell]?.frame)) {
      ready = true;
      tell('ready', describe(state, lanes));
    }
    const { player } = state;
    if (player.t !== before.player.t || player.phase !== before.player.phase) tell('cursor', { t: player.t, phase: player.phase, playing: player.playing });
    if (isTraining(state) !== isTraining(before)) trained();
    else if (state.lanes !== before.lanes && shownStep(state) !== shownStep(before)) soon ??= setTimeout(trained, TRAIN_MS);
    for (const cell of state.order) {
      const [now, then] = [state.lanes[cell], before.lanes[cell]];
      if (now.status.diverged && !then?.status.diverged) tell('diverged', { lane: cell, ...now.status.diverged });
      if (now.fault && !then?.fault) tell('error', { code: now.fault.kind === 'refused' ? 'invalid-config' : 'internal', field: cell, message: `${cell}: ${now.fault.kind}${now.fault.detail && ` (${now.fault.detail})`}` });
    }
    if (state.engine.status === 'failed' && before.engine.status !== 'failed') {
      tell('error', { code: 'load-failed', field: 'wasm-url', message: `gatescope.wasm cannot be loaded: ${state.engine.reason} ${state.engine.detail}`.trim() });
    }
    if (state.notices !== before.notices) {
      for (const { field, given, effective, reason } of state.notices) tell('error', { code: 'invalid-input', field, given, effective, message: `${field}: ${reason}, given ${given}, taken ${effective}` });
    }
  });
  return () => {
    unsubscribe();
    clearTimeout(soon);
  };
}
