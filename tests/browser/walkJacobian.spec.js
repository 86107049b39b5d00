// @ts-check
// ‖J_t‖ of the chart along t, taken apart: a seeded walk from σ over the components of J_t v and the entries of J_t down to gates and
// weights, each recomputed from what the panel shows.
import { alike, close, panelOf, ready, sum } from './support/equations.js';
import { atStep, button, channelOf, dataOf, expect, frameOf, open, print, random, settled, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** All terms of the panel's list that is open: where each leads, and its numbers. @param {Page} page @param {string} [within] */
async function termsIn(page, within = '.formula') {
  await expect(page.locator(`${within} .term`)).not.toHaveCount(0);
  const all = page.locator(within).getByRole('button', { name: /^All \d+ terms$/ });
  if (await all.count()) await all.click();
  return page.locator(`${within} .term:not(.rest)`).evaluateAll((items) => items.map((item) => ({ index: Number(/** @type {HTMLElement} */ (item).dataset.index), numbers: [...item.querySelectorAll('output')].map((el) => Number(el.dataset.value)) })));
}

/** Factors and their product; each term must be that. @param {Awaited<ReturnType<typeof termsIn>>} terms */
function added(terms) {
  for (const { numbers } of terms) expect(alike(numbers[0] * numbers[1], numbers[2], 1e-15)).toBe(true);
  return sum(terms.map(({ numbers }) => numbers[2]));
}

/** Product of the factors that stand below one another. @param {Page} page @param {string} within */
const product = async (page, within) => (await page.locator(`${within} output`).evaluateAll((all) => all.map((el) => Number(/** @type {HTMLElement} */ (el).dataset.value)))).reduce((a, b) => a * b, 1);

/** Opens the chart's bar of a lane at t. @param {Page} page @param {string} lane @param {number} t @param {number} T */
async function openBar(page, lane, t, T) {
  const { order } = await stateOf(page);
  const [rail, plot] = [await page.locator('.playhead-rail').boundingBox(), await page.locator('.gradient-plot').boundingBox()];
  if (!rail || !plot) throw new Error('no chart');
  await page.mouse.click(rail.x + (rail.width * (t - 1 + (order.indexOf(lane) + 0.5) / order.length)) / T, plot.y + plot.height * 0.7);
  await ready(page, `[data-kind=series][data-lane=${lane}][data-t="${t}"]`);
  await expect(page.locator('.formula [data-key=stretch], .formula [data-series=jacobianNormLog10] + .operands > .hint')).not.toHaveCount(0);
}

/** Waits until a lane's frames have what the chart shows. @param {Page} page @param {string} lane */
const quantityIn = (page, lane) =>
  page.waitForFunction((of) => {
    const { layout, values } = globalThis.gatescope.frame(of);
    return !Number.isNaN(values[layout.channels.find((/** @type {{ name: string }} */ { name }) => name === 'jacobianNormLog10').offset]);
  }, lane);

/** What the panel's block of ‖J_t‖ says. @param {Page} page */
const blockOf = (page) =>
  page.locator('.formula [data-series=jacobianNormLog10]').evaluate((el) => {
    const value = (/** @type {Element | null | undefined} */ one) => Number(/** @type {HTMLElement | null | undefined} */ (one)?.dataset.value);
    return { sigma: value(el.querySelector('.result output')), sign: el.querySelector('.result')?.textContent?.trim()[0], chart: value(el.nextElementSibling?.querySelector('[data-key=chart] output')) };
  });

const STRETCH = '.formula [data-key=stretch]';

/** From the open ‖J_t‖, all of whose terms are listed, down to an entry of J_t. @param {Page} page @param {number} row of the hidden state @param {number} column */
async function openEntry(page, row, column) {
  await page.locator(`${STRETCH} .term[data-index="${row}"] button`).click();
  await ready(page, `[data-kind=jacobian][data-unit="${row}"]`);
  await termsIn(page);
  await page.locator(`.formula .term[data-index="${column}"] button`).click();
  await ready(page, `[data-of='{"kind":"jacobian","row":${row},"column":${column}}']`);
}

test('‖J_t‖ is the sum of its shown terms, each a row of J_t times v, each entry the sum of its ways; and back', async ({ page }) => {
  test.slow();
  await page.setViewportSize({ width: 1366, height: 1100 });
  await open(page, '#v=1&T=12&h=8&step=6&vs=rnn,gru&chart=jacobian');
  await atStep(page, 6);
  await settled(page);
  const pick = random(41);
  await quantityIn(page, 'lstm');
  let worst = 0;
  for (const lane of ['rnn', 'lstm', 'gru']) {
    const frame = await frameOf(page, lane);
    const n = lane === 'lstm' ? 16 : 8;
    // The first timestep has no other before it.
    for (const t of [1, 2 + Math.floor(pick() * 11)]) {
      await openBar(page, lane, t, 12);
      const { sigma, sign, chart } = await blockOf(page);
      expect(sign).toBe('=');
      expect(alike(chart, 10 ** dataOf(frame, 'jacobianNormLog10')[t - 1], 1e-12)).toBe(true);
      expect(chart <= sigma * (1 + 1e-6) && chart > 0.9 * sigma).toBe(true);
      const rows = await termsIn(page, STRETCH);
      expect(rows.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, k) => k));
      expect(rows.map(({ numbers }) => numbers[2])).toEqual(rows.map(({ numbers }) => numbers[2]).toSorted((a, b) => b - a));
      const got = added(rows);
      worst = Math.max(worst, Math.abs(got / sigma - 1));
      expect(alike(got, sigma, 1e-12), `${lane} t ${t}: ${got} is not ${sigma}`).toBe(true);
      expect(close(sum(rows.map(({ numbers }) => numbers[0] ** 2)), 1)).toBe(true);

      const { index: row, numbers } = rows[Math.floor(pick() * 5)];
      const unit = row % 8;
      await page.locator(`${STRETCH} .term[data-index="${row}"] button`).click();
      await ready(page, `[data-kind=jacobian][data-lane=${lane}][data-t="${t}"][data-unit="${unit}"]`);
      await expect(page.locator('.formula')).toHaveAttribute('data-of', JSON.stringify({ kind: 'jacobian', row }));
      const component = (await panelOf(page)).result;
      const entries = await termsIn(page);
      // c of the timestep before acts on its own unit only.
      expect(entries).toHaveLength(lane === 'lstm' ? 9 : 8);
      expect(alike(added(entries), component, 1e-12)).toBe(true);
      expect(Math.abs(component - numbers[1])).toBeLessThanOrEqual(1e-12 * sigma);
      if (lane !== 'lstm') expect(close(sum(entries.map((entry) => entry.numbers[1] ** 2)), 1)).toBe(true);

      for (const { index: column, numbers: [value] } of [entries[0], entries[Math.floor(pick() * entries.length)]]) {
        await termsIn(page);
        await page.locator(`.formula .term[data-index="${column}"] button`).click();
        await ready(page, `[data-kind=jacobian][data-of*='"column":${column}}']`);
        await expect(page.locator('.formula > .operands > .operand')).not.toHaveCount(0);
        const { result, operands } = await panelOf(page);
        expect(result).toBe(value);
        const ways = operands.filter(({ key }) => key.startsWith('way-'));
        if (ways.length) {
          expect(Math.abs(sum(ways.map((way) => way.value)) - result)).toBeLessThanOrEqual(1e-12 * Math.max(...ways.map((way) => Math.abs(way.value))));
          for (const way of ways) {
            await page.locator(`.formula [data-key="${way.key}"] > button`).click();
            expect(alike(await product(page, `.formula [data-key="${way.key}"] .terms`), way.value, 1e-12)).toBe(true);
          }
        } else expect(alike(await product(page, '.formula > .operands'), result, 1e-12)).toBe(true);
        if (lane === 'rnn') {
          // 1 − h² is that of the recorded state.
          const h = channelOf(frame, 'hidden');
          expect(operands.map(({ key }) => key)).toEqual(['factor-0', 'end']);
          expect(Math.abs(operands[0].value - (1 - frame.values[h.offset + (t - 1) * h.cols + unit] ** 2))).toBeLessThan(1e-6);
        }
        await page.locator('.formula [data-key^=factor-] > button').first().click();
        await ready(page, '[data-kind=node]');
        await button(page, 'Back to the formula before').click();
        await ready(page, `[data-kind=jacobian][data-of*='"column":${column}}']`);
        await button(page, 'Back to the formula before').click();
        await ready(page, `[data-of='${JSON.stringify({ kind: 'jacobian', row })}']`);
      }
      await button(page, 'Back to the formula before').click();
      await ready(page, '[data-kind=series]');
      expect(await blockOf(page)).toEqual({ sigma, sign, chart });
    }
  }
  print(`uᵀJv from what is shown differs from σ by at most ${worst.toExponential(1)} of itself`);
});

test('Through c: an LSTM’s ∂h/∂h opens ∂c/∂h, and a weight of it the row of weights that it is in', async ({ page }) => {
  await open(page, '#v=1&T=12&h=8&step=6&chart=jacobian');
  await atStep(page, 6);
  await settled(page);
  await quantityIn(page, 'lstm');
  await openBar(page, 'lstm', 5, 12);
  await termsIn(page, STRETCH);
  await openEntry(page, 3, 6);
  await expect(page.locator('.formula > .operands > .operand')).toHaveCount(2);
  await page.locator('.formula [data-key=way-1] > button').click();
  const end = page.locator('.formula [data-key=way-1] [data-key=end] > button');
  const through = Number(await end.locator('output').getAttribute('data-value'));
  await end.click();
  await ready(page, `[data-of='{"kind":"jacobian","row":11,"column":6}'][data-unit="3"]`);
  await expect(page.locator('.formula > .operands > .operand')).toHaveCount(3);
  const { result, operands } = await panelOf(page);
  expect(alike(result, through, 1e-12)).toBe(true);
  expect(alike(sum(operands.map(({ value }) => value)), result, 1e-10)).toBe(true);
  await page.locator('.formula [data-key=way-0] > button').click();
  const weight = page.locator('.formula [data-key=way-0] [data-key=end] > button');
  const value = Number(await weight.locator('output').getAttribute('data-value'));
  await weight.click();
  await ready(page, '[data-kind=node][data-unit="3"]');
  // The sum before the gate has the same weight times h of that unit.
  await page.locator('.formula > .operands > [data-key*=product] > button').nth(1).click();
  const terms = await termsIn(page);
  expect(terms.find(({ index }) => index === 6)?.numbers[0]).toBe(value);
});

test('A ReLU whose units are all at zero lets nothing through: that is said, without a list and without NaN', async ({ page }) => {
  await open(page, '#v=1&T=12&h=2&act=relu&step=6&chart=jacobian');
  await atStep(page, 6);
  await settled(page);
  await quantityIn(page, 'rnn');
  const frame = await frameOf(page, 'rnn');
  const h = channelOf(frame, 'hidden');
  const dead = Array.from({ length: 12 }, (_, k) => k + 1).filter((t) => frame.values.slice(h.offset + (t - 1) * h.cols, h.offset + t * h.cols).every((/** @type {number} */ value) => value === 0));
  expect(dead.length).toBeGreaterThan(0);
  await openBar(page, 'rnn', dead[0], 12);
  const { sigma, chart } = await blockOf(page);
  expect([sigma, chart]).toEqual([0, 0]);
  await expect(page.locator('.formula')).toContainText('Jₜ is exactly zero here: no change of hₜ₋₁ comes through');
  await expect(page.locator(STRETCH)).toHaveCount(0);
  await expect(page.locator('.formula')).not.toContainText('NaN');
});

test('Where the cell path is cut, its way counts nothing and the panel says so; the others still add up', async ({ page }) => {
  await open(page, '#v=1&T=12&h=3&step=6&cell=gru&vs=gru&chart=jacobian&surgery=1,cut');
  const [lane] = (await stateOf(page)).order;
  await atStep(page, 6);
  await settled(page);
  await quantityIn(page, lane);
  await openBar(page, lane, 5, 12);
  const rows = await termsIn(page, STRETCH);
  expect(alike(added(rows), (await blockOf(page)).sigma, 1e-12)).toBe(true);
  await openEntry(page, 1, 1);
  await expect(page.locator('.formula > .operands > .operand')).toHaveCount(5);
  const { result, operands } = await panelOf(page);
  expect(operands.at(-1)?.value).toBe(0);
  expect(operands.slice(0, 4).every(({ value }) => value !== 0)).toBe(true);
  expect(Math.abs(sum(operands.map(({ value }) => value)) - result)).toBeLessThanOrEqual(1e-12 * Math.max(...operands.map(({ value }) => Math.abs(value))));
  await expect(page.locator('.formula > .operands > .hint')).toHaveText('This gate is held (surgery) or its path is cut: nothing passes.');
});
