// @ts-check
// The address as an experiment: what it remembers, what it refuses, and what it never executes.
import { LANES, atStep, button, channelOf, choice, expect, frameOf, open, print, reopen, seek, setNumber, settled, slider, stateOf, test, wordsOf } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Waits until the address holds what is wanted. @param {Page} page @param {RegExp} wanted */
const addressed = (page, wanted) => expect.poll(() => new URL(page.url()).hash).toMatch(wanted);

test('Changed settings go into the address, and a reload brings them back with the timestep', async ({ page }) => {
  await open(page);
  for (const [name, value] of /** @type {[string, number][]} */ ([['Sequence length', 24], ['Hidden size', 12], ['Learning rate', 0.0123]])) {
    await setNumber(page, name, value);
    await settled(page);
  }
  await choice(page, 'Nonlinearity').selectOption('relu');
  await choice(page, 'Forget bias').selectOption('1');
  await page.getByRole('checkbox', { name: 'Clip gradient' }).uncheck();
  await page.getByLabel('Seed', { exact: true }).fill('4242');
  await page.getByLabel('Seed', { exact: true }).press('Tab');
  await settled(page);
  await seek(page, 17);
  await addressed(page, /t=17\b/);
  const before = await stateOf(page);
  const hash = new URL(page.url()).hash;
  for (const part of ['v=1', 'T=24', 'h=12', 'lr=0.0123', 'act=relu', 'fb=1', 'clip=', 'seed=4242', 't=17', 'view=flow']) expect(hash.slice(1).split('&')).toContain(part);
  await page.reload();
  await settled(page);
  const after = await stateOf(page);
  expect(after.experiment).toEqual(before.experiment);
  expect([after.player.t, after.player.playing]).toEqual([17, false]);
  await expect(slider(page, 'Timestep')).toHaveValue('17');
  await expect(slider(page, 'Hidden size')).toHaveValue('12');
});

test('A reload after training comes back to the same training step and the same numbers', async ({ page }) => {
  await open(page, '#T=20&h=8');
  await settled(page);
  for (const step of [1, 2, 3, 4]) {
    await button(page, 'Step').click();
    await atStep(page, step);
  }
  await addressed(page, /step=4\b/);
  const before = await frameOf(page, 'lstm');
  await page.reload();
  await atStep(page, 4);
  expect((await frameOf(page, 'lstm')).values).toEqual(before.values);
});

test('The link of the contract is understood', async ({ page }) => {
  await open(page, '#v=1&task=recall&cell=lstm&vs=rnn&T=50&h=32&L=1&opt=adam&lr=0.01&clip=1&rho=&fb=chrono&seed=7&step=0&t=0&unit=&view=flow');
  const { experiment, notices } = await stateOf(page);
  expect(experiment).toMatchObject({ task: 'recall', cell: 'lstm', vs: 'rnn', length: 50, hidden: 32, layers: 1, optimizer: 'adam', learningRate: 0.01, clip: 1, spectralRadius: null, forgetBias: 'chrono', seed: 7 });
  expect(notices).toEqual([]);
  await expect(page.locator('.notices')).toHaveCount(0);
});

test('Bad values fall back to good ones, and the page says which', async ({ page }) => {
  await open(page, '#v=1&T=banana&h=99999&L=-3&lr=1e9&opt=rocket&seed=1.5&t=70&k=3&colour=blue');
  await settled(page);
  const { experiment } = await stateOf(page);
  expect(experiment).toMatchObject({ length: 50, hidden: 256, layers: 1, learningRate: 100, optimizer: 'adam', seed: 7, alphabet: 3 });
  const notices = page.locator('.notices');
  for (const words of ['banana', '99999', '-3', '1e9', 'rocket', '1.5', '70']) await expect(notices).toContainText(words);
  await expect(notices).not.toContainText('colour');
  await expect(notices.locator('li:not(.dismiss)')).toHaveCount(7);
  await button(page, 'Dismiss').click();
  await expect(notices).toHaveCount(0);
});

test('Markup in the address is text, and is never executed', async ({ page }) => {
  const markup = '<img src=x onerror="globalThis.executed=1">';
  page.on('dialog', (dialog) => void dialog.dismiss());
  const hostile = encodeURIComponent(markup);
  await open(page, `#task=${hostile}&T=${hostile}&opt=${encodeURIComponent("'><svg onload=globalThis.executed=1>")}&vs=${hostile}&fb=javascript:globalThis.executed=1&unit=${hostile}&__proto__=1&constructor=1`);
  await expect(page.locator('.notices')).toContainText('<img src=x');
  expect(await page.locator('.gatescope img, .gatescope svg[onload]').count()).toBe(0);
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).executed)).toBeUndefined();
  expect(/** @type {any} */ ((await stateOf(page)).experiment)).toMatchObject({ task: 'recall', length: 50, optimizer: 'adam', vs: 'rnn', forgetBias: 'chrono' });
});

test('A link that is far too long gives the default experiment and says so', async ({ page }) => {
  await open(page, `#T=9&x=${'y'.repeat(6000)}`);
  expect((await stateOf(page)).experiment.length).toBe(50);
  expect((await wordsOf(page)).some((text) => text.startsWith('The link is too long'))).toBe(true);
});

test('An edited address, back and forward change the experiment without a reload', async ({ page }) => {
  await open(page, '#T=12&h=4');
  await settled(page);
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
  await page.evaluate(() => (location.hash = 'T=15&h=6'));
  await page.waitForFunction(() => globalThis.gatescope.state().experiment.length === 15);
  await settled(page);
  expect((await frameOf(page, 'rnn')).layout).toMatchObject({ steps: 15, hiddenSize: 6 });
  await page.goBack();
  await page.waitForFunction(() => globalThis.gatescope.state().experiment.length === 12);
  await settled(page);
  for (const lane of LANES) expect((await frameOf(page, lane)).layout).toMatchObject({ steps: 12, hiddenSize: 4 });
  await page.goForward();
  await page.waitForFunction(() => globalThis.gatescope.state().experiment.length === 15);
  await settled(page);
  expect(channelOf(await frameOf(page, 'lstm'), 'hidden')).toMatchObject({ rows: 15, cols: 6 });
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).sameDocument)).toBe(true);
  await button(page, 'Step').click();
  await atStep(page, 1);
});

test('Back and forward count also right after the address was edited', async ({ page }) => {
  await open(page, '#T=12&h=4');
  await settled(page);
  await addressed(page, /v=1.*T=12/);
  await page.evaluate(() => (location.hash = 'T=15&h=4'));
  await page.waitForFunction(() => globalThis.gatescope.state().experiment.length === 15);
  await page.goBack();
  await page.waitForFunction(() => globalThis.gatescope.state().experiment.length === 12);
  await page.goForward();
  await page.waitForFunction(() => globalThis.gatescope.state().experiment.length === 15);
  await settled(page);
  await addressed(page, /T=15/);
});

test('The query is the host’s: language, theme and motion', async ({ page }) => {
  await open(page, '?lang=zh-CN&theme=dark&motion=reduced#T=12');
  const { ui, experiment } = await stateOf(page);
  expect(ui).toMatchObject({ language: 'zh-CN', theme: 'dark', reduced: true });
  expect(experiment.length).toBe(12);
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
});

test('Links of other versions are read as far as they are understood, with a notice; the address becomes one of this version', async ({ page }) => {
  // Written by hand, before there were versions.
  await open(page, '#T=12&h=4&lr=0.01');
  await settled(page);
  expect((await stateOf(page)).experiment).toMatchObject({ length: 12, hidden: 4, learningRate: 0.01 });
  await expect(page.locator('.notices')).toHaveCount(0);
  await addressed(page, /^#v=1&.*T=12&.*h=4/);
  // Older, newer with keys and values of a later time, and what is no version at all.
  for (const [version, more] of [['0', ''], ['2', '&attention=4&view=hologram&opt=muon'], ['2.1-beta', ''], ['<b>', '']]) {
    await reopen(page, `#v=${encodeURIComponent(version)}&T=15&h=5&seed=3&t=9${more}`);
    await settled(page);
    const { experiment, player, ui } = await stateOf(page);
    expect(experiment, version).toMatchObject({ length: 15, hidden: 5, seed: 3, optimizer: 'adam' });
    expect([player.t, ui.view], version).toEqual([9, 'flow']);
    await expect(page.locator('.notices')).toContainText(`The link is of version ${version}; it was read as version 1.`);
    if (more) for (const given of ['hologram', 'muon']) await expect(page.locator('.notices')).toContainText(given);
    await expect(page.locator('.notices')).not.toContainText('attention');
    await seek(page, 8);
    await addressed(page, /^#v=1&.*T=15&.*t=8&/);
  }
});

test('Back, forward and a reload come to the same beat: direction, timestep, view, unit and training step', async ({ page }) => {
  const beats = ['#v=1&T=12&h=4&step=3&t=7&beat=backward&unit=2&view=flow', '#v=1&T=12&h=4&step=5&t=4&beat=forward&unit=&view=training', '#v=1&T=12&h=4&step=2&t=12&beat=loss&unit=1&view=map'];
  const beatOf = async () => {
    const { player, ui, lanes } = await stateOf(page);
    return { step: lanes.lstm.status.step, t: player.t, phase: player.phase, playing: player.playing, unit: ui.unit, view: ui.view };
  };
  const wanted = [
    { step: 3, t: 7, phase: 'backward', playing: false, unit: 2, view: 'flow' },
    { step: 5, t: 4, phase: 'forward', playing: false, unit: null, view: 'training' },
    { step: 2, t: 12, phase: 'loss', playing: false, unit: 1, view: 'map' },
  ];
  await open(page, beats[0]);
  await expect.poll(beatOf).toEqual(wanted[0]);
  for (const k of [1, 2]) {
    await page.evaluate((hash) => (location.hash = hash), beats[k]);
    await expect.poll(beatOf).toEqual(wanted[k]);
  }
  await page.goBack();
  await expect.poll(beatOf).toEqual(wanted[1]);
  await page.reload();
  await page.waitForFunction(() => globalThis.gatescope?.frame('lstm'));
  await expect.poll(beatOf).toEqual(wanted[1]);
  await page.goBack();
  await expect.poll(beatOf).toEqual(wanted[0]);
  await page.goForward();
  await page.goForward();
  await expect.poll(beatOf).toEqual(wanted[2]);
  await page.reload();
  await page.waitForFunction(() => globalThis.gatescope?.frame('lstm'));
  await expect.poll(beatOf).toEqual(wanted[2]);
});

test('While what a link asks for is on its way, the address stays that link: nobody comes back to halfway', async ({ page }) => {
  test.setTimeout(120_000);
  const asked = '#v=1&T=60&h=48&step=400&t=30&beat=backward';
  await open(page, asked);
  /** @type {Set<string>} */
  const seen = new Set();
  const since = Date.now();
  // Both at one moment: soon after the step is there, the address may be written.
  const now = () => page.evaluate(() => ({ step: globalThis.gatescope.state().lanes.lstm.status?.step, hash: location.hash }));
  for (let at = await now(); at.step !== 400; at = await now()) {
    seen.add(at.hash);
    expect(Date.now() - since).toBeLessThan(90_000);
  }
  // The address is rewritten every .8 s: on the way there was time for it.
  print(`400 steps on the way for ${((Date.now() - since) / 1000).toFixed(1)} s`);
  expect(Date.now() - since).toBeGreaterThan(1600);
  expect([...seen]).toEqual([asked]);
  await addressed(page, /T=60&.*step=400&.*t=30/);
});
