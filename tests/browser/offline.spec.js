// @ts-check
// The builds that are one file: the page opened from a disk with the network off, and the front end of a notebook.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { host } from './support/host.js';

/** The built file, as anybody would have it: on a disk, with nothing beside it. @param {string} name */
async function alone(name) {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-'));
  const served = await fetch(new URL(name, process.env.BASE_URL));
  expect(served.status).toBe(200);
  const path = join(folder, name);
  await writeFile(path, Buffer.from(await served.arrayBuffer()));
  return path;
}

test('offline.html opens from a disk with the network off, shows the trained trace, and trains', async ({ page, context }) => {
  await context.setOffline(true);
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const path = await alone('offline.html');
  console.log(`      offline.html: ${(gzipSync(await readFile(path)).length / 1000).toFixed(0)} kB gzip`);
  await page.goto(`${pathToFileURL(path).href}#T=12&h=6`);
  await page.waitForFunction(() => globalThis.gatescope?.frame('lstm'));
  await page.getByRole('button', { name: 'Step', exact: true }).click();
  await page.waitForFunction(() => globalThis.gatescope.state().lanes.lstm.status.step === 1);
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await page.waitForFunction(() => globalThis.gatescope.state().order.every((/** @type {string} */ cell) => globalThis.gatescope.state().lanes[cell].status.step > 5));
  await page.getByRole('combobox', { name: 'Language' }).selectOption('zh-CN');
  await expect(page.getByRole('button', { name: '停止训练' })).toBeVisible();
  expect(complaints).toEqual([]);
  expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
});

test('offline.html brings its lessons along: from the menu, by name, and from a file, with the network off', async ({ page, context }) => {
  await context.setOffline(true);
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  const address = pathToFileURL(await alone('offline.html')).href;
  const caption = page.locator('.caption-text');
  for (const [name, title] of [['why-rnns-forget', 'Why RNNs forget'], ['what-the-gates-do', 'What the gates do'], ['training-it-live', 'Training it live']]) {
    await page.goto('about:blank');
    await page.goto(`${address}?lesson=${name}&lang=en`);
    await page.waitForFunction(() => globalThis.gatescope?.state().present.lesson?.beat === 0);
    await expect(page.locator('.caption h1')).toHaveText(title);
    const first = await caption.textContent();
    await page.keyboard.press('PageDown');
    await expect(caption).not.toHaveText(first ?? '');
  }
  // A reload comes back to the same beat.
  const second = await caption.textContent();
  await page.reload();
  await expect(caption).toHaveText(second ?? '');
  await page.getByRole('button', { name: 'Menu' }).click();
  await expect(page.getByRole('button', { name: 'Presenter’s window' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Why RNNs forget' }).click();
  await expect(page.locator('.caption h1')).toHaveText('Why RNNs forget');
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByLabel('Lesson from a file').setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify({ gatescope: 1, title: 'Mine', beats: [{ caption: 'one: {T}', experiment: { T: 7, h: 4 } }] })) });
  await expect(caption).toHaveText('one: 7');
  await page.goto('about:blank');
  await page.goto(`${address}?lesson=no-such-lesson&lang=en`);
  await expect(page.getByRole('dialog')).toContainText('no-such-lesson');
  expect(complaints).toEqual([]);
});

test('offline.html opens on the trained trace at its own address, too', async ({ page }) => {
  await page.goto('offline.html');
  await page.waitForFunction(() => globalThis.gatescope?.state().source === 'opening');
  await page.waitForFunction(() => globalThis.gatescope.state().player.t >= 3);
});

/** A notebook's model, as much of it as the front end uses. */
const NOTEBOOK = `
const values = { link: '#T=10&h=6', lang: 'en', height: 420 };
const hears = {};
globalThis.sent = [];
globalThis.model = {
  get: (name) => values[name],
  set: (name, value) => { values[name] = value; },
  save_changes: () => {},
  on: (event, hear) => (hears[event] ??= []).push(hear),
  off: (event, hear) => { hears[event] = (hears[event] ?? []).filter((one) => one !== hear); },
  send: (content) => sent.push(content),
  change: (name, value) => { values[name] = value; (hears['change:' + name] ?? []).forEach((hear) => hear()); },
  tell: (content) => (hears['msg:custom'] ?? []).forEach((hear) => hear(content)),
  hearing: () => Object.values(hears).flat().length,
};
const source = await (await fetch('anywidget.js')).text();
// As anywidget does it: the text of the front end, imported from a blob.
const { default: widget } = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
globalThis.end = await widget.render({ model, el: document.querySelector('#cell') });
`;

test('The notebook front end mounts from its text alone, keeps the link in step both ways, obeys messages, and ends', async ({ page }) => {
  // A notebook's own policy allows blobs.
  await host(page, '<div id="cell"></div>', { script: NOTEBOOK, policy: "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:; worker-src blob:" });
  await page.locator('gate-scope canvas[data-channel]').first().waitFor();
  const sent = (/** @type {number} */ id) => page.waitForFunction((wanted) => /** @type {any} */ (globalThis).sent.find((/** @type {any} */ one) => one.id === wanted), id).then((handle) => handle.jsonValue());
  await page.evaluate(() => /** @type {any} */ (globalThis).model.tell({ id: 1, method: 'train', params: 4 }));
  expect(await sent(1)).toMatchObject({ result: { step: 4 } });
  await page.evaluate(() => /** @type {any} */ (globalThis).model.tell({ id: 2, method: 'constructor' }));
  expect(await sent(2)).toMatchObject({ error: { code: 'unknown-method' } });
  await expect.poll(() => page.evaluate(() => /** @type {any} */ (globalThis).model.get('link'))).toMatch(/T=10.*step=4/);
  await page.evaluate(() => /** @type {any} */ (globalThis).model.change('link', '#T=14&h=6'));
  await expect.poll(() => page.evaluate(() => /** @type {any} */ (globalThis).model.get('state')?.experiment.length)).toBe(14);
  await page.evaluate(() => /** @type {any} */ (globalThis).end());
  await expect(page.locator('gate-scope')).toHaveCount(0);
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).model.hearing())).toBe(0);
});
