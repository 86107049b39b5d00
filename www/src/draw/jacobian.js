// @ts-check
// The Jacobian of a timestep as an equation, read from a cell's diagram: every way from a state before to a state after, with
// the derivatives of the operations on it. Pure, and without knowledge of any cell.
import { factorOf, signOf } from './terms.js';

/** @typedef {import('./terms.js').Diagram} Diagram */
/**
 * diag(factors) times what the way ends with: the recurrent weights of a sum (`weights`), another state after (`through`, whose own
 * derivative goes on), or nothing.
 * @typedef {{ factors: import('./terms.js').Expression[], negative: boolean, weights: number | null, through: number | null }} Way
 */

/** The states: what one timestep hands to the next, h first. @param {Diagram} diagram */
export const statesOf = ({ nodes }) => nodes.flatMap(({ operation, carries }, before) => (carries === null ? [] : [{ before, after: carries, hidden: operation === 'previousHidden' }])).sort((a, b) => Number(b.hidden) - Number(a.hidden));

/** Whether anything of a node comes from another. @param {Diagram} diagram @param {number} node @param {number} source @returns {boolean} */
const reaches = (diagram, node, source) => node === source || diagram.nodes[node].inputs.some((input) => reaches(diagram, input, source));

/** ∂result/∂source, as the sum of its ways. @param {Diagram} diagram @param {number} result a state after @param {number} source a state before @returns {Way[]} */
export function waysOf(diagram, result, source) {
  const after = statesOf(diagram).map((state) => state.after);
  /** @param {number} node @param {Way['factors']} factors @param {boolean} negative @returns {Way[]} */
  const walk = (node, factors, negative) => {
    const { operation, inputs } = diagram.nodes[node];
    // No derivative goes through a slope: it is one.
    if (operation === 'slope') return [];
    return inputs.flatMap((from, input) => {
      if (!reaches(diagram, from, source)) return [];
      if (operation === 'linear') return [{ factors, negative, weights: node, through: null }];
      const factor = factorOf(diagram, { node, input });
      const own = factor ? [...factors, factor] : factors;
      const sign = negative !== signOf(diagram, node) < 0;
      if (from === source) return [{ factors: own, negative: sign, weights: null, through: null }];
      if (from !== result && after.includes(from)) return [{ factors: own, negative: sign, weights: null, through: from }];
      return walk(from, own, sign);
    });
  };
  return walk(result, [], false);
}
