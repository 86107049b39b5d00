// @ts-check
// From the request for a page to the end of the first training step: `first.html?system=…&variant=…`.
import { batchOf } from './data.js';
import { open } from './system.js';

const wanted = new URLSearchParams(location.search);
const common = await (await fetch('./workloads.json')).json();
const workload = common.workloads[0];
const system = await open(/** @type {any} */ (wanted.get('system')));
const training = await system.prepare(wanted.get('variant') ?? '', 'lstm', workload, common, batchOf(workload, common.output));
await training.train(1);
// Counted from the moment the navigation began.
/** @type {any} */ (window).firstStep = performance.now();
