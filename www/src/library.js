// @ts-check
/**
 * The headless library: RNN, LSTM and GRU that train, with exact gradients and per-timestep traces.
 *
 * Runs in a page, in a worker and in Node 20 or newer. Numbers cross as typed arrays, row-major, batch first, as in
 * PyTorch with `batch_first=True`; gate order i, f, g, o (LSTM) and r, z, n (GRU).
 * @module gatescope
 */
import initialise, { Network as WasmNetwork, initSync } from './engine/wasm/gatescope.js';

/** Why a call was refused. The receiver is unchanged and goes on working, unless `code` is `freed` or `internal`. */
export class GatescopeError extends Error {
  /**
   * @param {string} code stable: `invalid-config`, `invalid-input`, `shape-mismatch`, `id-out-of-range`,
   *   `bad-state-dict`, `out-of-memory`, `freed`, `load-failed`, `internal`
   * @param {{ field?: string, expected?: string, given?: string, message: string, cause?: unknown }} about
   */
  constructor(code, { field = '', expected = '', given = '', message, cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GatescopeError';
    this.code = code;
    /** The field or operand that is wrong. */
    this.field = field;
    this.expected = expected;
    this.given = given;
  }
}

/** @type {GatescopeError | null} set by the first trap: after it the memory of the module cannot be trusted */
let poisoned = null;

/**
 * Runs a call into WebAssembly; turns what it throws into a GatescopeError.
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
function guarded(call) {
  if (poisoned) throw poisoned;
  try {
    return call();
  } catch (error) {
    if (error instanceof GatescopeError) throw error;
    if (error && typeof error === 'object' && 'kind' in error) {
      const { kind, ...about } = /** @type {{ kind: string, message: string }} */ (error);
      throw new GatescopeError(kind, about);
    }
    poisoned = new GatescopeError('internal', {
      message: `gatescope trapped: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
    throw poisoned;
  }
}

/** A recurrent network with readout, loss and optimiser. */
class Network {
  /** @type {WasmNetwork | null} */
  #inner;

  /** @param {WasmNetwork} inner */
  constructor(inner) {
    this.#inner = inner;
  }

  /**
   * @template T
   * @param {(inner: WasmNetwork) => T} call
   * @returns {T}
   */
  #with(call) {
    const inner = this.#inner;
    if (!inner) throw new GatescopeError('freed', { message: 'this network has been freed' });
    return guarded(() => call(inner));
  }

  /**
   * One training step on a batch (or `repeat` of them).
   * A step whose loss or gradient norm is not finite is not done: `skipped` counts it and `clippedNorm` is NaN.
   * @param {Float32Array | Float64Array | Int32Array} inputs `[B, T, I]`, or token ids `[B, T]`
   * @param {Float32Array | Float64Array | Int32Array} targets class ids, values, or all labels one after another (ctc)
   * @param {import('./gatescope').BatchSize & { repeat?: number }} size
   * @returns {import('./gatescope').TrainReport}
   */
  trainStep(inputs, targets, size) {
    return this.#with((inner) => inner.trainStep(inputs, targets, size));
  }

  /**
   * Forward pass from zero states, or from `hidden` and `cell` `[L·D, B, H]`.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {import('./gatescope').BatchSize & { hidden?: Float32Array | Float64Array, cell?: Float32Array | Float64Array }} size
   * @returns {import('./gatescope').ForwardResult}
   */
  forward(inputs, size) {
    return this.#with((inner) => inner.forward(inputs, size));
  }

  /**
   * Loss and gradients of a batch; the weights are not changed.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {Float32Array | Float64Array | Int32Array} targets
   * @param {import('./gatescope').BatchSize} size
   * @returns {import('./gatescope').GradientsResult}
   */
  gradients(inputs, targets, size) {
    return this.#with((inner) => inner.gradients(inputs, targets, size));
  }

  /**
   * Everything per timestep of one example and one layer, computed in f64.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {Float32Array | Float64Array | Int32Array} targets
   * @param {import('./gatescope').BatchSize & { example?: number, layer?: number }} size
   * @returns {import('./gatescope').Trace}
   */
  trace(inputs, targets, size) {
    return this.#with((inner) => inner.trace(inputs, targets, size));
  }

  /** All parameters as a safetensors file under PyTorch's names. @returns {Uint8Array} */
  stateDict() {
    return this.#with((inner) => inner.stateDict());
  }

  /** What the network is. @returns {import('./gatescope').NetworkInfo} */
  get config() {
    return this.#with((inner) => inner.config());
  }

  /** Gives the memory back. Calling it again does nothing; any other call throws `freed`. */
  free() {
    const inner = this.#inner;
    this.#inner = null;
    if (inner && !poisoned) guarded(() => inner.free());
  }
}

const gatescope = Object.freeze({
  /**
   * A network with fresh weights.
   * @param {import('./gatescope').NetworkConfig} config
   * @returns {Network}
   */
  createNetwork(config) {
    return new Network(guarded(() => new WasmNetwork(config)));
  },

  /**
   * A network with the weights of a safetensors state dict saved by PyTorch; cell, sizes, layers and directions are
   * inferred.
   * @param {Uint8Array | ArrayBuffer} bytes
   * @param {import('./gatescope').NetworkOptions} [options]
   * @returns {Network}
   */
  networkFromStateDict(bytes, options = {}) {
    const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
    if (!(view instanceof Uint8Array)) {
      throw new GatescopeError('bad-state-dict', {
        field: 'bytes',
        expected: 'a Uint8Array or ArrayBuffer',
        given: typeof bytes,
        message: `bytes: expected a Uint8Array or ArrayBuffer, got ${typeof bytes}`,
      });
    }
    return new Network(guarded(() => WasmNetwork.fromStateDict(view, options)));
  },
});

/** @type {Promise<typeof gatescope> | null} */
let loading = null;

/**
 * Loads the WebAssembly module, once. A failed load can be tried again.
 * @param {string | URL | Request | Response | BufferSource | WebAssembly.Module} [source] `gatescope.wasm` beside this
 *   file if not given
 * @returns {Promise<typeof gatescope>}
 */
export function load(source) {
  loading ??= start(source).then(
    () => gatescope,
    (error) => {
      loading = null;
      throw new GatescopeError('load-failed', {
        field: 'source',
        expected: 'gatescope.wasm',
        given: typeof source === 'string' || source instanceof URL ? String(source) : typeof source,
        message: `gatescope.wasm could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
        cause: error,
      });
    },
  );
  return loading;
}

/** @param {Parameters<typeof load>[0]} source */
async function start(source) {
  if (source instanceof WebAssembly.Module || source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    initSync({ module: source });
    return;
  }
  // A name that bundlers do not follow: the file lies beside this one as it is.
  const url = source ?? new URL(/* @vite-ignore */ './gatescope.wasm', import.meta.url);
  const isFile = url instanceof URL ? url.protocol === 'file:' : typeof url === 'string' && url.startsWith('file:');
  if (isFile && typeof process !== 'undefined' && process.versions?.node) {
    const { readFile } = await import(/* @vite-ignore */ 'node:fs/promises');
    initSync({ module: await readFile(new URL(String(url))) });
    return;
  }
  await initialise({ module_or_path: url });
}
