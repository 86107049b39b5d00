// @ts-check
// Lanes of the same cell side by side: what each has for itself, how they are told apart, and that nothing else differs.
import { readFile } from 'node:fs/promises';
import { atStep, button, dataOf, expect, frameOf, notFiniteIn, open, scalarsOf, settled, stateOf, test } from './support/gatescope.js';
import { LIBRARY, call, host, ready } from './support/host.js';

/** @typedef {import('@playwright/test').Page} Page */

const SMALL = 'T=20&h=6&B=16&seed=3';
const editor = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Compare lanes' });
const laneBox = (/** @type {Page} */ page, /** @type {string} */ lane) => editor(page).locator(`fieldset[data-lane=${lane}]`);
const table = (/** @type {Page} */ page) => page.getByRole('region', { name: 'What differs' });
/** The table's rows, each as its words. @param {Page} page */
const rows = (page) => table(page).locator('tbody tr').evaluateAll((all) => all.map((row) => Array.from(row.children, (cell) => cell.textContent?.trim() ?? '')));
/** The floats of a lane's frame as bits. @param {Page} page @param {string} lane */
const bitsOf = async (page, lane) => new Uint32Array((await frameOf(page, lane)).values.buffer);
const mean = (/** @type {Float32Array} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('Two lanes with the same settings are the same run, bit for bit, and the page says that nothing differs', async ({ page }) => {
  await open(page, `#vs=lstm&cell=lstm&${SMALL}&step=25`);
  await atStep(page, 25);
  expect((await stateOf(page)).order).toEqual(['lstm1', 'lstm2']);
  expect(await bitsOf(page, 'lstm1')).toEqual(await bitsOf(page, 'lstm2'));
  await expect(table(page)).toContainText('Nothing: these lanes are the same run, bit for bit.');
  for (const name of ['LSTM 1 lane', 'LSTM 2 lane']) await expect(page.getByRole('region', { name })).toBeVisible();
  // Told apart by form as well as by colour, on the screen and on the lines.
  const marks = await page.locator('.lane > header .lane-mark').evaluateAll((all) => all.map((mark) => [getComputedStyle(mark).backgroundColor, getComputedStyle(mark).clipPath]));
  expect(marks[0][0]).not.toBe(marks[1][0]);
  expect(marks[0][1]).not.toBe(marks[1][1]);
});

test('Another forget bias is set by hand: the table, the gates, the gradient that is left and the link all say so', async ({ page }) => {
  await open(page, `#${SMALL}`);
  await settled(page);
  await page.getByRole('button', { name: 'Compare lanes…' }).click();
  await laneBox(page, 'lstm').getByRole('button', { name: 'Another lane like LSTM' }).click();
  await settled(page);
  expect((await stateOf(page)).order).toEqual(['rnn', 'lstm1', 'lstm2']);
  await expect(laneBox(page, 'rnn').getByRole('button', { name: /^Another lane/ })).toBeDisabled();
  await editor(page).getByRole('button', { name: 'Remove RNN' }).click();
  // The boxes move up: who reaches into one before has another in hand.
  await expect(laneBox(page, 'rnn')).toHaveCount(0);
  for (const lane of ['lstm1', 'lstm2']) await laneBox(page, lane).getByLabel('For this lane alone').selectOption('forgetBias');
  await laneBox(page, 'lstm1').getByRole('combobox', { name: 'Forget bias', exact: true }).selectOption('1');
  await laneBox(page, 'lstm2').getByRole('combobox', { name: 'Forget bias', exact: true }).selectOption('custom');
  const number = laneBox(page, 'lstm2').getByRole('spinbutton');
  await number.fill('5');
  await number.press('Enter');
  await settled(page);
  expect(await rows(page)).toEqual([['Forget bias', '1', '5']]);

  await button(page, 'Step').click();
  await atStep(page, 1);
  const frames = { lstm1: await frameOf(page, 'lstm1'), lstm2: await frameOf(page, 'lstm2') };
  // What the gates let through before training is the bias', up to the small weights.
  expect(Math.abs(mean(dataOf(frames.lstm1, 'forget')) - 1 / (1 + Math.exp(-1)))).toBeLessThan(0.05);
  expect(Math.abs(mean(dataOf(frames.lstm2, 'forget')) - 1 / (1 + Math.exp(-5)))).toBeLessThan(0.01);
  expect(mean(dataOf(frames.lstm2, 'input'))).toBeCloseTo(mean(dataOf(frames.lstm1, 'input')), 1);
  // The same sequence for both.
  expect(dataOf(frames.lstm1, 'tokens')).toEqual(dataOf(frames.lstm2, 'tokens'));
  for (const [lane, name] of /** @type {const} */ ([['lstm1', 'LSTM 1'], ['lstm2', 'LSTM 2']])) {
    const norms = dataOf(frames[lane], 'hiddenGradientLog10');
    const left = 10 ** (norms[0] - norms[norms.length - 1]);
    const sentence = await page.locator('.verdict span', { hasText: name.replace(' ', '\u00a0') }).innerText();
    const told = Number(/([\d.]+(e−\d+)?) of the gradient is left/.exec(sentence)?.[1].replace('−', '-'));
    expect(Math.abs(told / left - 1)).toBeLessThan(0.06);
  }
  await expect.poll(() => new URL(page.url()).hash).toMatch(/vs=lstm&.*&cell=lstm&.*&a\.fb=1&b\.fb=5&step=1(&|$)/);

  // The same link, the same bits.
  const { hash } = new URL(page.url());
  await page.goto('about:blank');
  await open(page, hash);
  await atStep(page, 1);
  for (const lane of /** @type {const} */ (['lstm1', 'lstm2'])) expect(new Uint32Array(frames[lane].values.buffer)).toEqual(await bitsOf(page, lane));
});

test('A lane alone is given optimiser, learning rate and clip; what it has in common with others is theirs to the bit', async ({ page }) => {
  await open(page, `#vs=lstm&cell=lstm&${SMALL}&step=12`);
  await atStep(page, 12);
  const shared = await bitsOf(page, 'lstm1');
  await page.goto('about:blank');
  await open(page, `#vs=lstm,lstm&cell=lstm&b.lr=0.02&c.opt=sgd&c.clip=&c.lr=0.5&${SMALL}&step=12`);
  await atStep(page, 12);
  expect(await bitsOf(page, 'lstm1')).toEqual(shared);
  expect(await bitsOf(page, 'lstm2')).not.toEqual(shared);
  expect(await rows(page)).toEqual([
    ['Optimiser', 'Adam', 'Adam', 'SGD'],
    ['Learning rate', '0.002', '0.02', '0.5'],
    ['Clip gradient', '1', '1', 'off'],
  ]);
  await expect(page.getByRole('region', { name: 'LSTM 3 lane' })).toContainText('Optimiser SGD · Learning rate 0.5 · Clip gradient off');
  const { lanes } = await stateOf(page);
  expect(['lstm1', 'lstm2', 'lstm3'].map((lane) => [lanes[lane].info.experiment.optimizer, lanes[lane].info.experiment.clip])).toEqual([['adam', 1], ['adam', 1], ['sgd', null]]);
  // Back to what all have.
  await laneBox(page, 'lstm2').getByRole('button', { name: 'LSTM 2: Learning rate as in all lanes' }).click();
  await settled(page);
  expect((await rows(page))[1]).toEqual(['Learning rate', '0.002', '0.002', '0.5']);
});

test('A lane of its own learning rate goes back and branches alone: the other lane walks on as it did', async ({ page }) => {
  await open(page, `#vs=lstm&cell=lstm&b.lr=0.02&${SMALL}&step=30`);
  await atStep(page, 30);
  const straight = { lstm1: await bitsOf(page, 'lstm1'), lstm2: await bitsOf(page, 'lstm2') };
  await page.getByRole('slider', { name: 'Training step' }).fill('10');
  await atStep(page, 10);
  const number = laneBox(page, 'lstm2').getByRole('spinbutton');
  await number.fill('0.001');
  await number.press('Enter');
  await expect(page.getByRole('combobox', { name: 'Branch' })).toContainText('LSTM 2: Learning rate 0.001, from step 10');
  await settled(page);
  for (let step = 11; step <= 30; step++) {
    await button(page, 'Step').click();
    await atStep(page, step);
  }
  expect(await bitsOf(page, 'lstm1')).toEqual(straight.lstm1);
  expect(await bitsOf(page, 'lstm2')).not.toEqual(straight.lstm2);
  await expect.poll(() => new URL(page.url()).hash).toMatch(/b\.lr=0\.001&past=10,b\.lr=0\.02&step=30/);
});

test('A lane that diverges says so in its place, and the other one trains on', async ({ page }) => {
  await open(page, `#vs=rnn&cell=rnn&act=relu&b.init=identity&b.rho=4&b.opt=sgd&b.lr=100&b.clip=&${SMALL}`);
  await settled(page);
  await button(page, 'Train').click();
  await page.waitForFunction(() => globalThis.gatescope.state().lanes.rnn2.status.diverged && globalThis.gatescope.state().lanes.rnn1.status.step >= 20, undefined, { timeout: 60_000 });
  await button(page, 'Stop training').click();
  await expect(page.getByRole('region', { name: 'RNN 2 lane' })).toContainText(/RNN.2 diverged at step \d+/);
  expect(notFiniteIn(await frameOf(page, 'rnn1'))).toEqual([]);
  // The last slice of training is told after the button was pressed.
  await expect(async () => {
    const [{ step: first }, { step: second }] = [await scalarsOf(page, 'rnn1'), await scalarsOf(page, 'rnn2')];
    expect(first).toBeGreaterThan(second);
    await expect(page.getByRole('region', { name: 'What differs' })).toContainText(`Shown at different training steps: RNN 1 at ${first} and RNN 2 at ${second}.`, { timeout: 500 });
  }).toPass();
});

test('What a link says of lanes that are not there, or that no lane can have for itself, is named, and the rest is taken', async ({ page }) => {
  await open(page, `#vs=lstm&cell=lstm&b.fb=5&b.T=7&b.colour=%3Cb%3Ered&c.lr=1&a.rho=2&b.lr=1e9&${SMALL}`);
  await settled(page);
  const notices = page.locator('.notices');
  for (const part of ['b.T=7', 'b.colour=<b>red', 'c.lr=1', 'a.rho=2']) await expect(notices).toContainText(`“${part}” is nothing that a lane here can have for itself`);
  await expect(notices).toContainText(/LSTM.2, Learning rate: 1e9 is above the maximum, using 100\./);
  expect(await rows(page)).toEqual([['Forget bias', 'chrono', '5'], ['Learning rate', '0.002', '100']]);
  expect((await stateOf(page)).experiment.length).toBe(20);
});

for (const [width, height] of [[1366, 768], [1920, 1080], [360, 740]]) {
  test(`Three lanes with settings of their own fit ${width} × ${height} in both languages, and what is pressed on a phone is 44 px high`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    for (const [language, words] of [['en', 'What differs'], ['zh-CN', '有何不同']]) {
      await page.goto('about:blank');
      await open(page, `?lang=${language}#vs=rnn,lstm&cell=lstm&b.fb=1&c.fb=5&c.lr=0.01&c.clip=&${SMALL}`);
      await settled(page);
      await expect(page.locator('.differs')).toContainText(words);
      await page.screenshot({ path: `test-results/compare-${width}-${language}.png`, fullPage: true });
      // No panel is wider than its place, and no word of it is cut off.
      const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('.compare, .compare *, .differs, .differs *')].filter((el) => el.scrollWidth > el.clientWidth + 1 && el.clientWidth > 0).map((el) => el.className || el.tagName));
      expect(wide).toEqual([]);
      if (width > 720) {
        // The columns scroll, the page does not.
        expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBeLessThanOrEqual(0);
        continue;
      }
      const small = await page.evaluate(() => [...document.querySelectorAll('.compare button, .compare select')].map((el) => el.getBoundingClientRect().height).filter((px) => px < 43.5));
      expect(small).toEqual([]);
    }
  });
}

test('The views, the class code, the script and the files keep lanes of the same cell apart', async ({ page }) => {
  await open(page, `#vs=lstm&cell=lstm&a.fb=1&b.fb=5&${SMALL}&step=8&view=map`);
  await atStep(page, 8);
  // The maps, and their ratio.
  await page.waitForFunction(() => ['lstm1', 'lstm2'].every((lane) => globalThis.gatescope.map(lane)?.method === 'exact'));
  const [one, two] = await page.evaluate(() => ['lstm1', 'lstm2'].map((lane) => Array.from(globalThis.gatescope.map(lane).values)));
  expect(one).not.toEqual(two);
  await expect(page.locator('.maps figure', { has: page.locator('canvas[data-map=difference]') })).toContainText(/LSTM.1 ÷ LSTM.2/);
  // The training view: a horizon a lane.
  await page.keyboard.press('4');
  for (const lane of ['lstm1', 'lstm2']) await expect(page.locator(`canvas[data-horizon=${lane}]`)).toBeVisible();
  // The cell view: a diagram a lane, each with its own numbers.
  await page.keyboard.press('2');
  for (const lane of ['lstm1', 'lstm2']) await expect(page.locator(`.cell-row figure[data-cell=${lane}]`)).toBeVisible();
  // The code: a script a lane.
  await page.keyboard.press('5');
  const script = page.locator('.code pre');
  const bias = async (/** @type {string} */ name) => {
    await page.getByRole('group', { name: 'Lane of the script' }).getByRole('button', { name }).click();
    await expect(script).toContainText(`# ${name}`);
    return script.innerText();
  };
  const [first, second] = [await bias('LSTM 1'), await bias('LSTM 2')];
  expect(first).not.toEqual(second);
  expect(first).toContain('gatescope-lstm1-8.safetensors');
  expect(second).toContain('gatescope-lstm2-8.safetensors');
  await expect(page.locator('.badge.code')).toContainText(/[A-Z]{6}/);

  await button(page, 'Take away').click();
  const dialog = page.getByRole('dialog', { name: 'Take it away' });
  const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'CSV, a row a timestep' }).click()]);
  const [head, ...lines] = (await readFile(await file.path(), 'utf8')).trim().split('\r\n').map((line) => line.split(','));
  expect(lines.map((line) => line[0])).toEqual([...new Array(20).fill('lstm1'), ...new Array(20).fill('lstm2')]);
  const norms = lines.slice(20).map((line) => Number(line[head.indexOf('hiddenGradientLog10')]));
  const shown = dataOf(await frameOf(page, 'lstm2'), 'hiddenGradientLog10');
  norms.forEach((value, t) => expect(Math.abs(value - shown[t])).toBeLessThan(1e-5 * Math.abs(value) + 1e-6));
});

test('A host page names lanes of the same cell by number, and a cell’s name alone is refused where two have it', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope T="12" h="5" vs="lstm" cell="lstm" a.fb="1" b.fb="5" b.lr="0.01"></gate-scope>`);
  await ready(page);
  const { result: state } = await call(page, 'train', 5);
  expect(Object.keys(state.lanes)).toEqual(['lstm1', 'lstm2']);
  expect(state.experiment).toMatchObject({ vs: 'lstm', cell: 'lstm', 'a.forgetBias': 1, 'b.forgetBias': 5, 'b.learningRate': 0.01 });
  const forgets = await page.evaluate(async () => {
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    const of = async (/** @type {string | undefined} */ lane) => Array.from((await element.getTrace(lane ? { lane } : undefined)).forget);
    return [await of('lstm1'), await of('lstm2'), await of(undefined)];
  });
  expect(Math.max(...forgets[0])).toBeLessThan(Math.min(...forgets[1]));
  expect(forgets[2]).toEqual(forgets[1]);
  expect(await page.evaluate(() => [/** @type {any} */ (document.querySelector('gate-scope'))['a.fb'], /** @type {any} */ (document.querySelector('gate-scope'))['b.lr']])).toEqual([1, 0.01]);
  expect((await call(page, 'getTrace', { lane: 'lstm' })).error).toMatchObject({ code: 'invalid-input', field: 'lane', message: expect.stringContaining('lstm1 or lstm2') });
  // A state comes back as it was, and so does one that is written by hand.
  const { result: again } = await call(page, 'setState', state);
  expect(again.link).toBe(state.link);
  const { result: other } = await call(page, 'setState', { experiment: { vs: 'gru', cell: 'gru', length: 9, 'b.clip': null } });
  expect(Object.keys(other.lanes)).toEqual(['gru1', 'gru2']);
  expect(other.experiment['b.clip']).toBe(null);
  // One is there once: its cell's name is enough again.
  await page.evaluate(() => document.querySelector('gate-scope')?.setAttribute('vs', 'rnn'));
  await expect.poll(async () => Object.keys((await call(page, 'getState')).result.lanes)).toEqual(['rnn', 'lstm']);
  expect((await call(page, 'getTrace', { lane: 'lstm' })).result).toBeTruthy();
});
