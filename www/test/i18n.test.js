import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { LANGUAGES, createTranslator, preferredLanguage } from '../src/i18n/index.js';
import { catalog } from '../src/state/experiment.js';
import { PRESETS } from '../src/state/presets.js';

const tags = Object.keys(LANGUAGES);
/** @type {Record<string, Record<string, string>>} */
const words = Object.fromEntries(await Promise.all(tags.map(async (tag) => [tag, await LANGUAGES[tag].load()])));
const gaps = (/** @type {string} */ text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

test('every language has every message, with the same gaps', () => {
  const reference = words.en;
  for (const tag of tags) {
    const messages = words[tag];
    assert.deepEqual(Object.keys(messages).sort(), Object.keys(reference).sort(), tag);
    for (const [key, text] of Object.entries(messages)) {
      assert.notEqual(text.trim(), '', `${tag} ${key}`);
      assert.deepEqual(gaps(text), gaps(reference[key]), `${tag} ${key}`);
    }
  }
});

test('the Chinese page uses the chapter’s own terms', () => {
  const all = Object.values(words['zh-CN']).join(' ');
  for (const term of ['遗忘门', '输入门', '输出门', '记忆单元', '隐藏状态', '梯度', '消失', '爆炸']) assert.ok(all.includes(term), term);
});

test('every setting, choice and preset has its words', () => {
  const messages = words.en;
  for (const field of catalog.fields) {
    assert.ok(`field.${field.name}` in messages, field.name);
    if (field.kind === 'choice' && field.name !== 'cell') for (const name of field.choices ?? []) assert.ok(`choice.${field.name}.${name}` in messages, `${field.name} ${name}`);
  }
  for (const { id } of PRESETS) assert.ok(`preset.${id}` in messages && `preset.${id}.about` in messages, id);
});

test('every message that the sources name exists', () => {
  const messages = words.en;
  const src = new URL('../src/', import.meta.url);
  for (const folder of ['./', 'views/']) {
    for (const file of readdirSync(new URL(folder, src))) {
      if (!file.endsWith('.js')) continue;
      const text = readFileSync(new URL(folder + file, src), 'utf8');
      for (const [, key] of text.matchAll(/\bt\('([\w.]+)'/g)) assert.ok(key in messages, `${file}: ${key}`);
    }
  }
});

test('accessible names in English are those of the public surface', () => {
  const t = createTranslator();
  const names = ['button.play', 'button.pause', 'button.step', 'button.train', 'button.stop', 'button.reset', 'button.present', 'slider.timestep', 'field.length', 'field.hidden', 'field.learningRate', 'gradients.region', 'loss.region'];
  assert.deepEqual(names.map((key) => t(key)), ['Play', 'Pause', 'Step', 'Train', 'Stop training', 'Reset', 'Present', 'Timestep', 'Sequence length', 'Hidden size', 'Learning rate', 'Gradient norm per timestep', 'Loss']);
  assert.equal(t('lane.region', { cell: t('cell.rnn') }), 'RNN lane');
});

test('magnitudes are written as on a blackboard, also beyond any float', () => {
  const t = createTranslator();
  assert.equal(t.magnitude(Math.log10(3.1e-4)), '3.1e−4');
  assert.equal(t.magnitude(-1000.3), '5e−1001');
  assert.equal(t.magnitude(Math.log10(0.2)), '0.2');
  assert.equal(t.magnitude(-Infinity), '0');
  assert.equal(t.magnitude(Number.NaN), 'not finite');
  assert.equal(t.magnitude(Math.log10(9.99e-5)), '1e−4');
  assert.equal(t.factor(0.61), '.61');
  assert.equal(t.factor(1.124), '1.12');
  assert.equal(t.number(-0.5, 2), '−0.50');
  assert.equal(t.factor(0), '0');
  assert.equal(t.reading(-22.4), '−22.40');
  assert.equal(t.reading(-17577669257494528), '−1.8e16');
});

test('the language follows the browser and can be switched while the page lives', async () => {
  assert.equal(preferredLanguage(['fr', 'zh-TW', 'en']), 'zh-CN');
  assert.equal(preferredLanguage(['fr', 'en-GB']), 'en');
  assert.equal(preferredLanguage([]), 'en');
  const t = createTranslator();
  await t.use('zh-CN');
  assert.equal(t('button.train'), '训练');
  await t.use('xx');
  await t.use('toString');
  assert.equal(t.language, 'zh-CN');
});

test('a number with six digits never has a mantissa of ten', async () => {
  const t = createTranslator();
  for (const [value, text] of /** @type {[number, string][]} */ ([[1 - 1e-9, '1.00000e0'], [9.9999951, '1.00000e1'], [9.99999, '9.99999e0'], [9.99998, '9.99998e0'], [1, '1.00000e0'], [2.5e-7, '2.50000e−7']])) assert.equal(t.exact(Math.log10(value)), text);
});

test('counts take the plural form of their language, numbers its signs, and lists its words', async () => {
  const t = createTranslator();
  assert.deepEqual([1, 2, 0].map((count) => t.plural('lesson.faults', count)), ['1 fault', '2 faults', '0 faults']);
  assert.equal(t.list(['a', 'b', 'c'], 'disjunction'), 'a, b, or c');
  assert.deepEqual([t.number(12345), t.percent(0.256)], ['12,345', '26%']);
  await t.use('zh-CN');
  assert.deepEqual([1, 2].map((count) => t.plural('lesson.faults', count)), [1, 2].map((count) => words['zh-CN']['lesson.faults.other'].replace('{count}', String(count))));
  assert.equal(t.list(['a', 'b', 'c'], 'disjunction'), 'a、b或c');
  // Every count has the forms that its language asks for, or the one that stands for all.
  for (const tag of tags) {
    for (const key of Object.keys(words[tag]).filter((name) => name.endsWith('.other'))) {
      for (const form of new Intl.PluralRules(tag).resolvedOptions().pluralCategories) assert.ok(key.replace('other', form) in words[tag] || tag !== 'en', `${tag} ${key} ${form}`);
    }
  }
});
