// @ts-check
/**
 * An animation loop that can rest.
 * @param {(ms: number) => void} frame what is done each time, with the milliseconds since the last time (0 after a rest)
 */
export function createLoop(frame) {
  let request = 0;
  let last = 0;
  /** @param {number} now */
  function turn(now) {
    request = requestAnimationFrame(turn);
    const ms = last ? now - last : 0;
    last = now;
    frame(ms);
  }
  return {
    /** @param {boolean} on */
    run(on) {
      if (on === (request !== 0)) return;
      cancelAnimationFrame(request);
      request = on ? requestAnimationFrame(turn) : 0;
      last = 0;
    },
  };
}
