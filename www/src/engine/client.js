// @ts-check
// The page's end of the workers: has the wasm compiled, one worker a lane, watches that they answer.
import { EngineFailure } from './compile.js';
import { GatescopeError } from './error.js';
import { decodeFrame } from './frame.js';
import { STARTUP_MS, isCurrent, patience } from './protocol.js';

/** @typedef {import('./protocol.js').LaneExperiment} LaneExperiment */
/** @typedef {import('./protocol.js').ToWorker} ToWorker */
/** @typedef {import('./protocol.js').FromWorker} FromWorker */

/**
 * @typedef {object} Events
 * @property {(status: 'loading' | 'ready' | 'failed', reason?: string, detail?: string) => void} engine
 * @property {(lane: string, info: import('./protocol.js').LaneInfo, status: import('./protocol.js').LaneStatus) => void} ready
 * @property {(lane: string, info: import('./protocol.js').LaneInfo) => void} reshaped the same network shows sequences of another length
 * @property {(lane: string, frame: import('./frame.js').Frame, message: Extract<FromWorker, { type: 'frame' }>) => void} frame
 * @property {(lane: string, status: import('./protocol.js').LaneStatus) => void} stopped
 * @property {(lane: string, message: import('./protocol.js').ToldMap) => void} map
 * @property {(lane: string, message: import('./protocol.js').ToldPast) => void} past
 * @property {(lane: string, info: import('../generated/types.d.ts').LaneInfo, numbers: Float64Array, more: import('./explanation.js').More | null) => void} explanation a timestep taken apart, for `decodeExplanation`
 * @property {(lane: string, message: import('./protocol.js').ToldTerms) => void} terms
 * @property {(lane: string, fault: { kind: 'crashed' | 'stuck' | 'refused', detail: string }) => void} fault
 */

/**
 * @param {{ compile: () => Promise<WebAssembly.Module>, spawn: () => Worker, events: Events }} options
 */
export function createEngine({ compile, spawn, events }) {
  /** @type {Promise<WebAssembly.Module> | null} */
  let module = null;
  let lastId = 0;

  /**
   * @typedef {object} Hand one lane's worker
   * @property {Worker | null} worker
   * @property {number} id number of the configuration it works on
   * @property {LaneExperiment | null} experiment
   * @property {import('./protocol.js').LaneInfo | null} info
   * @property {import('./protocol.js').LaneInfo | null} trained the same of the trained length
   * @property {boolean} training
   * @property {boolean} owed told to train, and not heard from since
   * @property {boolean} fresh not answered yet
   * @property {ReturnType<typeof setTimeout> | undefined} timer
   */
  /** @type {Map<string, Hand>} */
  const hands = new Map();

  /** Questions that have no answer yet. @type {Map<number, { lane: string, resolve: (value: any) => void, reject: (error: GatescopeError) => void }>} */
  const asked = new Map();

  /** @param {string} lane @param {string} reason */
  function dropQuestions(lane, reason) {
    for (const [number, question] of asked) {
      if (question.lane !== lane) continue;
      asked.delete(number);
      question.reject(new GatescopeError('interrupted', { field: lane, expected: 'an answer', given: reason }));
    }
  }

  /** Compiles once; a failed attempt is forgotten, so that Retry tries again. */
  function load() {
    if (!module) {
      events.engine('loading');
      module = compile();
      module.then(
        () => events.engine('ready'),
        (/** @type {unknown} */ error) => {
          module = null;
          const failure = error instanceof EngineFailure ? error : new EngineFailure('corrupt', String(error));
          events.engine('failed', failure.reason, failure.detail);
        },
      );
    }
    return module;
  }

  /** @param {string} lane @returns {Hand} */
  function handOf(lane) {
    let hand = hands.get(lane);
    if (!hand) {
      hand = { worker: null, id: 0, experiment: null, info: null, trained: null, training: false, owed: false, fresh: true, timer: undefined };
      hands.set(lane, hand);
    }
    return hand;
  }

  /** @param {string} lane @param {'crashed' | 'stuck' | 'refused'} kind @param {string} detail */
  function fail(lane, kind, detail) {
    const hand = handOf(lane);
    clearTimeout(hand.timer);
    hand.worker?.terminate();
    hand.worker = null;
    hand.training = false;
    hand.owed = false;
    dropQuestions(lane, kind);
    events.fault(lane, { kind, detail });
  }

  /** Starts (again) waiting for the worker's next word. @param {string} lane */
  function expectAnswer(lane) {
    const hand = handOf(lane);
    clearTimeout(hand.timer);
    if (!hand.worker || !hand.experiment) return;
    const wait = patience(hand.experiment) + (hand.fresh ? STARTUP_MS : 0);
    hand.timer = setTimeout(() => fail(lane, 'stuck', ''), wait);
  }

  /** @param {string} lane @param {FromWorker} message */
  function receive(lane, message) {
    const hand = handOf(lane);
    if (message?.type === 'answer') return answered(message);
    if (!isCurrent(message, hand.id)) return;
    // Memory maps: nobody waits for them, and they say nothing about a training step that is owed.
    if (message.type === 'map' || message.type === 'mapProgress' || message.type === 'recurrence') {
      events.map(lane, message);
      return;
    }
    if (message.type === 'record' || message.type === 'reviewed' || message.type === 'recalling') {
      events.past(lane, message);
      // A long recall owes its frame; as long as it tells how far it is, it is not stuck.
      if (message.type === 'recalling') expectAnswer(lane);
      return;
    }
    if (message.type === 'explanation') {
      if (hand.info) events.explanation(lane, hand.info, message.numbers, message.more);
      return;
    }
    if (message.type === 'terms') return events.terms(lane, message);
    hand.fresh = false;
    clearTimeout(hand.timer);
    switch (message.type) {
      case 'ready':
        hand.info = hand.trained = message.info;
        events.ready(lane, message.info, message.status);
        break;
      case 'reshaped':
        hand.info = message.info;
        events.reshaped(lane, message.info);
        break;
      case 'frame':
        // One that was posted before the worker heard that it is to train says nothing about that.
        if (message.training) hand.owed = false;
        hand.training = message.training || hand.owed;
        if (hand.info) events.frame(lane, decodeFrame(hand.info, message.buffer), { ...message, training: hand.training });
        break;
      case 'stopped':
        hand.training = false;
        hand.owed = false;
        events.stopped(lane, message.status);
        break;
      case 'error':
        fail(lane, message.error.kind === 'panic' ? 'crashed' : 'refused', message.error.message);
        return;
    }
    if (hand.training) expectAnswer(lane);
  }

  /** @param {Extract<FromWorker, { type: 'answer' }>} message */
  function answered({ ask, value, error }) {
    const question = asked.get(ask);
    asked.delete(ask);
    if (error) question?.reject(new GatescopeError(error.kind, error));
    else question?.resolve(value);
  }

  /** @param {string} lane @param {WebAssembly.Module} compiled */
  function start(lane, compiled) {
    const hand = handOf(lane);
    const worker = spawn();
    hand.worker = worker;
    hand.fresh = true;
    worker.onmessage = (event) => {
      if (hand.worker === worker) receive(lane, event.data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      if (hand.worker === worker) fail(lane, 'crashed', event.message ?? '');
    };
    worker.onmessageerror = () => {
      if (hand.worker === worker) fail(lane, 'crashed', '');
    };
    worker.postMessage({ type: 'load', module: compiled });
  }

  /** @param {string} lane @param {ToWorker} message */
  function tell(lane, message) {
    const hand = handOf(lane);
    if (!hand.worker) return false;
    hand.worker.postMessage(message, message.type === 'recycle' ? [message.buffer] : message.type === 'recall' ? [message.checkpoint] : []);
    return true;
  }

  return {
    load,
    /**
     * Gives a lane a new experiment, in phases if its settings change on the way; starts its worker if it has none.
     * @param {string} lane @param {import('./protocol.js').Phase[]} phases @param {boolean} [quiet] a recall follows: nothing is shown before
     * @returns {Promise<boolean>} whether it was sent
     */
    async configure(lane, phases, quiet = false) {
      const hand = handOf(lane);
      const id = ++lastId;
      const { experiment } = phases[phases.length - 1];
      Object.assign(hand, { id, experiment, info: null, trained: null, training: false, owed: false });
      /** @type {WebAssembly.Module} */
      let compiled;
      try {
        compiled = await load();
      } catch {
        return false;
      }
      // Overtaken by a newer experiment while the module compiled.
      if (hand.id !== id) return false;
      try {
        if (!hand.worker) start(lane, compiled);
      } catch (error) {
        fail(lane, 'crashed', String(error));
        return false;
      }
      tell(lane, { type: 'configure', id, phases, quiet });
      expectAnswer(lane);
      return true;
    },
    /** @param {string} lane @param {number | null} stepsPerSecond @param {number | null} [until] */
    train(lane, stepsPerSecond, until = null) {
      const hand = handOf(lane);
      if (!tell(lane, { type: 'train', stepsPerSecond, until })) return;
      hand.training = true;
      hand.owed = true;
      expectAnswer(lane);
    },
    /** Where a lane that trains waits for the others; null: nowhere. @param {string} lane @param {number | null} step */
    limit: (lane, step) => void tell(lane, { type: 'limit', step }),
    /** @param {string} lane */
    stop(lane) {
      const hand = handOf(lane);
      hand.owed = false;
      hand.training = false;
      if (tell(lane, { type: 'stop' })) expectAnswer(lane);
    },
    /** @param {string} lane @param {number} steps */
    step(lane, steps) {
      if (tell(lane, { type: 'step', steps })) expectAnswer(lane);
    },
    /** @param {string} lane @param {number} index */
    example(lane, index) {
      if (tell(lane, { type: 'example', index })) expectAnswer(lane);
    },
    /** Surgery on the shown network; null ends it. @param {string} lane @param {import('./protocol.js').Intervention | null} intervention */
    intervene(lane, intervention) {
      if (tell(lane, { type: 'intervene', intervention })) expectAnswer(lane);
    },
    /** Brings a step back; the checkpoint is given away. @param {string} lane @param {{ token: number, step: number, from: number, checkpoint: ArrayBuffer, keep: boolean }} past */
    recall(lane, past) {
      const sent = tell(lane, { type: 'recall', ...past });
      if (sent) expectAnswer(lane);
      return sent;
    },
    /** Frames of kept steps, looked at again. @param {string} lane @param {{ token: number, steps: number[], checkpoints: ArrayBuffer[] }} past */
    review(lane, past) {
      return tell(lane, { type: 'review', ...past });
    },
    /** Whether frames come with the distribution of the weights. @param {string} lane @param {boolean} want */
    weights(lane, want) {
      tell(lane, { type: 'weights', want });
    },
    /** What a lane's recorded frames are read with: those of the trained length. @param {string} lane */
    infoOf: (lane) => hands.get(lane)?.trained ?? null,
    /** Shows sequences of another length, null: of the trained one. @param {string} lane @param {number | null} length */
    length(lane, length) {
      if (tell(lane, { type: 'length', length })) expectAnswer(lane);
    },
    /** Whether frames carry the channels of the microscope. @param {string} lane @param {boolean} on */
    watch(lane, on) {
      tell(lane, { type: 'watch', on });
    },
    /** @param {string} lane @param {'on' | 'hold' | 'off'} want */
    map(lane, want) {
      tell(lane, { type: 'map', want });
    },
    /**
     * @param {string} lane @param {import('./protocol.js').Question} what @param {Uint8Array | null} [bytes]
     * @returns {Promise<any>} rejected with a `GatescopeError` when the lane refuses, or is replaced meanwhile
     */
    ask(lane, what, bytes = null) {
      const ask = ++lastId;
      return new Promise((resolve, reject) => {
        asked.set(ask, { lane, resolve, reject });
        if (!tell(lane, { type: 'ask', ask, what, bytes })) dropQuestions(lane, 'no network');
      });
    },
    /** A timestep taken apart, from now on with every frame; null ends it. @param {string} lane @param {import('./explaining.js').Wish | null} wish */
    explain(lane, wish) {
      tell(lane, { type: 'explain', wish });
    },
    /** Terms of ∂L/∂W_hh, kept up to date; null ends it. @param {string} lane @param {{ every: boolean } | null} want */
    terms(lane, want) {
      tell(lane, { type: 'terms', want });
    },
    /** @param {string} lane @param {ArrayBuffer} buffer */
    recycle(lane, buffer) {
      tell(lane, { type: 'recycle', buffer });
    },
    /** Lets go of lanes that are not shown any more. @param {string[]} keep */
    retain(keep) {
      for (const [lane, hand] of hands) {
        if (keep.includes(lane)) continue;
        clearTimeout(hand.timer);
        hand.worker?.terminate();
        hands.delete(lane);
        dropQuestions(lane, 'another experiment');
      }
    },
    /** Whether a lane's worker is there and configured. @param {string} lane */
    isReady: (lane) => Boolean(hands.get(lane)?.info && hands.get(lane)?.worker),
  };
}
