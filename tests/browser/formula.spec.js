// @ts-check
// Every number explains itself: a tile opens the equation that made it, and what it shows comes to what it says.
import { EQUATIONS, atRest, clickTile, close, panelOf, ready, sum, termsOf } from './support/equations.js';
import { atStep, button, channelOf, dataOf, expect, frameOf, open, print, random, seek, settled, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

for (const [name, address, lanes] of /** @type {[string, string, string[]][]} */ ([
  ['RNN and LSTM', '#T=14&h=7', ['rnn', 'lstm']],
  ['GRU', '#cell=lstm&vs=gru&T=14&h=7', ['gru']],
])) {
  test(`A random sample of tiles, ${name}: the shown operands give the shown result, and the tile is of that value`, async ({ page }) => {
    test.slow();
    await atRest(page, address, lanes);
    const pick = random(20);
    let worst = 0;
    for (const lane of lanes) {
      const frame = await frameOf(page, lane);
      for (const [channel, equation] of Object.entries(EQUATIONS[lane])) {
        for (let k = 0; k < 3; k++) {
          const [t, unit] = [1 + Math.floor(pick() * 14), Math.floor(pick() * 7)];
          await clickTile(page, lane, channel, t, unit);
          const { result, operands } = await panelOf(page);
          const got = equation(operands.map(({ value }) => value));
          worst = Math.max(worst, Math.abs(got - result));
          expect(close(got, result), `${lane} ${channel} t ${t} unit ${unit}: ${got} is not ${result}`).toBe(true);
          const { offset, cols } = channelOf(frame, channel);
          expect(Math.fround(result)).toBe(frame.values[offset + (t - 1) * cols + unit]);
        }
      }
    }
    print(`${name}: equations recomputed from what is shown differ by at most ${worst.toExponential(1)}`);
  });

  test(`A random sample of tiles, ${name}: the ways of a gradient add up to it, and each is the product that it says`, async ({ page }) => {
    test.slow();
    await atRest(page, address, lanes);
    const pick = random(21);
    for (const lane of lanes) {
      const frame = await frameOf(page, lane);
      for (const channel of lane === 'lstm' ? ['hiddenGradient', 'cellGradient'] : ['hiddenGradient']) {
        for (const t of [14, 1 + Math.floor(pick() * 13), 1 + Math.floor(pick() * 13)]) {
          const unit = Math.floor(pick() * 7);
          await clickTile(page, lane, channel, t, unit);
          const { result, operands, way } = await panelOf(page);
          expect(way).toBe('backward');
          const got = sum(operands.map(({ value }) => value));
          expect(Math.abs(got - result)).toBeLessThanOrEqual(1e-12 * Math.max(...operands.map(({ value }) => Math.abs(value))));
          const { offset, cols } = channelOf(frame, channel);
          expect(Math.log10(Math.abs(result))).toBeCloseTo(frame.values[offset + (t - 1) * cols + unit], 5);
          // The first way, opened: a column of weights, or two factors.
          for (const { key, value } of operands.slice(0, 2)) {
            const terms = await termsOf(page, key);
            if (terms.length) {
              for (const [weight, factor, term] of terms) expect(close(weight * factor, term)).toBe(true);
              expect(Math.abs(sum(terms.map((term) => term[2])) - value)).toBeLessThanOrEqual(1e-12 * Math.max(...terms.map((term) => Math.abs(term[2]))));
            } else {
              const factors = await page.locator(`.formula > .operands > [data-key="${key}"] > .terms > .operand output`).evaluateAll((all) => all.map((el) => Number(/** @type {HTMLElement} */ (el).dataset.value)));
              expect(factors).toHaveLength(2);
              expect(Math.abs(factors[0] * factors[1] - value)).toBeLessThanOrEqual(1e-12 * Math.abs(value));
            }
          }
        }
      }
    }
  });
}

test('From the forget gate down to the input: each symbol opens its row, each row its terms, each state the timestep before; and back', async ({ page }) => {
  await open(page, '#T=12&h=9');
  await settled(page);
  await clickTile(page, 'lstm', 'forget', 8, 4);
  const first = await panelOf(page);
  expect(first.operands.map(({ key }) => key)).toEqual(['product-3-0', 'bias-3-0', 'product-3-1', 'bias-3-1']);
  const states = await termsOf(page, 'product-3-1');
  expect(states).toHaveLength(9);
  for (const [k, [weight, factor, value]] of states.entries()) {
    expect(close(weight * factor, value)).toBe(true);
    expect(k === 0 || Math.abs(value) <= Math.abs(states[k - 1][2])).toBe(true);
  }
  expect(close(sum(states.map((term) => term[2])), first.operands[2].value)).toBe(true);
  // The largest of them is a unit of the hidden state one timestep earlier.
  await page.locator('.formula .term button').first().click();
  await ready(page, '[data-node=hidden][data-t="7"]');
  const state = await panelOf(page);
  expect(state.result).toBe(states[0][1]);
  expect((await stateOf(page)).player.t).toBe(7);
  // One-hot input: one weight and zeros.
  await button(page, 'Back to the formula before').click();
  await ready(page, '[data-node=forget][data-t="8"][data-unit="4"]');
  const inputs = await termsOf(page, 'product-3-0');
  expect(inputs.filter((term) => term[2] !== 0)).toHaveLength(1);
  expect(inputs[0][1]).toBe(1);
});

test('A bar of the gradient chart opens the norm of the lane whose bar it is, a component its gradient, and a way in the equation its line', async ({ page }) => {
  await open(page, '#T=10&h=5');
  await settled(page);
  await button(page, 'Pause').click();
  const [rail, plot] = [await page.locator('.playhead-rail').boundingBox(), await page.locator('.gradient-plot').boundingBox()];
  if (!rail || !plot) throw new Error('no chart');
  for (const [k, lane] of ['rnn', 'lstm'].entries()) {
    // Within a timestep the lanes' bars stand side by side.
    await page.mouse.click(rail.x + (rail.width * (5 + (k + 0.5) / 2)) / 10, plot.y + plot.height * 0.8);
    await ready(page, `[data-lane=${lane}][data-kind=norm][data-node=hidden][data-t="6"]`);
  }
  const first = page.locator('.formula .term button').first();
  const unit = await first.locator('..').getAttribute('data-index');
  const value = await first.locator('output').first().getAttribute('data-value');
  await first.click();
  await ready(page, `[data-lane=lstm][data-kind=node][data-node=hidden][data-way=backward][data-t="6"][data-unit="${unit}"]`);
  expect((await panelOf(page)).result).toBe(Number(value));
  await page.locator('.formula .equation .pressable').nth(2).click();
  await expect(page.locator('.formula [data-key=path-2] > button')).toHaveAttribute('aria-expanded', 'true');
});

test('By keyboard the chart says what stands at the playhead, lane by lane, and Enter opens its equation', async ({ page }) => {
  await open(page, '#T=10&h=5');
  await settled(page);
  await seek(page, 4);
  const chart = page.locator('.gradient-plot canvas');
  await chart.focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  const frame = await frameOf(page, 'rnn');
  const log10 = dataOf(frame, 'hiddenGradientLog10')[4];
  const label = (await chart.getAttribute('aria-label')) ?? '';
  expect(label).toMatch(/^RNN, t 5 of 10: ∂L\/∂h /);
  expect(Math.abs(Number(label.split('∂L/∂h ')[1].replaceAll('−', '-')) / 10 ** log10 - 1)).toBeLessThan(0.06);
  await page.keyboard.press('Enter');
  await ready(page, '[data-lane=rnn][data-kind=norm][data-t="5"]');
  await expect(page.locator('.formula h2')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(chart).toBeFocused();
});

test('A bar of a quantity that a lane has not says so', async ({ page }) => {
  await open(page, '#T=10&h=5');
  await settled(page);
  await button(page, 'Pause').click();
  await page.locator('.quantity select').selectOption('shut');
  await page.locator('.gradient-plot canvas').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await ready(page, '[data-kind=series][data-lane=rnn]');
  await expect(page.locator('.formula')).toContainText('RNN has none.');
});

test('At the end the gradient comes from the loss alone: the readout’s weights times its errors', async ({ page }) => {
  await open(page, '#T=9&h=6');
  await settled(page);
  await clickTile(page, 'rnn', 'hiddenGradient', 9, 2);
  const { operands, result } = await panelOf(page);
  expect(operands).toHaveLength(1);
  const terms = await termsOf(page, 'path-0');
  expect(terms).toHaveLength(4);
  expect(Math.abs(sum(terms.map((term) => term[2])) - result)).toBeLessThan(1e-15);
  // The errors of softmax cross-entropy are the probabilities, less 1 for the right class.
  const frame = await frameOf(page, 'rnn');
  const errors = terms.map((term) => term[1]).toSorted((a, b) => a - b);
  const target = dataOf(frame, 'scalars')[frame.layout.scalars.indexOf('exampleTarget')];
  const wanted = [...dataOf(frame, 'probabilities')].map((p, k) => p - Number(k === target)).toSorted((a, b) => a - b);
  errors.forEach((error, k) => expect(error).toBeCloseTo(wanted[k], 6));
});

test('With the keyboard: Enter opens, Tab reaches every line, Escape closes and the focus is back on the strip', async ({ page }) => {
  await open(page, '#T=10&h=5');
  await settled(page);
  await seek(page, 4);
  const canvas = page.locator('canvas[data-lane=lstm][data-channel=cellState]');
  await canvas.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await ready(page);
  await expect(page.locator('.formula h2')).toBeFocused();
  expect((await panelOf(page)).operands).toHaveLength(4);
  for (let k = 0; k < 5; k++) await page.keyboard.press('Tab');
  await expect(page.locator('.formula .operand > button').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await ready(page, '[data-node=forget]');
  await page.keyboard.press('Escape');
  await expect(page.locator('.formula')).toHaveCount(0);
  await expect(canvas).toBeFocused();
});

test('A copied formula has every number with 17 digits', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '#T=10&h=5');
  await settled(page);
  await clickTile(page, 'lstm', 'cellState', 6, 3);
  await button(page, 'Copy with all digits').click();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const lines = text.split('\n');
  expect(lines[0]).toBe('LSTM c[4] t=6 step=0');
  const { result, operands } = await panelOf(page);
  expect(lines.slice(1).map((line) => Number(line.split('= ')[1]))).toEqual([result, ...operands.map(({ value }) => value)]);
  for (const line of lines.slice(1)) expect(line).toMatch(/= -?\d+\.\d{15,20}(e[-+]\d+)?$/);

  // Of a norm: itself, then its components.
  await page.locator('.gradient-plot canvas').focus();
  await page.keyboard.press('Enter');
  await ready(page, '[data-kind=norm]');
  await button(page, 'Copy with all digits').click();
  const [head, whole, ...components] = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
  expect(head).toBe('LSTM ‖∂L/∂h‖ t=6 step=0');
  const read = (/** @type {string} */ line) => Number(line.split('= ')[1]);
  expect(components).toHaveLength(5);
  expect(Math.abs(Math.hypot(...components.map(read)) / read(whole) - 1)).toBeLessThan(1e-12);
});

test('Surgery is explained as it is shown: a gate held open is 1, and passes nothing to its sum', async ({ page }) => {
  await open(page, '#T=10&h=5');
  await settled(page);
  await page.getByText('Surgery', { exact: true }).click();
  await page.getByRole('group', { name: 'forget gate' }).getByRole('button', { name: 'open' }).click();
  await page.waitForFunction(() => globalThis.gatescope.frame('lstm').before !== null);
  await clickTile(page, 'lstm', 'forget', 6, 3);
  expect((await panelOf(page)).result).toBe(1);
  await page.locator('.formula').getByRole('button', { name: 'Backward' }).click();
  await page.waitForSelector('.formula[data-way=backward]');
  const { lstm } = await page.evaluate(() => ({ lstm: globalThis.gatescope.explanation('lstm') }));
  expect(Array.from(/** @type {Float64Array} */ (lstm.now.gradients[3]))).toEqual([0, 0, 0, 0, 0]);
});

test('The trained example’s answer, norm and product say what its frame has, and come apart when its network is there', async ({ page }) => {
  test.slow();
  await open(page);
  await seek(page, 40);
  const frame = await frameOf(page, 'lstm');
  const step = dataOf(frame, 'scalars')[frame.layout.scalars.indexOf('step')];
  const log10 = dataOf(frame, 'hiddenGradientLog10');
  const lane = page.getByRole('region', { name: 'LSTM lane' });
  await lane.locator('.product').click();
  await page.waitForSelector('.formula[data-kind=product][data-ready=false]');
  expect(Math.abs((await panelOf(page)).result / 10 ** (log10[39] - log10[49]) - 1)).toBeLessThan(1e-6);
  await page.locator('.formula [data-key=here] > button').click();
  await page.waitForSelector('.formula[data-kind=norm][data-ready=false]');
  expect(Number((await panelOf(page)).shown.replace('−', '-')) / 10 ** log10[39]).toBeCloseTo(1, 1);
  await page.locator('.answers').last().locator('li.target button').click();
  await page.waitForSelector('.formula[data-kind=readout][data-ready=false]');
  expect(dataOf(frame, 'probabilities')).toContain((await panelOf(page)).result);
  expect((await stateOf(page)).source).toBe('opening');
  await button(page, 'Train it and take it apart').click();
  await atStep(page, step, 90_000);
  await ready(page, '[data-kind=readout]');
  const { result, operands } = await panelOf(page);
  expect(dataOf(frame, 'probabilities')).toContain(Math.fround(result));
  expect(operands.length).toBe(frame.layout.channels.find(({ name }) => name === 'probabilities')?.cols + 1);
});

test('The trained example shows its equations at once, and its operands when its network has been trained to the same step', async ({ page }) => {
  test.slow();
  await open(page);
  await button(page, 'Pause').click();
  const before = await frameOf(page, 'lstm');
  const trained = dataOf(before, 'scalars')[before.layout.scalars.indexOf('step')];
  const canvas = page.locator('canvas[data-lane=lstm][data-channel=forget]');
  await canvas.click({ position: { x: 100, y: 8 } });
  await page.waitForSelector('.formula[data-unit]');
  const { offset } = channelOf(before, 'forget');
  const { t, unit } = /** @type {any} */ (await panelOf(page));
  expect((await panelOf(page)).result).toBe(before.values[offset + (t - 1) * 32 + Number(unit)]);
  expect((await stateOf(page)).source).toBe('opening');
  await button(page, 'Train it and take it apart').click();
  await atStep(page, trained, 90_000);
  await page.waitForSelector(`.formula[data-ready=true][data-t="${t}"][data-unit="${unit}"]`);
  expect((await panelOf(page)).operands).toHaveLength(4);
  // Quantities along t are computed only while they are watched; everything else is the same, bit for bit.
  const after = await frameOf(page, 'lstm');
  const shown = before.layout.channels.filter(({ role }) => role !== 'microscope');
  expect(shown.length).toBeGreaterThanOrEqual(8);
  for (const { name } of shown) expect(Array.from(dataOf(after, name)), name).toEqual(Array.from(dataOf(before, name)));
});
