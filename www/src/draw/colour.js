// @ts-check
// One colour for one number. Every scale has a fixed domain: a row is never stretched to its own
// maximum, because that is exactly what would hide a vanishing gradient.
import { BANDS } from './bands.js';
import { RAMPS, STEPS } from './ramps.js';

/** @typedef {'gate' | 'signed' | 'state' | 'gradient'} HeatKind */
/** @typedef {[number, number, number]} Rgb */

/** Largest |c| the state scale tells apart; beyond it the colour saturates. */
export const STATE_LIMIT = 10;

/** Not a number: two tones, alternating, read as a hatch (never a colour of the scale). */
export const NOT_FINITE = /** @type {[Rgb, Rgb]} */ ([
  [214, 0, 106],
  [255, 255, 255],
]);

/** @type {Record<HeatKind, string>} */
const RAMP_OF = { gate: RAMPS.cividis, signed: RAMPS.puOr, state: RAMPS.puOr, gradient: RAMPS.gradient };

/** @param {number} x */
const clamp01 = (x) => (x < 0 ? 0 : x > 1 ? 1 : x);

/**
 * Where a value lies on its scale, 0..1; NaN stays NaN.
 * @type {Record<HeatKind, (value: number, reference?: number) => number>}
 */
export const position = {
  gate: (v) => clamp01(v),
  signed: (v) => clamp01((v + 1) / 2),
  state: (v) => clamp01(0.5 + (0.5 * Math.asinh(v)) / Math.asinh(STATE_LIMIT)),
  // Values are log10 already; the reference is log10 of the norm at the loss end.
  gradient: (v, reference = 0) => clamp01((v - reference - BANDS.vanished) / (BANDS.exploding - BANDS.vanished)),
};

/** @type {Map<HeatKind, Uint8Array>} */
const tables = new Map();

/** The colours of a scale as r, g, b bytes; unpacked once. @param {HeatKind} kind */
export function colourTable(kind) {
  let table = tables.get(kind);
  if (!table) {
    const hex = RAMP_OF[kind];
    table = Uint8Array.from({ length: 3 * STEPS }, (_, k) => Number.parseInt(hex.slice(2 * k, 2 * k + 2), 16));
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
export const isHeatKind = (kind) => kind in RAMP_OF;
