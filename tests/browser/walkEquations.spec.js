// @ts-check
// Equations of the answer, of the chart along t and of the horizon: a seeded walk that recomputes each from its shown operands.
import { alike, close, panelOf, ready, sum, termsOf } from './support/equations.js';
import { atStep, button, channelOf, dataOf, expect, frameOf, open, print, random, scalarsIn, seek, settled, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

const NAMES = /** @type {Record<string, string>} */ ({ rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' });

test('Probability bars: the shown outputs come to the shown probability, their terms to the outputs, forward and backward', async ({ page }) => {
  test.slow();
  await open(page, '#v=1&T=12&h=6&step=8&vs=rnn,gru');
  await atStep(page, 8);
  await settled(page);
  const pick = random(35);
  for (const lane of ['rnn', 'gru', 'lstm']) {
    const frame = await frameOf(page, lane);
    const scalars = scalarsIn(frame);
    const probabilities = dataOf(frame, 'probabilities');
    for (let sample = 0; sample < 2; sample++) {
      await seek(page, 1 + Math.floor(pick() * 12));
      const k = Math.floor(pick() * probabilities.length);
      await page.locator('.answers').nth((await stateOf(page)).order.indexOf(lane)).locator('li button').nth(k).click();
      await ready(page, `[data-kind=readout][data-lane=${lane}][data-way=forward][data-t="12"]`);
      await expect(page.locator('.formula')).toHaveAttribute('data-of', JSON.stringify({ kind: 'readout', k }));
      await expect(page.locator('.formula [data-key^="y-"] > button:not([disabled])')).toHaveCount(probabilities.length);
      const { result, operands } = await panelOf(page);
      const outputs = operands.filter(({ key }) => key.startsWith('y-'));
      expect(outputs[0].key).toBe(`y-${k}`);
      const got = Math.exp(outputs[0].value) / sum(outputs.map(({ value }) => Math.exp(value)));
      expect(close(got, result), `${lane} ${k}: ${got} is not ${result}`).toBe(true);
      expect(Math.fround(result)).toBe(probabilities[k]);
      // The loss is that of the right class's probability, computed from the same outputs.
      const right = Number(outputs.find(({ key }) => key === `y-${scalars.exampleTarget}`)?.value);
      const loss = Number(operands.find(({ key }) => key === 'loss')?.value);
      expect(close(Math.log(sum(outputs.map(({ value }) => Math.exp(value)))) - right, loss)).toBe(true);
      expect(Math.fround(loss)).toBe(scalars.exampleLoss);
      // An output is its row of the weights times h_T, and its bias.
      const { key, value } = outputs[Math.floor(pick() * outputs.length)];
      const terms = await termsOf(page, key);
      expect(terms).toHaveLength(6);
      for (const [weight, factor, product] of terms) expect(close(weight * factor, product)).toBe(true);
      const bias = Number(await page.locator(`.formula [data-key="${key}"] [data-key=bias] output`).getAttribute('data-value'));
      expect(close(bias + sum(terms.map((term) => term[2])), value)).toBe(true);
      const h = channelOf(frame, 'hidden');
      const unit = Number(await page.locator('.formula .term').first().getAttribute('data-index'));
      expect(Math.fround(terms[0][1])).toBe(frame.values[h.offset + 11 * h.cols + unit]);

      await page.locator('.formula').getByRole('button', { name: 'Backward' }).click();
      await ready(page, '[data-kind=readout][data-way=backward]');
      const back = await panelOf(page);
      const [p, one] = back.operands.map((operand) => operand.value);
      expect([p, one]).toEqual([result, Number(k === scalars.exampleTarget)]);
      expect(close(p - one, back.result)).toBe(true);

      // What comes back to a unit of h_T from there: the column of the weights times those gradients.
      await page.locator('.formula').getByRole('button', { name: 'Forward' }).click();
      await termsOf(page, key);
      await page.locator(`.formula .term[data-index="${unit}"] button`).click();
      await ready(page, `[data-kind=node][data-node=hidden][data-t="12"][data-unit="${unit}"]`);
      await page.locator('.formula').getByRole('button', { name: 'Backward' }).click();
      await ready(page, '[data-kind=node][data-way=backward]');
      const state = await panelOf(page);
      expect(state.operands).toHaveLength(1);
      const ways = await termsOf(page, 'path-0');
      expect(Math.abs(sum(ways.map((term) => term[2])) - state.result)).toBeLessThanOrEqual(1e-15);
      const own = page.locator(`.formula .term[data-index="${k}"] button`);
      expect(Number(await own.locator('output').nth(1).getAttribute('data-value'))).toBe(back.result);
      await own.click();
      await ready(page, '[data-kind=readout][data-way=backward]');
      expect((await panelOf(page)).result).toBe(back.result);
    }
  }
});

/** The norm that the panel shows, from its shown components; each opens the gradient of its unit. @param {Page} page @param {string} lane @param {number} unit whose component is opened */
async function normInPanel(page, lane, unit) {
  const { result, operands } = await panelOf(page);
  const all = page.locator('.formula').getByRole('button', { name: /^All \d+ terms$/ });
  if (await all.count()) await all.click();
  const terms = await page.locator('.formula .term:not(.rest)').evaluateAll((items) => items.map((item) => [...item.querySelectorAll('output')].map((el) => Number(el.dataset.value))));
  for (const [component, square] of terms) expect(alike(component ** 2, square, 1e-12)).toBe(true);
  const squares = sum(terms.map(([, square]) => square));
  expect(alike(Math.sqrt(squares), result, 1e-12), `${Math.sqrt(squares)} is not ${result}`).toBe(true);
  const of = (/** @type {string} */ key) => Number(operands.find((operand) => operand.key === key)?.value);
  expect(alike(of('sum'), squares, 1e-12)).toBe(true);
  expect(alike(10 ** of('log10'), result, 1e-6)).toBe(true);
  const term = page.locator(`.formula .term[data-index="${unit}"] button`);
  const component = Number(await term.locator('output').first().getAttribute('data-value'));
  await term.click();
  await ready(page, `[data-kind=node][data-way=backward][data-lane=${lane}][data-unit="${unit}"]`);
  const opened = await panelOf(page);
  expect(opened.result).toBe(component);
  const ways = opened.operands.map(({ value }) => value);
  expect(Math.abs(sum(ways) - component)).toBeLessThanOrEqual(1e-12 * Math.max(...ways.map(Math.abs)));
  return { log10: of('log10'), size: terms.length };
}

test('Points of the gradient chart: the shown components come to the shown norm, and each is the sum of its ways', async ({ page }) => {
  test.slow();
  // High enough for the chart under three lanes.
  await page.setViewportSize({ width: 1366, height: 1100 });
  await open(page, '#v=1&T=12&h=8&step=6&vs=rnn,gru');
  await atStep(page, 6);
  await settled(page);
  const pick = random(36);
  const { order } = await stateOf(page);
  const [rail, plot] = [await page.locator('.playhead-rail').boundingBox(), await page.locator('.gradient-plot').boundingBox()];
  if (!rail || !plot) throw new Error('no chart');
  for (const [place, lane] of order.entries()) {
    const frame = await frameOf(page, lane);
    for (let sample = 0; sample < 3; sample++) {
      const t = 1 + Math.floor(pick() * 12);
      await page.mouse.click(rail.x + (rail.width * (t - 1 + (place + 0.5) / order.length)) / 12, plot.y + plot.height * 0.7);
      await ready(page, `[data-kind=norm][data-lane=${lane}][data-t="${t}"]`);
      const { log10, size } = await normInPanel(page, lane, Math.floor(pick() * 8));
      expect([log10, size]).toEqual([dataOf(frame, 'hiddenGradientLog10')[t - 1], 8]);
    }
  }
});

test('Tiles of the horizon: the norm is taken apart at the tile’s own training step', async ({ page }) => {
  test.slow();
  await open(page, '#v=1&T=12&h=8&step=24&view=training');
  await atStep(page, 24);
  await settled(page);
  const pick = random(37);
  const horizons = await page.evaluate(() => Object.fromEntries(['rnn', 'lstm'].map((cell) => [cell, globalThis.gatescope.past(cell).horizon])));
  for (const lane of ['rnn', 'lstm', 'lstm', 'rnn']) {
    const [step, t] = [Math.floor(pick() * 25), 1 + Math.floor(pick() * 12)];
    const canvas = page.locator(`canvas[data-horizon="${lane}"]`);
    await canvas.focus();
    await canvas.press('Home');
    for (let k = 0; k < step; k++) await canvas.press('ArrowRight');
    for (let k = 12; k > t; k--) await canvas.press('ArrowUp');
    await canvas.press('Enter');
    await ready(page, `[data-kind=norm][data-lane=${lane}][data-t="${t}"]`);
    expect((await page.evaluate((cell) => globalThis.gatescope.explanation(cell), lane)).step).toBe(step);
    const { log10 } = await normInPanel(page, lane, Math.floor(pick() * 8));
    expect(log10).toBe(Object.values(horizons[lane].columns[step])[t - 1]);
  }
});

test('Running products and the chart’s other quantities: their shown operands come to them', async ({ page }) => {
  test.slow();
  await page.setViewportSize({ width: 1366, height: 1100 });
  await open(page, '#v=1&T=12&h=8&step=6&vs=rnn,gru');
  await atStep(page, 6);
  await settled(page);
  const pick = random(38);
  const { order } = await stateOf(page);
  /** The panel's blocks: each series' result and the operands under it. */
  const blocks = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('.formula .equation[data-series]')].map((el) => {
        const value = (/** @type {Element | null | undefined} */ one) => Number(/** @type {HTMLElement | null | undefined} */ (one)?.dataset.value);
        const rows = [...(el.nextElementSibling?.querySelectorAll(':scope > [data-key]') ?? [])];
        return {
          name: /** @type {HTMLElement} */ (el).dataset.series ?? '',
          result: value(el.querySelector('.result output')),
          operands: rows.map((row) => value(row.querySelector(':scope > output, :scope > button > output'))),
          terms: [...(el.nextElementSibling?.querySelectorAll('.term output') ?? [])].map(value),
        };
      }),
    );
  let walked = 0;
  for (const lane of order) {
    const t = 1 + Math.floor(pick() * 11);
    await seek(page, t);
    await page.getByRole('region', { name: `${NAMES[lane]} lane` }).locator('.product').click();
    await ready(page, `[data-kind=product][data-lane=${lane}][data-t="${t}"]`);
    const all = page.locator('.formula').getByRole('button', { name: /^All \d+ factors$/ });
    if (await all.count()) await all.click();
    const { result, operands } = await panelOf(page);
    const factors = await page.locator('.formula .term:not(.rest) output').evaluateAll((items) => items.map((el) => Number(/** @type {HTMLElement} */ (el).dataset.value)));
    expect(factors).toHaveLength(12 - t);
    expect(alike(factors.reduce((a, b) => a * b, 1), result, 1e-6)).toBe(true);
    const [here, end, log10] = operands.map(({ value }) => value);
    expect(alike(here / end, result, 1e-6) && alike(10 ** log10, result, 1e-6)).toBe(true);
    // A factor is what one step back leaves: by way of each operation, of which the plain network has two in a row.
    const at = page.locator('.formula .term:not(.rest)').nth(Math.floor(pick() * factors.length));
    const [k, factor] = [Number(await at.getAttribute('data-index')), Number(await at.locator('output').getAttribute('data-value'))];
    await at.locator('button').click();
    const states = lane === 'lstm' ? ['hidden', 'cellState'] : ['hidden'];
    for (const node of states) {
      await ready(page, `[data-kind=factor][data-lane=${lane}][data-t="${k}"]`);
      await page.waitForSelector(`.formula[data-of='${JSON.stringify({ kind: 'factor', node })}'] [data-key=before]`);
      const shown = await panelOf(page);
      const of = (/** @type {string} */ key) => Number(shown.operands.find((operand) => operand.key === key)?.value);
      if (node === 'hidden') expect(alike(shown.result, factor, 1e-5), `${lane} k ${k}: ${shown.result} is not ${factor}`).toBe(true);
      expect(alike(of('before') / of('after'), shown.result, 1e-12)).toBe(true);
      const ways = await page.locator('.formula .way').evaluateAll((items) => items.map((item) => [...item.querySelectorAll('output')].map((el) => Number(el.dataset.value))));
      expect(ways).toHaveLength({ rnn: 1, gru: 4, lstm: node === 'hidden' ? 4 : 2 }[lane] ?? 0);
      // Vectors: no longer than all their parts together, no shorter than the longest without the others.
      const lengths = ways.map(([arrives]) => arrives);
      expect(of('before')).toBeLessThanOrEqual(sum(lengths) * (1 + 1e-12));
      expect(of('before')).toBeGreaterThanOrEqual((2 * Math.max(...lengths) - sum(lengths)) * (1 - 1e-12));
      for (const [arrives, ...by] of ways) if (by.length === 2) expect(alike(of('after') * by[0] * by[1], arrives, 1e-12)).toBe(true);
      const other = page.locator('.formula [data-other]');
      if (states.length > 1 && node === 'hidden') await other.click();
    }
    walked += states.length;
  }
  print(`${walked} factors`);
  walked = 0;
  const [rail, plot] = [await page.locator('.playhead-rail').boundingBox(), await page.locator('.gradient-plot').boundingBox()];
  if (!rail || !plot) throw new Error('no chart');
  const { quantities } = (await frameOf(page, 'lstm')).layout;
  for (const { name: quantity, series } of quantities.filter(({ name }) => name !== 'gradient')) {
    await page.locator('.quantity select').selectOption(quantity);
    await page.waitForFunction((channel) => {
      const { layout, values } = globalThis.gatescope.frame('lstm');
      const { offset } = layout.channels.find((/** @type {{ name: string }} */ { name }) => name === channel);
      return !Number.isNaN(values[offset]);
    }, series[0]);
    for (const [place, lane] of order.entries()) {
      const frame = await frameOf(page, lane);
      const own = frame.layout.quantities.find(({ name }) => name === quantity);
      if (!own) continue;
      const t = 1 + Math.floor(pick() * 11);
      const box = (await page.locator('.gradient-plot').boundingBox()) ?? plot;
      await page.mouse.click(rail.x + (rail.width * (t - 1 + (place + 0.5) / order.length)) / 12, box.y + box.height * 0.7);
      await ready(page, `[data-kind=series][data-lane=${lane}][data-t="${t}"]`);
      const shown = await blocks();
      expect(shown.map(({ name }) => name)).toEqual(own.series);
      for (const { name, result, operands, terms } of shown) {
        const recorded = dataOf(frame, name)[t - 1];
        // The chart has ‖J_t‖ from below; the panel has it exactly (walkJacobian.spec.js).
        if (name === 'jacobianNormLog10') expect(alike(operands[0], 10 ** recorded, 1e-12) && operands[0] <= result * (1 + 1e-6)).toBe(true);
        else expect(alike(result, name.endsWith('Log10') ? 10 ** recorded : recorded, 1e-6), `${lane} ${name}: ${result}`).toBe(true);
        if (/Ratio/.test(name)) expect(alike(operands[0] / operands[1], result, 1e-5)).toBe(true);
        if (/Contribution/.test(name)) {
          expect(alike(operands.reduce((a, b) => a * b, 1), result, 1e-5), `${lane} ${name}: ${operands} is not ${result}`).toBe(true);
          expect(alike(Math.hypot(...terms), Number(operands.at(-1)), 1e-12)).toBe(true);
        }
        if (/Direct/.test(name)) expect(operands).toEqual([result]);
        if (/Shut|Open|Saturated|Inactive/.test(name)) expect(alike(operands[0] / operands[1], result, 1e-6), `${lane} ${name} t ${t}: ${operands} is not ${result}`).toBe(true);
        if (name === 'inputGradientLog10') expect(operands).toEqual([result]);
        walked++;
      }
      if (quantity === 'inputGradient') {
        await page.locator('.formula [data-key=norm] > button').click();
        await ready(page, '[data-kind=norm][data-node=x]');
        const { result, operands } = await panelOf(page);
        expect(alike(10 ** Number(operands.find(({ key }) => key === 'log10')?.value), result, 1e-6)).toBe(true);
      }
    }
  }
  print(`${walked} series`);
});
