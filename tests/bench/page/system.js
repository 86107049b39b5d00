// @ts-check
// The systems that are measured, behind one interface.

/**
 * @typedef {{ output: number, learningRate: number, seed: number }} Common what is the same for all workloads
 * @typedef {{ train(steps: number): Promise<number>, free(): void }} Prepared `train` answers the last loss
 * @typedef {{
 *   open(): Promise<void>,
 *   variants(cell: string): string[],
 *   prepare(variant: string, cell: string, workload: import('./data.js').Workload, common: Common, batch: import('./data.js').Batch): Promise<Prepared>,
 * }} System
 */

/** Where each is; loaded only when it is measured. */
const FILES = { ours: './ours.js', tfjs: './tfjs.js', burn: './burn.js' };

/** @type {Map<string, Promise<System>>} */
const opened = new Map();

/**
 * Loads a system, once.
 * @param {keyof typeof FILES} name
 */
export function open(name) {
  let system = opened.get(name);
  if (!system) {
    system = import(FILES[name]).then(async (module) => {
      await module.system.open();
      return module.system;
    });
    opened.set(name, system);
  }
  return system;
}
