import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTraining } from '../src/app/training.js';
import { initialState, reduce } from '../src/state/reducer.js';
import { createStore } from '../src/state/store.js';

/** Two lanes of an app whose workers only note what they are told. */
function app() {
  const store = createStore(reduce, initialState());
  /** @type {string[]} */
  const told = [];
  const ready = new Set(['rnn', 'lstm']);
  const engine = /** @type {any} */ ({
    isReady: (/** @type {string} */ lane) => ready.has(lane),
    configure: () => {},
    retain: () => {},
    train: (/** @type {string} */ lane, /** @type {number | null} */ speed, /** @type {number | null} */ until = null) => told.push(`train ${lane} ${speed} ${until}`),
    stop: (/** @type {string} */ lane) => told.push(`stop ${lane}`),
    limit: (/** @type {string} */ lane, /** @type {number | null} */ step) => told.push(`limit ${lane} ${step}`),
  });
  const time = /** @type {any} */ ({ begin() {}, flush() {}, retain() {}, enter: () => false, isWaiting: () => false, seek() {} });
  const training = createTraining({ engine, time, store });
  store.subscribe(training.follow);
  training.watch(true);
  const at = (/** @type {string} */ lane, /** @type {number} */ step, training = true, stepsPerSecond = 0) => store.dispatch({ type: 'status', lane, status: { step, diverged: null }, training, stepsPerSecond });
  training.configure();
  for (const lane of ['rnn', 'lstm']) {
    store.dispatch({ type: 'ready', lane, info: null, status: { step: 0, diverged: null } });
    training.ready(lane);
  }
  const since = () => told.splice(0);
  return { store, training, ready, at, since };
}

test('the faster lane waits a little ahead of the slowest, which waits for nobody; roles may change', () => {
  const { training, at, since } = app();
  training.train();
  since();
  at('rnn', 30);
  at('lstm', 4);
  assert.deepEqual(since(), ['limit lstm null', 'limit rnn 24', 'limit rnn 28']);
  at('lstm', 5, true, 1000);
  assert.deepEqual(since(), ['limit rnn 205']);
  at('lstm', 90, true, 1000);
  assert.deepEqual(since(), ['limit rnn null', 'limit lstm 54'], 'now the RNN is behind, and what it makes in a second is not known');
});

test('who stops lanes apart brings them to one step, and nothing is settled before; a second stop is the last', () => {
  const { store, training, at, since } = app();
  training.train();
  at('rnn', 30);
  at('lstm', 4);
  since();
  training.stop();
  assert.deepEqual(since(), ['stop rnn', 'stop lstm']);
  at('rnn', 31, false);
  training.stopped('rnn');
  assert.deepEqual([since(), training.isSettled(), training.isOnItsWay()], [[], false, true]);
  at('lstm', 5, false);
  training.stopped('lstm');
  assert.deepEqual(since().filter((word) => word.startsWith('train')), ['train rnn null 31', 'train lstm null 31']);
  at('rnn', 31, false);
  training.stopped('rnn');
  assert.equal(training.isSettled(), false);
  at('lstm', 20);
  at('lstm', 31, false);
  training.stopped('lstm');
  assert.deepEqual([training.isSettled(), training.isOnItsWay(), store.get().lanes.lstm.status.step], [true, false, 31]);

  training.train();
  at('rnn', 60);
  at('lstm', 40);
  training.stop();
  for (const [lane, step] of /** @type {[string, number][]} */ ([['rnn', 60], ['lstm', 40]])) {
    at(lane, step, false);
    training.stopped(lane);
  }
  since();
  training.stop();
  at('lstm', 45, false);
  training.stopped('lstm');
  assert.deepEqual([since().filter((word) => word.startsWith('train')), training.isSettled()], [[], true]);
});

test('a lane that fails while it is stopped keeps nobody waiting', () => {
  const { store, training, ready, at, since } = app();
  training.train();
  at('rnn', 30);
  at('lstm', 4);
  training.stop();
  ready.delete('lstm');
  store.dispatch({ type: 'fault', lane: 'lstm', fault: /** @type {any} */ ({ kind: 'stuck' }) });
  training.failed('lstm');
  since();
  at('rnn', 31, false);
  training.stopped('rnn');
  assert.deepEqual(since(), []);
  assert.equal(training.isOnItsWay(), false);
});

test('on the way to a goal, also asleep, the link is not to be written; another speed keeps the goal', () => {
  const { store, training, at, since } = app();
  training.goTo(500);
  for (const lane of ['rnn', 'lstm']) training.ready(lane);
  at('rnn', 10);
  at('lstm', 10);
  assert.equal(training.isOnItsWay(), true);
  since();
  store.dispatch({ type: 'ui', change: { trainSpeed: 'slow' } });
  assert.deepEqual(since(), ['train rnn 10 500', 'train lstm 10 500']);
  training.watch(false);
  at('rnn', 12, false);
  at('lstm', 12, false);
  assert.equal(training.isOnItsWay(), true);
});
