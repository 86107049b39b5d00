import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from '../src/engine/client.js';
import { compileFrom } from '../src/engine/compile.js';
import { decodeFrame, decodeOpening, isFiniteFrame } from '../src/engine/frame.js';
import { forgive, owed, rest } from '../src/engine/pace.js';
import { PATIENCE_MS, isCurrent, patience } from '../src/engine/protocol.js';
import { defaultExperiment, laneExperiment } from '../src/state/experiment.js';

/** @param {unknown} layout @returns {any} */
const infoOf = (layout) => ({ layout, experiment: {}, notices: [], tokens: ['A', 'b'], classes: ['A'], parameters: 3 });
const layout = {
  floats: 9,
  steps: 2,
  hiddenSize: 2,
  cell: 'lstm',
  channels: [
    { name: 'forget', kind: 'gate', symbol: 'f', rows: 2, cols: 2, offset: 0, role: 'forward' },
    { name: 'hiddenGradientLog10', kind: 'log10Series', symbol: '', rows: 2, cols: 1, offset: 4, role: 'backward' },
    { name: 'scalars', kind: 'scalars', symbol: '', rows: 1, cols: 3, offset: 6, role: 'meta' },
  ],
  scalars: ['step', 'loss', 'accuracy'],
};
const numbers = Float32Array.from([0.1, 0.2, 0.3, 0.4, -3, -1, 7, 1.5, 0.25]);

test('a frame is read where its layout says', () => {
  const frame = decodeFrame(infoOf(layout), numbers.buffer);
  assert.equal(frame.at('forget', 2, 1), numbers[3]);
  assert.deepEqual([...frame.row('forget', 1)], [numbers[0], numbers[1]]);
  assert.deepEqual([...frame.data('hiddenGradientLog10')], [-3, -1]);
  assert.equal(frame.scalar('loss'), 1.5);
  assert.ok(Number.isNaN(frame.scalar('nothing')));
  assert.equal(frame.data('nothing').length, 0);
});

test('a frame is finite when all that is drawn is a number; no gradient at all is one, too', () => {
  /** @param {number} at @param {number} value */
  const finiteWith = (at, value) => isFiniteFrame(decodeFrame(infoOf(layout), numbers.with(at, value).buffer));
  assert.ok(finiteWith(4, -Infinity));
  assert.ok(finiteWith(7, Number.NaN));
  assert.ok(!finiteWith(4, Infinity));
  assert.ok(!finiteWith(1, Number.NaN));
  assert.ok(!finiteWith(1, -Infinity));
});

test('a buffer that is too short is refused', () => {
  assert.throws(() => decodeFrame(infoOf(layout), new ArrayBuffer(8)), RangeError);
});

test('the opening holds its lanes one after another; null is "not evaluated"', () => {
  const both = Float32Array.from([...numbers, ...numbers.map((x) => x + 1)]);
  const lanes = [0, 1].map((k) => ({ info: infoOf(layout), history: [1, 2, null], byteOffset: k * 36, floats: 9, fingerprint: `${k}` }));
  const bytes = new Uint8Array(both.buffer);
  // Each lane's first bytes, then its second ones, and so on.
  const planes = bytes.map((_, at) => bytes[Math.floor(at / 36) * 36 + (at % 9) * 4 + Math.floor((at % 36) / 9)]);
  const opening = decodeOpening({ lanes }, planes.buffer);
  assert.deepEqual([...opening[1].frame.values], [...both.subarray(9)]);
  assert.equal(opening[1].frame.scalar('step'), 8);
  assert.equal(opening[1].fingerprint, '1');
  assert.ok(Number.isNaN(opening[0].history[2]));
});

test('only messages of the present configuration count', () => {
  assert.ok(isCurrent({ id: 3 }, 3));
  for (const stale of [{ id: 2 }, {}, null, undefined]) assert.ok(!isCurrent(/** @type {any} */ (stale), 3));
});

test('patience is two seconds for a classroom network and longer for the heaviest', () => {
  const lane = laneExperiment(defaultExperiment(), 'lstm');
  assert.ok(patience(lane) < PATIENCE_MS + 500);
  assert.ok(patience({ ...lane, length: 512, hidden: 256, layers: 4 }) > 20_000);
});

/** Stands in for a Worker: remembers what it was told, says what the test wants. */
class FakeWorker {
  /** @type {any[]} */
  told = [];
  ended = false;
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @param {any} message */
  postMessage(message) {
    this.told.push(message);
  }
  terminate() {
    this.ended = true;
  }
  /** @param {any} data */
  say(data) {
    this.onmessage?.({ data });
  }
}

/** The smallest module there is. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** @param {() => Response} respond */
function engineWith(respond) {
  /** @type {FakeWorker[]} */
  const workers = [];
  /** @type {any[]} */
  const heard = [];
  const note = (/** @type {string} */ name) => (/** @type {any[]} */ ...args) => void heard.push([name, ...args]);
  globalThis.fetch = async () => respond();
  const engine = createEngine({
    compile: () => compileFrom('x'),
    spawn: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return /** @type {any} */ (worker);
    },
    events: { engine: note('engine'), ready: note('ready'), frame: note('frame'), stopped: note('stopped'), fault: note('fault'), map: note('map'), past: note('past'), reshaped: note('reshaped'), explanation: note('explanation'), terms: note('terms') },
  });
  return { engine, workers, heard };
}
const wasm = () => new Response(EMPTY, { headers: { 'content-type': 'application/wasm' } });
const experiment = laneExperiment(defaultExperiment(), 'lstm');
const phases = (seed = 7) => [{ from: 0, experiment: { ...experiment, seed } }];
const status = { step: 0, diverged: null };

test('an answer to an older configuration is dropped', async () => {
  const { engine, workers, heard } = engineWith(wasm);
  await engine.configure('lstm', phases());
  await engine.configure('lstm', phases(8));
  const [first, second] = workers[0].told.filter((message) => message.type === 'configure').map((message) => message.id);
  workers[0].say({ type: 'ready', id: first, info: infoOf(layout), status });
  assert.ok(!heard.some(([name]) => name === 'ready'));
  workers[0].say({ type: 'ready', id: second, info: infoOf(layout), status });
  assert.ok(engine.isReady('lstm'));
  engine.retain([]);
});

test('a panic replaces the worker, and the next configuration starts a new one', async () => {
  const { engine, workers, heard } = engineWith(wasm);
  await engine.configure('lstm', phases());
  workers[0].say({ type: 'error', id: workers[0].told[1].id, error: { kind: 'panic', message: 'boom' } });
  assert.deepEqual(heard[heard.length - 1], ['fault', 'lstm', { kind: 'crashed', detail: 'boom' }]);
  assert.ok(workers[0].ended);
  await engine.configure('lstm', phases());
  assert.equal(workers.length, 2);
  engine.retain([]);
});

test('a worker that says nothing is stopped', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { engine, workers, heard } = engineWith(wasm);
  await engine.configure('lstm', phases());
  context.mock.timers.tick(60_000);
  assert.equal(heard[heard.length - 1][2].kind, 'stuck');
  assert.ok(workers[0].ended);
});

test('a missing or damaged module is named, and Retry tries again', async () => {
  let bad = true;
  const { engine, heard } = engineWith(() => (bad ? new Response('', { status: 404 }) : wasm()));
  assert.equal(await engine.configure('lstm', phases()), false);
  assert.deepEqual(heard[heard.length - 1], ['engine', 'failed', 'missing', 'HTTP 404']);
  bad = false;
  assert.equal(await engine.configure('lstm', phases()), true);
  engine.retain([]);

  const damaged = engineWith(() => new Response('<html>', { headers: { 'content-type': 'text/html' } }));
  assert.equal(await damaged.engine.configure('lstm', phases()), false);
  assert.equal(damaged.heard[damaged.heard.length - 1][2], 'corrupt');
});

test('a run waits for other lanes, keeps its pace, and forgives what it could not keep up with', () => {
  const run = { stepsPerSecond: /** @type {number | null} */ (null), until: null, ahead: /** @type {number | null} */ (null), since: 0, done: 0 };
  assert.equal(owed(run, 500, 7), Infinity);
  assert.equal(owed({ ...run, ahead: 10 }, 500, 7), 3);
  assert.ok(owed({ ...run, ahead: 10 }, 500, 10) <= 0);
  // Restarted, another lane is far behind: nothing is to be done, not a negative number of steps taken back.
  assert.ok(owed({ ...run, ahead: 24 }, 500, 900) <= 0);
  const paced = { ...run, stepsPerSecond: 60, done: 20 };
  assert.equal(owed(paced, 500, 20), 10);
  assert.equal(owed({ ...paced, ahead: 22 }, 500, 20), 2);
  assert.ok(rest(paced) <= 30 && rest(run) > 0);
  forgive(paced, 500);
  assert.deepEqual([paced.since, paced.done, owed(paced, 500, 20)], [500, 0, 0]);
  const prompt = { ...run, stepsPerSecond: 60, done: 28 };
  forgive(prompt, 500);
  assert.equal(prompt.done, 28);
});
