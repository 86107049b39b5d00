// @ts-check
// What a guest must not do to its host, seen from the host's side.
import { expect, test as base } from '@playwright/test';

/** @typedef {import('@playwright/test').Page} Page */

/** Runs in every document before anything else: tells broken policies aloud, and remembers what a page's own names are. */
const EYES = () => {
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => console.error(`policy: ${violatedDirective} ${blockedURI}`));
  const eyes = { names: new Set([...Object.getOwnPropertyNames(globalThis), 'eyes']), changes: /** @type {string[]} */ ([]) };
  Object.defineProperty(globalThis, 'eyes', { value: eyes });
  addEventListener('DOMContentLoaded', () => {
    const told = ({ type, target }) => eyes.changes.push(`${type} of ${target.nodeName}`);
    new MutationObserver((all) => all.forEach(told)).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });
};

/** A test of pages in which anything said in anger, on the console or by the policy, fails. */
export const test = base.extend(
  /** @type {import('@playwright/test').Fixtures<{ complaints: string[] }, {}, import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions>} */ ({
    complaints: [
      async ({ page }, use) => {
        /** @type {string[]} */
        const complaints = [];
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(String(error)));
        await page.addInitScript(EYES);
        await use(complaints);
        expect(complaints).toEqual([]);
      },
      { auto: true },
    ],
  }),
);
export { expect };

/** What is the host's own doing: its frames have numbers, and webpack loads parts of a page by a name in the window and scripts in the head. */
const OWN = /^(\d+|webpackChunk\w+|childList of HEAD)$/;

/** All of a host that a guest could have written to. @param {Page} page */
export async function tracesOn(page) {
  const { names, changes, ...others } = await page.evaluate(async () => {
    const { names, changes } = /** @type {any} */ (globalThis).eyes;
    return {
      names: Object.getOwnPropertyNames(globalThis).filter((name) => !names.has(name) && name !== 'guest'),
      changes,
      stored: [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length],
      history: history.length,
      state: history.state,
      hash: location.hash,
      adopted: document.adoptedStyleSheets.length,
      fonts: document.fonts.size,
    };
  });
  const own = (/** @type {string} */ one) => !OWN.test(one);
  return { names: names.filter(own), changes: changes.filter(own), ...others };
}

/** A host whose guest kept to itself. */
export const untouched = { names: [], changes: [], stored: [0, 0, '', 0, 0], history: 2, state: null, hash: '', adopted: 0, fonts: 0 };

/** Opens a host's page and waits until its guest says that it is ready. @param {Page} page @param {string} address */
export async function visit(page, address) {
  await page.goto(address);
  await page.waitForFunction(() => /** @type {any} */ (globalThis).guest?.heard.some((/** @type {any} */ one) => one.event === 'ready'), undefined, { timeout: 30_000 });
}

/** Calls a method; a refusal comes back as data. @param {Page} page @param {string} method @param {unknown[]} args */
export const call = (page, method, ...args) =>
  page.evaluate(
    async ([name, given]) => {
      try {
        return { result: await /** @type {any} */ (globalThis).guest.call(name, ...given) };
      } catch (/** @type {any} */ { code, field, expected, given: got }) {
        return { error: { code, field, expected, given: got } };
      }
    },
    /** @type {[string, any[]]} */ ([method, args]),
  );

/** What the guest has said of one kind. @param {Page} page @param {string} event @returns {Promise<any[]>} */
export const said = (page, event) =>
  page.evaluate((wanted) => /** @type {any} */ (globalThis).guest.heard.filter((/** @type {any} */ one) => one.event === wanted).map((/** @type {any} */ one) => one.data), event);
