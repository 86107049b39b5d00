// @ts-check
// What this machine's WebAssembly can do at most, in the same page and the same run: see `probe`.

/** @type {Promise<any> | null} */
let probe = null;

/** The probes, with what one unit of each answer is: a call of `n` does `n · perCall` of them. */
const PROBES = {
  /** Floating-point operations of 12 independent chains of 4 lanes, a product and a sum each. */
  peak: { perCall: 12 * 4 * 2 },
  tanh: { perCall: 1024 },
  sigmoid: { perCall: 1024 },
  adam: { perCall: 4096 },
};

/**
 * Nanoseconds for one operation of each probe, measured for about `milliseconds`.
 * @param {number} milliseconds
 * @returns {Promise<Record<keyof typeof PROBES, number>>}
 */
export async function limits(milliseconds) {
  probe ??= WebAssembly.instantiateStreaming(fetch('./probe.wasm')).then(({ instance }) => instance.exports);
  const exports = await probe;
  const answer = /** @type {any} */ ({});
  for (const [name, { perCall }] of Object.entries(PROBES)) {
    let count = 64;
    let took = 0;
    // Doubled until it takes long enough for the clock: the last run is the measurement.
    for (;;) {
      const start = performance.now();
      exports[name](count);
      took = performance.now() - start;
      if (took >= milliseconds) break;
      count *= 2;
    }
    answer[name] = (took * 1e6) / (count * perCall);
  }
  return answer;
}
