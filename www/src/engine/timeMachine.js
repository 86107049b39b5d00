// @ts-check
// Going back in training: keeps what the workers record, shows a recorded step at once and has the exact one brought back.
import { decodeFrame } from './frame.js';
import { append } from './history.js';
import { BUDGET, FORMER, bytesOf, createRecording, fork, putColumn } from './recording.js';

/** @typedef {import('./frame.js').Frame} Frame */
/** @typedef {import('./recording.js').Recording} Recording */
/** @typedef {import('./protocol.js').FromWorker} FromWorker */
/** A run as the page's state knows it. @typedef {{ id: number, parent: number | null, at: number, experiment: object }} Run */
/** What is shown of a lane: the step; whether it is the one asked for; where it was recomputed from, null if it was not. @typedef {{ step: number, exact: boolean, from: number | null }} Moment */
/**
 * @typedef {object} Shown what a lane shows, as far as the past is concerned
 * @property {Frame | null} frame
 * @property {number} version
 * @property {boolean} lent whether the frame's buffer is the worker's and has to be given back
 * @property {Float32Array | null} before
 * @property {import('./history.js').History} history
 * @property {import('./history.js').Norms} norms
 * @property {import('./recording.js').Horizon} horizon
 * @property {number} horizonVersion
 * @property {{ history: import('./history.js').History, norms: import('./history.js').Norms, horizon: import('./recording.js').Horizon } | null} ghost
 * @property {Moment} at
 */

/** The channel that the horizon is made of. */
const NORMS = 'hiddenGradientLog10';
/** A dragged handle passes through many steps; the one where it rests is brought back. */
const SETTLE_MS = 80;
/** Kept steps that are looked at again in one message. */
const REVIEW = 8;

/**
 * @param {{ engine: ReturnType<typeof import('./client.js').createEngine>, width: number, dataOf: (lane: string) => Shown,
 *   operated: () => boolean, arrived: () => void }} hands `width`: numbers of a record of the history
 */
export function createTimeMachine({ engine, width, dataOf, operated, arrived }) {
  /** @typedef {Run & { lanes: Record<string, Recording> }} Kept */
  /** @type {Map<number, Kept>} */
  const runs = new Map();
  /** @type {Kept} */
  let current = { id: -1, parent: null, at: 0, experiment: {}, lanes: {} };
  /** @type {Kept | null} */
  let ghost = null;
  let token = 0;
  /** Recalls that the page waits for; null while the handle still moves. @type {Map<string, { token: number | null, from: number }>} */
  const pending = new Map();
  /** Lanes that are to be brought to a step as soon as they are set up. @type {Map<string, { step: number, keep: boolean }>} */
  const opening = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;
  let wanted = 0;
  /** Number of the examination: frames of another example are of another one. */
  let examined = 0;
  /** Steps to be looked at again, by lane. @type {Map<string, { recording: Recording, step: number }[]>} */
  const reviews = new Map();

  function attach() {
    for (const [lane, recording] of Object.entries(current.lanes)) {
      const data = dataOf(lane);
      const other = ghost?.lanes[lane];
      data.history = recording.history;
      data.norms = recording.norms;
      data.horizon = recording.horizon;
      data.ghost = other ? { history: other.history, norms: other.norms, horizon: other.horizon } : null;
      data.horizonVersion++;
    }
  }

  /** Every lane's share of the memory, by the size of what it keeps, so that all keep the same steps. */
  function share() {
    const lanes = Object.keys(current.lanes);
    const sizes = lanes.map((lane) => {
      const info = engine.infoOf(lane);
      return { frame: (info?.layout.floats ?? 1) * 4, checkpoint: 192 + 16 * (info?.parameters ?? 1) };
    });
    const all = { frame: sizes.reduce((sum, size) => sum + size.frame, 0), checkpoint: sizes.reduce((sum, size) => sum + size.checkpoint, 0) };
    lanes.forEach((lane, k) => {
      current.lanes[lane].frames.limit((BUDGET.frames * sizes[k].frame) / all.frame);
      current.lanes[lane].checkpoints.limit((BUDGET.checkpoints * sizes[k].checkpoint) / all.checkpoint);
    });
  }

  /** A run that is left keeps its curves and what it takes to come back to it. @param {Kept} run */
  function slim({ lanes }) {
    for (const recording of Object.values(lanes)) {
      recording.frames.clear();
      recording.checkpoints.limit(BUDGET.former / FORMER / Object.keys(lanes).length);
    }
  }

  /** @param {string} lane @param {Frame} frame @param {Moment} at */
  function show(lane, frame, at) {
    const data = dataOf(lane);
    if (data.frame && data.lent && data.frame !== frame) engine.recycle(lane, /** @type {ArrayBuffer} */ (data.frame.values.buffer));
    Object.assign(data, { frame, lent: false, before: null, at });
    data.version++;
  }

  /** @param {string} lane @param {number} step @param {boolean} keep */
  function recall(lane, step, keep) {
    const kept = current.lanes[lane]?.checkpoints.before(step);
    const past = kept && { token: ++token, step, from: kept.step, checkpoint: kept.value.slice(0), keep };
    if (past && engine.recall(lane, past)) pending.set(lane, { token, from: kept.step });
    else pending.delete(lane);
  }

  function recallAll() {
    clearTimeout(settling);
    settling = undefined;
    for (const [lane, { tip }] of Object.entries(current.lanes)) if (pending.get(lane)?.token === null) recall(lane, Math.min(wanted, tip), false);
    if (pending.size === 0) arrived();
  }

  /** @param {string} lane @param {Recording} recording @param {number} step @param {ArrayBuffer} buffer */
  function keepFrame(lane, recording, step, buffer) {
    const info = engine.infoOf(lane);
    if (!info) return;
    const frame = decodeFrame(info, buffer);
    recording.frames.put(step, frame, buffer.byteLength);
    putColumn(recording.horizon, step, frame.data(NORMS).slice());
    dataOf(lane).horizonVersion++;
  }

  /** The next kept steps of a lane that are to be looked at again. @param {string} lane */
  function review(lane) {
    const todo = reviews.get(lane)?.slice(0, REVIEW) ?? [];
    const found = todo.map(({ recording, step }) => recording.checkpoints.get(step) ?? new ArrayBuffer(0)).filter((bytes) => bytes.byteLength > 0);
    if (todo.length && found.length === todo.length) engine.review(lane, { token: examined, steps: todo.map(({ step }) => step), checkpoints: found });
    else reviews.delete(lane);
  }

  /** Looks at everything that is kept, once more. @param {boolean} ghostToo */
  function reviewAll(ghostToo) {
    examined++;
    for (const [lane, recording] of Object.entries(current.lanes)) {
      const other = ghostToo ? ghost?.lanes[lane] : undefined;
      reviews.set(lane, [recording, ...(other ? [other] : [])].flatMap((one) => one.checkpoints.steps().map((step) => ({ recording: one, step }))));
      review(lane);
    }
  }

  return {
    /** A run from step 0, everything else is forgotten. @param {Run} run @param {string[]} order */
    begin(run, order) {
      clearTimeout(settling);
      runs.clear();
      for (const map of [pending, opening, reviews]) map.clear();
      ghost = null;
      current = { ...run, lanes: Object.fromEntries(order.map((lane) => [lane, createRecording()])) };
      runs.set(run.id, current);
      examined++;
      attach();
    },
    /**
     * Another run takes the place of the present one, which becomes the ghost: one that was left before, or a branch of one.
     * Whether there is such a run; its lanes are then to be set up quietly.
     * @param {Run} run
     */
    enter(run) {
      const known = runs.get(run.id);
      const back = known?.experiment === run.experiment;
      // A branch whose settings were changed before its first step parts from what it has in common with the other.
      const parent = known ? current : runs.get(run.parent ?? -1);
      if (back ? known.id === current.id : !parent) return false;
      clearTimeout(settling);
      for (const map of [pending, opening, reviews]) map.clear();
      const left = known?.id === current.id ? ghost : current;
      if (back) {
        // The way up to where the two parted is the same in both.
        const common = current.parent === known.id ? current.at : known.parent === current.id ? known.at : 0;
        for (const [lane, { checkpoints }] of Object.entries(current.lanes)) checkpoints.share(known.lanes[lane].checkpoints, common);
        current = known;
      } else {
        const lanes = Object.entries(/** @type {Kept} */ (parent).lanes);
        current = { ...run, lanes: Object.fromEntries(lanes.map(([lane, recording]) => [lane, fork(recording, run.at, width)])) };
        runs.set(run.id, current);
      }
      ghost = left;
      if (left) slim(left);
      for (const [lane, { tip }] of Object.entries(current.lanes)) opening.set(lane, { step: tip, keep: true });
      attach();
      return true;
    },
    /** Forgets runs that the page's state does not list any more. @param {number[]} ids */
    retain(ids) {
      for (const id of runs.keys()) if (!ids.includes(id)) runs.delete(id);
    },
    /** A lane is set up again and goes on where its recording ends. Whether there is one. @param {string} lane */
    reopen(lane) {
      const recording = current.lanes[lane];
      if (!recording?.checkpoints.before(recording.tip)) return false;
      opening.set(lane, { step: recording.tip, keep: false });
      return true;
    },
    /** Whether a step is on its way. */
    isWaiting: () => pending.size > 0 || opening.size > 0 || settling !== undefined,
    /** A lane has been set up. Returns its last step. @param {string} lane */
    ready(lane) {
      const to = opening.get(lane);
      const recording = current.lanes[lane];
      if (Object.keys(current.lanes).every((one) => engine.infoOf(one))) share();
      if (to) {
        opening.delete(lane);
        recall(lane, to.step, to.keep);
        if (opening.size === 0) reviewAll(false);
      }
      return recording?.tip ?? 0;
    },
    /** @param {string} lane @param {import('./protocol.js').ToldPast} message */
    receive(lane, message) {
      const recording = current.lanes[lane];
      if (!recording) return;
      if (message.type === 'record') {
        const { step, diverged } = message.status;
        if (recording.tip < step) {
          recording.checkpoints.unpin(recording.tip);
          recording.tip = step;
        }
        recording.diverged = diverged ?? recording.diverged;
        recording.checkpoints.put(step, message.checkpoint, message.checkpoint.byteLength, message.pinned && step >= recording.tip);
        if (message.frame) keepFrame(lane, recording, step, message.frame);
      } else if (message.type === 'reviewed' && message.token === examined) {
        const todo = reviews.get(lane)?.splice(0, message.steps.length) ?? [];
        todo.forEach(({ recording: one, step }, k) => keepFrame(lane, one, step, message.frames[k]));
        review(lane);
      }
    },
    /** The run's figures, and the norms of so many parameters' gradients. @param {string} lane @param {{ history: Float32Array, norms: Float32Array }} records @param {number} parameters */
    append(lane, { history, norms }, parameters) {
      const recording = current.lanes[lane];
      if (!recording) return;
      append(recording.history, history, width);
      recording.norms.width = 1 + 2 * parameters;
      append(recording.norms, norms, recording.norms.width);
    },
    /** What a frame of a lane shows; null when another step is waited for. @param {string} lane @param {Extract<FromWorker, { type: 'frame' }>} message @returns {Moment | null} */
    momentOf(lane, message) {
      const waited = pending.get(lane);
      if (!waited) return { step: message.status.step, exact: true, from: null };
      if (waited.token === null || message.recalled !== waited.token) return null;
      pending.delete(lane);
      if (pending.size === 0) arrived();
      return { step: message.status.step, exact: true, from: waited.from === message.status.step ? null : waited.from };
    },
    /** Shows a step: what is recorded at or before it at once, then itself. @param {number} step */
    seek(step) {
      wanted = step;
      for (const [lane, { tip, frames }] of Object.entries(current.lanes)) {
        const target = Math.min(step, tip);
        const near = frames.before(target);
        // What surgery does to a network of the past, only the worker can tell.
        if (near && !operated()) show(lane, near.value, { step: near.step, exact: near.step === target, from: null });
        pending.set(lane, { token: null, from: 0 });
      }
      clearTimeout(settling);
      settling = setTimeout(recallAll, SETTLE_MS);
    },
    /** Brings back at once what the handle was let go at: something is to be done there. */
    flush() {
      if (settling !== undefined) recallAll();
    },
    /** A lane's worker is gone: nothing is to be waited for. @param {string} lane */
    lost(lane) {
      for (const map of [pending, opening, reviews]) map.delete(lane);
      if (pending.size === 0) arrived();
    },
    /** Another example is shown: what is kept is looked at once more. */
    review() {
      for (const { lanes } of runs.values()) {
        for (const recording of Object.values(lanes)) {
          recording.frames.clear();
          Object.assign(recording.horizon, { steps: [], columns: [] });
        }
      }
      reviewAll(true);
      attach();
    },
    /** @param {string} lane */
    recordingOf: (lane) => current.lanes[lane] ?? null,
    dispose: () => clearTimeout(settling),
    /** Bytes kept, and how many may be. */
    memory: () => ({ used: [...runs.values()].reduce((sum, { lanes }) => sum + Object.values(lanes).reduce((part, recording) => part + bytesOf(recording), 0), 0), limit: BUDGET.total }),
  };
}
