// @ts-check
// One timestep back: what becomes of the length of ∂L/∂h (or ∂L/∂c) between t + 1 and t, operation by operation. Pure.
import { throughSums } from './terms.js';

/** @typedef {import('./terms.js').Explanation} Explanation */
/** @typedef {import('./terms.js').Diagram} Diagram */
/**
 * A way back into a state. `received`: the length that its operation was given; `arrives`: the length that comes through.
 * @typedef {object} Way
 * @property {number} node whose operation it is @property {number} input @property {boolean} later whether the operation is t + 1's
 * @property {number} result what it was given the gradient of @property {boolean} linear whether it is a matrix's
 * @property {number} received @property {number} arrives
 */

/** @param {ArrayLike<number>} vector */
function length(vector) {
  let sum = 0;
  for (let k = 0; k < vector.length; k++) sum += vector[k] * vector[k];
  return Math.sqrt(sum);
}

/**
 * The ways back into the state that `node` makes, the longest first, and the lengths at both ends; null at the last timestep.
 * All lengths are to be multiplied by 2^exponent.
 * @param {Diagram} diagram @param {Explanation} explanation of timestep t @param {number} node
 */
export function stepBack(diagram, { now, next, direct }, node) {
  const carrier = diagram.nodes.findIndex(({ carries }) => carries === node);
  if (!next || carrier < 0) return null;
  const ways = (/** @type {import('./terms.js').Moment} */ moment, /** @type {number} */ source, /** @type {boolean} */ later) =>
    moment.edges.flatMap((edge) => {
      const { operation } = diagram.nodes[edge.node];
      if (edge.source !== source || operation === 'slope') return [];
      return [{ node: edge.node, input: edge.input, later, result: throughSums(diagram, edge.node), linear: operation === 'linear', received: length(moment.gradients[edge.node]), arrives: length(edge.values) }];
    });
  const own = diagram.nodes[carrier].operation === 'previousCell' ? direct.cell : direct.hidden;
  return {
    before: length(now.gradients[node]),
    after: length(next.gradients[node]),
    /** What the loss says of this very state. */
    direct: length(own),
    ways: /** @type {Way[]} */ ([...ways(next, carrier, true), ...ways(now, node, false)]).sort((a, b) => b.arrives - a.arrives),
  };
}

/**
 * Of a sum's terms the one that makes most of it: the largest with the sum's own sign.
 * @template {{ value: number }} Term
 * @param {Term[]} terms @returns {{ term: Term, sum: number } | null} null where nothing stands out: it is not half of what has that sign
 */
export function dominant(terms) {
  const sum = terms.reduce((so, { value }) => so + value, 0);
  const same = terms.filter(({ value }) => value * sum > 0).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const whole = same.reduce((so, { value }) => so + value, 0);
  return same.length && Math.abs(same[0].value) >= 0.5 * Math.abs(whole) ? { term: same[0], sum } : null;
}
