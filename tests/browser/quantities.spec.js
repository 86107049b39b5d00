// @ts-check
// The quantities along t: computed when asked for, each number on the screen the lane's own, and what clipping does.
import { TOLERANCE, colourOf, distance } from './support/colours.js';
import { atStep, dataOf, expect, frameOf, open, scalarsIn, settled, test } from './support/gatescope.js';
import { pictureOf } from './support/picture.js';

/** @typedef {import('@playwright/test').Page} Page */

const region = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Gradient norm per timestep' });
const choose = (/** @type {Page} */ page, /** @type {string} */ name) => region(page).getByLabel('Quantity').selectOption(name);

/** The number that a text says: 3.4e−5, 0.12, 12%. @param {string} text */
const read = (text) => (text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text.replace('−', '-').replace('−', '-')));

/** Waits until a channel of a lane is filled, or empty. @param {Page} page @param {string} lane @param {string} name @param {boolean} filled */
const whenFilled = (page, lane, name, filled = true) =>
  page.waitForFunction(
    ([cell, channel, wanted]) => {
      const frame = globalThis.gatescope.frame(/** @type {string} */ (cell));
      const at = frame?.layout.channels.find((/** @type {any} */ one) => one.name === channel);
      return at && Number.isNaN(frame.values[at.offset]) !== wanted;
    },
    /** @type {[string, string, boolean]} */ ([lane, name, filled]),
  );

test('What a frame carries only when asked is asked for with the quantity, and no longer after it', async ({ page }) => {
  await open(page, '#v=1&T=12&h=8');
  await settled(page);
  await whenFilled(page, 'lstm', 'weightHhCosine', false);
  await choose(page, 'recurrentShare');
  await whenFilled(page, 'lstm', 'weightHhCosine');
  await choose(page, 'gradient');
  await page.getByRole('button', { name: 'Step', exact: true }).click();
  await atStep(page, 1);
  await whenFilled(page, 'lstm', 'weightHhCosine', false);
});

test('A ready-made experiment, whose sentence speaks of the gradient, shows the gradient, and the menu names what is shown', async ({ page }) => {
  await open(page);
  for (const preset of ['LSTM also fails', 'Vanish']) {
    await choose(page, 'directPath');
    await expect(region(page).getByRole('heading')).toHaveText('The direct path');
    await page.getByRole('button', { name: preset, exact: true }).click();
    await expect(region(page).getByRole('heading')).toHaveText('the gradient');
    await expect(region(page).getByLabel('Quantity')).toHaveValue('gradient');
  }
});

test('The table of every quantity has the numbers of the frame, row by row', async ({ page }) => {
  await open(page, '#v=1&T=9&h=6&vs=rnn,gru');
  await settled(page);
  const names = await region(page).getByLabel('Quantity').locator('option').evaluateAll((all) => all.map((one) => /** @type {HTMLOptionElement} */ (one).value));
  expect(names).toEqual(['gradient', 'ratio', 'jacobian', 'directPath', 'recurrentShare', 'inputShare', 'biasShare', 'inputGradient', 'shut', 'open', 'saturated']);
  for (const name of names) {
    await choose(page, name);
    for (const lane of ['rnn', 'gru', 'lstm']) if (name !== 'gradient') await whenFilled(page, lane, 'inputGradientLog10');
    await region(page).getByRole('button', { name: 'Table' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    const rows = await page.locator('.numbers-table tbody tr').evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')));
    expect(rows.length).toBe(9);
    let column = 0;
    for (const lane of ['rnn', 'gru', 'lstm']) {
      const frame = await frameOf(page, lane);
      const quantity = frame.layout.quantities.find((one) => one.name === name);
      for (const channel of quantity ? [...quantity.series, ...(quantity.cosine ? [quantity.cosine] : [])] : []) {
        const log = channel.endsWith('Log10');
        dataOf(frame, channel).forEach((value, k) => {
          const said = rows[k][column];
          if (Number.isNaN(value)) expect(said).toBe('–');
          else if (value === -Infinity) expect(said).toBe('0');
          else if (log) expect(Math.abs(read(said) / 10 ** value - 1), `${channel} at ${k + 1}: ${said}`).toBeLessThan(2e-5);
          else expect(Math.abs(read(said) - value), `${channel} at ${k + 1}: ${said}`).toBeLessThan(6e-5);
        });
        column++;
      }
    }
    expect(rows[0].length, name).toBe(column);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
});

test('The bars of the terms have the colours of their cosines', async ({ page }) => {
  await open(page, '#v=1&T=10&h=8&step=3');
  await atStep(page, 3);
  await settled(page);
  await choose(page, 'biasShare');
  await whenFilled(page, 'rnn', 'biasCosine');
  await page.getByRole('slider', { name: 'Timestep' }).fill('1');
  await page.waitForTimeout(300);
  const picture = await pictureOf(page);
  const frames = [await frameOf(page, 'rnn'), await frameOf(page, 'lstm')];
  const [rail, plot] = [await page.locator('.playhead-rail').boundingBox(), await page.locator('.gradient-plot').boundingBox()];
  if (!rail || !plot) throw new Error('no chart');
  const surface = picture.at(Math.round(rail.x + rail.width - 2), Math.round(plot.y + plot.height - 40));
  for (const [index, frame] of frames.entries()) {
    const cosine = dataOf(frame, 'biasCosine');
    for (const t of [4, 6, 8]) {
      // Just above the floor, where every bar is, a quarter of a bar from its edge so that no line crosses.
      const x = rail.x + ((t - 1 + (index + 0.5) / 2) / 10) * rail.width;
      const blend = colourOf('signed', cosine[t - 1], 0).map((one, k) => 0.62 * one + 0.38 * surface[k]);
      const seen = picture.at(Math.round(x), Math.round(plot.y + plot.height - 30));
      expect(distance(seen, blend), `${index} t ${t}: ${seen} is not ${blend} (cosine ${cosine[t - 1]})`).toBeLessThanOrEqual(TOLERANCE);
    }
  }
});

test('Clipping shows the norm of every parameter before and after, and they make the norm of all', async ({ page }) => {
  await open(page, '#v=1&T=12&h=8&clip=0.05&step=4');
  await atStep(page, 4);
  await page.getByText('Gradient clipping at norm 0.05').click();
  for (const lane of ['rnn', 'lstm']) {
    const frame = await frameOf(page, lane);
    const norms = dataOf(frame, 'parameterNorms');
    const { gradientNorm, clippedNorm } = scalarsIn(frame);
    const whole = (/** @type {number} */ which) => Math.hypot(...norms.filter((_, k) => k % 2 === which));
    expect(Math.abs(whole(0) / gradientNorm - 1)).toBeLessThan(1e-5);
    expect(Math.abs(whole(1) / clippedNorm - 1)).toBeLessThan(1e-5);
    expect(clippedNorm).toBeLessThanOrEqual(0.0500001);
    const rows = page.locator(`.clipping dl[data-cell=${lane}] .norm`);
    const [names, texts] = [await rows.locator('dt').allTextContents(), await rows.locator('dd').allTextContents()];
    expect(texts.length).toBe(frame.layout.parameters.length + 1);
    frame.layout.parameters.forEach((name, k) => {
      expect(name.endsWith(names[k + 1]), name).toBe(true);
      const [before, after = before] = (texts[k + 1].match(/[\d.]+(e−?\d+)?/g) ?? []).map(read);
      expect(Math.abs(before / norms[2 * k] - 1), texts[k + 1]).toBeLessThan(0.06);
      expect(Math.abs(after / norms[2 * k + 1] - 1), texts[k + 1]).toBeLessThan(0.06);
    });
  }
});
