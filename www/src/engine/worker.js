// @ts-check
// One lane's training, off the main thread: slices of a few milliseconds, a look at the messages between them.
import init from './wasm/gatescope.js';
import { FRAME_COST_TIMES, FRAME_REST_MS, MAX_FRAMES_PER_SECOND, POOL, SETTLE_MS, SLICE_MS, WEIGHTS_MS } from './protocol.js';
import { createCourse } from './course.js';
import { explain } from './explaining.js';
import { createKeeping } from './keeping.js';
import { createMapMaker } from './mapMaker.js';
import { forgive, owed, rest as pause } from './pace.js';
import { createRecalls } from './recalls.js';
import { createTermsMaker } from './termsMaker.js';

/** @typedef {import('./protocol.js').ToWorker} ToWorker */
/** @typedef {import('./protocol.js').FromWorker} FromWorker */

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (globalThis));

/** @type {Promise<unknown>} */
let loaded = Promise.reject(new Error('no module yet'));
loaded.catch(() => {});
/** @type {import('./course.js').Course | null} */
let course = null;
let id = 0;
/** Buffers this worker owns just now; the others are with the page. @type {ArrayBuffer[]} */
let pool = [];
let floats = 0;

/** A run; with a recall, one over steps that were walked before: nothing of it is shown or kept until it is there. @type {import('./pace.js').Run | null} */
let run = null;
/** The last recall that arrived, until the page has been told. @type {number | null} */
let recalled = null;
/** Whether the distribution of the weights is looked at, and when it was told. */
const weights = { want: false, told: -Infinity };
/** Frames carry the channels of the microscope. */
let watched = false;
/** A frame is owed: something changed that the page has not seen. */
let dirty = false;
let lastPost = -Infinity;
/** What the last frame and the equation that is looked at cost; a costly one is posted less often, so that watching does not slow training much. */
let frameCost = 0;
let rate = { since: 0, steps: 0, value: 0 };

/** @param {FromWorker} message @param {Transferable[]} [transfer] */
const post = (message, transfer = []) => scope.postMessage(message, transfer);

const keeping = createKeeping(() => course, (message, transfer) => post({ ...message, id }, transfer));
const recalls = createRecalls((message, transfer) => post({ ...message, id }, transfer));

/** Makes the memory map while the page shows it. */
const maps = createMapMaker(() => course?.lane() ?? null, () => run !== null, (message, transfer) => post({ ...message, id }, transfer));

/** Makes the terms of the weights' gradient while the page shows them. */
const terms = createTermsMaker(() => course?.lane() ?? null, () => run !== null, (message, transfer) => post({ ...message, id }, transfer));

/** The timestep that the page wants taken apart. @type {import('./explaining.js').Wish | null} */
let wish = null;
function tellWhy() {
  if (!wish || !course) return;
  const { numbers, more } = explain(course.lane(), wish);
  post({ type: 'explanation', id, numbers, more }, [numbers.buffer, ...(more ? [more.numbers.buffer] : [])]);
}

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
    course = null;
    post({ type: 'error', id, error: asError(thrown) });
  }
}

/** @param {number} now */
function postFrame(now) {
  const buffer = pool.pop();
  if (!buffer || !course) return;
  const lane = course.lane();
  dirty = false;
  lane.copyFrameInto(new Float32Array(buffer));
  const { history, norms } = keeping.take();
  lastPost = now;
  const told = weights.want && (!run || now - weights.told > WEIGHTS_MS) ? lane.weights() : null;
  if (told) weights.told = now;
  post(
    {
      type: 'frame', id, buffer, status: lane.status(), history, norms, training: run !== null, stepsPerSecond: run ? rate.value : 0,
      before: lane.gradientBefore(), dropped: lane.dropped(), fingerprint: run ? '' : lane.fingerprint(), recalled, weights: told,
    },
    [buffer, history.buffer, norms.buffer],
  );
  recalled = null;
  tellWhy();
  frameCost = performance.now() - now;
  terms.outdated();
}

/** A recall is where it was to go. @param {import('./recalls.js').Recall} recall */
function arrive({ token, keep, then }) {
  // These steps have been told before.
  course?.takeRecords();
  recalled = token;
  dirty = true;
  lastPost = -Infinity;
  maps.outdated();
  if (keep) keeping.record(true);
  if (then) enqueue(then);
}

/** Frames have a new layout: buffers for it. @param {import('./protocol.js').LaneInfo} info */
function reshape({ layout }) {
  floats = layout.floats;
  pool = Array.from({ length: POOL }, () => new ArrayBuffer(floats * 4));
}

function slice() {
  if (!course) return;
  let now = performance.now();
  if (run) {
    const end = now + SLICE_MS;
    let todo = owed(run, now, course.lane().status().step);
    let diverged = false;
    const { recall } = run;
    while (run && todo > 0 && now < end) {
      const status = course.train();
      run.done++;
      todo--;
      now = performance.now();
      diverged = status.diverged !== null;
      if (!recall) {
        rate.steps++;
        dirty = true;
        maps.outdated();
        keeping.record(false);
      }
      if (diverged || (run.until !== null && status.step >= run.until)) {
        run = null;
        break;
      }
    }
    if (recall && run) {
      recalls.tell(recall, course, now);
      return schedule();
    }
    if (recall) {
      arrive(recall);
      return schedule();
    }
    if (now - rate.since > 500) rate = { since: now, steps: 0, value: (1000 * rate.steps) / (now - rate.since) };
    // A machine that cannot keep the pace owes ever more: forget the debt, never fall behind the messages.
    if (run) forgive(run, now);
    // Who waits for others says that it is there.
    if (run && todo <= 0 && now - lastPost > FRAME_REST_MS) dirty = true;
    if (!run) {
      keeping.record(true);
      if (dirty) postFrame(now);
      post({ type: 'stopped', id, status: course.lane().status() });
      if (maps.isWanted() || terms.isWanted()) schedule();
      return;
    }
  }
  const mapping = maps.work();
  const summing = terms.work();
  const rest = Math.min(FRAME_REST_MS, (run?.stepsPerSecond === null ? FRAME_COST_TIMES : 2) * frameCost);
  if (dirty && now - lastPost >= Math.max(1000 / MAX_FRAMES_PER_SECOND, rest)) postFrame(now);
  if (run && owed(run, performance.now(), course.lane().status().step) <= 0) setTimeout(schedule, pause(run));
  else if (run || mapping || summing) schedule();
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
      course?.free();
      course = null;
      keeping.reset();
      recalled = null;
      maps.reset();
      terms.reset();
      guarded(() => {
        const made = createCourse(message.phases, watched);
        course = made;
        reshape(made.info);
        post({ type: 'ready', id, info: made.info, status: made.lane().status() });
        // Whoever goes on with a run that is recorded already asks for the step where it goes on.
        if (message.quiet) return;
        keeping.record(false);
        postFrame(performance.now());
        if (maps.isWanted() || terms.isWanted()) schedule();
      });
      return;
    case 'train': {
      const now = performance.now();
      if (run?.recall) {
        run.recall.then = message;
        return;
      }
      if (!course) return;
      const { step, diverged } = course.lane().status();
      if (diverged || (message.until !== null && step >= message.until)) return post({ type: 'stopped', id, status: course.lane().status() });
      // A network just set up is first laid out and drawn by the page, which on two cores would have to share them
      // with both workers; what only goes on goes on at once.
      const wait = step === 0 ? SETTLE_MS : 0;
      run = { stepsPerSecond: message.stepsPerSecond, until: message.until, ahead: null, since: now + wait, done: 0 };
      rate = { since: now + wait, steps: 0, value: 0 };
      setTimeout(schedule, wait);
      return;
    }
    case 'limit':
      if (run && !run.recall) run.ahead = message.step;
      return;
    case 'stop':
      if (run?.recall) {
        run.recall.then = null;
        return;
      }
      // The last frame of a run that was stopped has no fingerprint yet.
      if (run) dirty = true;
      run = null;
      guarded(() => keeping.record(true));
      if (course) post({ type: 'stopped', id, status: course.lane().status() });
      if (dirty || maps.isWanted() || terms.isWanted()) schedule();
      return;
    case 'step':
      if (run?.recall) {
        run.recall.then = message;
        return;
      }
      guarded(() => {
        for (let k = 0; course && k < message.steps; k++) {
          if (course.train().diverged) break;
          keeping.record(false);
        }
        keeping.record(true);
        look();
      });
      return;
    case 'example':
      guarded(() => {
        course?.select(message.index);
        look();
      });
      return;
    case 'intervene':
      guarded(() => {
        course?.intervene(message.intervention);
        dirty = true;
        lastPost = -Infinity;
        schedule();
      });
      return;
    case 'recall':
      guarded(() => {
        if (!course) return;
        // What was trained and not told yet is told with the next frame.
        keeping.collect();
        const { recall, there } = recalls.begin(course, message);
        run = there ? null : { stepsPerSecond: null, until: message.step, ahead: null, since: 0, done: 0, recall };
        if (there) arrive(recall);
        schedule();
      });
      return;
    case 'review':
      guarded(() => {
        if (!course) return;
        keeping.collect();
        recalls.review(course, message);
      });
      return;
    case 'weights':
      weights.want = message.want;
      if (!message.want || !course) return;
      dirty = true;
      lastPost = weights.told = -Infinity;
      schedule();
      return;
    case 'length':
      guarded(() => {
        if (!course) return;
        course.resize(message.length);
        maps.reset();
        terms.reset();
        const info = course.shown();
        reshape(info);
        post({ type: 'reshaped', id, info });
        postFrame(performance.now());
        if (maps.isWanted()) schedule();
      });
      return;
    case 'watch':
      if (message.on === watched) return;
      watched = message.on;
      guarded(() => {
        course?.watch(watched);
        // What is shown stays without them; with them it is shown again.
        if (!watched || !course) return;
        dirty = true;
        lastPost = -Infinity;
        schedule();
      });
      return;
    case 'explain':
      wish = message.wish;
      guarded(tellWhy);
      return;
    case 'terms':
      guarded(() => terms.want(message.want ? message.want.every : null));
      if (message.want) schedule();
      return;
    case 'map':
      guarded(() => maps.want(message.want));
      if (message.want === 'on') schedule();
      return;
    case 'ask': {
      /** @type {unknown} */
      let value = null;
      /** @type {import('./protocol.js').LaneError | null} */
      let error = null;
      try {
        value = answerTo(message.what, message.bytes);
      } catch (thrown) {
        error = asError(thrown);
        if (error.kind === 'panic') throw thrown;
      }
      post({ type: 'answer', id, ask: message.ask, value, error });
      return;
    }
    case 'recycle':
      // Buffers of an older experiment have another size: they are let go.
      if (message.buffer.byteLength === floats * 4 && pool.length < POOL) pool.push(message.buffer);
      if (dirty) schedule();
  }
}

/** The weights or the example are others: a frame is owed. */
function look() {
  maps.outdated();
  dirty = true;
  lastPost = -Infinity;
  schedule();
}

/** @param {import('./protocol.js').Question} what @param {Uint8Array | null} bytes @returns {unknown} */
function answerTo(what, bytes) {
  if (!course) return null;
  const lane = course.lane();
  if (what === 'trace') return lane.trace();
  if (what === 'weights') return lane.stateDict();
  lane.loadStateDict(bytes ?? new Uint8Array());
  // A run from other weights is another run: the page begins its curves anew, and keeps none of the buffers it has.
  run = null;
  keeping.reset();
  pool = Array.from({ length: POOL }, () => new ArrayBuffer(floats * 4));
  recalled = null;
  post({ type: 'ready', id, info: course.info, status: lane.status() });
  keeping.record(false);
  look();
  return null;
}

// Messages are handled in order, although the first configure waits for the module.
let queue = Promise.resolve();
scope.onmessage = (event) => enqueue(/** @type {ToWorker} */ (event.data));
/** @param {ToWorker} message */
function enqueue(message) {
  queue = queue.then(() => receive(message)).catch((thrown) => {
    if (message.type === 'configure') id = message.id;
    post({ type: 'error', id, error: asError(thrown) });
  });
}
