// Loading the wasm from wherever it may be, and what is said when that fails.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { RUBBISH } from '../support/rubbish.js';

const wasmFile = pathToFileURL(createRequire(import.meta.url).resolve('gatescope/gatescope.wasm'));
const wasm = await readFile(wasmFile);

let count = 0;
/** The library as if nobody had imported it yet. */
const fresh = () => import(`${new URL('gatescope.js', wasmFile)}?${count++}`);

/** @param {any} source @param {string} code @param {RegExp} words */
async function refuses(source, code, words) {
  const { load, GatescopeError } = await fresh();
  const error = await load(source).then(() => assert.fail('it was loaded'), (error) => error);
  assert.ok(error instanceof GatescopeError, String(error?.stack));
  assert.equal(error.code, code, error.message);
  assert.equal(error.field, 'source');
  assert.ok(error.expected && error.given, 'expected and given are told');
  assert.match(error.message, words);
  assert.equal(typeof (await load(wasm)).createNetwork, 'function', 'a second try');
}

test('the wasm is taken from beside the library, from bytes, a module, a file, an answer or an address', async () => {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', request.url === '/odd' ? 'application/octet-stream' : 'application/wasm').end(wasm);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${server.address().port}`;
  const sources = [
    undefined, null, wasm, new Uint8Array(wasm).buffer, await WebAssembly.compile(wasm), wasmFile, wasmFile.href,
    `${address}/`, new URL(address), `${address}/odd`, new Request(address), await fetch(address),
  ];
  for (const source of sources) {
    const { load } = await fresh();
    const gs = await load(source);
    assert.equal(await load(), gs, 'it is loaded once');
    gs.createNetwork({ inputSize: 1, hiddenSize: 1, outputSize: 1 }).free();
  }
  server.close();
  server.closeAllConnections();
});

test('what is missing, cut off or something else is said, and another try can succeed', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/page') return response.setHeader('Content-Type', 'text/html').end('<!doctype html>');
    if (request.url === '/half') return response.setHeader('Content-Type', 'application/wasm').end(wasm.subarray(0, wasm.length / 2));
    if (request.url === '/hangup') return response.destroy();
    return response.writeHead(request.url === '/500' ? 500 : 404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${server.address().port}`;
  await refuses(`${address}/nothing`, 'load-failed', /does not have it \(HTTP 404\)/);
  await refuses(`${address}/500`, 'load-failed', /HTTP 500/);
  await refuses(`${address}/hangup`, 'load-failed', /could not be reached/);
  await refuses(`${address}/page`, 'load-failed', /no complete WebAssembly module/);
  await refuses(`${address}/half`, 'load-failed', /no complete WebAssembly module/);
  await refuses('http://127.0.0.1:1/', 'load-failed', /could not be reached/);
  await refuses(new URL('nothing.wasm', wasmFile), 'load-failed', /could not be reached.*ENOENT/);
  for (const end of [0, 4, 8, 100, wasm.length - 1]) await refuses(wasm.subarray(0, end), 'load-failed', /complete/);
  // A module, but not this one.
  await refuses(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), 'load-failed', /./);
  server.close();
  server.closeAllConnections();
});

test('rubbish for the source is refused', async () => {
  for (const [name, make] of Object.entries(RUBBISH)) {
    if (['undefined', 'null'].includes(name)) continue;
    await refuses(make(), 'load-failed', /./).catch((error) => {
      throw new Error(`source = ${name}`, { cause: error });
    });
  }
});

test('without WebAssembly or its SIMD it says so', async (t) => {
  const whole = globalThis.WebAssembly;
  t.after(() => (globalThis.WebAssembly = whole));
  const without = async (stand_in, words) => {
    globalThis.WebAssembly = stand_in;
    const { load } = await fresh();
    const error = await load(wasm).catch((error) => error);
    assert.equal(error.code, 'unsupported');
    assert.match(error.message, words);
    globalThis.WebAssembly = whole;
    assert.ok(await load(wasm));
  };
  await without(undefined, /there is no WebAssembly/);
  const { compile, instantiate, Module, Instance, Memory } = whole;
  await without({ compile, instantiate, Module, Instance, Memory, validate: () => false }, /SIMD/);
});
