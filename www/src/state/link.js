// @ts-check
// The experiment as a link. Reading never throws, never keeps an unknown key and never makes markup of anything.
import { catalog, clampField, defaultExperiment, fieldOf, hasPlace, laneOrder, linkKey, ownKeys, settings, usualVs } from './experiment.js';
import { MOST_LANES, OWN, cellOf, ownKey, partsOf } from './lanes.js';
import { readPast, writePast } from './runs.js';
import { UNTOUCHED, isActive } from './surgery.js';
import { readSurgery, writeSurgery } from './surgeryLink.js';

/** @typedef {import('./experiment.js').Experiment} Experiment */
/** `past`: settings of earlier steps; `beat`: the phase of a sweep that is held at `t`. @typedef {{ experiment: Experiment, past: import('./runs.js').Past[], step: number, t: number, unit: number | null, view: string, beat: string, chart: string, surgery: import('./surgery.js').Surgery }} Linked */
/** `lane`: the lane whose own setting it is. @typedef {{ key: string, given: string, reason: string, effective: string, lane?: string }} Problem */

export const MAX_LENGTH = 4096;
/** The views that a link can open. */
export const VIEWS = ['flow', 'cell', 'map', 'training', 'code'];
const BEATS = ['forward', 'loss', 'backward', 'rest', 'inspect'];
/** The quantity along t that is there before any choice. */
export const FIRST_CHART = 'gradient';
const VERSION = '1';
export const MAX_STEP = 20000;

/** @param {unknown} value */
const write = (value) => (value === null || value === undefined ? '' : encodeURIComponent(String(value)));

/** What lanes have for themselves: `b.lr=0.01`. @param {Experiment} experiment */
const writeOwn = (experiment) => ownKeys(experiment).map((key) => `${linkKey(key)}=${write(settings(experiment)[key])}`);

/** @param {Pick<Linked, 'experiment' | 'step' | 't' | 'unit'> & Partial<Linked>} linked @returns {string} the hash without `#` */
export function writeLink({ experiment, past = [], step, t, unit, view = VIEWS[0], beat = 'inspect', chart = FIRST_CHART, surgery = UNTOUCHED }) {
  const parts = [`v=${VERSION}`, `vs=${experiment.vs.split(',').map(write).join()}`];
  for (const field of catalog.fields) parts.push(`${field.link}=${write(settings(experiment)[field.name])}`);
  parts.push(...writeOwn(experiment));
  // Settings that were others before a step: without them the run could not be walked again.
  if (past.length) parts.push(`past=${writePast(past, experiment)}`);
  parts.push(`step=${step}`, `t=${t}`, `unit=${write(unit)}`, `view=${write(view)}`);
  // Only who stopped in the middle of a sweep comes back into it.
  if (beat !== 'inspect') parts.push(`beat=${write(beat)}`);
  if (chart !== FIRST_CHART) parts.push(`chart=${write(chart)}`);
  if (isActive(surgery)) parts.push(`surgery=${writeSurgery(surgery)}`);
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

/** Takes what a link says of single lanes. @param {Map<string, string>} given @param {Experiment} experiment @returns {Problem[]} */
function readOwn(given, experiment) {
  const ids = laneOrder(experiment);
  /** @type {Problem[]} */
  const problems = [];
  for (const [key, raw] of given) {
    const parts = partsOf(key);
    if (!parts) continue;
    const lane = ids[parts.place];
    const field = catalog.fields.find(({ link }) => link === parts.name);
    if (!field || !lane || !OWN.includes(field.name) || !hasPlace(field, cellOf(lane))) {
      problems.push({ key: excerpt(key), given: excerpt(raw), reason: 'notOwn', effective: '' });
      continue;
    }
    const { value, problem } = clampField(field, parseField(raw, field));
    settings(experiment)[ownKey(parts.place, field.name)] = value;
    if (problem) problems.push({ key: field.name, given: excerpt(raw), reason: problem, effective: String(value), lane });
  }
  return problems;
}

/**
 * @param {string} hash with or without `#`
 * @returns {Linked & { problems: Problem[] }}
 */
export function readLink(hash) {
  const experiment = defaultExperiment();
  /** @type {Problem[]} */
  const problems = [];
  const result = { experiment, past: /** @type {import('./runs.js').Past[]} */ ([]), step: 0, t: 0, unit: /** @type {number | null} */ (null), view: VIEWS[0], beat: 'inspect', chart: FIRST_CHART, surgery: UNTOUCHED, problems };
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
  const other = usualVs(experiment.cell);
  const others = vs?.split(',') ?? [other];
  const usable = others.every((name) => cells.includes(name));
  if (!usable) problems.push({ key: 'cell', given: excerpt(vs ?? ''), reason: 'unknownChoice', effective: other });
  else if (others.length >= MOST_LANES) problems.push({ key: 'cell', given: String(others.length + 1), reason: 'tooManyLanes', effective: String(MOST_LANES) });
  experiment.vs = usable ? others.slice(0, MOST_LANES - 1).join() : other;
  problems.push(...readOwn(given, experiment));

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
  const named = (/** @type {string} */ key, /** @type {string[]} */ names, /** @type {string} */ usual) => {
    const raw = given.get(key) ?? '';
    if (raw !== '' && !names.includes(raw)) problems.push({ key, given: excerpt(raw), reason: 'unknownChoice', effective: usual });
    return names.includes(raw) ? raw : usual;
  };
  result.view = named('view', VIEWS, VIEWS[0]);
  result.beat = named('beat', BEATS, 'inspect');
  // Which there are is for the cells to say: what none of them has shows the first.
  const chart = given.get('chart') ?? '';
  if (/^[a-z][a-zA-Z]{0,31}$/.test(chart)) result.chart = chart;
  else if (chart !== '') problems.push({ key: 'chart', given: excerpt(chart), reason: 'unknownChoice', effective: FIRST_CHART });
  if (given.get('surgery')) {
    const { surgery, bad } = readSurgery(given.get('surgery') ?? '');
    result.surgery = surgery;
    for (const { text, reason } of bad) problems.push({ key: 'surgery', given: excerpt(text), reason, effective: '' });
  }
  return result;
}

/** What the place that an app lives in wants of it. @typedef {ReturnType<typeof readHost>} Wishes */

/** The keys of a host's wishes. */
export const WISHES = ['lang', 'theme', 'motion', 'ui', 'controls', 'hide', 'lock', 'keys', 'origin'];

/**
 * The host's wishes, asked for one by one; anything unknown is as if absent.
 * @param {(key: string) => string | null} get
 */
export function readWishes(get) {
  const oneOf = (/** @type {string} */ key, /** @type {string[]} */ choices) => {
    const value = get(key);
    return value !== null && choices.includes(value) ? value : null;
  };
  /** Names with commas between. @param {string} key */
  const names = (key) => (get(key) ?? '').slice(0, MAX_LENGTH).split(',').filter((name) => /^[\w-]{1,32}$/.test(name));
  return {
    language: oneOf('lang', ['en', 'zh-CN']),
    /** A lesson to begin with, by name. */
    lesson: /^[a-z0-9-]{1,60}$/.test(get('lesson') ?? '') ? get('lesson') : null,
    theme: oneOf('theme', ['light', 'dark', 'projector']),
    motion: oneOf('motion', ['full', 'reduced']),
    ui: oneOf('ui', ['full', 'present', 'embed']),
    /** Which hands on the machine there are. */
    controls: oneOf('controls', ['none', 'min', 'full']),
    /** Panels that are left out, by their ids. */
    hide: names('hide'),
    /** Settings that cannot be changed, by name or as the link calls them; `all` of them. */
    lock: names('lock'),
    /** Where the keyboard is heard: on the whole page, while the app has the focus, nowhere. */
    keys: oneOf('keys', ['page', 'focus', 'none']),
    /** Whose messages a frame obeys. */
    origin: get('origin'),
  };
}

/** The host's wishes from a query. @param {string} query */
export function readHost(query) {
  const params = new URLSearchParams(query.slice(0, MAX_LENGTH));
  return readWishes((key) => params.get(key));
}
