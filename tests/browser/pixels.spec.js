// @ts-check
// What the eye gets is what was computed: tiles, curve and readings compared with the numbers of the trace.
import { TOLERANCE, colourOf, distance } from './support/colours.js';
import { LANES, atStep, button, channelOf, dataOf, expect, frameOf, open, print, random, reopen, seek, settled, slider, stateOf, test } from './support/gatescope.js';
import { pictureOf, rgb } from './support/picture.js';

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {import('./support/gatescope.js').Frame} Frame */
/** @typedef {{ lane: string, channel: string, x: number, y: number, width: number, height: number }} Strip */

const SAMPLE = 60;

/** Where the strips are on the screen. @param {Page} page @returns {Promise<Strip[]>} */
const stripsOf = (page) =>
  page.evaluate(() =>
    Array.from(/** @type {NodeListOf<HTMLCanvasElement>} */ (document.querySelectorAll('canvas[data-channel]')), (canvas) => {
      const { x, y, width, height } = canvas.getBoundingClientRect();
      return { lane: canvas.dataset.lane ?? '', channel: canvas.dataset.channel ?? '', x, y, width, height };
    }),
  );

/** @param {Frame} frame @param {string} name @param {number} t @param {number} unit from 0 */
const valueAt = (frame, name, t, unit) => dataOf(frame, name)[(t - 1) * frame.layout.hiddenSize + unit];

/** log10 norm at T that a gradient strip is relative to. @param {Frame} frame @param {string} name */
const endOf = (frame, name) => {
  if (channelOf(frame, name).kind !== 'gradient') return 0;
  const norms = dataOf(frame, `${name}Log10`);
  return norms[norms.length - 1];
};

/** Puts the mouse where it points at nothing. @param {Page} page */
const leave = (page) => page.mouse.move(5, 5);

/** A number as the page writes it: `3.1e−4`, `0.93`, `.61`. @param {string} text */
const read = (text) => Number(text.replaceAll('−', '-').replaceAll(',', ''));

test('Every strip of both lanes has, tile for tile, the colours of its numbers', async ({ page }) => {
  await open(page);
  await seek(page, 50);
  const drawn = await page.evaluate(() =>
    Array.from(/** @type {NodeListOf<HTMLCanvasElement>} */ (document.querySelectorAll('canvas[data-channel]')), (canvas) => ({
      lane: canvas.dataset.lane ?? '',
      channel: canvas.dataset.channel ?? '',
      width: canvas.width,
      height: canvas.height,
      pixels: Array.from(canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []),
    })),
  );
  const frames = Object.fromEntries(await Promise.all(LANES.map(async (lane) => [lane, await frameOf(page, lane)])));
  expect(drawn.map(({ lane, channel }) => `${lane} ${channel}`)).toEqual([
    ...['activationDerivative', 'hidden', 'hiddenGradient'].map((name) => `rnn ${name}`),
    ...['forget', 'input', 'output', 'candidate', 'cellState', 'hidden', 'hiddenGradient', 'cellGradient'].map((name) => `lstm ${name}`),
  ]);
  let tiles = 0;
  for (const { lane, channel, width, height, pixels } of drawn) {
    const { kind, rows: T, cols: H } = channelOf(frames[lane], channel);
    expect([width, height]).toEqual([T, H]);
    const end = endOf(frames[lane], channel);
    let worst = 0;
    let shifted = 0;
    for (let unit = 0; unit < H; unit++) {
      for (let t = 1; t <= T; t++) {
        const pixel = pixels.slice(4 * (unit * T + t - 1), 4 * (unit * T + t));
        worst = Math.max(worst, distance(pixel, colourOf(kind, valueAt(frames[lane], channel, t, unit), end)));
        // A picture that were one unit off would be found out.
        shifted = Math.max(shifted, distance(pixel, colourOf(kind, valueAt(frames[lane], channel, t, (unit + 1) % H), end)));
        tiles++;
      }
    }
    expect(worst, `${lane} ${channel}`).toBeLessThanOrEqual(TOLERANCE);
    expect(shifted, `${lane} ${channel}`).toBeGreaterThan(4 * TOLERANCE);
  }
  print(`${tiles} tiles of ${drawn.length} strips: every colour within ${TOLERANCE} of 255`);
});

for (const theme of ['light', 'dark']) {
  test(`On the ${theme} screen, sampled pixels of every strip have the colour of the tile that lies there`, async ({ page }) => {
    // Few units, so that a tile is some pixels high.
    await open(page, `?theme=${theme}#h=8&step=40`);
    await atStep(page, 40);
    await seek(page, 1);
    await leave(page);
    const picture = await pictureOf(page);
    const chance = random(7);
    for (const { lane, channel, x, y, width, height } of await stripsOf(page)) {
      const frame = await frameOf(page, lane);
      const { kind, rows: T, cols: H } = channelOf(frame, channel);
      const end = endOf(frame, channel);
      let sampled = 0;
      let worst = 0;
      const colours = new Set();
      for (let k = 0; k < 100 * SAMPLE && sampled < SAMPLE; k++) {
        const px = Math.floor(x + chance() * width);
        const py = Math.floor(y + chance() * height);
        const column = ((px + 0.5 - x) / width) * T;
        const row = ((py + 0.5 - y) / height) * H;
        // Well inside a tile, so that rounding of edges says nothing; and clear of the playhead.
        const inside = (/** @type {number} */ at, /** @type {number} */ n) => at > 0 && at < n && Math.abs((at % 1) - 0.5) < 0.25;
        if (!inside(column, T) || !inside(row, H) || column < 3) continue;
        const expected = colourOf(kind, valueAt(frame, channel, Math.floor(column) + 1, Math.floor(row)), end);
        worst = Math.max(worst, distance(picture.at(px, py), expected));
        colours.add(expected.map(Math.round).join());
        sampled++;
      }
      expect(sampled, `${lane} ${channel}`).toBe(SAMPLE);
      expect(colours.size, `${lane} ${channel}`).toBeGreaterThan(3);
      expect(worst, `${lane} ${channel}`).toBeLessThanOrEqual(TOLERANCE);
    }
  });
}

test('The playhead follows the mouse and the slider to the very column, and cuts both lanes', async ({ page }) => {
  await open(page);
  const strips = await stripsOf(page);
  const { x, width } = strips[0];
  for (const strip of strips) expect([strip.x, strip.width]).toEqual([x, width]);
  const middle = (/** @type {number} */ t) => x + ((t - 0.5) / 50) * width;
  const where = async () => {
    const box = await page.locator('.playhead').boundingBox();
    return { middle: (box?.x ?? 0) + (box?.width ?? 0) / 2, top: box?.y ?? 0, bottom: (box?.y ?? 0) + (box?.height ?? 0) };
  };
  const first = strips[0];
  const last = strips[strips.length - 1];

  await page.mouse.move(middle(40), first.y + first.height / 2);
  await page.mouse.down();
  for (const t of [35, 30, 23]) {
    await page.mouse.move(middle(t), first.y + first.height / 2, { steps: 4 });
    await page.waitForFunction((t) => globalThis.gatescope.state().player.t === t, t);
    expect(Math.abs((await where()).middle - middle(t))).toBeLessThan(1.5);
  }
  // Beyond the axis it stays at the ends.
  await page.mouse.move(middle(80), first.y);
  await page.waitForFunction(() => globalThis.gatescope.state().player.t === 50);
  await page.mouse.move(middle(17), last.y);
  await page.mouse.up();
  const { player, ui } = await stateOf(page);
  expect([player.t, player.playing, player.phase]).toEqual([17, false, 'inspect']);
  expect(ui.unit).toBeNull();
  await expect(slider(page, 'Timestep')).toHaveValue('17');

  for (const t of [1, 8, 50]) {
    await seek(page, t);
    // The state is there at once, the picture with the next animation frame.
    await expect.poll(async () => Math.abs((await where()).middle - middle(t))).toBeLessThan(1.5);
    const at = await where();
    expect(at.top).toBeLessThanOrEqual(first.y);
    expect(at.bottom).toBeGreaterThanOrEqual(last.y + last.height);
    await expect(page.getByRole('heading', { name: `At t = ${t},` })).toBeVisible();
  }
});

test('The gradient chart draws both curves on one log axis that its grid lines belong to, and that never moves', async ({ page }) => {
  await open(page);
  const trained = await readChart(page);
  expect(trained.points.rnn.length).toBeGreaterThan(15);
  expect(trained.points.lstm.length).toBeGreaterThan(15);

  // One straight scale through the points of the RNN, which span most of the axis.
  const { slope, at } = line(trained.points.rnn);
  expect(slope).toBeLessThan(0);
  const apart = (/** @type {Point[]} */ points) => Math.max(...points.map(({ value, y }) => Math.abs(y - at(value))));
  const worst = Math.max(apart(trained.points.rnn), apart(trained.points.lstm));
  print(`${trained.points.rnn.length} + ${trained.points.lstm.length} points of the curves lie within ${worst.toFixed(2)} px of one axis of ${(-slope).toFixed(2)} px a decade`);
  expect(worst).toBeLessThan(2);

  // The grid lies at the decades that its labels name.
  for (const decade of [3, 0, -3, -6, -10]) {
    const near = [-2, -1, 0, 1, 2].map((off) => trained.grid(Math.floor(at(decade)) + off));
    expect(Math.max(...near), `a line at 1e${decade}`).toBeGreaterThan(0.25);
  }

  // Quite other numbers, the same axis.
  await reopen(page, '#rho=2&clip=');
  await settled(page);
  const { points } = await readChart(page);
  const inside = [...points.rnn, ...points.lstm].filter(({ value }) => value > -9.8 && value < 2.8);
  expect(inside.length).toBeGreaterThan(15);
  expect(apart(inside)).toBeLessThan(2);
});

test('Pointing at a tile names its value and gradient; a click pins the unit', async ({ page }) => {
  await open(page);
  await seek(page, 50);
  const chance = random(3);
  for (const { lane, channel, x, y, width, height } of await stripsOf(page)) {
    const frame = await frameOf(page, lane);
    const { kind, rows: T, cols: H } = channelOf(frame, channel);
    for (let k = 0; k < 4; k++) {
      const [px, py] = [x + (0.02 + 0.95 * chance()) * width, y + (0.02 + 0.95 * chance()) * height];
      await page.mouse.move(px, py);
      const text = await page.getByRole('tooltip').textContent();
      const [, t, , unit, rest] = text?.match(/^t (\d+) of (\d+) · unit (\d+) · (.*)$/) ?? [];
      expect(Math.abs(((px - x) / width) * T - (Number(t) - 0.5)), text ?? '').toBeLessThan(0.6);
      expect(Math.abs(((py - y) / height) * H - (Number(unit) - 0.5)), text ?? '').toBeLessThan(0.6);
      const value = valueAt(frame, channel, Number(t), Number(unit) - 1);
      const [own, gradient] = rest.split(' · gradient ');
      const said = read(own.split(' ').at(-1) ?? '');
      if (kind === 'gradient') expect(Math.abs(said / 10 ** value - 1), `${text} is ${10 ** value}`).toBeLessThan(0.06);
      else {
        expect(Math.abs(said - value), `${text} is ${value}`).toBeLessThanOrEqual(0.005001);
        const other = valueAt(frame, 'hiddenGradient', Number(t), Number(unit) - 1);
        expect(Math.abs(read(gradient) / 10 ** other - 1), `${text}: ${10 ** other}`).toBeLessThan(0.06);
      }
    }
  }

  const forget = (await stripsOf(page)).find(({ channel }) => channel === 'forget');
  if (!forget) throw new Error('no forget gate');
  await page.mouse.click(forget.x + (19.5 / 50) * forget.width, forget.y + (10.5 / 32) * forget.height);
  await page.waitForFunction(() => globalThis.gatescope.state().ui.unit === 10);
  expect((await stateOf(page)).player.t).toBe(20);
  const frame = await frameOf(page, 'lstm');
  const row = page.locator('.lane[data-cell=lstm] .strip', { has: page.locator('canvas[data-channel=forget]') });
  await expect(row.locator('.value')).toHaveText(valueAt(frame, 'forget', 20, 10).toFixed(2));
  await expect(page.getByText('unit 11').first()).toBeVisible();
});

test('The sentences and the running product say what the trace says', async ({ page }) => {
  await open(page);
  await seek(page, 20);
  for (const lane of LANES) {
    const frame = await frameOf(page, lane);
    const series = dataOf(frame, 'hiddenGradientLog10');
    const name = lane.toUpperCase();
    const verdict = await page.getByRole('region', { name: 'Gradient norm per timestep' }).getByText(`${name}: 49 steps back`).textContent();
    const left = read(verdict?.match(/([\d.,e−]+) of the gradient/)?.[1] ?? '');
    expect(Math.abs(left / 10 ** (series[0] - series[49]) - 1), verdict ?? '').toBeLessThan(0.06);

    const product = (await page.getByRole('region', { name: `${name} lane` }).locator('.product').textContent())?.trim() ?? '';
    const [factors, result] = product.split(' = ');
    const [one, first, second, dots, last] = factors.split(' × ');
    const factor = (/** @type {number} */ t) => 10 ** (series[t - 1] - series[t]);
    expect([one, dots]).toEqual(['1', '…']);
    for (const [text, t] of /** @type {[string, number][]} */ ([[first, 49], [second, 48], [last, 20]])) {
      expect(Math.abs(read(text) - factor(t)), `${product}: ${factor(t)}`).toBeLessThanOrEqual(0.005001);
    }
    expect(Math.abs(read(result) / 10 ** (series[19] - series[49]) - 1), product).toBeLessThan(0.06);
  }
  await button(page, 'Next timestep').click();
  await expect(slider(page, 'Timestep')).toHaveValue('21');
});

/** Value and height on the screen. @typedef {{ value: number, y: number }} Point */

/**
 * Reads the gradient chart off the screen: the curves' points where they can be told, and how much of a row is grid.
 * @param {Page} page
 */
async function readChart(page) {
  await seek(page, 50);
  await leave(page);
  const picture = await pictureOf(page);
  const [{ x, width }] = await stripsOf(page);
  const plot = await page.locator('.gradient-plot canvas').boundingBox();
  if (!plot) throw new Error('the chart is not on the screen');
  const [top, bottom] = [Math.ceil(plot.y), Math.floor(plot.y + plot.height)];
  const colours = await page.evaluate(() => {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(['--lane-rnn', '--lane-lstm', '--line'].map((name) => [name, style.getPropertyValue(name).trim()]));
  });
  /** Middle of the stretch of one colour in a column of pixels; null if there is none, or it is broken. @param {number} px @param {string} hex */
  const stretch = (px, hex) => {
    const rows = [];
    for (let py = top; py < bottom; py++) if (distance(picture.at(px, py), rgb(hex)) < 40) rows.push(py);
    const height = rows.length ? rows[rows.length - 1] - rows[0] + 1 : 0;
    // Where the dashed curve of the same colour comes near, there is a gap, or the stretch is taller than a line.
    if (!rows.length || height > rows.length || height > 5) return null;
    return (rows[0] + rows[rows.length - 1]) / 2 + 0.5;
  };
  /** @type {Record<string, Point[]>} */
  const points = { rnn: [], lstm: [] };
  for (const lane of LANES) {
    const series = dataOf(await frameOf(page, lane), 'hiddenGradientLog10');
    for (let t = 2; t <= 48; t++) {
      const steep = Math.abs(series[t] - series[t - 2]) > 0.8;
      const y = stretch(Math.floor(x + ((t - 0.5) / 50) * width), colours[`--lane-${lane}`]);
      if (y !== null && !steep) points[lane].push({ value: series[t - 1], y });
    }
  }
  /** Share of a row of pixels that has the colour of the grid. @param {number} py */
  const grid = (py) => {
    let hits = 0;
    for (let px = Math.ceil(x); px < x + width; px++) if (distance(picture.at(px, py), rgb(colours['--line'])) < 24) hits++;
    return hits / width;
  };
  return { points, grid };
}

/** Least squares. @param {Point[]} points */
function line(points) {
  const mean = (/** @type {(point: Point) => number} */ pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x0, y0] = [mean(({ value }) => value), mean(({ y }) => y)];
  const slope = mean(({ value, y }) => (value - x0) * (y - y0)) / mean(({ value }) => (value - x0) ** 2);
  return { slope, at: (/** @type {number} */ value) => y0 + slope * (value - x0) };
}
