// @ts-check
// The first seconds: what is on the screen before anybody has touched anything, and what it cost to get there.
import { gzipSync } from 'node:zlib';
import { atStep, button, expect, open, openStill, print, scalarsOf, stateOf, test } from './support/gatescope.js';
import { observeFirstFrames, observePace } from './support/observe.js';

test('The page opens on the trained trace and moves without a click', async ({ page }) => {
  await page.addInitScript(observeFirstFrames);
  await open(page);
  await page.waitForFunction(() => globalThis.firsts.moved > 0);
  const { shown, moved } = await page.evaluate(() => globalThis.firsts);
  print(`navigation to first strips ${shown.toFixed(0)} ms, to first moving frame ${moved.toFixed(0)} ms`);

  await page.waitForFunction(() => globalThis.gatescope.state().player.t >= 4);
  const { source, player } = await stateOf(page);
  expect(source).toBe('opening');
  expect(player.playing).toBe(true);
  expect((await scalarsOf(page, 'lstm')).heldOutAccuracy).toBeGreaterThanOrEqual(0.99);
  expect((await scalarsOf(page, 'rnn')).heldOutAccuracy).toBeLessThan(0.7);
  await expect(page.getByText('Watch the gradient on its way back')).toBeVisible();
  const step = (await scalarsOf(page, 'lstm')).step;
  await expect(page.getByText(`trained example · step ${step}`)).toBeVisible();
});

test('The sweep runs forward, stops at the loss, runs backward, rests, and begins again', async ({ page }) => {
  await openStill(page);
  /** @type {string[]} */
  const phases = [];
  /** @type {Record<string, number[]>} */
  const times = { forward: [], backward: [] };
  for (let k = 0; k < 400 && phases.length < 5; k++) {
    const { player } = await stateOf(page);
    await page.clock.runFor(80);
    if (phases[phases.length - 1] !== player.phase) phases.push(player.phase);
    if (phases.length < 5) times[player.phase]?.push(player.t);
  }
  expect(phases).toEqual(['forward', 'loss', 'backward', 'rest', 'forward']);
  expect(times.forward).toEqual(times.forward.toSorted((a, b) => a - b));
  expect(times.backward).toEqual(times.backward.toSorted((a, b) => b - a));
  expect([times.forward[0], times.forward.at(-1)]).toEqual([1, 50]);
  expect([times.backward[0], times.backward.at(-1)]).toEqual([50, 1]);
});

test('Strips are uncovered up to the playhead going forward, the gradient from the playhead on going backward', async ({ page }) => {
  await openStill(page);
  /** Share of the strips that each veil covers. */
  const covered = () =>
    page.evaluate(() =>
      ['forward', 'backward'].map((way) => {
        const veil = /** @type {HTMLElement} */ (document.querySelector(`.veil.${way}`));
        return veil.getBoundingClientRect().width / /** @type {HTMLElement} */ (veil.parentElement).getBoundingClientRect().width;
      }),
    );
  const until = async (/** @type {string} */ phase, /** @type {(t: number) => boolean} */ reached) => {
    for (let k = 0; k < 400; k++) {
      await page.clock.runFor(80);
      const { player } = await stateOf(page);
      if (player.phase === phase && reached(player.t)) return player.t;
    }
    throw new Error(`the sweep never came to ${phase}`);
  };
  const forward = await until('forward', (t) => t >= 20);
  let [front, back] = await covered();
  expect(Math.abs(front - (1 - forward / 50))).toBeLessThan(1.01 / 50);
  expect(back).toBeCloseTo(1, 6);
  const backward = await until('backward', (t) => t <= 20);
  [front, back] = await covered();
  expect(front).toBe(0);
  expect(Math.abs(back - (backward - 1) / 50)).toBeLessThan(1.01 / 50);
});

test('All that the page loads is under 400 kB when compressed, its wasm under 200 kB, and comes from its own origin', async ({ page, baseURL }) => {
  /** @type {Map<string, number>} */
  const sizes = new Map();
  /** @type {Promise<void>[]} */
  const bodies = [];
  page.on('response', (response) => {
    bodies.push(response.body().then((body) => void sizes.set(new URL(response.url()).pathname, gzipSync(body).length)));
  });
  await open(page);
  // One step brings the workers and the wasm, too.
  await button(page, 'Step').click();
  await atStep(page, 1);
  await Promise.all(bodies);
  const scripts = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  for (const url of scripts.filter((url) => !sizes.has(new URL(url).pathname))) {
    expect(new URL(url).origin).toBe(new URL(baseURL ?? '').origin);
    sizes.set(new URL(url).pathname, gzipSync(await (await page.request.get(url)).body()).length);
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  for (const [path, size] of sizes) print(`${(size / 1000).toFixed(1).padStart(6)} kB  ${path}`);
  print(`${(total / 1000).toFixed(1).padStart(6)} kB  in all, gzip`);
  for (const part of [/gatescope\.wasm$/, /worker/, /opening\.bin$/, /\.css$/]) expect([...sizes.keys()].some((path) => part.test(path))).toBe(true);
  expect(total).toBeLessThan(400_000);
  for (const [path, size] of sizes) if (path.endsWith('.wasm')) expect(size).toBeLessThanOrEqual(200_000);
});

test('The sweep keeps its frames; long tasks and frames a second are printed', async ({ page }) => {
  await page.addInitScript(observePace);
  await open(page);
  await page.waitForFunction(() => globalThis.gatescope.state().player.t >= 25);
  const { long, frames } = await page.evaluate(() => globalThis.pace);
  const mean = frames.reduce((sum, ms) => sum + ms, 0) / frames.length;
  print(`opening: ${frames.length} frames, ${(1000 / mean).toFixed(1)} a second, longest ${Math.max(...frames).toFixed(0)} ms; tasks over 50 ms: ${long.map((ms) => ms.toFixed(0)).join(', ') || 'none'}`);
  expect(frames.length).toBeGreaterThan(25);
});
