import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeChain } from '../src/draw/chain.js';
import { statesOf, waysOf } from '../src/draw/jacobian.js';
import { evaluate } from '../src/draw/terms.js';
import { decodeWeights } from '../src/draw/weightsIn.js';

/** @typedef {import('../src/draw/terms.js').Diagram} Diagram */

const { lanes } = JSON.parse(readFileSync(new URL('../public/opening.json', import.meta.url), 'utf8'));
const node = (/** @type {string} */ name, /** @type {string} */ operation, /** @type {number[]} */ inputs = [], /** @type {number | null} */ carries = null) => ({ name, symbol: name[0], operation, inputs, block: null, carries, at: null });
/** A GRU's candidate inside a cell with a second state: a minus sign, a sum inside a product, and a state that reads another. */
const other = {
  nodes: [
    node('x', 'input'),
    node('previousHidden', 'previousHidden', [], 12),
    node('previousCell', 'previousCell', [], 11),
    node('zSum', 'linear', [0, 1]),
    node('z', 'sigmoid', [3]),
    node('recurrent', 'linear', [1]),
    node('gated', 'multiply', [4, 5]),
    node('n', 'tanh', [6]),
    node('rest', 'complement', [4]),
    node('kept', 'multiply', [8, 2]),
    node('fresh', 'multiply', [4, 7]),
    node('cellState', 'add', [9, 10]),
    node('hidden', 'tanh', [11]),
  ],
};
/** @type {Record<string, Diagram>} */
const diagrams = { ...Object.fromEntries(lanes.map((/** @type {any} */ { info }) => [info.experiment.cell, info.diagram])), other };

/** A cell of one unit, done forward. @param {Diagram} diagram @param {Map<number, number>} given inputs and states before @param {(node: number, source: number) => number} weight */
function values({ nodes }, given, weight) {
  /** @type {number[]} */
  const all = [];
  nodes.forEach(({ operation, inputs }, k) => {
    const [a, b] = inputs.map((source) => all[source]);
    const made = /** @type {Record<string, () => number>} */ ({
      linear: () => inputs.reduce((sum, source) => sum + weight(k, source) * all[source], 0),
      sigmoid: () => 1 / (1 + Math.exp(-a)),
      tanh: () => Math.tanh(a),
      relu: () => Math.max(0, a),
      multiply: () => a * b,
      add: () => a + b,
      complement: () => 1 - a,
      slope: () => 1 - a * a,
    })[operation];
    all.push(given.get(k) ?? made());
  });
  return all;
}

for (const [name, diagram] of Object.entries(diagrams)) {
  test(`the ways through the diagram of ${name} add up to the derivative by central differences`, () => {
    const states = statesOf(diagram);
    assert.deepEqual(states.map(({ hidden }) => hidden), [true, false].slice(0, states.length));
    const weight = (/** @type {number} */ k, /** @type {number} */ source) => Math.sin(3 * k + 5 * source + 1);
    const given = (/** @type {number} */ moved, /** @type {number} */ by) => new Map(diagram.nodes.flatMap(({ operation }, k) => (operation === 'input' || operation.startsWith('previous') ? [[k, Math.cos(k + 0.4) + (k === moved ? by : 0)]] : [])));
    const all = values(diagram, given(-1, 0), weight);
    /** @param {number} result @param {number} source @returns {number} */
    const derivative = (result, source) =>
      waysOf(diagram, result, source).reduce((sum, { factors, negative, weights, through }) => {
        const own = factors.reduce((product, factor) => product * evaluate(factor, (leaf) => all[leaf.node]), negative ? -1 : 1);
        return sum + own * (weights === null ? 1 : weight(weights, source)) * (through === null ? 1 : derivative(through, source));
      }, 0);
    for (const { after } of states) {
      for (const { before } of states) {
        const [more, less] = [1e-5, -1e-5].map((by) => values(diagram, given(before, by), weight)[after]);
        const wanted = (more - less) / 2e-5;
        const got = derivative(after, before);
        assert.ok(Math.abs(got - wanted) < 1e-8, `${diagram.nodes[after].name} by ${diagram.nodes[before].name}: ${got} is not ${wanted}`);
      }
    }
  });
}

test('chains and bars are read in the order in which the core writes them', () => {
  assert.equal(decodeChain(new Float64Array()), null);
  const chain = decodeChain(Float64Array.of(7, 2, 3, -1, 0.5, -4, 0.9, 0.8, -0.5, -1, 1, 2, 3));
  assert.deepEqual({ ...chain, factors: [...chain?.factors ?? []], leftLog10: [...chain?.leftLog10 ?? []], columns: [...chain?.columns ?? []] }, { step: 7, log10: -1, boundLog10: 0.5, exponent: -4, factors: [0.9, 0.8], leftLog10: [-0.5, -1], columns: [1, 2, 3] });
  assert.equal(decodeWeights(null), null);
  assert.deepEqual(decodeWeights(Float64Array.of(7, 40, -0.5, -0.25, 0, 4, -0.3, 1, 2, -0.5)), {
    step: 7, all: 40, from: -0.5, to: -0.25, count: 2, listed: [{ index: 0, row: 1, column: 2, value: -0.5 }, { index: 1, row: 0, column: 4, value: -0.3 }],
  });
});
