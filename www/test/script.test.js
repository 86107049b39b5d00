import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeOpening } from '../src/engine/frame.js';
import { createTranslator } from '../src/i18n/index.js';
import { pytorchScript, textOf } from '../src/script/pytorch.js';
import { catalog, defaultExperiment, laneExperiment } from '../src/state/experiment.js';

/** @typedef {import('../src/script/lines.js').LaneExperiment} LaneExperiment */

const PYTHON = spawnSync('python3', ['--version']).status === 0;
const TORCH = PYTHON && spawnSync('python3', ['-c', 'import torch']).status === 0;
/** Tests that need a Python, and one with PyTorch, are there where it is. @param {boolean} there @returns {(name: string, run: () => void) => void} */
const where = (there) => (name, run) => void (there && test(name, run));
const [withPython, withTorch] = [PYTHON, TORCH].map(where);
const t = createTranslator();
const say = (/** @type {string} */ key, /** @type {Record<string, unknown> | undefined} */ params) => t(key, params);
const TOLD = { step: 3, example: 0, past: [], operated: false };

/** @param {string} input @param {string} code */
const python = (code, input = '') => execFileSync('python3', ['-c', code], { input, encoding: 'utf8', env: { ...process.env, PYTHONIOENCODING: 'utf-8' } });

/** Any value that a setting can have. @param {typeof catalog.fields[number]} field */
function valueOf(field) {
  const choices = (field.choices ?? []).map((one) => fc.constant(/** @type {any} */ (one)));
  const range = { min: field.min ?? 0, max: field.max ?? 1 };
  const numbers = field.kind === 'integer' ? [fc.integer(range)] : field.kind === 'number' ? [fc.double({ ...range, noNaN: true })] : [];
  return fc.oneof(...choices, ...numbers, ...(field.nullable ? [fc.constant(null)] : []));
}
const lanes = fc.record(Object.fromEntries(catalog.fields.map((field) => [field.name, valueOf(field)]))).map((given) => {
  const lane = /** @type {any} */ ({ ...given });
  for (const field of catalog.fields) if (field.cells && !field.cells.includes(lane.cell)) lane[field.name] = field.nullable ? null : field.choices?.[0];
  if (lane.task === 'sentiment') lane.length = Math.max(4, lane.length);
  return /** @type {LaneExperiment} */ (lane);
});
const told = fc.record({ step: fc.nat(20000), example: fc.nat(255), past: fc.array(fc.record({ until: fc.nat(), changed: fc.array(fc.constant('Learning rate')) }), { maxLength: 1 }), operated: fc.boolean() });

test('every experiment has a script without gaps, the same each time, whose lines name settings that there are', () => {
  const names = new Set([...catalog.fields.map(({ name }) => name), 'step', 'example', 'Learning rate']);
  fc.assert(
    fc.property(lanes, told, (lane, more) => {
      const script = pytorchScript(lane, more, say);
      const text = textOf(script);
      assert.equal(text, textOf(pytorchScript(lane, more, say)));
      assert.doesNotMatch(text, /undefined|NaN|\[object|script\.\w/);
      for (const { text: line, fields } of script) {
        assert.ok(!line.includes('\n') && !/\s$/.test(line), JSON.stringify(line));
        for (const field of fields) assert.ok(names.has(field), field);
      }
      for (const [open, close] of ['()', '[]', '{}']) assert.equal(text.split(open).length, text.split(close).length, open);
    }),
    { numRuns: 300 },
  );
});

test('a setting that changes the script changes lines that name it', () => {
  fc.assert(
    fc.property(lanes, fc.constantFrom(...catalog.fields), fc.infiniteStream(fc.nat()), (lane, field, seeds) => {
      const [value] = fc.sample(valueOf(field), { numRuns: 1, seed: seeds.next().value });
      const other = /** @type {any} */ ({ ...lane, [field.name]: value });
      if (other.task === 'sentiment') other.length = Math.max(4, other.length);
      if (field.cells && !field.cells.includes(lane.cell)) return;
      const [before, after] = [lane, other].map((one) => pytorchScript(one, TOLD, say));
      const [texts, all] = [before, after].map((script) => new Set(script.map(({ text }) => text)));
      if (field.name === 'cell') return;
      const fresh = after.filter(({ text }) => !texts.has(text) && text.trim());
      const gone = before.filter(({ text }) => !all.has(text) && text.trim());
      const moved = [...fresh, ...gone];
      assert.ok(moved.length === 0 || moved.some(({ fields }) => fields.includes(field.name)), `${field.name}: ${moved.map(({ text }) => text).join('|')}`);
    }),
    { numRuns: 200 },
  );
});

withPython('Python reads every script', () => {
  const scripts = fc.sample(fc.tuple(lanes, told), { numRuns: 200, seed: 11 }).map(([lane, more]) => textOf(pytorchScript(lane, more, say)));
  python('import ast, json, sys\nfor text in json.load(sys.stdin): ast.parse(text)', JSON.stringify(scripts));
});

/** The part of a script that needs no PyTorch: settings and task. @param {LaneExperiment} lane */
const taskOf = (lane) => textOf(pytorchScript(lane, TOLD, say)).replace(/^(import torch|from torch.*)$/gm, '').split('\ndef draw(')[0];

withPython('the task in Python draws the very sequence that the core looks at', () => {
  const folder = new URL('../public/', import.meta.url);
  const { lanes: opening } = JSON.parse(readFileSync(new URL('opening.json', folder), 'utf8'));
  const [{ info, frame }] = decodeOpening({ lanes: opening }, Uint8Array.from(readFileSync(new URL('opening.bin', folder))).buffer);
  const said = JSON.parse(python(`${taskOf(info.experiment)}\nimport json\nprint(json.dumps([TOKENS, sample(Rng(SEED, HELD_OUT), HELD_OUT)[0]]))`));
  assert.deepEqual(said, [info.tokens, Array.from(frame.data('tokens'))]);
});

withPython('sentences in Python have the length asked for, and each part has its own', () => {
  for (const language of ['en', 'zh']) {
    for (const length of [4, 5, 9, 50]) {
      const lane = laneExperiment({ ...defaultExperiment(), task: 'sentiment', language: /** @type {any} */ (language), length }, 'lstm');
      const code = `${taskOf(lane)}
a = [sample(Rng(SEED, HELD_OUT), HELD_OUT) for _ in range(1)] + [sample(r, HELD_OUT) for r in [Rng(5, 3)] for _ in range(100)]
b = [sample(r, TRAINING) for r in [Rng(5, 2)] for _ in range(100)]
assert all(len(s) == ${length} and label in (0, 1) for s, label in a + b)
assert not set(map(lambda one: tuple(one[0]), a)) & set(map(lambda one: tuple(one[0]), b))`;
      python(code);
    }
  }
});

withTorch('PyTorch runs the scripts', () => {
  const base = { ...defaultExperiment(), length: 6, hidden: 4, batch: 4 };
  for (const change of [{}, { layers: 2 }, { init: 'orthogonal', spectralRadius: 1.2 }, { init: 'identity', optimizer: 'sgd', clip: null }, { forgetBias: 1 }, { task: 'sentiment' }]) {
    for (const cell of ['rnn', 'lstm', 'gru']) {
      const lane = /** @type {LaneExperiment} */ ({ ...laneExperiment(/** @type {any} */ ({ ...base, ...change }), cell) });
      const out = python(textOf(pytorchScript(lane, TOLD, say)));
      assert.match(out, /step 3: loss/);
      assert.equal(out.match(/dL\/dh_t/g)?.length, 6);
    }
  }
});
