// @ts-check
// Where the formula panel has its place and how it is set: beside the lanes, on a projector, as a sheet on a phone.
import AxeBuilder from '@axe-core/playwright';
import { atRest, clickTile, ready } from './support/equations.js';
import { expect, open, seek, settled, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

for (const [name, width, height] of /** @type {[string, number, number][]} */ ([['beside the lanes', 1366, 768], ['on a phone', 360, 740]])) {
  test(`An equation goes on in the next line where its numbers need more room (${name})`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await atRest(page, '#vs=gru&cell=rnn&T=20&h=12&seed=3', ['gru']);
    let lines = 0;
    for (const [lane, channel] of [['rnn', 'hidden'], ['gru', 'candidate'], ['gru', 'update']]) {
      if (width < 400) await page.locator('.lane-tabs').getByText(lane.toUpperCase()).click();
      for (const unit of [1, 6, 10]) {
        await clickTile(page, lane, channel, 12, unit);
        const { right, pieces } = await page.locator('.formula .equation').first().evaluate((equation) => {
          const sums = [...equation.querySelectorAll('.sum')];
          return { right: equation.getBoundingClientRect().right, pieces: sums.map((sum) => [...sum.children].map((piece) => piece.getBoundingClientRect()).map(({ right: end, bottom }) => ({ end, bottom }))) };
        });
        expect(pieces.length).toBe(2);
        for (const { end } of pieces.flat()) expect(end).toBeLessThanOrEqual(right + 0.5);
        for (const sum of pieces) lines = Math.max(lines, new Set(sum.map(({ bottom }) => Math.round(bottom / 12))).size);
        await page.keyboard.press('Escape');
      }
    }
    expect(lines).toBeGreaterThan(1);
  });
}

test('On a phone the lane of a tapped tile comes into sight above the sheet that covered it', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await atRest(page, '#vs=gru&cell=rnn&T=20&h=12&seed=3', ['gru']);
  await page.locator('.lane-tabs').getByText('GRU').click();
  await clickTile(page, 'gru', 'update', 12, 3);
  const sheet = page.locator('.moment.opened');
  await expect(sheet).toBeVisible();
  for (const channel of ['update', 'candidate', 'hidden']) {
    const row = page.locator(`.lane[data-cell=gru] canvas[data-channel=${channel}]`);
    await expect.poll(async () => ((await row.boundingBox())?.y ?? 1e9) + 20 < ((await sheet.boundingBox())?.y ?? 0), `${channel} above the sheet`).toBe(true);
  }
});

for (const [name, width, height, query] of /** @type {const} */ ([
  ['laptop', 1366, 768, '?lang=zh-CN'],
  ['projector', 1920, 1080, '?theme=projector'],
  ['phone', 360, 740, '?lang=en'],
])) {
  test(`The panel keeps to its place and is accessible (${name})`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page, `${query}#T=12&h=16`);
    await settled(page);
    await clickTile(page, 'lstm', 'hiddenGradient', 5, 2);
    await page.locator('.formula > .operands > .operand > button').first().click();
    await page.screenshot({ path: `test-results/formula-${name}.png` });
    expect(await faultsOf(page)).toEqual([]);
  });

  test(`The panels of answers, norms, products and other quantities keep to their place and are accessible (${name})`, async ({ page }) => {
    test.slow();
    await page.setViewportSize({ width, height });
    await open(page, `${query}#T=12&h=16`);
    await settled(page);
    const T = 12;
    await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('.gradient-plot')).scrollIntoView({ block: 'center' }));
    const [rail, plot] = [await page.locator('.playhead-rail').boundingBox(), await page.locator('.gradient-plot').boundingBox()];
    if (!rail || !plot) throw new Error('no chart');
    const first = (/** @type {string} */ inside) => page.locator(`.formula ${inside}`).first();
    const looked = async (/** @type {string} */ kind) => {
      await ready(page, `[data-kind=${kind}]`);
      await page.screenshot({ path: `test-results/formula-${kind}-${name}.png` });
      expect(await faultsOf(page), kind).toEqual([]);
    };
    // The last bar is that of the last lane at T: from its norm to a unit's gradient, to an output's, to the answer.
    await page.mouse.click(rail.x + (rail.width * (T - 0.2)) / T, plot.y + plot.height * 0.6);
    await looked('norm');
    await first('.term button').click();
    await ready(page, '[data-kind=node]');
    await first('.operand > button').click();
    await first('.term button').click();
    await looked('readout');
    await first('.tabs button').click();
    await ready(page, '[data-kind=readout][data-way=forward]');
    await first('.operand > button').click();
    await looked('readout');
    await page.keyboard.press('Escape');
    await seek(page, 5, name === 'laptop' ? '时间步' : 'Timestep');
    await page.locator('.product').locator('visible=true').last().click();
    await looked('product');
    for (const quantity of ['jacobian', 'recurrentShare', 'shut']) {
      await page.evaluate((value) => {
        const select = /** @type {HTMLSelectElement} */ (document.querySelector('.quantity select'));
        select.value = value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
      }, quantity);
      await page.keyboard.press('Escape');
      await page.locator('.gradient-plot canvas').focus();
      await page.keyboard.press('Enter');
      await looked('series');
    }
  });
}

/** What sticks out of the panel, and what axe finds on the page. @param {Page} page */
async function faultsOf(page) {
  const faults = await page.evaluate(() => {
    const panel = /** @type {HTMLElement} */ (document.querySelector('.moment'));
    const { left, right, bottom, top } = panel.getBoundingClientRect();
    const found = document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['the page scrolls sideways'] : [];
    for (const el of panel.querySelectorAll('math, output, button, h2')) {
      const box = el.getBoundingClientRect();
      if (box.left < left - 1 || box.right > right + 1) found.push(`${el.tagName} "${el.textContent?.trim().slice(0, 30)}" sticks out: ${box.left.toFixed(0)}…${box.right.toFixed(0)} of ${left.toFixed(0)}…${right.toFixed(0)}`);
    }
    // A sheet leaves the lanes in sight and ends at the window's edge.
    if (innerWidth < 720 && (Math.abs(bottom - innerHeight) > 1 || top < innerHeight * 0.3)) found.push(`the sheet reaches from ${top} to ${bottom}`);
    return found;
  });
  const { violations } = await new AxeBuilder({ page }).analyze();
  return [...faults, ...violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))];
}
