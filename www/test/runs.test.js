import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultExperiment } from '../src/state/experiment.js';
import { readLink, writeLink } from '../src/state/link.js';
import { initialState, reduce } from '../src/state/reducer.js';
import { BRANCHING, MOST_RUNS, phasesOf, presentRun } from '../src/state/runs.js';
import { moment, runList } from '../src/state/selectors.js';

/** @typedef {import('../src/state/reducer.js').State} State */

const info = { layout: { steps: 50, hiddenSize: 32, channels: [], scalars: [], floats: 0 }, experiment: {}, notices: [], tokens: [], classes: [], parameters: 0 };
/** All lanes at a step, of a run that goes on to `reach`. @param {State} state @param {number} step @param {number} [reach] */
const at = (state, step, reach = step) =>
  reduce(state.order.reduce((s, lane) => {
    const ready = reduce(s, { type: 'ready', lane, info, status: { step: 0, diverged: null }, reach });
    return reduce(ready, { type: 'status', lane, status: { step, diverged: null }, training: false });
  }, state), { type: 'arrived' });
/** @param {State} state @param {string} name @param {unknown} value */
const field = (state, name, value) => reduce(state, { type: 'field', name, value });

test('the handle stands where it was put until that step is shown, and never beyond what there is', () => {
  let state = at(initialState(), 300);
  assert.deepEqual(moment(state), { step: 300, reach: 300, rewound: false });
  state = reduce(state, { type: 'moment', step: 120.4 });
  assert.deepEqual(moment(state), { step: 120, reach: 300, rewound: true });
  state = reduce(state, { type: 'moment', step: 9999 });
  assert.equal(moment(state).step, 300);
  state = reduce(state, { type: 'moment', step: -3 });
  assert.equal(moment(state).step, 0);
  assert.equal(reduce(state, { type: 'arrived' }).seek, null);
});

test('at the last step every changed setting begins anew, as it always did', () => {
  for (const name of [...BRANCHING, 'hidden']) {
    const state = field(at(initialState(), 300), name, name === 'optimizer' ? 'sgd' : name === 'clip' ? 0.5 : 16);
    assert.equal(state.runs.length, 1, name);
    assert.deepEqual([moment(state).reach, presentRun(state).past], [0, []]);
  }
});

test('at an earlier step a changed setting of training makes a branch that remembers what was before', () => {
  const before = at(initialState(), 120, 300);
  const state = field(before, 'learningRate', 0.02);
  assert.equal(state.runs.length, 2);
  assert.equal(state.ghost, before.run);
  assert.deepEqual(moment(state), { step: 120, reach: 120, rewound: false });
  const { past, at: where, parent } = presentRun(state);
  assert.deepEqual([where, parent], [120, before.run]);
  assert.deepEqual(past, [{ until: 120, experiment: before.experiment }]);
  const phases = phasesOf(presentRun(state), 'lstm');
  assert.deepEqual(phases.map(({ from, experiment }) => [from, experiment.learningRate]), [[0, 0.002], [120, 0.02]]);
  assert.deepEqual(runList(state).map(({ changed }) => changed), [[], [{ name: 'learningRate', value: 0.02, lane: null, lanes: ['rnn', 'lstm'] }]]);
});

test('a control that is dragged makes one branch, and what shapes the network begins anew even at an earlier step', () => {
  let state = field(at(initialState(), 120, 300), 'learningRate', 0.02);
  for (const value of [0.03, 0.04, 0.05]) state = field(state, 'learningRate', value);
  state = field(state, 'clip', null);
  assert.equal(state.runs.length, 2);
  assert.deepEqual([presentRun(state).experiment.learningRate, presentRun(state).experiment.clip], [0.05, null]);
  assert.equal(field(at(initialState(), 120, 300), 'hidden', 16).runs.length, 1);
});

test('a branch within a branch keeps the phases before it', () => {
  let state = field(at(initialState(), 100, 300), 'learningRate', 0.02);
  state = field(at(state, 200, 400), 'clip', 0.1);
  assert.deepEqual(phasesOf(presentRun(state), 'rnn').map(({ from, experiment }) => [from, experiment.learningRate, experiment.clip]), [[0, 0.002, 1], [100, 0.02, 1], [200, 0.02, 0.1]]);
  // Before the first parting there is only the first phase.
  state = field(at(state, 50, 400), 'learningRate', 0.5);
  assert.deepEqual(phasesOf(presentRun(state), 'rnn').map(({ from, experiment }) => [from, experiment.learningRate, experiment.clip]), [[0, 0.002, 1], [50, 0.5, 0.1]]);
});

test('a run that was left is returned to at its last step, and the other one becomes the ghost', () => {
  const before = at(initialState(), 120, 300);
  const branch = at(field(before, 'learningRate', 0.02), 180);
  const state = reduce(branch, { type: 'return', run: before.run });
  assert.equal(state.experiment.learningRate, 0.002);
  assert.deepEqual(moment(state), { step: 300, reach: 300, rewound: false });
  assert.equal(state.ghost, branch.run);
  const again = reduce(at(state, 300), { type: 'return', run: branch.run });
  assert.deepEqual([again.experiment.learningRate, moment(again).reach], [0.02, 180]);
  assert.equal(reduce(state, { type: 'return', run: 77 }).run, state.run, 'a run that is not there changes nothing');
});

test('only so many runs are kept, and the one that was left last is among them', () => {
  let state = at(initialState(), 10, 300);
  for (let k = 1; k < 12; k++) {
    const left = state.run;
    state = at(field(state, 'learningRate', k / 100), 10, 300);
    assert.ok(state.runs.length <= MOST_RUNS);
    assert.ok(state.runs.some(({ id }) => id === left) && state.runs.some(({ id }) => id === state.run));
  }
});

const pasts = fc
  .array(fc.record({ until: fc.integer({ min: 1, max: 20_000 }), learningRate: fc.constantFrom(0.001, 0.02, 1e-5), clip: fc.constantFrom(null, 0.5, 1), optimizer: fc.constantFrom('sgd', 'adam'), batch: fc.constantFrom(1, 16, 32) }), { maxLength: 5 })
  .map((list) => {
    const sorted = [...new Map(list.map((one) => [one.until, one])).values()].sort((a, b) => a.until - b.until);
    return sorted.map(({ until, ...change }) => ({ until, experiment: /** @type {import('../src/state/experiment.js').Experiment} */ ({ ...defaultExperiment(), ...change }) }));
  });

test('the settings before a branch survive being written as a link and read again', () => {
  fc.assert(
    fc.property(pasts, (past) => {
      const { problems, ...read } = readLink(writeLink({ experiment: defaultExperiment(), past, step: 5, t: 1, unit: null }));
      assert.deepEqual(problems, []);
      assert.deepEqual(read.past, past);
    }),
  );
});

test('a past that cannot be read is named and left out, whatever it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 3000 }), fc.stringMatching(/^[0-9,=/a-z.]{1,40}$/)), (text) => {
      const { past, experiment, problems } = readLink(`T=30&past=${encodeURIComponent(text)}`);
      assert.equal(experiment.length, 30);
      for (const { until } of past) assert.ok(until > 0);
      if (text !== '' && past.length === 0) assert.deepEqual(problems.map(({ key }) => key), ['past']);
    }),
  );
});
