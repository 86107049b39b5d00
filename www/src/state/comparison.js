// @ts-check
// What lanes differ in, for those who set them and for those who read what is shown. It is handed all it works on, because a small
// widget does without it.

/** @typedef {import('./experiment.js').Field} Field */
/** A lane: its cell, its settings, and the names of those that are its alone. @typedef {{ id: string, cell: string, settings: Record<string, unknown>, own: string[] }} Lane */
/** A setting of a lane: its value, and whether its cell has such a setting. @typedef {{ value: unknown, has: boolean }} Entry */
/**
 * @typedef {object} Comparison
 * @property {Lane[]} lanes top first
 * @property {Field[]} settable settings that a lane may have for itself
 * @property {Record<string, Record<string, Entry>>} settings by setting and lane
 * @property {string[]} differing names of the settings in which the lanes differ
 */

/** What says nothing: a setting that a cell without it could be said to have. @param {Field} field @param {unknown} value */
const idle = (field, value) => (field.nullable ? value === null : value === field.choices?.[0]);

/**
 * @param {Lane[]} lanes @param {Field[]} fields the cell, and what a lane may have for itself
 * @param {(field: Field, cell: string) => boolean} hasPlace @returns {Comparison}
 */
export function comparisonOf(lanes, fields, hasPlace) {
  const table = Object.fromEntries(fields.map((field) => [field.name, Object.fromEntries(lanes.map(({ id, cell, settings }) => [id, { value: settings[field.name], has: hasPlace(field, cell) }]))]));
  const differing = fields.filter((field) => {
    const entries = Object.values(table[field.name]);
    const [first, ...others] = entries.filter(({ has }) => has);
    // A cell without the setting differs from one that makes use of it.
    return others.some(({ value }) => !Object.is(value, first.value)) || (first !== undefined && entries.some(({ has }) => !has) && !idle(field, first.value));
  });
  return { lanes, settable: fields.filter(({ name }) => name !== 'cell'), settings: table, differing: differing.map(({ name }) => name) };
}
