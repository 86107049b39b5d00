// @ts-check
// Any visible number equals the trace's: a seeded walk over every view, which recomputes what is shown from what it is shown with.
// (The flow's tiles are walked in formula.spec.js.)
import { EQUATIONS, alike, close, panelOf, ready, sum } from './support/equations.js';
import { atStep, button, channelOf, dataOf, expect, frameOf, open, print, random, seek, settled, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

const NAMES = /** @type {Record<string, string>} */ ({ rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' });

/** A number as the page writes it. @param {string} text */
const read = (text) => (text === 'not finite' ? Infinity : Number(text.replaceAll('−', '-').replaceAll(',', '')));
/** Two significant digits are shown. */
const ROUNDED = 0.06;
/** Six are. */
const EXACT = 2e-5;

/** Opens a table, reads it, closes it: heads and rows of texts. @param {Page} page @param {import('@playwright/test').Locator} region @param {string | RegExp} [name] */
async function tableIn(page, region, name = 'Table') {
  await region.getByRole('button', { name, exact: typeof name === 'string' }).click();
  const table = page.locator('.numbers-table[open]');
  await expect(table.locator('tbody tr').first()).toBeAttached();
  const heads = await table.locator('thead th').allTextContents();
  const rows = await table.locator('tbody tr').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
  await table.getByRole('button', { name: 'Close' }).click();
  await expect(table).toHaveCount(0);
  return { heads, rows, at: (/** @type {number} */ row, /** @type {string} */ head) => read(rows[row][heads.indexOf(head)] ?? 'no such column') };
}

test('The cell view: each operation’s equation comes to its result, its label to the norm of the trace, forward and backward', async ({ page }) => {
  test.slow();
  await open(page, '#v=1&T=12&h=6&step=5&view=cell&vs=rnn,gru&unit=3&t=4');
  await atStep(page, 5);
  await settled(page);
  const pick = random(31);
  const unit = 3;
  let walked = 0;
  for (const way of ['forward', 'backward']) {
    await button(page, way === 'forward' ? 'Forward' : 'Backward').first().click();
    for (const lane of ['rnn', 'gru', 'lstm']) {
      const frame = await frameOf(page, lane);
      const nodes = way === 'forward' ? Object.keys(EQUATIONS[lane]).filter((name) => name !== 'activationDerivative') : lane === 'lstm' ? ['hidden', 'cellState'] : ['hidden'];
      for (let k = 0; k < 3; k++) {
        const [t, node] = [1 + Math.floor(pick() * 12), nodes[Math.floor(pick() * nodes.length)]];
        await seek(page, t);
        const figure = page.locator(`.cell-row figure[data-cell="${lane}"][data-t="${t}"]`);
        await expect(figure).toBeVisible();
        const operation = figure.locator(`button[data-node="${node}"]`);
        await operation.click();
        await page.waitForSelector(`.formula[data-ready=true][data-t="${t}"][data-lane=${lane}][data-node=${node}][data-way=${way}]`);
        const { result, operands } = await panelOf(page);
        const label = ((await operation.getAttribute('aria-label')) ?? '').replaceAll('−', '-');
        const said = [...label.matchAll(/norm ([\d.e+-]+)/g)].map(([, number]) => Number(number.replace(/[.,]$/, '')));
        if (way === 'forward') {
          const got = EQUATIONS[lane][node](operands.map(({ value }) => value));
          expect(close(got, result), `${lane} ${node} t ${t}: ${got} is not ${result}`).toBe(true);
          const { offset, cols } = channelOf(frame, node);
          expect(Math.fround(result)).toBe(frame.values[offset + (t - 1) * cols + unit]);
          const norm = Math.hypot(...frame.values.subarray(offset + (t - 1) * cols, offset + t * cols));
          expect(alike(said[0], norm, ROUNDED), `${label} is not ${norm}`).toBe(true);
        } else {
          const got = sum(operands.map(({ value }) => value));
          expect(Math.abs(got - result)).toBeLessThanOrEqual(1e-12 * Math.max(...operands.map(({ value }) => Math.abs(value))));
          const log = dataOf(frame, node === 'hidden' ? 'hiddenGradientLog10' : 'cellGradientLog10')[t - 1];
          expect(alike(said[1], 10 ** log, ROUNDED), `${label} is not ${10 ** log}`).toBe(true);
        }
        walked++;
      }
    }
  }
  print(`${walked} operations`);
});

test('The memory map’s view: entries, differences, spectra, singular values and half-lives are those of the core', async ({ page }) => {
  test.slow();
  await open(page, '#v=1&T=12&h=6&step=5&view=map&t=9');
  await atStep(page, 5);
  await settled(page);
  await page.waitForFunction(() => ['rnn', 'lstm'].every((cell) => globalThis.gatescope.map(cell)?.method === 'exact' && globalThis.gatescope.map(cell).recurrence?.exponents.length), undefined, { timeout: 60_000 });
  if ((await stateOf(page)).player.playing) await button(page, 'Pause').click();
  const pick = random(32);
  const T = 12;
  const maps = await page.evaluate(() => Object.fromEntries(['rnn', 'lstm'].map((cell) => [cell, { values: Array.from(globalThis.gatescope.map(cell).values), recurrence: globalThis.gatescope.map(cell).recurrence }])));
  const small = await page.locator('canvas[data-map]').first().evaluate((canvas) => Number.parseFloat(getComputedStyle(canvas).getPropertyValue('--canvas-small')));
  /** What the tooltip says of an entry. @param {string} key @param {number} t @param {number} s */
  const pointed = async (key, t, s) => {
    const canvas = page.locator(`canvas[data-map=${key}]`);
    const { width, height } = /** @type {{ width: number, height: number }} */ (await canvas.boundingBox());
    const left = small * 2.4;
    const side = Math.max(1, Math.floor(Math.min(width - left - 1, height - small * 1.7 - 2)));
    await canvas.hover({ position: { x: left + ((s - 0.5) / T) * side, y: 1 + ((t - 0.5) / T) * side } });
    const text = (await page.locator('.tooltip').textContent()) ?? '';
    const [, , , value] = /t (\d+), s (\d+) · (.+)$/.exec(text) ?? [];
    expect(text).toContain(`t ${t}, s ${s} ·`);
    return read(value);
  };
  const map = page.getByRole('region', { name: 'Memory map' });
  for (let k = 0; k < 6; k++) {
    const t = 1 + Math.floor(pick() * T);
    const s = 1 + Math.floor(pick() * t);
    const [rnn, lstm, ratio] = [await pointed('rnn', t, s), await pointed('lstm', t, s), await pointed('difference', t, s)];
    for (const [cell, value] of [['rnn', rnn], ['lstm', lstm]]) expect(alike(Number(value), 10 ** maps[cell].values[(t - 1) * T + s - 1], ROUNDED)).toBe(true);
    expect(alike(ratio, rnn / lstm, 3 * ROUNDED), `${rnn} ÷ ${lstm} is not ${ratio}`).toBe(true);
    await seek(page, t);
    const { rows, heads } = await tableIn(page, map);
    expect(rows.length).toBe(t);
    const row = rows[s - 1].slice(1).map(read);
    expect(heads[1]).toBe('RNN (exact · step 5)');
    expect(alike(row[0], 10 ** maps.rnn.values[(t - 1) * T + s - 1], EXACT)).toBe(true);
    expect(alike(row[1], 10 ** maps.lstm.values[(t - 1) * T + s - 1], EXACT)).toBe(true);
    expect(alike(row[2], row[0] / row[1], EXACT), 'the difference from its shown operands').toBe(true);
  }
  await page.mouse.move(2, 2);

  const spectrum = await tableIn(page, page.getByRole('region', { name: 'Recurrent weights' }));
  expect(spectrum.heads.length).toBe(1 + 3 * 5);
  for (let block = 0; block < 5; block++) {
    const sizes = spectrum.rows.map((row) => {
      const [re, im, size] = row.slice(1 + 3 * block, 4 + 3 * block).map(read);
      expect(alike(size, Math.hypot(re, im), EXACT)).toBe(true);
      return size;
    });
    const figures = (await page.locator('.planes li .plane-figures b').nth(block).textContent()) ?? '';
    expect(alike(Math.max(...sizes), read(figures.replace('ρ ', '')), ROUNDED), `${figures}: ${Math.max(...sizes)}`).toBe(true);
  }

  const along = page.getByRole('region', { name: 'Jacobians along t' });
  const series = await tableIn(page, along);
  for (let k = 0; k < 3; k++) {
    const t = 1 + Math.floor(pick() * T);
    await seek(page, t);
    const all = await tableIn(page, along, /^All at t/);
    for (const [column, cell] of ['rnn', 'lstm'].entries()) {
      const { largest, smallest, productLog10, singularValues } = maps[cell].recurrence;
      const own = all.rows.map((row) => row[1 + column]).filter((text) => text !== '–').map(read);
      expect(own.length).toBe(singularValues.length / T);
      expect(alike(own[0], series.at(t - 1, `${NAMES[cell]} σ_max(Jₜ)`), EXACT)).toBe(true);
      expect(alike(own[0], largest[t - 1], EXACT)).toBe(true);
      expect(Math.abs(own[own.length - 1] - smallest[t - 1])).toBeLessThanOrEqual(1e-5 * own[0]);
      expect(alike(series.at(t - 1, `${NAMES[cell]} ‖∂h_T/∂hₜ‖`), 10 ** productLog10[t - 1], EXACT)).toBe(true);
    }
  }

  const halves = await tableIn(page, page.locator('.half-lives'));
  const forget = dataOf(await frameOf(page, 'lstm'), 'forget');
  halves.rows.forEach((row, unit) => {
    const mean = sum(Array.from({ length: T }, (_, t) => Math.log(forget[t * 6 + unit]))) / T;
    expect(alike(read(row[1]), Math.LN2 / -mean, 1e-4), `unit ${unit + 1}: ${row[1]} is not ${Math.LN2 / -mean}`).toBe(true);
  });
  print('6 entries, 5 blocks of eigenvalues, 3 timesteps of singular values, 6 half-lives');
});

test('BPTT, term by term: a term’s shown factors multiply to it, in a random sample of both lanes', async ({ page }) => {
  await open(page, '#v=1&T=5&h=6&step=5&view=map');
  await atStep(page, 5);
  await settled(page);
  await button(page, 'BPTT, term by term').click();
  await button(page, 'Exactly').click();
  await button(page, 'loss at every t').click();
  await page.waitForFunction(() => ['rnn', 'lstm'].every((cell) => globalThis.gatescope.terms(cell)?.every));
  const pick = random(33);
  for (let k = 0; k < 6; k++) {
    const t = 2 + Math.floor(pick() * 4);
    const use = 2 + Math.floor(pick() * (t - 1));
    await page.locator('.bptt canvas[data-map=rnn]').focus();
    await page.keyboard.press('Home');
    for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowUp');
    for (let step = 1; step < t; step++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    for (let step = 1; step < use; step++) await page.keyboard.press('ArrowRight');
    await expect(page.locator('.bptt-terms li')).toContainText([`loss t = ${t}, use k = ${use}:`, `loss t = ${t}, use k = ${use}:`]);
    for (const line of await page.locator('.bptt-terms li').allTextContents()) {
      const [, at, of, formula] = /loss t = (\d+), use k = (\d+): (.*)$/.exec(line.replaceAll('−', '-')) ?? [];
      expect([Number(at), Number(of)]).toEqual([t, use]);
      const [, start, left, last, value] = /^(.*) = (.*); × (.*) = (.*)$/.exec(formula) ?? [];
      expect(start, formula).toBeDefined();
      const product = start.split(' × ').map((text) => Number(text.startsWith('.') ? `0${text}` : text)).reduce((a, b) => a * b, 1);
      if (!start.includes('…')) expect(alike(product, Number(left), 0.15), line).toBe(true);
      const factor = (/** @type {string} */ text) => Number(text.startsWith('.') ? `0${text}` : text);
      expect(alike(factor(left) * factor(last), factor(value), 0.15), line).toBe(true);
    }
  }
});

test('The training view: the horizon’s cells, the curves’ numbers and the norms of every parameter are those of the run', async ({ page }) => {
  test.slow();
  await open(page, '#v=1&T=12&h=6&clip=0.2&step=30&view=training');
  await atStep(page, 30);
  await settled(page);
  const pick = random(34);
  const horizons = await page.evaluate(() => Object.fromEntries(['rnn', 'lstm'].map((cell) => [cell, globalThis.gatescope.past(cell).horizon])));
  for (const lane of ['rnn', 'lstm', 'lstm', 'rnn']) {
    const canvas = page.locator(`canvas[data-horizon="${lane}"]`);
    await canvas.focus();
    await canvas.press('Home');
    const [step, t] = [Math.floor(pick() * 31), 1 + Math.floor(pick() * 12)];
    for (let k = 0; k < step; k++) await canvas.press('ArrowRight');
    for (let k = 12; k > t; k--) await canvas.press('ArrowUp');
    const label = ((await canvas.getAttribute('aria-label')) ?? '').replaceAll('−', '-');
    const [, at, time, value, share] = /step (\d+) · t (\d+) · .* = ([^,]+), relative to T: (.+)$/.exec(label) ?? [];
    expect([Number(at), Number(time)], label).toEqual([step, t]);
    for (let k = t; k < 12; k++) await canvas.press('ArrowDown');
    const end = / = ([^,]+), relative/.exec(((await canvas.getAttribute('aria-label')) ?? '').replaceAll('−', '-'))?.[1] ?? '';
    expect(alike(read(value), 10 ** Object.values(horizons[lane].columns[step])[t - 1], ROUNDED)).toBe(true);
    expect(alike(read(share), read(value) / read(end), 3 * ROUNDED), `${value} ÷ ${end} is not ${share}`).toBe(true);
  }

  const region = page.getByRole('region', { name: 'Training run' });
  const all = await tableIn(page, region);
  const column = await tableIn(page, page.getByRole('region', { name: 'Gradient horizon' }));
  for (const lane of ['rnn', 'lstm']) {
    const log = dataOf(await frameOf(page, lane), 'hiddenGradientLog10');
    const head = column.heads.findIndex((text) => text.startsWith(NAMES[lane]) && text.endsWith('step 30'));
    column.rows.forEach((row, k) => expect(alike(read(row[head]), 10 ** log[k], EXACT)).toBe(true));
  }
  const names = await region.getByLabel('Gradient of').locator('option').evaluateAll((options) => options.map((one) => /** @type {HTMLOptionElement} */ (one).value).filter(Boolean));
  /** @type {Record<string, number[]>} */
  const squares = { RNN: new Array(30).fill(0), LSTM: new Array(30).fill(0) };
  for (const name of names) {
    await region.getByLabel('Gradient of').selectOption(name);
    const one = await tableIn(page, region);
    for (const lane of ['RNN', 'LSTM']) {
      for (let row = 0; row < 30; row++) {
        const [before, after] = ['before', 'after'].map((when) => one.at(row, `${lane} ‖∇‖ of ${name}, ${when} clipping`));
        const whole = all.at(row, `${lane} ‖∇‖ of all parameters, before clipping`);
        expect(alike(after, before * Math.min(1, 0.2 / (whole + 1e-6)), EXACT), `${lane} ${name} step ${row + 1}`).toBe(true);
        squares[lane][row] += before ** 2;
      }
    }
  }
  for (const lane of ['RNN', 'LSTM']) squares[lane].forEach((square, row) => expect(alike(Math.sqrt(square), all.at(row, `${lane} ‖∇‖ of all parameters, before clipping`), EXACT)).toBe(true));
  print(`${names.length} parameters × 30 steps × 2 lanes`);
});
