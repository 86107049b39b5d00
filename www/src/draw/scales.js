// @ts-check
// Geometry shared by everything that lies on the time axis. Pure: numbers in, numbers out.

/** @typedef {{ floor: number, ceiling: number, ticks: number[], log: boolean, base: number }} Axis limits in the unit of the values, ticks the most telling first, where bars begin */

/** The axes of everything along t: one for every lane, never rescaled. `magnitude` and `factor` hold log10. @type {Record<import('../generated/types.d.ts').Axis, Axis>} */
export const AXES = {
  magnitude: { floor: -10, ceiling: 3, ticks: [0, -10, -6, 3, -3], log: true, base: -10 },
  factor: { floor: -3, ceiling: 2, ticks: [0, -3, 2, -1, 1, -2], log: true, base: 0 },
  share: { floor: 0, ceiling: 1, ticks: [0, 1, 0.5, 0.25, 0.75], log: false, base: 0 },
};

/**
 * Columns of the time axis: t = 1..T, each as wide as the next.
 * @param {number} steps T @param {number} left @param {number} right
 */
export function timeAxis(steps, left, right) {
  const width = (right - left) / Math.max(1, steps);
  return {
    width,
    /** Middle of column t. @param {number} t */
    x: (t) => left + (t - 0.5) * width,
    /** Left edge of column t. @param {number} t */
    edge: (t) => left + (t - 1) * width,
    /** The timestep under x, kept inside 1..T. @param {number} x */
    at: (x) => Math.min(steps, Math.max(1, Math.floor((x - left) / width) + 1)),
  };
}

/** Timestep labels: first, last and round numbers between, at most about `most` of them. @param {number} steps @param {number} most */
export function timeTicks(steps, most) {
  const raw = steps / Math.max(1, most);
  const stride = [1, 2, 5, 10, 20, 25, 50, 100, 200].find((s) => s >= raw) ?? 500;
  const ticks = [1];
  for (let t = stride; t < steps; t += stride) {
    // A label too near the ends would touch them.
    if (t - 1 >= stride * 0.6 && steps - t >= stride * 0.6) ticks.push(t);
  }
  if (steps > 1) ticks.push(steps);
  return ticks;
}

/** y of a value on an axis. @param {number} top @param {number} bottom @param {Axis} [axis] */
export function valueAxis(top, bottom, { floor, ceiling } = AXES.magnitude) {
  const perUnit = (bottom - top) / (ceiling - floor);
  return (/** @type {number} */ value) => top + perUnit * (ceiling - Math.min(ceiling, Math.max(floor, value)));
}

/**
 * What can be drawn of a value on an axis. A ratio may not exist: at T there is nothing to compare with.
 * @param {number} value @param {Axis} [axis]
 * @returns {'inside' | 'below' | 'above' | 'zero' | 'notFinite' | 'missing'}
 */
export function onAxis(value, axis = AXES.magnitude) {
  if (axis === AXES.factor && Number.isNaN(value)) return 'missing';
  if (Number.isNaN(value) || value === Infinity) return 'notFinite';
  if (value === -Infinity) return axis.log ? 'zero' : 'notFinite';
  if (value < axis.floor) return 'below';
  return value > axis.ceiling ? 'above' : 'inside';
}
