// @ts-check
// Every hand on the experiment, as far as it goes; the link; the tasks; speeds and themes.
import {
  LANES,
  atStep,
  button,
  channelOf,
  choice,
  dataOf,
  expect,
  frameOf,
  notFiniteIn,
  open,
  openStill,
  print,
  scalarsOf,
  setNumber,
  settled,
  slider,
  stateOf,
  test,
  wordsOf,
} from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Both lanes make a step, and all that they show is finite, in numbers, colours and words. @param {Page} page @param {string} what */
async function worksAt(page, what) {
  await settled(page);
  if ((await scalarsOf(page, (await stateOf(page)).order[0])).step > 0) await button(page, 'Reset').click();
  await atStep(page, 0);
  await button(page, 'Step').click();
  await atStep(page, 1);
  for (const lane of (await stateOf(page)).order) {
    const frame = await frameOf(page, lane);
    expect(notFiniteIn(frame), `${what}, ${lane}`).toEqual([]);
    expect(dataOf(frame, 'probabilities').reduce((sum, p) => sum + p, 0), `${what}, ${lane}`).toBeCloseTo(1, 5);
  }
  expect((await wordsOf(page)).filter((text) => /NaN|Infinity|undefined|\[object|not finite/.test(text)), what).toEqual([]);
  expect(await hatchedIn(page), what).toBe(0);
}

/** How many tiles have the colour of what is no number. @param {Page} page */
const hatchedIn = (page) =>
  page.evaluate(() => {
    let count = 0;
    for (const canvas of /** @type {NodeListOf<HTMLCanvasElement>} */ (document.querySelectorAll('canvas[data-channel]'))) {
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      for (let k = 0; k < data.length; k += 4) if (data[k] === 214 && data[k + 1] === 0 && data[k + 2] === 106) count++;
    }
    return count;
  });

test('Every slider works at its lowest and at its highest value', async ({ page }) => {
  test.setTimeout(180_000);
  await open(page);
  await page.getByRole('checkbox', { name: 'ρ(W_hh)' }).check();
  await choice(page, 'Forget bias').selectOption('custom');
  await settled(page);
  const names = await page.locator('.place-left').getByRole('slider').evaluateAll((sliders) => sliders.map((one) => one.getAttribute('aria-label') ?? ''));
  expect(names).toEqual(expect.arrayContaining(['Sequence length', 'Alphabet', 'Hidden size', 'Layers', 'Learning rate', 'Batch size', 'ρ value', 'Threshold', 'Forget bias: value']));
  for (const name of names) {
    const middle = await slider(page, name).inputValue();
    for (const key of ['Home', 'End']) {
      await slider(page, name).press(key);
      const value = await slider(page, name).inputValue();
      expect(value).toBe(await slider(page, name).getAttribute(key === 'Home' ? 'min' : 'max'));
      await worksAt(page, `${name} at ${value}`);
    }
    await slider(page, name).fill(middle);
  }
});

test('Every choice works', async ({ page }) => {
  test.setTimeout(120_000);
  await open(page, '#T=20&h=8');
  for (const name of ['Nonlinearity', 'Initialisation', 'Forget bias', 'Optimiser', 'Task', 'Sentences']) {
    // The language of the sentences is asked only when there are any.
    if (name === 'Sentences') await choice(page, 'Task').selectOption('sentiment');
    const select = choice(page, name);
    await expect(select).toBeVisible();
    const values = await select.locator('option').evaluateAll((options) => options.map((option) => /** @type {HTMLOptionElement} */ (option).value));
    expect(values.length).toBeGreaterThan(1);
    for (const value of values.toReversed()) {
      await select.selectOption(value);
      await worksAt(page, `${name}: ${value}`);
    }
  }
  for (const seed of [0, 4294967295]) {
    await page.getByLabel('Seed', { exact: true }).fill(String(seed));
    await page.getByLabel('Seed', { exact: true }).press('Tab');
    await worksAt(page, `seed ${seed}`);
    expect((await stateOf(page)).experiment.seed).toBe(seed);
  }
});

test('Every ready-made experiment sets up what it names, and works', async ({ page }) => {
  await open(page);
  const presets = page.locator('.presets button');
  /** @type {string[]} */
  const links = [];
  for (let k = (await presets.count()) - 1; k >= 0; k--) {
    await presets.nth(k).click();
    await worksAt(page, (await presets.nth(k).textContent()) ?? '');
    await expect(presets.nth(k)).toHaveAttribute('aria-pressed', 'true');
    expect(await presets.evaluateAll((all) => all.filter((one) => one.getAttribute('aria-pressed') === 'true').length)).toBe(1);
    links.push(JSON.stringify((await stateOf(page)).experiment));
  }
  expect(new Set(links).size).toBe(links.length);
});

test('One timestep and one unit still train', async ({ page }) => {
  await open(page);
  await setNumber(page, 'Sequence length', 1);
  await setNumber(page, 'Hidden size', 1);
  await worksAt(page, 'T = 1, hidden 1');
  expect((await frameOf(page, 'lstm')).layout).toMatchObject({ steps: 1, hiddenSize: 1 });
  await expect(page.getByText('LSTM: one timestep, so the gradient has no way to go.')).toBeVisible();
  await expect(slider(page, 'Timestep')).toHaveAttribute('max', '1');
  await button(page, 'Train').click();
  await page.waitForFunction(() => Object.values(globalThis.gatescope.state().lanes).every(({ status }) => status.step >= 30));
  await button(page, 'Stop training').click();
  for (const lane of LANES) expect(notFiniteIn(await frameOf(page, lane))).toEqual([]);
  await button(page, 'Play').or(button(page, 'Pause')).click();
  expect(await hatchedIn(page)).toBe(0);
});

test('A number that is being typed stays as it is while the networks are set up anew', async ({ page }) => {
  await open(page);
  await setNumber(page, 'Sequence length', 20);
  const box = page.getByRole('spinbutton', { name: 'Hidden size (number)', exact: true });
  await box.fill('17');
  await settled(page);
  await expect(box).toHaveValue('17');
  await box.press('Tab');
  await settled(page);
  expect((await stateOf(page)).experiment).toMatchObject({ length: 20, hidden: 17 });
});

test('A value beyond its range is brought back, and the page says so', async ({ page }) => {
  await open(page);
  for (const [name, given, effective, words] of /** @type {[string, number, number, string][]} */ ([
    ['Sequence length', 100000, 512, 'Sequence length: 100000 is above the maximum, using 512.'],
    ['Hidden size', 0, 1, 'Hidden size: 0 is below the minimum, using 1.'],
    ['Learning rate', 1e9, 100, 'Learning rate: 1000000000 is above the maximum, using 100.'],
  ])) {
    await setNumber(page, name, given);
    await expect(page.getByText(words)).toBeVisible();
    await expect(page.getByRole('spinbutton', { name: `${name} (number)`, exact: true })).toHaveValue(String(effective));
    await settled(page);
    await setNumber(page, name, name === 'Learning rate' ? 0.002 : 10);
    await settled(page);
  }
  await expect(page.locator('.notices')).toHaveCount(0);
});

test('What is no number is quoted as far as the browser tells it', async ({ page }) => {
  await open(page, '#T=12&h=8');
  await settled(page);
  const seed = page.getByLabel('Seed');
  for (const [put, said] of /** @type {[() => Promise<void>, string][]} */ ([
    [() => page.keyboard.insertText('9'.repeat(4000)), `“${'9'.repeat(24)}…”`],
    [() => page.keyboard.type('e'), '“…”'],
    [() => page.keyboard.press('Delete'), '“”'],
  ])) {
    await seed.click();
    await page.keyboard.press('ControlOrMeta+A');
    await put();
    await page.keyboard.press('Enter');
    await expect(page.locator('.notices')).toContainText(`Seed: no usable number (${said}), using 7.`);
  }
});

test('A box that is not ticked says what ticking it would do, and one distractor is one', async ({ page }) => {
  await open(page, '#T=2&h=8');
  await settled(page);
  await expect(page.locator('.question')).toHaveText(/after 1 distractor /);
  await page.locator('.surgery summary').click();
  for (const name of ['ρ(W_hh)', 'Radius of W_hh', 'Bias of f', 'Shown length']) await expect(page.getByRole('checkbox', { name: `${name} change`, exact: true })).not.toBeChecked();
  await page.getByRole('checkbox', { name: 'Radius of W_hh' }).check();
  await expect(page.getByRole('checkbox', { name: 'Radius of W_hh scaled to', exact: true })).toBeChecked();
});

test('A learning rate that is far too high: the lane says where it diverged, keeps the last finite frame, and Reset recovers', async ({ page }) => {
  await open(page);
  await choice(page, 'Nonlinearity').selectOption('relu');
  await choice(page, 'Initialisation').selectOption('identity');
  await choice(page, 'Optimiser').selectOption('sgd');
  await page.getByRole('checkbox', { name: 'Clip gradient' }).uncheck();
  await slider(page, 'Learning rate').press('End');
  await settled(page);
  await button(page, 'Train').click();
  const lane = page.getByRole('region', { name: 'RNN lane' });
  await expect(lane).toContainText(/RNN diverged at step \d+/);
  const { experiment, lanes } = await stateOf(page);
  expect(experiment).toMatchObject({ learningRate: 100, clip: null, optimizer: 'sgd', nonlinearity: 'relu', init: 'identity' });
  const { step } = lanes.rnn.status.diverged;
  print(`diverged at step ${step}: ${await lane.locator('.lane-message p').textContent()}`);
  await expect(lane).toContainText(`diverged at step ${step}`);
  expect(notFiniteIn(await frameOf(page, 'rnn'))).toEqual([]);
  expect(await hatchedIn(page)).toBe(0);
  expect((await wordsOf(page)).filter((text) => /NaN|Infinity/.test(text))).toEqual([]);
  await page.waitForFunction(() => !globalThis.gatescope.state().lanes.rnn.training);

  const stop = button(page, 'Stop training');
  if (await stop.isVisible()) await stop.click();
  await setNumber(page, 'Learning rate', 0.0001);
  await button(page, 'Reset').first().click();
  await settled(page);
  await expect(lane).not.toContainText('diverged');
  await button(page, 'Train').click();
  await page.waitForFunction(() => Object.values(globalThis.gatescope.state().lanes).every(({ status }) => status.step >= 10 && !status.diverged));
  await button(page, 'Stop training').click();
});

test('Reset in the diverged lane brings it back with the same settings', async ({ page }) => {
  await open(page, '#act=relu&init=identity&opt=sgd&clip=&lr=100');
  await settled(page);
  const { experiment } = await stateOf(page);
  await button(page, 'Train').click();
  const lane = page.getByRole('region', { name: 'RNN lane' });
  await expect(lane).toContainText(/RNN diverged at step \d+/);
  await lane.getByRole('button', { name: 'Reset' }).click();
  await settled(page);
  await atStep(page, 0);
  expect((await stateOf(page)).experiment).toEqual(experiment);
  await expect(lane).not.toContainText('diverged');
  expect(notFiniteIn(await frameOf(page, 'rnn'))).toEqual([]);
});

for (const [language, pattern, cues] of /** @type {const} */ ([
  ['en', /^[a-z'’-]+$/, /\b(movie|film|plot|story|acting|music|book|show|song|ending)\b/],
  ['zh', /^[\u4e00-\u9fff，、]+$/, /[\u4e00-\u9fff]{2}/],
])) {
  test(`Sentiment over a distance trains on sentences and shows their words (${language})`, async ({ page }) => {
    await open(page);
    await choice(page, 'Task').selectOption('sentiment');
    await choice(page, 'Sentences').selectOption(language);
    await setNumber(page, 'Sequence length', 20);
    await settled(page);
    const { lanes } = await stateOf(page);
    const frame = await frameOf(page, 'lstm');
    const sentence = Array.from(dataOf(frame, 'tokens'), (id) => lanes.lstm.info.tokens[id]);
    print(`${sentence.join(' ')}`);
    expect(sentence.length).toBe(20);
    expect(sentence.filter((word) => pattern.test(word)).length).toBeGreaterThan(15);
    expect(sentence.join(' ')).toMatch(cues);
    expect(channelOf(frame, 'probabilities').cols).toBe(2);
    await expect(page.getByRole('region', { name: 'LSTM lane' }).getByRole('img', { name: `Input: ${sentence.join(' ')}` })).toBeVisible();
    await expect(page.getByText('Is the sentence positive?')).toBeVisible();

    await button(page, 'Next example').click();
    await page.waitForFunction((before) => globalThis.gatescope.frame('lstm').values.join() !== before, frame.values.join());
    const other = Array.from(dataOf(await frameOf(page, 'lstm'), 'tokens'), (id) => lanes.lstm.info.tokens[id]);
    expect(other).not.toEqual(sentence);

    await choice(page, 'Training speed').selectOption('max');
    await button(page, 'Train').click();
    await page.waitForFunction(() => Object.values(globalThis.gatescope.state().lanes).every(({ status }) => status.step >= 120), undefined, { timeout: 50_000 });
    await button(page, 'Stop training').click();
    const { heldOutAccuracy, heldOutStep } = await scalarsOf(page, 'lstm');
    print(`LSTM: ${(100 * heldOutAccuracy).toFixed(0)} % held-out at step ${heldOutStep}`);
    expect(heldOutStep).toBeGreaterThanOrEqual(100);
    expect(heldOutAccuracy).toBeGreaterThan(0.4);
  });
}

test('The sweep goes twice as fast at 2×, half as fast at 0.5×', async ({ page }) => {
  await openStill(page);
  /** @type {Record<string, number>} */
  const columns = {};
  for (const speed of ['0.5', '1', '2']) {
    await choice(page, 'Sweep speed').selectOption(speed);
    await slider(page, 'Timestep').fill('1');
    await page.clock.runFor(40);
    await button(page, 'Play').click();
    for (let k = 0; k < 20; k++) await page.clock.runFor(50);
    columns[speed] = (await stateOf(page)).player.t - 1;
    await button(page, 'Pause').click();
  }
  print(`columns in a second: ${JSON.stringify(columns)}`);
  expect(Math.abs(columns['1'] - 2 * columns['0.5'])).toBeLessThanOrEqual(2);
  expect(Math.abs(columns['2'] - 2 * columns['1'])).toBeLessThanOrEqual(2);
  expect(columns['1']).toBeGreaterThan(5);
});

test('Training speed: slow keeps to ten steps a second, as fast as possible goes beyond', async ({ page }) => {
  await open(page, '#T=20&h=8');
  await settled(page);
  /** @type {Record<string, number>} */
  const rates = {};
  for (const speed of ['slow', 'normal', 'max']) {
    await choice(page, 'Training speed').selectOption(speed);
    await button(page, 'Train').click();
    await page.waitForFunction(() => globalThis.gatescope.state().lanes.lstm.stepsPerSecond > 0);
    rates[speed] = (await stateOf(page)).lanes.lstm.stepsPerSecond;
    await button(page, 'Stop training').click();
  }
  print(`steps a second: ${Object.entries(rates).map(([speed, rate]) => `${speed} ${rate.toFixed(0)}`).join(', ')}`);
  // Upper limits of a pace hold on any machine.
  expect(rates.slow).toBeLessThan(14);
  expect(rates.normal).toBeLessThan(75);
  expect(rates.max).toBeGreaterThan(rates.slow);
});

test('The theme can be switched, and everything follows: page, canvases, type', async ({ page }) => {
  await open(page);
  await slider(page, 'Timestep').fill('50');
  /** @type {Record<string, { background: string, size: number, chart: string }>} */
  const looks = {};
  for (const theme of ['dark', 'projector', 'light']) {
    await choice(page, 'Theme').selectOption(theme);
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await page.waitForTimeout(150);
    looks[theme] = await page.evaluate(() => ({
      background: getComputedStyle(document.body).backgroundColor,
      size: Number.parseFloat(getComputedStyle(/** @type {Element} */ (document.querySelector('.lane h2'))).fontSize),
      chart: /** @type {HTMLCanvasElement} */ (document.querySelector('.gradient-plot canvas')).toDataURL(),
    }));
  }
  const lightness = (/** @type {string} */ css) => (css.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, n) => sum + Number(n), 0) / 765;
  expect(lightness(looks.dark.background)).toBeLessThan(0.2);
  expect(lightness(looks.light.background)).toBeGreaterThan(0.9);
  expect(lightness(looks.projector.background)).toBe(1);
  expect(looks.projector.size).toBeGreaterThanOrEqual(24);
  expect(new Set(Object.values(looks).map(({ chart }) => chart)).size).toBe(3);
});
