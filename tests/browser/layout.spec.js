// @ts-check
// The page on a laptop, on a projector and on a phone: nothing sticks out, nothing is cut off, nothing overlaps. The pictures stay in test-results.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { atStep, button, expect, open, openStill, print, reopen, stateOf, test } from './support/gatescope.js';
import { faultsOf } from './support/layout.js';
import { paletted } from './support/picture.js';

/** @typedef {import('@playwright/test').Page} Page */

const SCREENS = [
  { name: 'laptop', width: 1366, height: 768 },
  { name: 'desktop', width: 1920, height: 1080 },
  { name: 'phone', width: 360, height: 740 },
];

/** Runs the sweep, whose clock stands still otherwise, to a moment of it. @param {Page} page @param {string} phase @param {number} t */
async function runTo(page, phase, t) {
  for (let k = 0; k < 500; k++) {
    const { player } = await stateOf(page);
    if (player.phase === phase && player.t === t) return;
    await page.clock.runFor(60);
  }
  throw new Error(`the sweep never came to ${phase} ${t}`);
}

for (const { name, width, height } of SCREENS) {
  for (const language of ['en', 'zh-CN']) {
    test(`On a ${name} (${width}×${height}, ${language}) everything has its place`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await openStill(page, `?lang=${language}`);
      await runTo(page, 'backward', 20);
      await page.screenshot({ path: `test-results/layout-${name}-${language}.png` });
      expect(await faultsOf(page)).toEqual([]);
    });
  }
}

for (const [theme, width, height] of /** @type {const} */ ([['projector', 1920, 1080], ['projector', 1366, 768], ['projector', 1280, 720], ['dark', 1366, 768]])) {
  test(`In the ${theme} theme (${width}×${height}) everything has its place`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await openStill(page, `?theme=${theme}`);
    await runTo(page, 'backward', 20);
    await page.screenshot({ path: `test-results/layout-${theme}-${width}.png` });
    expect(await faultsOf(page)).toEqual([]);
  });
}

for (const { name, width, height } of SCREENS) {
  test(`On a ${name} every table's title keeps off its edge, and a colour scale has beside it what is not on it`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page, '#T=12&h=6&step=5&view=map');
    await atStep(page, 5);
    for (const key of ['3', '4']) {
      await page.locator('body').press(key);
      const tables = page.locator(key === '3' ? '.place-map' : '.place-training').getByRole('button', { name: 'Table', exact: true });
      await expect(tables.first()).toBeVisible();
      const scale = await page.locator('.map-scale:visible').first().boundingBox();
      const hatch = await page.locator('.map-hatch:visible').first().boundingBox();
      if (!scale || !hatch) throw new Error('no scale');
      expect(Math.abs(scale.y + scale.height / 2 - hatch.y - hatch.height / 2)).toBeLessThan(scale.height);
      for (let k = 0; k < (await tables.count()); k++) {
        await tables.nth(k).click();
        const dialog = page.locator('dialog[open]');
        const [outer, title] = await Promise.all([dialog.boundingBox(), dialog.getByRole('heading').boundingBox()]);
        if (!outer || !title) throw new Error('no title');
        expect(title.x - outer.x, `view ${key}, table ${k}`).toBeGreaterThan(10);
        await page.keyboard.press('Escape');
      }
    }
  });
}

for (const [width, height] of [[1920, 1080], [1366, 768], [1280, 720], [1024, 768]]) {
  test(`In front of a class (${width}×${height}) the time axis lies above the caption, with nothing to scroll`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await openStill(page, '?theme=projector&ui=present&lang=en');
    await runTo(page, 'backward', 20);
    await page.screenshot({ path: `test-results/layout-present-${width}.png` });
    const [plot, caption] = await Promise.all(['.gradient-plot', '.caption'].map((part) => page.locator(part).boundingBox()));
    if (!plot || !caption) throw new Error('the chart or the caption is not there');
    expect(plot.height).toBeGreaterThan(90);
    expect(plot.y + plot.height).toBeLessThanOrEqual(caption.y + 1);
    expect(caption.y + caption.height).toBeLessThanOrEqual(height + 1);
    expect(await faultsOf(page)).toEqual([]);
  });
}

test('With notices, a diverged lane and long sentences everything still has its place', async ({ page }) => {
  await open(page, '#act=relu&init=identity&opt=sgd&clip=&lr=100&T=banana&h=9999&L=0&B=x&k=99');
  await atStep(page, 0);
  await button(page, 'Train').click();
  await expect(page.getByRole('region', { name: 'RNN lane' })).toContainText(/diverged at step/);
  await page.screenshot({ path: 'test-results/layout-trouble.png' });
  expect(await faultsOf(page)).toEqual([]);
  await reopen(page, '#task=sentiment&T=40');
  await atStep(page, 0);
  await page.screenshot({ path: 'test-results/layout-sentiment.png' });
  expect(await faultsOf(page)).toEqual([]);
});

test('On a phone what is pressed is 44 px high, and one lane is shown at a time', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page);
  await button(page, 'Pause').click();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, select')]
      .filter((el) => el.checkVisibility() && el.getBoundingClientRect().height < 43.5)
      .map((el) => `${(el.getAttribute('aria-label') ?? el.textContent ?? '').trim()}: ${el.getBoundingClientRect().height.toFixed(0)}`),
  );
  expect(small).toEqual([]);
  await expect(page.getByRole('region', { name: 'LSTM lane' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'RNN lane' })).toBeHidden();
  await page.locator('.lane-tabs').getByRole('button', { name: 'RNN' }).click();
  await expect(page.getByRole('region', { name: 'RNN lane' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'LSTM lane' })).toBeHidden();
});

test('The README’s picture: the gradient on its way back, gone in one lane and alive in the other', async ({ page }) => {
  await openStill(page);
  await runTo(page, 'backward', 9);
  const picture = paletted(await page.screenshot());
  const wanted = process.env.UPDATE_PICTURE === '1';
  const file = wanted ? fileURLToPath(new URL('./picture/flow.png', import.meta.url)) : 'test-results/flow.png';
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, picture);
  print(`${basename(dirname(file))}/${basename(file)}: ${(picture.length / 1000).toFixed(0)} kB`);
  expect(picture.length).toBeLessThan(200_000);
  await expect(page.getByText(/^RNN: 49 steps back/)).toBeVisible();
});
