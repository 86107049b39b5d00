// @ts-check
// When a network found the solution.
import { HISTORY } from './record.js';

/**
 * The first training step after which so large a share of the held-out sequences was answered rightly, and the step of the
 * look before it, which did not find as many (null if there was none); null as long as there is none.
 * @param {{ data: ArrayLike<number>, length: number }} records @param {number} share
 * @returns {{ step: number, before: number | null } | null}
 */
export function firstReaching({ data, length }, share) {
  let before = null;
  for (let from = 0; from < length; from += HISTORY.width) {
    const [step, reached] = [data[from + HISTORY.step], data[from + HISTORY.heldOutAccuracy]];
    if (reached >= share) return { step, before };
    // Most steps are not measured on the held-out sequences.
    if (!Number.isNaN(reached)) before = step;
  }
  return null;
}
