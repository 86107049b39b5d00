// @ts-check
// The tests of the page, and of pages that use the npm package, in the Chromium that is at hand; some in Firefox, too.
// `cargo xtask test` serves them and sets the addresses; by hand: `cargo xtask serve`, then
// `BASE_URL=http://127.0.0.1:8080/ npx playwright test --project page` in this folder.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { defineConfig } from '@playwright/test';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser named by CHROMIUM, else the first one on the PATH. */
function chromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (!found) throw new Error('There is no Chromium on the PATH: install one, or set CHROMIUM to its program.');
  return found;
}

/** What another engine is asked, too: all that does not measure Chromium itself. */
const ELSEWHERE = ['training.spec.js', 'cells.spec.js', 'link.spec.js', 'offline.spec.js'];

/** As Debian and its makers ship it. @param {string} executablePath @returns {import('@playwright/test').PlaywrightTestOptions & Record<string, unknown>} */
const firefox = (executablePath) => ({ browserName: 'firefox', channel: 'moz-firefox', launchOptions: { executablePath } });

const baseURL = process.env.BASE_URL;
if (!baseURL) throw new Error('BASE_URL is not set: start `cargo xtask serve` and set it to the address that is printed.');

export default defineConfig({
  projects: [
    { name: 'page', testDir: 'browser' },
    { name: 'package', testDir: 'consumers/browser' },
    // Another engine: the same bits, and the page, the widget and the one file work there too.
    ...(process.env.FIREFOX ? [{ name: 'firefox', testDir: 'browser', testMatch: ELSEWHERE, use: firefox(process.env.FIREFOX) }] : []),
    // What the page shows, by PyTorch: `cargo xtask torch`.
    ...(process.env.TORCH_PYTHON ? [{ name: 'torch', testDir: 'torch' }] : []),
  ],
  outputDir: 'test-results',
  reporter: 'list',
  // One page at a time: two would share the processor, and the figures that are printed would say little.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    baseURL,
    browserName: 'chromium',
    viewport: { width: 1366, height: 768 },
    locale: 'en-US',
    colorScheme: 'light',
    screenshot: 'only-on-failure',
    trace: 'off',
    // Whoever waits for a button that is not there should hear of it soon.
    actionTimeout: 10_000,
    launchOptions: {
      executablePath: chromium(),
      // Without a sandbox it also starts for root; the others keep it from calling anybody.
      args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
});
