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

const LOWEST = -Number.MAX_VALUE;

/**
 * Every scale is a line, that of the state after an asinh: where a value lies is `slope · value + start`, cut to 0..1.
 * @type {Record<HeatKind, { slope: number, start: number, bent: boolean, least: number }>}
 */
const LINES = {
  gate: { slope: 1, start: 0, bent: false, least: LOWEST },
  signed: { slope: 0.5, start: 0.5, bent: false, least: LOWEST },
  state: { slope: 0.5 / Math.asinh(STATE_LIMIT), start: 0.5, bent: true, least: LOWEST },
  // Values are log10 already, relative to log10 of the norm at the loss end. −Infinity is an exact zero: vanished, not an error.
  gradient: { slope: 1 / (BANDS.exploding - BANDS.vanished), start: -BANDS.vanished / (BANDS.exploding - BANDS.vanished), bent: false, least: -Infinity },
};

/** @param {typeof LINES[HeatKind]} line @param {number} value @param {number} reference */
function place({ slope, start, bent, least }, value, reference) {
  if (!(value >= least && value < Infinity)) return Number.NaN;
  const u = slope * ((bent ? Math.asinh(value) : value) - reference) + start;
  return u < 0 ? 0 : u > 1 ? 1 : u;
}

/**
 * Where a value lies on its scale, 0..1; NaN for what has no place there.
 * @param {HeatKind} kind @param {number} value @param {number} [reference] gradient only: log10 of the norm at the loss end
 */
export const position = (kind, value, reference = 0) => place(LINES[kind], value, reference);

/** The colours of a scale as r, g, b bytes. @param {HeatKind} kind */
export const colourTable = (kind) => Uint8Array.from({ length: 3 * STEPS }, (_, k) => Number.parseInt(RAMP_OF[kind].slice(2 * k, 2 * k + 2), 16));

/** @type {Map<HeatKind, Uint32Array>} */
const inks = new Map();

/** Opaque pixels as one number each; in browsers the byte of red is the lowest. @param {ArrayLike<number>} rgb */
const pixels = (rgb) => Uint32Array.from({ length: rgb.length / 3 }, (_, k) => rgb[3 * k] | (rgb[3 * k + 1] << 8) | (rgb[3 * k + 2] << 16) | (255 << 24));

const HATCH = pixels(NOT_FINITE.flat());

/** The pixels of a scale, from its lower to its upper end. @param {HeatKind} kind */
function inkOf(kind) {
  const ink = inks.get(kind) ?? pixels(colourTable(kind));
  inks.set(kind, ink);
  return ink;
}

/**
 * Gives the pixels of many values on one scale; what has no place there gets one of the hatch's two tones.
 * @param {HeatKind} kind @param {number} [reference]
 * @returns {(value: number, tone: number) => number} `tone`: an even or an odd number
 */
export function inker(kind, reference = 0) {
  const ink = inkOf(kind);
  const line = LINES[kind];
  return (value, tone) => {
    const u = place(line, value, reference);
    return u >= 0 ? ink[(u * (STEPS - 1) + 0.5) | 0] : HATCH[tone & 1];
  };
}

/**
 * The colour a tile of this value is painted with.
 * @param {HeatKind} kind @param {number} value @param {number} [reference] gradient only: log10 norm at the loss end
 * @returns {Rgb}
 */
export function colourOf(kind, value, reference) {
  const ink = inker(kind, reference)(value, 0);
  return [ink & 255, (ink >> 8) & 255, (ink >> 16) & 255];
}

/** @param {Rgb} rgb */
export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** @param {string} kind @returns {kind is HeatKind} */
export const isHeatKind = (kind) => kind in RAMP_OF;
