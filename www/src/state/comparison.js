// @ts-check
// What lanes differ in, for those who set them and for those who read what is shown.
import { catalog, hasPlace, laneExperiment, laneOrder, lanesOf, settings } from './experiment.js';
import { OWN } from './lanes.js';

/** @typedef {import('./experiment.js').Experiment} Experiment */
/** @typedef {import('./experiment.js').Field} Field */
/** A setting of a lane: its value, whether it is the lane's own, and whether its cell has such a setting. @typedef {{ value: unknown, own: boolean, has: boolean }} Entry */
/**
 * @typedef {object} Comparison
 * @property {{ id: string, cell: string, own: string[] }[]} lanes top first; `own`: names of the settings that are the lane's alone
 * @property {Field[]} settable settings that a lane may have for itself
 * @property {Record<string, Record<string, Entry>>} settings by setting and lane
 * @property {string[]} differing names of the settings in which the lanes differ
 */

/** What says nothing: a setting that a cell without it could be said to have. @param {Field} field @param {unknown} value */
const idle = (field, value) => (field.nullable ? value === null : value === field.choices?.[0]);

/** @param {Experiment} experiment @returns {Comparison} */
export function comparisonOf(experiment) {
  const ids = laneOrder(experiment);
  const lanes = lanesOf(experiment).map(({ cell, own }, k) => ({ id: ids[k], cell, own: Object.keys(own) }));
  const all = lanes.map(({ id }) => settings(laneExperiment(experiment, id)));
  const fields = catalog.fields.filter(({ name }) => name === 'cell' || OWN.includes(name));
  const table = Object.fromEntries(
    fields.map((field) => [
      field.name,
      Object.fromEntries(lanes.map(({ id, cell, own }, k) => [id, { value: all[k][field.name], own: own.includes(field.name), has: hasPlace(field, cell) }])),
    ]),
  );
  const differing = fields.filter((field) => {
    const entries = Object.values(table[field.name]);
    const [first, ...others] = entries.filter(({ has }) => has);
    // A cell without the setting differs from one that makes use of it.
    return others.some(({ value }) => !Object.is(value, first.value)) || (first !== undefined && entries.some(({ has }) => !has) && !idle(field, first.value));
  });
  return { lanes, settable: fields.filter(({ name }) => name !== 'cell'), settings: table, differing: differing.map(({ name }) => name) };
}
