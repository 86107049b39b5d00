// @ts-check
// What is done to the shown networks without training them: plain data, and what of it a lane is told.

/** @typedef {import('../generated/types.d.ts').Intervention} Intervention */
/** @typedef {import('../generated/types.d.ts').ClampTo} ClampTo */
/** One gate held; of all units when `unit` is null. @typedef {{ to: ClampTo, unit: number | null }} Held */
/**
 * @typedef {object} Surgery
 * @property {number | null} spectralRadius
 * @property {number | null} forgetBias
 * @property {Record<string, Held>} gates by channel name
 * @property {boolean} cutCellPath
 * @property {{ t: number, unit: number } | null} injection t from 1
 * @property {number | null} length timesteps that are shown; null: as many as are trained with
 */

/** @type {Surgery} */
export const UNTOUCHED = { spectralRadius: null, forgetBias: null, gates: {}, cutCellPath: false, injection: null, length: null };

/** Whether anything is done at all. @param {Surgery} surgery */
export const isActive = (surgery) => isIntervention(surgery) || surgery.length !== null;

/** Whether the network itself is changed. @param {Surgery} surgery */
const isIntervention = ({ spectralRadius, forgetBias, gates, cutCellPath, injection }) =>
  spectralRadius !== null || forgetBias !== null || cutCellPath || injection !== null || Object.keys(gates).length > 0;

/** @param {Surgery} surgery @param {string} gate @param {Held | null} held null lets go of it @returns {Surgery} */
export function withGate(surgery, gate, held) {
  const others = Object.entries(surgery.gates).filter(([name]) => name !== gate);
  return { ...surgery, gates: Object.fromEntries(held ? [...others, [gate, held]] : others) };
}

/** The gates of a lane that can be held. The slope of an activation function is drawn like one but is none. @param {import('../generated/types.d.ts').FrameLayout} layout */
export const gatesOf = (layout) => layout.channels.filter(({ kind, name }) => kind === 'gate' && name !== 'activationDerivative').map(({ name }) => name);

/**
 * The intervention for one lane, on the layer that it shows; null when there is none. A gate that only another lane has is left
 * out; one that none has is kept, so that the core says so.
 * @param {Surgery} surgery @param {import('../generated/types.d.ts').LaneInfo} info @param {string[]} [known] gates of all lanes
 * @returns {Intervention | null}
 */
export function interventionOf(surgery, { layout, experiment }, known = []) {
  if (!isIntervention(surgery)) return null;
  const layer = experiment.layers - 1;
  const gates = gatesOf(layout);
  const { spectralRadius, forgetBias, cutCellPath, injection } = surgery;
  return {
    spectralRadius,
    forgetBias,
    cutCellPath,
    clamps: Object.entries(surgery.gates)
      .filter(([gate]) => gates.includes(gate) || !known.includes(gate))
      .map(([gate, { to, unit }]) => ({ layer, gate, unit, to })),
    injection: injection && { layer, t: injection.t - 1, unit: injection.unit, state: 'hidden' },
  };
}

/**
 * What of a surgery a smaller network or a shorter sequence still has a place for; `lost` names what it has not, with its unit or
 * timestep as people count them.
 * @param {Surgery} surgery @param {{ hidden: number, length: number }} experiment
 * @returns {{ surgery: Surgery, lost: { part: string, place: 'unit' | 't', at: number }[] }}
 */
export function fitted(surgery, { hidden, length }) {
  const gates = Object.entries(surgery.gates);
  const fits = (/** @type {Held} */ held) => held.unit === null || held.unit < hidden;
  /** @type {{ part: string, place: 'unit' | 't', at: number }[]} */
  const lost = gates.flatMap(([part, held]) => (fits(held) ? [] : [{ part, place: 'unit', at: Number(held.unit) + 1 }]));
  let { injection } = surgery;
  if (injection && injection.unit >= hidden) lost.push({ part: 'injection', place: 'unit', at: injection.unit + 1 });
  else if (injection && injection.t > (surgery.length ?? length)) lost.push({ part: 'injection', place: 't', at: injection.t });
  if (lost.some(({ part }) => part === 'injection')) injection = null;
  const own = surgery.length === length ? null : surgery.length;
  if (!lost.length && own === surgery.length) return { surgery, lost };
  return { surgery: { ...surgery, gates: Object.fromEntries(gates.filter(([, held]) => fits(held))), injection, length: own }, lost };
}
