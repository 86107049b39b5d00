// Every argument of every call with every kind of rubbish, and code of the caller's that runs in the middle of a call.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { load } from 'gatescope';
import { assertRefusal, canary, thrownBy, tried } from '../support/refusal.js';
import { RUBBISH } from '../support/rubbish.js';

const gs = await load();
const CALLS = ['trainStep', 'forward', 'gradients', 'trace'];
const size = { batch: 2, steps: 3 };
const x = Float32Array.from({ length: 12 }, (_, k) => Math.cos(k));
const y = Int32Array.of(1, 0);
const fresh = (config = {}) => gs.createNetwork({ inputSize: 2, hiddenSize: 3, outputSize: 2, seed: 3, ...config });
const call = (net, name, inputs, targets, cut) => (name === 'forward' ? net.forward(inputs, cut) : net[name](inputs, targets, cut));

for (const name of CALLS) {
  test(`${name}: rubbish for inputs, targets, size and its fields is refused, and the network goes on`, () => {
    const [net, other] = [fresh(), canary(gs)];
    const before = Array.from(net.stateDict());
    for (const [what, make] of Object.entries(RUBBISH)) {
      const inputs = assertRefusal(tried(() => call(net, name, make(), y, size), what).error, `inputs = ${what}`);
      assert.equal(inputs.field, 'inputs');
      assertRefusal(tried(() => call(net, name, x, y, make()), what).error, `size = ${what}`);
      if (name !== 'forward') {
        const targets = assertRefusal(tried(() => call(net, name, x, make(), size), what).error, `targets = ${what}`);
        assert.equal(targets.field, 'targets');
      }
      for (const field of ['batch', 'steps', 'lengths', 'targetLengths', 'example', 'layer', 'hidden', 'cell']) {
        const { error } = tried(() => call(net, name, x, y, { ...size, [field]: make() }), `${field} = ${what}`);
        const absent = ['undefined', 'null'].includes(what);
        const required = field === 'batch' || field === 'steps';
        if (absent) assert.equal(error === undefined, !required, `${field} = ${what}: ${error?.message}`);
        else if (typeof make() !== 'number') assert.ok(error || acceptable(field, what), `${name}: ${field} = ${what} is accepted`);
      }
    }
    if (name !== 'trainStep') assert.deepEqual(Array.from(net.stateDict()), before);
    assert.ok(net.trainStep(x, y, size).step > 0);
    other.assertAlive(name);
    net.free();
    other.free();
  });
}

/** Lists that happen to be lengths of two sequences of up to three timesteps; `targetLengths` count for CTC only. */
const acceptable = (field, what) => (field === 'lengths' && ['array'].includes(what)) || field === 'targetLengths';

test('repeat is a whole number from 1', () => {
  const net = fresh();
  for (const [what, make] of Object.entries(RUBBISH)) {
    if (['1e9', 'undefined', 'null', '1', '2'].includes(what)) continue;
    const error = assertRefusal(tried(() => net.trainStep(x, y, { ...size, repeat: make() }), what).error, `repeat = ${what}`);
    assert.equal(error.field, 'repeat');
  }
  assert.equal(net.trainStep(x, y, { ...size, repeat: 3 }).step, 3);
  net.free();
});

test('a field of the size that does not exist is named, rather than passed over', () => {
  const net = fresh();
  const error = assertRefusal(thrownBy(() => net.trainStep(x, y, { ...size, lenghts: [1, 2] })), 'lenghts');
  assert.deepEqual([error.code, error.field], ['invalid-input', 'lenghts']);
  net.free();
});

test('lengths, ids and numbers that do not fit are refused by name', () => {
  const [net, other] = [fresh(), canary(gs)];
  const tokens = gs.createNetwork({ vocabularySize: 5, embeddingSize: 2, hiddenSize: 3, outputSize: 2 });
  const ctc = fresh({ outputSize: 3, readout: 'every', loss: 'ctc' });
  const at = (array, k, value) => array.with(k, value);
  const t = Int32Array.of(0, 1, 2, 3, 4, 0);
  for (const [context, code, field, attempt] of [
    ['too few inputs', 'shape-mismatch', 'inputs', () => net.trainStep(x.slice(1), y, size)],
    ['too many inputs', 'shape-mismatch', 'inputs', () => net.trainStep(new Float32Array(13), y, size)],
    ['no inputs', 'shape-mismatch', 'inputs', () => net.trainStep(new Float32Array(0), y, size)],
    ['too few targets', 'shape-mismatch', 'targets', () => net.trainStep(x, y.slice(1), size)],
    ['too many targets', 'shape-mismatch', 'targets', () => net.trainStep(x, Int32Array.of(0, 1, 0), size)],
    ['NaN', 'invalid-config', 'inputs', () => net.trainStep(at(x, 3, NaN), y, size)],
    ['Infinity', 'invalid-config', 'inputs', () => net.trainStep(at(x, 3, Infinity), y, size)],
    ['−Infinity', 'invalid-config', 'inputs', () => net.forward(at(x, 11, -Infinity), size)],
    ['a class too high', 'id-out-of-range', 'targets', () => net.trainStep(x, Int32Array.of(0, 2), size)],
    ['a negative class', 'id-out-of-range', 'targets', () => net.gradients(x, Int32Array.of(-1, 1), size)],
    ['a token too high', 'id-out-of-range', 'inputs', () => tokens.forward(at(t, 2, 5), size)],
    ['a negative token', 'id-out-of-range', 'inputs', () => tokens.forward(at(t, 2, -1), size)],
    ['numbers for tokens', 'invalid-config', 'inputs', () => tokens.forward(x, size)],
    ['too few lengths', 'shape-mismatch', 'lengths', () => net.forward(x, { ...size, lengths: [3] })],
    ['a length beyond', 'invalid-config', 'lengths', () => net.forward(x, { ...size, lengths: [3, 4] })],
    ['a length of 0', 'invalid-input', 'lengths', () => net.forward(x, { ...size, lengths: [3, 0] })],
    ['a wrong initial state', 'shape-mismatch', 'hidden', () => net.forward(x, { ...size, hidden: new Float32Array(5) })],
    ['no CTC lengths', undefined, 'targetLengths', () => ctc.trainStep(x, y, size)],
    ['a CTC label too high', 'id-out-of-range', 'targets', () => ctc.trainStep(x, Int32Array.of(1, 3), { ...size, targetLengths: [1, 1] })],
    ['a negative CTC label', 'id-out-of-range', 'targets', () => ctc.trainStep(x, Int32Array.of(1, -100), { ...size, targetLengths: [1, 1] })],
    ['CTC lengths beyond the labels', undefined, undefined, () => ctc.trainStep(x, y, { ...size, targetLengths: [1, 9] })],
  ]) {
    const error = assertRefusal(thrownBy(attempt), context);
    if (code) assert.equal(error.code, code, `${context}: ${error.message}`);
    if (field) assert.equal(error.field, field, `${context}: ${error.message}`);
  }
  assert.equal(thrownBy(() => tokens.forward(at(t, 2, -1), size)).given, '-1');
  // PyTorch's ignore_index: the second class alone counts.
  const [counted, own] = [net.gradients(x, Int32Array.of(-100, 1), size).loss, net.trace(x, Int32Array.of(0, 1), { ...size, example: 1 }).loss];
  assert.ok(Math.abs(counted - own) < 1e-6, `${counted}, in double precision ${own}`);
  assert.equal(net.trainStep(x, y, size).step, 1);
  assert.equal(tokens.trainStep(t, y, size).step, 1);
  assert.equal(ctc.trainStep(x, Int32Array.of(1, 2), { ...size, targetLengths: [1, 1] }).step, 1);
  other.assertAlive('wrong batches');
  [net, tokens, ctc, other].forEach((one) => one.free());
});

test('code of the caller that runs while arguments are read can do what it likes', () => {
  const [net, other] = [fresh(), canary(gs)];
  const reentrant = { get batch() { net.trainStep(x, y, size); return 2; }, steps: 3 };
  assert.equal(net.trainStep(x, y, reentrant).step, 2);
  const suicidal = { batch: 2, get steps() { net.free(); return 3; } };
  assert.equal(assertRefusal(thrownBy(() => net.trainStep(x, y, suicidal)), 'freed within').code, 'freed');
  const shrinking = new Float32Array(new ArrayBuffer(48, { maxByteLength: 48 }));
  const second = fresh();
  assertRefusal(thrownBy(() => second.forward(shrinking, { get batch() { shrinking.buffer.resize(0); return 2; }, steps: 3 })), 'shrunk');
  const shadowed = Object.defineProperty(x.slice(), 'length', { value: 1e9 });
  assert.equal(second.forward(shadowed, size).output.length, 4);
  second.free();
  other.assertAlive('reentrant');
  other.free();
});

test('arrays of another realm are arrays', async () => {
  const { runInNewContext } = await import('node:vm');
  const net = fresh();
  const foreign = runInNewContext('Float32Array.from({ length: 12 }, (_, k) => Math.cos(k))');
  assert.deepEqual(net.forward(foreign, size).output, net.forward(x, size).output);
  net.free();
});

test('after free every call says so; freeing again does nothing', () => {
  const other = canary(gs);
  const net = fresh();
  net.free();
  net.free();
  for (const attempt of [...CALLS.map((name) => () => call(net, name, x, y, size)), () => net.stateDict(), () => net.config]) {
    assert.equal(assertRefusal(thrownBy(attempt), 'freed').code, 'freed');
  }
  net.free();
  other.assertAlive('freed');
  other.free();
});

test('interleaved networks know nothing of each other', () => {
  const run = (net, k) => [net.trainStep(x, y, size).loss, Array.from(net.trace(x, y, { ...size, example: k % 2 }).hiddenGradientLog10)];
  const alone = [1, 2].map((seed) => {
    const net = fresh({ seed });
    const results = Array.from({ length: 20 }, (_, k) => run(net, k));
    net.free();
    return results;
  });
  const [first, second] = [fresh({ seed: 1 }), fresh({ seed: 2 })];
  for (let k = 0; k < 20; k++) {
    assert.deepEqual(run(first, k), alone[0][k]);
    assert.throws(() => first.trainStep(x, y, { batch: 9, steps: 9 }));
    assert.deepEqual(run(second, k), alone[1][k]);
  }
  first.free();
  second.free();
});

test('any numbers of any length in any cut are computed with or refused', () => {
  const [net, other] = [fresh({ precision: 'f64' }), canary(gs)];
  const small = fc.integer({ min: -1, max: 5 });
  const floats = fc.oneof(fc.float32Array({ maxLength: 24 }), fc.float64Array({ maxLength: 24 }), fc.int32Array({ maxLength: 24 }));
  const fitting = fc.float64Array({ minLength: 12, maxLength: 12, noNaN: true, noDefaultInfinity: true });
  const cut = fc.oneof(fc.constant(size), fc.record({ batch: small, steps: small, lengths: fc.array(small, { maxLength: 3 }), example: small, layer: small }, { requiredKeys: [] }));
  fc.assert(
    fc.property(fc.constantFrom(...CALLS), fc.oneof(fitting, floats), fc.oneof(fc.int32Array({ minLength: 2, maxLength: 2, min: -2, max: 2 }), floats), cut, (name, inputs, targets, given) => {
      tried(() => call(net, name, inputs, targets, given), name);
    }),
    { numRuns: 3000, seed: 1 },
  );
  assert.ok(Array.from(net.forward(x, size).output).every(Number.isFinite));
  other.assertAlive('any numbers');
  net.free();
  other.free();
});
