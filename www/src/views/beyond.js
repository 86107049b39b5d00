// @ts-check
// Curves of the loss on an axis that one diverged lane does not stretch, and what the chart says of what it cuts.
import { markOf } from '../draw/canvas.js';
import { lossAxis } from '../draw/lossAxis.js';

/** @typedef {import('./curves.js').Curve} Curve */

/**
 * @param {import('./view.js').Translate} t @param {number[]} steps @param {Curve[]} curves the lanes', each with that of the run it parted from behind it
 * @param {string[]} order @param {import('./view.js').Derived['diverged']} diverged @param {import('../draw/canvas.js').Theme} theme
 */
export function lossesOf(t, steps, curves, order, diverged, theme) {
  const { end, beyond, drawn } = lossAxis(steps, curves.map(({ values }) => values));
  return {
    curves: curves.map((curve, k) => ({ ...curve, values: drawn[k] })),
    range: end === null ? null : /** @type {[number, number]} */ ([0, end]),
    beyond: beyond.map(({ curve, value, step }) => {
      const lane = order[curve >> 1];
      const cause = curve % 2 ? null : diverged[lane];
      const parts = { lane: t.lane(lane), value: t.magnitude(Math.log10(value)), at: t.number(step), step: t.number(cause?.step ?? step) };
      return { stroke: theme.lane(lane), mark: markOf(lane), text: t(cause ? 'loss.beyond.diverged' : 'loss.beyond', parts) };
    }),
  };
}
