// @ts-check
// At ⊕ and ⊙ the gradient of a kept state divides; what is drawn of it is the core's, and the formula says the same.
import { button, dataOf, expect, frameOf, open, seek, settled, test } from './support/gatescope.js';

test('The LSTM’s strip shows the straight share in every column, the RNN has none, and the formula’s terms give the numbers', async ({ page }) => {
  await open(page, '#T=12&h=6');
  await settled(page);
  await button(page, 'Pause').click();
  await seek(page, 5);
  await page.waitForTimeout(150);
  await expect(page.locator('canvas[data-split=rnn]')).toHaveCount(0);
  const split = dataOf(await frameOf(page, 'lstm'), 'keptSplit');
  const { heights, height } = await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas[data-split=lstm]'));
    const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const box = canvas.getBoundingClientRect();
    const probe = document.createElement('i');
    probe.style.color = getComputedStyle(canvas).getPropertyValue('--id-forget');
    document.body.append(probe);
    const wanted = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number);
    probe.remove();
    const heights = Array.from({ length: 12 }, (_, k) => {
      const x = Math.round((k + 0.5) * (canvas.width / 12));
      const { data } = g.getImageData(x, 0, 1, canvas.height);
      return Array.from({ length: canvas.height }, (_, y) => wanted.every((c, n) => Math.abs(data[4 * y + n] - c) <= 1)).filter(Boolean).length;
    });
    return { heights, height: canvas.height, box };
  });
  for (let t = 1; t <= 12; t++) {
    const share = split[2 * t - 2] === -Infinity ? 0 : 1 / (1 + 10 ** (split[2 * t - 1] - split[2 * t - 2]));
    expect(Math.abs(heights[t - 1] / height - share), `t ${t}`).toBeLessThanOrEqual(1.01 / height);
  }
  // Nothing comes back from beyond the end.
  expect(split[22]).toBe(-Infinity);
  await page.locator('canvas[data-split=lstm]').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('.formula[data-ready=true][data-node=cellState][data-way=backward][data-t="5"]');
  // Over all units the straight terms have the norm that is drawn.
  const norm = await page.evaluate(() => {
    const { next, exponent } = globalThis.gatescope.explanation('lstm');
    const straight = next.edges.filter((/** @type {{ source: number, node: number }} */ { source }) => source === 2);
    return Math.log10(Math.hypot(...straight[0].values) * 2 ** exponent);
  });
  expect(norm).toBeCloseTo(split[8], 5);
});

test('The GRU’s strip stands on its z path, with no view that knows the cell', async ({ page }) => {
  await page.goto('./#cell=lstm&vs=gru&T=10&h=6');
  await page.waitForFunction(() => globalThis.gatescope?.frame('gru'));
  await settled(page);
  const canvas = page.locator('canvas[data-split=gru]');
  await canvas.focus();
  await page.keyboard.press('Home');
  await expect(canvas).toHaveAttribute('aria-label', /^t 1 of 10 · \d+% straight · straight \S+, other ways \S+$/);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.formula[data-ready=true][data-node=hidden][data-way=backward]');
});
