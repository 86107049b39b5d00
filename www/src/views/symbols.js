// @ts-check
// Symbols and expressions as MathML, from a cell's diagram. Colours and letters are those of the strips.
import { mathml, nothing } from 'lit/html.js';
import { expressionOf, isNamed } from '../draw/terms.js';

/** @typedef {import('../draw/terms.js').Diagram} Diagram */
/** @typedef {import('../draw/terms.js').Expression} Expression */
/** @typedef {import('../draw/terms.js').Leaf} Leaf */
/** @typedef {import('lit/html.js').TemplateResult<3>} Math */

/** t, t−1 or t+1. @param {number} later */
const time = (later) => (later === 0 ? mathml`<mi>t</mi>` : mathml`<mrow><mi>t</mi><mo lspace="0" rspace="0">${later < 0 ? '−' : '+'}</mo><mn>1</mn></mrow>`);

/** The index of a weight, as PyTorch writes it: i or h, then the gate's letter. @param {Diagram} diagram @param {number} node @param {number} source */
function index(diagram, node, source) {
  const { symbol } = diagram.nodes[node];
  return mathml`<mrow><mi mathvariant="normal">${diagram.nodes[source].operation === 'input' ? 'i' : 'h'}</mi><mi mathvariant="normal">${symbol}</mi></mrow>`;
}

/** A quantity by its letter, or by how it is made. @param {Diagram} diagram @param {number} node @param {number} [later] @returns {Math} */
export function quantity(diagram, node, later = 0) {
  const { name, symbol, operation, inputs, carries } = diagram.nodes[node];
  if (operation === 'linear') {
    const only = inputs.length === 1 ? mathml`<mi mathvariant="normal">${diagram.nodes[inputs[0]].operation === 'input' ? 'i' : 'h'}</mi>` : nothing;
    return mathml`<msub><mi>a</mi><mrow>${only}<mi mathvariant="normal">${symbol}</mi><mo>,</mo>${time(later)}</mrow></msub>`;
  }
  if (!isNamed(diagram.nodes[node])) return mathml`<mrow>${written(expressionOf(diagram, node), (leaf) => letters(diagram, leaf, later), 2)}</mrow>`;
  const own = carries === null ? name : diagram.nodes[carries].name;
  // Of a derivative the letter has its dash already.
  return mathml`<msub><mi data-symbol=${own}>${symbol}</mi>${time(carries === null ? later : later - 1)}</msub>`;
}

/** A leaf with letters. @param {Diagram} diagram @param {Leaf} leaf @param {number} [later] @returns {Math} */
export function letters(diagram, leaf, later = 0) {
  if (leaf.kind === 'node') return quantity(diagram, leaf.node, later);
  if (leaf.kind === 'bias') return mathml`<msub><mi>b</mi>${index(diagram, leaf.node, leaf.source)}</msub>`;
  return mathml`<mrow><msub><mi>W</mi>${index(diagram, leaf.node, leaf.source)}</msub><mspace width="0.15em"></mspace>${quantity(diagram, leaf.source, later)}</mrow>`;
}

/** A leaf of a brief expression: weights and inputs as in the chapter, W_f[h_{t−1}, x_t] + b_f. @param {Diagram} diagram @param {Leaf} leaf @returns {Math} */
export function briefly(diagram, leaf) {
  if (leaf.kind !== 'node' || diagram.nodes[leaf.node].operation !== 'linear') return letters(diagram, leaf);
  const { inputs, symbol } = diagram.nodes[leaf.node];
  if (inputs.length === 1) return mathml`<mrow>${letters(diagram, { kind: 'product', node: leaf.node, source: inputs[0] })}<mo>+</mo>${letters(diagram, { kind: 'bias', node: leaf.node, source: inputs[0] })}</mrow>`;
  const of = inputs.toReversed().map((source, k) => mathml`${k ? mathml`<mo>,</mo>` : nothing}${quantity(diagram, source)}`);
  const wear = (/** @type {string} */ what) => mathml`<msub><mi>${what}</mi><mi mathvariant="normal">${symbol}</mi></msub>`;
  return mathml`<mrow>${wear('W')}<mo stretchy="false">[</mo>${of}<mo stretchy="false">]</mo><mo>+</mo>${wear('b')}</mrow>`;
}

/** ∂L/∂ of a quantity, on one line. @param {Math} of @returns {Math} */
export const gradientInline = (of) => mathml`<mrow><mo lspace="0" rspace="0">∂</mo><mi>L</mi><mo lspace="0" rspace="0" stretchy="false">/</mo><mo lspace="0" rspace="0">∂</mo>${of}</mrow>`;

/** ∂L/∂ of a quantity. @param {Math} of @returns {Math} */
export const gradientOf = (of) => mathml`<mfrac><mrow><mo lspace="0" rspace="0">∂</mo><mi>L</mi></mrow><mrow><mo lspace="0" rspace="0">∂</mo>${of}</mrow></mfrac>`;

/** A number; a negative one in brackets where a sign stands before it. @param {string} text @param {boolean} [bracket] @returns {Math} */
export const number = (text, bracket = false) => (bracket && text.startsWith('−') ? mathml`<mrow><mo>(</mo><mn>${text}</mn><mo>)</mo></mrow>` : mathml`<mn>${text}</mn>`);

/**
 * An expression with its leaves written by `leaf` (which is told whether a sign stands before it), in pieces that may go on in the
 * next line: a sum ends one at each of its signs. `level` 2: inside a product.
 * @param {Expression} expression @param {(leaf: Leaf, inside: boolean) => Math} leaf @param {number} [level] @param {boolean} [inside] @returns {Math[]}
 */
export function pieces(expression, leaf, level = 0, inside = false) {
  switch (expression.kind) {
    case 'call':
      return between(
        mathml`<mi mathvariant="normal">${expression.name === 'max0' ? 'max' : expression.name}</mi><mo stretchy="false">(</mo>${expression.name === 'max0' ? mathml`<mn>0</mn><mo>,</mo>` : nothing}`,
        pieces(expression.of, leaf),
        mathml`<mo stretchy="false">)</mo>`,
      );
    case 'multiply':
      return expression.parts.map((part, k) => pieces(part, leaf, 2, k > 0 || inside)).reduce((left, right) => [...left.slice(0, -1), mathml`${left[left.length - 1]}<mo>⊙</mo>${right[0]}`, ...right.slice(1)]);
    case 'add':
      return bracketed(level, expression.parts.flatMap((part, k) => (k ? between(mathml`<mo form="infix">+</mo>`, pieces(part, leaf, 1, true)) : pieces(part, leaf, 1))));
    case 'complement':
      return bracketed(level, between(mathml`<mn>1</mn><mo>−</mo>`, pieces(expression.of, leaf, 2, true)));
    case 'slope': {
      const of = written(expression.of, leaf, 2, !expression.relu);
      return expression.relu ? [mathml`<mrow><mo>[</mo>${of}<mo>></mo><mn>0</mn><mo>]</mo></mrow>`] : bracketed(level, [mathml`<mn>1</mn><mo>−</mo><msup>${of}<mn>2</mn></msup>`]);
    }
    default:
      return [leaf(expression, inside)];
  }
}

/** An expression on one line. @param {Parameters<typeof pieces>} expression @returns {Math} */
export const written = (...expression) => mathml`<mrow>${pieces(...expression)}</mrow>`;

/** What stands before the first piece, and after the last. @param {Math} before @param {Math[]} pieces @param {Math | typeof nothing} [after] @returns {Math[]} */
export function between(before, pieces, after = nothing) {
  const [first, ...rest] = pieces;
  if (!rest.length) return [mathml`${before}${first}${after}`];
  return [mathml`${before}${first}`, ...rest.slice(0, -1), mathml`${rest[rest.length - 1]}${after}`];
}

/** @param {number} level @param {Math[]} content @returns {Math[]} */
const bracketed = (level, content) => (level > 1 ? between(mathml`<mo stretchy="false">(</mo>`, content, mathml`<mo stretchy="false">)</mo>`) : content);
