// @ts-check
// Which cells may stand side by side, one set after another.

/** @typedef {import('./experiment.js').Compared} Compared */

/** Two cells or more, in the catalog's order, the small sets first. @param {string[]} cells @returns {string[][]} */
export function comparisonsOf(cells) {
  const subsets = Array.from({ length: 2 ** cells.length }, (_, bits) => cells.filter((_, k) => bits & (1 << k)));
  return subsets.filter((subset) => subset.length >= 2).sort((a, b) => a.length - b.length);
}

/** The lanes of the next comparison of different cells, all the way round. @param {Compared[]} lanes @param {string[]} cells @returns {Compared[]} */
export function nextCells(lanes, cells) {
  const comparisons = comparisonsOf(cells);
  const now = comparisons.findIndex((one) => one.length === lanes.length && one.every((cell) => lanes.some((lane) => lane.cell === cell)));
  return comparisons[(now + 1) % comparisons.length].map((cell) => lanes.find((lane) => lane.cell === cell) ?? { cell, own: {} });
}
