// @ts-check
// What is fetched before anybody has asked for anything, and what the first sign of interest brings.
import { gzipSync } from 'node:zlib';
import { atStep, button, expect, open, print, test } from './support/gatescope.js';
import { LIBRARY, call, host, ready } from './support/host.js';

/** @typedef {import('@playwright/test').Page} Page */

/** As long as a page may still be up to something by itself. */
const QUIET_MS = 4000;

/** Notes what a page fetches: names in order, and each body's size when compressed. @param {Page} page */
function observeFetches(page) {
  /** @type {string[]} */
  const names = [];
  /** @type {Promise<[string, number]>[]} */
  const bodies = [];
  page.on('response', (response) => {
    const { pathname, protocol } = new URL(response.url());
    if (protocol === 'data:') return;
    const name = pathname.split('/').pop() || 'index.html';
    names.push(name);
    bodies.push(response.body().then((body) => [name, gzipSync(body, { level: 9 }).length]));
  });
  return {
    names,
    wasms: () => names.filter((name) => name.endsWith('.wasm')).length,
    /** Kilobytes of all that came; printed file by file. @param {string} what @param {string[]} [without] files of the host's own */
    async total(what, without = []) {
      const sizes = (await Promise.all(bodies)).filter(([name]) => !without.includes(name));
      const total = sizes.reduce((sum, [, size]) => sum + size, 0);
      for (const [name, size] of sizes) print(`${(size / 1000).toFixed(1).padStart(6)} kB  ${name}`);
      print(`${(total / 1000).toFixed(1).padStart(6)} kB  ${what} before anybody touches it`);
      return total;
    },
  };
}

/** Leaves the page alone for a while. @param {Page} page */
async function leaveAlone(page) {
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(QUIET_MS);
  await page.waitForLoadState('networkidle');
}

test('The page that nobody touches loads under 300 kB and no wasm; the pointer over it brings the one wasm', async ({ page }) => {
  const fetched = observeFetches(page);
  await open(page);
  await leaveAlone(page);
  expect(fetched.wasms()).toBe(0);
  expect(fetched.names.filter((name) => /worker/.test(name))).toEqual([]);
  expect(fetched.names).toContain('opening.bin');
  expect(await fetched.total('the page')).toBeLessThanOrEqual(300_000);
  await page.mouse.move(400, 300);
  await expect.poll(fetched.wasms).toBe(1);
  await page.mouse.move(500, 300);
  await button(page, 'Step').click();
  await atStep(page, 1);
  expect(fetched.wasms()).toBe(1);
});

test('A widget that nobody touches loads under 300 kB and no wasm; the pointer over it brings the one wasm', async ({ page }) => {
  const fetched = observeFetches(page);
  await host(page, `${LIBRARY}<gate-scope></gate-scope>`);
  await ready(page);
  await leaveAlone(page);
  expect(fetched.wasms()).toBe(0);
  expect(fetched.names).toContain('opening.bin');
  expect(await fetched.total('a widget', ['host.html'])).toBeLessThanOrEqual(300_000);
  await page.locator('gate-scope').hover();
  await expect.poll(fetched.wasms).toBe(1);
  expect((await call(page, 'train', 2)).result.step).toBe(2);
  expect(fetched.wasms()).toBe(1);
});

test('Of twenty widgets that the pointer goes over, all together bring one wasm', async ({ page }) => {
  test.setTimeout(180_000);
  const fetched = observeFetches(page);
  await host(page, `${LIBRARY}${'<gate-scope></gate-scope>'.repeat(20)}`);
  await ready(page);
  const all = page.locator('gate-scope');
  for (let k = 0; k < 20; k++) {
    await all.nth(k).scrollIntoViewIfNeeded();
    await ready(page, k + 1);
  }
  await leaveAlone(page);
  expect(fetched.wasms()).toBe(0);
  for (let k = 0; k < 20; k++) await all.nth(k).hover();
  await leaveAlone(page);
  expect(fetched.wasms()).toBe(1);
});

for (const [how, reach] of /** @type {[string, (page: Page) => Promise<void>][]} */ ([
  ['The focus', (page) => page.keyboard.press('Tab')],
  ['A finger', async (page) => page.touchscreen.tap(400, 300)],
  ['A method', async (page) => void (await page.evaluate(() => document.querySelector('gate-scope')?.train(1)))],
])) {
  test.describe(how, () => {
    test.use({ hasTouch: true });
    test(`${how} wakes a widget as well as the pointer does`, async ({ page }) => {
      const fetched = observeFetches(page);
      await host(page, `${LIBRARY}<gate-scope></gate-scope>`);
      await ready(page);
      await page.waitForLoadState('networkidle');
      expect(fetched.wasms()).toBe(0);
      await reach(page);
      await expect.poll(fetched.wasms).toBe(1);
    });
  });
}

test('While the wasm that a press asked for is on its way, the page says so', async ({ page }) => {
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((done) => (release = () => done(undefined)));
  await page.route('**/gatescope.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await open(page);
  const badge = page.locator('.status-line .badge').first();
  await page.mouse.move(300, 300);
  await expect(badge).toContainText('trained example');
  await button(page, 'Step').click();
  await expect(badge).toHaveText('loading');
  release();
  await atStep(page, 1);
  await expect(badge).toHaveText('trained · step 1');
});

test('A press without any sign before it trains', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope></gate-scope>`);
  await ready(page);
  await page.getByRole('button', { name: 'Train', exact: true }).evaluate((/** @type {HTMLElement} */ one) => one.click());
  await expect.poll(async () => (await call(page, 'getState')).result.step).toBeGreaterThan(5);
});

test('A widget whose experiment has no trained trace computes as soon as it is in sight', async ({ page }) => {
  const fetched = observeFetches(page);
  await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope>`);
  await ready(page);
  expect(fetched.wasms()).toBe(1);
  expect((await call(page, 'getState')).result).toMatchObject({ source: 'live', step: 0 });
});
