// @ts-check
// Warms every system up and keeps the fastest of its variants for each workload, so that each is shown at its best.
// Those that are nearly as fast stay in the rounds too: their medians decide.
import { Task, stepsOf } from './task.js';

/**
 * A variant this many times slower than the best one is not tried on larger workloads. Wide on purpose: it is judged by
 * one short look, and a peer that lost its better way to a busy moment would be shown slower than it is.
 */
const HOPELESS = 5;
/** A variant this many times slower than the best one on the same workload does not take part in its rounds. */
const SLOWER = 3;

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
        const [best] = tried;
        // What failed here or is hopeless is not tried again on something larger.
        if (!best) break;
        variants = tried.filter(({ each }) => each <= HOPELESS * best.each).map(({ variant }) => variant);
        for (const { variant, id, steps, each } of tried) {
          if (each <= SLOWER * best.each) tasks.push(new Task(system, variant, cell, workload, id, steps));
          else await system.free(id);
        }
        const found = tried.map(({ variant, each }) => `${variant} ${each.toPrecision(3)} ms`).join(', ');
        say(`${system.name} ${cell} ${workload.name}: ${found}`);
      }
    }
  }
  return { tasks, failures };
}
