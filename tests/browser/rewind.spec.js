// @ts-check
// Going back in training: a step that is brought back is the step a run that stopped there would show, bit for bit.
import { atStep, button, dataOf, expect, frameOf, open, print, reopen, scalarsIn, setNumber, settled, slider, stateOf, test } from './support/gatescope.js';
import { faultsOf } from './support/layout.js';

/** @typedef {import('@playwright/test').Page} Page */

const SMALL = '#T=20&h=12&seed=5';

/** What is recorded of a lane. @param {Page} page @param {string} lane */
const pastOf = (page, lane) => page.evaluate((lane) => globalThis.gatescope.past(lane), lane);

/** Moves the second handle. @param {Page} page @param {number} step */
const goTo = (page, step) => slider(page, 'Training step').fill(String(step));

/** Waits until both lanes show this step exactly. @param {Page} page @param {number} step */
async function arrived(page, step) {
  await atStep(page, step);
  await page.waitForFunction((step) => {
    const { seek, lanes, order } = globalThis.gatescope.state();
    return seek === null && order.every((/** @type {string} */ lane) => lanes[lane].status.step === step && globalThis.gatescope.past(lane).at.exact);
  }, step);
}

/** Trains to a step and no further. @param {Page} page @param {number} step */
async function trainTo(page, step) {
  await page.evaluate((step) => (location.hash = location.hash.replace(/&step=\d+|$/, `&step=${step}`)), step);
  await atStep(page, step);
  await expect(button(page, 'Train')).toBeVisible();
}

/** The bits of a lane's frame. @param {Page} page @param {string} lane */
const bitsOf = async (page, lane) => Array.from(new Uint32Array((await frameOf(page, lane)).values.slice().buffer));

/** The tiles of a lane, byte for byte. @param {Page} page @param {string} lane */
const tilesOf = (page, lane) =>
  page.evaluate(async (lane) => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return [...document.querySelectorAll(`.lane[data-cell="${lane}"] canvas[data-channel]`)].map((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  }, lane);

test('A step brought back shows the tiles and numbers of a run that was stopped there', async ({ page }) => {
  test.setTimeout(120_000);
  await open(page, `${SMALL}&step=320`);
  await atStep(page, 320);
  await slider(page, 'Timestep').fill('20');
  // 0, a recorded one, one between two recorded ones, the last but one.
  const steps = [0, 100, 261, 319];
  /** @type {Record<string, unknown>} */
  const seen = {};
  for (const step of steps) {
    await goTo(page, step);
    await arrived(page, step);
    for (const lane of ['rnn', 'lstm']) seen[`${lane} ${step}`] = { bits: await bitsOf(page, lane), tiles: await tilesOf(page, lane) };
  }
  expect((await pastOf(page, 'lstm')).at.from).not.toBeNull();
  for (const step of steps) {
    await reopen(page, `${SMALL}&step=${step}`);
    await settled(page);
    await atStep(page, step);
    await slider(page, 'Timestep').fill('20');
    for (const lane of ['rnn', 'lstm']) {
      const before = /** @type {any} */ (seen[`${lane} ${step}`]);
      expect(await bitsOf(page, lane), `${lane} at ${step}`).toEqual(before.bits);
      expect(before.tiles.length).toBeGreaterThan(1);
      expect(await tilesOf(page, lane), `tiles of ${lane} at ${step}`).toEqual(before.tiles);
    }
  }
});

test('While the handle is dragged, what is recorded is shown, and it is said where it is not what was asked for', async ({ page }) => {
  await open(page, `${SMALL}&step=300`);
  await atStep(page, 300);
  const { frames } = await pastOf(page, 'lstm');
  // All of the first 128, then every second, then every fourth.
  expect(frames).toEqual([...Array(128).keys(), ...Array.from({ length: 64 }, (_, k) => 128 + 2 * k), ...Array.from({ length: 12 }, (_, k) => 256 + 4 * k)]);
  const shown = await page.evaluate(async () => {
    const handle = /** @type {HTMLInputElement} */ (document.querySelector('[aria-label="Training step"]'));
    handle.value = '298';
    handle.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return { at: globalThis.gatescope.past('lstm').at, text: document.querySelector('.training-step .how')?.textContent };
  });
  expect(shown.at).toEqual({ step: 296, exact: false, from: null });
  expect(shown.text).toBe('step 296 shown, recomputing …');
  await arrived(page, 298);
  await expect(page.locator('.training-step .how')).toHaveText('recomputed from 296');
  await goTo(page, 100);
  await arrived(page, 100);
  await expect(page.locator('.training-step .how')).toHaveText('recorded');
  await expect(slider(page, 'Training step')).toHaveAttribute('aria-valuetext', 'step 100 of 300, recorded');
});

test('The link follows the training step, and a reload comes back to it', async ({ page }) => {
  await open(page, `${SMALL}&step=150`);
  await atStep(page, 150);
  await goTo(page, 77);
  await arrived(page, 77);
  await expect.poll(() => new URL(page.url()).hash).toContain('step=77&');
  const bits = await bitsOf(page, 'lstm');
  await page.reload();
  await atStep(page, 77);
  expect(await bitsOf(page, 'lstm')).toEqual(bits);
});

test('The memory map, the spectra and the loss follow the training step', async ({ page }) => {
  test.setTimeout(90_000);
  await open(page, `${SMALL}&step=120`);
  await atStep(page, 120);
  await page.keyboard.press('3');
  const mapAt = (/** @type {number} */ step) =>
    page.waitForFunction((step) => {
      const map = globalThis.gatescope.map('lstm');
      // The spectra come part by part, the singular values of every timestep last.
      return map?.step === step && map.method === 'exact' && map.recurrence?.singularValues.length ? JSON.stringify([Array.from(map.values), map.recurrence]) : null;
    }, step, { timeout: 30_000 });
  const late = await (await mapAt(120)).jsonValue();
  await goTo(page, 20);
  await arrived(page, 20);
  const early = await (await mapAt(20)).jsonValue();
  expect(early).not.toEqual(late);
  await reopen(page, `${SMALL}&step=20`);
  await atStep(page, 20);
  await page.keyboard.press('3');
  expect(await (await mapAt(20)).jsonValue()).toEqual(early);
});

test('Training goes on from an earlier step along the same way, and Step does one', async ({ page }) => {
  await open(page, `${SMALL}&step=100`);
  await atStep(page, 100);
  const end = await bitsOf(page, 'lstm');
  await goTo(page, 60);
  await button(page, 'Step').click();
  await arrived(page, 61);
  expect((await pastOf(page, 'lstm')).tip).toBe(100);
  await button(page, 'Train').click();
  await page.waitForFunction(() => globalThis.gatescope.state().lanes.lstm.status.step > 100);
  await button(page, 'Stop training').click();
  await expect(button(page, 'Train')).toBeVisible();
  await goTo(page, 100);
  await arrived(page, 100);
  expect(await bitsOf(page, 'lstm')).toEqual(end);
});

test('A changed learning rate at an earlier step makes a branch; both are kept, and the former one can be returned to', async ({ page }) => {
  test.setTimeout(90_000);
  await open(page, `${SMALL}&step=200`);
  await atStep(page, 200);
  const first = await bitsOf(page, 'lstm');
  const history = () => page.evaluate(() => globalThis.gatescope.past('lstm').horizon.steps.length);
  const whole = await history();
  await goTo(page, 90);
  await arrived(page, 90);
  const parting = await bitsOf(page, 'lstm');
  await setNumber(page, 'Learning rate', 0.02);
  await expect(page.getByRole('combobox', { name: 'Branch' })).toBeVisible();
  await arrived(page, 90);
  // The same network, with its past; nothing after the parting.
  expect(await bitsOf(page, 'lstm')).toEqual(parting);
  expect((await pastOf(page, 'lstm')).tip).toBe(90);
  expect(await history()).toBeLessThan(whole);
  await button(page, 'Train').click();
  await page.waitForFunction(() => globalThis.gatescope.state().order.every((/** @type {string} */ lane) => globalThis.gatescope.state().lanes[lane].status.step >= 130));
  await button(page, 'Stop training').click();
  await expect(button(page, 'Train')).toBeVisible();
  await goTo(page, 120);
  await arrived(page, 120);
  const branched = await bitsOf(page, 'lstm');
  // With the choice of branches there is much to say at the foot of the page: nothing of it lies over anything else.
  const window = page.viewportSize();
  for (const language of ['en', 'zh-CN']) {
    await page.locator('.wishes select').first().selectOption(language);
    for (const [width, height] of [[1366, 768], [1200, 800], [900, 800], [360, 740], [1920, 1080]]) {
      await page.setViewportSize({ width, height });
      await expect.poll(() => faultsOf(page), `${language}, ${width}×${height}`).toEqual([]);
    }
  }
  await page.locator('.wishes select').first().selectOption('en');
  if (window) await page.setViewportSize(window);

  // The link tells of both settings, and brings the branch back bit for bit.
  await expect.poll(() => new URL(page.url()).hash).toContain('past=90,lr=0.002&step=120&');
  const link = new URL(page.url()).hash;

  await page.getByRole('combobox', { name: 'Branch' }).selectOption({ label: 'first run' });
  await arrived(page, 200);
  expect(await bitsOf(page, 'lstm')).toEqual(first);
  expect((await stateOf(page)).experiment.learningRate).toBe(0.002);
  await page.getByRole('combobox', { name: 'Branch' }).selectOption({ label: 'Learning rate 0.02, from step 90' });
  await page.waitForFunction(() => globalThis.gatescope.state().experiment.learningRate === 0.02 && globalThis.gatescope.state().seek === null);
  await goTo(page, 120);
  await arrived(page, 120);
  expect(await bitsOf(page, 'lstm')).toEqual(branched);

  await reopen(page, link);
  await atStep(page, 120);
  expect(await bitsOf(page, 'lstm')).toEqual(branched);
});

test('A setting that the network depends on begins anew, as ever', async ({ page }) => {
  await open(page, `${SMALL}&step=60`);
  await atStep(page, 60);
  await goTo(page, 30);
  await arrived(page, 30);
  await setNumber(page, 'Hidden size', 9);
  await settled(page);
  await atStep(page, 0);
  expect((await stateOf(page)).runs).toHaveLength(1);
  expect((await pastOf(page, 'lstm')).tip).toBe(0);
});

test('A lane that diverged is shown at its end while the other goes on, and its past is there', async ({ page }) => {
  await open(page, '#T=60&h=16&rho=4&act=relu&init=identity&opt=sgd&lr=1&clip=&step=40');
  await page.waitForFunction(() => globalThis.gatescope.state().lanes.rnn.status.diverged && globalThis.gatescope.state().lanes.lstm.status.step === 40);
  const { step, diverged } = (await stateOf(page)).lanes.rnn.status;
  print(`diverged: ${JSON.stringify(diverged)}`);
  await goTo(page, 30);
  await page.waitForFunction(() => globalThis.gatescope.state().seek === null && globalThis.gatescope.state().lanes.lstm.status.step === 30);
  const rnn = await pastOf(page, 'rnn');
  expect(rnn.tip).toBe(step);
  expect(rnn.diverged).toEqual(diverged);
  if (step < 30) {
    // Its last weights compute nothing finite any more: those before them are shown, and bar and lane agree on that.
    const { step: shown } = scalarsIn(await frameOf(page, 'rnn'));
    expect(shown).toBeLessThan(step);
    expect(rnn.at.step).toBe(step);
    await expect(page.locator('.training-step .how')).toHaveText(`RNN: step ${shown} is shown`);
    await expect(page.getByRole('region', { name: 'RNN lane' })).toContainText(`Step ${shown} is shown.`);
  }
  await slider(page, 'Training step').blur();
  await page.keyboard.press('4');
  await expect(page.locator('.found')).toContainText(`RNN diverged at step ${diverged.step}`);
  await page.keyboard.press('1');
  await goTo(page, 0);
  await arrived(page, 0);
  expect((await stateOf(page)).lanes.rnn.status.diverged).toBeNull();
});

test('From the opening the second handle goes back, too', async ({ page }) => {
  await open(page);
  expect((await stateOf(page)).source).toBe('opening');
  const opening = Array.from(dataOf(await frameOf(page, 'lstm'), 'hidden'));
  await goTo(page, 150);
  await arrived(page, 150);
  expect(Array.from(dataOf(await frameOf(page, 'lstm'), 'hidden'))).not.toEqual(opening);
  await goTo(page, 300);
  await arrived(page, 300);
  expect(Array.from(dataOf(await frameOf(page, 'lstm'), 'hidden'))).toEqual(opening);
});

test('A past that cannot be read is named, and the rest of the link is followed', async ({ page }) => {
  for (const past of ['x', '90', '0,lr=1', '20,lr=<b>', '20,h=3', `20,lr=${'9'.repeat(3500)}`]) {
    await reopen(page, `#T=20&h=12&past=${past}&step=3`).catch((error) => {
      throw new Error(`${past}: ${error}`);
    });
    await atStep(page, 3);
    if (past === '90') continue;
    await expect(page.locator('.notices')).toContainText('Settings before the branch');
  }
});
