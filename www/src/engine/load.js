// @ts-check
// Brings the library's WebAssembly to life, wherever it is asked to: a page, a worker, Node.
import { shown } from './arguments.js';
import { EngineFailure, compileBytes, compileFrom, compileResponse, requireSupport } from './compile.js';
import { GatescopeError } from './error.js';
import initialise from './wasm/gatescope.js';

/** @typedef {string | URL | Request | Response | BufferSource | WebAssembly.Module} Source */

const UNSUPPORTED = ['noWebAssembly', 'noSimd'];

/** @type {Record<string, string>} what `EngineFailure`'s reasons mean to whoever writes a program */
const REASONS = {
  noWebAssembly: 'there is no WebAssembly here',
  noSimd: 'WebAssembly lacks SIMD here; every engine has it since 2023',
  unreachable: 'it could not be reached',
  missing: 'the server does not have it',
  corrupt: 'what came is no complete WebAssembly module',
  refused: "WebAssembly may not be compiled here; a Content-Security-Policy needs script-src 'wasm-unsafe-eval'",
};

/** Node's `fs`, without an `import` that bundlers would follow. @param {string | URL} url @returns {Promise<BufferSource>} */
async function readFile(url) {
  const fs = globalThis.process.getBuiltinModule('node:fs/promises');
  try {
    return await fs.readFile(new URL(url));
  } catch (error) {
    throw new EngineFailure('unreachable', String(error));
  }
}

/** @param {Source} source @returns {Promise<WebAssembly.Module>} */
async function compile(source) {
  requireSupport();
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return compileBytes(source);
  if (typeof Response === 'function' && source instanceof Response) return compileResponse(source);
  const address = source instanceof URL ? source.href : source;
  const isNode = typeof globalThis.process?.getBuiltinModule === 'function';
  if (isNode && typeof address === 'string' && address.startsWith('file:')) return compileBytes(await readFile(address));
  return compileFrom(/** @type {string | Request} */ (source));
}

/** @param {Source} source */
function nameOf(source) {
  try {
    return source instanceof URL ? source.href : shown(source);
  } catch {
    return 'an object'; // a proxy that lets nobody look
  }
}

/**
 * Instantiates the module.
 * @param {Source} source
 */
export async function instantiate(source) {
  try {
    await initialise({ module_or_path: await compile(source) });
  } catch (cause) {
    const { reason, detail } = cause instanceof EngineFailure ? cause : new EngineFailure('corrupt', String(cause));
    const unsupported = UNSUPPORTED.includes(reason);
    const why = `${REASONS[reason]}${detail && ` (${detail})`}`;
    throw new GatescopeError(unsupported ? 'unsupported' : 'load-failed', {
      field: 'source',
      expected: unsupported ? 'WebAssembly with SIMD' : 'the bytes or the address of gatescope.wasm',
      given: unsupported ? why : nameOf(source),
      message: `gatescope.wasm cannot be loaded from ${nameOf(source)}: ${why}`,
      cause,
    });
  }
}
