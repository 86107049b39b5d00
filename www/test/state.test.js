import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, defaultExperiment, fieldOf, laneExperiment, laneOrder, lanesOf, sameRun } from '../src/state/experiment.js';
import { advance, beat, firstBeat, playheadAt } from '../src/state/player.js';
import { comparisonsOf } from '../src/state/comparisons.js';
import { MOST_LANES } from '../src/state/lanes.js';
import { PRESETS, presetExperiment, presetOf } from '../src/state/presets.js';
import { initialState, reduce as reduceAny } from '../src/state/reducer.js';
import { historyColumns, normColumns } from '../src/draw/history.js';
import { firstReaching } from '../src/draw/solved.js';
import { allNotices, explainedIn, isTraining, reveal, wantedTerms, wantsMicroscope } from '../src/state/selectors.js';
import { createStore } from '../src/state/store.js';
import { UNTOUCHED, interventionOf, isActive, withGate } from '../src/state/surgery.js';
import { whole } from '../src/state/whole.js';

const reduce = whole.reducer({ reduce: reduceAny, defaultExperiment, fieldOf, lanesOf, MOST_LANES });

/** A lane's answer to a configuration, as far as the reducer looks at it. @param {string} cell @param {number} steps @param {number} hiddenSize */
const info = (cell, steps, hiddenSize, notices = /** @type {unknown[]} */ ([])) => ({ layout: { steps, hiddenSize, cell, channels: [], quantities: [{ name: 'gradient' }], parameters: [], scalars: [], floats: 0 }, experiment: {}, notices, tokens: [], classes: [], parameters: 0 });
const ready = (/** @type {import('../src/state/reducer.js').State} */ state, /** @type {number} */ steps, /** @type {number} */ hidden) =>
  state.order.reduce((s, lane) => reduce(s, { type: 'ready', lane, info: info(lane, steps, hidden), status: { step: 0, diverged: null } }), state);

test('the page starts with the RNN above the LSTM, its gates opened by chrono', () => {
  const state = initialState();
  assert.deepEqual(state.order, ['rnn', 'lstm']);
  assert.equal(state.experiment.forgetBias, 'chrono');
});

test('each lane gets the shared settings and only its own special ones', () => {
  const experiment = { ...defaultExperiment(), spectralRadius: 1.5, nonlinearity: /** @type {const} */ ('relu'), init: /** @type {const} */ ('identity'), forgetBias: 1, length: 33 };
  const rnn = laneExperiment(experiment, 'rnn');
  const lstm = laneExperiment(experiment, 'lstm');
  assert.deepEqual([rnn.length, lstm.length], [33, 33]);
  assert.deepEqual([rnn.spectralRadius, rnn.init, rnn.forgetBias], [1.5, 'identity', null]);
  assert.deepEqual([lstm.spectralRadius, lstm.init, lstm.forgetBias], [null, 'pytorch', 1]);
  assert.deepEqual([rnn.cell, lstm.cell], ['rnn', 'lstm']);
});

test('every preset lies within the catalog and is recognised', () => {
  for (const { id } of PRESETS) {
    const experiment = presetExperiment(id, defaultExperiment(), defaultExperiment());
    const state = reduce(initialState(), { type: 'preset', id });
    assert.deepEqual(state.experiment, experiment);
    assert.equal(presetOf(experiment, defaultExperiment()), id);
    for (const field of catalog.fields) {
      const value = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (experiment))[field.name];
      if (typeof value === 'number') assert.ok(value >= Number(field.min) && value <= Number(field.max), `${id} ${field.name}`);
      else assert.ok(value === null ? field.nullable : field.choices?.includes(String(value)), `${id} ${field.name}`);
    }
  }
});

test('one click shows that an LSTM with PyTorch’s own initialisation fails too', () => {
  const state = reduce(initialState(), { type: 'preset', id: 'fails' });
  assert.equal(laneExperiment(state.experiment, 'lstm').forgetBias, null);
});

test('two or three cells are compared, and one alone is refused', () => {
  let state = reduce(initialState(), { type: 'cells', cells: ['gru', 'rnn'] });
  assert.deepEqual([state.order, state.experiment.cell, state.experiment.vs], [['rnn', 'gru'], 'gru', 'rnn']);
  state = reduce(state, { type: 'cells', cells: ['gru', 'rnn', 'lstm'] });
  assert.deepEqual([state.order, state.experiment.vs], [['rnn', 'lstm', 'gru'], 'rnn,lstm']);
  assert.equal(reduce(state, { type: 'cells', cells: ['gru'] }), state);
  /** @type {Set<string>} */
  const seen = new Set();
  const { length } = comparisonsOf(fieldOf('cell').choices ?? []);
  for (let k = 0; k < length; k++) {
    state = reduce(state, { type: 'compare' });
    seen.add(laneOrder(state.experiment).join());
  }
  assert.equal(seen.size, length);
});

test('surgery names a layer from the top, is for gates that the lane has, and ends with a preset', () => {
  const gate = { name: 'forget', kind: 'gate', symbol: 'f', rows: 5, cols: 2, offset: 0, role: 'forward' };
  const lane = /** @type {any} */ ({ layout: { channels: [gate, { ...gate, name: 'activationDerivative' }] }, experiment: { layers: 2 } });
  assert.equal(interventionOf(UNTOUCHED, lane), null);
  let state = reduce(initialState(), { type: 'hold', gate: 'forget', held: { to: 'closed', unit: 1 } });
  state = reduce(reduce(state, { type: 'hold', gate: 'update', held: { to: 'open', unit: null } }), { type: 'surgery', change: { injection: { t: 5, unit: 1 } } });
  assert.deepEqual(interventionOf(state.surgery, lane, ['forget', 'update']), { spectralRadius: null, forgetBias: null, cutCellPath: false, clamps: [{ layer: 1, gate: 'forget', unit: 1, to: 'closed' }], injection: { layer: 1, t: 4, unit: 1, state: 'hidden' } });
  assert.ok(!isActive(withGate({ ...UNTOUCHED, gates: { forget: { to: 'open', unit: null } } }, 'forget', null)));
  assert.equal(reduce(state, { type: 'field', name: 'hidden', value: 4 }).surgery, state.surgery);
  assert.ok(!isActive(reduce(state, { type: 'preset', id: 'vanish' }).surgery));
});

test('what a smaller network or a shorter sequence has no unit or timestep for is let go, and said', () => {
  const held = { forget: { to: 'open', unit: 9 }, input: { to: 'recorded', unit: 2 }, output: { to: 'closed', unit: null } };
  let state = reduce(initialState(), { type: 'surgery', change: { gates: held, injection: { t: 20, unit: 3 } } });
  state = reduce(state, { type: 'field', name: 'hidden', value: 9 });
  assert.deepEqual(Object.keys(state.surgery.gates), ['input', 'output']);
  assert.deepEqual(state.notices.map(({ field, given, reason }) => [field, given, reason]), [['forget', '10', 'noUnit']]);
  state = reduce(state, { type: 'field', name: 'length', value: 19 });
  assert.equal(state.surgery.injection, null);
  assert.deepEqual(state.notices.map(({ field, given, reason }) => [field, given, reason]), [['injection', '20', 'noTimestep']]);
  state = reduce(state, { type: 'surgery', change: { length: 30 } });
  assert.equal(state.surgery.length, 30);
  assert.equal(reduce(state, { type: 'field', name: 'length', value: 30 }).surgery.length, null);
});

test('a part of the surgery that no lane has a place for is among the notices', () => {
  let state = ready(initialState(), 5, 2);
  const status = (/** @type {string} */ lane, /** @type {string[]} */ dropped) => (state = reduce(state, { type: 'status', lane, status: { step: 0, diverged: null }, training: false, dropped }));
  status('rnn', ['forgetBias']);
  assert.deepEqual(allNotices(state), []);
  status('lstm', ['forgetBias']);
  assert.deepEqual(allNotices(state).map(({ field, reason }) => [field, reason]), [['forgetBias', 'noPlace']]);
});

test('a run is the same whatever the settings say that play no part in it', () => {
  const a = laneExperiment(defaultExperiment(), 'lstm');
  assert.ok(sameRun(a, { ...a, language: 'zh' }));
  assert.ok(sameRun(a, { ...a, learningRate: Math.fround(a.learningRate) }));
  assert.ok(!sameRun(a, { ...a, seed: a.seed + 1 }));
});

test('a value out of range is clamped, and the page says so', () => {
  const state = reduce(initialState(), { type: 'field', name: 'length', value: 99999 });
  assert.equal(state.experiment.length, 512);
  assert.deepEqual(state.notices.map((n) => [n.field, n.reason]), [['length', 'aboveMaximum']]);
  assert.equal(reduce(state, { type: 'field', name: 'length', value: Number.NaN }).notices[0].reason, 'notFinite');
});

test('what the core clamped is said once for both lanes, and can be dismissed', () => {
  const notice = { field: 'length', given: '1', effective: '4', reason: 'belowMinimum' };
  let state = initialState();
  for (const lane of state.order) state = reduce(state, { type: 'ready', lane, info: info(lane, 4, 2, [notice]), status: { step: 0, diverged: null } });
  assert.deepEqual(allNotices(state), [notice]);
  assert.deepEqual(allNotices(reduce(state, { type: 'dismiss' })), []);
});

test('a shorter sequence takes playhead and pinned unit back inside', () => {
  let state = ready(initialState(), 50, 32);
  state = reduce(reduce(state, { type: 'seek', t: 40 }), { type: 'unit', unit: 30 });
  state = ready(state, 10, 8);
  assert.equal(state.player.t, 10);
  assert.equal(state.ui.unit, null);
});

test('a diverged lane does not count as training', () => {
  let state = reduce(ready(initialState(), 5, 2), { type: 'training', on: true });
  assert.ok(isTraining(state));
  for (const lane of state.order) state = reduce(state, { type: 'status', lane, status: { step: 9, diverged: { step: 10, quantity: 'loss' } }, training: true });
  assert.ok(!isTraining(state));
});

test('a worker that died leaves the experiment as it was', () => {
  const before = reduce(ready(initialState(), 50, 32), { type: 'field', name: 'seed', value: 11 });
  const after = reduce(before, { type: 'fault', lane: 'rnn', fault: { kind: 'stuck', detail: '' } });
  assert.deepEqual(after.experiment, before.experiment);
  assert.equal(after.lanes.rnn.fault?.kind, 'stuck');
});

test('the sweep goes to T, shows the loss, comes back to 1, rests and begins again', () => {
  let player = firstBeat();
  const seen = /** @type {string[]} */ ([]);
  for (let ms = 0; ms < 60000 && seen.length < 5; ms += 16) {
    if (seen[seen.length - 1] !== player.phase) seen.push(player.phase);
    player = advance(player, 16, 5, 1, false);
  }
  assert.deepEqual(seen, ['forward', 'loss', 'backward', 'rest', 'forward']);
});

test('the playhead stays within 1..T however time passes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 512 }), fc.array(fc.double({ min: 0, max: 5000, noNaN: true })), fc.boolean(), (T, times, reduced) => {
      let player = firstBeat();
      for (const ms of times) {
        player = advance(player, ms, T, 2, reduced);
        const at = playheadAt(player, T, 2, reduced);
        assert.ok(player.t >= 1 && player.t <= T && at >= 1 && at <= T);
      }
    }),
  );
});

test('a clicker walks forward through all beats and back again', () => {
  let player = { ...firstBeat(), playing: false };
  for (let k = 0; k < 5; k++) player = beat(player, 1, 3);
  assert.deepEqual([player.phase, player.t], ['backward', 1]);
  for (let k = 0; k < 5; k++) player = beat(player, -1, 3);
  assert.deepEqual([player.phase, player.t], ['forward', 1]);
});

test('gradients stay covered until the sweep comes back, and nothing is covered while training', () => {
  const state = ready(initialState(), 50, 32);
  assert.deepEqual(reveal({ ...state, player: { phase: 'forward', t: 7, elapsed: 0, playing: false } }), { forward: 7, backward: 51, answer: false });
  assert.deepEqual(reveal({ ...state, player: { phase: 'backward', t: 7, elapsed: 0, playing: false } }), { forward: 50, backward: 7, answer: true });
  assert.deepEqual(reveal(reduce(state, { type: 'training', on: true })), { forward: 50, backward: 1, answer: true });
});

test('history is averaged into equal bins, of norms the largest is kept, and gaps stay', () => {
  const record = (/** @type {number} */ step, /** @type {number} */ loss, held = Number.NaN) => [step, loss, 0.25, 100 ** step, 0, held];
  const long = [1, 2, 3, 4].flatMap((step) => record(step, step, step === 4 ? 0.5 : Number.NaN));
  const { steps, series } = historyColumns([{ data: long, length: long.length }, { data: record(1, 8), length: 6 }], 2);
  assert.deepEqual(steps, [2, 4]);
  // The norms as log10, that of zero included.
  assert.deepEqual(series[0], { loss: [1.5, 3.5], accuracy: [0.25, 0.25], heldOut: [null, 0.5], norm: [4, 8], clipped: [-Infinity, -Infinity] });
  assert.deepEqual(series[1], { loss: [8, null], accuracy: [0.25, null], heldOut: [null, null], norm: [2, null], clipped: [-Infinity, null] });
});

test('a solution is found at the first measured step with so large a share, and none of what was not measured counts', () => {
  const data = [Number.NaN, 0.9, Number.NaN, 0.95, 0.5, 1].flatMap((held, k) => [k + 1, 1, 1, 0, 0, held]);
  assert.deepEqual(firstReaching({ data, length: data.length }, 0.95), { step: 4, before: 2 });
  assert.deepEqual(firstReaching({ data: data.slice(18), length: 6 }, 0.95), { step: 4, before: null }, 'no look before it');
  assert.equal(firstReaching({ data, length: 18 }, 0.95), null);
  assert.equal(firstReaching({ data: [], length: 0 }, 0.95), null);
});

test('the norms of one parameter are binned like the rest, each parameter by its own place', () => {
  // Two parameters: before and after of each.
  const data = [1, 10, 1, 1000, 100, 2, 100, 10, 0.1, 0.01, 3, Infinity, Number.NaN, 1, Number.NaN];
  const norms = { data, length: data.length, width: 5 };
  const rounded = (/** @type {{ norm: (number | null)[], clipped: (number | null)[] }[]} */ all) => all.map(({ norm, clipped }) => [norm, clipped].map((one) => one.map((value) => value && Math.round(value))));
  assert.deepEqual(rounded(normColumns([{ norms, parameter: 1 }, { norms, parameter: 0 }, { norms, parameter: -1 }], 3, 400)), [
    [[3, -1, 0], [2, -2, null]],
    // The step that was refused has no finite norm.
    [[1, 2, null], [0, 1, null]],
    [[null, null, null], [null, null, null]],
  ]);
  assert.deepEqual(rounded(normColumns([{ norms, parameter: 0 }], 2, 1)), [[[2], [1]]], 'the refused step after the last one has no bin of its own');
});

test('a chart that no shown cell has is said, with its name, until it is read or another is chosen', () => {
  const linked = ready({ ...initialState(), ui: { ...initialState().ui, quantity: 'nonsense' } }, 50, 32);
  assert.deepEqual(allNotices(linked), [{ field: 'chart', given: 'nonsense', effective: 'gradient', reason: 'noChart' }]);
  assert.deepEqual(allNotices(reduce(linked, { type: 'dismiss' })), []);
  assert.deepEqual(allNotices(reduce(linked, { type: 'ui', change: { quantity: 'gradient' } })), []);
  assert.deepEqual(allNotices({ ...initialState(), ui: { ...initialState().ui, quantity: 'nonsense' } }), [], 'before the cells are there nobody knows');
});

test('listeners of the store hear of changes, and only of changes', () => {
  const store = createStore((/** @type {number} */ n, /** @type {number} */ by) => n + by, 1);
  /** @type {number[][]} */
  const heard = [];
  const stop = store.subscribe((now, before) => heard.push([before, now]));
  store.dispatch(0);
  store.dispatch(2);
  stop();
  store.dispatch(3);
  assert.deepEqual(heard, [[1, 3]]);
});

test('a tile opens its equation, the same tile again closes it, and another one replaces it', () => {
  const tile = { type: 'tile', lane: 'lstm', channel: 'cellGradient', unit: 3 };
  const opened = reduce(initialState(), tile);
  assert.deepEqual([opened.ui.formula, opened.ui.unit, opened.ui.lane], [{ of: { kind: 'node', node: 'cellState' }, way: 'backward' }, 3, 'lstm']);
  assert.deepEqual([explainedIn(opened, 'lstm'), explainedIn(opened, 'rnn')], [{ t: 1, unit: 3, of: { kind: 'node', node: 'cellState' } }, null]);
  const closed = reduce(opened, { ...tile, again: true });
  assert.deepEqual([closed.ui.formula, closed.ui.unit, explainedIn(closed, 'lstm')], [null, null, null]);
  assert.equal(reduce(opened, { ...tile, channel: 'forget', again: true }).ui.formula?.of.node, 'forget');
  assert.equal(reduce(opened, tile).ui.formula?.of.node, 'cellState');
});

test('one goes back through the formulas to where one was', () => {
  let state = reduce(initialState(), { type: 'tile', lane: 'lstm', channel: 'forget', unit: 3 });
  state = reduce(state, { type: 'seek', t: 7 });
  state = reduce(state, { type: 'explain', of: { kind: 'node', node: 'hidden' }, way: 'forward', t: 6, unit: 2 });
  // The other way of the same quantity is no step further.
  state = reduce(state, { type: 'explain', of: { kind: 'node', node: 'hidden' }, way: 'backward', t: 6, unit: 2 });
  assert.deepEqual([state.player.t, state.ui.unit, state.ui.trail.length], [6, 2, 1]);
  state = reduce(state, { type: 'explainBack' });
  assert.deepEqual([state.player.t, state.ui.unit, state.ui.formula], [7, 3, { of: { kind: 'node', node: 'forget' }, way: 'forward' }]);
  assert.equal(reduce(state, { type: 'explainClose' }).ui.formula, null);
});

test('an equation that is opened while the sweep plays stops it where it is', () => {
  const playing = reduce(initialState(), { type: 'play', on: true });
  assert.ok(playing.player.playing);
  const { player } = reduce(playing, { type: 'explain', of: { kind: 'readout' }, way: 'forward', lane: 'lstm' });
  assert.deepEqual(player, { ...playing.player, playing: false });
});

test('an opened equation has what it needs computed, whatever view is shown: the terms of BPTT, the series of a chart', () => {
  let state = ready(initialState(), 12, 8);
  state = { ...state, lanes: Object.fromEntries(Object.entries(state.lanes).map(([lane, one]) => [lane, { ...one, info: { .../** @type {any} */ (one.info), layout: { ...one.info?.layout, quantities: [{ name: 'gradient', live: false }, { name: 'recurrentShare', live: true }] } } }])) };
  assert.deepEqual([wantedTerms(state), wantsMicroscope(state)], [null, false]);
  state = reduce(state, { type: 'explain', of: { kind: 'bptt', sum: 'exact', loss: 9 }, way: 'backward', lane: 'lstm', t: 4, anew: true });
  assert.deepEqual([wantedTerms(state), state.player.t], [{ every: state.ui.bpttEvery }, 4]);
  state = reduce(state, { type: 'explain', of: { kind: 'series', quantity: 'recurrentShare' }, way: 'backward', t: 4 });
  assert.deepEqual([wantedTerms(state), wantsMicroscope(state)], [null, true]);
  state = reduce(state, { type: 'explainBack' });
  assert.deepEqual([state.ui.formula?.of.loss, wantsMicroscope(state)], [9, false]);
});

test('a small widget pins the unit of a tile and opens no equation', () => {
  const tile = { type: 'tile', lane: 'lstm', channel: 'forget', unit: 3 };
  const pinned = reduceAny(initialState(), tile);
  assert.deepEqual([pinned.ui.unit, pinned.ui.lane, pinned.ui.formula], [3, 'lstm', null]);
  assert.equal(reduceAny(pinned, { ...tile, again: true }).ui.unit, null);
  assert.equal(reduceAny(pinned, { type: 'explain', of: { kind: 'node', node: 'hidden' }, way: 'backward' }), pinned);
});
