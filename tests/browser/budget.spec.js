// @ts-check
// What a widget costs: bytes, and what is left of it when it is gone.
import { gzipSync } from 'node:zlib';
import { expect, print, test } from './support/gatescope.js';
import { LIBRARY, host, ready } from './support/host.js';

test('All script that a small widget loads is under 60 kB when compressed; its worker and what ui=full adds are printed', async ({ page }) => {
  /** @type {Map<string, Promise<number>>} */
  const sizes = new Map();
  page.on('response', (response) => {
    const name = new URL(response.url()).pathname.split('/').pop() ?? '';
    if (name.endsWith('.js') && name !== 'host.js') sizes.set(name, response.body().then((body) => gzipSync(body, { level: 9 }).length));
  });
  await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope>`);
  await ready(page);
  const loaded = new Map(await Promise.all([...sizes].map(async ([name, size]) => /** @type {[string, number]} */ ([name, await size]))));
  const worker = gzipSync(await (await page.request.get('gatescope.worker.js')).body(), { level: 9 }).length;
  const full = gzipSync(await (await page.request.get('gatescope.full.js')).body(), { level: 9 }).length;
  loaded.delete('gatescope.worker.js');
  const total = [...loaded.values()].reduce((sum, size) => sum + size, 0);
  for (const [name, size] of loaded) print(`${(size / 1000).toFixed(1).padStart(6)} kB  ${name}`);
  print(`${(total / 1000).toFixed(1).padStart(6)} kB  in all; worker ${(worker / 1000).toFixed(1)} kB, ui=full ${(full / 1000).toFixed(1)} kB more`);
  expect([...loaded.keys()]).toEqual(expect.arrayContaining(['gatescope.js', 'gatescope.widget.js']));
  expect([...loaded.keys()]).not.toContain('gatescope.full.js');
  expect(total).toBeLessThanOrEqual(60_000);
});

test('A thousand elements put in and taken out leave nothing behind', async ({ page }) => {
  test.setTimeout(300_000);
  await host(page, `${LIBRARY}<div id="place"></div>`);
  await page.waitForFunction(() => customElements.get('gate-scope'));
  const rounds = (/** @type {number} */ n) =>
    page.evaluate(async (count) => {
      const place = /** @type {HTMLElement} */ (document.querySelector('#place'));
      for (let k = 0; k < count; k++) {
        const element = document.createElement('gate-scope');
        const shown = new Promise((done) => element.addEventListener('gs-ready', done, { once: true }));
        place.append(element);
        await shown;
        element.remove();
        await Promise.resolve();
      }
    }, n);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await session.send('HeapProfiler.enable');
  const measure = async () => {
    for (let k = 0; k < 3; k++) await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (/** @type {string} */ name) => metrics.find((one) => one.name === name)?.value ?? 0;
    return { heap: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') };
  };
  await rounds(100);
  const before = await measure();
  await rounds(1000);
  const after = await measure();
  print(`after 100 rounds ${JSON.stringify(before)}, after 1000 more ${JSON.stringify(after)}`);
  expect(after.nodes - before.nodes).toBeLessThan(200);
  expect(after.listeners - before.listeners).toBeLessThan(100);
  // Less than a kilobyte a round.
  expect(after.heap - before.heap).toBeLessThan(1_000_000);
});
