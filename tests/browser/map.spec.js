// @ts-check
// The memory map's view: what it says is what the gradients say, it is made while the page goes on, and it has its place.
import { AxeBuilder } from '@axe-core/playwright';
import { atStep, button, dataOf, expect, frameOf, open, print, seek, settled, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** @param {Page} page @param {string} lane */
const mapOf = (page, lane) =>
  page.evaluate((lane) => {
    const map = globalThis.gatescope.map(lane);
    return map && { ...map, values: Array.from(map.values) };
  }, lane);

/** Waits until every lane has its exact map and its spectra. @param {Page} page @param {string} [method] */
const mapped = (page, method = 'exact') =>
  page.waitForFunction(
    (method) =>
      globalThis.gatescope.state().order.every((/** @type {string} */ cell) => {
        const map = globalThis.gatescope.map(cell);
        return map?.method === method && (method === 'estimate' || map.recurrence);
      }),
    method,
    { timeout: 60_000 },
  );

test('With one unit the map is the ratio of the gradients on the screen, entry by entry', async ({ page }) => {
  await open(page, '#T=20&h=1&act=tanh');
  await settled(page);
  await page.keyboard.press('m');
  await mapped(page);
  for (const lane of ['rnn', 'lstm']) {
    const { values } = /** @type {NonNullable<Awaited<ReturnType<typeof mapOf>>>} */ (await mapOf(page, lane));
    const gradient = dataOf(await frameOf(page, lane), 'hiddenGradientLog10');
    const T = gradient.length;
    // The loss stands at T alone: ∂L/∂h_s = (∂h_T/∂h_s)·∂L/∂h_T, a number for one unit.
    for (let s = 0; s < T; s++) expect(values[(T - 1) * T + s]).toBeCloseTo(gradient[s] - gradient[T - 1], 4);
    for (let t = 0; t < T; t++) {
      expect(values[t * T + t]).toBeCloseTo(0, 5);
      for (let s = t + 1; s < T; s++) expect(values[t * T + s]).toBe(-Infinity);
      // Without a cell state, what passes from s to T passes through t.
      if (lane === 'rnn') for (let s = 0; s <= t; s++) expect(values[t * T + s]).toBeCloseTo(gradient[s] - gradient[t], 4);
    }
  }
});

test('No gradient on the screen is larger than the map allows, and the method is said under every map', async ({ page }) => {
  await open(page);
  await button(page, 'Memory map').click();
  expect((await stateOf(page)).ui.view).toBe('map');
  await mapped(page);
  await expect(page.locator('.map-row figcaption')).toHaveText([/^exact · step \d+$/, /^exact · step \d+$/, /^exact · step \d+$/]);
  for (const lane of ['rnn', 'lstm']) {
    const map = /** @type {NonNullable<Awaited<ReturnType<typeof mapOf>>>} */ (await mapOf(page, lane));
    const gradient = dataOf(await frameOf(page, lane), 'hiddenGradientLog10');
    const T = gradient.length;
    for (let s = 0; s < T; s++) expect(gradient[s] - gradient[T - 1]).toBeLessThanOrEqual(map.values[(T - 1) * T + s] + 1e-4);
    expect(map.values[0]).toBeCloseTo(Math.log10(32) / 2, 5);
    expect(map.recurrence.blocks).toHaveLength(lane === 'rnn' ? 1 : 4);
    expect(map.recurrence.halfLives).toHaveLength(lane === 'rnn' ? 0 : 32);
    for (const { eigenvalues, radius, sigmaMax } of map.recurrence.blocks) {
      expect(eigenvalues).toHaveLength(32);
      expect(radius).toBeLessThanOrEqual(sigmaMax * (1 + 1e-9));
    }
    print(`${lane}: exact map of step ${map.step} in ${map.ms.toFixed(0)} ms of the worker`);
  }
  await expect(page.locator('.planes li')).toHaveCount(5);
  await button(page, 'Flow').click();
  await expect(page.getByRole('region', { name: 'RNN lane' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Memory map' })).toBeHidden();
});

test('Keys choose the view, arrows read entries, a click moves the playhead', async ({ page }) => {
  await open(page, '#T=12&h=8');
  await settled(page);
  await seek(page, 3);
  await page.locator('body').click({ position: { x: 3, y: 3 } });
  await page.keyboard.press('3');
  expect((await stateOf(page)).ui.view).toBe('map');
  await page.keyboard.press('1');
  expect((await stateOf(page)).ui.view).toBe('flow');
  await page.keyboard.press('M');
  await mapped(page);
  const canvas = page.locator('canvas[data-map=lstm]');
  await canvas.focus();
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight']) await page.keyboard.press(key);
  await expect(canvas).toHaveAttribute('aria-label', /^LSTM · t 10, s 2 · /);
  await expect(page.locator('[aria-live=polite]')).toContainText('LSTM · t 10, s 2 · ');
  await page.keyboard.press('Enter');
  expect((await stateOf(page)).player.t).toBe(10);
  const box = /** @type {{ width: number, height: number }} */ (await canvas.boundingBox());
  await canvas.click({ position: { x: box.width * 0.3, y: box.height * 0.45 } });
  const { t } = (await stateOf(page)).player;
  expect(t).toBeGreaterThan(3);
  expect(t).toBeLessThan(8);
  await canvas.hover({ position: { x: box.width * 0.8, y: box.height * 0.2 } });
  await expect(page.getByRole('tooltip')).toContainText('s is after t');
});

test('A map is cancelled and computed again; training goes on while it is watched', async ({ page }) => {
  await open(page, '#T=120&h=64');
  await settled(page);
  await page.keyboard.press('m');
  await button(page, 'Cancel').click();
  await expect(page.locator('.map-state')).toHaveText('Cancelled');
  const before = await mapOf(page, 'lstm');
  await page.waitForTimeout(600);
  expect((await mapOf(page, 'lstm'))?.method).toBe(before?.method);
  await button(page, 'Compute').click();
  await mapped(page);

  await button(page, 'Train').click();
  await mapped(page, 'estimate');
  const first = (await stateOf(page)).lanes.lstm.status.step;
  const shown = /** @type {NonNullable<Awaited<ReturnType<typeof mapOf>>>} */ (await mapOf(page, 'lstm')).step;
  await page.waitForFunction(
    ([step, shown]) => globalThis.gatescope.state().lanes.lstm.status.step > step + 5 && globalThis.gatescope.map('lstm').step > shown,
    /** @type {const} */ ([first, shown]),
  );
  await expect(page.locator('.map-row figcaption').first()).toContainText('estimate from 4 probes');
  await button(page, 'Stop training').click();
  await mapped(page);
  const { lanes } = await stateOf(page);
  const last = await mapOf(page, 'lstm');
  expect(last?.step).toBe(lanes.lstm.status.step);
});

test('What is not finite is shown as such, and one timestep has one entry', async ({ page }) => {
  await open(page, '#T=1&h=4');
  await settled(page);
  await page.keyboard.press('m');
  await mapped(page);
  expect((await mapOf(page, 'rnn'))?.values).toHaveLength(1);
});

for (const [name, width, height, query] of /** @type {const} */ ([
  ['laptop-en', 1366, 768, '?lang=en'],
  ['laptop-zh', 1366, 768, '?lang=zh-CN'],
  ['laptop-dark', 1366, 768, '?lang=zh-CN&theme=dark'],
  ['desktop-en', 1920, 1080, '?lang=en'],
  ['projector', 1920, 1080, '?lang=en&theme=projector'],
  ['phone-en', 360, 740, '?lang=en'],
  ['phone-zh', 360, 740, '?lang=zh-CN'],
])) {
  test(`The memory map has its place and its names (${name})`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page, query);
    await page.locator('.views button').nth(2).click();
    await mapped(page);
    await page.waitForTimeout(200);
    await page.screenshot({ path: `test-results/map-${name}.png`, fullPage: width < 720 });
    const faults = await page.evaluate(() => {
      const root = document.documentElement;
      const found = root.scrollWidth > root.clientWidth ? [`the page is ${root.scrollWidth} px wide in ${root.clientWidth}`] : [];
      const stage = /** @type {HTMLElement} */ (document.querySelector('.stage'));
      if (stage.scrollWidth > stage.clientWidth + 1) found.push(`the stage is ${stage.scrollWidth} px wide in ${stage.clientWidth}`);
      const pieces = [...document.querySelectorAll('.place-map :is(h2, h3, .about, .map-state, figcaption, .plane-name, .plane-figures, em, button), .bar :is(h1, p, button)')]
        .filter((el) => el.checkVisibility() && el.getBoundingClientRect().width > 1)
        .map((el) => ({ el, box: el.getBoundingClientRect() }));
      for (const [k, a] of pieces.entries()) {
        if (a.box.left < -0.5 || a.box.right > innerWidth + 0.5) found.push(`"${a.el.textContent}" sticks out`);
        for (const b of pieces.slice(k + 1)) {
          if (a.el.contains(b.el) || b.el.contains(a.el)) continue;
          // On a phone hands and bars lie over what scrolls.
          if (Boolean(a.el.closest('.bar')) !== Boolean(b.el.closest('.bar'))) continue;
          const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
          const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
          if (across > 1 && down > 3) found.push(`"${a.el.textContent}" lies over "${b.el.textContent}"`);
        }
      }
      return found;
    });
    expect(faults).toEqual([]);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))).toEqual([]);
    await page.setViewportSize({ width: width < 720 ? 740 : 1366, height });
    await page.waitForTimeout(100);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
}

test('The map follows the example and a new network', async ({ page }) => {
  await open(page, '#T=15&h=8');
  await settled(page);
  await atStep(page, 0);
  await page.keyboard.press('m');
  await mapped(page);
  const first = await mapOf(page, 'rnn');
  await button(page, 'Next example').click();
  await page.waitForFunction((before) => String(globalThis.gatescope.map('rnn').values[200]) !== before, String(Math.fround(first?.values[200] ?? 0)));
  await mapped(page);
  await button(page, 'Step').click();
  await atStep(page, 1);
  await page.waitForFunction(() => globalThis.gatescope.map('rnn')?.step === 1 && globalThis.gatescope.map('rnn').method === 'exact');
});
