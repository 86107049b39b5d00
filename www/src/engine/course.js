// @ts-check
// One lane over its phases: the settings of training may change at a step, and everything before is walked with the old ones.
import { Lane } from './wasm/gatescope.js';

/** @typedef {import('./protocol.js').Phase} Phase */
/** What is told of every step: figures, and the norms of each parameter's gradient. @typedef {{ history: Float32Array[], norms: Float32Array[] }} Records */

/** @param {Phase[]} phases the first from step 0 @param {boolean} [watching] whether frames carry the channels of the microscope */
export function createCourse(phases, watching = false) {
  let phase = 0;
  let lane = new Lane(phases[0].experiment);
  let example = 0;
  /** @type {import('./protocol.js').Intervention | null} */
  let intervention = null;
  let watched = watching;
  lane.watch(watched);
  /** Timesteps that are shown, null: of the trained length. @type {number | null} */
  let length = null;
  /** Records of steps that nobody has taken yet, of phases that are over. @type {Records} */
  let left = { history: [], norms: [] };

  /** What is said of the lane is said of its last phase: the layout is the same in all. */
  function infoOf() {
    if (phases.length === 1) return lane.info();
    const last = new Lane(phases[phases.length - 1].experiment);
    const info = last.info();
    last.free();
    return info;
  }
  const info = /** @type {import('./protocol.js').LaneInfo} */ (infoOf());

  /** @returns {Records} */
  const takeRecords = () => {
    const taken = { history: [...left.history, lane.takeHistory()], norms: [...left.norms, lane.takeParameterNorms()] };
    left = { history: [], norms: [] };
    return taken;
  };

  /** @param {number} step */
  const phaseAt = (step) => phases.findLastIndex(({ from }) => from <= step);

  /** Goes on in another phase with what the bytes hold. @param {number} next @param {Uint8Array} checkpoint */
  function enter(next, checkpoint) {
    if (next !== phase) {
      const made = new Lane(phases[next].experiment);
      made.restore(checkpoint);
      made.selectExample(example);
      made.intervene(intervention);
      made.watch(watched);
      if (length !== null) made.showLength(length);
      left = takeRecords();
      lane.free();
      lane = made;
      phase = next;
    } else lane.restore(checkpoint);
  }

  return {
    /** Of the trained length; what is recorded is read with it. */
    info,
    /** What frames of the present look are read with. @returns {import('./protocol.js').LaneInfo} */
    shown: () => (length === null ? info : { ...info, layout: lane.info().layout }),
    lane: () => lane,
    /** Records since the last call. */
    takeRecords,
    /** One training step, with the settings that hold there. @returns {import('./protocol.js').LaneStatus} */
    train() {
      const status = lane.train(1);
      if (phases[phase + 1]?.from === status.step && !status.diverged) enter(phase + 1, lane.save());
      return status;
    },
    /**
     * Makes ready to walk to a step: from the checkpoint, or from where the lane is if that lies between. Whether the lane was moved.
     * @param {number} step @param {number} from step of the checkpoint @param {Uint8Array} checkpoint
     */
    rewind(step, from, checkpoint) {
      const { step: at, diverged } = lane.status();
      if (at >= from && at <= step && !diverged) return false;
      // A checkpoint at the very step where the settings change is the old phase's last and the new one's first.
      enter(phaseAt(from), checkpoint);
      return true;
    },
    /** @param {number} index */
    select(index) {
      example = index;
      lane.selectExample(index);
    },
    /** @param {import('./protocol.js').Intervention | null} next */
    intervene(next) {
      lane.intervene(next);
      intervention = next;
    },
    /** @param {boolean} on */
    watch(on) {
      lane.watch(on);
      watched = on;
    },
    /** Shows sequences of another length, null: of the trained one. @param {number | null} next */
    resize(next) {
      lane.showLength(next ?? undefined);
      length = next;
    },
    /**
     * A frame of the network as trained, as it is recorded: without the microscope's channels, which cost more than a training
     * step. Whoever goes back sees them as soon as the step itself is brought back.
     * @param {Float32Array} frame
     */
    look(frame) {
      if (intervention) lane.intervene(null);
      if (length !== null) lane.showLength(undefined);
      lane.watch(false);
      lane.copyFrameInto(frame);
      lane.watch(watched);
      if (length !== null) lane.showLength(length);
      if (intervention) lane.intervene(intervention);
    },
    /** Shows what was kept at other steps, and is then where it was. @param {Uint8Array[]} checkpoints @param {(k: number, lane: Lane) => void} show */
    visit(checkpoints, show) {
      const here = lane.save();
      try {
        checkpoints.forEach((checkpoint, k) => {
          lane.restore(checkpoint);
          show(k, lane);
        });
      } finally {
        lane.restore(here);
      }
    },
    free: () => lane.free(),
  };
}
/** @typedef {ReturnType<typeof createCourse>} Course */
