// @ts-check
// The cell view: the diagram of one timestep, its numbers, going through it operation by operation both ways.
import { atStep, button, expect, open, print, reopen, seek, stateOf, test } from './support/gatescope.js';
import { faultsOf } from './support/layout.js';

/** @typedef {import('@playwright/test').Page} Page */

const LINK = '#T=12&h=6&step=5&view=cell&t=4';

/** @param {Page} page @param {string} cell */
const figureOf = (page, cell) => page.locator(`.cell-row figure[data-cell="${cell}"]`);
/** Waits until every visible lane shows a timestep taken apart. @param {Page} page @param {number} t */
async function shows(page, t) {
  await expect(page.locator('.cell-row figure:visible').first()).toHaveAttribute('data-t', String(t));
  // On a phone one lane is shown at a time.
  for (const figure of await page.locator('.cell-row figure:visible').all()) await expect(figure).toHaveAttribute('data-t', String(t));
}

test('Key 2 opens the diagrams; what the opening has no network for is trained first', async ({ page }) => {
  await open(page);
  await page.keyboard.press('2');
  await expect(page.getByRole('region', { name: /^One timestep/ })).toBeVisible();
  await button(page, 'Pause').click();
  await atStep(page, 300);
  await seek(page, 9);
  await shows(page, 9);
  await expect(figureOf(page, 'lstm').locator('button.operation')).toHaveCount(16);
  await expect(figureOf(page, 'rnn').locator('button.operation')).toHaveCount(4);
});

test('What an operation says of itself is the norm of what the core computed, and of its gradient', async ({ page }) => {
  await open(page, LINK);
  await atStep(page, 5);
  await shows(page, 4);
  for (const cell of ['rnn', 'lstm']) {
    const expected = await page.evaluate((cell) => {
      const { now, exponent } = globalThis.gatescope.explanation(cell);
      const { diagram } = globalThis.gatescope.state().lanes[cell].info;
      const norm = (/** @type {Float64Array} */ values) => Math.hypot(...values);
      return diagram.nodes.flatMap((/** @type {any} */ node, /** @type {number} */ k) => (node.at ? [{ name: node.name, value: norm(now.values[k]), gradient: norm(now.gradients[k]) * 2 ** exponent }] : []));
    }, cell);
    for (const { name, value, gradient } of expected) {
      const label = (await figureOf(page, cell).locator(`button[data-node="${name}"]`).getAttribute('aria-label')) ?? '';
      const read = [...label.replaceAll('−', '-').matchAll(/: norm ([\d.e+-]+)|(?:gradient norm|handed back) ([\d.e+-]+)$/g)].map((found) => Number(found[1]?.replace(/,$/, '') ?? found[2]));
      expect(read.length, label).toBe(2);
      expect(Math.abs(read[0] - value)).toBeLessThanOrEqual(0.06 * value + 1e-12);
      expect(Math.abs(read[1] - gradient)).toBeLessThanOrEqual(0.06 * gradient + 1e-300);
    }
  }
});

test('The arrows go from operation to operation, forward and then backward through the same diagram', async ({ page }) => {
  await open(page, LINK);
  await atStep(page, 5);
  await shows(page, 4);
  const lstm = figureOf(page, 'lstm');
  const now = () => lstm.locator('button[aria-current="step"]').getAttribute('data-node');
  await page.locator('body').press('ArrowRight');
  await expect(page.getByText('operation 1 of 13, forward')).toBeVisible();
  /** @type {(string | null)[]} */
  const forward = [await now()];
  for (let k = 2; k <= 13; k++) {
    await page.locator('body').press('ArrowRight');
    await expect(page.getByText(`operation ${k} of 13, forward`)).toBeVisible();
    forward.push(await now());
  }
  expect([forward[0], forward[12]]).toEqual(['forgetSum', 'hidden']);
  /** @type {(string | null)[]} */
  const backward = [];
  for (let k = 1; k <= 13; k++) {
    await button(page, 'Next operation').click();
    await expect(page.getByText(`operation ${k} of 13, backward`)).toBeVisible();
    await expect(lstm).toHaveAttribute('data-way', 'backward');
    backward.push(await now());
  }
  expect(backward).toEqual(forward.toReversed());
  await expect(button(page, 'Next operation')).toBeDisabled();
  expect((await stateOf(page)).player.t).toBe(4);
  await page.locator('body').press('ArrowLeft');
  await expect(page.getByText('operation 12 of 13, backward')).toBeVisible();
  await button(page, 'Forward').click();
  await reopen(page, LINK);
  await shows(page, 4);
  await button(page, 'Next operation').click();
  await expect(page.getByText('operation 1 of 13, forward')).toBeVisible();
});

test('An operation that is pressed opens its equation, in the direction that is shown', async ({ page }) => {
  await open(page, LINK);
  await atStep(page, 5);
  await shows(page, 4);
  await figureOf(page, 'lstm').locator('button[data-node="cellState"]').click();
  const panel = page.locator('.formula');
  await expect(panel).toHaveAttribute('data-node', 'cellState');
  await expect(panel).toHaveAttribute('data-way', 'forward');
  await expect(panel).toHaveAttribute('data-ready', 'true');
  // It is painted below the button, so the button has no ground of its own, under the pointer either.
  await expect(figureOf(page, 'lstm').locator('button[data-node="cellState"]')).toHaveCSS('background-color', 'rgba(0, 0, 0, 0)');
  await button(page, 'Backward').first().click();
  await expect(figureOf(page, 'rnn')).toHaveAttribute('data-way', 'backward');
  // The equation that is open turns with it, and is the same one.
  await expect(panel).toHaveAttribute('data-way', 'backward');
  await expect(panel).toHaveAttribute('data-node', 'cellState');
  await button(page, 'Forward').first().click();
  await expect(panel).toHaveAttribute('data-way', 'forward');
  await button(page, 'Backward').first().click();
  await figureOf(page, 'rnn').locator('button[data-node="hidden"]').press('Enter');
  await expect(panel).toHaveAttribute('data-lane', 'rnn');
  await expect(panel).toHaveAttribute('data-way', 'backward');
});

test('Wires, tiles and nodes are painted as far as the operations have been done', async ({ page }) => {
  await open(page, LINK);
  await atStep(page, 5);
  await shows(page, 4);
  const inked = () =>
    page.evaluate(() => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('figure[data-cell="lstm"] canvas'));
      const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(0, 0, canvas.width, canvas.height);
      let coloured = 0;
      for (let k = 0; k < data.length; k += 4) if (data[k + 3] && Math.max(data[k], data[k + 1], data[k + 2]) - Math.min(data[k], data[k + 1], data[k + 2]) > 24) coloured++;
      return coloured;
    });
  const whole = await inked();
  await page.locator('body').press('ArrowRight');
  await expect(page.getByText('operation 1 of 13, forward')).toBeVisible();
  const first = await inked();
  print(`coloured pixels: ${first} after one operation, ${whole} after all`);
  expect(first).toBeLessThan(whole * 0.6);
});

test('A GRU has its diagram, too; one unit is written as numbers, 64 are strips', async ({ page }) => {
  for (const h of [1, 64]) {
    await page.goto(`./?h=${h}#T=6&h=${h}&vs=rnn,lstm&cell=gru&view=cell&t=3&step=2`);
    await page.waitForFunction(() => globalThis.gatescope?.frame('gru'));
    await atStep(page, 2);
    await shows(page, 3);
    await expect(figureOf(page, 'gru').locator('button.operation')).toHaveCount(15);
    await page.screenshot({ path: `test-results/cell-gru-${h}.png` });
    expect(await faultsOf(page)).toEqual([]);
  }
});

for (const [name, width, height] of /** @type {const} */ ([['laptop', 1366, 768], ['desktop', 1920, 1080], ['phone', 360, 740]])) {
  test(`The cell view has its place on a ${name}, in both languages, light and dark`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    for (const language of ['en', 'zh-CN']) {
      await reopen(page, `?lang=${language}&theme=${language === 'en' ? 'light' : 'dark'}#view=cell&T=30&h=8&step=5&t=9&beat=backward`);
      await atStep(page, 5);
      await shows(page, 9);
      await page.screenshot({ path: `test-results/cell-${name}-${language}.png`, fullPage: name === 'phone' });
      expect(await faultsOf(page)).toEqual([]);
      await expect(page.locator('.cell-row figure:visible')).toHaveCount(name === 'phone' ? 1 : 2);
    }
  });
}
