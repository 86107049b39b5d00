// @ts-check
// The ready-made experiments: one click each, a link each, and what each sentence promises is in the numbers.
import { readFileSync } from 'node:fs';
import { button, choice, dataOf, expect, frameOf, open, print, scalarsOf, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** @type {Record<string, string>} */
const words = JSON.parse(readFileSync(new URL('../../www/src/i18n/en.json', import.meta.url), 'utf8'));

/** Waits until every lane of the experiment shows this training step of it. @param {Page} page @param {number} step */
const arrived = (page, step) =>
  page.waitForFunction(
    (step) => {
      const { experiment, lanes, order, source } = globalThis.gatescope.state();
      return (
        source === 'live' &&
        order.every((/** @type {string} */ cell) => {
          const frame = globalThis.gatescope.frame(cell);
          const { info, training } = lanes[cell];
          if (!frame || !info || training || info.experiment.learningRate !== experiment.learningRate || info.experiment.clip !== experiment.clip) return false;
          const { offset } = frame.layout.channels.find((/** @type {{ name: string }} */ { name }) => name === 'scalars');
          return frame.values[offset + frame.layout.scalars.indexOf('step')] === step;
        })
      );
    },
    step,
    { timeout: 60_000 },
  );

/** Clicks a preset; the address and the button follow. @param {Page} page @param {string} id @param {string[]} link */
async function choose(page, id, link) {
  await button(page, words[`preset.${id}`]).click();
  await arrived(page, 0);
  await expect(button(page, words[`preset.${id}`])).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText(words[`preset.${id}.about`])).toBeVisible();
  for (const part of link) await expect.poll(() => new URL(page.url()).hash.slice(1).split('&')).toContain(part);
}

/** The address alone brings the same experiment back. @param {Page} page @param {string} id */
async function comesBack(page, id) {
  const { experiment, order } = await stateOf(page);
  const { hash } = new URL(page.url());
  await page.goto('about:blank');
  await page.goto(`./${hash}`);
  await page.waitForFunction((cells) => cells.every((cell) => globalThis.gatescope?.frame(cell)), order);
  expect((await stateOf(page)).experiment).toEqual(experiment);
  await expect(button(page, words[`preset.${id}`])).toHaveAttribute('aria-pressed', 'true');
}

/** Trains to a step, through the link. @param {Page} page @param {number} step */
async function trained(page, step) {
  await page.evaluate((step) => (location.hash = location.hash.replace(/step=\d+/, `step=${step}`)), step);
  await arrived(page, step);
}

/** log10 of what is left of the gradient at the first timestep. @param {Page} page @param {string} lane */
async function left(page, lane) {
  const series = dataOf(await frameOf(page, lane), 'hiddenGradientLog10');
  return series[0] - series[series.length - 1];
}

/** @param {Page} page @param {string} lane @param {string} channel */
const sorted = async (page, lane, channel) => dataOf(await frameOf(page, lane), channel).slice().sort();
const mean = (/** @type {Float32Array} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (/** @type {Float32Array} */ values) => values[values.length >> 1];

test('Vanish: 49 steps back less than a millionth is left, in both cells', async ({ page }) => {
  await open(page);
  await choose(page, 'vanish', ['vs=rnn', 'cell=gru', 'T=50', 'fb=']);
  for (const lane of ['rnn', 'gru']) {
    const log10 = await left(page, lane);
    print(`${lane}: 10^${log10.toFixed(2)}`);
    expect(log10).toBeLessThan(-6);
  }
  await comesBack(page, 'vanish');
});

test('Explode and Clip rescues: the same network, destroyed by its first updates or trained, as its gradient is clipped', async ({ page }) => {
  test.setTimeout(150_000);
  await open(page);
  /** @type {Record<string, Record<string, number>>} */
  const after = {};
  /** @type {Record<string, Float32Array>} */
  const first = {};
  for (const [id, clip] of [['explode', 'clip='], ['clip', 'clip=1']]) {
    await choose(page, id, ['rho=1.7', 'opt=sgd', 'lr=0.1', clip]);
    first[id] = dataOf(await frameOf(page, 'rnn'), 'hiddenGradientLog10').slice();
    const log10 = await left(page, 'rnn');
    print(`${id}: 10^${log10.toFixed(2)}`);
    expect(log10).toBeGreaterThan(2);
    await comesBack(page, id);
    await trained(page, 1);
    const { gradientNorm, clippedNorm } = await scalarsOf(page, 'rnn');
    print(`${id}: norm ${gradientNorm.toFixed(1)}, used ${clippedNorm.toFixed(3)}`);
    expect(gradientNorm).toBeGreaterThan(50);
    expect(clippedNorm).toBeCloseTo(id === 'clip' ? 1 : gradientNorm, 3);
    await trained(page, 150);
    if (id === 'clip') expect((await scalarsOf(page, 'rnn')).heldOutAccuracy).toBeGreaterThan(0.95);
    await trained(page, 300);
    after[id] = await scalarsOf(page, 'rnn');
    print(`${id}: ${(100 * after[id].heldOutAccuracy).toFixed(0)} % held-out at step 300`);
  }
  expect(first.clip).toEqual(first.explode);
  expect(after.explode.heldOutAccuracy).toBeLessThan(0.4);
  expect(after.clip.heldOutAccuracy).toBeGreaterThan(0.95);
});

test('LSTM remembers: its forget gates are open, its gradient arrives, and training uses it', async ({ page }) => {
  test.setTimeout(120_000);
  await open(page);
  await choose(page, 'remembers', ['vs=rnn', 'cell=lstm', 'fb=chrono']);
  expect(mean(await sorted(page, 'lstm', 'forget'))).toBeGreaterThan(0.9);
  const [rnn, lstm] = [await left(page, 'rnn'), await left(page, 'lstm')];
  print(`rnn 10^${rnn.toFixed(2)}, lstm 10^${lstm.toFixed(2)}`);
  expect(rnn).toBeLessThan(-6);
  expect(lstm).toBeGreaterThan(-3);
  await comesBack(page, 'remembers');
  await trained(page, 300);
  expect((await scalarsOf(page, 'lstm')).heldOutAccuracy).toBeGreaterThan(0.99);
  expect((await scalarsOf(page, 'rnn')).heldOutAccuracy).toBeLessThan(0.5);
});

test('LSTM also fails: its forget gates are half shut, and its gradient vanishes', async ({ page }) => {
  await open(page);
  await choose(page, 'fails', ['cell=lstm', 'fb=']);
  const f = mean(await sorted(page, 'lstm', 'forget'));
  const log10 = await left(page, 'lstm');
  print(`f ${f.toFixed(2)}, 10^${log10.toFixed(2)}`);
  expect(f).toBeGreaterThan(0.4);
  expect(f).toBeLessThan(0.6);
  expect(log10).toBeLessThan(-6);
  await comesBack(page, 'fails');
});

test('Saturated: slopes and forget gates are at 0, and no gradient comes through', async ({ page }) => {
  await open(page);
  await choose(page, 'saturated', ['init=identity', 'rho=4', 'fb=-8']);
  const slope = median(await sorted(page, 'rnn', 'activationDerivative'));
  const f = mean(await sorted(page, 'lstm', 'forget'));
  const [rnn, lstm] = [await left(page, 'rnn'), await left(page, 'lstm')];
  print(`slope ${slope.toFixed(4)}, f ${f.toFixed(4)}, rnn 10^${rnn.toFixed(1)}, lstm 10^${lstm.toFixed(1)}`);
  expect(slope).toBeLessThan(0.01);
  expect(f).toBeLessThan(0.01);
  expect(rnn).toBeLessThan(-20);
  expect(lstm).toBeLessThan(-20);
  await comesBack(page, 'saturated');
});

test('The sentences are there in Chinese, too', async ({ page }) => {
  /** @type {Record<string, string>} */
  const chinese = JSON.parse(readFileSync(new URL('../../www/src/i18n/zh-CN.json', import.meta.url), 'utf8'));
  await open(page);
  await choice(page, 'Language').selectOption('zh-CN');
  for (const id of ['vanish', 'explode', 'clip', 'remembers', 'fails', 'saturated']) {
    await button(page, chinese[`preset.${id}`]).click();
    await expect(page.getByText(chinese[`preset.${id}.about`])).toBeVisible();
  }
});
