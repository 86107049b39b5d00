import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { gapsIn } from '../src/draw/quantities.js';
import { LANGUAGES } from '../src/i18n/index.js';
import { MAX_TEXT, readLesson } from '../src/lesson/read.js';
import { inLanguage, scenesOf } from '../src/lesson/scenes.js';
import { TAGS, schema } from '../src/lesson/schema.js';
import { laneExperiment, laneOrder } from '../src/state/experiment.js';

const FOLDER = new URL('../public/lessons/', import.meta.url);
const NAMES = ['training-it-live', 'what-the-gates-do', 'why-rnns-forget'];
const textOf = (/** @type {string} */ name) => readFileSync(new URL(`${name}.json`, FOLDER), 'utf8');
const lessonOf = (/** @type {string} */ name) => {
  const { lesson, problems } = readLesson(textOf(name));
  assert.deepEqual(problems, [], name);
  return /** @type {import('../src/lesson/scenes.js').Lesson} */ (lesson);
};
/** A lesson of one beat that is in order. @param {object} [beat] */
const written = (beat = {}) => JSON.stringify({ gatescope: 1, title: 'A', beats: [{ caption: 'B', ...beat }] }, null, 2);
const first = (/** @type {string} */ text) => readLesson(text).problems[0];

test('the ready lessons are in order, complete in both languages, and have six to ten beats', () => {
  assert.deepEqual(readdirSync(FOLDER).filter((file) => file !== 'lesson.schema.json').sort(), NAMES.map((name) => `${name}.json`));
  for (const name of NAMES) {
    const lesson = lessonOf(name);
    assert.ok(lesson.beats.length >= 6 && lesson.beats.length <= 10, name);
    for (const text of [lesson.title, ...lesson.beats.flatMap(({ caption, notes, question }) => [caption, notes, ...(question ? [question] : [])])]) {
      assert.deepEqual(Object.keys(/** @type {object} */ (text)), TAGS, name);
    }
  }
  assert.deepEqual(TAGS, Object.keys(LANGUAGES));
});

test('no caption of a ready lesson has a number that is typed in, and both languages have the same gaps', () => {
  for (const name of NAMES) {
    for (const { caption, question } of lessonOf(name).beats) {
      for (const text of [caption, question ?? 'none']) {
        const [en, zh] = TAGS.map((tag) => inLanguage(text, tag));
        for (const one of [en, zh]) assert.doesNotMatch(one.replace(/\{[\w.]+\}/g, '').replace('f = 0', ''), /\d/, one);
        assert.deepEqual(gapsIn(en).map(({ gap }) => gap).sort(), gapsIn(zh).map(({ gap }) => gap).sort(), en);
      }
    }
  }
});

test('the ready lessons say what they are about in the chapter’s terms', () => {
  const all = NAMES.map(textOf).join();
  for (const term of ['遗忘门', '输入门', '输出门', '记忆单元', '隐藏状态', '梯度消失', '梯度爆炸', '梯度裁剪']) assert.ok(all.includes(term), term);
});

test('the schema for editors is the one that lessons are read with', () => {
  assert.deepEqual(JSON.parse(readFileSync(new URL('lesson.schema.json', FOLDER), 'utf8')), JSON.parse(JSON.stringify(schema)));
});

test('a wrong setting is named with line, column, field, what was expected and what was given', () => {
  const text = '{\n  "gatescope": 1,\n  "title": "A",\n  "beats": [\n    { "caption": "B" },\n    { "caption": "C",\n      "experiment": { "h": 8, "T": 9999 } }\n  ]\n}';
  assert.deepEqual(readLesson(text).problems, [
    { line: 7, column: 36, field: 'beats[2].experiment.T', reason: 'value', expected: [{ key: 'integer', params: { min: 1, max: 512 } }], given: '9999' },
  ]);
});

test('a comma that is missing is found where it is missing', () => {
  const { line, column, reason, expected } = first('{\n  "gatescope": 1\n  "title": "A"\n}');
  assert.deepEqual([line, column, reason, expected], [3, 3, 'syntax', [{ key: 'syntax.CommaExpected' }]]);
});

test('comments, a comma too many and Windows line ends do no harm', () => {
  const { lesson } = readLesson(`\uFEFF// mine\r\n${written().replace('"B"', '"B",').replaceAll('\n', '\r\n')}`);
  assert.equal(lesson?.beats.length, 1);
  assert.equal(first(`// mine\r\n${written({ t: 0 }).replaceAll('\n', '\r\n')}`).line, 8);
});

test('fields that do not exist, are missing, come twice or contradict each other are named', () => {
  const told = (/** @type {string} */ text) => readLesson(text).problems.map(({ field, reason }) => `${field} ${reason}`);
  assert.deepEqual(told(written({ colour: 'red' })), ['beats[1].colour unknown']);
  assert.deepEqual(told('{"gatescope":1,"title":"A","beats":[{"notes":"x"}]}'), ['beats[1].caption missing']);
  assert.deepEqual(told('{"gatescope":1,"title":"A","title":"B","beats":[{"caption":"x"}]}'), ['title twice']);
  assert.deepEqual(told('{"gatescope":1,"title":"A","beats":[{"caption":"x","__proto__":{"step":3}}]}'), ['beats[1].__proto__ unknown']);
  assert.deepEqual(told(written({ step: 3, train: 4 })), ['beats[1].train conflict']);
  assert.deepEqual(told(written({ experiment: { cell: 'gru', vs: 'rnn', 'c.lr': 0.01, 'a.fb': 1 } })), ['beats[1].experiment.c.lr conflict', 'beats[1].experiment.a.fb conflict']);
  assert.deepEqual(told(written({ experiment: { vs: 'rnn', 'b.T': 4 } })), ['beats[1].experiment.b.T unknown']);
  assert.deepEqual(told(written({ experiment: { vs: 'rnn,rnn,gru' } })), ['beats[1].experiment.vs value']);
  assert.deepEqual(told(written({ experiment: { T: 5 }, t: 6 })), ['beats[1].t value']);
  assert.deepEqual(told(written({ predict: { curve: 'loss', lane: 'gru' } })), ['beats[1].predict.lane value']);
  assert.deepEqual(told(''), [' syntax']);
  assert.deepEqual(told('[]'), [' value']);
});

test('a gap that no number fills is named where it stands in the caption', () => {
  const text = written({ caption: 'Left: {rnn.gradientLeft}, {rnn.luck}' });
  const { line, column, reason, given } = first(text);
  assert.equal(reason, 'gap');
  assert.equal(given, '{rnn.luck}');
  assert.ok(text.split('\n')[line - 1].slice(column - 1).startsWith('{rnn.luck}'));
  assert.equal(first(written({ caption: '{gru.loss}' })).reason, 'gap');
});

test('a beat may compare a cell with itself, and names its lanes by number', () => {
  const twins = { cell: 'lstm', vs: 'lstm', 'a.fb': 1, 'b.fb': 5 };
  const { lesson, problems } = readLesson(written({ caption: '{lstm1.forget} {lstm2.gradientLeft}', experiment: twins, lane: 'lstm1', highlight: { lane: 'lstm2', strip: 'forget' } }));
  assert.deepEqual(problems, []);
  const [scene] = scenesOf(/** @type {any} */ (lesson));
  assert.deepEqual(laneOrder(scene.experiment).map((lane) => laneExperiment(scene.experiment, lane).forgetBias), [1, 5]);
  assert.equal(first(written({ caption: '{lstm.loss}', experiment: twins })).reason, 'gap');
  assert.equal(first(written({ caption: 'x', experiment: twins, lane: 'lstm3' })).reason, 'value');
  // Where the cell is there once, its name is enough, and the only one.
  assert.equal(first(written({ caption: '{lstm1.loss}' })).reason, 'gap');
});

test('any value of the wrong kind is found at its own place', () => {
  const text = textOf('why-rnns-forget');
  const tree = parseTree(text);
  /** @type {import('jsonc-parser').Node[]} */
  const values = [];
  const walk = (/** @type {import('jsonc-parser').Node} */ node) => {
    if (node.type !== 'property') values.push(node);
    for (const child of node.type === 'property' ? (node.children ?? []).slice(1) : (node.children ?? [])) walk(child);
  };
  walk(/** @type {import('jsonc-parser').Node} */ (findNodeAtLocation(/** @type {any} */ (tree), ['beats'])));
  // In place of a list, a list is not of the wrong kind: what is wrong then stands inside.
  const cases = values.flatMap((node) => (node.type === 'array' ? ['-1.5e9'] : ['[[7]]', '-1.5e9']).map((bad) => /** @type {const} */ ([node, bad])));
  fc.assert(
    fc.property(fc.constantFrom(...cases), ([node, bad]) => {
      const { problems } = readLesson(text.slice(0, node.offset) + bad + text.slice(node.offset + node.length));
      const lines = text.slice(0, node.offset).split('\n');
      assert.ok(
        problems.some(({ line, column, given }) => line === lines.length && column === lines[lines.length - 1].length + 1 && given === bad),
        JSON.stringify(problems.slice(0, 2)),
      );
    }),
    { numRuns: 60 },
  );
});

test('no text makes reading throw', () => {
  const good = textOf('what-the-gates-do');
  fc.assert(
    fc.property(fc.nat(good.length), fc.nat(40), fc.oneof(fc.string(), fc.constantFrom('[', '{', '"', '}', '\\u0000', '<img src=x onerror=alert(1)>', '1e999', ',,')), (at, cut, junk) => {
      const { lesson, problems } = readLesson(good.slice(0, at) + junk + good.slice(at + cut));
      assert.notEqual(lesson === null, problems.length === 0);
      for (const { line, column, given } of problems) assert.ok(line >= 1 && column >= 1 && given.length <= 40);
    }),
    { numRuns: 150 },
  );
  for (const text of ['['.repeat(MAX_TEXT), '{"a":'.repeat(30_000), 'x'.repeat(MAX_TEXT + 1), 'null', '"<script>"']) assert.equal(readLesson(text).lesson, null);
});

test('a beat goes on with the experiment before it, from the training step before it', () => {
  const scenes = scenesOf({
    gatescope: 1,
    title: 'A',
    beats: [
      { caption: '1', experiment: { T: 10, h: 4 }, step: 20 },
      { caption: '2', train: 30, surgery: { hold: { forget: 'closed' } } },
      { caption: '3', unit: 2 },
      { caption: '4', experiment: { fb: null, cell: 'gru' } },
    ],
  });
  assert.deepEqual(scenes.map(({ step }) => step), [20, 50, 50, 0]);
  assert.deepEqual(scenes.map(({ experiment }) => [experiment.length, experiment.hidden, experiment.cell, experiment.vs]), [[10, 4, 'lstm', 'rnn'], [10, 4, 'lstm', 'rnn'], [10, 4, 'lstm', 'rnn'], [50, 32, 'gru', 'rnn']]);
  assert.deepEqual(scenes.map(({ surgery }) => surgery.gates), [{}, { forget: { to: 'closed', unit: null } }, {}, {}]);
  assert.equal(scenes[2].unit, 1);
  assert.equal(scenes[3].experiment.forgetBias, null);
});
