import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, defaultExperiment, hasPlace, laneOrder, lanesOf, settings, withLanes } from '../src/state/experiment.js';
import { MOST_LANES, OWN } from '../src/state/lanes.js';
import { MAX_LENGTH, VIEWS, readHost, readLink, writeLink } from '../src/state/link.js';
import { shortLink } from '../src/state/shortLink.js';
import { UNTOUCHED } from '../src/state/surgery.js';

/** @param {Parameters<typeof writeLink>[0]} linked */
const writeShortLink = (linked) => shortLink(writeLink(linked), writeLink({ experiment: defaultExperiment(), step: 0, t: 0, unit: null }));

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

const fieldsOf = (/** @type {(field: import('../src/state/experiment.js').Field) => boolean} */ which) => Object.fromEntries(catalog.fields.filter(which).map((field) => [field.name, valueOf(field)]));
/** Two or three lanes, of the same cell too, each with settings of its own. */
const lanes = fc.array(
  fc.constantFrom('rnn', 'lstm', 'gru').chain((cell) => fc.record(fieldsOf((field) => OWN.includes(field.name) && hasPlace(field, cell)), { requiredKeys: [], noNullPrototype: true }).map((own) => ({ cell, own }))),
  { minLength: 2, maxLength: MOST_LANES },
);
const experiments = fc.tuple(fc.record(fieldsOf(() => true)), lanes).map(([values, compared]) => withLanes(/** @type {any} */ (values), compared));

const number = (/** @type {number} */ min, /** @type {number} */ max) => fc.option(fc.double({ min, max, noNaN: true }).map((x) => x + 0));
const units = fc.option(fc.nat(99_999));
const surgeries = fc.record({
  spectralRadius: number(0, 4),
  forgetBias: number(-10, 10),
  gates: fc.dictionary(fc.constantFrom('input', 'forget', 'output', 'update', 'newGate'), fc.record({ to: /** @type {fc.Arbitrary<import('../src/state/surgery.js').ClampTo>} */ (fc.constantFrom('closed', 'open', 'recorded')), unit: units }, { noNullPrototype: true }), { noNullPrototype: true }),
  cutCellPath: fc.boolean(),
  injection: fc.option(fc.record({ t: fc.integer({ min: 1, max: 512 }), unit: fc.nat(99_999) }, { noNullPrototype: true })),
  length: fc.option(fc.integer({ min: 1, max: 512 })),
}, { noNullPrototype: true });

test('what of a surgery in a link cannot be read is named, and the rest is taken', () => {
  const read = readLink('#surgery=1,rho:2.5,rho:9,forget:open@3,forget:ajar,__proto__:open,<b>:open,inject:5@2,inject:5,T:40,T:0,cut,cat,input:shut@0');
  assert.deepEqual(read.surgery, { ...UNTOUCHED, spectralRadius: 2.5, gates: { forget: { to: 'open', unit: 2 } }, injection: { t: 5, unit: 1 }, length: 40, cutCellPath: true });
  assert.deepEqual(read.problems.map(({ given, reason }) => [given, reason]), ['rho:9', 'forget:ajar', '__proto__:open', '<b>:open', 'inject:5', 'T:0', 'cat', 'input:shut@0'].map((given) => [given, 'notSurgery']));
  const other = readLink('#surgery=2,cut');
  assert.deepEqual([other.surgery, other.problems[0].reason], [UNTOUCHED, 'otherVersion']);
});

test('every experiment survives being written as a link and read again', () => {
  fc.assert(
    fc.property(experiments, fc.nat(20000), fc.constantFrom(...VIEWS), fc.constantFrom('forward', 'loss', 'backward', 'rest', 'inspect'), fc.constantFrom('gradient', 'jacobian'), surgeries, (experiment, step, view, beat, chart, surgery) => {
      const t = experiment.length;
      const unit = experiment.hidden - 1;
      const { problems, ...read } = readLink(`#${writeLink({ experiment, past: [], step, t, unit, view, beat, chart, surgery })}`);
      assert.deepEqual(problems, []);
      assert.deepEqual(read, { experiment, past: [], step, t, unit, view, beat, chart, surgery });
    }),
  );
});

test('the short link means the same, and the usual experiment is nearly nothing', () => {
  fc.assert(
    fc.property(experiments, fc.nat(20000), (experiment, step) => {
      const { problems, ...read } = readLink(`#${writeShortLink({ experiment, step, t: 1, unit: null })}`);
      assert.deepEqual(problems, []);
      assert.deepEqual([read.experiment, read.past, read.step, read.t, read.unit], [experiment, [], step, 1, null]);
    }),
  );
  assert.equal(writeShortLink({ experiment: defaultExperiment(), step: 300, t: 0, unit: null }), 'v=1&step=300');
});

test('no text whatever makes reading a link throw or leave the ranges', () => {
  const keys = [...catalog.fields.map((field) => field.link), 'v', 'vs', 't', 'step', 'unit', 'surgery', '__proto__', 'constructor', 'x', 'b.lr', 'a.fb', 'c.T', 'd.lr', 'a.constructor', 'a.'];
  const hostile = fc.array(fc.tuple(fc.constantFrom(...keys), fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('%', '<b>', 'NaN', '1e999', '-1'))));
  fc.assert(
    fc.property(hostile, (pairs) => {
      const { experiment, t, step } = readLink(pairs.map(([key, value]) => `${key}=${value}`).join('&'));
      for (const field of catalog.fields) {
        const value = settings(experiment)[field.name];
        if (typeof value === 'number') assert.ok(value >= Number(field.min) && value <= Number(field.max), `${field.name} ${value}`);
        else assert.ok((value === null && field.nullable) || field.choices?.includes(String(value)), `${field.name} ${value}`);
      }
      const compared = lanesOf(experiment);
      assert.ok(compared.length >= 2 && compared.length <= MOST_LANES);
      assert.ok(compared.every(({ cell, own }) => ['rnn', 'lstm', 'gru'].includes(cell) && Object.keys(own).every((name) => OWN.includes(name))));
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

test('a link names lanes of the same cell and what each has for itself', () => {
  const { experiment, problems } = readLink('#vs=rnn,lstm&cell=lstm&lr=0.01&b.fb=5&c.fb=&c.opt=sgd&a.rho=1.5');
  assert.deepEqual(problems, []);
  assert.deepEqual(laneOrder(experiment), ['rnn', 'lstm1', 'lstm2']);
  assert.deepEqual(lanesOf(experiment).map(({ own }) => own), [{ spectralRadius: 1.5 }, { forgetBias: 5 }, { forgetBias: null, optimizer: 'sgd' }]);
  assert.match(writeLink({ experiment, step: 0, t: 0, unit: null }), /&vs=rnn,lstm&|^v=1&vs=rnn,lstm&/);
  assert.match(writeShortLink({ experiment, step: 0, t: 0, unit: null }), /&a\.rho=1\.5&b\.fb=5&c\.fb=&c\.opt=sgd$/);
});

test('lanes that are too many and settings that no lane can have are named, and the rest is taken', () => {
  const seven = readLink('#vs=rnn,gru,lstm,lstm,rnn,rnn&cell=lstm&T=9');
  assert.deepEqual([laneOrder(seven.experiment), seven.experiment.length], [['rnn', 'gru', 'lstm'], 9]);
  assert.deepEqual(seven.problems.map(({ key, given, reason, effective }) => [key, given, reason, effective]), [['cell', '7', 'tooManyLanes', '3']]);
  const { experiment, problems } = readLink('#vs=rnn&cell=lstm&b.lr=0.5&b.T=20&b.colour=red&c.lr=1&a.fb=1&b.clip=1e9&a.opt=magic&b.constructor=1');
  assert.deepEqual(lanesOf(experiment).map(({ own }) => own), [{ optimizer: 'adam' }, { learningRate: 0.5, clip: 1000 }]);
  assert.equal(experiment.length, 50);
  assert.deepEqual(problems.map(({ key, reason, lane }) => [key, reason, lane]), [
    ['b.T', 'notOwn', undefined],
    ['b.colour', 'notOwn', undefined],
    ['c.lr', 'notOwn', undefined],
    ['a.fb', 'notOwn', undefined],
    ['clip', 'aboveMaximum', 'lstm'],
    ['optimizer', 'unknownChoice', 'rnn'],
    ['b.constructor', 'notOwn', undefined],
  ]);
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
  const none = { language: null, theme: null, motion: null, ui: null, controls: null, hide: [], lock: [], keys: null, origin: null, lesson: null };
  assert.deepEqual(readHost('?lang=zh-CN&theme=projector&motion=reduced&evil=1&lesson=why-rnns-forget'), { ...none, lesson: 'why-rnns-forget', language: 'zh-CN', theme: 'projector', motion: 'reduced' });
  assert.deepEqual(readHost('?ui=embed&controls=min&hide=loss,legend&lock=T,seed&keys=none&origin=https://a.example'), { ...none, ui: 'embed', controls: 'min', hide: ['loss', 'legend'], lock: ['T', 'seed'], keys: 'none', origin: 'https://a.example' });
  assert.deepEqual(readHost('?lang=xx&theme=%3Cb%3E&motion=&ui=moon&controls=all&hide=%3Cb%3E,&lock=*&keys=all&lesson=../secret'), none);
});
