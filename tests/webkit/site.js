// @ts-check
// The built site, and pages of a test's own beside it. Every page gets a script ahead of its own that notes what goes wrong:
// WebDriver knows no console.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, normalize } from 'node:path';

export const DIST = new URL('../../www/dist/', import.meta.url);
const TYPES = /** @type {Record<string, string>} */ ({ '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.bin': 'application/octet-stream' });
const WATCH = `globalThis.complaints = [];
const say = console.error;
console.error = (...what) => { complaints.push(what.join(' ')); say(...what); };
addEventListener('error', (event) => complaints.push((event.error?.stack ? event.message + ' ' + event.error.stack : event.message) ?? 'did not load: ' + (event.target.src ?? event.target.href)), true);
addEventListener('unhandledrejection', (event) => complaints.push(String(event.reason) + ' ' + (event.reason?.stack ?? '')));
addEventListener('securitypolicyviolation', (event) => complaints.push('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
`;

/** @param {Record<string, string>} pages bodies by name */
export async function serveSite(pages = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)).replace(/^\/$/, '/index.html');
    try {
      const made = path === '/watch.js' ? WATCH : pages[path.slice(1)];
      const body = made ?? (await readFile(new URL(`.${path}`, DIST)));
      const type = TYPES[extname(path)] ?? 'text/plain';
      response.writeHead(200, { 'content-type': type });
      response.end(type.startsWith('text/html') ? String(body).replace(/<script|<\/head>/, (tag) => `<script src="watch.js"></script>${tag}`) : body);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`, end: () => server.close() };
}
