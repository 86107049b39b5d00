// @ts-check
// The training view: the horizon's colours are those of the recorded norms, a click brings the moment back, curves say what was trained.
import { AxeBuilder } from '@axe-core/playwright';
import { atStep, button, dataOf, expect, frameOf, open, print, reopen, setNumber, slider, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

const SMALL = '#T=20&h=12&seed=5';

/** @param {Page} page @param {string} lane */
const pastOf = (page, lane) => page.evaluate((lane) => globalThis.gatescope.past(lane), lane);

/** Colours of a lane's horizon in the middle of cells, and what they should be. @param {Page} page @param {string} lane @param {[number, number][]} cells step and t */
const coloursOf = (page, lane, cells) =>
  page.evaluate(async ([lane, cells]) => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector(`canvas[data-horizon="${lane}"]`));
    const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const { horizon } = globalThis.gatescope.past(lane);
    const { reach } = globalThis.gatescope.state().lanes[lane];
    const small = Number.parseFloat(getComputedStyle(canvas).getPropertyValue('--canvas-small'));
    const box = { left: Math.round(small * 2.6), top: 1, width: Math.floor(canvas.clientWidth - Math.round(small * 2.6) - 1), height: Math.floor(canvas.clientHeight - small * 1.8 - 2) };
    const ratio = canvas.width / canvas.clientWidth;
    return cells.map(([step, t]) => {
      const column = horizon.columns[horizon.steps.findLastIndex((/** @type {number} */ one) => one <= step)];
      const x = box.left + ((step + 0.5) / (reach + 1)) * box.width;
      const y = box.top + ((t - 0.5) / column.length) * box.height;
      return { seen: [...g.getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1).data.slice(0, 3)], due: globalThis.gatescope.colourOf('gradient', column[t - 1], column[column.length - 1]) };
    });
  }, /** @type {const} */ ([lane, cells]));

test('Every sampled pixel of the horizon has the colour of its recorded norm, and the norms are the network’s own', async ({ page }) => {
  await open(page, `${SMALL}&step=60`);
  await atStep(page, 60);
  await page.keyboard.press('4');
  await expect(page.getByRole('region', { name: 'Gradient horizon' })).toBeVisible();
  for (const lane of ['rnn', 'lstm']) {
    const cells = /** @type {[number, number][]} */ ([0, 1, 7, 20, 33, 48, 55, 58].flatMap((step) => [1, 6, 13, 19].map((t) => [step, t])));
    const colours = await coloursOf(page, lane, cells);
    const wrong = colours.filter(({ seen, due }) => seen.some((/** @type {number} */ value, /** @type {number} */ k) => Math.abs(value - due[k]) > 2));
    expect(wrong, lane).toEqual([]);
    expect(new Set(colours.map(({ seen }) => seen.join())).size, 'more than one colour').toBeGreaterThan(5);
    const { horizon } = await pastOf(page, lane);
    expect(horizon.steps).toEqual([...Array(61).keys()]);
    const last = dataOf(await frameOf(page, lane), 'hiddenGradientLog10');
    expect(Object.values(horizon.columns[60]).map(Number)).toEqual([...last]);
  }
});

test('A click on the horizon brings that training step and that timestep back; the arrow keys read it', async ({ page }) => {
  await open(page, `${SMALL}&step=100`);
  await atStep(page, 100);
  await page.keyboard.press('4');
  const canvas = page.locator('canvas[data-horizon="lstm"]');
  const box = /** @type {{ x: number, y: number, width: number, height: number }} */ (await canvas.boundingBox());
  await canvas.hover({ position: { x: box.width * 0.5, y: box.height * 0.3 } });
  const text = (await page.locator('.tooltip').textContent()) ?? '';
  const [, step, t] = /step (\d+) · t (\d+) ·/.exec(text) ?? [];
  print(text);
  await canvas.click({ position: { x: box.width * 0.5, y: box.height * 0.3 } });
  await atStep(page, Number(step));
  expect((await stateOf(page)).player.t).toBe(Number(t));
  const norm = dataOf(await frameOf(page, 'lstm'), 'hiddenGradientLog10');
  const said = /= ([^,]+),/.exec(text)?.[1].replace('−', '-');
  expect(Math.log10(Number(said))).toBeCloseTo(norm[Number(t) - 1], 1);

  await canvas.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await atStep(page, 0);
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await atStep(page, 100);
});

test('The horizon grows while the network trains, and what is recorded does not depend on being watched', async ({ page }) => {
  await open(page, `${SMALL}&step=2`);
  await atStep(page, 2);
  await page.keyboard.press('4');
  await button(page, 'Train').click();
  await page.waitForFunction(() => globalThis.gatescope.past('lstm').horizon.steps.length > 40);
  await button(page, 'Stop training').click();
  await expect(button(page, 'Train')).toBeVisible();
  const watched = await pastOf(page, 'lstm');
  await reopen(page, `${SMALL}&step=${watched.tip}`);
  await atStep(page, watched.tip);
  const straight = await pastOf(page, 'lstm');
  expect(straight.horizon).toEqual(watched.horizon);
  expect(straight.frames).toEqual(watched.frames);
});

test('Another example is looked at through all of training', async ({ page }) => {
  await open(page, `${SMALL}&step=80`);
  await atStep(page, 80);
  const before = (await pastOf(page, 'lstm')).horizon;
  await page.keyboard.press('4');
  await page.getByRole('button', { name: 'Next example' }).click();
  await page.waitForFunction((count) => globalThis.gatescope.past('lstm').horizon.steps.length === count, before.steps.length);
  const after = (await pastOf(page, 'lstm')).horizon;
  expect(after.steps).toEqual(before.steps);
  expect(after.columns).not.toEqual(before.columns);
  await slider(page, 'Training step').fill('33');
  await atStep(page, 33);
  expect(Object.values(after.columns[33]).map(Number)).toEqual([...dataOf(await frameOf(page, 'lstm'), 'hiddenGradientLog10')]);
});

test('A branch is drawn beside the run it parted from, on the same axes, and a button goes back', async ({ page }) => {
  test.setTimeout(90_000);
  await open(page, `${SMALL}&step=120`);
  await atStep(page, 120);
  await slider(page, 'Training step').fill('50');
  await atStep(page, 50);
  await setNumber(page, 'Learning rate', 0.05);
  await expect(page.getByRole('combobox', { name: 'Branch' })).toBeVisible();
  await button(page, 'Training').click();
  await button(page, 'Step').click();
  await atStep(page, 51);
  await expect(page.locator('canvas[data-horizon]')).toHaveCount(4);
  // Up to the parting both pictures are the same; the former goes on.
  const columns = await page.evaluate(() =>
    ['lstm', 'lstm ghost'].map((key) => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector(`canvas[data-horizon="${key}"]`));
      const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const left = 40;
      // The middle of t = 10 of 20, however high the picture is.
      const y = 1 + 0.475 * (canvas.clientHeight - Number.parseFloat(getComputedStyle(canvas).getPropertyValue('--canvas-small')) * 1.8 - 2);
      return [0.2, 0.8].map((share) => [...g.getImageData(Math.floor((left + share * (canvas.clientWidth - left)) * devicePixelRatio), Math.floor(y * devicePixelRatio), 1, 1).data]);
    }),
  );
  expect(columns[0][0]).toEqual(columns[1][0]);
  expect(columns[0][1][3], 'the branch ends at step 51').toBe(0);
  expect(columns[1][1][3], 'the former run goes on to 120').toBe(255);
  await page.getByRole('group', { name: 'Branch' }).getByRole('button', { name: 'first run' }).click();
  await atStep(page, 120);
  expect((await stateOf(page)).experiment.learningRate).toBe(0.002);
});

test('A run that diverged is drawn to its end and named', async ({ page }) => {
  await open(page, '#T=60&h=16&rho=4&act=relu&init=identity&opt=sgd&lr=1&clip=&step=30');
  await page.waitForFunction(() => globalThis.gatescope.state().lanes.rnn.status.diverged && globalThis.gatescope.state().lanes.lstm.status.step === 30);
  await page.keyboard.press('4');
  const { tip, diverged } = await pastOf(page, 'rnn');
  const words = await page.evaluate(() => {
    /** @type {string[]} */
    const written = [];
    const before = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      written.push(text);
      return before.call(this, text, ...rest);
    };
    return new Promise((done) => {
      globalThis.dispatchEvent(new Event('resize'));
      document.querySelector('canvas[data-horizon="rnn"]')?.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 400, clientY: 500 }));
      setTimeout(() => done(written), 400);
    });
  });
  print(`${JSON.stringify(diverged)}; written: ${/** @type {string[]} */ (words).filter((word) => word.startsWith('diverged')).join(' | ')}`);
  expect(words).toEqual(expect.arrayContaining([`diverged at step ${diverged.step}:`, 'the loss is no longer finite']));
  const [blank] = await page.evaluate((tip) => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas[data-horizon="rnn"]'));
    const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    return [[...g.getImageData(Math.floor(canvas.width * 0.8), Math.floor(canvas.height * 0.6), 1, 1).data], tip];
  }, tip);
  expect(blank[3], 'nothing beyond the end').toBe(0);
});

test('The weights’ histograms follow the training step', async ({ page }) => {
  await open(page, `${SMALL}&step=100`);
  await atStep(page, 100);
  await page.keyboard.press('4');
  const region = page.getByRole('region', { name: 'Weights' });
  await expect(region.getByText('step 100')).toHaveCount(2);
  const of = () => region.getByRole('img').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  const late = await of();
  expect(late.length).toBe(12);
  await slider(page, 'Training step').fill('3');
  await expect(region.getByText('step 3', { exact: true })).toHaveCount(2);
  expect(await of()).not.toEqual(late);
});

test('The training view has its place and nothing to complain about, in every theme', async ({ page }) => {
  await open(page, `${SMALL}&step=40`);
  await atStep(page, 40);
  await page.keyboard.press('4');
  for (const theme of ['light', 'dark', 'projector']) {
    await page.getByRole('combobox', { name: 'Theme' }).selectOption(theme);
    const { violations } = await new AxeBuilder({ page }).include('.place-training').include('.place-bottom').analyze();
    expect(violations.map(({ id, nodes }) => `${theme} ${id}: ${nodes[0].html}`)).toEqual([]);
  }
  await page.getByRole('combobox', { name: 'Theme' }).selectOption('light');
  for (const [width, height] of [[1366, 768], [1920, 1080], [360, 740]]) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(200);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${width}`).toBeLessThanOrEqual(0);
  }
});
