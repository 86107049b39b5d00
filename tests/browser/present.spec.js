// @ts-check
// In front of a class: the projector's mode, lessons beat by beat, what pupils predict, and the presenter's own window.
import { readFileSync } from 'node:fs';
import { button, dataOf, expect, frameOf, open, scalarsOf, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

const caption = (/** @type {Page} */ page) => page.locator('.caption-text');
const beatOf = async (/** @type {Page} */ page) => (await stateOf(page)).present.lesson?.beat ?? null;

/** Opens a ready lesson and waits for its first beat. @param {Page} page @param {string} name @param {string} [query] */
async function openLesson(page, name, query = 'lang=en') {
  await open(page, `?lesson=${name}&${query}`);
  await page.waitForFunction(() => globalThis.gatescope.state().present.lesson?.beat === 0);
}

/** Goes to a beat by the clicker; what is to be predicted is revealed on the way. @param {Page} page @param {number} beat from 0 */
async function goTo(page, beat) {
  for (let k = 0; k < 30 && (await beatOf(page)) !== beat; k++) await page.keyboard.press('PageDown');
  expect(await beatOf(page)).toBe(beat);
}

/** log10 of what is left of a lane's gradient at the first timestep. @param {Page} page @param {string} lane */
async function leftOf(page, lane) {
  const series = dataOf(await frameOf(page, lane), 'hiddenGradientLog10');
  return series[0] - series[series.length - 1];
}

/** As the page writes a magnitude. @param {number} log10 */
function magnitude(log10) {
  const exponent = Math.floor(log10);
  const mantissa = Math.round(10 ** (log10 - exponent) * 10) / 10;
  return `${mantissa}e−${-exponent}`;
}

test('Present folds the page away, leaves four big controls and a caption, and comes back', async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await open(page, '?theme=dark');
  await button(page, 'Present').click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'projector');
  for (const part of ['.place-top', '.place-left', '.place-right', '.place-bottom']) await expect(page.locator(part)).toBeHidden();
  const lanes = await page.locator('.lanes').boundingBox();
  expect(lanes?.width).toBeGreaterThan(1850);
  const big = page.locator('.caption-hands button.big');
  await expect(big).toHaveCount(4);
  for (const one of await big.all()) expect((await one.boundingBox())?.width).toBeGreaterThanOrEqual(80);
  await page.keyboard.press('Escape');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('.place-left')).toBeVisible();
  await expect(page.locator('.place-present')).toBeHidden();
});

test('On a projector labels have 24 px, the caption 32 and its numbers 48 at the least, and strokes 3', async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await open(page, '?ui=present&lang=en');
  const px = (/** @type {string} */ selector) => page.locator(selector).first().evaluate((el) => Number.parseFloat(getComputedStyle(el).fontSize));
  for (const label of ['.strip-label .name', '.strip-readout', '.beat-count, .strip-label']) expect(await px(label)).toBeGreaterThanOrEqual(24);
  expect(await px('.caption-text')).toBeGreaterThanOrEqual(32);
  expect(await px('.caption-text b')).toBeGreaterThanOrEqual(48);
  const strokes = await page.locator('.gatescope').evaluate((el) => [getComputedStyle(el).getPropertyValue('--stroke'), getComputedStyle(/** @type {Element} */ (el.querySelector('.caption'))).borderTopWidth].map(Number.parseFloat));
  for (const width of strokes) expect(width).toBeGreaterThanOrEqual(3);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  expect(await px('.caption-text')).toBeCloseTo(40 * 1.25, 1);
  await page.keyboard.press('-');
  expect(await px('.caption-text')).toBeCloseTo(40 * 1.1, 1);
});

test('Without a lesson the caption says what is happening, with the numbers of the frame', async ({ page }) => {
  await open(page, '?ui=present&lang=en');
  await page.keyboard.press('Space');
  for (let k = 0; k < 400 && (await stateOf(page)).player.phase !== 'backward'; k++) await page.keyboard.press('PageDown');
  for (let k = 0; k < 20; k++) await page.keyboard.press('PageDown');
  const { player } = await stateOf(page);
  expect(player).toMatchObject({ phase: 'backward', t: 30 });
  const series = dataOf(await frameOf(page, 'rnn'), 'hiddenGradientLog10');
  await expect(caption(page)).toHaveText(new RegExp(`^Backward, 20 steps from the loss\\. Left of the gradient: RNN ${magnitude(series[29] - series[49])} and LSTM `));
});

test('B blanks the screen, any clicker lights it again without losing the beat; ? shows the keys', async ({ page }) => {
  await openLesson(page, 'why-rnns-forget');
  await page.keyboard.press('PageDown');
  await page.keyboard.press('b');
  const blank = page.locator('.blank');
  await expect(blank).toBeVisible();
  const size = page.viewportSize();
  expect(await blank.boundingBox()).toMatchObject({ x: 0, y: 0, width: size?.width, height: size?.height });
  expect(await blank.evaluate((el) => getComputedStyle(el).backgroundColor)).toBe('rgb(0, 0, 0)');
  await page.keyboard.press('PageDown');
  await expect(blank).toHaveCount(0);
  expect(await beatOf(page)).toBe(1);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('blank screen');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect((await stateOf(page)).present.on).toBe(true);
});

test('A lesson’s captions hold the core’s own numbers, and they change with the beat', async ({ page }) => {
  await openLesson(page, 'why-rnns-forget');
  await goTo(page, 4);
  await expect(caption(page)).toHaveText(`Backward: 49 steps back, ${magnitude(await leftOf(page, 'rnn'))} of the RNN’s gradient is left. ${(-(await leftOf(page, 'rnn'))).toFixed(2)} orders of magnitude are gone.`);
  await expect(page.locator('.place-below')).toHaveClass(/framed/);
  await goTo(page, 6);
  await page.waitForFunction(() => globalThis.gatescope.state().order.every((/** @type {string} */ cell) => globalThis.gatescope.state().lanes[cell].status.step === 150), undefined, { timeout: 40_000 });
  expect((await stateOf(page)).experiment.length).toBe(10);
  await expect(caption(page)).toContainText(`9 steps back: ${magnitude(await leftOf(page, 'rnn'))} is left. After 150 training steps`);
  const { heldOutAccuracy } = await scalarsOf(page, 'rnn');
  await expect(caption(page)).toContainText(`it has ${Math.round(100 * heldOutAccuracy)}% right`);
});

test('A lesson operates on the trained network and lets go of it with the next beat', async ({ page }) => {
  await openLesson(page, 'what-the-gates-do');
  await goTo(page, 6);
  await page.waitForFunction(() => globalThis.gatescope.frame('lstm')?.before && globalThis.gatescope.state().lanes.lstm.status.step === 300, undefined, { timeout: 40_000 });
  const frame = await frameOf(page, 'lstm');
  expect(Math.max(...dataOf(frame, 'forget'))).toBe(0);
  await expect(caption(page)).toContainText(`Shut, ${magnitude(await leftOf(page, 'lstm'))} of the gradient is left`);
  await goTo(page, 7);
  await page.waitForFunction(() => globalThis.gatescope.state().surgery.cutCellPath);
  await expect.poll(async () => Math.min(...dataOf(await frameOf(page, 'lstm'), 'forget'))).toBeGreaterThan(0);
});

test('A reload comes back to the same beat, also of a lesson from a file', async ({ page }) => {
  const text = JSON.stringify({ gatescope: 1, title: 'Mine', beats: [{ caption: 'one' }, { caption: 'two: {T}', experiment: { T: 7, h: 4 } }, { caption: 'three' }] });
  await open(page, '?ui=present&lang=en');
  await button(page, 'Menu').click();
  await page.getByLabel('Lesson from a file').setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await expect(caption(page)).toHaveText('one');
  await page.keyboard.press('PageDown');
  await expect(caption(page)).toHaveText('two: 7');
  await page.keyboard.press('+');
  await page.reload();
  await expect(caption(page)).toHaveText('two: 7');
  const { present } = await stateOf(page);
  expect([present.lesson.name, present.lesson.beat, present.scale]).toEqual(['mine.json', 1, 1.1]);
});

test('Without a lesson a reload comes back to the same beat of the sweep', async ({ page }) => {
  await open(page, '?ui=present');
  await page.keyboard.press('Space');
  for (let k = 0; k < 120 && (await stateOf(page)).player.phase !== 'backward'; k++) await page.keyboard.press('PageDown');
  await page.keyboard.press('PageDown');
  const before = (await stateOf(page)).player;
  expect(before).toMatchObject({ phase: 'backward', t: 49 });
  await page.reload();
  await page.waitForFunction(() => globalThis.gatescope?.state().player.phase === 'backward');
  expect((await stateOf(page)).player).toMatchObject({ phase: 'backward', t: 49, playing: false });
});

test('A lesson that is wrong is refused with line and column, as text, and what was shown stays', async ({ page }) => {
  await openLesson(page, 'why-rnns-forget');
  await page.keyboard.press('PageDown');
  await button(page, 'Menu').click();
  const text = '{\n "gatescope": 1,\n "title": "<img src=x onerror=alert(1)>",\n "beats": [\n  { "caption": "x", "experiment": { "T": 9999 }, "<b>bold</b>": 1 }\n ]\n}';
  await page.getByLabel('Lesson from a file').setInputFiles({ name: '<i>evil</i>.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  const dialog = page.getByRole('dialog', { name: 'This lesson cannot be shown' });
  await expect(dialog.locator('li')).toHaveText([
    'Line 5, column 42: beats[1].experiment.T expected a whole number from 1 to 512, given 9999.',
    /^Line 5, column 50: beats\[1\]\.<b>bold<\/b> there is no such field; expected one of caption, /,
  ]);
  await expect(dialog).toContainText('“<i>evil</i>.json”: 2 faults.');
  expect(await dialog.locator('i, b:not(li > b), img').count()).toBe(0);
  await page.keyboard.press('Escape');
  expect(await beatOf(page)).toBe(1);
});

test('Pupils draw what they expect, with the mouse and by keyboard; then the core’s curve and the orders of magnitude between', async ({ page }) => {
  await openLesson(page, 'why-rnns-forget');
  for (let k = 0; k < 3; k++) await page.keyboard.press('PageDown');
  const canvas = page.getByRole('slider', { name: 'RNN: gradient norm per timestep' });
  const box = /** @type {NonNullable<Awaited<ReturnType<typeof canvas.boundingBox>>>} */ (await canvas.boundingBox());
  // The answer is not to be had: neither seen nor focused.
  expect(await page.locator('.plots').evaluate((el) => /** @type {HTMLElement} */ (el).inert)).toBe(true);
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.4, { steps: 12 });
  await page.mouse.move(box.x + box.width * 0.08, box.y + box.height * 0.4, { steps: 12 });
  await page.mouse.up();
  const { points } = (await stateOf(page)).present.prediction;
  expect(points.filter((/** @type {number | null} */ value) => value !== null).length).toBeGreaterThan(38);

  await canvas.focus();
  await page.keyboard.press('Home');
  const before = (await stateOf(page)).present.prediction;
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  const { prediction } = (await stateOf(page)).present;
  expect(prediction.cursor).toBe(0);
  expect(prediction.points[0]).toBeCloseTo((before.points[0] ?? before.points.find((/** @type {number | null} */ value) => value !== null)) + 0.5, 5);
  await expect(canvas).toHaveAttribute('aria-valuetext', /^t 1: /);

  await page.keyboard.press('PageDown');
  const series = dataOf(await frameOf(page, 'rnn'), 'hiddenGradientLog10');
  const orders = Math.abs(prediction.points[0] - series[0]).toFixed(1);
  await expect(page.locator('.predict-foot')).toContainText(`computed ${magnitude(series[0])}. ${orders} orders of magnitude apart.`);
  expect(await beatOf(page)).toBe(3);
  await page.keyboard.press('PageDown');
  expect(await beatOf(page)).toBe(4);
  await expect(page.locator('.predict')).toBeHidden();
});

test('The presenter’s window shows notes and what comes next, turns the pages, and either of the two may be loaded anew', async ({ page, context }) => {
  const lesson = JSON.parse(readFileSync(new URL('../../www/public/lessons/why-rnns-forget.json', import.meta.url), 'utf8'));
  await openLesson(page, 'why-rnns-forget');
  await button(page, 'Menu').click();
  const [notes] = await Promise.all([context.waitForEvent('page'), button(page, 'Presenter’s window').click()]);
  await page.keyboard.press('Escape');
  const shown = notes.getByRole('region', { name: 'Notes' });
  await expect(shown).toContainText(lesson.beats[0].notes.en);
  await expect(notes.getByRole('region', { name: 'Next' })).toContainText(lesson.beats[1].caption.en.replace('{units}', '…'));
  await notes.getByRole('button', { name: 'Next beat' }).click();
  await expect(shown).toContainText(lesson.beats[1].notes.en);
  expect(await beatOf(page)).toBe(1);
  await page.keyboard.press('PageDown');
  await expect(shown).toContainText(lesson.beats[2].notes.en);
  await notes.reload();
  await expect(shown).toContainText(lesson.beats[2].notes.en);
  await page.reload();
  await expect(caption(page)).toContainText('guessing gives 25%');
  await notes.keyboard.press('PageUp');
  await expect(shown).toContainText(lesson.beats[1].notes.en);
  expect(await beatOf(page)).toBe(1);
  await expect(notes.getByRole('timer')).toHaveText(/^\d\d:\d\d$/);
});

test('A browser that blocks the presenter’s window gets a link to it', async ({ page }) => {
  await page.addInitScript(() => {
    window.open = () => null;
  });
  await openLesson(page, 'what-the-gates-do');
  await button(page, 'Menu').click();
  await button(page, 'Presenter’s window').click();
  const link = page.getByRole('link', { name: 'Open it here' });
  await expect(link).toHaveAttribute('href', /\/presenter\.html\?channel=\w+$/);
  await expect(page.getByRole('alert')).toContainText('blocked');
});

test('The QR code’s link opens the same experiment elsewhere, and the same code word says that the same bits were reached', async ({ page, browser, baseURL }) => {
  await open(page, '?ui=present&lang=en#T=12&h=6&step=40');
  const ready = () => globalThis.gatescope.state().source === 'live' && globalThis.gatescope.state().order.every((/** @type {string} */ cell) => globalThis.gatescope.state().lanes[cell].status.step === 40 && !globalThis.gatescope.state().lanes[cell].training);
  await page.waitForFunction(ready, undefined, { timeout: 40_000 });
  await button(page, 'Menu').click();
  await button(page, 'Same experiment on every phone').click();
  const code = page.locator('.class-code');
  await expect(code).toHaveText(/^[B-Z]{6}$/);
  const word = await code.textContent();
  const link = /** @type {string} */ (await page.getByRole('link', { name: /^http/ }).getAttribute('href'));
  expect(link).toMatch(/#v=1&T=12&h=6&step=40$/);
  await expect(page.getByRole('img', { name: `QR code of ${link}` })).toBeVisible();

  const context = await browser.newContext({ baseURL, viewport: { width: 360, height: 740 }, locale: 'en-US' });
  const phone = await context.newPage();
  await phone.goto(link);
  await phone.waitForFunction(ready, undefined, { timeout: 40_000 });
  await expect(phone.locator('.badge.code')).toHaveText(`code ${word}`);
  await button(phone, 'Step').click();
  await expect(phone.locator('.badge.code')).not.toHaveText(`code ${word}`);
  await context.close();
});
