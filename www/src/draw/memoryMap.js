// @ts-check
// The memory map: a picture of T×T pixels, row t, column s, scaled up without smoothing, with its axes. The colours are
// those of the gradients, on log10 about 0; the scale never moves.
import { inker } from './colour.js';
import { timeTicks } from './scales.js';

/** Which entry lies under fractions 0..1 of the picture, both from 1. @param {number} fx @param {number} fy @param {number} steps */
export function entryAt(fx, fy, steps) {
  const inside = (/** @type {number} */ f) => Math.min(steps, Math.max(1, Math.floor(f * steps) + 1));
  return { t: inside(fy), s: inside(fx) };
}

/** An entry of a lane's map; undefined where there is none of this length. @param {{ values: ArrayLike<number> } | null | undefined} map @param {number} steps @param {number} t @param {number} s both from 1 */
export const entryOf = (map, steps, t, s) => (map?.values.length === steps * steps ? map.values[(t - 1) * steps + s - 1] : undefined);

/** log10 of a ratio of two maps; 0/0 has none. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function difference(a, b) {
  return Float32Array.from(a, (value, k) => value - b[k]);
}

/**
 * From which timestep on ‖∂h_t/∂h_1‖ stays below 10^decades; null if it does not at T, and where it is not finite.
 * @param {ArrayLike<number>} values `[T, T]` @param {number} steps @param {number} decades
 */
export function lostFrom(values, steps, decades) {
  for (let t = steps; t >= 1; t--) {
    const value = values[(t - 1) * steps];
    if (Number.isNaN(value) || value === Infinity) return null;
    if (value >= decades) return t < steps ? t + 1 : null;
  }
  return 1;
}

/**
 * RGBA pixels of a map; the upper triangle stays transparent, what is not finite is hatched. −∞ is an exact zero.
 * @param {ArrayLike<number>} values `[T, T]` @param {number} steps @param {number} [reference] log10 of what is grey
 * @param {(t: number, s: number) => boolean} [drawn] which entries, from 1; those on and under the diagonal if left out
 */
export function mapPixels(values, steps, reference = 0, drawn = (t, s) => s <= t) {
  const ink = inker('gradient', reference);
  const pixels = new Uint32Array(steps * steps);
  for (let t = 0; t < steps; t++) {
    for (let s = 0; s < steps; s++) if (drawn(t + 1, s + 1)) pixels[t * steps + s] = ink(values[t * steps + s], t + s);
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** The picture's square inside its canvas, room for the axes left out. @param {number} width @param {number} height @param {number} small size of the type */
export function mapBox(width, height, small) {
  const left = small * 2.4;
  const bottom = small * 1.7;
  const side = Math.max(1, Math.floor(Math.min(width - left - 1, height - bottom - 2)));
  return { left, top: 1, side };
}

/**
 * @param {CanvasRenderingContext2D} g
 * @param {{ width: number, height: number, picture: HTMLCanvasElement | OffscreenCanvas | null, steps: number, t: number, at: { t: number, s: number } | null, theme: import('./canvas.js').Theme, letter: string, column: boolean }} map
 */
export function paintMemoryMap(g, { width, height, picture, steps, t, at, theme, letter, column }) {
  const { left, top, side } = mapBox(width, height, theme.small);
  const cell = side / steps;
  if (picture) {
    g.imageSmoothingEnabled = false;
    g.drawImage(picture, left, top, side, side);
  }
  g.strokeStyle = theme.muted;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(left - 0.5, top);
  g.lineTo(left - 0.5, top + side + 0.5);
  g.lineTo(left + side, top + side + 0.5);
  g.stroke();
  g.font = `${theme.small}px ${theme.font}`;
  g.fillStyle = theme.muted;
  g.textBaseline = 'middle';
  for (const tick of timeTicks(steps, Math.min(8, Math.max(2, side / (theme.small * 3.4))))) {
    const middle = (tick - 0.5) * cell;
    g.textAlign = 'right';
    g.fillText(String(tick), left - 4, Math.min(top + side - theme.small * 0.4, Math.max(top + theme.small * 0.55, top + middle)));
    g.textAlign = 'center';
    if (tick > 1) g.fillText(String(tick), Math.min(left + side - theme.small * 0.6, left + middle), top + side + theme.small * 0.95);
  }
  // The letters stand where no picture is: s at its axis' beginning, t above the diagonal.
  g.fillStyle = theme.ink;
  g.font = `italic 600 ${theme.small * 1.1}px ${theme.font}`;
  g.textAlign = 'left';
  g.fillText(`${letter} →`, left, top + side + theme.small * 0.95);
  g.fillText('t ↓', left + Math.max(cell * 2, theme.small * 1.4), top + theme.small * 0.6);
  // The playhead's row, with a rim that shows on every colour.
  const row = (/** @type {number} */ y, /** @type {number} */ x, /** @type {number} */ w, /** @type {number} */ h) => {
    g.strokeStyle = theme.surface;
    g.lineWidth = 3;
    g.strokeRect(x, y, w, h);
    g.strokeStyle = theme.ink;
    g.lineWidth = 1.5;
    g.strokeRect(x, y, w, h);
  };
  if (column && t >= 1 && t <= steps) row(top + (t - 1) * cell, left + (t - 1) * cell, Math.max(2, cell), (steps - t + 1) * cell);
  if (t >= 1 && t <= steps) row(top + (t - 1) * cell, left, t * cell, Math.max(2, cell));
  if (at) row(top + (at.t - 1) * cell - 1, left + (at.s - 1) * cell - 1, Math.max(4, cell + 2), Math.max(4, cell + 2));
}

/**
 * Eigenvalues in the complex plane with the unit circle.
 * @param {CanvasRenderingContext2D} g @param {number} size @param {[number, number][]} eigenvalues @param {number} reach half the plane's width @param {string} ink @param {import('./canvas.js').Theme} theme
 */
export function paintPlane(g, size, eigenvalues, reach, ink, theme) {
  const middle = size / 2;
  const scale = (size / 2 - 3) / reach;
  g.strokeStyle = theme.line;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(0, middle);
  g.lineTo(size, middle);
  g.moveTo(middle, 0);
  g.lineTo(middle, size);
  g.stroke();
  g.strokeStyle = theme.muted;
  g.setLineDash([4, 3]);
  g.beginPath();
  g.arc(middle, middle, scale, 0, 2 * Math.PI);
  g.stroke();
  g.setLineDash([]);
  g.fillStyle = ink;
  for (const [re, im] of eigenvalues) {
    g.beginPath();
    g.arc(middle + re * scale, middle - im * scale, Math.max(1.6, theme.stroke), 0, 2 * Math.PI);
    g.fill();
  }
}
