// @ts-check
// One network of one system that is measured in every round.

/** Steps of a turn at most, in case a clock stands still. */
const MOST_STEPS = 1_000_000;

export class Task {
  /** @type {number[]} nanoseconds a step, one entry a round */
  samples = [];

  /**
   * @param {import('./contestants.js').System} system
   * @param {string} variant
   * @param {string} cell
   * @param {import('../page/data.js').Workload} workload
   * @param {number} id
   * @param {number} steps of one turn
   */
  constructor(system, variant, cell, workload, id, steps) {
    this.system = system;
    this.variant = variant;
    this.cell = cell;
    this.workload = workload;
    this.id = id;
    this.steps = steps;
  }

  async measure() {
    this.samples.push(((await this.system.run(this.id, this.steps)) * 1e6) / this.steps);
  }

  /** What is written down. */
  report() {
    const { name, ...size } = this.workload;
    return {
      system: this.system.name, variant: this.variant, cell: this.cell, workload: name, size,
      stepsOfATurn: this.steps, samples: this.samples,
    };
  }
}

/**
 * Warms up and finds out how many steps take about `slice` milliseconds; at least one.
 * @param {import('./contestants.js').System} system
 * @param {number} id
 * @param {number} slice
 */
export async function stepsOf(system, id, slice) {
  let steps = 1;
  let spent = 0;
  for (;;) {
    const took = await system.run(id, steps);
    spent += took;
    if (spent >= 2 * slice || steps >= MOST_STEPS) {
      // Below the clock's resolution a step takes nothing.
      const each = Math.max(took / steps, 1e-6);
      return { steps: Math.min(Math.max(1, Math.round(slice / each)), MOST_STEPS), each };
    }
    if (took < slice) steps *= 2;
  }
}
