// @ts-check
// What a teacher takes along, pasted into a page that is somebody else's: it runs there and shows the same experiment. And the
// widget with everything in it, in an element and in a frame.
import { expect } from '@playwright/test';
import { PNG } from 'pngjs';
import decodeQR from '../../www/node_modules/qr/decode.js';
import { button } from './support/gatescope.js';
import { LIBRARY, call, host, ready, test } from './support/host.js';

/** @typedef {import('@playwright/test').Page} Page */

const OURS = new URL(process.env.BASE_URL ?? 'http://x/').origin;
/** Texts that are still the keys of words. @param {import('@playwright/test').Locator} root */
const keysIn = (root) =>
  root.evaluate((el) => {
    const tree = el.shadowRoot ?? el;
    const said = [...tree.querySelectorAll('*')].filter((one) => one.checkVisibility()).flatMap((one) => [...['aria-label', 'title', 'aria-valuetext'].map((name) => one.getAttribute(name) ?? ''), ...[...one.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent ?? '')]);
    // Tensors have names with a dot, too.
    return said.filter((text) => !/^fc\./.test(text) && /\b[a-z]+\.[a-z]\w*/.test(text) && !/\b(e\.g|i\.e)\b/.test(text));
  });

/** A page that has named us as the place of its widgets. */
const POLICY = `default-src 'none'; script-src 'self' ${OURS} 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data:; connect-src ${OURS}; worker-src blob:; frame-src ${OURS}`;

/** Opens the dialog; answers its snippets. @param {import('@playwright/test').Page | import('@playwright/test').FrameLocator} where */
async function share(where) {
  await where.getByRole('button', { name: 'Share', exact: true }).click();
  const dialog = where.getByRole('dialog', { name: 'Share this experiment' });
  await expect(dialog.locator('.share-code svg, .share-code canvas, .share-code img')).toBeVisible();
  const [frame, element, link] = await dialog.getByRole('textbox').evaluateAll((all) => all.map((one) => /** @type {HTMLTextAreaElement} */ (one).value));
  return { dialog, frame, element, link };
}

/** What the experiment in hand is: not the defaults, so that a snippet that lost it would show. */
const EXPERIMENT = '?lang=en&theme=dark#T=14&h=6&vs=rnn&cell=gru&seed=3&step=5';

/** Both lanes are where the link said. @param {Page} page */
const arrived = (page) => page.waitForFunction(() => globalThis.gatescope?.state().order.every((/** @type {string} */ cell) => globalThis.gatescope.state().lanes[cell].status.step === 5 && globalThis.gatescope.frame(cell)));

test('The preview in the dialog is the experiment itself, and closes with it', async ({ page }) => {
  await page.goto(`./${EXPERIMENT}`);
  await arrived(page);
  const { dialog } = await share(page);
  const preview = page.frameLocator('.share iframe');
  await expect(preview.locator('.badge')).toHaveText('trained · step 5');
  await expect(preview.getByRole('region', { name: 'GRU lane' })).toBeVisible();
  await dialog.getByRole('button', { name: 'as wide as the text' }).click();
  await expect(dialog.getByRole('textbox').first()).toHaveValue(/width="100%"/);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('.share iframe')).toHaveCount(0);
  await expect.poll(() => page.workers().length).toBe(2);
});

test('The code in the dialog, read off the screen as a camera would, is the link', async ({ page }) => {
  await page.goto(`./${EXPERIMENT}`);
  await arrived(page);
  const { dialog, link } = await share(page);
  expect(link).toMatch(/#v=1&.*T=14&.*step=5&/);
  const { width, height, data } = PNG.sync.read(await dialog.locator('.share-code svg').screenshot());
  expect(decodeQR({ width, height, data })).toBe(link);
});

test('Each snippet, pasted into a page of another origin, runs and shows the experiment that was shared', async ({ page }) => {
  await page.goto(`./${EXPERIMENT}`);
  await arrived(page);
  const steps = () => page.evaluate(() => Object.fromEntries(globalThis.gatescope.state().order.map((/** @type {string} */ cell) => [cell, globalThis.gatescope.state().lanes[cell].status.step])));
  expect(await steps()).toEqual({ rnn: 5, gru: 5 });
  const { frame, element, link } = await share(page);

  await host(page, frame, { elsewhere: true, policy: POLICY });
  await expect(page.frameLocator('iframe').locator('.badge')).toHaveText('trained · step 5');
  await expect(page.frameLocator('iframe').getByRole('region', { name: 'GRU lane' })).toBeVisible();
  expect(await page.frameLocator('iframe').locator('gate-scope').getAttribute('theme')).toBe('dark');

  await host(page, element, { elsewhere: true, policy: POLICY });
  await ready(page);
  await expect.poll(async () => (await call(page, 'getState')).result).toMatchObject({ step: 5, experiment: { length: 14, hidden: 6, cell: 'gru', vs: 'rnn', seed: 3 } });
  expect(await page.locator('gate-scope').evaluate((el) => [el.clientWidth, el.clientHeight])).toEqual([600, 400]);

  await page.goto(link);
  await arrived(page);
  expect(await steps()).toEqual({ rnn: 5, gru: 5 });
  await expect(page.locator('.gatescope')).toHaveAttribute('data-theme', 'dark');
});

test('An element with ui=full is the whole page, and goes on where it is when ui changes', async ({ page }) => {
  await page.setViewportSize({ width: 1366, height: 900 });
  await host(page, `${LIBRARY}<gate-scope T="10" h="6" ui="full" lang="en" style="width:1300px;height:760px"></gate-scope>`);
  await ready(page);
  for (const name of ['Loss', 'Gradient norm per timestep', 'RNN lane', 'LSTM lane']) await expect(page.getByRole('region', { name, exact: true })).toBeVisible();
  await call(page, 'train', 3);
  await page.screenshot({ path: 'test-results/element-full.png' });
  expect(await keysIn(page.locator('gate-scope'))).toEqual([]);
  const { dialog, link } = await share(page);
  expect(link).toMatch(new RegExp(`^${OURS}/\\?lang=en&theme=light#v=1&.*step=3&`));
  // The preview is an element beside the one that shares: nothing that this page's policy would have to allow, and it says nothing outside.
  const heardOf = await page.evaluateHandle(() => {
    /** @type {string[]} */
    const all = [];
    for (const name of ['ready', 'error']) document.addEventListener(`gs-${name}`, () => all.push(name));
    return all;
  });
  await expect(dialog.locator('gate-scope .badge')).toHaveText('trained · step 3');
  expect(await heardOf.jsonValue()).toEqual([]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect.poll(() => page.workers().length).toBe(2);
  for (const view of ['Memory map', 'Training']) {
    await button(page, view).click();
    await expect(page.locator(`gate-scope .place-${view === 'Training' ? 'training' : 'map'}`)).toBeVisible();
  }
  await button(page, 'Flow').click();

  await page.locator('gate-scope').evaluate((el) => el.setAttribute('ui', 'present'));
  await expect(button(page, 'Menu')).toBeVisible();
  await expect.poll(async () => (await call(page, 'getState')).result).toMatchObject({ step: 3, experiment: { length: 10 } });
  await page.screenshot({ path: 'test-results/element-present.png' });
  expect(await keysIn(page.locator('gate-scope'))).toEqual([]);
  // A clicker's keys, for whom the element has the focus.
  await call(page, 'pause');
  await call(page, 'seek', { t: 4 });
  await page.locator('gate-scope .lane').first().click({ position: { x: 5, y: 5 } });
  const before = (await call(page, 'getState')).result.t;
  await page.keyboard.press('PageDown');
  await expect.poll(async () => (await call(page, 'getState')).result.t).not.toBe(before);

  await page.locator('gate-scope').evaluate((el) => el.removeAttribute('ui'));
  await expect(page.locator('gate-scope .embed-title')).toBeVisible();
  await expect.poll(async () => (await call(page, 'getState')).result).toMatchObject({ step: 3, experiment: { length: 10 } });
  await expect.poll(() => page.workers().length).toBe(2);
});

for (const ui of ['full', 'present']) {
  test(`A frame with ui=${ui} is the whole page in somebody else's`, async ({ page }) => {
    await page.setViewportSize({ width: 1366, height: 900 });
    await host(page, `<iframe src="${OURS}/embed.html?ui=${ui}&lang=en#T=10&h=6" style="width:1300px;height:760px"></iframe>`, { elsewhere: true, policy: POLICY });
    const frame = page.frameLocator('iframe');
    await frame.locator('canvas[data-channel]').first().waitFor();
    if (ui === 'full') {
      await frame.getByRole('button', { name: 'Step', exact: true }).click();
      await expect(frame.locator('.badge').first()).toHaveText('trained · step 1');
      await expect(frame.getByRole('region', { name: 'Loss', exact: true })).toBeVisible();
      const { link } = await share(frame);
      expect(link).toMatch(new RegExp(`^${OURS}/\\?.*#v=1&.*step=1&`));
      await expect(frame.locator('.share gate-scope .badge')).toHaveText('trained · step 1');
    } else {
      await frame.getByRole('button', { name: 'Menu' }).click();
      await expect(frame.locator('.panel-menu')).toBeVisible();
    }
    await page.screenshot({ path: `test-results/frame-${ui}.png` });
  });
}

test('The gallery shows widgets in prose: each opens when it comes into sight, in its language and theme, in a frame and as elements', async ({ page }) => {
  await page.goto('gallery.html');
  const elements = page.locator('gate-scope');
  const count = await elements.count();
  expect(count).toBeGreaterThanOrEqual(5);
  for (let k = 0; k < count; k++) {
    const element = elements.nth(k);
    await element.scrollIntoViewIfNeeded();
    await expect(element.locator('canvas[data-channel]').first()).toBeVisible();
    const { lang, experiment } = await element.evaluate(async (el) => ({ lang: el.lang, experiment: (await /** @type {any} */ (el).getState()).experiment }));
    await expect(element.getByRole('button', { name: lang === 'en' ? /^(Play|Pause)$/ : /^(播放|暂停)$/ })).toBeVisible();
    const asked = await element.getAttribute('t');
    if (asked) expect(experiment.length).toBe(Number(asked));
  }
  const frame = page.frameLocator('iframe');
  await page.locator('iframe').scrollIntoViewIfNeeded();
  await expect(frame.locator('canvas[data-channel]').first()).toBeVisible();
  await frame.getByRole('button', { name: '训练', exact: true }).click();
  await expect(frame.getByRole('button', { name: '停止训练' })).toBeVisible();
});
