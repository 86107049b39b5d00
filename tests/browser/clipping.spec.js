// @ts-check
// What clipping does to every parameter, in every step: recorded whole, drawn beside the norm of all, to be copied and taken along.
import { readFileSync } from 'node:fs';
import { atStep, button, expect, frameOf, open, print, reopen, settled, test } from './support/gatescope.js';
import { observeWorkers } from './support/observe.js';
import { pictureOf } from './support/picture.js';

/** @typedef {import('@playwright/test').Page} Page */

const LINK = '#v=1&T=12&h=8&clip=0.2&lr=0.01&view=training';
const CELLS = /** @type {const} */ (['rnn', 'lstm']);

/** The records of a lane, one array a step. @param {Page} page @param {string} cell @param {'history' | 'norms'} which @param {number} width */
async function recordsOf(page, cell, which, width) {
  const flat = await page.evaluate(([cell, which]) => globalThis.observed[/** @type {'norms'} */ (which)][cell], [cell, which]);
  return Array.from({ length: flat.length / width }, (_, k) => flat.slice(k * width, (k + 1) * width));
}

/** The number that a table says. @param {string} text */
const read = (text) => Number(text.replaceAll('−', '-').replaceAll(',', ''));

/** Trains by hand for so many steps and rests. @param {Page} page @param {number} steps */
async function train(page, steps) {
  await button(page, 'Train').click();
  await page.waitForFunction((wanted) => Object.values(globalThis.gatescope.state().lanes).every(({ status }) => status.step >= wanted), steps);
  await button(page, 'Stop training').click();
  await page.waitForFunction(() => Object.values(globalThis.gatescope.state().lanes).every(({ training }) => !training));
}

const region = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Training run' });

test('Every step is recorded for every parameter, drawn for the chosen one, and in the table as it was recorded', async ({ page }) => {
  await page.addInitScript(observeWorkers);
  await open(page, LINK);
  await settled(page);
  await train(page, 30);
  await region(page).getByLabel('Gradient of').selectOption('weight_hh_l0');
  await expect(region(page)).toContainText('after clipping all at 0.2');
  await region(page).getByRole('button', { name: 'Table' }).click();
  const table = page.locator('.training-charts .numbers-table');
  await expect(table).toBeVisible();
  const heads = await table.locator('thead th').allTextContents();
  const rows = await table.locator('tbody tr').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
  let clipped = 0;
  for (const [lane, name] of [['rnn', 'RNN'], ['lstm', 'LSTM']]) {
    const { layout } = await frameOf(page, lane);
    const width = 1 + 2 * layout.parameters.length;
    const records = await recordsOf(page, lane, 'norms', width);
    expect(records.map(([step]) => step)).toEqual(records.map((_, k) => k + 1));
    const k = layout.parameters.findIndex((one) => one.endsWith('weight_hh_l0'));
    const [before, after] = ['before', 'after'].map((when) => heads.indexOf(`${name} ‖∇‖ of weight_hh_l0, ${when} clipping`));
    expect(Math.min(before, after)).toBeGreaterThan(0);
    const figures = await recordsOf(page, lane, 'history', 6);
    records.forEach((record, step) => {
      expect(Math.abs(read(rows[step][before]) / record[1 + 2 * k] - 1)).toBeLessThan(1e-5);
      expect(Math.abs(read(rows[step][after]) / record[2 + 2 * k] - 1)).toBeLessThan(1e-5);
      // All parameters together make the norm that is compared with the threshold.
      const whole = (/** @type {number} */ which) => Math.hypot(...record.filter((_, at) => at > 0 && (at - 1) % 2 === which));
      expect(Math.abs(whole(0) / figures[step][3] - 1)).toBeLessThan(1e-5);
      expect(whole(1)).toBeLessThanOrEqual(0.2 * (1 + 1e-5));
      clipped += Number(whole(0) > 0.2);
    });
  }
  print(`${rows.length} steps in the table, clipped ${clipped} times`);
  expect(clipped).toBeGreaterThan(5);
  await table.getByRole('button', { name: 'Close' }).click();

  // The curve goes through the recorded norm.
  const { layout } = await frameOf(page, 'lstm');
  const k = layout.parameters.findIndex((one) => one.endsWith('weight_hh_l0'));
  const records = await recordsOf(page, 'lstm', 'norms', 1 + 2 * layout.parameters.length);
  const plot = await region(page).locator('.chart').nth(2).locator('.u-over').boundingBox();
  const reach = await page.evaluate(() => Math.max(...Object.values(globalThis.gatescope.state().lanes).map((lane) => lane.reach)));
  if (!plot) throw new Error('no chart');
  const ink = await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.querySelector('.gatescope'))).getPropertyValue('--lane-lstm').trim());
  const picture = await pictureOf(page);
  const wanted = [1, 3, 5].map((at) => Number.parseInt(ink.slice(at, at + 2), 16));
  for (const step of [5, 12, 20, 28]) {
    const [x, y] = [plot.x + (step / reach) * plot.width, plot.y + ((3 - Math.log10(records[step - 1][1 + 2 * k])) / 9) * plot.height];
    const near = [-3, -2, -1, 0, 1, 2, 3].map((dy) => picture.at(Math.round(x), Math.round(y + dy)));
    expect(near.some((seen) => seen.every((one, c) => Math.abs(one - wanted[c]) < 60)), `step ${step}: ${near.join(' | ')} has no ${wanted}`).toBe(true);
  }
});

test('The file of the run has every step of every parameter, all digits, also the step at which a run ended', async ({ page }) => {
  await page.addInitScript(observeWorkers);
  await open(page, LINK);
  await settled(page);
  await train(page, 12);
  const take = async () => {
    await button(page, 'Take away').click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('dialog', { name: 'Take it away' }).getByRole('button', { name: 'CSV, a row a training step' }).click()]);
    expect(file.suggestedFilename()).toBe('gatescope-steps.csv');
    await page.keyboard.press('Escape');
    const [head, ...rows] = readFileSync(await file.path(), 'utf8').trimEnd().split('\r\n').map((row) => row.split(','));
    return rows.map((row) => Object.fromEntries(head.map((name, k) => [name, row[k]])));
  };
  const rows = await take();
  for (const cell of CELLS) {
    const { layout } = await frameOf(page, cell);
    const [norms, figures] = [await recordsOf(page, cell, 'norms', 1 + 2 * layout.parameters.length), await recordsOf(page, cell, 'history', 6)];
    const own = rows.filter((row) => row.cell === cell);
    expect(own.length).toBe(norms.length);
    own.forEach((row, k) => {
      expect(Number(row.step)).toBe(k + 1);
      ['loss', 'accuracy', 'gradientNorm', 'clippedNorm', 'heldOutAccuracy'].forEach((name, at) => expect(Object.is(Number(row[name]), figures[k][1 + at]), name).toBe(true));
      layout.parameters.forEach((name, p) => {
        const short = name.replace(/^(rnn|lstm)\./, '');
        expect([Number(row[`${short}.before`]), Number(row[`${short}.after`])]).toEqual([norms[k][1 + 2 * p], norms[k][2 + 2 * p]]);
      });
    });
  }

  await reopen(page, '#v=1&T=131&h=32&act=relu&init=identity&rho=2&clip=&view=training');
  await settled(page);
  await button(page, 'Train').click();
  await page.waitForFunction(() => globalThis.gatescope.state().lanes.rnn.status.diverged);
  if (await button(page, 'Stop training').isVisible()) await button(page, 'Stop training').click();
  const last = (await take()).filter((row) => row.cell === 'rnn').at(-1) ?? {};
  print(`the RNN ends: ${JSON.stringify(last)}`);
  expect(last['weight_ih_l0.before']).toBe('Infinity');
  expect(last['weight_ih_l0.after']).toBe('NaN');
  expect(last.loss).toBe('');
});

test('Runs that part keep what each of them had: the branch begins with the norms of the common part', async ({ page }) => {
  await open(page, LINK);
  await settled(page);
  await train(page, 20);
  const norms = () => page.evaluate(() => globalThis.gatescope.norms('lstm'));
  const first = await norms();
  await page.getByRole('slider', { name: 'Training step' }).fill('10');
  await page.waitForFunction(() => globalThis.gatescope.state().seek === null);
  await page.getByRole('slider', { name: 'Learning rate' }).fill('0.5');
  await page.waitForFunction(() => globalThis.gatescope.state().runs.length === 2);
  await settled(page);
  await atStep(page, 10);
  expect(await norms()).toEqual(first.slice(0, 10));
  await button(page, 'Step').click();
  await atStep(page, 11);
  const [branch] = [await norms()];
  expect(branch.length).toBe(11);
  // The eleventh step is taken with the same weights and the same data: another learning rate changes what comes after it.
  expect(branch[10]).toEqual(first[10]);
  await button(page, 'Step').click();
  await atStep(page, 12);
  expect((await norms())[11]).not.toEqual(first[11]);
});
