// @ts-check
// <gate-scope> on pages that are not ours, under a strict policy: attributes, properties, methods, events, life and death.
import { existsSync, readFileSync } from 'node:fs';
import { expect, print, test } from './support/gatescope.js';
import { LIBRARY, STRICT, call, host, ready } from './support/host.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Keeps every event of every element, in `globalThis.heard`. */
const HEAR = `globalThis.heard = [];
for (const name of ['ready', 'state', 'train', 'cursor', 'diverged', 'resize', 'error']) {
  document.addEventListener('gs-' + name, (event) => heard.push({ name, target: event.target.localName, composed: event.composed, detail: structuredClone(event.detail) }));
}`;

/** @param {Page} page @param {string} name @returns {Promise<any[]>} */
const heard = (page, name) => page.evaluate((wanted) => /** @type {any} */ (globalThis).heard.filter((/** @type {any} */ one) => one.name === wanted), name);

test('Under a strict policy the element opens on the trained trace and moves, with no style and no request from elsewhere', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope></gate-scope>`, { script: HEAR });
  await ready(page);
  const first = await page.evaluate(() => performance.now());
  await page.waitForFunction(() => Number(/** @type {any} */ (document.querySelector('gate-scope')).shadowRoot.querySelector('input[type=range]').value) >= 4);
  print(`from navigation to shown lanes at most ${first.toFixed(0)} ms`);
  const { result } = await call(page, 'getState');
  expect(result).toMatchObject({ v: 1, source: 'opening', playing: true, training: false, steps: 50 });
  expect(result.lanes.lstm.accuracy).toBeGreaterThanOrEqual(0.99);
  expect((await heard(page, 'ready')).map(({ target, composed }) => [target, composed])).toEqual([['gate-scope', true]]);
  expect((await heard(page, 'cursor')).length).toBeGreaterThan(2);
});

/** Of what a page takes only from a policy, and the one policy that it knows. */
const TRUSTED = "require-trusted-types-for 'script'; trusted-types gatescope";

/** Whether the page takes markup and a worker's address as plain text: it must not. @param {Page} page */
const takesText = (page) =>
  page.evaluate(() => {
    const tried = [() => void (document.createElement('div').innerHTML = '<b>1</b>'), () => new Worker('gatescope.worker.js')];
    return tried.map((one) => {
      try {
        one();
        return 'taken';
      } catch (error) {
        return /** @type {Error} */ (error).name;
      }
    });
  });

for (const elsewhere of [false, true]) {
  test(`Under Trusted Types the element shows, trains, and shows everything${elsewhere ? ', also on another origin' : ''}: one policy of one name is enough`, async ({ page, complaints }) => {
    const ours = new URL(process.env.BASE_URL ?? 'http://x/').origin;
    const policy = elsewhere ? `default-src 'none'; script-src 'self' ${ours} 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data:; connect-src ${ours}; worker-src blob:` : STRICT;
    await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope><gate-scope T="10" h="6" ui="full" lang="en" style="width:700px;height:600px"></gate-scope>`, { elsewhere, policy: `${policy}; ${TRUSTED}` });
    await ready(page);
    expect((await call(page, 'train', 5)).result).toMatchObject({ step: 5 });
    await page.locator('gate-scope').nth(1).scrollIntoViewIfNeeded();
    await ready(page, 2);
    expect(await page.evaluate(async () => (await /** @type {any} */ (document.querySelectorAll('gate-scope')[1]).train(3)).step)).toBe(3);
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !(elsewhere && text.startsWith('request: '))));
    expect(complaints).toEqual([]);
    expect(await takesText(page)).toEqual(['TypeError', 'TypeError']);
    complaints.length = 0;
  });
}

test('The page, the frame’s page, the gallery and the one file run under Trusted Types, too', async ({ page, complaints }) => {
  // Our pages do not ask for it, but whoever serves them may.
  await page.route(({ pathname }) => /(\/|\.html)$/.test(pathname), async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': TRUSTED } });
  });
  for (const [address, shown] of [['./?lang=en#T=10&h=6', '.lane canvas[data-channel]'], ['embed.html#T=10&h=6', 'gate-scope canvas[data-channel]'], ['gallery.html', 'gate-scope canvas[data-channel]'], ['offline.html#T=10&h=6', '.lane canvas[data-channel]']]) {
    await page.goto(address);
    await page.locator(shown).first().waitFor();
    expect(complaints).toEqual([]);
    expect(await takesText(page), address).toEqual(['TypeError', 'TypeError']);
    complaints.length = 0;
  }
});

test('A small widget says everything in words, in every state it can come to', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope T="banana" h="6" opt="sgd" lr="100" clip="" act="relu" init="identity"></gate-scope>`);
  await ready(page);
  /** Texts that are still the keys of words. */
  const keys = () =>
    page.evaluate(() => {
      const root = /** @type {ShadowRoot} */ (document.querySelector('gate-scope')?.shadowRoot);
      const said = [...root.querySelectorAll('*')].filter((el) => el.checkVisibility()).flatMap((el) => [...['aria-label', 'title', 'aria-valuetext'].map((name) => el.getAttribute(name) ?? ''), ...[...el.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent ?? '')]);
      return said.filter((text) => /\b[a-z]+\.[a-z]\w*/.test(text) && !/\b(e\.g|i\.e)\b/.test(text));
    });
  expect(await keys()).toEqual([]);
  await call(page, 'train', 3);
  expect(await keys()).toEqual([]);
  await call(page, 'setState', '#task=sentiment&sentences=en&T=10&h=6&k=99&view=moon');
  expect(await keys()).toEqual([]);
  // A link may also ask for another quantity along t.
  for (const chart of ['jacobian', 'shut', 'recurrentShare', 'nonsense']) {
    await call(page, 'setState', `#T=10&h=6&step=2&chart=${chart}`);
    await page.waitForTimeout(400);
    expect(await keys(), chart).toEqual([]);
  }
});

test('Attributes are the link, and a changed one changes the experiment', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope T="12" h="6" vs="rnn" cell="gru" seed="3" lr="0.01" timestep="5"></gate-scope>`);
  await ready(page);
  const { result } = await call(page, 'getState');
  expect(result.experiment).toMatchObject({ length: 12, hidden: 6, vs: 'rnn', cell: 'gru', seed: 3, learningRate: 0.01 });
  expect(result.t).toBe(5);
  expect(Object.keys(result.lanes)).toEqual(['rnn', 'gru']);
  await page.evaluate(() => document.querySelector('gate-scope')?.setAttribute('h', '9'));
  await expect.poll(async () => (await call(page, 'getState')).result.experiment.hidden).toBe(9);
  const values = await page.evaluate(() => {
    const { T, h, cell, seed, rho, link } = /** @type {any} */ (document.querySelector('gate-scope'));
    return { T, h, cell, seed, rho, link };
  });
  expect(values).toMatchObject({ T: 12, h: 9, cell: 'gru', seed: 3, rho: null });
  expect(values.link).toContain('&T=12&');
});

test('Training by method is bit for bit training by link', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope>`);
  await ready(page);
  expect((await call(page, 'train', 7)).result).toMatchObject({ step: 7, training: false });
  expect((await call(page, 'train', 5)).result).toMatchObject({ step: 12 });
  const weights = () => page.evaluate(async () => Array.from(await /** @type {any} */ (document.querySelector('gate-scope')).exportWeights()));
  const byMethod = await weights();
  await host(page, `${LIBRARY}<gate-scope link="#T=10&h=6&step=12"></gate-scope>`);
  await ready(page);
  await expect.poll(async () => (await call(page, 'getState')).result.step).toBe(12);
  expect(await weights()).toEqual(byMethod);
});

test('State, playhead, reset and another seed by method', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope>`, { script: HEAR });
  await ready(page);
  expect((await call(page, 'pause')).result.playing).toBe(false);
  expect((await call(page, 'seek', { t: 4 })).result.t).toBe(4);
  expect((await call(page, 'next')).result.t).toBe(5);
  expect((await call(page, 'prev')).result.t).toBe(4);
  const at6 = (await call(page, 'seek', { step: 6 })).result;
  expect(at6).toMatchObject({ step: 6, t: 4 });
  expect((await call(page, 'seek', { step: 3 })).result.step).toBe(3);
  const back = (await call(page, 'setState', at6)).result;
  expect(back).toMatchObject({ step: 6, t: 4, lanes: at6.lanes });
  expect((await call(page, 'reset', { reseed: true })).result).toMatchObject({ step: 0, experiment: { seed: 8 } });
  expect((await call(page, 'reset', { reseed: 41 })).result.experiment.seed).toBe(41);
  expect((await call(page, 'reset')).result).toMatchObject({ step: 0, experiment: { seed: 41 } });
  expect((await call(page, 'play')).result.playing).toBe(true);
  await expect.poll(async () => (await heard(page, 'train')).length).toBeGreaterThan(1);
  await expect.poll(async () => (await heard(page, 'state')).at(-1)?.detail.link).toContain('seed=41');
});

test('The trace is the library’s, of the shown example, also of the opening', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope></gate-scope>`);
  await ready(page);
  const answer = await page.evaluate(async () => {
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    const trace = await element.getTrace();
    const rnn = await element.getTrace({ lane: 'rnn' });
    return { cell: trace.cell, T: trace.steps, H: trace.hiddenSize, sizes: [trace.hidden.length, trace.forget.length, trace.reset.length, trace.hiddenGradientLog10.length], kind: trace.hidden.constructor.name, left: trace.hiddenGradientLog10[0] - trace.hiddenGradientLog10[49], rnn: rnn.hiddenGradientLog10[0] - rnn.hiddenGradientLog10[49] };
  });
  expect(answer).toMatchObject({ cell: 'lstm', T: 50, H: 32, sizes: [1600, 1600, 0, 50], kind: 'Float64Array' });
  // What the page says in words: a twentieth of the LSTM's gradient is left, 10⁻⁹ of the RNN's.
  expect(answer.left).toBeGreaterThan(-2);
  expect(answer.rnn).toBeLessThan(-8);
});

test('Weights go out and in; those of another network are refused and nothing is lost', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope>`);
  await ready(page);
  const answer = await page.evaluate(async () => {
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    await element.train(9);
    const bytes = await element.exportWeights();
    await element.reset();
    const loaded = await element.loadWeights(bytes);
    const again = await element.exportWeights();
    const refusals = [];
    for (const bad of [new Uint8Array(8), bytes.slice(0, 99), bytes.buffer.slice(4), 'text', null]) {
      refusals.push(await element.loadWeights(bad).then(() => 'taken', (/** @type {any} */ error) => error.code));
    }
    const other = await element.exportWeights({ lane: 'rnn' });
    refusals.push(await element.loadWeights(other).then(() => 'taken', (/** @type {any} */ error) => error.code));
    const after = await element.train(2);
    return { step: loaded.step, same: bytes.join() === again.join(), refusals, after: after.step };
  });
  expect(answer).toEqual({ step: 0, same: true, refusals: ['bad-state-dict', 'bad-state-dict', 'bad-state-dict', 'invalid-input', 'invalid-input', 'bad-state-dict'], after: 2 });
});

test('The figure is an SVG with every strip and both curves, or a PNG of it', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope></gate-scope>`);
  await ready(page);
  const figure = await page.evaluate(async () => {
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    const svg = new DOMParser().parseFromString(await element.exportFigure('svg'), 'image/svg+xml');
    const png = await element.exportFigure('png');
    const bitmap = await createImageBitmap(png);
    return { root: svg.documentElement.localName, images: svg.querySelectorAll('image').length, curves: svg.querySelectorAll('path[fill=none]').length, text: svg.documentElement.textContent, type: png.type, width: bitmap.width };
  });
  expect(figure).toMatchObject({ root: 'svg', images: 11, curves: 2, type: 'image/png', width: 1920 });
  expect(figure.text).toContain('Gradient norm per timestep');
});

test('Rubbish in attributes and arguments is refused or noticed, never executed, and the widget goes on', async ({ page }) => {
  const markup = `&lt;img src=x onerror=globalThis.executed=1&gt;`;
  await host(page, `${LIBRARY}<gate-scope T="banana" h="1e99" task="${markup}" lr="${'9'.repeat(5000)}" lang="xx" theme="${markup}" hide="${markup}" lock="*" controls="all" ui="moon" keys="${markup}" cell="__proto__"></gate-scope>`, { script: HEAR });
  await ready(page);
  const errors = (await heard(page, 'error')).map(({ detail }) => detail.code);
  expect(errors.length).toBeGreaterThan(0);
  expect(new Set(errors)).toEqual(new Set(['invalid-input']));
  /** @type {[string, unknown[]][]} */
  const calls = [
    ['train', [-1]],
    ['train', ['7']],
    ['train', [1e9]],
    ['train', [Number.NaN]],
    ['seek', [{ t: 0 }]],
    ['seek', [{ t: 1e9 }]],
    ['seek', [{ step: -3 }]],
    ['seek', ['t']],
    ['reset', [{ reseed: 'yes' }]],
    ['setState', [{ experiment: { task: ['<b>'] } }]],
    ['setState', [17]],
    ['getTrace', [{ lane: 'transformer' }]],
    ['exportWeights', [{ lane: markup }]],
    ['exportFigure', ['<svg onload=1>']],
  ];
  for (const [method, args] of calls) expect({ method, args, ...(await call(page, method, ...args)) }).toMatchObject({ error: { name: 'GatescopeError', code: 'invalid-input' } });
  const odd = await page.evaluate(async () => {
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    const trap = new Proxy({}, { get: () => { throw new Error('trap'); }, ownKeys: () => { throw new Error('trap'); } });
    return Promise.all(['seek', 'reset', 'setState', 'getTrace'].map((method) => element[method](trap).then(() => 'taken', (/** @type {any} */ error) => error.code)));
  });
  expect(odd).toEqual(['invalid-input', 'invalid-input', 'invalid-input', 'invalid-input']);
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).executed)).toBeUndefined();
  await page.evaluate(() => { for (const name of ['t', 'h', 'lr', 'task', 'cell']) document.querySelector('gate-scope')?.removeAttribute(name); });
  await expect.poll(async () => (await call(page, 'getState')).result.experiment).toMatchObject({ length: 50, hidden: 32 });
  expect((await call(page, 'train', 2)).result.step).toBe(2);
});

test('When the wasm is missing the element says so, keeps the opening, and recovers', async ({ page, complaints }) => {
  await page.route('**/gatescope.wasm', (route) => route.fulfill({ status: 404, body: 'no' }));
  await host(page, `${LIBRARY}<gate-scope></gate-scope>`, { script: HEAR });
  await ready(page);
  expect(await call(page, 'train', 3)).toMatchObject({ error: { code: 'load-failed' } });
  await expect.poll(async () => (await heard(page, 'error')).map(({ detail }) => detail.code)).toContain('load-failed');
  await expect(page.getByRole('alert')).toContainText('HTTP 404');
  await page.unroute('**/gatescope.wasm');
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect.poll(async () => (await call(page, 'train', 3)).result?.step).toBe(3);
  complaints.length = 0;
});

test('Moved, an element goes on; removed, it ends; put back, it comes back to where it was', async ({ page }) => {
  await page.addInitScript(() => {
    const alive = new Set();
    Object.assign(globalThis, { alive });
    globalThis.Worker = class extends Worker {
      /** @param {string | URL} url @param {WorkerOptions} [options] */
      constructor(url, options) {
        super(url, options);
        alive.add(this);
      }
      terminate() {
        alive.delete(this);
        super.terminate();
      }
    };
  });
  const workers = () => page.evaluate(() => /** @type {any} */ (globalThis).alive.size);
  await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope><div id="other"></div>`);
  await ready(page);
  await call(page, 'train', 4);
  await call(page, 'seek', { t: 3 });
  expect(await workers()).toBe(2);
  await page.evaluate(() => document.querySelector('#other')?.append(/** @type {Element} */ (document.querySelector('gate-scope'))));
  expect((await call(page, 'getState')).result).toMatchObject({ step: 4, t: 3 });
  expect(await workers()).toBe(2);
  await page.evaluate(() => {
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    Object.assign(globalThis, { kept: element });
    element.remove();
  });
  await expect.poll(workers).toBe(0);
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).kept.shadowRoot.childElementCount)).toBe(0);
  expect(await page.evaluate(() => /** @type {any} */ (globalThis).kept.train(1).then(() => '', (/** @type {any} */ error) => error.code))).toBe('freed');
  await page.evaluate(() => document.body.append(/** @type {any} */ (globalThis).kept));
  await ready(page);
  await expect.poll(async () => (await call(page, 'getState')).result).toMatchObject({ step: 4, t: 3, experiment: { length: 10, hidden: 6 } });
});

test('Twenty elements download the wasm and the opening once; those out of sight are not even built', async ({ page }) => {
  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').pop() ?? ''));
  await host(page, `${LIBRARY}${'<gate-scope></gate-scope>'.repeat(20)}`);
  await ready(page);
  expect(await page.evaluate(() => [...document.querySelectorAll('gate-scope')].filter((el) => el.shadowRoot?.childElementCount).length)).toBeLessThan(8);
  await page.evaluate(async () => {
    for (const element of document.querySelectorAll('gate-scope')) {
      element.scrollIntoView();
      await /** @type {any} */ (element).train(1);
    }
  });
  for (const name of ['gatescope.wasm', 'opening.bin', 'opening.json', 'gatescope.widget.js']) expect(asked.filter((one) => one === name)).toHaveLength(1);
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.enable').then(() => session.send('Performance.getMetrics'));
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
  print(`20 elements with 40 networks: heap of the page ${(heap / 2 ** 20).toFixed(1)} MiB`);
  expect(heap).toBeLessThan(100 * 2 ** 20);
  // Workers, their wasm and the canvases too: what the page's own process holds, as far as this system tells.
  const browser = await /** @type {import('@playwright/test').Browser} */ (page.context().browser()).newBrowserCDPSession();
  const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
  const held = processInfo.filter(({ type, id }) => type === 'renderer' && existsSync(`/proc/${id}/smaps_rollup`)).map(({ id }) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024);
  if (held.length) {
    print(`20 elements with 40 networks: the page's process holds ${(Math.max(...held) / 1e6).toFixed(0)} MB`);
    expect(Math.max(...held)).toBeGreaterThan(heap);
    expect(Math.max(...held)).toBeLessThan(400e6);
  }
});

test('Out of sight an element draws nothing and trains nothing; back in sight it goes on', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope><div id="below"></div>`);
  await ready(page);
  await page.evaluate(() => { /** @type {HTMLElement} */ (document.querySelector('#below')).style.height = '4000px'; });
  await call(page, 'train');
  await page.waitForFunction(async () => (await /** @type {any} */ (document.querySelector('gate-scope')).getState()).step > 2);
  await page.evaluate(() => scrollTo(0, 4000));
  await page.waitForFunction(async () => !(await /** @type {any} */ (document.querySelector('gate-scope')).getState()).training);
  const frames = await page.evaluate(async () => {
    const element = /** @type {any} */ (document.querySelector('gate-scope'));
    await new Promise((done) => setTimeout(done, 300));
    let asked = 0;
    const real = requestAnimationFrame;
    globalThis.requestAnimationFrame = (call) => (asked++, real(call));
    const before = (await element.getState()).step;
    await new Promise((done) => setTimeout(done, 600));
    globalThis.requestAnimationFrame = real;
    return { asked, steps: (await element.getState()).step - before };
  });
  expect(frames).toEqual({ asked: 0, steps: 0 });
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForFunction(async () => (await /** @type {any} */ (document.querySelector('gate-scope')).getState()).training);
});

test('Nothing of the host page is read or written: its keys, title, address and storage are its own', async ({ page }) => {
  await host(page, `${LIBRARY}<gate-scope T="10" h="6"></gate-scope><p tabindex="0">text</p>`);
  await ready(page);
  await page.getByText('text').click();
  const before = await page.evaluate(() => document.documentElement.outerHTML.length);
  for (const key of ['ArrowRight', 't', 'r', '3', ' ']) await page.keyboard.press(key);
  await call(page, 'train', 2);
  await page.waitForTimeout(1000);
  const after = await page.evaluate(() => ({ size: document.documentElement.outerHTML.length, title: document.title, hash: location.hash, stored: localStorage.length, fonts: document.fonts.size, attributes: document.documentElement.attributes.length }));
  expect(after).toEqual({ size: before, title: 'host', hash: '', stored: 0, fonts: 0, attributes: 1 });
  expect((await call(page, 'getState')).result.step).toBe(2);
});
