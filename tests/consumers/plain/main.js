import { load } from './gatescope/gatescope.js';
import { experiment } from './experiment.js';

/** What the worker answers. */
const inWorker = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(`worker: ${event.message}`));
  });

globalThis.answers = (async () => ({ page: experiment(await load()), worker: await inWorker() }))();
