// @ts-check
// Geometry shared by everything that lies on the time axis. Pure: numbers in, numbers out.

/** The one gradient axis of the page, log10: the same for every lane, never rescaled. */
export const AXIS_FLOOR = -10;
export const AXIS_CEILING = 3;
/** Its ticks, the most telling first. */
export const AXIS_TICKS = [0, -10, -6, 3, -3];

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

/** y of a log10 value on the gradient axis. @param {number} top @param {number} bottom */
export function gradientAxis(top, bottom) {
  const perDecade = (bottom - top) / (AXIS_CEILING - AXIS_FLOOR);
  return (/** @type {number} */ log10) =>
    top + perDecade * (AXIS_CEILING - Math.min(AXIS_CEILING, Math.max(AXIS_FLOOR, log10)));
}

/**
 * What can be drawn of a log10 value on the axis.
 * @param {number} log10
 * @returns {'inside' | 'below' | 'above' | 'zero' | 'notFinite'}
 */
export function onAxis(log10) {
  if (Number.isNaN(log10) || log10 === Infinity) return 'notFinite';
  if (log10 === -Infinity) return 'zero';
  if (log10 < AXIS_FLOOR) return 'below';
  return log10 > AXIS_CEILING ? 'above' : 'inside';
}
