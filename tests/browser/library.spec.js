// @ts-check
// The headless library, from the built file: the same numbers in Node, in a page and in a worker, and errors that say
// what is wrong without spoiling what comes after.
import { pathToFileURL } from 'node:url';
import { expect, test } from '@playwright/test';

const FILE = process.env.GATESCOPE_DIST
  ? new URL('gatescope.js', pathToFileURL(`${process.env.GATESCOPE_DIST}/`))
  : new URL('../../www/dist/gatescope.js', import.meta.url);

/**
 * Trains, looks and saves; everything as plain data. Runs wherever the library does, so it names nothing outside itself.
 * @param {any} gs
 * @param {string} cell
 */
function run(gs, cell) {
  const [batch, steps, inputSize] = [3, 5, 4];
  const net = gs.createNetwork({
    cell, inputSize, hiddenSize: 6, layers: 2, outputSize: 2,
    optimizer: { kind: 'adam', learningRate: 1e-2 }, clip: { kind: 'norm', threshold: 1 }, seed: 7,
  });
  const x = Float32Array.from({ length: batch * steps * inputSize }, (_, k) => ((k * 37) % 11) / 11 - 0.5);
  const y = Int32Array.from([0, 1, 0]);
  const losses = Array.from({ length: 60 }, () => net.trainStep(x, y, { batch, steps }).loss);
  const trace = net.trace(x, y, { batch, steps, example: 1, layer: 1 });
  const bytes = net.stateDict();
  const again = gs.networkFromStateDict(bytes, {}).forward(x, { batch, steps });
  const output = Array.from(net.forward(x, { batch, steps }).output);
  net.free();
  return {
    losses, output,
    again: Array.from(again.output),
    states: again.states.length,
    gradient: Array.from(trace.hiddenGradientLog10),
    jacobians: Array.from(trace.jacobianNorm),
    bytes: Array.from(bytes),
  };
}

const CELLS = ['rnn', 'lstm', 'gru'];

test('The library gives the same bits in Node, in a page and in a worker', async ({ page }) => {
  const { load } = await import(FILE.href);
  const gs = await load();
  const inNode = CELLS.map((cell) => run(gs, cell));
  for (const { losses, output, again, gradient, states } of inNode) {
    expect(losses[59]).toBeLessThan(0.5 * losses[0]);
    expect(again).toEqual(output);
    expect(states).toBe(3 * 5 * 6);
    expect(gradient.every(Number.isFinite)).toBe(true);
  }
  await page.goto('./');
  // The page's own policy forbids code made from text, so it comes as a file, as a host's would.
  const script = (/** @type {string} */ answer) =>
    `import { load } from './gatescope.js'; ${run.toString()}\n` +
    `const gs = await load(); const all = ${JSON.stringify(CELLS)}.map((cell) => run(gs, cell)); ${answer}`;
  await page.route('**/in-page.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: script('globalThis.answer = all;') }),
  );
  await page.route('**/in-worker.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: script('postMessage(all);') }),
  );
  const inPage = await page.evaluate(async () => {
    await import(new URL('in-page.js', document.baseURI).href);
    return /** @type {any} */ (globalThis).answer;
  });
  expect(inPage).toEqual(inNode);
  const inWorker = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL('in-worker.js', document.baseURI), { type: 'module' });
        worker.onmessage = (event) => resolve(event.data);
        worker.onerror = (event) => reject(new Error(event.message));
      }),
  );
  expect(inWorker).toEqual(inNode);
});

test('What cannot be used throws a GatescopeError that names it, and the network goes on', async () => {
  const { load, GatescopeError } = await import(FILE.href);
  const gs = await load();
  const good = { inputSize: 2, hiddenSize: 3, outputSize: 2 };
  /** @param {() => unknown} call @param {string} code @param {string} field */
  const refuses = (call, code, field) => {
    let thrown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown, `${code} ${field}`).toBeInstanceOf(GatescopeError);
    expect([thrown.code, thrown.field]).toEqual([code, field]);
    expect(thrown.message.length).toBeGreaterThan(10);
  };
  for (const [change, field] of /** @type {[object, string][]} */ ([
    [{ cell: 'transformer' }, 'cell'], [{ hiddenSize: 0 }, 'hiddenSize'], [{ hiddenSize: 2.5 }, 'hiddenSize'],
    [{ hiddenSize: '20' }, 'hiddenSize'], [{ outputSize: NaN }, 'outputSize'], [{ layers: -1 }, 'layers'],
    [{ bidirectional: 'yes' }, 'bidirectional'], [{ readout: 'first' }, 'readout'], [{ loss: 'hinge' }, 'loss.kind'],
    [{ optimizer: { kind: 'adam', learningRate: Infinity } }, 'optimizer.learningRate'],
    [{ clip: { kind: 'norm', threshold: -1 } }, 'clip.threshold'], [{ precision: 'f16' }, 'precision'],
    [{ seed: -1 }, 'seed'], [{ init: { kind: 'zeros' } }, 'init.kind'], [{ vocabularySize: 5 }, 'inputSize'],
    [{ hiddenUnits: 3 }, 'hiddenUnits'],
  ])) {
    refuses(() => gs.createNetwork({ ...good, ...change }), 'invalid-config', field);
  }
  refuses(() => gs.createNetwork(null), 'invalid-config', 'config');
  const net = gs.createNetwork(good);
  const x = Float32Array.from({ length: 8 }, (_, k) => k / 8);
  const y = Int32Array.from([0, 1]);
  const size = { batch: 2, steps: 2 };
  const before = Array.from(net.stateDict());
  refuses(() => net.trainStep(x, y, { batch: 3, steps: 2 }), 'shape-mismatch', 'inputs');
  refuses(() => net.trainStep(x, Int32Array.from([0, 2]), size), 'id-out-of-range', 'targets');
  refuses(() => net.trainStep(x, Float32Array.from([0, 2]), size), 'shape-mismatch', 'targets');
  refuses(() => net.trainStep(x.map(() => NaN), y, size), 'invalid-config', 'inputs');
  refuses(() => net.trainStep([1, 2, 3], y, size), 'invalid-input', 'inputs');
  refuses(() => net.trainStep(x, y), 'invalid-input', 'size');
  refuses(() => net.forward(x, { batch: 2 }), 'invalid-input', 'steps');
  refuses(() => net.forward(Int32Array.from([0, 1, 0, 1]), size), 'invalid-config', 'inputs');
  refuses(() => net.trace(x, y, { ...size, example: 2 }), 'invalid-config', 'example');
  refuses(() => net.trace(x, y, { ...size, layer: 1 }), 'invalid-config', 'layer');
  refuses(() => gs.networkFromStateDict(new Uint8Array(20)), 'bad-state-dict', 'bytes');
  refuses(() => gs.networkFromStateDict('file.safetensors'), 'bad-state-dict', 'bytes');
  expect(Array.from(net.stateDict())).toEqual(before);
  const other = gs.createNetwork({ ...good, seed: 1 });
  const [first, second] = [net.trace(x, y, size), other.trace(x, y, size)];
  expect(Array.from(net.trace(x, y, size).hiddenGradient)).toEqual(Array.from(first.hiddenGradient));
  expect(Array.from(second.hiddenGradient)).not.toEqual(Array.from(first.hiddenGradient));
  expect(net.trainStep(x, y, size).step).toBe(1);
  net.free();
  net.free();
  refuses(() => net.forward(x, size), 'freed', 'network');
  expect(other.trainStep(x, y, size).step).toBe(1);
  other.free();
});

test('A step that would write infinite numbers is not done and is counted', async () => {
  const { load } = await import(FILE.href);
  const gs = await load();
  const net = gs.createNetwork({
    cell: 'rnn', nonlinearity: 'relu', inputSize: 1, hiddenSize: 4, outputSize: 1, loss: 'mse',
    init: { kind: 'identity', spectralRadius: 1000 }, optimizer: 'sgd',
  });
  const x = Float32Array.from({ length: 200 }, () => 1);
  const before = Array.from(net.stateDict());
  const report = net.trainStep(x, Float32Array.from([0]), { batch: 1, steps: 200 });
  expect([report.step, report.skipped]).toEqual([0, 1]);
  expect(Number.isFinite(report.loss)).toBe(false);
  expect(Array.from(net.stateDict())).toEqual(before);
  expect(net.trainStep(x.slice(0, 2), Float32Array.from([0]), { batch: 1, steps: 2 })).toMatchObject({ skipped: 1 });
  net.free();
});
