// @ts-check
// The network class of the headless library: every call into WebAssembly goes through `guarded`, and after a trap, when
// the module's memory cannot be trusted any more, no further one is made.
import { batchSize, fileBytes, numbers, settings } from './arguments.js';
import { GatescopeError } from './error.js';
import { Network as WasmNetwork } from './wasm/gatescope.js';

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
      expected: 'an answer',
      given: 'a trap',
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
    if (!inner) {
      const about = { field: 'network', expected: 'a network in use', given: 'a freed one', message: 'this network has been freed' };
      throw new GatescopeError('freed', about);
    }
    return guarded(() => call(inner));
  }

  /**
   * Reads the arguments to the end before the network is looked at: reading them may run the caller's code, which may
   * even free the network.
   * @template T
   * @param {unknown} inputs
   * @param {unknown} targets
   * @param {unknown} size
   * @param {(inner: WasmNetwork, inputs: import('../gatescope').Inputs, targets: import('../gatescope').Targets, size: any) => T} call
   * @returns {T}
   */
  #withBatch(inputs, targets, size, call) {
    const [x, y, cut] = [numbers('inputs', inputs), numbers('targets', targets), batchSize(size, false)];
    return this.#with((inner) => call(inner, x, y, cut));
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
    return this.#withBatch(inputs, targets, size, (inner, ...batch) => inner.trainStep(...batch));
  }

  /**
   * Forward pass from zero states, or from `hidden` and `cell` `[L·D, B, H]`.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {import('../gatescope').BatchSize & { hidden?: Float32Array | Float64Array, cell?: Float32Array | Float64Array }} size
   * @returns {import('../gatescope').ForwardResult}
   */
  forward(inputs, size) {
    const [x, cut] = [numbers('inputs', inputs), batchSize(size, true)];
    return this.#with((inner) => inner.forward(x, cut));
  }

  /**
   * Loss and gradients of a batch; the weights are not changed.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {Float32Array | Float64Array | Int32Array} targets
   * @param {import('../gatescope').BatchSize} size
   * @returns {import('../gatescope').GradientsResult}
   */
  gradients(inputs, targets, size) {
    return this.#withBatch(inputs, targets, size, (inner, ...batch) => inner.gradients(...batch));
  }

  /**
   * Everything per timestep of one example and one layer, computed in f64.
   * @param {Float32Array | Float64Array | Int32Array} inputs
   * @param {Float32Array | Float64Array | Int32Array} targets
   * @param {import('../gatescope').BatchSize & { example?: number, layer?: number }} size
   * @returns {import('../gatescope').Trace}
   */
  trace(inputs, targets, size) {
    return this.#withBatch(inputs, targets, size, (inner, ...batch) => inner.trace(...batch));
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
  const plain = settings(config);
  return new Network(guarded(() => new WasmNetwork(plain)));
}

/**
 * A network with the weights of a safetensors state dict.
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {import('../gatescope').NetworkOptions} [options]
 */
export function networkFromStateDict(bytes, options = {}) {
  const [file, plain] = [fileBytes(bytes), settings(options)];
  return new Network(guarded(() => WasmNetwork.fromStateDict(file, plain)));
}
