// @ts-check
// Pages that use the npm package, by bundlers and without one, under a strict Content-Security-Policy: the bits of Node.
import { readFile, readdir } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from '@playwright/test';

const consumers = pathToFileURL(`${process.env.GATESCOPE_CONSUMERS ?? ''}/`);
const site = new URL('site/', consumers);

/** What Node computes with the installed package. */
async function inNode() {
  const { experiment } = await import(new URL('node/experiment.js', consumers).href);
  const { load } = await import(new URL('node/node_modules/gatescope/dist/gatescope.js', consumers).href);
  return experiment(await load());
}

/** @param {import('@playwright/test').Page} page */
const answersOf = (page) => page.evaluate(() => /** @type {any} */ (globalThis).answers);

/** All that a page complains of. @param {import('@playwright/test').Page} page */
function complaintsOf(page) {
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

for (const consumer of ['plain', 'vite', 'webpack']) {
  test(`${consumer}: page and worker compute the bits of Node, under a strict policy`, async ({ page }) => {
    const complaints = complaintsOf(page);
    /** @type {string[]} */
    const wasm = [];
    page.on('response', (response) => {
      if (response.url().endsWith('.wasm') && response.ok()) wasm.push(response.url());
    });
    const response = await page.goto(`${consumer}/`);
    const policy = response?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    const expected = await inNode();
    const { page: inPage, worker } = await answersOf(page);
    expect(inPage).toEqual(expected);
    expect(worker).toEqual(expected);
    expect(complaints).toEqual([]);
    expect(new Set(wasm).size).toBe(1);
  });
}

for (const bundler of ['vite', 'webpack']) {
  test(`${bundler} emits the wasm once, as it is, under a name with its hash`, async () => {
    const files = await readdir(new URL(`${bundler}/`, site), { recursive: true });
    const emitted = files.filter((name) => name.endsWith('.wasm'));
    expect(emitted).toHaveLength(1);
    expect(emitted[0]).toMatch(bundler === 'vite' ? /^assets\/gatescope-[\w-]{8}\.wasm$/ : /^[0-9a-f]{20}\.wasm$/);
    const original = await readFile(new URL('node/node_modules/gatescope/dist/gatescope.wasm', consumers));
    expect((await readFile(new URL(`${bundler}/${emitted[0]}`, site))).equals(original)).toBe(true);
  });
}

test("vite's development server serves the same", async ({ page }) => {
  const folder = new URL('vite/', consumers);
  const { createServer } = await import(new URL('node_modules/vite/dist/node/index.js', folder).href);
  const server = await createServer({ root: fileURLToPath(folder), logLevel: 'error', server: { host: '127.0.0.1', port: 0 } });
  try {
    await server.listen();
    const complaints = complaintsOf(page);
    await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
    const expected = await inNode();
    expect(await answersOf(page)).toEqual({ page: expected, worker: expected });
    expect(complaints).toEqual([]);
  } finally {
    await server.close();
  }
});

test("the README's worker trains and tells its steps", async ({ page }) => {
  const complaints = complaintsOf(page);
  /** @type {string[]} */
  const said = [];
  page.on('console', (message) => message.type() === 'log' && said.push(message.text()));
  await page.goto('vite/readme.html');
  await expect.poll(() => said.length).toBe(20);
  expect(said[0]).toMatch(/^step 10: loss 0\.\d+$/);
  expect(said[19]).toMatch(/^step 200: loss 0\.\d+$/);
  const loss = (/** @type {string} */ line) => Number(line.split('loss ')[1]);
  expect(loss(said[19])).toBeLessThan(0.1 * loss(said[0]));
  expect(complaints).toEqual([]);
});

/** @type {{ name: string, answer: Parameters<import('@playwright/test').Route['fulfill']>[0] | null, words: RegExp }[]} */
const BROKEN = [
  { name: 'is missing', answer: { status: 404, contentType: 'text/html', body: 'Not found' }, words: /does not have it \(HTTP 404\)/ },
  { name: 'is a web page', answer: { status: 200, contentType: 'text/html', body: '<!doctype html>' }, words: /no complete WebAssembly module/ },
  { name: 'is cut off', answer: { status: 200, contentType: 'application/wasm', body: Buffer.from('0061736d01000000ff', 'hex') }, words: /no complete WebAssembly module/ },
  { name: 'cannot be reached', answer: null, words: /could not be reached/ },
];

/** Loads the library once more, as if nobody had yet, and tells how that went. @param {import('@playwright/test').Page} page */
const loadAnew = (page) =>
  page.evaluate(async () => {
    const { load, GatescopeError } = await import(new URL(`gatescope/gatescope.js?${performance.now()}`, document.baseURI).href);
    try {
      const net = (await load()).createNetwork({ inputSize: 1, hiddenSize: 1, outputSize: 1 });
      return { parameters: net.config.parameters };
    } catch (error) {
      const { code, field, expected, given, message } = /** @type {any} */ (error);
      return { typed: error instanceof GatescopeError, code, field, expected, given, message };
    }
  });

for (const { name, answer, words } of BROKEN) {
  test(`When the wasm ${name}, load says so and can be tried again`, async ({ page }) => {
    await page.goto('plain/');
    await answersOf(page);
    await page.route('**/*.wasm', (route) => (answer ? route.fulfill(answer) : route.abort()));
    const error = await loadAnew(page);
    expect(error).toMatchObject({ typed: true, code: 'load-failed', field: 'source' });
    expect(error.message).toMatch(words);
    expect(error.expected && error.given).toBeTruthy();
    await page.unroute('**/*.wasm');
    expect(await loadAnew(page)).toEqual({ parameters: 4 + 4 + 4 + 4 + 1 + 1 });
  });
}

test('Good wasm with a wrong MIME type is loaded all the same', async ({ page }) => {
  await page.goto('plain/');
  await page.route('**/*.wasm', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-type': 'application/octet-stream' } });
  });
  expect(await loadAnew(page)).toHaveProperty('parameters');
});

test('A policy that forbids WebAssembly is named', async ({ page }) => {
  await page.route('**/plain/', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': "default-src 'self'" } });
  });
  await page.goto('plain/');
  const error = await loadAnew(page);
  expect(error).toMatchObject({ typed: true, code: 'load-failed' });
  expect(error.message).toContain("script-src 'wasm-unsafe-eval'");
});

test('Without SIMD the library says what it needs', async ({ page }) => {
  await page.addInitScript(() => {
    WebAssembly.validate = () => false;
  });
  await page.goto('plain/');
  expect(await loadAnew(page)).toMatchObject({ typed: true, code: 'unsupported', expected: 'WebAssembly with SIMD' });
});
