// @ts-check
// A strip is a picture of unit × timestep pixels, one pixel a number; CSS scales it up without smoothing.
import { NOT_FINITE, colourIndex, colourTable } from './colour.js';

/** @typedef {import('./colour.js').HeatKind} HeatKind */

/**
 * Fills RGBA pixels (row = unit, column = timestep) from values stored `[T, H]`, timestep by timestep.
 * @param {Uint8ClampedArray} pixels 4·T·H bytes
 * @param {Float32Array} values the channel's own T·H numbers
 * @param {number} steps T @param {number} units H
 * @param {HeatKind} kind @param {number} [reference]
 */
export function fillPixels(pixels, values, steps, units, kind, reference) {
  const table = colourTable(kind);
  for (let t = 0; t < steps; t++) {
    for (let unit = 0; unit < units; unit++) {
      const k = colourIndex(kind, values[t * units + unit], reference);
      const at = 4 * (unit * steps + t);
      if (k < 0) {
        const tone = NOT_FINITE[(t + unit) & 1];
        pixels[at] = tone[0];
        pixels[at + 1] = tone[1];
        pixels[at + 2] = tone[2];
      } else {
        pixels[at] = table[3 * k];
        pixels[at + 1] = table[3 * k + 1];
        pixels[at + 2] = table[3 * k + 2];
      }
      pixels[at + 3] = 255;
    }
  }
}

/**
 * Averages rows of pixels when there are far more units than screen rows; otherwise the picture stays one pixel a unit.
 * Colours are averaged, not values: a speckled band looks speckled from afar, too.
 * @param {Uint8ClampedArray} pixels @param {number} steps @param {number} units @param {number} rows
 */
export function averageRows(pixels, steps, units, rows) {
  const out = new Uint8ClampedArray(4 * steps * rows);
  for (let row = 0; row < rows; row++) {
    const from = Math.floor((row * units) / rows);
    const to = Math.max(from + 1, Math.floor(((row + 1) * units) / rows));
    for (let x = 0; x < 4 * steps; x++) {
      let sum = 0;
      for (let unit = from; unit < to; unit++) sum += pixels[unit * 4 * steps + x];
      out[row * 4 * steps + x] = sum / (to - from);
    }
  }
  return out;
}

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
  let pixels = new Uint8ClampedArray(4 * steps * units);
  fillPixels(pixels, values, steps, units, kind, reference);
  if (rows !== units) pixels = averageRows(pixels, steps, units, rows);
  context.putImageData(new ImageData(pixels, steps, rows), 0, 0);
}

/** Which tile lies under a point of the strip, given as fractions 0..1 of its width and height. @param {number} fx @param {number} fy @param {number} steps @param {number} units */
export function tileAt(fx, fy, steps, units) {
  const inside = (/** @type {number} */ f, /** @type {number} */ n) => Math.min(n - 1, Math.max(0, Math.floor(f * n)));
  return { t: inside(fx, steps) + 1, unit: inside(fy, units) };
}
