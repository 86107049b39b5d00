// @ts-check
// What a kind of equation needs of the core beside the timestep taken apart: a reading of the lane, by the kind's name.

/** @typedef {import('./wasm/gatescope.js').Lane} Lane */
/** @typedef {{ t: number, unit: number, of: { kind: string } & Record<string, any> | null }} Wish a timestep (1..T), a unit, and what the equation is about */

/** Null where a kind needs something of one of its quantities only. @type {Record<string, (lane: Lane, wish: Wish) => Float64Array | null>} */
const READINGS = {
  chain: (lane, { t, of }) => lane.explainChain(of?.s - 1, t - 1),
  jacobian: (lane, { t, of }) => lane.explainJacobian(t - 1, of?.row),
  series: (lane, { t, of }) => (of?.quantity === 'jacobian' ? lane.explainJacobian(t - 1, 0) : null),
  weights: (lane, { of }) => lane.explainWeights(of?.index, of?.limit, of?.bin),
  readout: (lane) => lane.explainAnswer(),
};

/** @param {Lane} lane @param {Wish} wish @returns {{ numbers: Float64Array, more: import('./explanation.js').More | null }} */
export function explain(lane, wish) {
  const more = READINGS[wish.of?.kind ?? '']?.(lane, wish);
  return { numbers: lane.explain(wish.t - 1, wish.unit), more: wish.of && more ? { of: wish.of, numbers: more } : null };
}
