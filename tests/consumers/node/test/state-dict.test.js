// State dicts as PyTorch writes them, and everything that can be wrong with one.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { load } from 'gatescope';
import { assertRefusal, canary, tried } from '../support/refusal.js';
import { RUBBISH } from '../support/rubbish.js';
import { floats, read, withFloats, write } from '../support/safetensors.js';

const gs = await load();
const folder = new URL('../models/', import.meta.url);
const file = new Uint8Array(await readFile(new URL('lstm_classifier.safetensors', folder)));
const { examples, meta } = JSON.parse(await readFile(new URL('lstm_classifier.json', folder), 'utf8'));
const tensors = read(file);

const outputs = (bytes) => {
  const net = gs.networkFromStateDict(bytes);
  const all = examples.map(({ tokens }) => Array.from(net.forward(Int32Array.from(tokens), { batch: 1, steps: tokens.length }).output));
  net.free();
  return all;
};
const largestError = (found) =>
  Math.max(...found.flatMap((row, k) => row.map((value, j) => Math.abs(value - examples[k].logits_float64[j]))));

test('a state dict saved by PyTorch gives the outputs of PyTorch', () => {
  const net = gs.networkFromStateDict(file);
  assert.deepEqual([net.config.cell, net.config.hiddenSize, net.config.vocabularySize], ['lstm', meta.H, meta.vocab]);
  net.free();
  const error = largestError(outputs(file));
  console.log(`largest difference of ${examples.length} outputs from PyTorch's: ${error.toExponential(1)}`);
  assert.ok(error < 1e-5);
  assert.deepEqual(outputs(file.buffer), outputs(file), 'an ArrayBuffer');
  assert.deepEqual(outputs(Buffer.from(file)), outputs(file), "Node's Buffer");
});

test('the gradient of every timestep of a PyTorch model is finite and reaches the first word', () => {
  const net = gs.networkFromStateDict(file);
  for (const { tokens } of examples) {
    const trace = net.trace(Int32Array.from(tokens), Int32Array.of(1), { batch: 1, steps: tokens.length });
    assert.equal(trace.hiddenGradientNorm.length, tokens.length);
    assert.ok(trace.hiddenGradientNorm.every((norm) => Number.isFinite(norm) && norm > 0));
  }
  net.free();
});

/** The upper 16 bits of each float: bfloat16. */
const toBf16 = (tensor) => ({ ...tensor, dtype: 'BF16', bytes: new Uint8Array(Uint16Array.from(new Uint32Array(floats(tensor).buffer), (bits) => bits >>> 16).buffer) });

/** Half precision, cut off rather than rounded; what is too small becomes 0. */
const half = (bits) => {
  const exponent = ((bits >>> 23) & 0xff) - 112;
  return ((bits >>> 16) & 0x8000) | (exponent > 0 ? (exponent << 10) | ((bits >>> 13) & 0x3ff) : 0);
};
const toF16 = (tensor) => ({ ...tensor, dtype: 'F16', bytes: new Uint8Array(Uint16Array.from(new Uint32Array(floats(tensor).buffer), half).buffer) });
const toF64 = (tensor) => ({ ...tensor, dtype: 'F64', bytes: new Uint8Array(Float64Array.from(floats(tensor)).buffer) });
const all = (change) => write(Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)])));

test('F64 is read exactly, F16 and BF16 within what they hold', () => {
  assert.deepEqual(outputs(all(toF64)), outputs(file));
  assert.ok(largestError(outputs(all(toF16))) < 0.05);
  assert.ok(largestError(outputs(all(toBf16))) < 0.4);
});

/** @param {string} context @param {Uint8Array} bytes @param {string} [field] */
function refuses(context, bytes, field) {
  const { value, error } = tried(() => gs.networkFromStateDict(bytes), context);
  value?.free();
  assertRefusal(error, context);
  assert.equal(error.code, 'bad-state-dict', context);
  if (field) assert.equal(error.field, field, `${context}: ${error.message}`);
}

test('a tensor that is missing, transposed, wrongly shaped, of another type or not finite is refused by name', () => {
  const other = canary(gs);
  for (const [name, tensor] of Object.entries(tensors)) {
    const put = (changed) => write({ ...tensors, [name]: changed });
    const { [name]: _missing, ...rest } = tensors;
    // Without the embedding it is another, complete network.
    if (name !== 'embedding.weight') refuses(`${name} is missing`, write(rest));
    const [rows, columns = 1] = tensor.shape;
    if (tensor.shape.length === 2) refuses(`${name} is transposed`, put({ ...tensor, shape: [columns, rows] }));
    refuses(`${name} has an axis more`, put({ ...tensor, shape: [1, ...tensor.shape] }));
    refuses(`${name} is flat`, put({ ...tensor, shape: [rows * columns * 1, 1, 1] }));
    refuses(`${name} is empty`, put({ ...tensor, shape: [0, columns], bytes: new Uint8Array(0) }));
    // A larger vocabulary is no mistake either.
    if (name !== 'embedding.weight') refuses(`${name} has a row more`, put(withFloats({ ...tensor, shape: [rows + 1, ...tensor.shape.slice(1)] }, new Float32Array((rows + 1) * columns))));
    refuses(`${name} holds whole numbers`, put({ ...tensor, dtype: 'I32' }), name);
    for (const value of [NaN, Infinity, -Infinity]) {
      refuses(`${name} holds ${value}`, put(withFloats(tensor, floats(tensor).with(1, value))), name);
    }
  }
  for (const extra of ['lstm.weight_ih_l7', 'fc.scale', 'gru.weight_hh_l0', 'attention.weight', '__proto__', '', 'x'.repeat(10_000)]) {
    refuses(`there is ${extra.slice(0, 20)} too`, write({ ...tensors, [extra || ' ']: tensors['fc.bias'] }));
  }
  refuses('nothing is in it', write({}));
  other.assertAlive('state dicts');
  other.free();
});

test('a file that is cut off, longer, or no safetensors at all is refused', () => {
  const other = canary(gs);
  for (let end = 0; end < file.length; end += 97) refuses(`cut off at ${end}`, file.subarray(0, end));
  refuses('longer', new Uint8Array([...file, 0]));
  for (const text of ['', '{}', 'PK\u0003\u0004archive/data.pkl', '<!doctype html><title>Not found</title>', '{"lstm": 3}']) {
    refuses(JSON.stringify(text), new TextEncoder().encode(text));
  }
  for (const header of ['[]', 'null', '{"a":1}', '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}', '{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', '{'.repeat(100_000)]) {
    const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
    refuses(header.slice(0, 60), new Uint8Array(Buffer.concat([length, Buffer.from(header)])));
  }
  refuses('a header of 2⁶⁴ − 1 bytes', new Uint8Array(16).fill(255));
  other.assertAlive('files');
  other.free();
});

test('a file too large to be read is refused', () => {
  const other = canary(gs);
  const error = assertRefusal(tried(() => gs.networkFromStateDict(new Uint8Array(3e9)), '3 GB').error, '3 GB');
  assert.equal(error.code, 'out-of-memory');
  refuses('250 MB of zeros', new Uint8Array(2.5e8));
  other.assertAlive('3 GB');
  other.free();
});

test('a file with any bytes changed is read or refused', () => {
  const other = canary(gs);
  const places = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const inHeader = fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.oneof(places, inHeader), (changes) => {
      const bytes = file.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      tried(() => gs.networkFromStateDict(bytes), 'bytes changed').value?.free();
    }),
    { numRuns: 1000, seed: 1 },
  );
  other.assertAlive('bytes changed');
  other.free();
});

test('rubbish for the bytes or the options is refused', () => {
  for (const [name, make] of Object.entries(RUBBISH)) {
    const error = assertRefusal(tried(() => gs.networkFromStateDict(make()), name).error, `bytes = ${name}`);
    assert.deepEqual([error.code, error.field], ['bad-state-dict', 'bytes']);
    const { value: net, error: refused } = tried(() => gs.networkFromStateDict(file, make()), `options = ${name}`);
    assert.ok(net || refused.code === 'invalid-config', `options = ${name}: ${refused?.message}`);
    net?.free();
  }
  const { error } = tried(() => gs.networkFromStateDict(file, { hiddenSize: 3 }), 'a size');
  assert.deepEqual([error.code, error.field], ['invalid-config', 'hiddenSize']);
});
