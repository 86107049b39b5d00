import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalog, defaultExperiment, fieldOf, hasPlace, laneExperiment, laneOrder, lanesOf, withLanes } from '../src/state/experiment.js';
import { MOST_LANES, OWN, cellOf, idsOf } from '../src/state/lanes.js';
import { readLink, writeLink } from '../src/state/link.js';
import { initialState, reduce as reduceAny } from '../src/state/reducer.js';
import { phasesOf, presentRun } from '../src/state/runs.js';
import { isComparing, lanesIn, runList } from '../src/state/selectors.js';
import { whole } from '../src/state/whole.js';
import { createTranslator } from '../src/i18n/index.js';

/** @typedef {import('../src/state/reducer.js').State} State */

const reduce = whole.reducer({ reduce: reduceAny, defaultExperiment, fieldOf, lanesOf, MOST_LANES });
const lane = (/** @type {string} */ cell, own = {}) => ({ cell, own });
/** @param {State} state @param {...object} actions */
const after = (state, ...actions) => actions.reduce((/** @type {State} */ now, action) => reduce(now, /** @type {any} */ (action)), state);
const add = (/** @type {string} */ of) => ({ type: 'lane', how: 'add', lane: of });
const own = (/** @type {string} */ of, /** @type {string} */ name, /** @type {unknown} */ value) => ({ type: 'field', lane: of, name, value });

test('a lane is called as its cell, and numbered from the top where several have that cell', () => {
  assert.deepEqual(idsOf(['rnn', 'lstm']), ['rnn', 'lstm']);
  assert.deepEqual(idsOf(['lstm', 'rnn', 'lstm']), ['lstm1', 'rnn', 'lstm2']);
  assert.deepEqual(idsOf(['gru', 'gru', 'gru']).map(cellOf), ['gru', 'gru', 'gru']);
  const t = createTranslator();
  assert.deepEqual(['rnn', 'lstm2'].map(t.lane.bind(t)), ['RNN', 'LSTM\u00a02']);
});

test('a lane is given its own settings, all others and the data are those of all', () => {
  const experiment = withLanes({ ...defaultExperiment(), forgetBias: 'chrono', learningRate: 0.01 }, [lane('lstm', { forgetBias: 1 }), lane('lstm', { forgetBias: null, clip: null, init: 'orthogonal' })]);
  const [one, two] = laneOrder(experiment).map((id) => laneExperiment(experiment, id));
  assert.deepEqual([one.forgetBias, two.forgetBias], [1, null]);
  assert.deepEqual([one.clip, two.clip, one.init, two.init], [1, null, 'pytorch', 'orthogonal']);
  assert.deepEqual([one.learningRate, two.learningRate, one.seed, one.length], [0.01, 0.01, two.seed, two.length]);
  // What differs is all that differs.
  assert.deepEqual({ ...one, forgetBias: null, clip: null, init: 'orthogonal' }, two);
});

test('another lane is one like it, so that only what is changed then differs', () => {
  const state = after(initialState(), add('lstm'));
  assert.deepEqual(state.order, ['rnn', 'lstm1', 'lstm2']);
  assert.deepEqual(laneExperiment(state.experiment, 'lstm1'), laneExperiment(state.experiment, 'lstm2'));
  // The lane that was looked at is still that cell's.
  assert.equal(state.ui.lane, 'lstm1');
  assert.equal(after(state, add('rnn')), state, 'a fourth one has no room');
  const two = after(state, { type: 'lane', how: 'remove', lane: 'rnn' });
  assert.deepEqual([two.order, two.experiment.vs, two.experiment.cell], [['lstm1', 'lstm2'], 'lstm', 'lstm']);
  assert.equal(after(two, { type: 'lane', how: 'remove', lane: 'lstm1' }), two, 'one alone is no comparison');
});

test('a lane’s own settings go with it, and those that its new cell has no place for are let go', () => {
  let state = after(initialState(), own('lstm', 'forgetBias', 5), own('lstm', 'learningRate', 0.01), add('lstm'), own('lstm2', 'forgetBias', 1));
  assert.deepEqual(lanesOf(state.experiment), [lane('rnn'), lane('lstm', { forgetBias: 5, learningRate: 0.01 }), lane('lstm', { forgetBias: 1, learningRate: 0.01 })]);
  state = after(state, { type: 'lane', how: 'remove', lane: 'rnn' });
  assert.deepEqual(Object.keys(state.experiment).filter((key) => key.includes('.')).sort(), ['a.forgetBias', 'a.learningRate', 'b.forgetBias', 'b.learningRate']);
  state = after(state, { type: 'lane', how: 'cell', lane: 'lstm1', cell: 'rnn' });
  assert.deepEqual(lanesOf(state.experiment), [lane('rnn', { learningRate: 0.01 }), lane('lstm', { forgetBias: 1, learningRate: 0.01 })]);
  state = after(state, own('rnn', 'learningRate', undefined));
  assert.deepEqual(lanesOf(state.experiment)[0], lane('rnn'));
  assert.equal(laneExperiment(state.experiment, 'rnn').learningRate, defaultExperiment().learningRate);
});

test('a lane’s own value out of range is clamped, and the page says in which lane', () => {
  const state = after(initialState(), own('rnn', 'learningRate', 1e9));
  assert.equal(laneExperiment(state.experiment, 'rnn').learningRate, 100);
  assert.equal(laneExperiment(state.experiment, 'lstm').learningRate, 0.002);
  assert.deepEqual(state.notices.map(({ field, reason, lane: of }) => [field, reason, of]), [['learningRate', 'aboveMaximum', 'rnn']]);
});

test('choosing cells keeps the lanes whose cell stays, and makes room for one that comes in', () => {
  const twins = after(initialState(), { type: 'experiment', experiment: withLanes(defaultExperiment(), [lane('lstm', { forgetBias: 1 }), lane('lstm', { forgetBias: 5 })]) });
  const three = after(twins, { type: 'cells', cells: ['lstm', 'rnn'] });
  assert.deepEqual(lanesOf(three.experiment), [lane('rnn'), lane('lstm', { forgetBias: 1 }), lane('lstm', { forgetBias: 5 })]);
  assert.deepEqual(lanesOf(after(three, { type: 'cells', cells: ['lstm', 'rnn', 'gru'] }).experiment), [lane('rnn'), lane('lstm', { forgetBias: 1 }), lane('gru')]);
  assert.equal(after(three, { type: 'cells', cells: ['rnn'] }), three);
});

test('no preset has settings of single lanes, and who has some is no preset', () => {
  assert.equal(whole.presetOf(defaultExperiment(), defaultExperiment()), 'remembers');
  assert.equal(whole.presetOf(after(initialState(), own('lstm', 'clip', null)).experiment, defaultExperiment()), null);
  assert.deepEqual(lanesOf(after(initialState(), own('lstm', 'clip', null), { type: 'preset', id: 'remembers' }).experiment), [lane('rnn'), lane('lstm')]);
});

test('a lane that changes its learning rate on the way branches, and the others go on as they were', () => {
  let state = after(initialState(), add('lstm'), own('lstm2', 'learningRate', 0.01));
  for (const id of state.order) state = after(state, { type: 'ready', lane: id, info: { layout: { steps: 5, hiddenSize: 2, quantities: [], channels: [] } }, status: { step: 90, diverged: null }, reach: 120 });
  state = after(state, own('lstm2', 'learningRate', undefined));
  assert.equal(state.runs.length, 2);
  const run = presentRun(state);
  const rates = (/** @type {import('../src/state/runs.js').Run} */ of, /** @type {string} */ id) => phasesOf(of, id).map(({ from, experiment }) => [from, experiment.learningRate]);
  assert.deepEqual(rates(run, 'lstm1'), [[0, 0.002], [90, 0.002]]);
  assert.deepEqual(rates(run, 'lstm2'), [[0, 0.01], [90, 0.002]]);
  assert.deepEqual(runList(state)[1].changed, [{ name: 'learningRate', value: 0.002, lane: 'lstm2', lanes: ['lstm2'] }]);
  const link = writeLink({ experiment: state.experiment, past: run.past, step: 90, t: 1, unit: null });
  assert.match(link, /&past=90,c\.lr=0\.01&/);
  const read = readLink(link);
  assert.deepEqual(read.problems, []);
  assert.deepEqual(rates({ ...run, past: read.past, experiment: read.experiment }, 'lstm2'), [[0, 0.01], [90, 0.002]]);
});

test('a past tells of a lane that had the setting of all, and of a setting of all beside a lane’s own', () => {
  const shared = { ...defaultExperiment(), learningRate: 0.002 };
  const cases = [
    [shared, withLanes(shared, [lane('rnn'), lane('lstm', { learningRate: 0.1 })])],
    [withLanes(shared, [lane('rnn'), lane('lstm', { learningRate: 0.1 })]), { ...shared, learningRate: 0.1 }],
    [withLanes(shared, [lane('rnn', { clip: null }), lane('lstm')]), withLanes({ ...shared, clip: 7 }, [lane('rnn', { clip: 3 }), lane('lstm')])],
  ];
  for (const [before, now] of cases) {
    const { past, experiment, problems } = readLink(writeLink({ experiment: now, past: [{ until: 30, experiment: before }], step: 40, t: 1, unit: null }));
    assert.deepEqual(problems, []);
    for (const id of ['rnn', 'lstm']) {
      assert.deepEqual(laneExperiment(past[0].experiment, id), laneExperiment(before, id));
      assert.deepEqual(laneExperiment(experiment, id), laneExperiment(now, id));
    }
  }
});

test('what differs is told by setting, and a cell without it differs from one that makes use of it', () => {
  const told = (/** @type {State} */ state) => whole.comparisonOf(lanesIn(state), catalog.fields.filter(({ name }) => name === 'cell' || OWN.includes(name)), hasPlace);
  assert.deepEqual(told(initialState()).differing, ['cell', 'forgetBias']);
  let state = after(initialState(), add('lstm'), { type: 'lane', how: 'remove', lane: 'rnn' });
  assert.deepEqual(told(state).differing, []);
  state = after(state, own('lstm2', 'forgetBias', 5), own('lstm1', 'clip', null));
  const { differing, settings, lanes } = told(state);
  assert.deepEqual(differing, ['forgetBias', 'clip']);
  assert.deepEqual(settings.forgetBias, { lstm1: { value: 'chrono', has: true }, lstm2: { value: 5, has: true } });
  assert.deepEqual(lanes.map(({ own: alone }) => alone), [['clip'], ['forgetBias']]);
});

test('lanes’ own settings are shown by themselves when lanes could not be told apart otherwise', () => {
  assert.equal(isComparing(initialState()), false);
  const twins = after(initialState(), add('lstm'));
  assert.equal(isComparing(twins), true);
  assert.equal(isComparing(after(initialState(), own('rnn', 'clip', 3))), true);
  assert.equal(isComparing(after(twins, { type: 'ui', change: { compareOpen: false } })), false);
});
