// @ts-check
// The page in the hands of somebody with a keyboard, or a teacher's clicker.
import { atStep, button, expect, frameOf, dataOf, open, openStill, seek, settled, slider, stateOf, test } from './support/gatescope.js';

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
  expect((await stateOf(page)).ui.formula).toEqual({ node: 'forget', way: 'forward' });
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
  expect(stops.slice(0, 13).map(({ name }) => name)).toEqual(['Flow', 'Cell', 'Memory map', 'Training', 'Code', 'Play', 'Train', 'Step', 'Reset', 'Share', 'Present', 'Language', 'Theme']);
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
