// @ts-check
// What a series of gradient norms says, in numbers. All in log10: 0.5^2000 is a number here, not zero.
import { BANDS } from './bands.js';

/**
 * The timestep that the gradient comes back from: T, where the loss is taken; or, where surgery puts a gradient in instead of the
 * loss's, the last one that has any.
 * @param {ArrayLike<number>} series log10 norms, index t−1
 */
export function sourceOf(series) {
  let t = series.length;
  while (t > 1 && series[t - 1] === -Infinity) t--;
  return series[t - 1] === -Infinity ? series.length : t;
}

/** log10 of what is left at t of the gradient where it comes from. @param {ArrayLike<number>} series log10 norms, index t−1 @param {number} t 1..T */
export function relativeAt(series, t) {
  const end = series[sourceOf(series) - 1];
  // No gradient anywhere: nothing to be relative to.
  return end === -Infinity ? Number.NaN : series[t - 1] - end;
}

/**
 * @param {number} relative log10, from {@link relativeAt}
 * @returns {'vanished' | 'fading' | 'healthy' | 'exploding' | 'unknown'}
 */
export function bandOf(relative) {
  if (Number.isNaN(relative)) return 'unknown';
  if (relative < BANDS.vanished) return 'vanished';
  if (relative < BANDS.fading) return 'fading';
  return relative > BANDS.exploding ? 'exploding' : 'healthy';
}

/**
 * The running product written out: the factors are the ratios of successive norms, from where the gradient comes from back to t.
 * @param {ArrayLike<number>} series @param {number} t 1..T @param {number} [shown] how many factors to write before the dots
 * @returns {{ head: number[], skipped: boolean, last: number | null, log10: number }}
 */
export function runningProduct(series, t, shown = 2) {
  const T = sourceOf(series);
  // A gradient that is exactly zero stays zero on its way back: (−∞) − (−∞) is not asked.
  const factor = (/** @type {number} */ k) => (series[k - 1] === -Infinity ? 0 : 10 ** (series[k - 1] - series[k]));
  const count = Math.max(0, T - t);
  const head = [];
  for (let k = 1; k <= Math.min(shown, count); k++) head.push(factor(T - k));
  return {
    head,
    skipped: count > shown + 1,
    last: count > shown ? factor(t) : null,
    log10: series[t - 1] === -Infinity ? -Infinity : relativeAt(series, t),
  };
}

/**
 * Where, going back from its source, the gradient first falls under a band's threshold (and the t at which it does); null when it never does.
 * @param {ArrayLike<number>} series @param {'vanished' | 'fading'} band
 */
export function crossing(series, band) {
  for (let t = sourceOf(series); t >= 1; t--) if (relativeAt(series, t) < BANDS[band]) return t;
  return null;
}

/** Mean of a row of gate values, or of the absolute values for a signed one. @param {ArrayLike<number>} row @param {boolean} absolute */
export function meanOf(row, absolute) {
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += absolute ? Math.abs(row[k]) : row[k];
  return sum / row.length;
}
