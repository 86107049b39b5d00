// @ts-check
// Where the shared axis of the losses ends: a lane that diverges must not press the others' curves flat. What lies beyond is cut,
// and the chart says whose it is, how far it went, and when.

/** The axis reaches so many times what all lanes begin with. */
const ROOM = 4;
/** What is cut is still drawn so many axes high, so that a curve leaves the picture as it rises; canvases know no 10¹². */
const LEAVES = 100;

/** @typedef {{ curve: number, value: number, step: number }} Beyond the largest value of a curve, and where */

/** @param {(number | null)[]} values */
function usual(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.floor(0.9 * (sorted.length - 1))];
}

/**
 * The end of the axis, null where nothing has to be cut; else also what lies beyond it, and the curves as they are drawn.
 * @param {number[]} steps of the values @param {(number | null)[][]} curves null where there is nothing
 * @returns {{ end: number | null, beyond: Beyond[], drawn: (number | null)[][] }}
 */
export function lossAxis(steps, curves) {
  const there = curves.filter((values) => values.some((value) => value !== null));
  const whole = { end: null, beyond: [], drawn: curves };
  if (!there.length) return whole;
  // The lane that is least out of the ordinary: the others may have diverged from the first step on.
  const start = Math.min(...there.map((values) => /** @type {number} */ (values.find((value) => value !== null))));
  const end = ROOM * Math.max(start, Math.min(...there.map(usual)));
  const beyond = curves.flatMap((values, curve) => {
    const value = values.reduce((/** @type {number} */ most, one) => Math.max(most, one ?? 0), 0);
    return value > end ? [{ curve, value, step: steps[values.indexOf(value)] }] : [];
  });
  if (!beyond.length) return whole;
  return { end, beyond, drawn: curves.map((values) => values.map((value) => (value === null ? null : Math.min(value, LEAVES * end)))) };
}
