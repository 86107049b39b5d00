// @ts-check
// What can be looked at along t, read from the layouts of the lanes: no quantity and no cell is known by name here.

/** @typedef {import('../engine/frame.js').Frame} Frame */
/** @typedef {import('../generated/types.d.ts').Quantity} Quantity */

/** Everything any of the frames offers, each once; the frame with most has its order kept. @param {Frame[]} frames @returns {Quantity[]} */
export function offered(frames) {
  const lists = frames.map(({ info }) => info.layout.quantities).sort((a, b) => b.length - a.length);
  const all = new Map(lists.flat().map((quantity) => [quantity.name, quantity]));
  return [...all.values()];
}

/** A quantity's numbers in a frame; no series when its cell has none. @param {Frame} frame @param {string} name */
export function seriesOf(frame, name) {
  const quantity = frame.info.layout.quantities.find((one) => one.name === name);
  const series = (quantity?.series ?? []).map((channel) => ({ name: channel, symbol: frame.channel(channel)?.symbol ?? channel, values: frame.data(channel) }));
  return { series, cosine: quantity?.cosine ? frame.data(quantity.cosine) : null };
}

/** Whether a quantity has been asked for but not filled yet: then it is NaN throughout. @param {ArrayLike<number>} values */
export function isEmpty(values) {
  for (let k = 0; k < values.length; k++) if (!Number.isNaN(values[k])) return false;
  return true;
}

/** Least, largest and mean of the finite ones, and where the extremes are (t from 1); null when there is none. @param {ArrayLike<number>} values */
export function spread(values) {
  let [least, largest, sum, count] = [Infinity, -Infinity, 0, 0];
  let [leastAt, largestAt] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    if (!Number.isFinite(value)) continue;
    if (value > largest) [largest, largestAt] = [value, k + 1];
    if (value < least) [least, leastAt] = [value, k + 1];
    sum += value;
    count++;
  }
  return count ? { least, largest, mean: sum / count, leastAt, largestAt } : null;
}
