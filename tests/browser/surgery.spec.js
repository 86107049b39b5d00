// @ts-check
// Surgery on the shown networks: what it does to the gradient, what it leaves alone, and that nothing of it stays.
import { atStep, button, dataOf, expect, frameOf, open, print, seek, settled, slider, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

const panel = (/** @type {Page} */ page) => page.locator('.surgery');
/** @param {Page} page @param {string} name @param {string} order */
const gate = (page, name, order) => panel(page).getByRole('group', { name, exact: true }).getByRole('button', { name: order, exact: true });

/** The lane's gradient before surgery as the chart draws it, or null. @param {Page} page @param {string} lane @returns {Promise<number[] | null>} */
const beforeOf = (page, lane) =>
  page.evaluate((lane) => {
    const { before } = globalThis.gatescope.frame(lane);
    return before && Array.from(before);
  }, lane);

/** Waits until both lanes show surgery, or none. @param {Page} page @param {boolean} on */
const operated = (page, on) =>
  page.waitForFunction((on) => globalThis.gatescope.state().order.every((/** @type {string} */ lane) => Boolean(globalThis.gatescope.frame(lane)?.before) === on), on);

/** @param {Page} page @param {string} lane */
async function seriesOf(page, lane) {
  return Array.from(dataOf(await frameOf(page, lane), 'hiddenGradientLog10'));
}
const left = (/** @type {number[]} */ series) => series[0] - series[series.length - 1];

/** @param {Page} page */
async function begin(page) {
  await open(page, '#T=40&h=16');
  await settled(page);
  await button(page, 'Step').click();
  await atStep(page, 1);
  await panel(page).getByText('Surgery', { exact: true }).click();
}

test('With the forget gate shut the LSTM’s gradient vanishes; back to normal, everything is as before, bit for bit', async ({ page }) => {
  await begin(page);
  const [rnn, lstm] = [await frameOf(page, 'rnn'), await frameOf(page, 'lstm')];
  const series = await seriesOf(page, 'lstm');
  const chart = () => page.locator('.gradient-plot canvas').evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  await seek(page, 20);
  const plain = await chart();

  await gate(page, 'forget gate', 'shut').click();
  await operated(page, true);
  const after = await seriesOf(page, 'lstm');
  print(`left at t = 1: 10^${left(series).toFixed(2)}, with the gate shut 10^${left(after).toFixed(2)}`);
  expect(left(series)).toBeGreaterThan(-4);
  expect(left(after)).toBeLessThan(-10);
  expect(dataOf(await frameOf(page, 'lstm'), 'forget').every((value) => value === 0)).toBe(true);
  expect(await beforeOf(page, 'lstm')).toEqual(series);
  expect((await frameOf(page, 'rnn')).values).toEqual(rnn.values);
  await expect(page.getByText('surgery: not the trained network')).toBeVisible();
  expect(await chart()).not.toBe(plain);

  await button(page, 'Back to normal').click();
  await operated(page, false);
  expect((await frameOf(page, 'lstm')).values).toEqual(lstm.values);
  await expect(page.getByText('surgery: not the trained network')).toHaveCount(0);
  await expect.poll(chart).toBe(plain);
});

test('One unit, the cell path, the recurrent weights, the bias and a unit gradient each do what they say', async ({ page }) => {
  await begin(page);
  const heal = async () => {
    await button(page, 'Back to normal').click();
    await operated(page, false);
  };
  await page.locator('.lane[data-cell=lstm] canvas[data-channel=forget]').click();
  await seek(page, 25);
  const { ui } = await stateOf(page);
  expect(ui.unit).not.toBeNull();

  await panel(page).getByRole('checkbox', { name: `Only the pinned unit ${Number(ui.unit) + 1}` }).check();
  await gate(page, 'output gate', 'open').click();
  await operated(page, true);
  const output = dataOf(await frameOf(page, 'lstm'), 'output');
  for (let t = 0; t < 40; t++) for (let unit = 0; unit < 16; unit++) expect(output[t * 16 + unit] === 1).toBe(unit === ui.unit);
  await heal();

  const series = await seriesOf(page, 'lstm');
  await button(page, 'Cut the cell path').click();
  await operated(page, true);
  expect(left(await seriesOf(page, 'lstm'))).toBeLessThan(left(series) - 3);
  await expect(panel(page).getByText('RNN has no place for: cell path.')).toBeVisible();
  await heal();

  const plain = left(await seriesOf(page, 'rnn'));
  await panel(page).getByRole('checkbox', { name: 'Radius of W_hh' }).check();
  await slider(page, 'Radius').fill('2.5');
  await page.waitForFunction(() => globalThis.gatescope.state().surgery.spectralRadius === 2.5);
  await expect.poll(async () => left(await seriesOf(page, 'rnn'))).toBeGreaterThan(plain + 3);
  await heal();

  await panel(page).getByRole('checkbox', { name: 'Bias of f' }).check();
  await slider(page, 'Bias').fill('-8');
  await expect.poll(async () => Math.max(...dataOf(await frameOf(page, 'lstm'), 'forget'))).toBeLessThan(0.01);
  await heal();

  await button(page, `Unit gradient at t = 25, unit ${Number(ui.unit) + 1}`).click();
  await operated(page, true);
  for (const lane of ['rnn', 'lstm']) {
    const injected = await seriesOf(page, lane);
    expect(injected[24]).toBeCloseTo(0, 6);
    expect(injected.slice(25).every((value) => value === -Infinity)).toBe(true);
    expect(Number.isFinite(injected[0])).toBe(true);
  }
  await heal();
});

test('Surgery does not disturb training, and a new experiment ends it', async ({ page }) => {
  await begin(page);
  await gate(page, 'forget gate', 'shut').click();
  await operated(page, true);
  for (const step of [2, 3]) {
    await button(page, 'Step').click();
    await atStep(page, step);
  }
  await button(page, 'Back to normal').click();
  await operated(page, false);
  const healed = await frameOf(page, 'lstm');
  await gate(page, 'input gate', 'shut').click();
  await operated(page, true);
  await button(page, 'Reset').first().click();
  await atStep(page, 0);
  await operated(page, false);
  await expect(page.getByText('surgery: not the trained network')).toHaveCount(0);
  for (const step of [1, 2, 3]) {
    await button(page, 'Step').click();
    await atStep(page, step);
  }
  expect((await frameOf(page, 'lstm')).values).toEqual(healed.values);
});

test('On the opening surgery brings the same network up, and healed it shows the opening’s own numbers', async ({ page }) => {
  await open(page);
  const opening = await frameOf(page, 'lstm');
  // The opening carries the microscope's channels, which a network does only when asked for one.
  await page.getByLabel('Quantity').selectOption('ratio');
  await panel(page).getByText('Surgery', { exact: true }).click();
  await gate(page, 'forget gate', 'shut').click();
  await atStep(page, 300);
  await operated(page, true);
  await page.waitForFunction(() => Object.values(globalThis.gatescope.state().lanes).every(({ training }) => !training));
  expect(left(await seriesOf(page, 'lstm'))).toBeLessThan(-10);
  await button(page, 'Back to normal').click();
  await operated(page, false);
  expect((await frameOf(page, 'lstm')).values).toEqual(opening.values);
});
