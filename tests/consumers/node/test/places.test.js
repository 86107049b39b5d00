// The places in Node that the library is used from: a script, a thread, CommonJS. The same bits in each.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { load } from 'gatescope';
import { experiment } from '../experiment.js';

const here = experiment(await load());

test('an experiment learns, and all that comes back is there', () => {
  for (const { losses, gradients, jacobians, output } of here) {
    assert.ok(losses.at(-1) < 0.1 * losses[0], `${losses.at(-1)}`);
    assert.ok([...gradients, ...jacobians, ...output].every(Number.isFinite));
  }
});

test('a thread gives the same bits', async () => {
  const worker = new Worker(new URL('../support/thread.js', import.meta.url));
  const [there] = await once(worker, 'message');
  assert.deepEqual(there, here);
  await worker.terminate();
});

test('CommonJS gives the same bits, by import() and by require()', async () => {
  const common = createRequire(import.meta.url)('../support/common.cjs');
  assert.deepEqual(experiment(await (await common.imported()).load()), here);
  assert.deepEqual(experiment(await common.required().load()), here);
});
