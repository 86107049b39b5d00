// @ts-check
// From wherever the wasm is to a compiled module, or a failure that says what stood in the way.

/** The smallest module with a v128 instruction: valid only where wasm SIMD exists. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Why the wasm cannot be had, in a word that i18n knows. */
export class EngineFailure extends Error {
  /** @param {string} reason @param {string} [detail] */
  constructor(reason, detail = '') {
    super(detail || reason);
    this.reason = reason;
    this.detail = detail;
  }
}

/** Throws unless this is a place where the module can run. */
export function requireSupport() {
  if (typeof WebAssembly !== 'object') throw new EngineFailure('noWebAssembly');
  if (!WebAssembly.validate(SIMD_PROBE)) throw new EngineFailure('noSimd');
}

/**
 * @param {BufferSource} bytes
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileBytes(bytes) {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    // Good bytes that may not be compiled: a Content-Security-Policy forbids it.
    throw new EngineFailure(WebAssembly.validate(bytes) ? 'refused' : 'corrupt', String(error));
  }
}

/**
 * Streaming refuses a wrong MIME type; the bytes themselves may still be good.
 * @param {Response} response
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileResponse(response) {
  if (!response.ok) throw new EngineFailure('missing', `HTTP ${response.status}`);
  const spare = response.clone();
  try {
    return await WebAssembly.compileStreaming(response);
  } catch {
    return compileBytes(await spare.arrayBuffer());
  }
}

/**
 * @param {RequestInfo | URL} url
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileFrom(url) {
  requireSupport();
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new EngineFailure('unreachable', String(error));
  }
  return compileResponse(response);
}

/** @type {Map<unknown, Promise<WebAssembly.Module>>} */
const shared = new Map();

/**
 * The same module for everybody who asks for the same source: one download, one compilation. A failure is forgotten.
 * @param {string | WebAssembly.Module | BufferSource} source
 */
export function sharedModule(source) {
  let module = shared.get(source);
  if (!module) {
    module = source instanceof WebAssembly.Module ? Promise.resolve(source) : typeof source === 'string' ? compileFrom(source) : compileBytes(source);
    shared.set(source, module);
    module.catch(() => shared.delete(source));
  }
  return module;
}
