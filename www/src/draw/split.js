// @ts-check
// How a gradient divides where it comes back to a kept state: straight along it, or through the gates and W_hh.

/**
 * The straight part's share of both norms at timestep t; NaN where nothing comes back.
 * @param {ArrayLike<number>} values `[T, 2]`, log10 of the norms: straight, rest @param {number} t 1..T
 */
export function straightShare(values, t) {
  const [straight, rest] = [values[2 * t - 2], values[2 * t - 1]];
  if (straight === -Infinity) return rest === -Infinity ? Number.NaN : 0;
  // As a ratio: both may be far below what a float can hold.
  return 1 / (1 + 10 ** (rest - straight));
}

/**
 * One column a timestep, the straight part at the bottom.
 * @param {CanvasRenderingContext2D} g
 * @param {{ width: number, height: number, shares: number[], straight: string, rest: string }} picture
 */
export function paintSplit(g, { width, height, shares, straight, rest }) {
  const column = width / shares.length;
  shares.forEach((share, k) => {
    if (Number.isNaN(share)) return;
    const [from, to] = [Math.round(k * column), Math.round((k + 1) * column)];
    const top = Math.round(height * (1 - share));
    g.fillStyle = rest;
    g.fillRect(from, 0, to - from, top);
    g.fillStyle = straight;
    g.fillRect(from, top, to - from, height - top);
  });
}
