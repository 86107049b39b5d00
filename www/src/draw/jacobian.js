// @ts-check
// The Jacobian of a timestep as an equation, read from a cell's diagram: every way from a state before to a state after, with
// the derivatives of the operations on it. Pure, and without knowledge of any cell.
import { evaluate, factorOf, leafValue, signOf } from './terms.js';

/** @typedef {import('./terms.js').Diagram} Diagram */
/**
 * diag(factors) times what the way ends with: the recurrent weights of a sum (`weights`), another state after (`through`, whose own
 * derivative goes on), or nothing.
 * @typedef {{ factors: import('./terms.js').Expression[], negative: boolean, weights: number | null, through: number | null }} Way
 */

/** The states: what one timestep hands to the next, h first. @param {Diagram} diagram */
export const statesOf = ({ nodes }) => nodes.flatMap(({ operation, carries }, before) => (carries === null ? [] : [{ before, after: carries, hidden: operation === 'previousHidden' }])).sort((a, b) => Number(b.hidden) - Number(a.hidden));

/** Whether a state before comes to every unit through weights, or to its own only. @param {Diagram} diagram @param {number} before */
export const isMixed = ({ nodes }, before) => nodes.some(({ operation, inputs }) => operation === 'linear' && inputs.includes(before));

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

/**
 * A way from one unit to another: what each of its factors comes to, and what it ends with (1 where that is nothing).
 * @typedef {{ way: Way, factors: number[], end: number, value: number }} Walked
 */

/**
 * An entry of the Jacobian, of the explained unit's row: its ways, each with its numbers. What reaches only its own unit is no way
 * to another.
 * @param {Diagram} diagram @param {import('./terms.js').Explanation} explanation @param {number} result a state after @param {number} source a state before @param {number} column the unit of that
 * @returns {Walked[]}
 */
export function walked(diagram, explanation, result, source, column) {
  const { rowHh } = explanation.weights;
  const H = explanation.now.values[result].length;
  return waysOf(diagram, result, source)
    .filter(({ weights, through }) => weights !== null || through !== null || explanation.unit === column)
    .map((way) => {
      const factors = way.factors.map((factor) => evaluate(factor, (leaf) => leafValue(diagram, explanation, leaf)));
      const end =
        way.weights !== null
          ? rowHh[(diagram.nodes[way.weights].block ?? 0) * H + column]
          : way.through !== null
            ? walked(diagram, explanation, way.through, source, column).reduce((sum, { value }) => sum + value, 0)
            : 1;
      return { way, factors, end, value: factors.reduce((a, b) => a * b, way.negative ? -end : end) };
    });
}
