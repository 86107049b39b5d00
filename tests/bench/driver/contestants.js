// @ts-check
// Who is measured: a system in the page, or a script that runs beside the browser and speaks JSON lines.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * @typedef {import('../page/data.js').Workload} Workload
 * @typedef {import('../page/system.js').Common} Common
 * @typedef {{ name: string, variants(cell: string): Promise<string[]>,
 *   prepare(variant: string, cell: string, workload: Workload): Promise<number>,
 *   run(id: number, steps: number): Promise<number>, free(id: number): Promise<void> }} System
 *   `prepare` does one step too; `run` answers milliseconds
 */

/** A system in the page. */
export class BrowserSystem {
  /** @param {string} name @param {import('playwright-core').Page} page @param {Common} common */
  constructor(name, page, common) {
    this.name = name;
    this.page = page;
    this.common = common;
  }

  /** @param {string} cell */
  variants(cell) {
    return this.page.evaluate(([name, cell]) => window.bench.variants(name, cell), [this.name, cell]);
  }

  /** @param {string} variant @param {string} cell @param {Workload} workload */
  prepare(variant, cell, workload) {
    return this.page.evaluate(
      (/** @type {any} */ [name, variant, cell, workload, common]) =>
        window.bench.prepare(name, variant, cell, workload, common),
      /** @type {any} */ ([this.name, variant, cell, workload, this.common]),
    );
  }

  /** @param {number} id @param {number} steps */
  run(id, steps) {
    return this.page.evaluate(([id, steps]) => window.bench.run(id, steps), [id, steps]);
  }

  /** @param {number} id */
  free(id) {
    return this.page.evaluate((id) => window.bench.free(id), id);
  }
}

/** A script that answers each line of JSON by one. */
export class ScriptSystem {
  /** @param {string} name @param {string} program @param {string} script @param {Common} common */
  constructor(name, program, script, common) {
    this.name = name;
    this.common = common;
    this.child = spawn(program, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** @param {object} question */
  async #ask(question) {
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the script ended');
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer.value;
  }

  async variants() {
    return ['native'];
  }

  /** @param {string} _variant @param {string} cell @param {Workload} workload */
  prepare(_variant, cell, workload) {
    return this.#ask({ method: 'prepare', cell, workload, common: this.common });
  }

  /** @param {number} id @param {number} steps */
  run(id, steps) {
    return this.#ask({ method: 'run', id, steps });
  }

  /** @param {number} id */
  free(id) {
    return this.#ask({ method: 'free', id });
  }

  close() {
    this.child.stdin.end();
  }
}
