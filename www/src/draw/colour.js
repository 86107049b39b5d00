// @ts-check
// One colour for one number. Every scale has a fixed domain: a row is never stretched to its own
// maximum, because that is exactly what would hide a vanishing gradient.
import { interpolateRgb } from 'd3-interpolate';
import { interpolateCividis, interpolatePuOr } from 'd3-scale-chromatic';

/** @typedef {'gate' | 'signed' | 'state' | 'gradient'} HeatKind */
/** @typedef {[number, number, number]} Rgb */

/** Largest |c| the state scale tells apart; beyond it the colour saturates. */
export const STATE_LIMIT = 10;

/** log10 of the gradient relative to the norm at the loss end: below → vanished, fading; above → exploding. */
export const BANDS = { vanished: -6, fading: -3, exploding: 2 };

const STEPS = 512;

/** Stops of the gradient scale in log10 relative to the loss end: blue fades, grey is healthy, orange explodes. */
const GRADIENT_STOPS = /** @type {[number, string][]} */ ([
  [BANDS.vanished, '#123f8c'],
  [BANDS.fading, '#6aa5e0'],
  [-1.25, '#cfd3d6'],
  [0.75, '#d3d1cd'],
  [BANDS.exploding, '#e0601a'],
]);
const GRADIENT_LOW = GRADIENT_STOPS[0][0];
const GRADIENT_HIGH = GRADIENT_STOPS[GRADIENT_STOPS.length - 1][0];

/** Not a number: two tones, alternating, read as a hatch (never a colour of the scale). */
export const NOT_FINITE = /** @type {[Rgb, Rgb]} */ ([
  [214, 0, 106],
  [255, 255, 255],
]);

/** @param {number} x */
const clamp01 = (x) => (x < 0 ? 0 : x > 1 ? 1 : x);

/** @param {number} u position on the gradient scale, 0..1 */
function gradientInterpolator(u) {
  const value = GRADIENT_LOW + u * (GRADIENT_HIGH - GRADIENT_LOW);
  let k = 1;
  while (k < GRADIENT_STOPS.length - 1 && value > GRADIENT_STOPS[k][0]) k++;
  const [from, a] = GRADIENT_STOPS[k - 1];
  const [to, b] = GRADIENT_STOPS[k];
  return interpolateRgb(a, b)(clamp01((value - from) / (to - from)));
}

/**
 * Where a value lies on its scale, 0..1; NaN stays NaN.
 * @type {Record<HeatKind, (value: number, reference?: number) => number>}
 */
export const position = {
  gate: (v) => clamp01(v),
  signed: (v) => clamp01((v + 1) / 2),
  state: (v) => clamp01(0.5 + (0.5 * Math.asinh(v)) / Math.asinh(STATE_LIMIT)),
  // Values are log10 already; the reference is log10 of the norm at the loss end.
  gradient: (v, reference = 0) => clamp01((v - reference - GRADIENT_LOW) / (GRADIENT_HIGH - GRADIENT_LOW)),
};

/** @type {Record<HeatKind, (u: number) => string>} */
const INTERPOLATORS = {
  gate: interpolateCividis,
  signed: interpolatePuOr,
  state: interpolatePuOr,
  gradient: gradientInterpolator,
};

/** @param {string} css `rgb(r, g, b)` or `#rrggbb`, as the d3 interpolators write it @returns {Rgb} */
function parse(css) {
  if (css[0] === '#') {
    return [
      Number.parseInt(css.slice(1, 3), 16),
      Number.parseInt(css.slice(3, 5), 16),
      Number.parseInt(css.slice(5, 7), 16),
    ];
  }
  const [r, g, b] = (css.match(/[\d.]+/g) ?? ['0', '0', '0']).map(Number);
  return [Math.round(r), Math.round(g), Math.round(b)];
}

/** @type {Map<HeatKind, Uint8Array>} */
const tables = new Map();

/** The 512 colours of a scale as r, g, b bytes; made once. @param {HeatKind} kind */
export function colourTable(kind) {
  let table = tables.get(kind);
  if (!table) {
    table = new Uint8Array(STEPS * 3);
    for (let k = 0; k < STEPS; k++) table.set(parse(INTERPOLATORS[kind](k / (STEPS - 1))), k * 3);
    tables.set(kind, table);
  }
  return table;
}

/** Index into the table, or −1 for a value that has no place on the scale. @param {HeatKind} kind @param {number} value @param {number} [reference] */
export function colourIndex(kind, value, reference) {
  // −Infinity on the gradient scale is an exact zero: vanished, not an error.
  if (Number.isNaN(value) || value === Infinity || (value === -Infinity && kind !== 'gradient')) return -1;
  const u = position[kind](value, reference);
  return Number.isNaN(u) ? -1 : Math.round(u * (STEPS - 1));
}

/**
 * The colour a tile of this value is painted with.
 * @param {HeatKind} kind @param {number} value @param {number} [reference] gradient only: log10 norm at the loss end
 * @returns {Rgb}
 */
export function colourOf(kind, value, reference) {
  const k = colourIndex(kind, value, reference);
  if (k < 0) return NOT_FINITE[0];
  const table = colourTable(kind);
  return [table[k * 3], table[k * 3 + 1], table[k * 3 + 2]];
}

/** @param {Rgb} rgb */
export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** @param {string} kind @returns {kind is HeatKind} */
export const isHeatKind = (kind) => kind in INTERPOLATORS;
