// @ts-check
// What the formula panel shows, and what its equations come to when a test computes them from the operands on the screen.
import { button, open, settled } from './gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {{ key: string, value: number }} Operand */

const sigma = (/** @type {number} */ x) => 1 / (1 + Math.exp(-x));
export const sum = (/** @type {number[]} */ values) => values.reduce((a, b) => a + b, 0);
const gate = (/** @type {number[]} */ parts) => sigma(sum(parts));

/** What a channel's shown operands, in their order, come to. @type {Record<string, Record<string, (v: number[]) => number>>} */
export const EQUATIONS = {
  rnn: { hidden: (v) => Math.tanh(sum(v)), activationDerivative: ([h]) => 1 - h * h },
  lstm: {
    forget: gate,
    input: gate,
    output: gate,
    candidate: (v) => Math.tanh(sum(v)),
    cellState: ([f, c, i, g]) => f * c + i * g,
    hidden: ([o, c]) => o * Math.tanh(c),
  },
  gru: {
    reset: gate,
    update: gate,
    candidate: ([wx, b, r, wh, c]) => Math.tanh(wx + b + r * (wh + c)),
    hidden: ([z, n, h]) => (1 - z) * n + z * h,
  },
};

/** What the panel shows: where it stands, its result, and its operands. @param {Page} page */
export const panelOf = (page) =>
  page.evaluate(() => {
    const panel = /** @type {HTMLElement} */ (document.querySelector('.formula'));
    const value = (/** @type {Element | null} */ el) => Number(/** @type {HTMLElement | null} */ (el)?.dataset.value);
    return {
      ...Object.fromEntries(Object.entries(panel.dataset)),
      result: value(panel.querySelector('.result output')),
      shown: panel.querySelector('.result output')?.textContent ?? '',
      operands: [...panel.querySelectorAll(':scope > .operands > .operand')].map((el) => ({ key: /** @type {HTMLElement} */ (el).dataset.key ?? '', value: value(el.querySelector(':scope > output, :scope > button > output')) })),
    };
  });

/** Goes to entry (t, s) of a square of T×T tiles by keyboard, and opens it. @param {Page} page @param {string} square @param {number} T @param {number} t @param {number} s */
export async function openTile(page, square, T, t, s) {
  const canvas = page.locator(`.maps canvas[data-map="${square}"]:visible`);
  await canvas.focus();
  await canvas.press('Home');
  for (let k = 0; k < T; k++) await canvas.press('ArrowDown');
  for (let k = T; k > t; k--) await canvas.press('ArrowUp');
  for (let k = 1; k < s; k++) await canvas.press('ArrowRight');
  await canvas.press('Enter');
}

/** Waits until the panel has what the core took apart. @param {Page} page @param {string} [rest] of a selector */
export const ready = (page, rest = '') => page.waitForSelector(`.formula[data-ready=true]${rest}`);

/** Clicks a tile. @param {Page} page @param {string} lane @param {string} channel @param {number} t from 1 @param {number} unit from 0 */
export async function clickTile(page, lane, channel, t, unit) {
  const canvas = page.locator(`canvas[data-lane=${lane}][data-channel=${channel}]`);
  const [rows, cols] = await Promise.all(['rows', 'cols'].map(async (name) => Number(await canvas.getAttribute(`data-${name}`))));
  const box = /** @type {{ width: number, height: number }} */ (await canvas.boundingBox());
  await canvas.click({ position: { x: ((t - 0.5) / cols) * box.width, y: ((unit + 0.5) / rows) * box.height } });
  await ready(page, `[data-t="${t}"][data-unit="${unit}"][data-lane=${lane}]`);
}

/** Opens an experiment whose lanes may be others than the default's, and stops the sweep. @param {Page} page @param {string} address @param {string[]} lanes */
export async function atRest(page, address, lanes) {
  if (lanes.includes('rnn')) await open(page, address);
  else {
    await page.goto(`./${address}`);
    await page.waitForFunction(() => globalThis.gatescope?.frame('gru'));
  }
  await settled(page);
  await button(page, 'Pause').click();
}

/** The whole dot product behind an operand. @param {Page} page @param {string} key */
export async function termsOf(page, key) {
  const row = page.locator(`.formula > .operands > [data-key="${key}"]`);
  const fold = row.locator('> button');
  if ((await fold.getAttribute('aria-expanded')) === 'false') await fold.click();
  const all = row.getByRole('button', { name: /^All \d+ terms$/ });
  if (await all.count()) await all.click();
  return row.locator('.term:not(.rest)').evaluateAll((items) => items.map((item) => [...item.querySelectorAll('output')].map((el) => Number(el.dataset.value))));
}

export const close = (/** @type {number} */ a, /** @type {number} */ b) => Math.abs(a - b) <= 1e-12 * Math.max(1e-3, Math.abs(a), Math.abs(b));

/** Within a share of the larger. @param {number} a @param {number} b @param {number} tolerance */
export const alike = (a, b, tolerance) => Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
