// @ts-check
// Warms every system up and keeps the fastest of its variants for each workload, so that each is shown at its best.
import { Task, stepsOf } from './task.js';

/** A variant this many times slower than the best one on a smaller workload is not tried on a larger one. */
const HOPELESS = 3;

/**
 * @param {import('./contestants.js').System[]} systems
 * @param {import('../page/data.js').Workload[]} workloads
 * @param {number} slice
 * @param {(text: string) => void} say
 */
export async function choose(systems, workloads, slice, say) {
  /** @type {Task[]} */
  const tasks = [];
  /** @type {{ system: string, variant: string, cell: string, workload: string, reason: string }[]} */
  const failures = [];
  for (const cell of ['lstm', 'rnn']) {
    for (const system of systems) {
      const about = (/** @type {string} */ variant, /** @type {string} */ workload, /** @type {unknown} */ error) => {
        const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0].replace(/^page\.evaluate: /, '');
        failures.push({ system: system.name, variant, cell, workload, reason });
        say(`${system.name} ${variant} ${cell} ${workload}: ${reason}`);
      };
      /** @type {string[]} */
      let variants = [];
      try {
        variants = await system.variants(cell);
      } catch (error) {
        about('', '', error);
      }
      for (const workload of workloads) {
        const tried = [];
        for (const variant of variants) {
          try {
            const id = await system.prepare(variant, cell, workload);
            const { steps, each } = await stepsOf(system, id, slice);
            tried.push({ variant, id, steps, each });
          } catch (error) {
            about(variant, workload.name, error);
          }
        }
        tried.sort((a, b) => a.each - b.each);
        const [best, ...others] = tried;
        for (const { id } of others) await system.free(id);
        if (!best) continue;
        variants = tried.filter(({ each }) => each <= HOPELESS * best.each).map(({ variant }) => variant);
        tasks.push(new Task(system, best.variant, cell, workload, best.id, best.steps));
        const found = tried.map(({ variant, each }) => `${variant} ${each.toPrecision(3)} ms`).join(', ');
        say(`${system.name} ${cell} ${workload.name}: ${found}`);
      }
    }
  }
  return { tasks, failures };
}
