// @ts-check
// How far up the axis of the loss reaches when one lane's loss explodes: the others' curves must stay readable.

/** The axis ends at so many times the loss that training began with. */
const TIMES = 4;

/**
 * Where the axis has to end, a round number; null where all curves fit.
 * @param {(number | null)[][]} curves each from its first step on
 */
export function ceilingOf(curves) {
  const first = Math.max(0, ...curves.map((values) => values.find((value) => value !== null) ?? 0));
  const highest = curves.flat().reduce((/** @type {number} */ high, value) => Math.max(high, value ?? 0), 0);
  if (first === 0 || highest <= TIMES * first) return null;
  const unit = 10 ** Math.floor(Math.log10(TIMES * first));
  return Math.ceil((TIMES * first) / unit) * unit;
}

/**
 * What a chart of losses is drawn with: what lies above the ceiling is drawn on it, and the axis says so.
 * @template {{ values: (number | null)[] }} Curve
 * @param {Curve[]} curves @param {(value: number) => string} format
 * @returns {{ curves: Curve[], format: (value: number) => string, range: [number, number] | null, ticks?: number[] }}
 */
export function underCeiling(curves, format) {
  const ceiling = ceilingOf(curves.map(({ values }) => values));
  if (ceiling === null) return { curves, format, range: null };
  return {
    curves: curves.map((curve) => ({ ...curve, values: curve.values.map((value) => (value === null ? null : Math.min(ceiling, value))) })),
    format: (value) => (value >= ceiling ? `≥ ${format(value)}` : format(value)),
    range: [0, ceiling],
    ticks: [0, ceiling / 2, ceiling],
  };
}
