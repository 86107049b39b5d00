// @ts-check
// What this machine's WebAssembly can do at most, in the same page and the same run: see `probe`.

/** What one unit of each probe is: a call of `n` does `n · perCall` of them. */
const PROBES = {
  /** Floating-point operations of 12 independent chains of 4 lanes, a product and a sum each. */
  peak: { perCall: 12 * 4 * 2 },
  tanh: { perCall: 1024 },
  sigmoid: { perCall: 1024 },
  adam: { perCall: 4096 },
};
/** Milliseconds of calls before the first measurement: V8 compiles a function well only after a while, and aside. */
const WARM_UP = 400;

/** @type {Promise<{ exports: any, counts: Record<string, number> }> | null} */
let probe = null;

/** @param {() => void} call */
function timed(call) {
  const start = performance.now();
  call();
  return performance.now() - start;
}

/** Loads the probes, warms them up, and finds how often each must run to take its time. @param {number} milliseconds */
async function open(milliseconds) {
  const { instance } = await WebAssembly.instantiateStreaming(fetch('./probe.wasm'));
  const exports = /** @type {any} */ (instance.exports);
  /** @type {Record<string, number>} */
  const counts = {};
  for (const name of Object.keys(PROBES)) {
    for (let spent = 0; spent < WARM_UP; ) spent += timed(() => exports[name](1000));
    let count = 1000;
    while (timed(() => exports[name](count)) < milliseconds) count *= 2;
    counts[name] = count;
  }
  return { exports, counts };
}

/**
 * Nanoseconds for one operation of each probe.
 * @param {number} milliseconds that each takes at least
 * @returns {Promise<Record<keyof typeof PROBES, number>>}
 */
export async function limits(milliseconds) {
  probe ??= open(milliseconds);
  const { exports, counts } = await probe;
  const answer = /** @type {any} */ ({});
  for (const [name, { perCall }] of Object.entries(PROBES)) {
    const count = counts[name];
    answer[name] = (timed(() => exports[name](count)) * 1e6) / (count * perCall);
  }
  return answer;
}
