// @ts-check
// What looking costs: how fast the app's own worker trains when nobody looks, with frames, and with the live quantities in
// them; and what each thing that can be looked at takes by itself, on a lane of this thread.
import init, { Lane } from './lane.js';

/** The classroom's larger network, as the costs of single quantities are stated for it. */
const EXPERIMENT = { hidden: 64, length: 100, batch: 32, learningRate: 0.00001 };

/** @typedef {'alone' | 'frames' | 'live'} Watching */
/** @type {Watching[]} */
const WATCHING = ['alone', 'frames', 'live'];

/** A lane in the app's worker. Buffers come back to it only while frames are wanted, as from a page that draws them. */
class Watched {
  #worker = new Worker('./gatescope.worker.js');
  #frames = false;
  /** @type {ArrayBuffer[]} */
  #kept = [];
  /** @type {Map<string, (message: any) => void>} */
  #waiting = new Map();

  constructor() {
    this.#worker.onmessage = ({ data }) => {
      if (data.type === 'error') throw new Error(JSON.stringify(data.error));
      if (data.type === 'frame') this.#take(data.buffer);
      this.#waiting.get(data.type)?.(data);
    };
  }

  /** @param {ArrayBuffer} buffer */
  #take(buffer) {
    if (this.#frames) this.#tell({ type: 'recycle', buffer }, [buffer]);
    else this.#kept.push(buffer);
  }

  /** @param {object} message @param {Transferable[]} [transfer] */
  #tell(message, transfer = []) {
    this.#worker.postMessage(message, transfer);
  }

  /** @param {string} type @returns {Promise<any>} the next message of this type */
  #next(type) {
    return new Promise((resolve) => this.#waiting.set(type, resolve));
  }

  /** @param {WebAssembly.Module} module @param {string} cell */
  async open(module, cell) {
    this.#tell({ type: 'load', module });
    const ready = this.#next('ready');
    this.#tell({ type: 'configure', id: 1, phases: [{ from: 0, experiment: { ...EXPERIMENT, cell } }], quiet: false });
    await ready;
    // Of the first 127 steps each is recorded; what is measured is the way after.
    this.#tell({ type: 'step', steps: 128 });
    await this.#next('frame');
  }

  /** Steps a second over this time. @param {Watching} watching @param {number} milliseconds */
  async speed(watching, milliseconds) {
    this.#frames = watching !== 'alone';
    this.#tell({ type: 'watch', on: watching === 'live' });
    if (this.#frames) for (const buffer of this.#kept.splice(0)) this.#take(buffer);
    const from = await this.#train(milliseconds / 4);
    const start = performance.now();
    const to = await this.#train(milliseconds);
    return (1000 * (to - from)) / (performance.now() - start);
  }

  /** @param {number} milliseconds @returns {Promise<number>} the training step it stopped at */
  async #train(milliseconds) {
    this.#tell({ type: 'train', stepsPerSecond: null, until: null });
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const stopped = this.#next('stopped');
    this.#tell({ type: 'stop' });
    return (await stopped).status.step;
  }

  close() {
    this.#worker.terminate();
  }
}

/** What can be looked at, each from the start to its end. @type {Record<string, (lane: any, frame: Float32Array) => void>} */
const PIECES = {
  'training step': (lane) => lane.train(1),
  frame: (lane, frame) => {
    lane.watch(false);
    lane.copyFrameInto(frame);
  },
  'frame with the live quantities': (lane, frame) => {
    lane.watch(true);
    lane.copyFrameInto(frame);
  },
  'timestep taken apart': (lane) => lane.explain(49, 0),
  'trace, of which the exact norms of the products are a third': (lane) => lane.trace(),
  'memory map, estimated': (lane) => mapped(lane, false),
  'memory map, exact': (lane) => mapped(lane, true),
  'spectra and Lyapunov exponents': (lane) => {
    const total = lane.beginAnalysis();
    while (lane.advanceAnalysis()[0] < total);
    lane.recurrence();
  },
};

/** @param {any} lane @param {boolean} exact */
function mapped(lane, exact) {
  const total = lane.beginMap(exact);
  while (lane.advanceMap(total) < total);
}

/** @type {WebAssembly.Module | null} */
let module = null;

/**
 * One round: steps a second by who watches, and milliseconds of every piece.
 * @param {string} cell @param {number} milliseconds of a turn
 * @returns {Promise<{ speeds: Record<Watching, number>, pieces: Record<string, number> }>}
 */
export async function looking(cell, milliseconds) {
  module ??= await WebAssembly.compileStreaming(fetch('./gatescope.wasm'));
  await init({ module_or_path: module });
  const speeds = { alone: 0, frames: 0, live: 0 };
  const watched = new Watched();
  await watched.open(module, cell);
  for (const watching of WATCHING) speeds[watching] = await watched.speed(watching, milliseconds);
  watched.close();

  const lane = new Lane({ ...EXPERIMENT, cell });
  const frame = new Float32Array(lane.info().layout.floats);
  // Once for the compiler and for what is allocated at first only.
  for (const piece of ['training step', 'frame', 'frame with the live quantities']) PIECES[piece](lane, frame);
  const pieces = Object.fromEntries(Object.entries(PIECES).map(([name, piece]) => {
    const start = performance.now();
    piece(lane, frame);
    return [name, performance.now() - start];
  }));
  lane.free();
  return { speeds, pieces };
}
