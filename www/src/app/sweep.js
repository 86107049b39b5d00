// @ts-check
// A sweep as a film: the figure, uncovered forward up to T, then backward, as on the page; recorded while it runs.
import { timeAxis } from '../draw/scales.js';
import { advance, firstBeat, playheadAt } from '../state/player.js';
import { pixelsOf } from './figure.js';

/** What a browser may write, the best first. @type {[string, string][]} */
const KINDS = [['video/webm;codecs=vp9', 'webm'], ['video/webm;codecs=vp8', 'webm'], ['video/webm', 'webm'], ['video/mp4', 'mp4']];
const FRAMES_A_SECOND = 30;
/** How long the whole picture stands at the end. */
const LAST_MS = 900;
const SCALE = 4 / 3;
/** What is still to come shows faintly. */
const VEIL = 0.9;

/** @returns {[string, string] | null} type and ending; null where the browser records nothing */
export const recordable = () => ('MediaRecorder' in globalThis && 'captureStream' in HTMLCanvasElement.prototype ? (KINDS.find(([type]) => MediaRecorder.isTypeSupported(type)) ?? null) : null);

/**
 * @param {ReturnType<typeof import('../draw/figure.js').figureSvg>} figure
 * @param {{ steps: number, speed: number, theme: import('../draw/canvas.js').Theme, now: () => number, report: (share: number) => boolean }} how `report` is told how far it is, and answers whether to go on
 * @returns {Promise<{ film: Blob, ending: string } | null>} null when it was given up
 */
export async function recordSweep(figure, { steps, speed, theme, now, report }) {
  const kind = recordable();
  if (!kind) throw new Error('MediaRecorder');
  const [type, ending] = kind;
  const whole = await pixelsOf(figure, SCALE);
  const canvas = document.createElement('canvas');
  // Encoders want even numbers.
  canvas.width = whole.width & ~1;
  canvas.height = whole.height & ~1;
  const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const x = timeAxis(steps, figure.left * SCALE, figure.right * SCALE);
  const column = (x.x(2) - x.x(1)) / 2;

  /** @param {import('../state/player.js').Player} player */
  function paint(player) {
    g.drawImage(whole, 0, 0);
    const { phase } = player;
    const at = x.x(1) + (playheadAt(player, steps, speed, false) - 1) * (Number.isFinite(column) ? 2 * column : 0);
    g.fillStyle = theme.surface;
    g.globalAlpha = VEIL;
    for (const { top, bottom, way } of figure.plots) {
      const [left, right] = [figure.left * SCALE, figure.right * SCALE];
      const edge = way === 'forward' ? (phase === 'forward' ? at + column : right) : phase === 'backward' ? at - column : phase === 'rest' ? left : right;
      const [from, to] = way === 'forward' ? [Math.min(edge, right), right] : [left, Math.max(edge, left)];
      g.fillRect(from, top * SCALE - 1, to - from, (bottom - top) * SCALE + 2);
    }
    g.globalAlpha = 1;
    if (phase === 'rest') return;
    const [first, last] = [figure.plots[0], figure.plots[figure.plots.length - 1]];
    g.fillStyle = theme.ink;
    g.fillRect(at - 1.5, first.top * SCALE - 6, 3, (last.bottom - first.top) * SCALE + 6);
  }

  let player = firstBeat();
  paint(player);
  const stream = canvas.captureStream(FRAMES_A_SECOND);
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 6_000_000 });
  /** @type {Blob[]} */
  const parts = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  const stopped = new Promise((resolve, reject) => {
    recorder.addEventListener('stop', resolve);
    recorder.addEventListener('error', reject);
  });
  recorder.start(1000);
  let before = now();
  let rested = 0;
  let goesOn = true;
  while (goesOn && rested < LAST_MS) {
    await new Promise((resolve) => setTimeout(resolve, 1000 / FRAMES_A_SECOND));
    const time = now();
    if (player.phase === 'rest') rested += time - before;
    else player = advance(player, time - before, steps, speed, false);
    before = time;
    paint(player);
    const share = player.phase === 'forward' ? player.t / steps / 2.2 : player.phase === 'loss' ? 0.5 : player.phase === 'backward' ? 0.5 + (1 - player.t / steps) / 2.2 : 0.98;
    goesOn = report(share);
  }
  recorder.stop();
  await stopped;
  for (const track of stream.getTracks()) track.stop();
  return goesOn ? { film: new Blob(parts, { type: type.split(';')[0] }), ending } : null;
}
