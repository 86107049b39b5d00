// @ts-check
// WebKit as GNOME ships it, driven by plain WebDriver: an invisible screen, the driver, a session in its MiniBrowser.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

const LIBRARIES = '/usr/lib';
/** A start may fail when the screen is not there yet. */
const ATTEMPTS = 2;

/** MiniBrowser lies in a folder of its version and architecture. */
function miniBrowser() {
  for (const machine of readdirSync(LIBRARIES).filter((name) => name.includes('-linux-'))) {
    const versions = readdirSync(`${LIBRARIES}/${machine}`).filter((name) => /^webkit2?gtk-\d/.test(name));
    for (const version of versions.sort().reverse()) {
      const folder = `${LIBRARIES}/${machine}/${version}`;
      if (readdirSync(folder).includes('MiniBrowser')) return `${folder}/MiniBrowser`;
    }
  }
  throw new Error('There is no MiniBrowser: apt-get install webkit2gtk-driver xvfb');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  return port;
}

/** Starts an invisible screen; it says which number it has. */
async function startScreen() {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x900x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [told] = await once(/** @type {import('node:stream').Readable} */ (screen.stdio[3]), 'data');
  return { display: `:${String(told).trim()}`, end: () => screen.kill() };
}

export async function startWebKit() {
  const screen = await startScreen();
  const port = await freePort();
  // A machine without a language: pages have to open there, too.
  const driver = spawn('WebKitWebDriver', ['--host=127.0.0.1', `--port=${port}`], { env: { ...process.env, DISPLAY: screen.display, LC_ALL: 'C' }, stdio: 'ignore' });

  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async function ask(method, path, body) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
    const { value } = /** @type {{ value: any }} */ (await response.json());
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  async function begin() {
    for (let left = 50; ; left--) {
      try {
        if ((await ask('GET', '/status')).ready) break;
      } catch (error) {
        if (left === 0) throw error;
      }
      await pause(100);
    }
    const wanted = { alwaysMatch: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] } } };
    for (let left = ATTEMPTS; ; left--) {
      try {
        return await ask('POST', '/session', { capabilities: wanted });
      } catch (error) {
        if (left === 1) throw error;
        await pause(1000);
      }
    }
  }

  const end = () => {
    driver.kill();
    screen.end();
  };
  const { sessionId, capabilities } = await begin().catch((error) => {
    end();
    throw error;
  });
  const session = `/session/${sessionId}`;
  await ask('POST', `${session}/timeouts`, { script: 60_000, pageLoad: 60_000 });

  return {
    version: `${capabilities.browserName} ${capabilities.browserVersion}`,
    /** @param {string} url */
    open: (url) => ask('POST', `${session}/url`, { url }),
    /** Runs a function in the page; it may be asynchronous. @template T @param {(...args: any[]) => T} run @param {unknown[]} args @returns {Promise<Awaited<T>>} */
    run: (run, ...args) =>
      ask('POST', `${session}/execute/async`, { script: `const done = arguments[arguments.length - 1]; Promise.resolve().then(() => (${run})(...[...arguments].slice(0, -1))).then((value) => done({ value }), (error) => done({ error: String(error) }))`, args }).then(({ value, error }) => {
        if (error !== undefined) throw new Error(error);
        return value ?? null;
      }),
    /** Waits until a function in the page answers yes. @param {() => unknown} wanted @param {string} what */
    async until(wanted, what) {
      for (const end = Date.now() + 30_000; ; await pause(100)) {
        if (await this.run(wanted)) return;
        if (Date.now() > end) throw new Error(`WebKit never came to: ${what}`);
      }
    },
    /** Clicks as a hand does. @param {string} css */
    async click(css) {
      const element = Object.values(await ask('POST', `${session}/element`, { using: 'css selector', value: css }))[0];
      await ask('POST', `${session}/element/${element}/click`, {});
    },
    async end() {
      await ask('DELETE', session).catch(() => {});
      end();
    },
  };
}
/** @typedef {Awaited<ReturnType<typeof startWebKit>>} WebKit */
