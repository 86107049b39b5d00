// @ts-check
// What has to happen so that the app shows one beat of a lesson, from wherever it is. It is handed what it asks of the state.

/** @typedef {import('../lesson/scenes.js').Scene} Scene */
/** @typedef {import('./reducer.js').State} State */
/** Training steps to be at, and how to come there. @typedef {{ kind: 'stay' } | { kind: 'going' } | { kind: 'opening' } | { kind: 'on', until: number, paced: boolean } | { kind: 'anew', until: number, paced: boolean }} Way */

/**
 * @param {Scene} scene
 * @param {object} now
 * @param {State} now.state
 * @param {boolean} now.same the lanes are the scene's, and nothing of their past is otherwise: a run that was wound back, or had other settings, is not what a lesson means
 * @param {boolean} now.operated the scene does something to the networks
 * @param {boolean} now.settled every lane is set up and idle
 * @param {number} now.until the training step wanted
 * @param {number | null} now.going the training step that the lanes are on their way to
 * @param {boolean} now.onwards the beat was come to from the one before
 * @param {number | null} now.opening training step of the bundled trace when it is of this experiment
 * @returns {Way}
 */
export function wayTo(scene, { state, same, operated, settled, until, going, onwards, opening }) {
  const needsNetwork = operated || scene.view !== 'flow';
  const paced = scene.live && onwards;
  // What is already on its way there goes on.
  if (same && going === until) return { kind: 'going' };
  const steps = state.order.map((cell) => state.lanes[cell].status.step);
  if (opening === until && !needsNetwork && !(same && state.source === 'live' && settled && steps.every((step) => step === until))) {
    return same && state.source === 'opening' ? { kind: 'stay' } : { kind: 'opening' };
  }
  if (!same || state.source !== 'live' || !settled) return { kind: 'anew', until, paced };
  if (steps.every((step) => step === until) || state.order.some((cell) => state.lanes[cell].status.diverged)) return { kind: steps.some((step) => step > until) ? 'anew' : 'stay', until, paced };
  return steps.every((step) => step <= until) ? { kind: 'on', until, paced } : { kind: 'anew', until, paced };
}

/** The playhead of a scene. @param {Scene} scene @returns {import('./player.js').Player} */
export function playerOf({ play, t, experiment }) {
  if (play === null) return { phase: 'inspect', t: Math.min(t, experiment.length), elapsed: 0, playing: false };
  if (play === 'backward') return { phase: 'backward', t: experiment.length, elapsed: 0, playing: true, until: 'rest' };
  return { phase: 'forward', t: 1, elapsed: 0, playing: true, ...(play === 'forward' && { until: 'loss' }) };
}
