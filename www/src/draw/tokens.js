// @ts-check
// The input symbols above a lane: every word has its column, few columns have room for their word.

/**
 * Chooses what is written: important words first, then from the left whatever still has room; nothing overlaps.
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
  const free = (/** @type {number} */ from, /** @type {number} */ to, gap = 4) =>
    placed.every((p) => to + gap <= p.x - p.width / 2 || from >= p.x + p.width / 2 + gap);
  const put = (/** @type {number} */ k, /** @type {string} */ text, /** @type {boolean} */ strong) => {
    const width = measure(text);
    const middle = left + (k + 0.5) * column;
    const x = Math.min(Math.max(middle, left + width / 2), right - width / 2);
    // Two letters in neighbouring columns may stand closer than two words.
    const gap = width <= column ? 0 : 4;
    if (!free(x - width / 2, x + width / 2, gap)) return false;
    placed.push({ t: k + 1, text, x, width, important: strong });
    return true;
  };
  texts.forEach((text, k) => important[k] && put(k, text, true));
  texts.forEach((text, k) => {
    if (!important[k]) put(k, text, false);
  });
  // Columns narrower than a dot with room around it are left empty.
  if (column < 5) return placed;
  // A word without room leaves a dot: the column is not empty, and its word shows when the playhead is there.
  const written = new Set(placed.map((p) => p.t));
  texts.forEach((_, k) => {
    const x = left + (k + 0.5) * column;
    if (!written.has(k + 1) && free(x - 1, x + 1)) placed.push({ t: k + 1, text: '·', x, width: 2, important: false });
  });
  return placed;
}

/**
 * Which symbols carry the answer: the task's cue words have the first ids. Without that knowledge, the first and the last.
 * @param {number[]} ids @param {number | undefined} cues
 */
export const importantTokens = (ids, cues) =>
  ids.map((id, k) => (cues === undefined ? k === 0 || k === ids.length - 1 : id < cues));
