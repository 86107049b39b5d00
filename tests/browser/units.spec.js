// @ts-check
// What is read of a network at rest: how long its units keep what they hold, what one step of time does to a small change,
// and the same network over another length or with its gates frozen.
import { atStep, button, dataOf, expect, frameOf, open, settled, slider, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** What was read of a lane, once everything is there. @param {Page} page @param {string} lane */
async function recurrenceOf(page, lane) {
  await page.waitForFunction((lane) => globalThis.gatescope.map(lane)?.recurrence?.singularValues.length > 0, lane, { timeout: 60_000 });
  return page.evaluate((lane) => {
    const { halfLives, largest, smallest, productLog10, exponents } = globalThis.gatescope.map(lane).recurrence;
    return { halfLives: Array.from(halfLives), largest: Array.from(largest), smallest: Array.from(smallest), productLog10: Array.from(productLog10), exponents: Array.from(exponents ?? []) };
  }, lane);
}

/** Waits until every lane shows surgery, or none. @param {Page} page @param {boolean} on */
const operated = (page, on) =>
  page.waitForFunction((on) => globalThis.gatescope.state().order.every((/** @type {string} */ lane) => Boolean(globalThis.gatescope.frame(lane)?.before) === on), on);

test('Half-lives are those of the forget gates on the screen; sorted, the longest comes first and a press of Enter pins its unit', async ({ page }) => {
  await open(page, '#v=1&T=30&h=12');
  await settled(page);
  await page.keyboard.press('m');
  const { halfLives } = await recurrenceOf(page, 'lstm');
  const forget = dataOf(await frameOf(page, 'lstm'), 'forget');
  for (let unit = 0; unit < 12; unit++) {
    let sum = 0;
    for (let t = 0; t < 30; t++) sum += Math.log(forget[t * 12 + unit]);
    expect(halfLives[unit] / ((-30 * Math.LN2) / sum)).toBeCloseTo(1, 3);
  }
  const strip = page.locator('.half-lives canvas');
  await strip.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  expect((await stateOf(page)).ui.unit).toBe(halfLives.indexOf(Math.max(...halfLives)));
  await button(page, 'Longest first').click();
  await strip.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  expect((await stateOf(page)).ui.unit).toBe(11);
});

test('With one unit, singular values, product and exponent are the ratios of the gradients on the screen', async ({ page }) => {
  await open(page, '#v=1&T=16&h=1');
  await settled(page);
  await page.keyboard.press('m');
  const { largest, smallest, productLog10, exponents } = await recurrenceOf(page, 'rnn');
  const gradient = dataOf(await frameOf(page, 'rnn'), 'hiddenGradientLog10');
  for (let t = 1; t < 16; t++) {
    expect(Math.log10(largest[t])).toBeCloseTo(gradient[t - 1] - gradient[t], 4);
    expect(smallest[t]).toBeCloseTo(largest[t], 9);
  }
  for (let t = 0; t < 16; t++) expect(productLog10[t]).toBeCloseTo(gradient[t] - gradient[15], 4);
  const mean = largest.reduce((sum, value) => sum + Math.log(value), 0) / 16;
  expect(exponents[0]).toBeCloseTo(mean, 6);
  const region = page.getByRole('region', { name: 'Jacobians along t' });
  await expect(region.locator('canvas')).toHaveCount(2);
  await expect(region).toContainText('λ');
});

test('Frozen gates keep every value and let no gradient pass to what sets them', async ({ page }) => {
  await open(page, '#v=1&T=20&h=8&step=2');
  await atStep(page, 2);
  await settled(page);
  const before = await frameOf(page, 'lstm');
  await page.locator('.surgery').getByText('Surgery', { exact: true }).click();
  const names = ['forget gate', 'input gate', 'output gate'];
  for (const name of names) await page.locator('.surgery').getByRole('group', { name, exact: true }).getByRole('button', { name: 'frozen', exact: true }).click();
  await operated(page, true);
  await page.waitForFunction(() => Object.keys(globalThis.gatescope.state().surgery.gates).length === 3);
  await expect.poll(async () => dataOf(await frameOf(page, 'lstm'), 'hiddenGradientLog10')[0]).not.toBe(dataOf(before, 'hiddenGradientLog10')[0]);
  const after = await frameOf(page, 'lstm');
  for (const channel of ['hidden', 'cellState', 'forget', 'input', 'output', 'candidate']) expect(Array.from(dataOf(after, channel)), channel).toEqual(Array.from(dataOf(before, channel)));
  await expect.poll(() => page.evaluate(() => location.hash)).toContain('surgery=1,forget:frozen,input:frozen,output:frozen');
});

test('The same weights are shown over another length and back, and training does not notice', async ({ page }) => {
  await open(page, '#v=1&T=20&h=8&step=2');
  await atStep(page, 2);
  await settled(page);
  const before = await frameOf(page, 'lstm');
  await page.locator('.surgery').getByText('Surgery', { exact: true }).click();
  await page.locator('.surgery').getByRole('checkbox', { name: 'Shown length' }).check();
  await slider(page, 'Timesteps').fill('20');
  expect((await stateOf(page)).surgery.length).toBe(40);
  await slider(page, 'Timesteps').fill('60');
  await page.waitForFunction(() => ['rnn', 'lstm'].every((lane) => globalThis.gatescope.frame(lane)?.layout.steps === 60));
  const longer = await frameOf(page, 'lstm');
  expect(dataOf(longer, 'hiddenGradientLog10')).toHaveLength(60);
  expect(Array.from(dataOf(longer, 'hiddenGradientLog10')).every((value) => Number.isFinite(value))).toBe(true);
  await expect(slider(page, 'Timestep')).toHaveAttribute('max', '60');
  await expect.poll(() => page.evaluate(() => location.hash)).toContain('surgery=1,T:60');
  await button(page, 'Step').click();
  await atStep(page, 3);
  await button(page, 'Back to normal').click();
  await page.waitForFunction(() => globalThis.gatescope.frame('lstm')?.layout.steps === 20);
  const straight = await page.context().newPage();
  await straight.goto(`${new URL(page.url()).origin}/#v=1&T=20&h=8&step=3`);
  await atStep(straight, 3);
  await settled(straight);
  expect(Array.from((await frameOf(page, 'lstm')).values)).toEqual(Array.from((await frameOf(straight, 'lstm')).values));
  expect(before.layout.steps).toBe(20);
});

test('The link tells which quantity is charted; one that is none is named and the first is shown', async ({ page }) => {
  await open(page, '#v=1&T=12&h=8');
  await settled(page);
  const chosen = () => page.getByRole('region', { name: 'Gradient norm per timestep' }).getByLabel('Quantity');
  await chosen().selectOption('jacobian');
  await expect.poll(() => page.evaluate(() => location.hash)).toContain('chart=jacobian');
  await page.reload();
  await settled(page);
  await expect(chosen()).toHaveValue('jacobian');
  await page.evaluate(() => (location.hash = '#v=1&T=12&h=8&chart=%3Cb%3E'));
  await expect(page.getByText('Quantity along t: “<b>” is not a choice, using gradient.')).toBeVisible();
  await expect(chosen()).toHaveValue('gradient');
  // Well-formed, but no cell has it: only the cells know, and then it is said.
  await page.evaluate(() => (location.hash = '#v=1&T=12&h=8&chart=nonsense'));
  const said = page.getByText('Quantity along t: no shown cell has “nonsense”; ‖∂L/∂hₜ‖ is shown. Choose another one above the chart.');
  await expect(said).toBeVisible();
  await expect(chosen()).toHaveValue('gradient');
  await chosen().selectOption('ratio');
  await expect(said).toHaveCount(0);
});
