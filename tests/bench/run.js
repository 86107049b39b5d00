// @ts-check
// Measures what `cargo xtask bench` plans, and writes every sample down as JSON; xtask makes the tables of them.
// `node run.js PLAN.json`
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import process from 'node:process';
import { chromium } from 'playwright-core';
import { choose } from './driver/choose.js';
import { BrowserSystem, ScriptSystem } from './driver/contestants.js';
import { firstSteps } from './driver/first.js';
import { lookingCosts } from './driver/looking.js';
import { sessionMemory } from './driver/memory.js';
import { inRounds } from './driver/rounds.js';
import { enlarged } from './driver/scaling.js';
import { sizes } from './driver/sizes.js';

/**
 * @typedef {{
 *   url: string, chromium: string, site: string, answer: string,
 *   rounds: number, slice: number, full: boolean, only: string[] | null,
 *   systems: ('ours' | 'tfjs' | 'burn')[], torch: { python: string, script: string } | null,
 * }} Plan `slice`: milliseconds of a system's turn; `full`: with scaling, memory and first steps
 */

/** Headless, one process for the page, and silent: without these Chromium talks to its maker's hosts. */
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-renderer-backgrounding',
];

/** @type {Plan} */
const plan = JSON.parse(await readFile(process.argv[2], 'utf8'));
const { workloads, ...common } = JSON.parse(await readFile(new URL('workloads.json', import.meta.url), 'utf8'));
const wanted = workloads.filter((/** @type {any} */ { name }) => !plan.only || plan.only.includes(name));
const say = (/** @type {string} */ text) => process.stderr.write(`  ${text}\n`);

const browser = await chromium.launch({ executablePath: plan.chromium, headless: true, args: ARGUMENTS });
try {
  const page = await browser.newPage();
  await page.goto(plan.url);
  await page.waitForFunction(() => document.title === 'ready');

  const systems = plan.systems.map((name) => new BrowserSystem(name, page, common));
  const torch = plan.torch ? new ScriptSystem('torch', plan.torch.python, plan.torch.script, common) : null;
  const everyone = torch ? [...systems, torch] : systems;

  const { tasks, failures } = await choose(everyone, wanted, plan.slice, say);
  const scaling = plan.full ? await enlarged(systems[0], workloads, plan.slice, say) : [];
  const limits = await inRounds(plan.rounds, [...tasks, ...scaling], page, plan.slice, say);
  torch?.close();

  const answer = {
    date: new Date().toISOString().slice(0, 10),
    browser: browser.version(),
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    load: os.loadavg()[0],
    rounds: plan.rounds,
    slice: plan.slice,
    limits,
    steps: tasks.map((task) => task.report()),
    failures,
    scaling: scaling.map((task) => task.report()),
    looking: plan.full ? await lookingCosts(page, plan.rounds, plan.slice, say) : [],
    memory: plan.full ? await sessionMemory(browser, plan.url, workloads.at(-1), common) : [],
    first: plan.full ? await firstSteps(browser, plan.url, tasks, plan.rounds) : [],
    sizes: await sizes(plan.site, plan.systems),
  };
  await writeFile(plan.answer, JSON.stringify(answer, null, 1));
} finally {
  await browser.close();
}
