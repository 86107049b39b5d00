// @ts-check
// The experiment as people change it, and the one that each lane is given. Ranges come from the core's catalog.
import catalogJson from '../generated/catalog.json' with { type: 'json' };
import { OWN, cellOf, idsOf, ownKey, partsOf } from './lanes.js';

/** @typedef {import('../generated/types.d.ts').Catalog} Catalog */
/** @typedef {import('../generated/types.d.ts').Field} Field */
/** @typedef {import('../generated/types.d.ts').LaneExperiment} LaneExperiment */
/** What the page holds: one lane experiment and the cells it is compared with (drawn above), by name with commas between; settings of one lane alone by keys such as `b.clip`. @typedef {LaneExperiment & { vs: string }} Experiment */
/** A lane: its cell, and what it has for itself. @typedef {{ cell: string, own: Record<string, unknown> }} Compared */

export const catalog = /** @type {Catalog} */ (/** @type {unknown} */ (catalogJson));

/** @type {Map<string, Field>} */
const byName = new Map(catalog.fields.map((field) => [field.name, field]));

/** @param {string} name */
export function fieldOf(name) {
  const field = byName.get(name);
  if (!field) throw new Error(`the catalog has no field ${name}`);
  return field;
}

/** The settings by name, for code that walks the catalog. @param {LaneExperiment} experiment */
export const settings = (experiment) => /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (experiment));

/** @returns {Experiment} */
export function defaultExperiment() {
  const values = Object.fromEntries(catalog.fields.map((field) => [field.name, field.default]));
  const cells = fieldOf('cell').choices ?? [];
  const cell = cells.includes('lstm') ? 'lstm' : cells[cells.length - 1];
  return /** @type {Experiment} */ ({ ...values, cell, vs: usualVs(cell) });
}

/**
 * On this page the initialisation and its companions belong to the plain RNN lane: the LSTM's is told by its
 * forget bias. The catalog may narrow further.
 * @type {Record<string, string[]>}
 */
const PAGE_CELLS = { init: ['rnn'] };

/** Whether the core knows a setting of a cell. @param {Field} field @param {string} cell */
export const hasPlace = (field, cell) => !field.cells || field.cells.includes(/** @type {any} */ (cell));

/** Whether a shared setting says anything about a lane. @param {Field} field @param {string} lane */
export const concerns = (field, lane) => hasPlace(field, cellOf(lane)) && (PAGE_CELLS[field.name]?.includes(cellOf(lane)) ?? true);

/** The value that leaves a cell alone. @param {Field} field */
const neutral = (field) => (field.nullable ? null : (field.choices?.[0] ?? field.default));

/**
 * The experiment of one lane: its own settings, shared ones, and only those special ones that concern its cell.
 * @param {Experiment} experiment @param {string} lane
 * @returns {LaneExperiment}
 */
export function laneExperiment(experiment, lane) {
  const cell = cellOf(lane);
  const given = settings(experiment);
  const place = laneOrder(experiment).indexOf(lane);
  const all = catalog.fields.map((field) => {
    const own = hasPlace(field, cell) ? given[ownKey(place, field.name)] : undefined;
    return [field.name, field.name === 'cell' ? cell : own !== undefined ? own : concerns(field, lane) ? given[field.name] : neutral(field)];
  });
  return /** @type {LaneExperiment} */ (Object.fromEntries(all));
}

/** The cells in the order of the lanes, top first. @param {Experiment} experiment */
const cellsOf = (experiment) => [...experiment.vs.split(','), experiment.cell];

/** The lanes by their ids, top first. @param {Experiment} experiment */
export const laneOrder = (experiment) => idsOf(cellsOf(experiment));

/** The lanes with what each has for itself. @param {Experiment} experiment @returns {Compared[]} */
export const lanesOf = (experiment) =>
  cellsOf(experiment).map((cell, place) => ({ cell, own: Object.fromEntries(OWN.flatMap((name) => (ownKey(place, name) in experiment ? [[name, settings(experiment)[ownKey(place, name)]]] : []))) }));

/** The keys of settings that are one lane's alone. @param {Experiment} experiment */
export const ownKeys = (experiment) => Object.keys(experiment).filter(partsOf).sort();

/** What a cell is compared with where nothing else is said. @param {string} cell */
export const usualVs = (cell) => (fieldOf('cell').choices ?? []).find((other) => other !== cell) ?? cell;

/** A setting's key as a link writes it: `lr`, `b.lr`. @param {string} key */
export function linkKey(key) {
  const { place, name } = partsOf(key) ?? { place: -1, name: key };
  const link = byName.get(name)?.link ?? name;
  return place < 0 ? link : ownKey(place, link);
}

/**
 * The same experiment with other lanes, top first; what a lane's cell has no place for is let go.
 * @param {Experiment} experiment @param {Compared[]} lanes two or three @returns {Experiment}
 */
export function withLanes(experiment, lanes) {
  const shared = Object.entries(experiment).filter(([key]) => !partsOf(key));
  const own = lanes.flatMap(({ cell, own: all }, place) => Object.entries(all).flatMap(([name, value]) => (hasPlace(fieldOf(name), cell) ? [[ownKey(place, name), value]] : [])));
  const cells = lanes.map(({ cell }) => cell);
  return { ...Object.fromEntries([...shared, ...own]), vs: cells.slice(0, -1).join(), cell: cells[cells.length - 1] };
}

/**
 * Brings a value into its field's range. `problem` names what was done; null when nothing was.
 * @param {Field} field @param {unknown} value
 * @returns {{ value: any, problem: null | 'belowMinimum' | 'aboveMaximum' | 'notFinite' | 'unknownChoice' }}
 */
export function clampField(field, value) {
  if (value === null && field.nullable) return { value: null, problem: null };
  if (field.choices?.includes(/** @type {string} */ (value))) return { value, problem: null };
  if (field.kind === 'choice') return { value: field.default, problem: 'unknownChoice' };
  if (typeof value !== 'number' || !Number.isFinite(value)) return { value: field.default, problem: 'notFinite' };
  const number = field.kind === 'integer' ? Math.round(value) : value;
  if (typeof field.min === 'number' && number < field.min) return { value: field.min, problem: 'belowMinimum' };
  if (typeof field.max === 'number' && number > field.max) return { value: field.max, problem: 'aboveMaximum' };
  return { value: number, problem: null };
}

/** Whether two lane experiments are the same run. @param {LaneExperiment} a @param {LaneExperiment} b */
export const sameRun = (a, b) => {
  // The sentence language plays no part in recall, the alphabet none in sentiment.
  const idle = a.task === 'recall' ? 'language' : 'alphabet';
  const [left, right] = [settings(a), settings(b)];
  // Numbers of the core's f32 settings may come back rounded.
  const alike = (/** @type {unknown} */ x, /** @type {unknown} */ y) =>
    Object.is(x, y) || (typeof x === 'number' && typeof y === 'number' && Math.fround(x) === Math.fround(y));
  return catalog.fields.every(({ name }) => name === idle || alike(left[name], right[name]));
};

/** Whether two experiments show the same lanes. @param {Experiment} a @param {Experiment} b */
export const sameLanes = (a, b) => laneOrder(a).join() === laneOrder(b).join() && laneOrder(a).every((lane) => sameRun(laneExperiment(a, lane), laneExperiment(b, lane)));
