// @ts-check
// Our own step on twice and four times the timesteps, the batch and the hidden units.
import { Task, stepsOf } from './task.js';

/** @type {['steps' | 'batch' | 'hidden', string][]} */
const AXES = [['steps', 'T'], ['batch', 'B'], ['hidden', 'H']];

/**
 * @param {import('./contestants.js').System} system
 * @param {import('../page/data.js').Workload[]} workloads
 * @param {number} slice
 * @param {(text: string) => void} say
 */
export async function enlarged(system, workloads, slice, say) {
  const base = workloads.find(({ name }) => name === 'W3') ?? workloads[0];
  const tasks = [];
  for (const [size, letter] of AXES) {
    for (const factor of [1, 2, 4]) {
      const workload = { ...base, name: `${letter} × ${factor}`, [size]: base[size] * factor };
      const [variant] = await system.variants('lstm');
      const id = await system.prepare(variant, 'lstm', workload);
      const { steps } = await stepsOf(system, id, slice);
      tasks.push(new Task(system, variant, 'lstm', workload, id, steps));
    }
  }
  say('networks of growing size are ready');
  return tasks;
}
