// @ts-check
// The playhead: forward to T, a moment for the loss, back to 1, a rest, again. Pure; the clock is fed in.

/** @typedef {'forward' | 'loss' | 'backward' | 'rest' | 'inspect'} Phase */
/** `t` 1..T; `elapsed` milliseconds inside the present step. @typedef {{ phase: Phase, t: number, elapsed: number, playing: boolean, until?: Phase | null }} Player `until`: where play ends by itself */

const LOSS_MS = 1100;
const REST_MS = 2200;
/** A step is never slower than this, and a whole sweep never slower than SWEEP_MS. */
const STEP_MS = 350;
const SWEEP_MS = 4600;
/** Reduced motion: no sweep but beats, this far apart, about ten to a pass. */
const BEAT_MS = 900;
const BEATS = 10;

/** @returns {Player} */
export const firstBeat = () => ({ phase: 'forward', t: 1, elapsed: 0, playing: true });

/** @param {number} T @param {number} speed @param {boolean} reduced */
export function pace(T, speed, reduced) {
  if (reduced) return { ms: BEAT_MS / speed, stride: Math.max(1, Math.round(T / BEATS)) };
  return { ms: Math.min(STEP_MS, SWEEP_MS / T) / speed, stride: 1 };
}

/**
 * Moves the playhead by some milliseconds of play.
 * @param {Player} player @param {number} ms @param {number} T @param {number} speed @param {boolean} reduced
 * @returns {Player}
 */
export function advance(player, ms, T, speed, reduced) {
  if (!player.playing) return player;
  const { ms: stepMs, stride } = pace(T, speed, reduced);
  let { phase, t } = player;
  // A tab that slept does not run through the sweeps it missed.
  let left = player.elapsed + Math.min(ms, 250);
  const until = player.until ?? null;
  const lasts = () => (phase === 'loss' ? LOSS_MS / speed : phase === 'rest' ? REST_MS / speed : stepMs);
  while (left >= lasts()) {
    left -= lasts();
    if (phase === 'forward' || phase === 'inspect') {
      if (t < T) [phase, t] = ['forward', Math.min(T, t + stride)];
      else phase = 'loss';
    } else if (phase === 'loss') [phase, t] = ['backward', T];
    else if (phase === 'backward') {
      if (t > 1) t = Math.max(1, t - stride);
      else phase = 'rest';
    } else [phase, t] = ['forward', 1];
    if (phase === until) return { phase, t, elapsed: 0, playing: false };
  }
  return { phase, t, elapsed: left, playing: true, ...(until && { until }) };
}

/** One beat on (+1) or back (−1) along forward 1..T, then backward T..1. @param {Player} player @param {1 | -1} by @param {number} T @returns {Player} */
export function beat(player, by, T) {
  const back = player.phase === 'backward' || player.phase === 'rest';
  const now = back ? 2 * T - player.t : player.t - 1;
  const next = Math.min(2 * T - 1, Math.max(0, now + by));
  return next < T
    ? { phase: 'forward', t: next + 1, elapsed: 0, playing: false }
    : { phase: 'backward', t: 2 * T - next, elapsed: 0, playing: false };
}

/** Where the playhead is drawn, between columns while it sweeps. @param {Player} player @param {number} T @param {number} speed @param {boolean} reduced */
export function playheadAt(player, T, speed, reduced) {
  const { phase, t, elapsed, playing } = player;
  if (!playing || reduced || (phase !== 'forward' && phase !== 'backward')) return t;
  // It stands on its column and moves on in the last third of a step: what is framed is what is read out.
  const part = Math.min(1, Math.max(0, (elapsed / pace(T, speed, reduced).ms - 0.67) / 0.33));
  const glide = part * part * (3 - 2 * part);
  return phase === 'forward' ? Math.min(T, t + glide) : Math.max(1, t - glide);
}
