// @ts-check
// How much the linear memory grows by making a network and training it.

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('../page/data.js').Workload} workload
 * @param {import('../page/system.js').Common} common
 */
export async function sessionMemory(browser, url, workload, common) {
  const answer = [];
  for (const cell of ['lstm', 'rnn']) {
    // A page of its own: memory that was given back by somebody else would be used first.
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(() => document.title === 'ready');
    const [before, after] = await page.evaluate(
      async (/** @type {any} */ [cell, workload, common]) => {
        await window.bench.open('ours');
        const before = window.bench.memoryBytes();
        const id = await window.bench.prepare('ours', 'library', cell, workload, common);
        await window.bench.run(id, 2);
        return [before, window.bench.memoryBytes()];
      },
      /** @type {any} */ ([cell, workload, common]),
    );
    await page.close();
    answer.push({ cell, workload: workload.name, size: workload, before, after });
  }
  return answer;
}
