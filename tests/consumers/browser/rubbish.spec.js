// @ts-check
// Everything that a stranger's page can hand to a widget, filled with rubbish, script-like text and huge numbers: it is ignored
// or answered by a typed error, nothing of it is executed, and the widget works on.
import { HOSTS, WIDGETS } from './support/hosts.js';
import { call, expect, said, test, tracesOn, visit } from './support/watch.js';

/** @typedef {import('@playwright/test').Page} Page */

const SCRIPT = '"><img src=x onerror="globalThis.executed=1"><script>globalThis.executed=1</script>';
const RUBBISH = ['', 'banana', SCRIPT, 'javascript:globalThis.executed=1', '1e999', '-1', '0x10', '9'.repeat(5000), '__proto__', '%E0%A4%A', '\u0000\ud800', '&h=99999&T=1e9#'];

/** Attributes of the element: what a link says, what a host wishes. */
const EXPERIMENT = ['task', 'sentences', 'cell', 't', 'k', 'h', 'l', 'act', 'init', 'rho', 'fb', 'opt', 'lr', 'clip', 'b', 'seed', 'vs', 'step', 'unit', 'view', 'timestep', 'link'];
const WISHES = ['lang', 'theme', 'motion', 'ui', 'controls', 'hide', 'lock', 'keys', 'autoplay', 'page'];

/** Codes that a refusal may have. */
const TYPED = ['invalid-input', 'invalid-config', 'bad-state-dict', 'load-failed', 'unknown-method', 'unsupported-version', 'rate-limited'];

/** The widget trains as if nothing had been. @param {Page} page */
async function worksOn(page) {
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).executed)).toBeUndefined();
  await call(page, 'setState', '#T=10&h=6');
  expect((await call(page, 'train', 2)).result).toMatchObject({ step: 2, experiment: { length: 10, hidden: 6 } });
  const { changes, names, stored } = await tracesOn(page);
  expect({ names, stored }).toEqual({ names: [], stored: [0, 0, '', 0, 0] });
  return changes;
}

test('Every attribute with every rubbish: what it cannot mean is told and left at its default', async ({ page }) => {
  await visit(page, `${HOSTS}/plain/element.html`);
  for (const value of RUBBISH) {
    await page.evaluate(
      ([names, given]) => {
        const element = /** @type {Element} */ (document.querySelector('gate-scope'));
        for (const name of names) element.setAttribute(name, /** @type {string} */ (given));
      },
      /** @type {[string[], string]} */ ([[...EXPERIMENT, ...WISHES], value]),
    );
    const { result } = await call(page, 'getState');
    expect(result, value).toMatchObject({ v: 1, lanes: expect.any(Object) });
    for (const [name, one] of Object.entries(result.experiment)) expect(one === null || typeof one === 'number' || /^[\w,-]{0,20}$/.test(String(one)), `${name} for ${value}`).toBe(true);
    expect(result.experiment.length).toBeLessThanOrEqual(512);
    expect(result.experiment.hidden).toBeLessThanOrEqual(256);
  }
  const errors = await said(page, 'error');
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['invalid-input']));
  for (const field of ['length', 'hidden', 'learningRate', 'task', 'cell', 'seed', 'step', 'view']) expect(errors.some((one) => one.field === field), field).toBe(true);
  await page.evaluate((names) => names.forEach((name) => document.querySelector('gate-scope')?.removeAttribute(name)), [...EXPERIMENT, ...WISHES]);
  await worksOn(page);
});

test('Every property with rubbish, and each with a good value: what is set is what is read', async ({ page }) => {
  await visit(page, `${HOSTS}/plain/element.html`);
  await page.evaluate((rubbish) => {
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    const own = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(element))).filter(([, { set }]) => set);
    for (const [name] of own) for (const value of [...rubbish, null, undefined, Number.NaN, 1e308, {}, []]) if (!['src', 'wasmUrl'].includes(name)) element[name] = value;
    for (const [name] of own) element[name] = undefined;
    for (const name of ['link', 'wasm-url']) element.removeAttribute(name);
  }, RUBBISH);
  const given = { T: 9, h: 5, L: 2, k: 3, B: 8, lr: 0.01, clip: 2, rho: 1.5, seed: 12, act: 'relu', opt: 'sgd', init: 'orthogonal', fb: 1, cell: 'gru', vs: 'rnn', unit: 2, t: 4 };
  await page.evaluate((values) => Object.assign(/** @type {object} */ (document.querySelector('gate-scope')), values), given);
  await expect.poll(async () => (await call(page, 'getState')).result).toMatchObject({ t: 4, unit: 2, experiment: { length: 9, hidden: 5, layers: 2, alphabet: 3, batch: 8, learningRate: 0.01, clip: 2, spectralRadius: 1.5, seed: 12, nonlinearity: 'relu', optimizer: 'sgd', init: 'orthogonal', forgetBias: 1, cell: 'gru', vs: 'rnn' } });
  const read = await page.evaluate((names) => names.map((name) => [name, /** @type {any} */ (document.querySelector('gate-scope'))[name]]), Object.keys(given));
  expect(Object.fromEntries(read)).toEqual(given);
  await worksOn(page);
});

test('Every method with every rubbish argument resolves or rejects with a typed error', async ({ page }) => {
  await visit(page, `${HOSTS}/plain/element.html`);
  const codes = await page.evaluate(
    async ([methods, rubbish]) => {
      const hostile = () => {
        throw new Error('trap');
      };
      const odd = [...rubbish, null, Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 1e308, 2n ** 70n, Symbol('s'), [], [[]], {}, { t: 'x', step: {}, lane: 7, reseed: [] }, Object.create(null), () => 7, new Proxy({}, { get: hostile, ownKeys: hostile }), new Uint8Array(64), new ArrayBuffer(3), document.body, globalThis];
      const element = /** @type {any} */ (document.querySelector('gate-scope'));
      const answers = [];
      for (const method of methods) for (const value of odd) answers.push(await element[method](value, value).then(() => 'done', (/** @type {any} */ error) => (error.constructor.name && error.code) || `${method} ${typeof value} ${error}`));
      return [...new Set(answers)];
    },
    /** @type {[string[], string[]]} */ ([['train', 'pause', 'play', 'next', 'prev', 'reset', 'seek', 'getState', 'setState', 'getTrace', 'loadWeights', 'exportWeights', 'exportFigure'], RUBBISH]),
  );
  expect(codes.filter((code) => code !== 'done' && !TYPED.includes(code))).toEqual([]);
  await worksOn(page);
});

test('A wasm, weights and a lane’s worker that are not there: a typed error, and the element can be used afterwards', async ({ page, complaints }) => {
  await visit(page, `${HOSTS}/plain/element.html`);
  for (const src of ['nowhere.safetensors', 'element.js', 'http://%', `data:,${'x'.repeat(99)}`]) {
    const before = (await said(page, 'error')).length;
    await page.evaluate((value) => document.querySelector('gate-scope')?.setAttribute('src', value), src);
    await expect.poll(async () => (await said(page, 'error')).slice(before).map(({ code }) => code)).toEqual([expect.stringMatching(/^(load-failed|bad-state-dict)$/)]);
  }
  await page.evaluate(() => {
    const element = document.createElement('gate-scope');
    element.setAttribute('wasm-url', 'nowhere.wasm');
    document.querySelector('gate-scope')?.replaceWith(element);
  });
  expect((await call(page, 'train', 1)).error).toMatchObject({ code: 'load-failed' });
  await page.evaluate(() => {
    const element = document.createElement('gate-scope');
    element.setAttribute('wasm-url', 'gatescope/gatescope.wasm');
    document.querySelector('gate-scope')?.replaceWith(element);
  });
  await worksOn(page);
  // What was not there is said by the browser, too.
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !/Failed to load resource|data:,xxx|policy: connect-src data/.test(text)));
});

test('Every part of a frame’s address with every rubbish: it opens, and obeys nobody whom it does not name', async ({ page }) => {
  await visit(page, `${HOSTS}/framed/`);
  for (const value of RUBBISH.filter((text) => text.length < 100).map((text) => encodeURIComponent(text.toWellFormed()))) {
    const query = [...WISHES, 'origin', 'lesson', 'nonsense'].map((name) => `${name}=${value}`).join('&');
    const hash = [...EXPERIMENT, 'T', 'L', 'B', 'past', 'surgery', 'beat'].map((name) => `${name}=${value}`).join('&');
    await page.evaluate(async (src) => {
      const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
      // The one before has said its last.
      frame.src = 'about:blank';
      await new Promise((done) => frame.addEventListener('load', done, { once: true }));
      /** @type {any} */ (globalThis).guest.heard.length = 0;
      frame.src = src;
    }, `${WIDGETS}/embed.html?${query}#${hash}`);
    await page.waitForFunction(() => /** @type {any} */ (globalThis).guest.heard.some((/** @type {any} */ one) => one.event === 'ready'), undefined, { timeout: 20_000 });
    expect(await page.frames()[1].evaluate(() => /** @type {any} */ (globalThis).executed)).toBeUndefined();
    // Its own origin is not among those that are told more.
    expect(new Set(await page.evaluate(() => /** @type {any} */ (globalThis).guest.heard.map((/** @type {any} */ one) => one.event)))).toEqual(new Set(['ready', 'resize']));
  }
});

test('Messages with rubbish in every place are ignored or answered by a typed error; those of another origin are not heard', async ({ page }) => {
  await visit(page, `${HOSTS}/framed/`);
  const answers = await page.evaluate(async (rubbish) => {
    const target = /** @type {Window} */ (/** @type {HTMLIFrameElement} */ (document.querySelector('iframe')).contentWindow);
    /** @type {any[]} */
    const heard = [];
    const hear = ({ source, data }) => source === target && 'id' in data && heard.push(data);
    addEventListener('message', hear);
    const odd = [...rubbish, null, undefined, Number.NaN, 1e308, -1, [], {}, new Date(0), new Uint8Array(9), 10n];
    const good = { ns: 'gatescope', v: 1, id: 'x', method: 'getState', params: [] };
    const rest = () => new Promise((done) => setTimeout(done, 900));
    const refused = {};
    for (const part of ['ns', 'v', 'id', 'method', 'params']) {
      heard.length = 0;
      for (const value of odd) target.postMessage({ ...good, [part]: value, ...(part === 'params' && { method: 'seek' }) }, '*');
      await rest();
      refused[part] = [...new Set(heard.map(({ error, result }) => (error ? error.code : result ? 'done' : 'nothing')))];
    }
    for (const value of odd) target.postMessage(value, '*');
    removeEventListener('message', hear);
    return refused;
  }, RUBBISH);
  expect(answers.ns).toEqual([]);
  expect(answers.v).toEqual(['unsupported-version']);
  // A short text and a number are names for a question; nothing else is.
  expect(answers.id).toEqual(['done']);
  expect(answers.method).toEqual(['unknown-method']);
  for (const code of answers.params) expect(['done', 'invalid-input', 'rate-limited']).toContain(code);
  expect(answers.params).toContain('invalid-input');
  await page.waitForTimeout(1500);
  await worksOn(page);
});
