import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dotOf, evaluate, exact, expressionOf, leafValue, leavesOf, nodeOf, pathsOf, signOf, summed, throughSums } from '../src/draw/terms.js';

/** @typedef {import('../src/draw/terms.js').Node} Node */
/** @param {string} name @param {string} symbol @param {string} operation @param {number[]} [inputs] @param {Partial<Node>} [more] @returns {Node} */
const node = (name, symbol, operation, inputs = [], more = {}) => ({ name, symbol, operation, inputs, block: null, carries: null, at: null, ...more });

/** A cell nobody has: h = u ⊙ h' + (1 − u) ⊙ tanh(W x + b), u = σ(W x + b + W h' + b). */
const diagram = {
  nodes: [
    node('x', 'x', 'input'),
    node('previousHidden', 'h', 'previousHidden', [], { carries: 9 }),
    node('uSum', 'u', 'linear', [0, 1], { block: 0 }),
    node('u', 'u', 'sigmoid', [2], { block: 0 }),
    node('mSum', 'm', 'linear', [0], { block: 1 }),
    node('m', 'm', 'tanh', [4], { block: 1 }),
    node('rest', '', 'complement', [3]),
    node('kept', '', 'multiply', [3, 1]),
    node('fresh', '', 'multiply', [6, 5]),
    node('hidden', 'h', 'add', [7, 8]),
  ],
};
const names = (/** @type {import('../src/draw/terms.js').Leaf[]} */ leaves) => leaves.map((leaf) => `${leaf.kind} ${diagram.nodes[leaf.node].name}`);

test('an equation goes down to quantities with a letter, weights and inputs', () => {
  assert.deepEqual(names(leavesOf(expressionOf(diagram, 9))), ['node u', 'node previousHidden', 'node m']);
  assert.deepEqual(names(leavesOf(expressionOf(diagram, 3))), ['product uSum', 'bias uSum', 'product uSum', 'bias uSum']);
  assert.deepEqual(names(leavesOf(expressionOf(diagram, 3, true))), ['node uSum']);
  assert.equal(nodeOf(diagram, 'hidden'), 9);
});

test('an equation with its values put in comes to what the operations come to', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), (u, h, m) => {
      /** @type {Record<string, number>} */
      const values = { u, previousHidden: h, m };
      const got = evaluate(expressionOf(diagram, 9), (leaf) => values[diagram.nodes[leaf.node].name]);
      assert.ok(Math.abs(got - (u * h + (1 - u) * m)) < 1e-15);
    }),
  );
  assert.equal(evaluate({ kind: 'slope', of: { kind: 'node', node: 0 }, relu: true }, () => -2), 0);
  assert.equal(evaluate({ kind: 'call', name: 'max0', of: { kind: 'node', node: 0 } }, () => -2), 0);
});

const width = (/** @type {number} */ k) => (k === 0 ? 3 : 2);
/** @param {number} seed */
function explanation(seed) {
  const number = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 1073741824 - 1;
  };
  const row = (/** @type {number} */ n) => Float64Array.from({ length: n }, number);
  const moment = () => ({
    values: diagram.nodes.map((_, k) => row(width(k))),
    gradients: diagram.nodes.map((_, k) => row(width(k))),
    edges: diagram.nodes.flatMap(({ inputs }, k) => inputs.map((source, input) => ({ node: k, input, source, values: row(width(source)) }))),
  });
  return {
    t: 3, unit: 1, exponent: 0, now: moment(), next: moment(),
    direct: { hidden: row(2), cell: row(0) }, readout: { weights: row(4), errors: row(4) },
    weights: { rowIh: row(6), rowHh: row(4), biasIh: row(2), biasHh: row(2), columnIh: row(4), columnHh: row(4) },
  };
}

test('a product of weights is a dot product, largest terms first', () => {
  const one = explanation(4);
  const { terms, sum } = dotOf(diagram, one, 4, 0);
  assert.equal(terms.length, 3);
  assert.ok(terms.every(({ value }, k) => k === 0 || Math.abs(value) <= Math.abs(terms[k - 1].value)));
  // The block's own part of the row: m is the second block.
  const wanted = [0, 1, 2].map((k) => one.weights.rowIh[3 + k] * one.now.values[0][k]);
  assert.ok(Math.abs(sum - wanted[0] - wanted[1] - wanted[2]) < 1e-15);
  assert.equal(leafValue(diagram, one, { kind: 'product', node: 4, source: 0 }), sum);
  assert.equal(leafValue(diagram, one, { kind: 'bias', node: 2, source: 1 }), one.weights.biasHh[0]);
});

test('the gradient of a state comes from the loss and from every reader one timestep later', () => {
  const one = explanation(9);
  const paths = pathsOf(diagram, one, 9);
  assert.deepEqual(paths.map((path) => (path.kind === 'loss' ? 'loss' : `${diagram.nodes[path.node].name} ${path.later}`)), ['loss', 'uSum true', 'kept true']);
  const [loss, sum, kept] = paths;
  assert.equal(loss.value, one.direct.hidden[1]);
  assert.equal(loss.dot?.terms.length, 4);
  // Through the weights: the unit's column times the deltas of the later timestep.
  assert.ok(sum.kind === 'edge' && sum.dot && Math.abs(sum.dot.sum - one.weights.columnHh[0] * one.next.gradients[2][0] - one.weights.columnHh[1] * one.next.gradients[2][1]) < 1e-15);
  // Kept straight: what it is only added to has its gradient's name.
  assert.ok(kept.kind === 'edge' && diagram.nodes[kept.result].name === 'hidden' && kept.factor?.kind === 'node' && kept.factor.node === 3);
  assert.equal(throughSums(diagram, 6), 6);
  assert.equal(signOf(diagram, 6), -1);
  assert.equal(pathsOf(diagram, { ...one, next: null }, 9).length, 1);
});

test('the largest terms are listed and the others summed; one alone is listed too', () => {
  const terms = [5, 4, 3, 2, 1].map((value) => ({ value }));
  assert.deepEqual(summed(terms, 3), { shown: terms.slice(0, 3), count: 2, rest: 3 });
  assert.deepEqual(summed(terms, 4), { shown: terms, count: 0, rest: 0 });
});

test('an exact number has 17 digits and is the same number again, also below the floats', () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => assert.equal(Number(exact(value)) + 0, value + 0)));
  assert.equal(exact(0.1), '0.10000000000000001');
  assert.match(exact(-0.75, -3000), /^-\d\.\d{16}e-904$/);
  assert.equal(exact(3, 4), '48.000000000000000');
  assert.equal(exact(Number.NaN), 'NaN');
});
