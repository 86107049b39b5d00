// @ts-check
// The rounds: in each one every network has one turn, so that a machine that slows down slows all of them down.

/**
 * @param {number} rounds
 * @param {import('./task.js').Task[]} tasks
 * @param {import('playwright-core').Page} page
 * @param {number} slice
 * @param {(text: string) => void} say
 * @returns {Promise<Record<string, number>[]>} the limits that were measured, one entry a round
 */
export async function inRounds(rounds, tasks, page, slice, say) {
  /** @type {Map<string, import('./task.js').Task[]>} systems side by side on the same network */
  const groups = new Map();
  for (const task of tasks) {
    const key = `${task.cell} ${task.workload.name}`;
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  const limits = [];
  for (let round = 0; round < rounds; round++) {
    limits.push(await page.evaluate((milliseconds) => window.bench.limits(milliseconds), slice / 4));
    for (const group of groups.values()) {
      for (let turn = 0; turn < group.length; turn++) await group[(turn + round) % group.length].measure();
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return limits;
}
