// @ts-check
// Backpropagation through time, term by term: the triangle on the screen is the core's, pixel for pixel.
import AxeBuilder from '@axe-core/playwright';
import { button, expect, frameOf, open, seek, settled, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

const T = 12;

/** @param {Page} page @param {string} way @param {string} loss */
async function show(page, way, loss) {
  await button(page, way).click();
  await button(page, loss).click();
  await page.waitForFunction((every) => ['rnn', 'lstm'].every((lane) => globalThis.gatescope.terms(lane)?.every === every), loss === 'loss at every t');
  await page.waitForTimeout(150);
}

/** The terms as the core sent them, and the colour under the middle of each entry. @param {Page} page @param {string} lane */
const picture = (page, lane) =>
  page.evaluate(
    ({ lane, T }) => {
      const { values } = globalThis.gatescope.terms(lane);
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector(`.bptt canvas[data-map=${lane}]`));
      const { width, height } = canvas.getBoundingClientRect();
      const small = Number.parseFloat(getComputedStyle(canvas).getPropertyValue('--canvas-small'));
      const side = Math.floor(Math.min(width - small * 2.4 - 1, height - small * 1.7 - 2));
      const ratio = canvas.width / width;
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const seen = Array.from({ length: T * T }, (_, at) => {
        const x = small * 2.4 + ((at % T) + 0.5) * (side / T);
        const y = 1 + (Math.floor(at / T) + 0.5) * (side / T);
        return [...context.getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data];
      });
      const norm = [...values.slice(0, T * T)];
      const grey = Math.max(...norm.filter((value) => Number.isFinite(value)));
      return { values: [...values], norm, seen, wanted: norm.map((value) => globalThis.gatescope.colourOf('gradient', value, grey)) };
    },
    { lane, T },
  );

test.beforeEach(async ({ page }) => {
  await open(page, `#T=${T}&h=6`);
  await settled(page);
  await button(page, 'Pause').click();
  await seek(page, T);
  await page.keyboard.press('Escape');
  await page.locator('.views button').filter({ hasText: 'Memory map' }).click();
  await button(page, 'BPTT, term by term').click();
});

test('The exact sum is a triangle whose every cell has the colour of its term', async ({ page }) => {
  await show(page, 'Exactly', 'loss at every t');
  for (const lane of ['rnn', 'lstm']) {
    const { norm, seen, wanted } = await picture(page, lane);
    let compared = 0;
    for (let at = 0; at < T * T; at++) {
      const [t, k] = [Math.floor(at / T), at % T];
      // The letter t stands above the diagonal; the playhead's rim runs along the last row and column.
      if (t === T - 1 || k === T - 1 || (t === 0 && k > 0)) continue;
      const there = k <= t && k > 0;
      expect(Number.isFinite(norm[at])).toBe(there);
      expect(seen[at][3] > 0, `${lane} t ${t + 1} k ${k + 1}`).toBe(there);
      if (!there) continue;
      for (let c = 0; c < 3; c++) expect(Math.abs(seen[at][c] - wanted[at][c])).toBeLessThanOrEqual(1);
      compared++;
    }
    expect(compared).toBe(((T - 2) * (T - 1)) / 2);
  }
});

test('With the loss at the end there is one row; as printed, one column; and the sweep uncovers column after column', async ({ page }) => {
  const filled = async () => {
    const { seen } = await picture(page, 'rnn');
    // Without the rim of the playhead: what is inside the first eleven rows and columns.
    return seen.map(([, , , alpha], at) => (alpha > 0 ? at : -1)).filter((at) => at >= 0 && Math.floor(at / T) > 0 && Math.floor(at / T) < T - 1 && at % T < T - 1);
  };
  await show(page, 'Exactly', 'loss at T');
  expect(await filled()).toEqual([]);
  const { norm, values } = await picture(page, 'rnn');
  const rows = Array.from({ length: T }, (_, t) => norm.slice(t * T, (t + 1) * T).filter(Number.isFinite).length);
  expect(rows).toEqual([...Array(T - 1).fill(0), T - 1]);
  // Its cells are the shares that one backward sweep finds.
  const total = values.slice(2 * T * T + 2 * T, 2 * T * T + 3 * T);
  for (let k = 1; k < T; k++) expect(norm[(T - 1) * T + k]).toBeCloseTo(total[k], 10);
  await show(page, 'As the textbook prints it', 'loss at every t');
  expect((await filled()).every((at) => at % T === 0)).toBe(true);
  expect(await filled()).toHaveLength(T - 2);
  await show(page, 'As one sweep', 'loss at every t');
  await seek(page, 8);
  await page.waitForTimeout(150);
  const columns = new Set((await filled()).map((at) => at % T));
  for (const k of [7, 8, 9, 10]) expect(columns.has(k)).toBe(true);
  await seek(page, 3);
  await page.waitForTimeout(150);
  expect(new Set((await filled()).map((at) => at % T)).size).toBeGreaterThan(columns.size);
});

test('A term is written out: its factors give its value, and arrow keys choose it', async ({ page }) => {
  await show(page, 'Exactly', 'loss at every t');
  const canvas = page.locator('.bptt canvas[data-map=lstm]');
  await canvas.focus();
  for (const key of ['ArrowUp', 'ArrowUp', 'End', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  await expect(canvas).toHaveAttribute('aria-label', /^LSTM · loss t 10, use k 8 · /);
  const { norm } = await picture(page, 'lstm');
  const line = page.locator('.bptt-terms li').nth(1);
  await expect(line).toContainText('loss t = 10, use k = 8:');
  expect(Number(await line.locator('b[data-log10]').getAttribute('data-log10'))).toBe(norm[9 * T + 7]);
  await page.keyboard.press('Enter');
  expect((await stateOf(page)).player.t).toBe(8);
});

test('The last loss’s terms add up to no less than the gradient, and its first factor is the recorded gradient', async ({ page }) => {
  await show(page, 'Exactly', 'loss at T');
  const { values, norm } = await picture(page, 'rnn');
  const sum = norm.filter(Number.isFinite).reduce((all, log) => all + 10 ** log, 0);
  expect(10 ** values[values.length - 1]).toBeLessThanOrEqual(sum * (1 + 1e-9));
  const frame = await frameOf(page, 'rnn');
  const { offset } = /** @type {{ offset: number }} */ (frame.layout.channels.find(({ name }) => name === 'hiddenGradientLog10'));
  for (let k = 0; k < T; k++) expect(values[T * T + (T - 1) * T + k]).toBeCloseTo(frame.values[offset + k], 5);
});

test('The panel says in both languages what the printed line is not, and is accessible', async ({ page }) => {
  await show(page, 'As the textbook prints it', 'loss at every t');
  await expect(page.locator('.bptt-line')).toContainText('not a gradient of a matrix');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))).toEqual([]);
  await page.getByRole('combobox', { name: 'Language' }).selectOption('zh-CN');
  await expect(page.locator('.bptt-line')).toContainText('不是矩阵的梯度');
});
