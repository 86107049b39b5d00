// @ts-check
// The experiment as a link. Reading never throws, never keeps an unknown key and never makes markup of anything.
import { catalog, clampField, defaultExperiment, fieldOf, settings } from './experiment.js';
import { readPast, writePast } from './runs.js';

/** @typedef {import('./experiment.js').Experiment} Experiment */
/** @typedef {{ experiment: Experiment, past: import('./runs.js').Past[], step: number, t: number, unit: number | null }} Linked */
/** @typedef {{ key: string, given: string, reason: string, effective: string }} Problem */

export const MAX_LENGTH = 4096;
const VERSION = '1';
const MAX_STEP = 20000;

/** @param {unknown} value */
const write = (value) => (value === null || value === undefined ? '' : encodeURIComponent(String(value)));

/** @param {Linked} linked @returns {string} the hash without `#` */
export function writeLink({ experiment, past, step, t, unit }) {
  const parts = [`v=${VERSION}`, `vs=${experiment.vs.split(',').map(write).join()}`];
  for (const field of catalog.fields) parts.push(`${field.link}=${write(settings(experiment)[field.name])}`);
  // Settings that were others before a step: without them the run could not be walked again.
  if (past.length) parts.push(`past=${writePast(past, experiment)}`);
  parts.push(`step=${step}`, `t=${t}`, `unit=${write(unit)}`, 'view=flow');
  return parts.join('&');
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** A number as a link may write it; NaN for anything else (no hex, no blanks, no Infinity). @param {string} text */
const number = (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN);

/** @param {string} text @param {import('./experiment.js').Field} field */
function parseField(text, field) {
  if (text === '' && field.nullable) return null;
  if (field.kind === 'choice' || field.choices?.includes(text)) return text;
  const value = number(text);
  return field.kind === 'integer' && !Number.isInteger(value) ? Number.NaN : value;
}

/** What is shown of a bad value: short, and only as text. @param {string} text */
const excerpt = (text) => (text.length > 24 ? `${text.slice(0, 24)}…` : text);

/**
 * @param {string} hash with or without `#`
 * @returns {Linked & { problems: Problem[] }}
 */
export function readLink(hash) {
  const experiment = defaultExperiment();
  /** @type {Problem[]} */
  const problems = [];
  const result = { experiment, past: /** @type {import('./runs.js').Past[]} */ ([]), step: 0, t: 0, unit: /** @type {number | null} */ (null), problems };
  const text = hash.replace(/^#/, '');
  if (text === '') return result;
  if (text.length > MAX_LENGTH) {
    problems.push({ key: '', given: String(text.length), reason: 'tooLong', effective: String(MAX_LENGTH) });
    return result;
  }
  /** @type {Map<string, string>} */
  const given = new Map();
  for (const part of text.split('&')) {
    const at = part.indexOf('=');
    if (at > 0) given.set(part.slice(0, at), decode(part.slice(at + 1)));
  }

  if (given.has('v') && given.get('v') !== VERSION) {
    problems.push({ key: 'v', given: excerpt(given.get('v') ?? ''), reason: 'otherVersion', effective: VERSION });
  }
  const target = settings(experiment);
  for (const field of catalog.fields) {
    const raw = given.get(field.link);
    if (raw === undefined) continue;
    const { value, problem } = clampField(field, parseField(raw, field));
    target[field.name] = value;
    if (problem) problems.push({ key: field.name, given: excerpt(raw), reason: problem, effective: String(value) });
  }

  const cells = fieldOf('cell').choices ?? [];
  const vs = given.get('vs');
  const other = cells.find((cell) => cell !== experiment.cell) ?? experiment.cell;
  const others = vs?.split(',') ?? [];
  const usable = others.every((name, k) => cells.includes(name) && name !== experiment.cell && others.indexOf(name) === k);
  if (vs !== undefined && !usable) {
    problems.push({ key: 'cell', given: excerpt(vs), reason: 'unknownChoice', effective: other });
  }
  experiment.vs = vs !== undefined && usable ? vs : other;

  const past = readPast(given.get('past') ?? '', experiment, parseField);
  if (past) result.past = past;
  else problems.push({ key: 'past', given: excerpt(given.get('past') ?? ''), reason: 'unknownChoice', effective: '' });

  const whole = (/** @type {string} */ key, /** @type {number} */ max) => {
    const raw = given.get(key);
    if (raw === undefined || raw === '') return 0;
    const value = number(raw);
    if (Number.isInteger(value) && value >= 0 && value <= max) return value;
    const effective = value > max ? max : 0;
    problems.push({ key, given: excerpt(raw), reason: value > max ? 'aboveMaximum' : 'notFinite', effective: String(effective) });
    return effective;
  };
  result.step = whole('step', MAX_STEP);
  result.t = whole('t', experiment.length);
  if (given.get('unit')) result.unit = whole('unit', experiment.hidden - 1);
  return result;
}

/** What the place that an app lives in wants of it. @typedef {ReturnType<typeof readHost>} Wishes */

/** The host's wishes from the query; anything unknown is as if absent. @param {string} query */
export function readHost(query) {
  const params = new URLSearchParams(query.slice(0, MAX_LENGTH));
  const oneOf = (/** @type {string} */ key, /** @type {string[]} */ choices) => {
    const value = params.get(key);
    return value !== null && choices.includes(value) ? value : null;
  };
  return {
    language: oneOf('lang', ['en', 'zh-CN']),
    theme: oneOf('theme', ['light', 'dark', 'projector']),
    motion: oneOf('motion', ['full', 'reduced']),
  };
}
