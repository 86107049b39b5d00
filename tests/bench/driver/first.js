// @ts-check
// From the request for a page to the end of the first training step on the smallest workload, nothing cached.

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('./task.js').Task[]} tasks
 * @param {number} rounds
 */
export async function firstSteps(browser, url, tasks, rounds) {
  const [smallest] = tasks;
  // The fastest variant of each system comes first.
  const systems = tasks
    .filter((task, index) => index === tasks.findIndex((other) => isSame(task, other)))
    .filter(({ cell, workload, system }) => cell === 'lstm' && workload === smallest.workload && system.name !== 'torch')
    .map(({ system, variant }) => ({ system: system.name, variant, samples: /** @type {number[]} */ ([]) }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < systems.length; turn++) {
      const { system, variant, samples } = systems[(turn + round) % systems.length];
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`${url}first.html?${new URLSearchParams({ system, variant })}`);
      const done = await page.waitForFunction(() => /** @type {any} */ (window).firstStep, undefined, { timeout: 60_000 });
      samples.push(/** @type {number} */ (await done.jsonValue()));
      await context.close();
    }
  }
  return systems;
}

/**
 * Whether the two are of one system on one network.
 * @param {import('./task.js').Task} a
 * @param {import('./task.js').Task} b
 */
function isSame(a, b) {
  return a.system === b.system && a.cell === b.cell && a.workload === b.workload;
}
