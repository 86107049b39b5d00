// @ts-check
// The gradient horizon: training step across, timestep down, colour = log10 ‖∂L/∂h_t‖ relative to the loss end of the same
// step. The scale is the page's one gradient scale and never moves. Between two recorded steps the earlier one stands.
import { inker } from './colour.js';
import { timeTicks } from './scales.js';

/** @typedef {{ steps: number[], columns: ArrayLike<number>[] }} Horizon log10 norms of each recorded step, t = 1..T */

/** Index of the last recorded step at or before a step; −1 if there is none. @param {number[]} steps @param {number} step */
export function recordedAt(steps, step) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The norm at the loss end that a column is relative to; 0 where that is no number. @param {ArrayLike<number>} column */
export const endOf = (column) => (Number.isFinite(column[column.length - 1]) ? column[column.length - 1] : 0);

/** Which training step and timestep lie under fractions 0..1 of the picture. @param {number} fx @param {number} fy @param {number} reach @param {number} T */
export function momentAt(fx, fy, reach, T) {
  const inside = (/** @type {number} */ f, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, Math.floor(f * n)));
  return { step: inside(fx, reach + 1), t: inside(fy, T) + 1 };
}

/**
 * RGBA pixels `width × T`; what is not recorded stays transparent.
 * @param {Horizon} horizon @param {number} T @param {number} reach last step of the axis @param {number} last last step of this run @param {number} width
 */
export function horizonPixels({ steps, columns }, T, reach, last, width) {
  const pixels = new Uint32Array(width * T);
  for (let x = 0; x < width; x++) {
    const step = Math.floor(((x + 0.5) / width) * (reach + 1));
    const found = step > last ? -1 : recordedAt(steps, step);
    if (found < 0) continue;
    const column = columns[found];
    const ink = inker('gradient', endOf(column));
    for (let t = 0; t < T; t++) pixels[t * width + x] = ink(column[t], x + t);
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** The picture's place in its canvas, room for the axes left out. @param {number} width @param {number} height @param {number} small size of the type */
export function horizonBox(width, height, small) {
  const left = Math.round(small * 2.6);
  return { left, top: 1, width: Math.max(1, Math.floor(width - left - 1)), height: Math.max(1, Math.floor(height - small * 1.8 - 2)) };
}

/** Round training steps for an axis from 0. @param {number} reach @param {number} most */
export function stepTicks(reach, most) {
  const raw = reach / Math.max(1, most);
  const power = 10 ** Math.max(0, Math.floor(Math.log10(raw || 1)));
  const stride = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= raw) ?? 10 * power;
  return Array.from({ length: Math.floor(reach / stride) + 1 }, (_, k) => k * stride);
}

/**
 * @param {CanvasRenderingContext2D} g
 * @param {{ width: number, height: number, picture: HTMLCanvasElement | null, T: number, reach: number, step: number, t: number,
 *   at: { step: number, t: number } | null, end: { step: number, lines: string[] } | null, theme: import('./canvas.js').Theme, format: (n: number) => string }} shown
 */
export function paintHorizon(g, { width, height, picture, T, reach, step, t, at, end, theme, format }) {
  const box = horizonBox(width, height, theme.small);
  const x = (/** @type {number} */ s) => box.left + (s / (reach + 1)) * box.width;
  const y = (/** @type {number} */ k) => box.top + ((k - 1) / T) * box.height;
  const [dx, dy] = [box.width / (reach + 1), box.height / T];
  if (picture) {
    g.imageSmoothingEnabled = false;
    g.drawImage(picture, box.left, box.top, box.width, box.height);
  }
  g.strokeStyle = theme.muted;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(box.left - 0.5, box.top);
  g.lineTo(box.left - 0.5, box.top + box.height + 0.5);
  g.lineTo(box.left + box.width, box.top + box.height + 0.5);
  g.stroke();
  g.font = `${theme.small}px ${theme.font}`;
  g.fillStyle = theme.muted;
  g.textAlign = 'right';
  g.textBaseline = 'middle';
  for (const tick of timeTicks(T, Math.max(2, box.height / (theme.small * 2.6)))) g.fillText(tick === T ? `T=${T}`.slice(T > 99 ? 2 : 0) : String(tick), box.left - 4, Math.min(box.top + box.height - theme.small * 0.4, Math.max(box.top + theme.small * 0.5, y(tick) + dy / 2)));
  g.textBaseline = 'top';
  g.textAlign = 'center';
  for (const tick of stepTicks(reach, Math.max(2, box.width / (theme.small * 6)))) {
    const text = format(tick);
    const half = g.measureText(text).width / 2;
    g.fillText(text, Math.min(box.left + box.width - half, Math.max(box.left + half, x(tick) + Math.min(dx / 2, 8))), box.top + box.height + 4);
  }
  if (end) {
    // Where the run ended: nothing was ever computed beyond.
    const at = Math.round(Math.min(box.left + box.width - 1, x(end.step + 1)));
    g.strokeStyle = theme.ink;
    g.setLineDash([4, 3]);
    g.beginPath();
    g.moveTo(at + 0.5, box.top);
    g.lineTo(at + 0.5, box.top + box.height);
    g.stroke();
    g.setLineDash([]);
    const wide = Math.max(...end.lines.map((text) => g.measureText(text).width)) + 10;
    const line = theme.small * 1.4;
    const right = at + wide < box.left + box.width;
    const from = right ? at + 2 : Math.max(box.left, at - wide - 2);
    g.fillStyle = theme.surface;
    g.fillRect(from, box.top + 2, wide, line * end.lines.length);
    g.fillStyle = theme.ink;
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    end.lines.forEach((text, k) => g.fillText(text, from + 5, box.top + 2 + (k + 0.5) * line));
  }
  frame(x(step), box.top, Math.max(3, dx), box.height);
  if (t >= 1 && t <= T) {
    g.strokeStyle = theme.ink;
    g.lineWidth = 1;
    const row = Math.round(y(t) + dy / 2) + 0.5;
    g.beginPath();
    g.moveTo(box.left - 4, row);
    g.lineTo(box.left, row);
    g.stroke();
  }
  if (at) frame(x(at.step), y(at.t), Math.max(5, dx), Math.max(5, dy));

  /** Light inside, dark outside: seen on every colour of the scale. @param {number} fx @param {number} fy @param {number} w @param {number} h */
  function frame(fx, fy, w, h) {
    g.lineWidth = 3;
    g.strokeStyle = theme.ink;
    g.strokeRect(fx - 1, fy, w + 1, h);
    g.lineWidth = 1;
    g.strokeStyle = theme.surface;
    g.strokeRect(fx - 1, fy, w + 1, h);
  }
}
