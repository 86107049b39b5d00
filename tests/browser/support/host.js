// @ts-check
// Pages that know nothing of this repository and put a widget into themselves. They are answered by the test itself; what
// they fetch of the widget comes from the served folder.
import { once } from 'node:events';
import { createServer } from 'node:http';
import process from 'node:process';
import { expect, test as base } from '@playwright/test';
import { isLateIcon } from './gatescope.js';

/** Everything said in anger fails a test; hosts of other origins are asked for on purpose. */
export const test = base.extend(
  /** @type {import('@playwright/test').Fixtures<{ errors: string[] }, {}, import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions>} */ ({
    errors: [
      async ({ page }, use) => {
        /** @type {string[]} */
        const errors = [];
        page.on('console', (message) => message.type() === 'error' && !isLateIcon(message) && errors.push(message.text()));
        page.on('pageerror', (error) => errors.push(String(error)));
        await use(errors);
        expect(errors).toEqual([]);
      },
      { auto: true },
    ],
  }),
);

/** The policy under which a guest has to live. */
export const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:";

/** What the other site has: paths and answers. @type {Map<string, { type: string, policy: string, body: string }>} */
const files = new Map();
// A server of its own, not an answer made up on the way: the browser asks where a page comes from before it lets it load
// anything of this machine.
const server = createServer((request, response) => {
  const file = files.get(request.url ?? '');
  if (!file) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': file.type, ...(file.policy && { 'content-security-policy': file.policy }) }).end(file.body);
}).listen(0, '127.0.0.1');
server.unref();
await once(server, 'listening');

/** Another site. */
export const ELSEWHERE = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;

/**
 * Opens a host page with this body.
 * @param {import('@playwright/test').Page} page @param {string} body
 * @param {{ elsewhere?: boolean, policy?: string, script?: string, sibling?: string }} [how] `script`: of a file of the page's own; `elsewhere`: on
 *   another site; `sibling`: a script of /sibling.html there
 */
export async function host(page, body, { elsewhere = false, policy = STRICT, script = '', sibling = '' } = {}) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>host</title><style>body { margin: 20px } gate-scope, iframe { display: block; width: 700px; height: 460px; border: 0 }</style>${script && '<script type="module" src="host.js"></script>'}${body}</html>`;
  if (elsewhere) {
    files.set('/host.html', { type: 'text/html', policy, body: html });
    files.set('/sibling.html', { type: 'text/html', policy: '', body: `<!doctype html><script>${sibling}</script>` });
    files.set('/host.js', { type: 'text/javascript', policy: '', body: script });
    return void (await page.goto(`${ELSEWHERE}/host.html`));
  }
  const base = new URL(process.env.BASE_URL ?? '').href;
  await page.route(`${base}host.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  await page.route(`${base}host.html`, (route) => route.fulfill({ headers: policy ? { 'content-security-policy': policy } : {}, contentType: 'text/html', body: html }));
  await page.goto(`${base}host.html`);
}

/** The library, as a page without a bundler loads it. */
export const LIBRARY = `<script type="module" src="${new URL('gatescope.js', process.env.BASE_URL ?? 'http://x/').href}"></script>`;

/** Calls a method of the first element; what it throws comes back as data. @param {import('@playwright/test').Page} page @param {string} method @param {unknown[]} args */
export const call = (page, method, ...args) =>
  page.evaluate(
    async ([name, given]) => {
      const element = /** @type {any} */ (document.querySelector('gate-scope'));
      try {
        return { result: await element[name](...given) };
      } catch (/** @type {any} */ error) {
        return { error: { name: error.name, code: error.code, field: error.field, message: error.message } };
      }
    },
    /** @type {[string, any[]]} */ ([method, args]),
  );

/** Resolves once every element has told that it is ready. @param {import('@playwright/test').Page} page @param {number} [count] */
export const ready = (page, count = 1) =>
  page.waitForFunction(
    (n) => {
      const shown = [...document.querySelectorAll('gate-scope')].filter((el) => el.shadowRoot?.querySelector('canvas[data-channel]'));
      return shown.length >= n;
    },
    count,
    { timeout: 30_000 },
  );
