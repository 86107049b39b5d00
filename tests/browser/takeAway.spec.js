// @ts-check
// What a reader takes along: figures, numbers with all digits, a film of the sweep, the settings as a link.
import { PNG } from 'pngjs';
import { atStep, button, dataOf, expect, frameOf, open, print, reopen, stateOf, test } from './support/gatescope.js';
import { faultsOf } from './support/layout.js';
import { take } from './support/take.js';

/** @typedef {import('@playwright/test').Page} Page */

/** @param {string} text a table whose fields have no commas */
function tableOf(text) {
  const [head, ...rows] = text.trimEnd().split('\r\n').map((row) => row.split(','));
  return rows.map((row) => Object.fromEntries(head.map((name, k) => [name, row[k]])));
}

test('The numbers of both lanes come with all digits, and are those on the screen', async ({ page }) => {
  await open(page, '#T=12&h=5&step=20&view=training');
  await atStep(page, 20);
  const json = await take(page, 'JSON');
  expect(json.name).toBe('gatescope-trace.json');
  const { lanes, columns, link } = JSON.parse(json.bytes.toString());
  expect(link).toContain('T=12');
  const rows = tableOf((await take(page, 'CSV, a row a timestep')).bytes.toString());
  const units = tableOf((await take(page, 'CSV, a row a unit')).bytes.toString());
  expect([rows.length, units.length]).toEqual([2 * 12, 2 * 12 * 5]);
  for (const lane of lanes) {
    const frame = await frameOf(page, lane.cell);
    expect([lane.step, lane.steps, lane.hiddenSize]).toEqual([20, 12, 5]);
    for (const name of [...Object.keys(lane.timesteps), ...Object.keys(lane.units)]) expect(Object.keys(columns)).toContain(name);
    const own = rows.filter(({ cell }) => cell === lane.cell);
    const logs = dataOf(frame, 'hiddenGradientLog10');
    own.forEach((row, t) => {
      expect(Number(row.step)).toBe(20);
      expect(Number(row.hiddenGradientLog10)).toBe(lane.timesteps.hiddenGradientLog10[t]);
      expect(Math.abs(Number(row.hiddenGradientLog10) - logs[t])).toBeLessThan(1e-5);
    });
    const hidden = dataOf(frame, 'hidden');
    units.filter(({ cell }) => cell === lane.cell).forEach((row, k) => {
      expect(Number(row.hidden)).toBe(lane.units.hidden.flat()[k]);
      expect(Math.abs(Number(row.hidden) - hidden[k])).toBeLessThan(1e-6);
    });
  }
  const ids = await page.evaluate(() => globalThis.gatescope.state().lanes.lstm.info.tokens);
  expect(rows.every(({ token }) => ids.includes(token))).toBe(true);
});

test('Figures come as SVG and PNG before anything has been trained, and from every view', async ({ page }) => {
  await open(page);
  for (const key of ['1', '5']) {
    await page.keyboard.press(key);
    const svg = await take(page, 'SVG');
    expect(svg.bytes.toString()).toMatch(/^<svg [\s\S]*<image [\s\S]*gatescope [\s\S]*<\/svg>$/);
    const png = PNG.sync.read((await take(page, 'PNG')).bytes);
    expect(png.width).toBe(1920);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(button(page, 'Take away')).toBeFocused();
  }
  expect((await stateOf(page)).source).toBe('opening');
});

test('With nothing trained the numbers are those of the untrained networks', async ({ page }) => {
  await open(page, '#T=6&h=3');
  await atStep(page, 0);
  const { lanes } = JSON.parse((await take(page, 'JSON')).bytes.toString());
  await expect(page.getByRole('dialog', { name: 'Take it away' })).toContainText('Nothing is trained yet');
  expect(lanes.map((/** @type {any} */ { cell, step, loss }) => [cell, step, Number.isFinite(loss)])).toEqual([['rnn', 0, true], ['lstm', 0, true]]);
});

test('A lane that diverged gives its finite part; the rest is named, not left out', async ({ page }) => {
  await open(page, '#act=relu&init=identity&opt=sgd&clip=&lr=100&T=20&h=8');
  await atStep(page, 0);
  await button(page, 'Train').click();
  await expect(page.getByRole('region', { name: 'RNN lane' })).toContainText(/diverged at step/);
  const text = (await take(page, 'CSV, a row a unit')).bytes.toString();
  const rows = tableOf(text).filter(({ cell }) => cell === 'rnn');
  expect(rows.length).toBe(20 * 8);
  for (const row of rows) for (const name of ['hidden', 'hiddenGradient']) expect(row[name]).toMatch(/^(-?\d[\d.]*(e[+-]\d+)?|NaN|-?Infinity)$/);
  const { lanes } = JSON.parse((await take(page, 'JSON')).bytes.toString());
  expect(lanes.find((/** @type {any} */ { cell }) => cell === 'rnn').units.hidden.flat().length).toBe(160);
});

test('The sweep is recorded as a film that plays', async ({ page }) => {
  test.setTimeout(90_000);
  await open(page, '#T=6&h=3');
  await atStep(page, 0);
  const { name, bytes } = await take(page, 'Record the sweep as WebM');
  expect(name).toBe('gatescope-sweep.webm');
  expect(bytes.subarray(0, 4).toString('hex')).toBe('1a45dfa3');
  print(`a sweep over 6 timesteps: ${(bytes.length / 1000).toFixed(0)} kB`);
  expect(bytes.length).toBeGreaterThan(10_000);
  expect((await stateOf(page)).ui.sweep).toBeNull();
  // Given up, nothing is kept.
  await page.getByRole('button', { name: 'Record the sweep as WebM' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Record the sweep as WebM' })).toBeVisible();
});

test('The settings are copied as a link to the same experiment', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '#T=9&h=3');
  await atStep(page, 0);
  await button(page, 'Take away').click();
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^http.*#v=1.*&T=9&.*h=3/);
});

for (const [name, width, height] of /** @type {const} */ ([['laptop', 1366, 768], ['desktop', 1920, 1080], ['phone', 360, 740]])) {
  test(`The dialog has its place on a ${name}, in both languages`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    for (const [language, word] of [['en', 'Take away'], ['zh-CN', '导出']]) {
      await reopen(page, `?lang=${language}`);
      await button(page, word).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await page.locator('.take-away summary').click();
      await page.screenshot({ path: `test-results/take-${name}-${language}.png` });
      expect(await faultsOf(page)).toEqual([]);
      expect(await page.locator('.take-away').evaluate((el) => el.scrollWidth <= el.clientWidth)).toBe(true);
    }
  });
}
