import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, defaultExperiment, settings } from '../src/state/experiment.js';
import { MAX_LENGTH, VIEWS, readHost, readLink, writeLink } from '../src/state/link.js';

/** Any value a field may have. @param {import('../src/state/experiment.js').Field} field @returns {fc.Arbitrary<unknown>} */
function valueOf(field) {
  /** @type {fc.Arbitrary<unknown>[]} */
  const kinds = [];
  if (field.choices?.length) kinds.push(fc.constantFrom(...field.choices));
  if (field.nullable) kinds.push(fc.constant(null));
  const limits = { min: Number(field.min), max: Number(field.max) };
  if (field.kind === 'integer') kinds.push(fc.integer(limits));
  // −0 and 0 are the same setting and the same text.
  if (field.kind === 'number') kinds.push(fc.double({ ...limits, noNaN: true }).map((x) => x + 0));
  return fc.oneof(...kinds);
}

const experiments = fc
  .record(Object.fromEntries(catalog.fields.map((field) => [field.name, valueOf(field)])))
  .map((values) => {
    const others = catalog.fields.find((field) => field.name === 'cell')?.choices?.filter((cell) => cell !== values.cell) ?? [];
    return /** @type {import('../src/state/experiment.js').Experiment} */ (/** @type {unknown} */ ({ ...values, vs: others[0] }));
  });

test('every experiment survives being written as a link and read again', () => {
  fc.assert(
    fc.property(experiments, fc.nat(20000), fc.constantFrom(...VIEWS), fc.constantFrom('forward', 'loss', 'backward', 'rest', 'inspect'), (experiment, step, view, beat) => {
      const t = experiment.length;
      const unit = experiment.hidden - 1;
      const { problems, ...read } = readLink(`#${writeLink({ experiment, past: [], step, t, unit, view, beat })}`);
      assert.deepEqual(problems, []);
      assert.deepEqual(read, { experiment, past: [], step, t, unit, view, beat });
    }),
  );
});

test('no text whatever makes reading a link throw or leave the ranges', () => {
  const keys = [...catalog.fields.map((field) => field.link), 'v', 'vs', 't', 'step', 'unit', '__proto__', 'constructor', 'x'];
  const hostile = fc.array(fc.tuple(fc.constantFrom(...keys), fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('%', '<b>', 'NaN', '1e999', '-1'))));
  fc.assert(
    fc.property(hostile, (pairs) => {
      const { experiment, t, step } = readLink(pairs.map(([key, value]) => `${key}=${value}`).join('&'));
      for (const field of catalog.fields) {
        const value = settings(experiment)[field.name];
        if (typeof value === 'number') assert.ok(value >= Number(field.min) && value <= Number(field.max), `${field.name} ${value}`);
        else assert.ok((value === null && field.nullable) || field.choices?.includes(String(value)), `${field.name} ${value}`);
      }
      assert.ok(!experiment.vs.split(',').includes(experiment.cell));
      assert.ok(t >= 0 && t <= experiment.length && step >= 0);
    }),
  );
});

test('a bad value falls back and is named, with what was given', () => {
  const { experiment, problems } = readLink('#T=9999&lr=fast&task=constructor');
  const fallback = defaultExperiment();
  assert.equal(experiment.length, catalog.fields.find((field) => field.name === 'length')?.max);
  assert.equal(experiment.learningRate, fallback.learningRate);
  assert.equal(experiment.task, fallback.task);
  assert.deepEqual(
    problems.map(({ key, given, reason }) => [key, given, reason]).sort(),
    [
      ['learningRate', 'fast', 'notFinite'],
      ['length', '9999', 'aboveMaximum'],
      ['task', 'constructor', 'unknownChoice'],
    ],
  );
});

test('unknown keys are ignored without a word', () => {
  const { experiment, problems } = readLink('#foo=1&__proto__=2&T=7');
  assert.equal(experiment.length, 7);
  assert.deepEqual(problems, []);
  assert.equal(Object.prototype.hasOwnProperty.call(experiment, '__proto__'), false);
});

test('a link that is too long is not read at all', () => {
  const { experiment, problems } = readLink(`#T=7&${'x'.repeat(MAX_LENGTH)}`);
  assert.deepEqual(experiment, defaultExperiment());
  assert.equal(problems[0].reason, 'tooLong');
});

test('the host may ask for what is known, and for nothing else', () => {
  const none = { language: null, theme: null, motion: null, ui: null, controls: null, hide: [], lock: [], keys: null, origin: null };
  assert.deepEqual(readHost('?lang=zh-CN&theme=projector&motion=reduced&evil=1'), { ...none, language: 'zh-CN', theme: 'projector', motion: 'reduced' });
  assert.deepEqual(readHost('?ui=embed&controls=min&hide=loss,legend&lock=T,seed&keys=none&origin=https://a.example'), { ...none, ui: 'embed', controls: 'min', hide: ['loss', 'legend'], lock: ['T', 'seed'], keys: 'none', origin: 'https://a.example' });
  assert.deepEqual(readHost('?lang=xx&theme=%3Cb%3E&motion=&ui=moon&controls=all&hide=%3Cb%3E,&lock=*&keys=all'), none);
});
