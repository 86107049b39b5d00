// @ts-check
// embed.html in frames of pages of another origin: who may command it, what it tells to whom, and that it also runs where it
// has no origin at all.
import { expect } from '@playwright/test';
import { ELSEWHERE, host, test } from './support/host.js';

/** @typedef {import('@playwright/test').Page} Page */

const FRAME = new URL('embed.html', process.env.BASE_URL ?? 'http://x/').href;
const POLICY = `default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; frame-src ${new URL(FRAME).origin}`;

/** Keeps the frame's messages and asks it. */
const TALK = `globalThis.heard = [];
const waiting = new Map();
addEventListener('message', ({ data, origin }) => {
  heard.push({ ...data, origin });
  waiting.get(data.id)?.(data);
});
let last = 0;
globalThis.ask = (method, params, more = {}) => new Promise((done) => {
  const id = ++last;
  waiting.set(id, done);
  setTimeout(() => done('silence'), 8000);
  document.querySelector('iframe').contentWindow.postMessage({ ns: 'gatescope', v: 1, id, method, params, ...more }, '*');
});`;

/** @param {Page} page @param {string} method @param {unknown} [params] @param {object} [more] */
const ask = (page, method, params, more) => page.evaluate(([m, p, x]) => /** @type {any} */ (globalThis).ask(m, p, x), /** @type {[string, any, any]} */ ([method, params, more]));
/** @param {Page} page @returns {Promise<any[]>} */
const heard = (page) => page.evaluate(() => /** @type {any} */ (globalThis).heard);
/** @param {Page} page @param {string} event */
const told = (page, event) => page.waitForFunction((wanted) => /** @type {any} */ (globalThis).heard.some((/** @type {any} */ one) => one.event === wanted), event, { timeout: 20_000 });

test('A page of another origin that the address names drives the frame through every command', async ({ page }) => {
  await host(page, `<iframe src="${FRAME}?origin=${ELSEWHERE}#T=10&h=6"></iframe>`, { elsewhere: true, policy: POLICY, script: TALK });
  await told(page, 'ready');
  expect(await ask(page, 'train', 5)).toMatchObject({ ns: 'gatescope', v: 1, result: { step: 5 } });
  expect(await ask(page, 'train', [3])).toMatchObject({ result: { step: 8 } });
  expect(await ask(page, 'seek', { t: 4 })).toMatchObject({ result: { t: 4, playing: false } });
  expect((await ask(page, 'getTrace')).result).toMatchObject({ cell: 'lstm', steps: 10 });
  const state = (await ask(page, 'getState')).result;
  expect((await ask(page, 'reset')).result.step).toBe(0);
  expect((await ask(page, 'setState', state)).result).toMatchObject({ step: 8, t: 4 });
  const weights = await page.evaluate(async () => (await /** @type {any} */ (globalThis).ask('exportWeights')).result.byteLength);
  expect(weights).toBeGreaterThan(500);
  expect(await ask(page, 'train', -1)).toMatchObject({ error: { code: 'invalid-input', field: 'n' } });
  await told(page, 'state');
  const messages = await heard(page);
  for (const event of ['ready', 'resize', 'train', 'cursor', 'state']) expect(messages.some((one) => one.event === event && one.ns === 'gatescope' && one.v === 1)).toBe(true);
  expect(messages.find((one) => one.subject === 'lti.frameResize').height).toBeGreaterThan(300);
});

test('Without a named origin the frame tells that it is ready and its size, and obeys nobody', async ({ page }) => {
  await host(page, `<iframe src="${FRAME}#T=10&h=6"></iframe>`, { elsewhere: true, policy: POLICY, script: TALK });
  await told(page, 'ready');
  await told(page, 'resize');
  expect(await ask(page, 'train', 5)).toBe('silence');
  const names = new Set((await heard(page)).filter((one) => one.ns).map((one) => one.event));
  expect(names).toEqual(new Set(['ready', 'resize']));
  expect((await heard(page)).find((one) => one.event === 'ready').data).toEqual({});
});

/** @type {[string, string][]} */
const OTHERS = [
  ['another site', 'http://other.test'],
  ['the site with a path', `${ELSEWHERE}/`],
  ['the site at another port', ELSEWHERE.replace(/\d+$/, '9')],
  ['anybody', '*'],
  ['whoever has no origin', 'null'],
  ['a script', 'javascript:alert(1)'],
  ['a name without a scheme', '127.0.0.1'],
  ['a blank', ' '],
];
for (const [name, origin] of OTHERS) {
  test(`With ${name} as origin nobody is obeyed`, async ({ page, errors }) => {
    await host(page, `<iframe src="${FRAME}?origin=${encodeURIComponent(origin)}#T=10&h=6"></iframe>`, { elsewhere: true, policy: POLICY, script: TALK.replace('8000', '1500') });
    await page.frameLocator('iframe').locator('canvas[data-channel]').first().waitFor();
    expect(await ask(page, 'train', 5)).toBe('silence');
    expect((await heard(page)).some((one) => one.result)).toBe(false);
    // What is meant for another origin is refused by the browser, aloud.
    const others = errors.filter((text) => !/Failed to execute 'postMessage'/.test(text));
    errors.splice(0, errors.length, ...others);
  });
}

test('Rubbish, another version, an unknown method and too many commands are answered by a typed error or not at all', async ({ page }) => {
  await host(page, `<iframe src="${FRAME}?origin=${ELSEWHERE}#T=10&h=6"></iframe>`, { elsewhere: true, policy: POLICY, script: TALK.replace('8000', '3000') });
  await told(page, 'ready');
  expect(await ask(page, 'train', 5, { v: 2 })).toMatchObject({ error: { code: 'unsupported-version' } });
  for (const method of ['constructor', '__proto__', 'remove', 'innerHTML', 'call', '<img onerror=1>', 7, null]) expect(await ask(page, /** @type {any} */ (method))).toMatchObject({ error: { code: 'unknown-method' } });
  await page.evaluate(() => {
    const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe')).contentWindow;
    for (const rubbish of [null, 1, 'text', [], { ns: 'other' }, { ns: 'gatescope' }, { ns: 'gatescope', v: 1, id: {}, method: 'train' }, { ns: 'gatescope', v: 1, id: 'x'.repeat(99), method: 'train' }]) frame?.postMessage(rubbish, '*');
  });
  const codes = await page.evaluate(async () => (await Promise.all(Array.from({ length: 200 }, () => /** @type {any} */ (globalThis).ask('getState')))).map((answer) => answer.error?.code ?? 'done'));
  expect(codes.filter((code) => code === 'rate-limited').length).toBeGreaterThan(100);
  await expect.poll(async () => (await ask(page, 'train', 2)).result?.step, { timeout: 8000 }).toBe(2);
});

test('Commands from a window that is not the parent are ignored, also when it is of the trusted origin', async ({ page }) => {
  const sibling = `setInterval(() => parent.frames[0].postMessage({ ns: 'gatescope', v: 1, id: 99, method: 'train', params: 5 }, '*'), 100);`;
  await host(page, `<iframe src="${FRAME}?origin=${ELSEWHERE}#T=10&h=6"></iframe><iframe src="${ELSEWHERE}/sibling.html"></iframe>`, {
    elsewhere: true,
    policy: `${POLICY} ${ELSEWHERE}`,
    script: TALK,
    sibling,
  });
  await told(page, 'ready');
  await page.waitForTimeout(1000);
  expect((await ask(page, 'getState')).result.step).toBe(0);
  expect((await ask(page, 'train', 1)).result.step).toBe(1);
});

for (const sandbox of ['allow-scripts', 'allow-scripts allow-same-origin']) {
  test(`In a frame with sandbox="${sandbox}" it opens, trains and draws`, async ({ page }) => {
    await host(page, `<iframe sandbox="${sandbox}" src="${FRAME}#T=10&h=6"></iframe>`, { elsewhere: true, policy: POLICY, script: TALK });
    const frame = page.frameLocator('iframe');
    await frame.locator('canvas[data-channel]').first().waitFor();
    await frame.getByRole('button', { name: 'Step', exact: true }).click();
    await expect(frame.locator('.badge')).toHaveText('trained · step 1');
    await frame.getByRole('button', { name: 'Train', exact: true }).click();
    await expect(frame.getByRole('button', { name: 'Stop training' })).toBeVisible();
  });
}

test('The element itself runs on a page of another origin', async ({ page }) => {
  const ours = new URL(FRAME).origin;
  await host(page, `<script type="module" src="${ours}/gatescope.js"></script><gate-scope T="10" h="6"></gate-scope>`, {
    elsewhere: true,
    policy: `default-src 'none'; script-src 'self' ${ours} 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data:; connect-src ${ours}; worker-src blob:`,
  });
  await page.locator('gate-scope canvas[data-channel]').first().waitFor();
  expect(await page.evaluate(async () => (await /** @type {any} */ (document.querySelector('gate-scope')).train(3)).step)).toBe(3);
});
