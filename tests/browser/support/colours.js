// @ts-check
// The colour of a number, worked out anew: not the page's tables but d3's ramps and the rules of the legend.
import { interpolateCividis, interpolatePuOr } from 'd3-scale-chromatic';

/** @typedef {[number, number, number]} Rgb */

/** log10 relative to the norm at the loss end, and the colour there. @type {[number, Rgb][]} */
const GRADIENT = [
  [-6, [0x12, 0x3f, 0x8c]],
  [-3, [0x6a, 0xa5, 0xe0]],
  [-1.25, [0xcf, 0xd3, 0xd6]],
  [0.75, [0xd3, 0xd1, 0xcd]],
  [2, [0xe0, 0x60, 0x1a]],
];

/** @param {string} css @returns {Rgb} */
function parse(css) {
  const digits = css.startsWith('#') ? css.slice(1).match(/../g)?.map((hex) => Number.parseInt(hex, 16)) : css.match(/[\d.]+/g)?.map(Number);
  const [r, g, b] = digits ?? [];
  return [r, g, b];
}

/** @param {number} x @returns {Rgb} */
function gradient(x) {
  const [first, last] = [GRADIENT[0], GRADIENT[GRADIENT.length - 1]];
  if (x <= first[0]) return first[1];
  if (x >= last[0]) return last[1];
  const k = GRADIENT.findIndex(([at]) => at > x);
  const [[x0, a], [x1, b]] = [GRADIENT[k - 1], GRADIENT[k]];
  const share = (x - x0) / (x1 - x0);
  return /** @type {Rgb} */ (a.map((value, channel) => value + share * (b[channel] - value)));
}

const clamp = (/** @type {number} */ u) => Math.min(1, Math.max(0, u));

/**
 * @param {string} kind @param {number} value @param {number} end gradients: log10 of the norm at T
 * @returns {Rgb}
 */
export function colourOf(kind, value, end) {
  switch (kind) {
    case 'gate':
      return parse(interpolateCividis(clamp(value)));
    case 'signed':
      return parse(interpolatePuOr(clamp((1 + value) / 2)));
    case 'state':
      return parse(interpolatePuOr(clamp((1 + Math.asinh(value) / Math.asinh(10)) / 2)));
    case 'gradient':
      return gradient(value - end);
    default:
      throw new Error(`no colour for a ${kind}`);
  }
}

/** Largest difference of two colours in any of red, green, blue. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export const distance = (a, b) => Math.max(...[0, 1, 2].map((k) => Math.abs(a[k] - b[k])));

/** A page may round its ramp to a table of colours: so much apart they may be. */
export const TOLERANCE = 4;
