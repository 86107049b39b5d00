// @ts-check
// When a network found the solution.
import { HISTORY } from './record.js';

/**
 * The first training step after which so large a share of the held-out sequences was answered rightly; null as long as there is none.
 * @param {{ data: ArrayLike<number>, length: number }} records @param {number} share
 */
export function firstReaching({ data, length }, share) {
  for (let from = 0; from < length; from += HISTORY.width) {
    // Most steps are not measured on the held-out sequences: NaN reaches nothing.
    if (data[from + HISTORY.heldOutAccuracy] >= share) return data[from + HISTORY.step];
  }
  return null;
}
