// @ts-check
// What can go wrong on the way: each time a sentence that can be read, a way on, and nothing of the settings lost.
import { atStep, button, expect, forgive, frameOf, notFiniteIn, open, print, setNumber, settled, slider, stateOf, test } from './support/gatescope.js';
import { observeWorkers } from './support/observe.js';

/** @typedef {import('@playwright/test').Page} Page */

const WASM = '**/gatescope.wasm';

/** The wasm is asked for as soon as the pointer is over the page. @param {Page} page */
const reach = (page) => page.mouse.move(300, 300);

/** @type {{ name: string, answer: Parameters<import('@playwright/test').Route['fulfill']>[0], words: RegExp }[]} */
const BROKEN = [
  { name: 'is missing', answer: { status: 404, contentType: 'text/html', body: '<!doctype html><title>Not found</title>' }, words: /could not be loaded \(HTTP 404\)/ },
  { name: 'is damaged', answer: { status: 200, contentType: 'application/wasm', body: Buffer.from('0061736d01000000ff', 'hex') }, words: /arrived damaged/ },
  { name: 'is a web page instead', answer: { status: 200, contentType: 'text/html', body: '<!doctype html><title>Hello</title>' }, words: /arrived damaged/ },
];

for (const { name, answer, words } of BROKEN) {
  test(`When the wasm ${name}, the page says so, still shows the opening, and Retry works`, async ({ page, complaints }) => {
    let asked = 0;
    await page.route(WASM, (route) => {
      asked++;
      return route.fulfill(answer);
    });
    await open(page);
    await reach(page);
    const alert = page.getByRole('alert');
    await expect(alert).toContainText(words);
    await expect(alert).toContainText('your settings are kept');
    print((await alert.locator('p').textContent()) ?? '');
    expect((await stateOf(page)).source).toBe('opening');
    expect(notFiniteIn(await frameOf(page, 'lstm'))).toEqual([]);
    await slider(page, 'Timestep').fill('30');
    await expect(page.getByRole('heading', { name: 'At t = 30' })).toBeVisible();
    const before = asked;
    await setNumber(page, 'Hidden size', 9);
    // Setting up the new network asks for the wasm by itself; only a refusal needs Retry.
    await expect.poll(() => asked).toBeGreaterThan(before);
    await expect(alert).toBeVisible();

    await page.unroute(WASM);
    await button(page, 'Retry').click();
    await settled(page);
    await expect(alert).toHaveCount(0);
    expect((await stateOf(page)).experiment.hidden).toBe(9);
    await button(page, 'Step').click();
    await atStep(page, 1);
    forgive(complaints, /gatescope\.wasm|404|Failed to load resource|wasm/i);
  });
}

test('When the server cannot be reached for the wasm, the page says so, and Retry works', async ({ page, complaints }) => {
  await page.route(WASM, (route) => route.abort());
  await open(page);
  await reach(page);
  await expect(page.getByRole('alert')).toContainText('could not be reached');
  await page.unroute(WASM);
  await button(page, 'Retry').click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  // The opening is still what is shown; now it can be left.
  expect((await stateOf(page)).source).toBe('opening');
  await button(page, 'Step').click();
  await atStep(page, 1);
  forgive(complaints, /ERR_FAILED/);
});

test('Good wasm with a wrong MIME type trains all the same', async ({ page, complaints }) => {
  await page.route(WASM, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-type': 'application/octet-stream' } });
  });
  await open(page);
  await button(page, 'Step').click();
  await atStep(page, 1);
  await expect(page.getByRole('alert')).toHaveCount(0);
  forgive(complaints, /MIME/);
});

test('When a worker’s script does not load, each lane says so and Restart works', async ({ page, complaints }) => {
  await page.route('**/worker-*.js', (route) => route.abort());
  await open(page);
  await button(page, 'Step').click();
  for (const name of ['RNN', 'LSTM']) {
    await expect(page.getByRole('region', { name: `${name} lane` })).toContainText(`The ${name} network stopped with an error. Your settings are kept.`);
  }
  await page.unroute('**/worker-*.js');
  for (const name of ['RNN', 'LSTM']) {
    const lane = page.getByRole('region', { name: `${name} lane` });
    await lane.getByRole('button', { name: 'Restart' }).click();
    await expect(lane).not.toContainText('stopped with an error');
  }
  await settled(page);
  await button(page, 'Reset').click();
  await atStep(page, 0);
  await button(page, 'Step').click();
  await atStep(page, 1);
  forgive(complaints, /ERR_FAILED/);
});

for (const [how, kill, words] of /** @type {const} */ ([
  ['throws', 'setTimeout(() => { throw new Error("boom"); })', 'stopped with an error'],
  ['hangs', 'setTimeout(() => { for (;;); })', 'does not answer and was stopped'],
  ['vanishes', '', 'does not answer and was stopped'],
])) {
  test(`When a worker ${how} in the middle of training, its lane says so, Restart works, and the settings are kept`, async ({ page, complaints }) => {
    await page.addInitScript(observeWorkers);
    await open(page, '#T=20&h=12&seed=5');
    await settled(page);
    const { experiment } = await stateOf(page);
    await button(page, 'Train').click();
    await page.waitForFunction(() => globalThis.gatescope.state().lanes.rnn.status.step >= 5);
    const struck = Date.now();
    if (kill) await page.workers()[0].evaluate(kill);
    else await page.evaluate(() => globalThis.observed.workers[0].terminate());
    const message = page.locator('.lane-message', { hasText: words });
    await expect(message).toBeVisible({ timeout: 20_000 });
    print(`${how}: "${await message.locator('p').textContent()}" after ${((Date.now() - struck) / 1000).toFixed(1)} s`);
    const { lanes } = await stateOf(page);
    const [broken, other] = lanes.rnn.fault ? ['rnn', 'lstm'] : ['lstm', 'rnn'];
    expect(lanes[other].fault).toBeNull();
    expect(notFiniteIn(await frameOf(page, broken))).toEqual([]);
    expect((await stateOf(page)).experiment).toEqual(experiment);

    await message.getByRole('button', { name: 'Restart' }).click();
    await page.waitForFunction((cell) => !globalThis.gatescope.state().lanes[cell].fault, broken);
    await expect(message).toHaveCount(0);
    expect((await stateOf(page)).experiment).toEqual(experiment);
    const stop = button(page, 'Stop training');
    if (await stop.isVisible()) await stop.click();
    await button(page, 'Reset').click();
    await settled(page);
    await button(page, 'Step').click();
    await atStep(page, 1);
    forgive(complaints, /boom/);
  });
}

test('A browser without WebAssembly gets a sentence, and the opening', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebAssembly'));
  await open(page);
  await reach(page);
  await expect(page.getByRole('alert')).toContainText('This browser has no WebAssembly');
  expect((await stateOf(page)).source).toBe('opening');
  await expect(button(page, 'Train')).toBeDisabled();
});

test('A browser without wasm SIMD gets a sentence, and the opening', async ({ page }) => {
  await page.addInitScript(() => Object.assign(WebAssembly, { validate: () => false }));
  await open(page);
  await reach(page);
  await expect(page.getByRole('alert')).toContainText('lacks WebAssembly SIMD');
  expect((await stateOf(page)).source).toBe('opening');
  await setNumber(page, 'Hidden size', 9);
  await expect.poll(() => new URL(page.url()).hash).toMatch(/h=9\b/);
});

for (const [file, answer] of /** @type {const} */ ([
  ['opening.json', { status: 404, body: '' }],
  ['opening.bin', { status: 404, body: '' }],
  ['opening.bin', { status: 200, body: 'short' }],
  ['opening.json', { status: 200, body: '{"lanes":' }],
])) {
  test(`With ${file} ${answer.status === 404 ? 'missing' : 'damaged'}, the page starts with untrained networks and works`, async ({ page, complaints }) => {
    await page.route(`**/${file}`, (route) => route.fulfill(answer));
    await open(page);
    await settled(page);
    await atStep(page, 0);
    expect((await stateOf(page)).player.playing).toBe(true);
    await button(page, 'Step').click();
    await atStep(page, 1);
    forgive(complaints, /404/);
  });
}

test('Without wasm and without the opening the page is still a readable page', async ({ page, complaints }) => {
  await page.route(/opening\.|gatescope\.wasm/, (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto('./');
  await expect(page.getByRole('alert')).toContainText('could not be loaded');
  await expect(button(page, 'Retry')).toBeVisible();
  await expect(page.getByText('no network')).toBeVisible();
  await page.unroute(/opening\.|gatescope\.wasm/);
  await button(page, 'Retry').click();
  await settled(page);
  forgive(complaints, /404/);
});

test('Without JavaScript the page says what it needs, in both languages', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL });
  const page = await context.newPage();
  await page.goto('./');
  await expect(page.locator('.noscript')).toBeVisible();
  await expect(page.locator('.noscript')).toContainText('gatescope needs JavaScript');
  await expect(page.locator('.noscript')).toContainText('需要 JavaScript');
  await context.close();
});
