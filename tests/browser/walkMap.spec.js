// @ts-check
// Tiles of the memory map and bars of the weights' histograms: what opens is recomputed from what it is shown with.
import AxeBuilder from '@axe-core/playwright';
import { close, openTile, panelOf, ready, sum } from './support/equations.js';
import { atStep, button, expect, open, print, random, seek, settled, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Opens entry (t, s) of a lane's map, and waits for its chain. @param {Page} page @param {string} lane @param {number} T @param {number} t @param {number} s */
async function openChain(page, lane, T, t, s) {
  await openTile(page, lane, T, t, s);
  await ready(page, `[data-kind=chain][data-lane=${lane}][data-t="${t}"]`);
  await page.waitForSelector('.formula [data-key=bound]');
}

/** Numbers of every listed term, all of them opened. @param {import('@playwright/test').Locator} list */
async function terms(list) {
  const all = list.getByRole('button', { name: /^All \d+ (terms|factors|listed)$/ });
  if (await all.count()) await all.click();
  return list.locator('.term:not(.rest)').evaluateAll((items) => items.map((item) => ({ index: Number(/** @type {HTMLElement} */ (item).dataset.index), values: [...item.querySelectorAll('output')].map((el) => Number(el.dataset.value)) })));
}

test('A tile of the memory map opens its chain: bound and norm come from the shown operands, in a random sample of three cells', async ({ page }) => {
  test.slow();
  const T = 12;
  await open(page, `#v=1&T=${T}&h=6&step=5&view=map&vs=rnn,gru`);
  await atStep(page, 5);
  await settled(page);
  await page.waitForFunction(() => ['rnn', 'lstm', 'gru'].every((lane) => globalThis.gatescope.map(lane)?.method === 'exact'));
  const pick = random(41);
  for (const lane of ['rnn', 'lstm', 'gru', 'lstm']) {
    const t = 3 + Math.floor(pick() * (T - 2));
    const s = 1 + Math.floor(pick() * (t - 2));
    await openChain(page, lane, T, t, s);
    const { result, operands } = await panelOf(page);
    const value = (/** @type {string} */ key) => operands.find((one) => one.key === key)?.value ?? Number.NaN;
    const said = await page.evaluate(([cell, at]) => globalThis.gatescope.map(/** @type {string} */ (cell)).values[/** @type {number} */ (at)], [lane, (t - 1) * T + s - 1]);
    // The map crosses to the page in single precision.
    expect(Math.abs(Math.log10(value('tile')) - said)).toBeLessThan(1e-6);
    expect(Math.abs(value('log10') - said)).toBeLessThan(1e-5);
    expect(close(Math.sqrt(value('columns')), result), `√${value('columns')} is not ${result}`).toBe(true);
    const factors = await terms(page.locator('.formula > .operands > .operand:not([data-key])'));
    expect(factors.map(({ index }) => index)).toEqual(Array.from({ length: t - s }, (_, k) => t - k));
    const bound = factors.reduce((product, { values: [sigma] }) => product * sigma, value('root'));
    expect(Math.abs(bound / value('bound') - 1), `${lane} ${t} ${s}: ${bound} is not ${value('bound')}`).toBeLessThan(1e-9);
    expect(result).toBeLessThanOrEqual(value('bound') * (1 + 1e-9));
    const left = factors[factors.length - 1].values[1];
    expect(Math.abs(left / result - 1)).toBeLessThan(1e-9);
    // The units' shares, opened in place.
    await page.locator('.formula [data-key=columns] > button').click();
    const squares = await terms(page.locator('.formula [data-key=columns]'));
    expect(squares.length).toBe(6);
    expect(close(sum(squares.map(({ values: [root] }) => root ** 2)), value('columns'))).toBe(true);
    print(`${lane} ∂h_${t}/∂h_${s}: ${result.toPrecision(4)} of at most ${value('bound').toPrecision(4)}, ${factors.length} factors`);
  }
});

test('From a tile each timestep leads to the cell’s own equation and back, the later end moves with the playhead, and a click opens the same', async ({ page }) => {
  await open(page, '#v=1&T=8&h=4&step=3&view=map');
  await atStep(page, 3);
  await settled(page);
  await openChain(page, 'lstm', 8, 6, 2);
  await expect(page.locator('.formula [data-block]')).toHaveCount(4);
  await page.locator('.formula .term[data-index="5"] button').click();
  await ready(page, '[data-kind=node][data-node=hidden][data-t="5"][data-way=forward]');
  await button(page, 'Back to the formula before').click();
  await ready(page, '[data-kind=chain][data-t="6"]');
  await seek(page, 7);
  await ready(page, '[data-kind=chain][data-t="7"]');
  await seek(page, 1);
  await expect(page.locator('.formula')).toContainText('changes nothing before it');
  await page.locator('.maps canvas[data-map=rnn]').click({ position: { x: 60, y: 60 } });
  await page.waitForSelector('.formula[data-kind=chain][data-lane=rnn]');
  await seek(page, 8);
  await expect(page.locator('.formula [data-block]')).toHaveCount(1);
});

test('A bar of a histogram opens the weights in it: as many as counted, each between its ends, and a weight leads to the sum it is in', async ({ page }) => {
  await open(page, '#v=1&T=8&h=6&step=20&view=training');
  await atStep(page, 20);
  await settled(page);
  // With the sweep, what is taken apart would move on.
  await seek(page, 5);
  const pick = random(42);
  for (const [lane, name] of [['rnn', 'rnn.weight_hh_l0'], ['lstm', 'lstm.weight_ih_l0'], ['lstm', 'fc.weight'], ['rnn', 'rnn.bias_ih_l0']]) {
    const canvas = page.locator(`.weights canvas[data-lane="${lane}"][data-parameter="${name}"]`);
    await canvas.focus();
    await canvas.press('Home');
    const bin = 8 + Math.floor(pick() * 24);
    for (let k = 0; k < bin; k++) await canvas.press('ArrowRight');
    const label = (await canvas.getAttribute('aria-label')) ?? '';
    expect(label).toContain(`bar ${bin + 1} of 40`);
    await canvas.press('Enter');
    await ready(page, `[data-kind=weights][data-lane=${lane}][data-of*='"${name}"']`);
    await page.waitForSelector('.formula [data-key=from]');
    const { result, operands } = await panelOf(page);
    const value = (/** @type {string} */ key) => operands.find((one) => one.key === key)?.value ?? Number.NaN;
    expect(label).toContain(`: ${result} weights`);
    expect(close(value('share') * value('all'), result)).toBe(true);
    const listed = await terms(page.locator('.formula > .operands'));
    expect(listed.length).toBe(result);
    for (const { values: [weight] } of listed) expect(weight >= value('from') && weight < value('to'), `${weight}`).toBe(true);
    print(`${lane} ${name} [${value('from').toPrecision(3)}, ${value('to').toPrecision(3)}): ${result} of ${value('all')}`);
  }
  // The tallest bar has something to follow.
  const canvas = page.locator('.weights canvas[data-lane=lstm][data-parameter="lstm.weight_hh_l0"]');
  await page.locator('.formula').getByRole('button', { name: 'Close' }).click();
  await canvas.click({ position: { x: Math.floor((await canvas.boundingBox())?.width ?? 0) / 2, y: 5 } });
  await page.locator('.formula[data-kind=weights] .term button').first().click();
  await ready(page, '[data-kind=node][data-way=forward]');
});

test('A lane that diverged does not press the other’s loss flat, and the chart says how far it went', async ({ page }) => {
  await open(page, '#T=60&h=16&rho=4&act=relu&init=identity&opt=sgd&lr=1&clip=&step=30&view=training');
  await page.waitForFunction(() => globalThis.gatescope.state().lanes.rnn.status.diverged && globalThis.gatescope.state().lanes.lstm.status.step === 30);
  const picture = page.locator('.training-charts [role=img]').first();
  await expect(picture).toHaveAttribute('aria-label', /↑ RNN/);
  print(await picture.getAttribute('aria-label'));
});

for (const language of ['en', 'zh-CN']) {
  test(`axe finds nothing to object to in an opened tile or bar (${language})`, async ({ page }) => {
    const objections = async () => (await new AxeBuilder({ page }).setLegacyMode(true).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    await open(page, `?lang=${language}&motion=reduced#v=1&T=8&h=6&step=3&view=map`);
    await atStep(page, 3);
    await settled(page);
    await openChain(page, 'lstm', 8, 7, 2);
    await page.locator('.formula [data-key=columns] > button').click();
    expect(await objections()).toEqual([]);
    await page.keyboard.press('4');
    const canvas = page.locator('.weights canvas[data-lane=rnn]').nth(1);
    await canvas.focus();
    await canvas.press('ArrowRight');
    await canvas.press('Enter');
    await page.waitForSelector('.formula[data-kind=weights] [data-key=from]');
    expect(await objections()).toEqual([]);
  });
}
