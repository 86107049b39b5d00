// @ts-check
// What all tests share: a page that may not complain, and its numbers read through `window.gatescope`.
import { test as base, expect } from '@playwright/test';

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {{ name: string, kind: string, role: string, rows: number, cols: number, offset: number }} Channel */
/** @typedef {{ layout: { steps: number, hiddenSize: number, channels: Channel[], scalars: string[], parameters: string[], quantities: { name: string, series: string[], cosine: string | null }[] }, values: Float32Array }} Frame */

export const LANES = /** @type {const} */ (['rnn', 'lstm']);

/** Chromium may ask for a page's icon after the page was left, on behalf of nobody or of the page that came after. @param {import('@playwright/test').ConsoleMessage} message */
export const isLateIcon = (message) =>
  /favicon\.svg' (from origin 'null'|violates the following Content Security Policy)/.test(message.text()) || (message.text().endsWith('net::ERR_FAILED') && message.location().url.endsWith('/favicon.svg'));

/** A test in which the page logs an error, throws, or asks another origin for anything fails. */
export const test = base.extend(
  /** @type {import('@playwright/test').Fixtures<{ complaints: string[] }, {}, import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions>} */ ({
    complaints: [
      async ({ page, baseURL }, use) => {
        /** @type {string[]} */
        const complaints = [];
        page.on('console', (message) => message.type() === 'error' && !isLateIcon(message) && complaints.push(`console: ${message.text()}`));
        page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
        page.on('request', (request) => {
          const { origin, protocol } = new URL(request.url());
          if (protocol !== 'data:' && origin !== new URL(baseURL ?? '').origin) complaints.push(`request: ${request.url()}`);
        });
        await use(complaints);
        expect(complaints).toEqual([]);
      },
      { auto: true },
    ],
  }),
);
export { expect };

/** Strikes out the complaints that a test provoked itself; at least one has to be there. @param {string[]} complaints @param {RegExp} provoked */
export function forgive(complaints, provoked) {
  const others = complaints.filter((text) => !provoked.test(text));
  complaints.splice(0, complaints.length, ...others);
}

/** Opens the page and waits until both lanes show numbers. @param {Page} page @param {string} [address] query and hash */
export async function open(page, address = '') {
  await page.goto(`./${address}`);
  await page.waitForFunction(() => globalThis.gatescope?.state().order.every((/** @type {string} */ lane) => globalThis.gatescope.frame(lane)));
}

/** Opens the page anew, as if in a fresh tab: a changed hash alone would not load it again. @param {Page} page @param {string} [address] */
export async function reopen(page, address) {
  // What is still on its way when a page is left fails loudly.
  await page.waitForLoadState('networkidle');
  await page.goto('about:blank');
  await open(page, address);
}

/** Opens the page with a clock that only `page.clock.runFor` moves. @param {Page} page @param {string} [address] */
export async function openStill(page, address = '') {
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  await open(page, address);
  // A few frames, so that the numbers are on the screen; the playhead stays on its first column.
  await page.clock.runFor(40);
}

/** The page's state, a copy. @param {Page} page */
export const stateOf = (page) => page.evaluate(() => globalThis.gatescope.state());

/** The floats of a lane's frame, bit for bit. @param {Page} page @param {string} lane @returns {Promise<Frame>} */
export async function frameOf(page, lane) {
  const { layout, bits } = await page.evaluate((lane) => {
    const { layout, values } = globalThis.gatescope.frame(lane);
    return { layout, bits: Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length)) };
  }, lane);
  return { layout, values: new Float32Array(Uint32Array.from(bits).buffer) };
}

/** @param {Frame} frame @param {string} name */
export function channelOf(frame, name) {
  const channel = frame.layout.channels.find((one) => one.name === name);
  if (!channel) throw new Error(`the frame has no channel ${name}`);
  return channel;
}

/** All numbers of a channel. @param {Frame} frame @param {string} name */
export function dataOf(frame, name) {
  const { offset, rows, cols } = channelOf(frame, name);
  return frame.values.subarray(offset, offset + rows * cols);
}

/** @param {Frame} frame @returns {Record<string, number>} */
export const scalarsIn = (frame) => Object.fromEntries(frame.layout.scalars.map((name, k) => [name, dataOf(frame, 'scalars')[k]]));

/** @param {Page} page @param {string} lane */
export const scalarsOf = async (page, lane) => scalarsIn(await frameOf(page, lane));

/** The names of a frame's numbers that should be finite and are not. Log gradients may be −∞: an exact zero. @param {Frame} frame */
export function notFiniteIn(frame) {
  return frame.layout.channels
    .filter(({ kind, role }) => kind !== 'scalars' && kind !== 'parameterNorms' && role !== 'microscope')
    .filter(({ name, kind }) => {
      const zero = kind === 'gradient' || kind === 'log10Series' || kind === 'split';
      return dataOf(frame, name).some((value) => !Number.isFinite(value) && !(zero && value === -Infinity));
    })
    .map(({ name }) => name);
}

/** Waits until both lanes have been set up as the controls say, and are idle. @param {Page} page */
export async function settled(page) {
  await page.waitForFunction(
    () => {
      const { experiment, lanes, order, source } = globalThis.gatescope.state();
      const same = (/** @type {any} */ a, /** @type {any} */ b) =>
        a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-6 * Math.abs(a));
      const shared = ['task', 'length', 'hidden', 'layers', 'optimizer', 'learningRate', 'clip', 'batch', 'seed'];
      const own = /** @type {Record<string, string[]>} */ ({ rnn: ['nonlinearity', 'init', 'spectralRadius'], lstm: ['forgetBias'], gru: ['forgetBias'] });
      return (
        source === 'live' &&
        order.every((/** @type {string} */ lane, /** @type {number} */ place) => {
          const { info, training, fault } = lanes[lane];
          const frame = globalThis.gatescope.frame(lane);
          if (!info || !frame || training || fault) return false;
          // What the lane has for itself counts more than what all have.
          const asked = (/** @type {string} */ name) => experiment[`${'abc'[place]}.${name}`] ?? (`${'abc'[place]}.${name}` in experiment ? null : experiment[name]);
          const names = [...shared, ...(own[lane.replace(/\d$/, '')] ?? []), experiment.task === 'recall' ? 'alphabet' : 'language'];
          return names.every((name) => same(asked(name), info.experiment[name])) && frame.layout.steps === experiment.length;
        })
      );
    },
    undefined,
    { timeout: 30_000 },
  );
}

/** Waits until both lanes' frames are at a training step. @param {Page} page @param {number} step @param {number} [timeout] */
export const atStep = (page, step, timeout = 30_000) =>
  page.waitForFunction(
    (step) =>
      globalThis.gatescope.state().order.every((/** @type {string} */ lane) => {
        const frame = globalThis.gatescope.frame(lane);
        if (!frame) return false;
        const { offset } = frame.layout.channels.find((/** @type {{ name: string }} */ { name }) => name === 'scalars');
        return frame.values[offset + frame.layout.scalars.indexOf('step')] === step;
      }) && globalThis.gatescope.state().source === 'live',
    step,
    { timeout },
  );

/** @param {Page} page @param {string} name exact */
export const button = (page, name) => page.getByRole('button', { name, exact: true });

/** @param {Page} page @param {string} name exact */
export const slider = (page, name) => page.getByRole('slider', { name, exact: true });

/** @param {Page} page @param {string} name exact */
export const choice = (page, name) => page.getByRole('combobox', { name, exact: true });

/** Sets a setting through the number beside its slider. @param {Page} page @param {string} name @param {number} value */
export async function setNumber(page, name, value) {
  const box = page.getByRole('spinbutton', { name: `${name} (number)`, exact: true });
  await box.fill(String(value));
  await box.press('Tab');
}

/** Puts the playhead on a timestep by the slider. @param {Page} page @param {number} t @param {string} [name] the slider's, in the page's language */
export async function seek(page, t, name = 'Timestep') {
  await slider(page, name).fill(String(t));
  await page.waitForFunction((t) => globalThis.gatescope.state().player.t === t, t);
}

/** Everything a reader can get to read or hear: text, names, titles, options. @param {Page} page */
export const wordsOf = (page) =>
  page.evaluate(() => {
    /** @type {Set<string>} */
    const words = new Set([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if ((node instanceof Element ? node : node.parentElement)?.closest('[hidden]')) continue;
      if (node instanceof Element) {
        for (const name of ['aria-label', 'title', 'aria-valuetext', 'placeholder', 'alt']) {
          const value = node.getAttribute(name)?.trim();
          if (value) words.add(value);
        }
      } else if (!node.parentElement?.closest('noscript, script, style, math')) {
        const text = node.textContent?.replace(/\s+/g, ' ').trim();
        if (text) words.add(text);
      }
    }
    return [...words];
  });

/** A row of the printed figures. @param {string} text */
export const print = (text) => console.log(`      ${text}`);

/** A small seeded generator (mulberry32), so that a sample is the same in every run. @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}
