// @ts-check
// Derivatives of states as MathML: the ways from a state before to a state after that they are the sum of.
import { mathml, nothing } from 'lit/html.js';
import { letters, quantity, written } from '../symbols.js';
import { over } from './notation.js';

/** @typedef {import('../symbols.js').Math} Math */

/** A component of a vector or an entry of a matrix; units count from 1. @param {Math} of @param {...(number | string)} units from 0, or a letter @returns {Math} */
export const at = (of, ...units) =>
  mathml`<mrow>${of}<mo stretchy="false">[</mo>${units.map((unit, k) => mathml`${k ? mathml`<mo>,</mo>` : nothing}${typeof unit === 'string' ? mathml`<mi>${unit}</mi>` : mathml`<mn>${unit + 1}</mn>`}`)}<mo stretchy="false">]</mo></mrow>`;

/** The recurrent weights of a sum. @param {import('../../draw/terms.js').Diagram} diagram @param {number} node */
const recurrent = ({ nodes }, node) => mathml`<msub><mi>W</mi><mrow><mi mathvariant="normal">h</mi><mi mathvariant="normal">${nodes[node].symbol}</mi></mrow></msub>`;

/** What a way ends with; nothing where it ends at the state before. @param {import('../../draw/terms.js').Diagram} diagram @param {import('../../draw/jacobian.js').Way} way @param {number} source a state before @param {[number, number] | null} units */
export function endMath(diagram, { weights, through }, source, units) {
  if (weights !== null) return units ? at(recurrent(diagram, weights), ...units) : recurrent(diagram, weights);
  if (through === null) return nothing;
  const [after, before] = [quantity(diagram, through), quantity(diagram, source)];
  return units ? over(at(after, units[0]), at(before, units[1])) : over(after, before);
}

/** What stands before a way. @param {boolean} negative @param {boolean} plus whether another way stands before it */
const signMath = (negative, plus) => (negative || plus ? mathml`<mo form=${plus ? 'infix' : 'prefix'}>${negative ? '−' : '+'}</mo>` : nothing);

/** A way of whole states. @param {import('../../draw/terms.js').Diagram} diagram @param {import('../../draw/jacobian.js').Way} way @param {number} source a state before @param {boolean} plus whether another way stands before it */
export function wayMath(diagram, way, source, plus) {
  const { factors, negative } = way;
  const diagonal = factors.length ? mathml`<mrow><mi mathvariant="normal">diag</mi><mo stretchy="false">(</mo>${factors.map((factor, k) => mathml`${k ? mathml`<mo>⊙</mo>` : nothing}${written(factor, (leaf) => letters(diagram, leaf), 2)}`)}<mo stretchy="false">)</mo></mrow>` : nothing;
  return mathml`${signMath(negative, plus)}${diagonal}<mspace width="0.15em"></mspace>${endMath(diagram, way, source, null)}`;
}

/**
 * A way from one unit to another, in pieces: between them a line may end.
 * @param {import('../../draw/terms.js').Diagram} diagram @param {import('../../draw/jacobian.js').Way} way @param {number} source a state before @param {boolean} plus whether another way stands before it @param {[number, number]} units after and before
 */
export function wayPieces(diagram, way, source, plus, units) {
  const factors = way.factors.flatMap((factor) => (factor.kind === 'multiply' ? factor.parts : [factor]));
  const pieces = factors.map((factor, k) => mathml`${k ? mathml`<mo form="infix">⊙</mo>` : signMath(way.negative, plus)}${written(factor, (leaf) => letters(diagram, leaf), 2)}`);
  return way.weights === null && way.through === null ? pieces : [...pieces, mathml`<mspace width="0.15em"></mspace>${endMath(diagram, way, source, units)}`];
}
