// @ts-check
// The site in WebKit, the engine of Safari: it opens, moves, comes to the same bits, works as an element, and complains of nothing.
// Run by `cargo xtask webkit`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startWebKit } from './driver.js';
import { DIST, serveSite } from './site.js';

const GOLDEN = JSON.parse(readFileSync(new URL('../fixtures/golden.json', import.meta.url), 'utf8'));
const ELEMENT = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>host</title><script type="module" src="gatescope.js"></script><gate-scope style="display: block; width: 600px; height: 400px"></gate-scope></html>';

/** @type {import('./driver.js').WebKit} */
let webkit;
/** @type {Awaited<ReturnType<typeof serveSite>>} */
let site;
before(async () => {
  site = await serveSite({ 'host.html': ELEMENT });
  webkit = await startWebKit();
  console.log(`# ${webkit.version}`);
});
after(async () => {
  await webkit?.end();
  site?.end();
});

/** Opens a page anew, as in a fresh tab. @param {string} path */
async function visit(path) {
  await webkit.open('about:blank');
  await webkit.open(new URL(path, site.url).href);
}

/** What the page said in anger so far. */
const complaints = () => webkit.run(() => globalThis.complaints);

/** The checksum that `golden.json` holds of a frame. @param {number[]} bits of its floats */
function checksum(bits) {
  let sum = 0xcbf29ce484222325n;
  for (const one of bits) {
    const isNaN = (one & 0x7f800000) === 0x7f800000 && (one & 0x7fffff) !== 0;
    for (let k = 0, rest = isNaN ? 0x7fc00000 : one; k < 4; k++, rest >>>= 8) sum = ((sum ^ BigInt(rest & 255)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return sum.toString(16).padStart(16, '0');
}

test('The page opens on the trained trace and moves', async () => {
  await visit('?lang=en');
  await webkit.until(() => globalThis.gatescope?.frame('lstm') && globalThis.gatescope.state().player.t >= 4, 'a moving page');
  assert.equal(await webkit.run(() => globalThis.gatescope.state().source), 'opening');
  assert.deepEqual(await complaints(), []);
});

test('Pressed, Train trains, and Stop stops it', async () => {
  await webkit.click('button.train');
  await webkit.until(() => globalThis.gatescope.state().lanes.lstm.status.step >= 20, 'twenty steps');
  await webkit.click('button.train');
  await webkit.until(() => globalThis.gatescope.state().order.every((/** @type {string} */ lane) => !globalThis.gatescope.state().lanes[lane].training), 'an end of training');
  assert.deepEqual(await complaints(), []);
});

test('A link comes to the same bits as natively and as in every other browser', async () => {
  await visit(`?lang=en#v=1&step=${GOLDEN.steps}`);
  await webkit.until(
    () => {
      const { source, order, lanes } = globalThis.gatescope?.state() ?? {};
      return source === 'live' && order.every((/** @type {string} */ lane) => !lanes[lane].training && lanes[lane].status.step === 50);
    },
    `step ${GOLDEN.steps}`,
  );
  for (const [place, lane] of ['rnn', 'lstm'].entries()) {
    const bits = await webkit.run((name) => {
      const { values } = globalThis.gatescope.frame(name);
      return Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length));
    }, lane);
    assert.equal(checksum(bits), GOLDEN.lanes[place].frame, lane);
  }
  assert.deepEqual(await complaints(), []);
});

test('Every view opens', async () => {
  for (const view of ['cell', 'map', 'training', 'code']) {
    await visit(`?lang=en#v=1&T=10&h=6&view=${view}`);
    await webkit.until(() => globalThis.gatescope?.state().source === 'live' && globalThis.gatescope.frame('lstm'), view);
    assert.equal(await webkit.run(() => globalThis.gatescope.state().ui.view), view);
    assert.deepEqual(await complaints(), [], view);
  }
});

test('The element opens, takes its host’s methods, and tells a picture', async () => {
  await visit('host.html');
  const told = await webkit.run(async () => {
    await customElements.whenDefined('gate-scope');
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    await new Promise((done) => element.addEventListener('gs-ready', done, { once: true }));
    const { source } = await element.getState();
    const { step } = await element.train(5);
    return { source, step, figure: (await element.exportFigure('svg')).slice(0, 4), weights: (await element.exportWeights()).length > 1000 };
  });
  assert.deepEqual(told, { source: 'opening', step: 5, figure: '<svg', weights: true });
  assert.deepEqual(await complaints(), []);
});

test('The frame’s page opens and trains', async () => {
  await visit('embed.html#T=10&h=6');
  assert.equal(await webkit.run(async () => (await /** @type {any} */ (document.querySelector('gate-scope')).train(3)).step), 3);
  assert.deepEqual(await complaints(), []);
});

test('The one file opens from a disk and trains', async () => {
  await visit(new URL('offline.html#T=10&h=6', DIST).href);
  await webkit.until(() => globalThis.gatescope?.frame('lstm'), 'the one file');
  await webkit.click('button.step');
  await webkit.until(() => globalThis.gatescope.state().lanes.lstm.status.step === 1, 'a step');
});
