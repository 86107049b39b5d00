// @ts-check
// A strip is a picture of unit × timestep pixels, one pixel a number; CSS scales it up without smoothing.
import { inker } from './colour.js';

/** @typedef {import('./colour.js').HeatKind} HeatKind */

/**
 * Fills RGBA pixels (row = unit, column = timestep) from values stored `[T, H]`, timestep by timestep.
 * @param {Uint32Array} pixels T·H of them
 * @param {Float32Array} values the channel's own T·H numbers
 * @param {number} steps T @param {number} units H
 * @param {HeatKind} kind @param {number} [reference]
 */
export function fillPixels(pixels, values, steps, units, kind, reference) {
  const ink = inker(kind, reference);
  for (let t = 0; t < steps; t++) {
    for (let unit = 0; unit < units; unit++) pixels[unit * steps + t] = ink(values[t * units + unit], t + unit);
  }
}

/**
 * Averages rows of pixels when there are far more units than screen rows; otherwise the picture stays one pixel a unit.
 * Colours are averaged, not values: a speckled band looks speckled from afar, too.
 * @param {Uint8ClampedArray} out @param {Uint8ClampedArray} pixels @param {number} steps @param {number} units @param {number} rows
 */
export function averageRows(out, pixels, steps, units, rows) {
  for (let row = 0; row < rows; row++) {
    const from = Math.floor((row * units) / rows);
    const to = Math.max(from + 1, Math.floor(((row + 1) * units) / rows));
    for (let x = 0; x < 4 * steps; x++) {
      let sum = 0;
      for (let unit = from; unit < to; unit++) sum += pixels[unit * 4 * steps + x];
      out[row * 4 * steps + x] = sum / (to - from);
    }
  }
}

/** Each strip's pixels: a dozen strips are painted anew with every frame. @type {WeakMap<HTMLCanvasElement, ImageData>} */
const images = new WeakMap();

/** More units than this for a row of the screen, and rows are averaged instead of dropped. */
const CROWDED = 1.5;

/**
 * Paints a channel into its canvas; the canvas takes the size of the data, not of the screen.
 * @param {HTMLCanvasElement} canvas @param {Float32Array} values @param {number} steps @param {number} units
 * @param {HeatKind} kind @param {number} [reference] @param {number} [screenRows] device pixels the strip is high
 */
export function paintHeatmap(canvas, values, steps, units, kind, reference, screenRows = units) {
  const rows = units > CROWDED * screenRows && screenRows >= 1 ? Math.round(screenRows) : units;
  if (canvas.width !== steps || canvas.height !== rows) {
    canvas.width = steps;
    canvas.height = rows;
  }
  // Only ever filled with ready pixels: in the processor's memory that is quicker than in the graphics card's.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  let image = images.get(canvas);
  if (image?.width !== steps || image.height !== rows) images.set(canvas, (image = new ImageData(steps, rows)));
  const shown = new Uint32Array(image.data.buffer);
  const pixels = rows === units ? shown : new Uint32Array(steps * units);
  fillPixels(pixels, values, steps, units, kind, reference);
  if (pixels !== shown) averageRows(image.data, new Uint8ClampedArray(pixels.buffer), steps, units, rows);
  context.putImageData(image, 0, 0);
}

/** Which tile lies under a point of the strip, given as fractions 0..1 of its width and height. @param {number} fx @param {number} fy @param {number} steps @param {number} units */
export function tileAt(fx, fy, steps, units) {
  const inside = (/** @type {number} */ f, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, Math.floor(f * n)));
  return { t: inside(fx, steps) + 1, unit: inside(fy, units) };
}
