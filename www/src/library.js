// @ts-check
/**
 * The headless library: RNN, LSTM and GRU that train, with exact gradients and per-timestep traces.
 *
 * Runs in a page, in a worker and in Node 20 or newer. Numbers cross as typed arrays, row-major, batch first, as in
 * PyTorch with `batch_first=True`; gate order i, f, g, o (LSTM) and r, z, n (GRU).
 * @module gatescope
 */
import { GatescopeError } from './engine/error.js';
import { instantiate } from './engine/load.js';
import { createNetwork, networkFromStateDict } from './engine/network.js';

export { GatescopeError };

/** What `load` answers: see `gatescope.d.ts`. */
const gatescope = Object.freeze({ createNetwork, networkFromStateDict });

/** @type {Promise<typeof gatescope> | null} */
let loading = null;

/**
 * Loads the WebAssembly module, once. A failed load can be tried again.
 * @param {string | URL | Request | Response | BufferSource | WebAssembly.Module} [source] `gatescope.wasm` beside this
 *   file if not given
 * @returns {Promise<typeof gatescope>}
 */
export function load(source) {
  // The file lies beside this one. Bundlers follow the address, but not the one that builds this library: see its configuration.
  loading ??= instantiate(source ?? new URL(/* @vite-ignore */ './gatescope.wasm', import.meta.url)).then(
    () => gatescope,
    (error) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}
