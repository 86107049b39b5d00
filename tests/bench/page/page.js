// @ts-check
// What the driver calls in the page. Everything runs on the page's one thread, so each system has the processor alone.
import { memoryBytes } from './memory.js';
import { batchOf } from './data.js';
import { limits } from './limits.js';
import { looking } from './looking.js';
import { open } from './system.js';

/** @type {import('./system.js').Prepared[]} */
const prepared = [];

/** @param {number} id */
const at = (id) => prepared[id];

const bench = {
  limits,
  looking,
  memoryBytes,

  /** @param {any} name @param {string} cell */
  async variants(name, cell) {
    return (await open(name)).variants(cell);
  },

  /**
   * Makes a network and does its first step; answers its number.
   * @param {any} name @param {string} variant @param {string} cell
   * @param {import('./data.js').Workload} workload @param {import('./system.js').Common} common
   */
  async prepare(name, variant, cell, workload, common) {
    const system = await open(name);
    const training = await system.prepare(variant, cell, workload, common, batchOf(workload, common.output));
    const loss = await training.train(1);
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
    return prepared.push(training) - 1;
  },

  /** Milliseconds of some training steps. @param {number} id @param {number} steps */
  async run(id, steps) {
    const start = performance.now();
    const loss = await at(id).train(steps);
    const took = performance.now() - start;
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
    return took;
  },

  /** @param {number} id */
  free(id) {
    at(id).free();
  },

  /** Opens a system without using it. @param {any} name */
  async open(name) {
    await open(name);
  },
};

/** @type {any} */ (window).bench = bench;
document.title = 'ready';
