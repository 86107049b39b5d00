import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { layoutOf, log10Norm, operationsOf, progressOf, widthOf } from '../src/draw/cellDiagram.js';

const { lanes } = JSON.parse(readFileSync(new URL('../public/opening.json', import.meta.url), 'utf8'));
/** @type {Record<string, import('../src/draw/terms.js').Diagram>} */
const diagrams = Object.fromEntries(lanes.map((/** @type {any} */ { info }) => [info.experiment.cell, info.diagram]));
/** A cell nobody has: its state runs along the top and goes into two matrices below. */
const other = /** @type {import('../src/draw/terms.js').Diagram} */ (/** @type {unknown} */ ({
  nodes: [
    { name: 'x', symbol: 'x', operation: 'input', inputs: [], block: null, carries: null, at: [0, 3] },
    { name: 'previousHidden', symbol: 'h', operation: 'previousHidden', inputs: [], block: null, carries: 6, at: [0, 0] },
    { name: 'uSum', symbol: 'u', operation: 'linear', inputs: [0, 1], block: 0, carries: null, at: [1, 2] },
    { name: 'u', symbol: 'u', operation: 'sigmoid', inputs: [2], block: 0, carries: null, at: [1, 1] },
    { name: 'mSum', symbol: 'm', operation: 'linear', inputs: [0, 1], block: 1, carries: null, at: [2, 2] },
    { name: 'm', symbol: 'm', operation: 'tanh', inputs: [4], block: 1, carries: null, at: [2, 1] },
    { name: 'hidden', symbol: 'h', operation: 'multiply', inputs: [3, 5], block: null, carries: null, at: [3, 0] },
  ],
}));

for (const [name, diagram] of Object.entries({ ...diagrams, other })) {
  test(`in the diagram of ${name} every wire joins its two nodes at right angles and passes through no third`, () => {
    const { nodes, wires, exits, columns, rows } = layoutOf(diagram);
    const at = new Map(nodes.map((one) => [one.node, one.at]));
    assert.equal(new Set(nodes.map((one) => one.at.join())).size, nodes.length);
    assert.ok(nodes.every(({ at: [x, y] }) => x < columns && y < rows));
    const expected = nodes.flatMap(({ node }) => diagram.nodes[node].inputs.map((source) => `${source}-${node}`));
    assert.deepEqual(wires.map(({ source, node }) => `${source}-${node}`).sort(), expected.sort());
    for (const { points, source, node } of [...wires, ...exits.map((exit) => ({ ...exit, source: exit.node, node: -1 }))]) {
      assert.deepEqual(points[0], at.get(source));
      const end = at.get(node);
      if (end) assert.ok(Math.abs(points[points.length - 1][0] - end[0]) < 0.5 && points[points.length - 1][1] === end[1]);
      for (let k = 1; k < points.length; k++) {
        const [[x0, y0], [x1, y1]] = [points[k - 1], points[k]];
        assert.ok(x0 === x1 || y0 === y1, `${source}-${node}`);
        for (const [third, [x, y]] of at) {
          if (third === source || third === node) continue;
          const over = x >= Math.min(x0, x1) && x <= Math.max(x0, x1) && y >= Math.min(y0, y1) && y <= Math.max(y0, y1);
          assert.ok(!over, `${name}: ${diagram.nodes[source].name} to ${diagram.nodes[node]?.name} passes over ${diagram.nodes[third].name}`);
        }
      }
    }
    assert.equal(exits.length, diagram.nodes.filter(({ carries }) => carries !== null).length);
  });
}

test('operations are done one by one forward, then the same ones backward; a shorter cell waits', () => {
  const [short, long] = [diagrams.rnn, diagrams.lstm];
  const longest = operationsOf(long).length;
  assert.deepEqual([operationsOf(short).length, longest], [2, 13]);
  assert.deepEqual(progressOf(long, 0, longest), { way: 'forward', done: new Set(), now: null, count: 0 });
  for (let k = 1; k <= longest; k++) {
    const one = progressOf(long, k, longest);
    assert.equal(one.way, 'forward');
    for (const source of diagrams.lstm.nodes[/** @type {number} */ (one.now)].inputs) assert.ok(one.done.has(source) || diagrams.lstm.nodes[source].inputs.length === 0);
    const back = progressOf(long, longest + k, longest);
    assert.equal(back.way, 'backward');
    assert.equal(back.now, operationsOf(long)[longest - k]);
  }
  assert.equal(progressOf(short, longest, longest).count, 2);
  assert.equal(progressOf(short, longest + 1, longest).now, 3);
});

test('norms and widths hold where floats end', () => {
  assert.ok(Math.abs(log10Norm([3, 4]) - Math.log10(5)) < 1e-15);
  assert.ok(Math.abs(log10Norm([3, 4], -4000) - (Math.log10(5) - 4000 * Math.log10(2))) < 1e-9);
  assert.equal(log10Norm([0, 0]), -Infinity);
  assert.ok(Number.isNaN(log10Norm([Number.NaN, 1])));
  assert.equal(widthOf.forward([1, 1, 1]), 1);
  assert.ok(Math.abs(widthOf.forward([0.5, -0.5]) - 0.5) < 1e-12);
  assert.equal(widthOf.backward([0], 0), 0);
  assert.ok(Math.abs(widthOf.backward([1], 0) - 10 / 11) < 1e-12);
});
