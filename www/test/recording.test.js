import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { append, createHistory } from '../src/engine/history.js';
import { BUDGET, DENSITY, createRecording, createRing, fork, onGrid, putColumn } from '../src/engine/recording.js';

const keptOf = (/** @type {number} */ last, /** @type {number} */ density) => Array.from({ length: last + 1 }, (_, step) => step).filter((step) => onGrid(step, density));

test('the first steps are all kept, then as many of each doubling as of the one before', () => {
  assert.deepEqual(keptOf(127, DENSITY), [...Array(128).keys()]);
  for (let doubling = 7; doubling < 14; doubling++) {
    const of = (/** @type {number} */ power) => keptOf(2 ** (power + 1) - 1, DENSITY).filter((step) => step >= 2 ** power);
    assert.equal(of(doubling).length, 64);
    const steps = of(doubling);
    for (let k = 1; k < steps.length; k++) assert.equal(steps[k] - steps[k - 1], 2 ** (doubling - 6));
  }
});

test('what a thinner recording keeps, a denser one keeps, too', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: -1, max: DENSITY }), (step, density) => {
      if (onGrid(step, density)) assert.ok(onGrid(step, density + 1));
    }),
  );
});

test('a ring never holds more bytes than it may, and what it holds depends on the steps alone', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2_000, max: 60_000 }), fc.integer({ min: 10, max: 900 }), fc.integer({ min: 1, max: 3000 }), (budget, size, last) => {
      /** @type {import('../src/engine/recording.js').Ring<number>} */
      const ring = createRing(budget);
      for (let step = 0; step <= last; step++) {
        ring.put(step, step, size);
        assert.ok(ring.bytes() <= budget);
      }
      assert.equal(ring.bytes(), ring.steps().length * size);
      assert.deepEqual(ring.steps(), keptOf(last, ring.density()));
      // Only those that were due arrive, and late: the same is kept.
      /** @type {import('../src/engine/recording.js').Ring<number>} */
      const late = createRing(budget);
      for (const step of keptOf(last, DENSITY)) late.put(step, step, size);
      assert.deepEqual(late.steps(), ring.steps());
    }),
    { numRuns: 60 },
  );
});

test('the last kept step at or before any step is found, and its value is its own', () => {
  /** @type {import('../src/engine/recording.js').Ring<string>} */
  const ring = createRing(3000);
  for (let step = 5; step <= 900; step++) ring.put(step, `at ${step}`, 10);
  for (let step = 0; step <= 1000; step++) {
    const expected = ring.steps().filter((one) => one <= step).at(-1);
    assert.deepEqual(ring.before(step), expected === undefined ? null : { step: expected, value: `at ${expected}` });
  }
});

test('a pinned value stays until it is let go of', () => {
  /** @type {import('../src/engine/recording.js').Ring<number>} */
  const ring = createRing(1000);
  ring.put(1001, 1, 100, true);
  for (let step = 0; step < 1000; step++) ring.put(step, step, 10);
  assert.equal(ring.get(1001), 1);
  ring.limit(10);
  // The first step stays, too: every other one can be trained from there.
  assert.deepEqual(ring.steps(), [0, 1001]);
  ring.unpin(1001);
  assert.equal(ring.get(1001), null);
});

test('what two default lanes record of 10 000 steps stays within the memory that is stated', (context) => {
  // RNN and LSTM: bytes of a frame and of a checkpoint, as the core makes them.
  const sizes = [{ frame: 4 * 4915, checkpoint: 23_808 }, { frame: 4 * 12_965, checkpoint: 88_320 }];
  const all = { frame: sizes[0].frame + sizes[1].frame, checkpoint: sizes[0].checkpoint + sizes[1].checkpoint };
  let bytes = 0;
  const kept = sizes.map((size) => {
    const { frames, checkpoints } = createRecording();
    frames.limit((BUDGET.frames * size.frame) / all.frame);
    checkpoints.limit((BUDGET.checkpoints * size.checkpoint) / all.checkpoint);
    for (let step = 0; step <= 10_000; step++) {
      frames.put(step, /** @type {any} */ (null), size.frame);
      checkpoints.put(step, new ArrayBuffer(0), size.checkpoint);
    }
    // The figures of every step, with room to grow, and the norms of every recorded one.
    // Six figures a step, and two norms of each of six parameters; an array grows by doubling.
    bytes += frames.bytes() + checkpoints.bytes() + 2 * 10_000 * (6 + 13) * 4 + keptOf(10_000, DENSITY).length * 50 * 4;
    return [frames.steps(), checkpoints.steps()];
  });
  assert.deepEqual(kept[0], kept[1], 'both lanes keep the same steps');
  const whole = bytes + BUDGET.former;
  context.diagnostic(`10 000 steps recorded, former runs included: ${(whole / 1e6).toFixed(1)} of ${BUDGET.total / 1e6} MB`);
  assert.ok(whole < BUDGET.total, `${whole}`);
  // Never further from a kept step than a few hundred steps of training.
  const [, steps] = kept[1];
  for (let k = 1; k < steps.length; k++) assert.ok(steps[k] - steps[k - 1] <= 256);
});

test('steps that are walked again are not recorded twice', () => {
  const history = createHistory();
  append(history, Float32Array.from([1, 10, 2, 20, 3, 30]), 2);
  append(history, Float32Array.from([2, 20, 3, 30, 4, 40]), 2);
  append(history, Float32Array.from([1, 10]), 2);
  assert.deepEqual([...history.data.slice(0, history.length)], [1, 10, 2, 20, 3, 30, 4, 40]);
});

test('a fork has everything up to its step and nothing after, and does not change what it came from', () => {
  const from = createRecording();
  for (let step = 0; step <= 40; step++) {
    from.checkpoints.put(step, new ArrayBuffer(8), 8);
    putColumn(from.horizon, step, Float32Array.from([step]));
    if (step) append(from.history, Float32Array.from([step, step]), 2);
    if (step) append(from.norms, Float32Array.from([step, 7, 8]), 3);
  }
  from.norms.width = 3;
  Object.assign(from, { tip: 40, diverged: { step: 41, quantity: 'loss' } });
  const made = fork(from, 25, 2);
  assert.deepEqual(made.checkpoints.steps(), [...Array(26).keys()]);
  assert.deepEqual(made.horizon.steps, [...Array(26).keys()]);
  assert.equal(made.history.data[made.history.length - 2], 25);
  assert.deepEqual([...made.norms.data.slice(made.norms.length - 3, made.norms.length), made.norms.width], [25, 7, 8, 3]);
  assert.deepEqual([made.tip, made.diverged], [25, null]);
  append(made.history, Float32Array.from([26, 99]), 2);
  putColumn(made.horizon, 26, Float32Array.from([99]));
  assert.equal(from.horizon.columns[26][0], 26);
  assert.equal(from.history.data[2 * 25 + 1], 26);
  append(made.norms, Float32Array.from([26, 99, 99]), 3);
  assert.equal(from.norms.data[3 * 25 + 1], 7);
  assert.deepEqual(fork(from, 40, 2).diverged, { step: 41, quantity: 'loss' });
});

test('columns stand in the order of their steps, and a newer one replaces', () => {
  const horizon = { steps: /** @type {number[]} */ ([]), columns: /** @type {Float32Array[]} */ ([]) };
  for (const [step, value] of [[4, 1], [0, 2], [2, 3], [4, 4]]) putColumn(horizon, step, Float32Array.from([value]));
  assert.deepEqual(horizon.steps, [0, 2, 4]);
  assert.deepEqual(horizon.columns.map(([value]) => value), [2, 3, 4]);
});
