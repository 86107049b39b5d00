import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostFrom } from '../src/draw/memoryMap.js';
import { dominant, stepBack } from '../src/draw/stepBack.js';

/** @param {string} name @param {string} symbol @param {string} operation @param {number[]} [inputs] @param {number | null} [carries] */
const node = (name, symbol, operation, inputs = [], carries = null) => ({ name, symbol, operation, inputs, block: null, carries, at: null });

/** h = u ⊙ h' + W h', and a slope that only looks. */
const diagram = { nodes: [node('previousHidden', 'h', 'previousHidden', [], 4), node('sum', 'a', 'linear', [0]), node('u', 'u', 'sigmoid'), node('kept', '', 'multiply', [2, 0]), node('hidden', 'h', 'add', [3, 1]), node('slope', 'φ′', 'slope', [4])] };

const nothing = { values: [], gradients: diagram.nodes.map(() => []), edges: [] };
/** @type {any} */
const explanation = {
  now: { ...nothing, gradients: [[], [], [], [], [3, 4], []] },
  next: {
    values: [],
    gradients: [[], [6, 8], [], [0, 2], [0, 10], []],
    edges: [
      { node: 1, input: 0, source: 0, values: [3, 0] },
      { node: 3, input: 0, source: 2, values: [9, 9] },
      { node: 3, input: 1, source: 0, values: [0, 4] },
      { node: 5, input: 0, source: 4, values: [7, 7] },
    ],
  },
  direct: { hidden: [0, 0], cell: [] },
};

test('a step back has a way for each operation that read the state, the longest first, with what each received and lets arrive', () => {
  const back = stepBack(diagram, explanation, 4);
  assert.deepEqual([back?.before, back?.after, back?.direct], [5, 10, 0]);
  assert.deepEqual(back?.ways.map(({ node: of, linear, received, arrives, later }) => [diagram.nodes[of].name, linear, received, arrives, later]), [
    ['kept', false, 2, 4, true],
    ['sum', true, 10, 3, true],
  ]);
  assert.equal(stepBack(diagram, { ...explanation, next: null }, 4), null);
  assert.equal(stepBack(diagram, explanation, 2), null, 'a gate is no state');
});

test('the part that makes most of a sum has the sum’s own sign and at least half of what has it', () => {
  const terms = (/** @type {number[]} */ ...values) => values.map((value) => ({ value }));
  assert.deepEqual(dominant(terms(1, -5, 3)), { term: { value: -5 }, sum: -1 });
  assert.deepEqual(dominant(terms(4, -1, 3)), { term: { value: 4 }, sum: 6 });
  assert.equal(dominant(terms(1, 1, 1)), null);
  assert.equal(dominant(terms(1, -1)), null);
  assert.equal(dominant([]), null);
});

test('a state is lost from the timestep on after which it stays below', () => {
  const map = (/** @type {number[]} */ ...column) => column.flatMap((value) => [value, ...Array.from({ length: column.length - 1 }, () => Number.NaN)]);
  assert.equal(lostFrom(map(1, -1, -4, -1, -3.5, -4), 6, -3), 5);
  assert.equal(lostFrom(map(0, -1, -2), 3, -3), null);
  assert.equal(lostFrom(map(-4, -5, -6), 3, -3), 1);
  for (const bad of [Number.NaN, Infinity]) assert.equal(lostFrom(map(0, bad, -9), 3, -3), null);
  assert.equal(lostFrom(map(0, -Infinity, -Infinity), 3, -6), 2);
});
