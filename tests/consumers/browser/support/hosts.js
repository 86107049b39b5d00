// @ts-check
// Two sites of strangers: one has the pages that embed a widget, under the policy they choose; the other has the package's
// files as anybody's static server would give them: no policy, readable for all.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const consumers = pathToFileURL(`${process.env.GATESCOPE_CONSUMERS ?? ''}/`);

/** The policy of a host that trusts nobody, as strict as a page with an element in it can be. */
const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:";

/** @type {Record<string, string>} */
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.bin': 'application/octet-stream' };

/**
 * Serves a folder on a port of its own; answers its origin.
 * @param {URL} folder
 * @param {(path: string) => Record<string, string>} headersOf
 * @param {(html: string) => string} filled a page's text with the addresses put in
 */
async function serve(folder, headersOf, filled = (html) => html) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://here');
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    try {
      const body = await readFile(new URL(`.${path}`, folder));
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, ...headersOf(path) }).end(type.startsWith('text/html') ? filled(body.toString()) : body);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

/** Where the package's files lie. */
export const WIDGETS = await serve(new URL('node/node_modules/gatescope/dist/', consumers), () => ({ 'access-control-allow-origin': '*' }));

/** A page that takes an element from elsewhere has to name that place; one with a frame needs nothing but the frame. @param {string} path */
function policyOf(path) {
  if (path.startsWith('/framed/')) return `default-src 'none'; script-src 'self'; img-src data:; frame-src ${WIDGETS}`;
  if (path.startsWith('/foreign/')) return STRICT.replace("script-src 'self'", `script-src 'self' ${WIDGETS}`).replace("connect-src 'self'", `connect-src ${WIDGETS}`);
  return STRICT;
}

/** Where the pages lie that embed it. @type {string} */
export const HOSTS = await serve(new URL('site/', consumers), (path) => ({ 'content-security-policy': policyOf(path) }), (html) =>
  html.replaceAll('{widgets}', `${WIDGETS}/`).replaceAll('{here}', HOSTS),
);
