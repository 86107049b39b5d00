// @ts-check
// Tiles of the ratio of two memory maps, and of ∂L/∂W_hh in its three ways: what opens is recomputed from what it is shown with.
import AxeBuilder from '@axe-core/playwright';
import { alike, openTile, panelOf, ready, sum } from './support/equations.js';
import { atStep, button, channelOf, dataOf, expect, frameOf, open, print, random, reopen, seek, settled, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

const T = 12;
const LANES = ['rnn', 'lstm', 'gru'];

/** The result and every operand by its key. @param {Page} page */
async function shown(page) {
  const { result, operands } = await panelOf(page);
  return { result, keys: operands.map(({ key }) => key), of: (/** @type {string} */ key) => operands.find((one) => one.key === key)?.value ?? Number.NaN };
}

/** Numbers of every entry of a list in the panel, all of them opened. @param {Page} page @param {string} name */
async function listed(page, name) {
  const list = page.locator(`.formula [data-list=${name}]`);
  const all = list.getByRole('button', { name: /^All \d+ (terms|factors)$/ });
  if (await all.count()) await all.click();
  return list.locator('.term:not(.rest)').evaluateAll((items) => items.map((item) => ({ index: Number(/** @type {HTMLElement} */ (item).dataset.index), values: [...item.querySelectorAll('output')].map((el) => Number(el.dataset.value)) })));
}

/** @param {number[]} factors */
const times = (...factors) => factors.reduce((a, b) => a * b, 1);
const back = (/** @type {Page} */ page) => button(page, 'Back to the formula before').click();
const follow = (/** @type {Page} */ page, /** @type {string} */ key) => page.locator(`.formula [data-key="${key}"] > button`).click();

/** What of a panel was checked against what. @param {number} got @param {number} wanted @param {string} what @param {number} [tolerance] */
const same = (got, wanted, what, tolerance = 1e-12) => expect(alike(got, wanted, tolerance), `${what}: ${got} is not ${wanted}`).toBe(true);

test('A tile of the ratio map opens the fraction: its two numbers are the outermost lanes’ tiles, and each opens its chain and comes back', async ({ page }) => {
  test.slow();
  await open(page, `#v=1&T=${T}&h=6&step=5&view=map&vs=rnn,gru`);
  await atStep(page, 5);
  await settled(page);
  await page.waitForFunction((lanes) => lanes.every((lane) => globalThis.gatescope.map(lane)?.method === 'exact'), LANES);
  const { order } = await stateOf(page);
  expect(order).toHaveLength(3);
  const ends = [order[0], order[2]];
  const maps = await page.evaluate((lanes) => lanes.map((lane) => [...globalThis.gatescope.map(lane).values]), ends);
  const pick = random(61);
  for (let sample = 0; sample < 4; sample++) {
    const t = 3 + Math.floor(pick() * (T - 2));
    const s = 1 + Math.floor(pick() * (t - 1));
    await openTile(page, 'difference', T, t, s);
    await ready(page, `[data-kind=ratio][data-t="${t}"]`);
    expect((await stateOf(page)).player.t).toBe(t);
    const { result, of, keys } = await shown(page);
    expect(keys).toEqual(['log10', ...ends]);
    same(of(ends[0]) / of(ends[1]), result, `t ${t} s ${s}`);
    same(10 ** of('log10'), result, 'log10');
    for (const [k, lane] of ends.entries()) {
      const tile = maps[k][(t - 1) * T + s - 1];
      same(of(lane), 10 ** tile, lane);
      await follow(page, lane);
      await ready(page, `[data-kind=chain][data-lane=${lane}][data-t="${t}"]`);
      await page.waitForSelector('.formula [data-key=bound]');
      // The map crosses to the page in single precision.
      same((await shown(page)).result, of(lane), `${lane}’s chain`, 1e-5);
      await back(page);
      await ready(page, `[data-kind=ratio][data-t="${t}"]`);
    }
    print(`‖∂h_${t}/∂h_${s}‖ of ${ends.join(' ÷ ')}: ${result.toPrecision(4)}`);
  }
  // The later end is the playhead; before s there is nothing to divide.
  await openTile(page, 'difference', T, 9, 4);
  await ready(page, '[data-kind=ratio][data-t="9"]');
  await seek(page, 4);
  await ready(page, '[data-kind=ratio][data-t="4"]');
  same((await shown(page)).result, 1, 'on the diagonal', 1e-5);
  await seek(page, 3);
  await expect(page.locator('.formula')).toContainText('changes nothing before it');
  // Above the diagonal there is no tile, and a click opens one under it.
  await button(page, 'Close the formula').click();
  const square = page.locator('canvas[data-map=difference]');
  const box = (await square.boundingBox()) ?? { width: 0, height: 0 };
  await square.click({ position: { x: box.width * 0.8, y: box.height * 0.3 } });
  expect((await stateOf(page)).ui.formula).toBeNull();
  await square.click({ position: { x: box.width * 0.3, y: box.height * 0.7 } });
  await page.waitForSelector('.formula[data-kind=ratio]');
});

test('While it trains a ratio says that it is of estimates', async ({ page }) => {
  test.slow();
  await open(page, `#v=1&T=${T}&h=6&step=3&view=map`);
  await atStep(page, 3);
  await settled(page);
  await page.waitForFunction(() => ['rnn', 'lstm'].every((lane) => globalThis.gatescope.map(lane)?.method === 'exact'));
  await openTile(page, 'difference', T, 8, 2);
  await ready(page, '[data-kind=ratio]');
  await expect(page.locator('.formula [data-key=rnn]')).toContainText('exact · step 3');
  await expect(page.locator('.formula')).not.toContainText('4 random vectors');
  await button(page, 'Train').click();
  await expect(page.locator('.formula')).toContainText('4 random vectors');
  await button(page, 'Stop training').click();
  await expect(page.locator('.formula')).not.toContainText('4 random vectors');
  const { result, of } = await shown(page);
  same(of('rnn') / of('lstm'), result, 'trained');
});

for (const [lanes, says, wanted] of /** @type {const} */ ([['', 'In RNN exactly nothing is left', 0], ['&vs=lstm&cell=rnn', 'infinitely more', Infinity], ['&vs=rnn&cell=rnn', 'there is no ratio', Number.NaN]])) {
  test(`A ReLU whose units are all off leaves exactly nothing: the ratio is ${wanted}, and the panel says so`, async ({ page }) => {
    await open(page, `#v=1&T=${T}&h=2&act=relu&view=map${lanes}`);
    await settled(page);
    await page.waitForFunction(() => globalThis.gatescope.state().order.every((/** @type {string} */ lane) => globalThis.gatescope.map(lane)?.method === 'exact'));
    await openTile(page, 'difference', T, 5, 1);
    await ready(page, '[data-kind=ratio][data-t="5"]');
    expect((await shown(page)).result).toBe(wanted);
    await expect(page.locator('.formula')).toContainText(says);
  });
}

/** @param {Page} page @param {string} way @param {boolean} every */
async function show(page, way, every) {
  await button(page, way).click();
  await button(page, every ? 'loss at every t' : 'loss at T').click();
  await page.waitForFunction(([lanes, all]) => /** @type {string[]} */ (lanes).every((lane) => globalThis.gatescope.terms(lane)?.every === all), /** @type {const} */ ([LANES, every]));
}

/** The core's own terms, log10. @param {Page} page @param {string} lane */
async function termsOf(page, lane) {
  const values = await page.evaluate((one) => [...globalThis.gatescope.terms(one).values], lane);
  const at = (/** @type {number} */ from) => (/** @type {number} */ k) => values[2 * T * T + from * T + k - 1];
  return { norm: (/** @type {number} */ t, /** @type {number} */ k) => values[(t - 1) * T + k - 1], literal: at(0), total: at(2), gradient: values[values.length - 1] };
}

test.describe('BPTT, term by term', () => {
  test.beforeEach(async ({ page }) => {
    test.slow();
    await open(page, `#v=1&T=${T}&h=6&step=5&view=map&vs=rnn,gru`);
    await atStep(page, 5);
    await settled(page);
    await button(page, 'BPTT, term by term').click();
  });

  test('A tile of the exact sum: the loss’s gradient, its way back and its own use come to the term, with the loss at T and at every t', async ({ page }) => {
    const pick = random(62);
    for (const every of [true, false]) {
      await show(page, 'Exactly', every);
      for (const lane of LANES) {
        const core = await termsOf(page, lane);
        const t = every ? 3 + Math.floor(pick() * (T - 3)) : T;
        const k = 2 + Math.floor(pick() * (t - 2));
        await openTile(page, lane, T, t, k);
        await ready(page, `[data-kind=bptt][data-lane=${lane}][data-t="${k}"]`);
        expect((await stateOf(page)).ui.formula?.of).toEqual({ kind: 'bptt', sum: 'exact', loss: t });
        const { result, of } = await shown(page);
        const where = `${lane} t ${t} k ${k}`;
        same(result, 10 ** core.norm(t, k), where);
        same(of('log10'), core.norm(t, k), 'log10');
        const factors = await listed(page, 'way');
        expect(factors.map(({ index }) => index)).toEqual(Array.from({ length: t - k }, (_, n) => t - 1 - n));
        same(times(...factors.map(({ values: [factor] }) => factor)), of('way'), `${where} way`, 1e-11);
        let left = of('start');
        for (const { values: [factor, norm] } of factors) same((left *= factor), norm, `${where} on the way`, 1e-11);
        same(left, of('left'), `${where} left`, 1e-11);
        same(of('left') * of('own'), of('delta'), `${where} δ`, 1e-11);
        same(times(of('start'), of('way'), of('own'), of('previous')), result, where, 1e-11);
        // Below the squares the same tile is written out.
        const line = page.locator('.bptt-terms li').nth((await stateOf(page)).order.indexOf(lane));
        await expect(line).toContainText(`loss t = ${t}, use k = ${k}:`);
        expect(Number(await line.locator('b[data-log10]').getAttribute('data-log10'))).toBe(core.norm(t, k));

        await follow(page, 'previous');
        await ready(page, `[data-kind=node][data-node=hidden][data-way=forward][data-t="${k - 1}"]`);
        const frame = await frameOf(page, lane);
        const { offset, cols } = channelOf(frame, 'hidden');
        same(Math.hypot(...frame.values.subarray(offset + (k - 2) * cols, offset + (k - 1) * cols)), of('previous'), `${where} h`, 1e-6);
        await back(page);
        await ready(page, `[data-kind=bptt][data-t="${k}"]`);
        await page.locator(`.formula .term[data-index="${t - 1}"] button`).click();
        await ready(page, `[data-kind=chain][data-lane=${lane}][data-t="${t}"]`);
        await back(page);
        await ready(page, `[data-kind=bptt][data-t="${k}"]`);
        expect((await shown(page)).result).toBe(result);
        // What is recorded leads to its own equation; as if a loss were taken at an earlier t, there is none.
        await expect(page.locator('.formula [data-key=start] > button')).toHaveCount(Number(t === T));
        if (t === T) {
          for (const [key, at] of /** @type {const} */ ([['start', T], ['left', k]])) {
            await follow(page, key);
            await ready(page, `[data-kind=norm][data-lane=${lane}][data-t="${at}"]`);
            same((await shown(page)).result, of(key), `${where} ${key}`, 1e-9);
            await back(page);
            await ready(page, `[data-kind=bptt][data-t="${k}"]`);
          }
          await follow(page, 'delta');
          await ready(page, `[data-kind=series][data-lane=${lane}][data-t="${k}"]`);
          // The frame has this series only once it is asked for.
          await expect(page.locator('.formula [data-series=weightHhContributionLog10] .result output[data-value]')).toHaveCount(1);
          const share = await shown(page);
          same(share.result, result, `${where} share`, 1e-5);
          same(share.of('delta'), of('delta'), `${where} δ in the share`, 1e-9);
          same(share.of('seen'), of('previous'), `${where} h in the share`, 1e-9);
          await back(page);
          await ready(page, `[data-kind=bptt][data-t="${k}"]`);
        }
        print(`${where}: ${result.toPrecision(4)} = ${of('start').toPrecision(3)} × ${of('way').toPrecision(3)} × ${of('own').toPrecision(3)} × ${of('previous').toPrecision(3)}`);
      }
    }
  });

  test('Where there is no term the panel says why, and the playhead moves the use', async ({ page }) => {
    await show(page, 'Exactly', false);
    await openTile(page, 'lstm', T, 8, 3);
    await ready(page, '[data-kind=bptt][data-t="3"]');
    expect((await shown(page)).result).toBe(0);
    await expect(page.locator('.formula')).toContainText('No loss is taken at t = 8');
    await openTile(page, 'lstm', T, T, 1);
    await ready(page, '[data-kind=bptt][data-t="1"]');
    expect((await shown(page)).of('previous')).toBe(0);
    expect((await shown(page)).result).toBe(0);
    await expect(page.locator('.formula')).toContainText('W_hh multiplies h = 0');
    await seek(page, 5);
    await ready(page, '[data-kind=bptt][data-t="5"]');
    await expect(page.locator('.bptt-terms li').first()).toContainText(`loss t = ${T}, use k = 5:`);
    same((await shown(page)).result, 10 ** (await termsOf(page, 'lstm')).norm(T, 5), 'moved');
    // Its numbers follow in another view, too, and with another training step.
    await page.keyboard.press('1');
    await button(page, 'Step').click();
    await atStep(page, 6);
    await page.waitForFunction(() => globalThis.gatescope.terms('lstm')?.step === 6);
    await ready(page, '[data-kind=bptt][data-t="5"]');
    same((await shown(page)).result, 10 ** (await termsOf(page, 'lstm')).norm(T, 5), 'a step on');
    // Of an earlier loss a later use has nothing.
    await page.keyboard.press('3');
    await show(page, 'Exactly', true);
    await openTile(page, 'rnn', T, 6, 4);
    await ready(page, '[data-kind=bptt][data-lane=rnn][data-t="4"]');
    await seek(page, 7);
    await expect(page.locator('.formula')).toContainText('Use k is after the loss');
    await expect(page.locator('.formula .result')).toHaveCount(0);
  });

  test('Where all of the gradient comes by way of the cell state, the term is still what is shown', async ({ page }) => {
    await reopen(page, `#v=1&T=${T}&h=6&view=map&surgery=1,rho:0`);
    await settled(page);
    await button(page, 'BPTT, term by term').click();
    await button(page, 'Exactly').click();
    await page.waitForFunction(() => globalThis.gatescope.terms('lstm'));
    await openTile(page, 'lstm', T, T, 5);
    await ready(page, '[data-kind=bptt][data-t="5"]');
    await expect(page.locator('.formula')).toContainText('all of δ comes by way of c_k');
    const { result, of, keys } = await shown(page);
    expect(keys).not.toContain('own');
    expect([of('way'), of('left')]).toEqual([0, 0]);
    same(of('delta') * of('previous'), result, 'by way of c');
  });

  test('A tile of the sweep: what comes to the sums times the state is the whole column, and its terms are the exact sum’s', async ({ page }) => {
    const pick = random(63);
    for (const every of [true, false]) {
      await show(page, 'As one sweep', every);
      for (const lane of LANES) {
        const core = await termsOf(page, lane);
        const k = 2 + Math.floor(pick() * (T - 2));
        await openTile(page, lane, T, T, k);
        await ready(page, `[data-kind=bptt][data-lane=${lane}][data-t="${k}"]`);
        expect((await stateOf(page)).ui.formula?.of).toEqual({ kind: 'bptt', sum: 'sweep' });
        const { result, of } = await shown(page);
        same(result, 10 ** core.total(k), `${lane} column ${k}`);
        same(of('delta') * of('previous'), result, `${lane} column ${k}`);
        same(of('gradient'), 10 ** core.gradient, '∂L/∂W_hh');
        const column = await listed(page, 'column');
        expect(column.map(({ index }) => index).sort((a, b) => a - b)).toEqual(every ? Array.from({ length: T - k + 1 }, (_, n) => k + n) : [T]);
        for (const { index, values: [norm] } of column) same(norm, 10 ** core.norm(index, k), `${lane} t ${index} k ${k}`);
        same(sum(column.map(({ values: [norm] }) => norm)), of('column-sum'), 'terms');
        expect(result).toBeLessThanOrEqual(of('column-sum') * (1 + 1e-9));
        const { index, values: [norm] } = column[Math.floor(pick() * column.length)];
        await page.locator(`.formula .term[data-index="${index}"] button`).click();
        await ready(page, '[data-kind=bptt][data-of*=exact]');
        same((await shown(page)).result, norm, `term ${index}`);
        await back(page);
        await ready(page, '[data-kind=bptt][data-of*=sweep]');
        if (!every) {
          await follow(page, 'delta');
          await ready(page, `[data-kind=series][data-t="${k}"]`);
          same((await shown(page)).of('delta'), of('delta'), 'δ', 1e-9);
        }
      }
    }
  });

  test('A tile of the printed line: the loss’s gradient and its factors come to the part of ∂L/∂h_0, and what is left out is the exact row', async ({ page }) => {
    const pick = random(64);
    await show(page, 'As the textbook prints it', true);
    for (const lane of LANES) {
      const core = await termsOf(page, lane);
      const t = 2 + Math.floor(pick() * (T - 1));
      await openTile(page, lane, T, t, 1);
      await ready(page, `[data-kind=bptt][data-lane=${lane}][data-t="${t}"]`);
      expect((await stateOf(page)).ui.formula?.of).toEqual({ kind: 'bptt', sum: 'literal' });
      const { result, of } = await shown(page);
      same(result, 10 ** core.literal(t), `${lane} summand ${t}`);
      const factors = await listed(page, 'way');
      expect(factors.map(({ index }) => index)).toEqual(Array.from({ length: t }, (_, n) => t - 1 - n));
      same(factors.reduce((product, { values: [factor] }) => product * factor, of('start')), result, `${lane} summand ${t}`, 1e-11);
      same(of('start') * of('way'), result, `${lane} summand ${t}`, 1e-11);
      const missing = await listed(page, 'missing');
      expect(missing.map(({ index }) => index).sort((a, b) => a - b)).toEqual(Array.from({ length: t - 1 }, (_, n) => n + 2));
      for (const { index, values: [norm] } of missing) same(norm, 10 ** core.norm(t, index), `${lane} t ${t} k ${index}`);
      same(sum(missing.map(({ values: [norm] }) => norm)), of('missing-sum'), 'terms');
      const line = page.locator('.bptt-terms li').nth((await stateOf(page)).order.indexOf(lane));
      await expect(line).toContainText(`summand t = ${t},`);
      const { index, values: [norm] } = missing[0];
      await page.locator(`.formula [data-list=missing] .term[data-index="${index}"] button`).click();
      await ready(page, `[data-kind=bptt][data-of*=exact][data-t="${index}"]`);
      same((await shown(page)).result, norm, `term ${index}`);
      await back(page);
      await ready(page, `[data-kind=bptt][data-of*=literal][data-t="${t}"]`);
    }
    // The gradient that is recorded, all the way from T.
    await seek(page, T);
    await ready(page, `[data-kind=bptt][data-t="${T}"]`);
    await expect(page.locator('.bptt-terms li').first()).toContainText(`summand t = ${T},`);
    same((await shown(page)).of('start'), 10 ** dataOf(await frameOf(page, 'gru'), 'hiddenGradientLog10')[T - 1], 'start', 1e-5);
  });
});

for (const language of ['en', 'zh-CN']) {
  test(`axe finds nothing to object to in an opened ratio or term (${language})`, async ({ page }) => {
    test.slow();
    const objections = async () => (await new AxeBuilder({ page }).setLegacyMode(true).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    await open(page, `?lang=${language}&motion=reduced#v=1&T=${T}&h=6&step=3&view=map`);
    await atStep(page, 3);
    await settled(page);
    await page.waitForFunction(() => ['rnn', 'lstm'].every((lane) => globalThis.gatescope.map(lane)?.method === 'exact'));
    await openTile(page, 'difference', T, 10, 2);
    await ready(page, '[data-kind=ratio]');
    expect(await objections()).toEqual([]);
    await page.locator('.view-map-kinds button').nth(1).click();
    await page.waitForFunction(() => ['rnn', 'lstm'].every((lane) => globalThis.gatescope.terms(lane)));
    for (const [way, sum] of ['literal', 'exact', 'sweep'].entries()) {
      await page.locator('.bptt header .tabs').first().locator('button').nth(way).click();
      await openTile(page, 'lstm', T, T, sum === 'literal' ? 1 : 4);
      await ready(page, `[data-kind=bptt][data-of*=${sum}]`);
      await page.waitForSelector('.formula [data-key=log10]');
      const wide = await page.evaluate(() => {
        const panel = /** @type {HTMLElement} */ (document.querySelector('.formula'));
        return [...panel.querySelectorAll('math')].filter((one) => one.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1).length;
      });
      expect(wide, `${sum}: equations that stick out`).toBe(0);
      expect(await objections()).toEqual([]);
    }
  });
}
