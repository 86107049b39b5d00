// @ts-check
// One lane's training, off the main thread: slices of a few milliseconds, a look at the messages between them.
import init, { Lane } from './wasm/gatescope.js';
import { MAX_FRAMES_PER_SECOND, POOL, SETTLE_MS, SLICE_MS } from './protocol.js';
import { createMapMaker } from './mapMaker.js';

/** @typedef {import('./protocol.js').ToWorker} ToWorker */
/** @typedef {import('./protocol.js').FromWorker} FromWorker */

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (globalThis));

/** @type {Promise<unknown>} */
let loaded = Promise.reject(new Error('no module yet'));
loaded.catch(() => {});
/** @type {Lane | null} */
let lane = null;
let id = 0;
/** Buffers this worker owns just now; the others are with the page. @type {ArrayBuffer[]} */
let pool = [];
let floats = 0;

/** @type {{ stepsPerSecond: number | null, until: number | null, since: number, done: number } | null} */
let run = null;
/** A frame is owed: something changed that the page has not seen. */
let dirty = false;
let lastPost = -Infinity;
/** What the last frame cost; a costly one is posted less often, so that watching does not slow training much. */
let frameCost = 0;
let rate = { since: 0, steps: 0, value: 0 };
/** History of steps not posted yet. @type {Float32Array[]} */
let history = [];

/** @param {FromWorker} message @param {Transferable[]} [transfer] */
const post = (message, transfer = []) => scope.postMessage(message, transfer);

/** Makes the memory map while the page shows it. */
const maps = createMapMaker(() => lane, () => run !== null, (message, transfer) => post({ ...message, id }, transfer));

// A message to oneself yields to the page's messages at once; a timer would be clamped to 4 ms.
const yielder = new MessageChannel();
let scheduled = false;
yielder.port1.onmessage = () => {
  scheduled = false;
  guarded(slice);
};
function schedule() {
  if (scheduled) return;
  scheduled = true;
  yielder.port2.postMessage(null);
}

/** @param {unknown} thrown @returns {import('./protocol.js').LaneError} */
function asError(thrown) {
  if (thrown && typeof thrown === 'object' && 'kind' in thrown) return /** @type {any} */ (thrown);
  return { kind: 'panic', field: '', expected: '', given: '', message: thrown instanceof Error ? thrown.message : String(thrown) };
}

/** Whatever is thrown becomes a message; after a panic the page replaces this worker. @param {() => void} action */
function guarded(action) {
  try {
    action();
  } catch (thrown) {
    run = null;
    lane = null;
    post({ type: 'error', id, error: asError(thrown) });
  }
}

/** @param {number} now */
function postFrame(now) {
  const buffer = pool.pop();
  if (!buffer || !lane) return;
  dirty = false;
  lane.copyFrameInto(new Float32Array(buffer));
  history.push(lane.takeHistory());
  const records = new Float32Array(history.reduce((n, part) => n + part.length, 0));
  history.reduce((at, part) => (records.set(part, at), at + part.length), 0);
  history = [];
  lastPost = now;
  frameCost = performance.now() - now;
  post(
    { type: 'frame', id, buffer, status: lane.status(), history: records, training: run !== null, stepsPerSecond: run ? rate.value : 0, before: lane.gradientBefore(), dropped: lane.dropped() },
    [buffer, records.buffer],
  );
}

/** Steps that may be done now: all that time allows, or as many as the pace owes. @param {number} now */
function owed(now) {
  if (!run) return 0;
  if (run.stepsPerSecond === null) return Infinity;
  return Math.floor(((now - run.since) / 1000) * run.stepsPerSecond) - run.done;
}

function slice() {
  if (!lane) return;
  let now = performance.now();
  if (run) {
    const end = now + SLICE_MS;
    let todo = owed(now);
    let diverged = false;
    while (run && todo > 0 && now < end) {
      const status = lane.train(1);
      run.done++;
      todo--;
      rate.steps++;
      dirty = true;
      maps.outdated();
      now = performance.now();
      diverged = status.diverged !== null;
      if (diverged || (run.until !== null && status.step >= run.until)) {
        run = null;
        break;
      }
    }
    if (now - rate.since > 500) rate = { since: now, steps: 0, value: (1000 * rate.steps) / (now - rate.since) };
    // A machine that cannot keep the pace owes ever more: forget the debt, never fall behind the messages.
    if (run && todo > 4 && run.stepsPerSecond !== null) Object.assign(run, { since: now, done: 0 });
    if (!run) {
      if (dirty) postFrame(now);
      post({ type: 'stopped', id, status: lane.status() });
      if (maps.isWanted()) schedule();
      return;
    }
  }
  const mapping = maps.work();
  if (dirty && now - lastPost >= Math.max(1000 / MAX_FRAMES_PER_SECOND, 3 * frameCost)) postFrame(now);
  if (run && run.stepsPerSecond !== null && owed(performance.now()) <= 0) setTimeout(schedule, Math.min(30, 1000 / run.stepsPerSecond));
  else if (run || mapping) schedule();
  else if (dirty && pool.length) setTimeout(schedule, 1000 / MAX_FRAMES_PER_SECOND);
}

/** @param {ToWorker} message */
async function receive(message) {
  switch (message.type) {
    case 'load':
      loaded = init({ module_or_path: message.module });
      loaded.catch(() => {});
      return;
    case 'configure':
      await loaded;
      run = null;
      id = message.id;
      lane?.free();
      lane = null;
      history = [];
      maps.reset();
      guarded(() => {
        const made = new Lane(message.experiment);
        const info = made.info();
        lane = made;
        floats = info.layout.floats;
        pool = Array.from({ length: POOL }, () => new ArrayBuffer(floats * 4));
        post({ type: 'ready', id, info, status: made.status() });
        postFrame(performance.now());
        if (maps.isWanted()) schedule();
      });
      return;
    case 'train': {
      const now = performance.now();
      if (!lane || lane.status().diverged) {
        if (lane) post({ type: 'stopped', id, status: lane.status() });
        return;
      }
      // A network just set up is first laid out and drawn by the page, which on two cores would have to share them
      // with both workers; what only goes on goes on at once.
      const wait = lane.status().step === 0 ? SETTLE_MS : 0;
      run = { stepsPerSecond: message.stepsPerSecond, until: message.until, since: now + wait, done: 0 };
      rate = { since: now + wait, steps: 0, value: 0 };
      setTimeout(schedule, wait);
      return;
    }
    case 'stop':
      run = null;
      if (lane) post({ type: 'stopped', id, status: lane.status() });
      if (dirty || maps.isWanted()) schedule();
      return;
    case 'step':
      guarded(() => {
        lane?.train(message.steps);
        maps.outdated();
        dirty = true;
        lastPost = -Infinity;
        schedule();
      });
      return;
    case 'example':
      guarded(() => {
        lane?.selectExample(message.index);
        maps.outdated();
        dirty = true;
        lastPost = -Infinity;
        schedule();
      });
      return;
    // Surgery: begin.
    case 'intervene':
      guarded(() => {
        lane?.intervene(message.intervention);
        dirty = true;
        lastPost = -Infinity;
        schedule();
      });
      return;
    // Surgery: end.
    case 'map':
      guarded(() => maps.want(message.want));
      if (message.want === 'on') schedule();
      return;
    case 'recycle':
      // Buffers of an older experiment have another size: they are let go.
      if (message.buffer.byteLength === floats * 4 && pool.length < POOL) pool.push(message.buffer);
      if (dirty) schedule();
  }
}

// Messages are handled in order, although the first configure waits for the module.
let queue = Promise.resolve();
scope.onmessage = (event) => {
  const message = /** @type {ToWorker} */ (event.data);
  queue = queue.then(() => receive(message)).catch((thrown) => {
    if (message.type === 'configure') id = message.id;
    post({ type: 'error', id, error: asError(thrown) });
  });
};
