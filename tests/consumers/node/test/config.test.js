// Every setting with every kind of rubbish: what is good makes a network, what is not is refused by name, and nothing else
// notices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { load } from 'gatescope';
import { assertRefusal, canary, tried } from '../support/refusal.js';
import { RUBBISH } from '../support/rubbish.js';

const gs = await load();

const number = (min, max) => (value) => typeof value === 'number' && value >= min && value <= max;
const whole = (min, max) => (value) => Number.isInteger(value) && value >= min && value <= max;
const flag = (value) => typeof value === 'boolean';
const one = (...names) => (value) => names.includes(value);
const kinds = (...names) => (value) => names.includes(value) || isEmpty(value);
/** A plain object without fields is settings without any. */
function isEmpty(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return (prototype === null || prototype === Object.prototype) && Object.keys(value).length === 0;
}

const BASE = { inputSize: 2, hiddenSize: 3, outputSize: 2 };
const TOKENS = { vocabularySize: 5, embeddingSize: 2, hiddenSize: 3, outputSize: 2 };
const SIZE = whole(1, 65_536);
const LARGEST = 1e12;

/** Field, what may be there, whether it must be, and the settings around it. */
const FIELDS = [
  ['cell', one('lstm', 'rnn', 'gru')],
  ['inputSize', SIZE, 'required'],
  ['hiddenSize', whole(1, 4096), 'required'],
  ['outputSize', SIZE, 'required'],
  ['vocabularySize', whole(1, 16_777_216), 'required', TOKENS],
  ['embeddingSize', SIZE, 'required', TOKENS],
  ['layers', whole(1, 64)],
  ['bidirectional', flag],
  ['nonlinearity', one('tanh', 'relu')],
  ['readout', one('last', 'every')],
  ['precision', one('f32', 'f64')],
  ['seed', whole(0, 2 ** 32 - 1)],
  ['loss', kinds('crossEntropy', 'bce', 'mse')],
  ['loss.kind', one('crossEntropy', 'bce', 'mse')],
  ['loss.labelSmoothing', number(0, 1)],
  ['loss.positiveWeight', number(0, LARGEST), '', { ...BASE, loss: { kind: 'bce' } }],
  ['loss.blank', whole(0, 1), '', { ...BASE, readout: 'every', loss: { kind: 'ctc' } }],
  ['loss.zeroInfinity', flag, '', { ...BASE, readout: 'every', loss: { kind: 'ctc' } }],
  ['optimizer', kinds('adam', 'adamw', 'sgd', 'rmsprop')],
  ['optimizer.kind', one('adam', 'adamw', 'sgd', 'rmsprop')],
  ['optimizer.learningRate', number(0, LARGEST)],
  ['optimizer.momentum', number(0, LARGEST), '', { ...BASE, optimizer: { kind: 'sgd' } }],
  ['optimizer.nesterov', flag, '', { ...BASE, optimizer: { kind: 'sgd', momentum: 0.5 } }],
  ['optimizer.weightDecay', number(0, LARGEST)],
  ['optimizer.alpha', (value) => number(0, 1)(value) && value < 1, '', { ...BASE, optimizer: { kind: 'rmsprop' } }],
  ['optimizer.beta1', (value) => number(0, 1)(value) && value < 1],
  ['optimizer.beta2', (value) => number(0, 1)(value) && value < 1],
  ['optimizer.epsilon', number(0, LARGEST)],
  ['clip', kinds('none', 'norm', 'value')],
  ['clip.kind', one('none', 'norm', 'value')],
  ['clip.threshold', number(1e-30, LARGEST), '', { ...BASE, clip: { kind: 'norm' } }],
  ['init', kinds('pytorch', 'xavier', 'orthogonal', 'identity')],
  ['init.kind', one('pytorch', 'xavier', 'orthogonal', 'identity')],
  ['init.spectralRadius', number(0, 1e6)],
  ['init.forgetBias', (value) => value === 'chrono' || Number.isFinite(value)],
  ['init.steps', whole(1, 1e9)],
];

/** The settings with a value at a path. */
function placed(base, path, value) {
  const [outer, inner] = path.split('.');
  if (!inner) return { ...base, [outer]: value };
  const own = typeof base[outer] === 'object' ? base[outer] : {};
  return { ...base, [outer]: { ...own, [inner]: value } };
}

for (const [path, fits, required = '', base = BASE] of FIELDS) {
  test(`${path}: what it may be makes a network, all else is refused by its name`, () => {
    const other = canary(gs);
    for (const [name, make] of Object.entries(RUBBISH)) {
      const context = `${path} = ${name}`;
      const value = make();
      const absent = value === undefined || value === null;
      const { value: net, error } = tried(() => gs.createNetwork(placed(base, path, value)), context);
      const good = absent ? !required : safely(() => fits(value));
      // A size may be within its range and still be more than memory holds.
      if (good && error?.code !== 'out-of-memory') assert.equal(error, undefined, `${context} is refused: ${error?.message}`);
      if (!good) {
        assert.ok(error, `${context} is accepted`);
        assert.equal(error.code, 'invalid-config', context);
        assert.ok(error.field === path || error.field.startsWith(`${path}.`), `${context}: names ${error.field}`);
      }
      net?.free();
    }
    other.assertAlive(path);
    other.free();
  });
}

/** A predicate about a value that may throw whatever is done with it. */
function safely(predicate) {
  try {
    return predicate();
  } catch {
    return false;
  }
}

test('class weights are a list of finite numbers from 0, one a class', () => {
  for (const [name, make] of Object.entries(RUBBISH)) {
    const { value: net, error } = tried(
      () => gs.createNetwork({ ...BASE, loss: { kind: 'crossEntropy', classWeights: make() } }),
      `classWeights = ${name}`,
    );
    const good = ['undefined', 'null', 'array', 'array in shared memory'].includes(name);
    assert.equal(error === undefined, good, `classWeights = ${name}: ${error?.message}`);
    net?.free();
  }
});

test('a config that is no plain object of known fields is refused', () => {
  for (const [name, make] of Object.entries(RUBBISH)) {
    assertRefusal(tried(() => gs.createNetwork(make()), name).error, `config = ${name}`);
  }
  assertRefusal(tried(() => gs.createNetwork(), 'nothing').error, 'nothing');
  const typo = assertRefusal(tried(() => gs.createNetwork({ ...BASE, hidenSize: 3 }), 'typo').error, 'typo');
  assert.deepEqual([typo.code, typo.field], ['invalid-config', 'hidenSize']);
});

test('whatever is made up for all fields at once, it is a network or a refusal', () => {
  const other = canary(gs);
  const leaf = fc.oneof(fc.anything({ withBigInt: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true }), fc.constantFrom('adam', 'ctc', 'every', 'lstm', 1, 2, 3));
  const nested = fc.dictionary(fc.constantFrom('kind', 'learningRate', 'threshold', 'blank', 'steps', 'forgetBias', 'classWeights', 'x'), leaf);
  const names = [...new Set(FIELDS.map(([path]) => path.split('.')[0]))];
  const config = fc.tuple(fc.record(Object.fromEntries(names.map((name) => [name, fc.oneof(leaf, nested)])), { requiredKeys: [] }), fc.boolean());
  fc.assert(
    fc.property(config, ([settings, onGood]) => {
      const { value } = tried(() => gs.createNetwork(onGood ? { ...BASE, ...settings } : settings), 'made up');
      value?.free();
    }),
    { numRuns: 1500, seed: 1 },
  );
  other.assertAlive('made up');
  other.free();
});

function assertOutOfMemory(field, call) {
  const error = assertRefusal(tried(call, field).error, field);
  assert.deepEqual([error.code, error.field], ['out-of-memory', field], error.message);
}

test('a network that does not fit in memory is refused, and a small one is made after it', () => {
  const other = canary(gs);
  for (const size of [
    { ...BASE, hiddenSize: 4096, layers: 64 },
    { ...BASE, hiddenSize: 4096, layers: 64, bidirectional: true, precision: 'f64' },
    { ...TOKENS, vocabularySize: 16_777_216, embeddingSize: 65_536 },
    { inputSize: 65_536, hiddenSize: 4096, outputSize: 65_536 },
  ]) {
    const error = assertRefusal(tried(() => gs.createNetwork(size), 'too large').error, JSON.stringify(size));
    assert.equal(error.code, 'out-of-memory');
    assert.match(error.message, /network: expected at most \d+ MB, got \d+ MB/);
  }
  const net = gs.createNetwork({ inputSize: 1, hiddenSize: 512, outputSize: 1, loss: 'mse' });
  const x = new Float32Array(1_000_000);
  assertOutOfMemory('batch', () => net.forward(x, { batch: 1000, steps: 1000 }));
  const wide = gs.createNetwork({ inputSize: 1, hiddenSize: 1, outputSize: 65_536, readout: 'every' });
  assertOutOfMemory('batch', () => wide.forward(x, { batch: 1, steps: 1_000_000 }));
  const large = gs.createNetwork({ inputSize: 1, hiddenSize: 3000, outputSize: 1, loss: 'mse', cell: 'gru' });
  assertOutOfMemory('trace', () => large.trace(x.slice(0, 2), Float32Array.of(0), { batch: 1, steps: 2 }));
  const long = gs.createNetwork({ inputSize: 1, hiddenSize: 2, outputSize: 1, loss: 'mse' });
  assertOutOfMemory('trace', () => long.trace(new Float32Array(3e6), Float32Array.of(0), { batch: 1, steps: 3_000_000 }));
  [wide, large, long].forEach((one) => one.free());
  assert.equal(net.trainStep(x.slice(0, 4), Float32Array.of(0), { batch: 1, steps: 4 }).step, 1);
  net.free();
  other.assertAlive('too large');
  other.free();
});
