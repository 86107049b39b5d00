// @ts-check
// The code view: the experiment as a PyTorch script, marked where a setting changed, to be taken along with the weights.
import { readFileSync } from 'node:fs';
import { button, expect, open, reopen, setNumber, settled, slider, stateOf, test } from './support/gatescope.js';
import { faultsOf } from './support/layout.js';

/** @typedef {import('@playwright/test').Page} Page */

/** @param {Page} page */
const scriptOf = (page) => page.locator('.code pre');
/** Texts of the marked lines. @param {Page} page */
const marked = (page) => page.locator('.code .row.changed').allInnerTexts();

test('Key 5 opens the script of the shown lane; the link comes back to it', async ({ page }) => {
  await open(page);
  await page.keyboard.press('5');
  await expect(scriptOf(page)).toContainText('nn.LSTM(len(TOKENS), H, num_layers=L, batch_first=True)');
  await expect(scriptOf(page)).toContainText('STEPS = 300');
  await page.getByRole('group', { name: 'Lane of the script' }).getByRole('button', { name: 'RNN' }).click();
  await expect(scriptOf(page)).toContainText('nonlinearity="tanh"');
  await expect.poll(() => page.url()).toContain('view=code');
  await reopen(page, new URL(page.url()).hash);
  await expect(scriptOf(page)).toBeVisible();
});

test('A line whose setting changes is marked, and only such lines', async ({ page }) => {
  await open(page, '#T=10&view=code');
  await settled(page);
  await expect(scriptOf(page)).toContainText('T = 10');
  expect(await marked(page)).toEqual([]);
  await setNumber(page, 'Hidden size', 5);
  await expect(scriptOf(page)).toContainText('H = 5');
  const lines = await marked(page);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.some((line) => line.includes('H = 5'))).toBe(true);
  for (const field of await page.locator('.code .row.changed').evaluateAll((rows) => rows.map((row) => /** @type {HTMLElement} */ (row).dataset.fields))) expect(field).toMatch(/hidden|batch/);
});

test('Script and weights are downloaded, the weights as the lane has them', async ({ page }) => {
  await open(page, '#T=10&h=4&step=5&view=code');
  await page.waitForFunction(() => globalThis.gatescope.state().lanes.lstm.status.step === 5);
  await expect(scriptOf(page)).toContainText('STEPS = 5');
  const [script] = await Promise.all([page.waitForEvent('download'), button(page, 'Download script').click()]);
  expect(script.suggestedFilename()).toBe('gatescope-lstm.py');
  const text = readFileSync(await script.path(), 'utf8');
  expect(text).toContain('T = 10');
  expect(text.trimEnd()).toBe((await page.locator('.code .row').evaluateAll((rows) => rows.map((row) => [...row.childNodes].filter((node) => !(node instanceof Comment || (node instanceof Element && node.matches('.hidden')))).map((node) => node.textContent).join('').replace(/\n$/, '')).join('\n'))).trimEnd());
  const [weights] = await Promise.all([page.waitForEvent('download'), button(page, 'Download weights').click()]);
  expect(weights.suggestedFilename()).toBe('gatescope-lstm-5.safetensors');
  const bytes = readFileSync(await weights.path());
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  expect(header['lstm.weight_hh_l0'].shape).toEqual([16, 4]);
  expect(header['fc.weight'].shape).toEqual([4, 4]);
});

test('Copied is the script itself', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '#T=10&view=code');
  await button(page, 'Copy script').click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^# LSTM: [\s\S]*loss\.backward\(\)[\s\S]*dL\/dh_t/);
});

for (const [name, width, height] of /** @type {const} */ ([['laptop', 1366, 768], ['desktop', 1920, 1080], ['phone', 360, 740]])) {
  test(`The code view has its place on a ${name}, in both languages light and dark`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    for (const language of ['en', 'zh-CN']) {
      await reopen(page, `?lang=${language}&theme=${language === 'en' ? 'light' : 'dark'}#view=code`);
      await expect(scriptOf(page)).toContainText('import torch');
      await page.screenshot({ path: `test-results/code-${name}-${language}.png` });
      // Its styles come with it.
      await expect.poll(() => faultsOf(page)).toEqual([]);
    }
  });
}

test('The script is not fetched before somebody looks at it', async ({ page }) => {
  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await open(page);
  await expect(slider(page, 'Timestep')).toBeVisible();
  expect(asked.some((url) => /lab-/.test(url))).toBe(false);
  expect((await stateOf(page)).ui.view).toBe('flow');
  await page.keyboard.press('5');
  await expect(scriptOf(page)).toBeVisible();
  expect(asked.some((url) => /lab-/.test(url))).toBe(true);
});
