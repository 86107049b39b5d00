// @ts-check
// The input symbols above a lane: every word has its column, few columns have room for their word.

/**
 * Chooses what is written: important words whole, the others as far as they fit, never overlapping.
 * @param {string[]} texts one a timestep
 * @param {boolean[]} important
 * @param {number} column width of a column in pixels
 * @param {(text: string) => number} measure
 * @param {number} left @param {number} right limits of the row
 * @returns {{ t: number, text: string, x: number, width: number, important: boolean }[]} x = middle of the label
 */
export function layoutTokens(texts, important, column, measure, left, right) {
  /** @type {{ t: number, text: string, x: number, width: number, important: boolean }[]} */
  const placed = [];
  const gap = 3;
  const free = (/** @type {number} */ from, /** @type {number} */ to) =>
    placed.every((p) => to + gap <= p.x - p.width / 2 || from >= p.x + p.width / 2 + gap);
  const put = (/** @type {number} */ k, /** @type {string} */ text, /** @type {boolean} */ strong) => {
    const width = measure(text);
    const middle = left + (k + 0.5) * column;
    const x = Math.min(Math.max(middle, left + width / 2), right - width / 2);
    if (!free(x - width / 2, x + width / 2)) return false;
    placed.push({ t: k + 1, text, x, width, important: strong });
    return true;
  };
  texts.forEach((text, k) => important[k] && put(k, text, true));
  if (column < 5) return placed;
  texts.forEach((text, k) => {
    if (important[k]) return;
    if (measure(text) <= column - gap + 2) put(k, text, false);
    // A word that has no room leaves a dot: the column is not empty, its word shows when the playhead is there.
    else placed.push({ t: k + 1, text: '·', x: left + (k + 0.5) * column, width: 2, important: false });
  });
  return placed;
}

/**
 * Which symbols carry the answer: the task's cue words have the first ids. Without that knowledge, the first and the last.
 * @param {number[]} ids @param {number | undefined} cues
 */
export const importantTokens = (ids, cues) =>
  ids.map((id, k) => (cues === undefined ? k === 0 || k === ids.length - 1 : id < cues));
