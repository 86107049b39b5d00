// @ts-check
// The colour ramps, sampled from d3 once. The build runs this file and ships its result (build/vite-plugin-evaluate.js):
// the browser gets 256 colours a ramp, not the library that knows all ramps.
import { interpolateRgb } from 'd3-interpolate';
import { interpolateCividis, interpolatePuOr } from 'd3-scale-chromatic';
import { BANDS } from './bands.js';

/** Colours of a ramp. */
export const STEPS = 256;

/** Stops of the gradient scale in log10 relative to the loss end: blue fades, grey is healthy, orange explodes. */
const STOPS = /** @type {[number, string][]} */ ([
  [BANDS.vanished, '#123f8c'],
  [BANDS.fading, '#6aa5e0'],
  [-1.25, '#cfd3d6'],
  [0.75, '#d3d1cd'],
  [BANDS.exploding, '#e0601a'],
]);

/** @param {number} u position on the gradient scale, 0..1 */
function interpolateGradient(u) {
  const value = STOPS[0][0] + u * (STOPS[STOPS.length - 1][0] - STOPS[0][0]);
  let k = 1;
  while (k < STOPS.length - 1 && value > STOPS[k][0]) k++;
  const [from, a] = STOPS[k - 1];
  const [to, b] = STOPS[k];
  return interpolateRgb(a, b)((value - from) / (to - from));
}

/** Six hexadecimal digits a colour, one after another. @param {(u: number) => string} interpolate `rgb(r, g, b)` or `#rrggbb` */
function sample(interpolate) {
  const hex = (/** @type {number} */ n) => Math.round(n).toString(16).padStart(2, '0');
  return Array.from({ length: STEPS }, (_, k) => {
    const css = interpolate(k / (STEPS - 1));
    if (css.startsWith('#')) return css.slice(1);
    return (css.match(/[\d.]+/g) ?? []).slice(0, 3).map((n) => hex(Number(n))).join('');
  }).join('');
}

export const RAMPS = { cividis: sample(interpolateCividis), puOr: sample(interpolatePuOr), gradient: sample(interpolateGradient) };
