// @ts-check
// The page in the hands of somebody with a keyboard, or a teacher's clicker.
import { atStep, button, expect, frameOf, dataOf, open, openStill, seek, settled, slider, stateOf, test } from './support/gatescope.js';
import { VIEWS, showView } from './support/views.js';

/** @typedef {import('@playwright/test').Page} Page */

const playerOf = async (/** @type {Page} */ page) => (await stateOf(page)).player;

test('Arrows and a clicker’s keys go beat by beat, forwards to T and then back to 1', async ({ page }) => {
  await open(page, '#T=3&h=4');
  await settled(page);
  await seek(page, 1);
  await page.locator('body').click({ position: { x: 3, y: 3 } });
  const beats = async (/** @type {string} */ key, /** @type {number} */ times) => {
    const seen = [];
    for (let k = 0; k < times; k++) {
      await page.keyboard.press(key);
      const { phase, t, playing } = await playerOf(page);
      expect(playing).toBe(false);
      seen.push(`${phase} ${t}`);
    }
    return seen;
  };
  const there = ['forward 2', 'forward 3', 'backward 3', 'backward 2', 'backward 1', 'backward 1'];
  const back = ['backward 2', 'backward 3', 'forward 3', 'forward 2', 'forward 1', 'forward 1'];
  expect(await beats('ArrowRight', 6)).toEqual(there);
  expect(await beats('ArrowLeft', 6)).toEqual(back);
  expect(await beats('PageDown', 6)).toEqual(there);
  expect(await beats('PageUp', 6)).toEqual(back);
});

test('Space plays and pauses, T trains and stops, R resets', async ({ page }) => {
  await open(page);
  await page.keyboard.press('Space');
  expect((await playerOf(page)).playing).toBe(false);
  await expect(button(page, 'Play')).toBeVisible();
  await page.keyboard.press('Space');
  expect((await playerOf(page)).playing).toBe(true);
  await expect(button(page, 'Pause')).toBeVisible();
  await page.keyboard.press('t');
  await page.waitForFunction(() => Object.values(globalThis.gatescope.state().lanes).every(({ status, training }) => training && status.step >= 3) && globalThis.gatescope.state().source === 'live');
  await page.keyboard.press('T');
  await expect(button(page, 'Train')).toBeVisible();
  expect((await stateOf(page)).lanes.lstm.status.step).toBeGreaterThan(0);
  await page.keyboard.press('r');
  await atStep(page, 0);
});

test('Keys belong to the control that has the focus', async ({ page }) => {
  await open(page);
  await seek(page, 10);
  await button(page, 'Play').focus();
  await page.keyboard.press('Space');
  expect((await playerOf(page)).playing).toBe(true);
  await page.keyboard.press('Space');
  expect((await playerOf(page)).playing).toBe(false);

  await slider(page, 'Timestep').focus();
  await page.keyboard.press('Home');
  expect((await playerOf(page)).t).toBe(1);
  await page.keyboard.press('ArrowRight');
  expect((await playerOf(page)).t).toBe(2);
  await page.keyboard.press('End');
  expect((await playerOf(page)).t).toBe(50);

  const length = page.getByRole('spinbutton', { name: 'Sequence length (number)' });
  await length.focus();
  await page.keyboard.press('t');
  await page.keyboard.press('r');
  expect(Object.values((await stateOf(page)).lanes).some(({ training }) => training)).toBe(false);
  expect((await stateOf(page)).source).toBe('opening');
  // A clicker's keys work from everywhere.
  await page.keyboard.press('PageUp');
  expect((await playerOf(page)).t).not.toBe(50);
});

test('In a strip the arrows move timestep and unit, and the focus says the value', async ({ page }) => {
  await open(page);
  await seek(page, 7);
  const strip = page.getByRole('region', { name: 'LSTM lane' }).locator('canvas[data-channel=forget]');
  await page.locator('.lane[data-cell=rnn] canvas[data-channel=hiddenGradient]').focus();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('region', { name: 'LSTM lane' }).locator('.product')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(strip).toBeFocused();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
  const { player, ui } = await stateOf(page);
  expect([player.t, ui.unit]).toEqual([8, 2]);
  const frame = await frameOf(page, 'lstm');
  const value = dataOf(frame, 'forget')[7 * 32 + 2];
  await expect(strip).toHaveAttribute('aria-label', new RegExp(`^t 8 of 50 · unit 3 · forget gate ${value.toFixed(2)} · gradient `));
  await expect(page.locator('[aria-live=polite]')).toContainText(`forget gate ${value.toFixed(2)}`);
  await page.keyboard.press('Home');
  expect((await playerOf(page)).t).toBe(1);
  await page.keyboard.press('End');
  expect((await playerOf(page)).t).toBe(50);
  // Enter opens the equation of the tile; Escape closes it, and once more lets go of the unit.
  await page.keyboard.press('Enter');
  expect((await stateOf(page)).ui.formula).toEqual({ of: { kind: 'node', node: 'forget' }, way: 'forward' });
  await page.keyboard.press('Escape');
  expect((await stateOf(page)).ui).toMatchObject({ formula: null, unit: 2 });
  await page.keyboard.press('Escape');
  expect((await stateOf(page)).ui.unit).toBeNull();
});

test('Tab goes through the page in reading order, shows where it is, and comes out again', async ({ page }) => {
  await open(page);
  await seek(page, 50);
  await page.locator('body').click({ position: { x: 3, y: 3 } });
  /** @type {{ name: string, place: number, outlined: boolean, seen: boolean }[]} */
  const stops = [];
  for (let k = 0; k < 120; k++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const el = document.activeElement;
      if (!el || el === document.body) return null;
      const places = ['place-top', 'place-left', 'stage', 'place-right', 'place-bottom'];
      const box = el.getBoundingClientRect();
      const label = el.getAttribute('aria-label') ?? /** @type {HTMLInputElement} */ (el).labels?.[0]?.textContent ?? el.textContent ?? '';
      return {
        name: label.trim().replace(/\s+/g, ' '),
        place: places.findIndex((place) => el.closest(`.${place}`)),
        outlined: getComputedStyle(el).outlineStyle !== 'none',
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
      };
    });
    if (!stop) break;
    stops.push(stop);
  }
  expect(stops.length).toBeGreaterThan(30);
  expect(stops.length).toBeLessThan(120);
  expect(stops.slice(0, 14).map(({ name }) => name)).toEqual(['Flow', 'Cell', 'Memory map', 'Training', 'Code', 'Play', 'Train', 'Step', 'Reset', 'Share', 'Take away', 'Present', 'Language', 'Theme']);
  expect(stops.filter(({ name }) => !name)).toEqual([]);
  expect(stops.filter(({ outlined, seen }) => !outlined || !seen)).toEqual([]);
  const places = stops.map(({ place }) => place);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(new Set(places)).toEqual(new Set([0, 1, 2, 3, 4]));
});

test('With reduced motion the playhead goes in discrete beats', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openStill(page);
  /** @type {number[]} */
  const columns = [];
  for (let k = 0; k < 60; k++) {
    await page.clock.runFor(100);
    const place = await page.evaluate(() => {
      const head = /** @type {HTMLElement} */ (document.querySelector('.playhead'));
      return Number(head.style.transform.match(/translateX\(([\d.]+)%\)/)?.[1] ?? NaN) / 100 + 1;
    });
    if (columns[columns.length - 1] !== place) columns.push(place);
  }
  // Six seconds, a beat each 900 ms: seven places, five columns apart, none between.
  expect(columns).toEqual([1, 6, 11, 16, 21, 26, 31]);
});

/**
 * Goes through the page by Tab until it comes out again; answers what of it was never reached, has no name, shows no focus, or lies
 * under something else while it has the focus.
 * @param {Page} page @returns {Promise<{ stops: number, faults: string[] }>}
 */
async function walk(page) {
  await page.evaluate(() => {
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    getSelection()?.collapse(document.body, 0);
    Object.assign(globalThis, { been: new Set() });
  });
  /** @type {string[]} */
  const faults = [];
  let stops = 0;
  for (; stops < 260; stops++) {
    await page.keyboard.press('Tab');
    const fault = await page.evaluate(() => {
      const el = /** @type {HTMLElement | null} */ (document.activeElement);
      const { been } = /** @type {any} */ (globalThis);
      if (!el || el === document.body || been.has(el)) return null;
      been.add(el);
      const name = (el.getAttribute('aria-label') ?? /** @type {HTMLInputElement} */ (el).labels?.[0]?.textContent ?? el.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40);
      const said = `${el.tagName.toLowerCase()} "${name}"`;
      if (!name) return `${said} (${el.className}) has no name`;
      if (getComputedStyle(el).outlineStyle === 'none') return `${said} shows no focus`;
      const { left, right, top, bottom } = el.getBoundingClientRect();
      const [x0, x1, y0, y1] = [Math.max(0, left), Math.min(innerWidth, right), Math.max(0, top), Math.min(innerHeight, bottom)];
      if (x1 - x0 < 1 || y1 - y0 < 1) return `${said} is out of sight: ${left.toFixed(0)}…${right.toFixed(0)} × ${top.toFixed(0)}…${bottom.toFixed(0)}`;
      const seen = [0.15, 0.5, 0.85].some((u) => [0.15, 0.5, 0.85].some((v) => {
        const hit = document.elementFromPoint(x0 + u * (x1 - x0), y0 + v * (y1 - y0));
        return hit && (el.contains(hit) || hit.contains(el) || el.parentElement?.contains(hit));
      }));
      return seen ? '' : `${said} lies under something else`;
    });
    if (fault === null) break;
    if (fault) faults.push(fault);
  }
  const missed = await page.evaluate(() =>
    [...document.querySelectorAll('button, select, input, textarea, summary, a[href], [tabindex="0"]')]
      .filter((el) => el.checkVisibility({ visibilityProperty: true }) && !el.matches(':disabled, [tabindex="-1"]') && !el.closest('[inert]') && !/** @type {any} */ (globalThis).been.has(el))
      .map((el) => `${el.tagName.toLowerCase()} "${(el.getAttribute('aria-label') ?? el.textContent ?? '').trim().slice(0, 40)}" was never reached`),
  );
  return { stops, faults: [...faults, ...missed] };
}

for (const [where, width, height] of /** @type {const} */ ([['on a laptop', 1366, 768], ['at 200 %', 683, 384], ['on a phone', 360, 740]])) {
  test(`In every view Tab comes to every control, and shows where it is (${where})`, async ({ page }) => {
    test.setTimeout(90_000);
    await page.setViewportSize({ width, height });
    await open(page, '?lang=en&motion=reduced#T=12&h=6&step=3&t=7');
    await settled(page);
    for (const view of VIEWS) {
      await showView(page, view);
      await page.evaluate(() => document.querySelectorAll('details').forEach((el) => el.setAttribute('open', '')));
      const { stops, faults } = await walk(page);
      expect(faults, view).toEqual([]);
      expect(stops, view).toBeGreaterThan(view === 'code' ? 30 : 34);
    }
  });
}

test('Every picture that takes the focus says where it is and what is there, in every view', async ({ page }) => {
  await open(page, '?lang=en&motion=reduced#T=12&h=6&step=3&t=7');
  await settled(page);
  const spoken = page.locator('.gatescope > [aria-live=polite]');
  for (const view of VIEWS) {
    if (view === 'code') continue;
    await showView(page, view);
    if (view === 'cell') {
      const operations = page.locator('.place-cell .operation');
      await expect(operations.first()).toBeVisible();
      for (const one of await operations.all()) expect(await one.getAttribute('aria-label')).toMatch(/\d/);
      continue;
    }
    const pictures = page.locator('.stage canvas[tabindex="0"]:visible');
    await expect(pictures.first()).toBeVisible();
    const count = await pictures.count();
    expect(count, view).toBeGreaterThan(1);
    for (let n = 0; n < count; n++) {
      const one = pictures.nth(n);
      await one.focus();
      // Begun anywhere: two steps in one direction cannot both be held back by an end.
      await page.keyboard.press('Home');
      await expect(spoken).toHaveText(/\d/);
      const first = await spoken.textContent();
      await page.keyboard.press('ArrowRight');
      await expect(spoken, `${view} ${n}`).not.toHaveText(first ?? '');
      await expect(spoken).toHaveText(/\d/);
    }
  }
});
