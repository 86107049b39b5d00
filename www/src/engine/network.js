// @ts-check
// The network class of the headless library: every call into WebAssembly goes through `guarded`, and after a trap, when
// the module's memory cannot be trusted any more, no further one is made.
import initialise, { Network as WasmNetwork, initSync } from './wasm/gatescope.js';

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
export class Network {
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
   * @param {import('../gatescope').BatchSize & { repeat?: number }} size
   * @returns {import('../gatescope').TrainReport}
   */
  trainStep(inputs, targets, size) {
    return this.#with((inner) => inner.trainStep(inputs, targets, size));
  }

  /**
   * Forward pass from zero states, or from `hidden` and `cell` `[L·D, B, H]`.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {import('../gatescope').BatchSize & { hidden?: Float32Array | Float64Array, cell?: Float32Array | Float64Array }} size
   * @returns {import('../gatescope').ForwardResult}
   */
  forward(inputs, size) {
    return this.#with((inner) => inner.forward(inputs, size));
  }

  /**
   * Loss and gradients of a batch; the weights are not changed.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {Float32Array | Float64Array | Int32Array} targets
   * @param {import('../gatescope').BatchSize} size
   * @returns {import('../gatescope').GradientsResult}
   */
  gradients(inputs, targets, size) {
    return this.#with((inner) => inner.gradients(inputs, targets, size));
  }

  /**
   * Everything per timestep of one example and one layer, computed in f64.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {Float32Array | Float64Array | Int32Array} targets
   * @param {import('../gatescope').BatchSize & { example?: number, layer?: number }} size
   * @returns {import('../gatescope').Trace}
   */
  trace(inputs, targets, size) {
    return this.#with((inner) => inner.trace(inputs, targets, size));
  }

  /** All parameters as a safetensors file under PyTorch's names. @returns {Uint8Array} */
  stateDict() {
    return this.#with((inner) => inner.stateDict());
  }

  /** What the network is. @returns {import('../gatescope').NetworkInfo} */
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

/**
 * A network with fresh weights.
 * @param {import('../gatescope').NetworkConfig} config
 */
export function createNetwork(config) {
  return new Network(guarded(() => new WasmNetwork(config)));
}

/**
 * A network with the weights of a safetensors state dict.
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {import('../gatescope').NetworkOptions} [options]
 */
export function networkFromStateDict(bytes, options = {}) {
  const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  if (!(view instanceof Uint8Array)) {
    const expected = 'a Uint8Array or ArrayBuffer';
    const message = `bytes: expected ${expected}, got ${typeof bytes}`;
    throw new GatescopeError('bad-state-dict', { field: 'bytes', expected, given: typeof bytes, message });
  }
  return new Network(guarded(() => WasmNetwork.fromStateDict(view, options)));
}

/**
 * Instantiates the module from bytes, a compiled module, or whatever `fetch` takes.
 * @param {string | URL | Request | Response | BufferSource | WebAssembly.Module} source
 */
export async function instantiate(source) {
  if (source instanceof WebAssembly.Module || source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    initSync({ module: source });
    return;
  }
  const isFile = source instanceof URL ? source.protocol === 'file:' : typeof source === 'string' && source.startsWith('file:');
  if (isFile && typeof process !== 'undefined' && process.versions?.node) {
    const { readFile } = await import(/* @vite-ignore */ 'node:fs/promises');
    initSync({ module: await readFile(new URL(String(source))) });
    return;
  }
  await initialise({ module_or_path: source });
}
