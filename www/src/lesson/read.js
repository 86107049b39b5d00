// @ts-check
// A lesson from its text. Reading never throws; whatever is wrong is named with line and column, field, what was expected
// and what was given. Texts stay texts: nothing here is ever markup.
import { Validator } from '@cfworker/json-schema';
import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import { LANE_QUANTITIES, SHARED_QUANTITIES, gapsIn } from '../draw/quantities.js';
import { expectedOf } from './expected.js';
import { excerpt, positionAt } from './positions.js';
import { catalog, hasPlace } from '../state/experiment.js';
import { cellOf, partsOf } from '../state/lanes.js';
import { MAX_STEP, schema } from './schema.js';
import { lanesOf, scenesOf } from './scenes.js';

/** @typedef {import('jsonc-parser').Node} Node */
/** @typedef {import('./expected.js').Expected} Expected */
/** @typedef {import('./scenes.js').Lesson} Lesson */
/**
 * @typedef {object} Problem
 * @property {number} line from 1
 * @property {number} column from 1
 * @property {string} field such as beats[2].experiment.T
 * @property {'syntax' | 'size' | 'depth' | 'unknown' | 'twice' | 'missing' | 'value' | 'gap' | 'conflict' | 'fetch'} reason
 * @property {Expected[]} expected alternatives
 * @property {string} given
 */

/** Characters a lesson may have. */
export const MAX_TEXT = 200_000;
/** Problems that are told; a file that is no lesson at all would have thousands. */
const MOST = 20;

/** @param {import('jsonc-parser').JSONPath} path */
const fieldName = (path) => path.map((part, k) => (typeof part === 'number' ? `[${part + 1}]` : `${k ? '.' : ''}${part}`)).join('');

/** The parts of a JSON pointer, numbers where they index a list. @param {string} pointer @param {Node} root */
function pathOf(pointer, root) {
  /** @type {import('jsonc-parser').JSONPath} */
  const path = [];
  for (const part of pointer.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(findNodeAtLocation(root, path)?.type === 'array' ? Number(name) : name);
  }
  return path;
}

/** The part of the schema that a keyword stands in. @param {string} location */
const schemaAt = (location) => location.split('/').slice(1, -1).reduce((node, part) => /** @type {any} */ (node)[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')], /** @type {any} */ (schema));

/** Errors that only say that something inside is wrong. */
const OUTER = new Set(['properties', 'items', 'additionalProperties']);

/** @param {string} text @returns {{ lesson: Lesson, problems: [] } | { lesson: null, problems: Problem[] }} */
export function readLesson(text) {
  const top = { line: 1, column: 1, field: '' };
  if (text.length > MAX_TEXT) return refused([{ ...top, reason: 'size', expected: [{ key: 'size', params: { most: MAX_TEXT } }], given: String(text.length) }]);
  /** @type {import('jsonc-parser').ParseError[]} */
  const errors = [];
  /** @type {Node | undefined} */
  let root;
  try {
    // A teacher's editor may leave a comma behind, and a comment is a kindness.
    root = parseTree(text.replace(/^\uFEFF/, ' '), errors, { allowTrailingComma: true });
  } catch {
    return refused([{ ...top, reason: 'depth', expected: [], given: excerpt(text, 0, 40) }]);
  }
  const [first] = errors;
  if (first || !root) {
    const { offset, length } = first ?? { offset: 0, length: 0 };
    const expected = first ? [{ key: `syntax.${printParseErrorCode(first.error)}` }] : [{ key: 'object', params: { fields: Object.keys(schema.properties).join(', ') } }];
    return refused([{ ...positionAt(text, offset), field: '', reason: 'syntax', expected, given: excerpt(text, offset, Math.max(1, length)) }]);
  }

  const tree = root;
  /** @type {Problem[]} */
  const problems = [];
  /** @param {Node | undefined} node @param {import('jsonc-parser').JSONPath} path @param {Problem['reason']} reason @param {Expected[]} expected @param {{ shift: number, length: number }} [part] of the node, where not all of it is wrong */
  const complain = (node, path, reason, expected, part) => {
    const { shift, length } = { shift: 0, length: (node ?? tree).length, ...part };
    const offset = (node ?? tree).offset + shift;
    problems.push({ ...positionAt(text, offset), field: fieldName(path), reason, expected, given: excerpt(text, offset, length) });
  };

  const value = plainValue(tree, (node, path) => complain(node, path, 'twice', []));
  for (const { keyword, keywordLocation, instanceLocation, error } of new Validator(/** @type {any} */ (schema), '2020-12', false).validate(value).errors) {
    if (OUTER.has(keyword)) continue;
    const path = pathOf(instanceLocation, tree);
    const node = findNodeAtLocation(tree, path);
    if (keyword === 'false') {
      const parent = schemaAt(`${schemaPathOf(path.slice(0, -1))}/x`);
      complain(node?.parent?.children?.[0], path, 'unknown', [{ key: 'fields', params: { fields: Object.keys(parent.properties).join(', ') } }]);
    } else if (keyword === 'required') {
      const missing = error.match(/"([^"]+)"/)?.[1] ?? '';
      complain(node, [...path, missing], 'missing', expectedOf(schemaAt(keywordLocation).properties[missing]));
    } else complain(node, path, 'value', expectedOf(schemaAt(keywordLocation)));
  }
  if (problems.length) return refused(problems);
  const lesson = /** @type {Lesson} */ (value);
  checkSense(lesson, tree, complain);
  return problems.length ? refused(problems) : { lesson, problems: [] };
}

/** @param {Problem[]} problems */
const refused = (problems) => ({ lesson: null, problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, MOST) });

/** Where in the schema the object at a path is described. @param {import('jsonc-parser').JSONPath} path */
const schemaPathOf = (path) => path.reduce((/** @type {string} */ at, part) => `${at}/${typeof part === 'number' ? 'items' : `properties/${part}`}`, '#');

/**
 * The value of a tree without a way to its prototype, and without names that are given twice.
 * @param {Node} node @param {(node: Node, path: import('jsonc-parser').JSONPath) => void} twice @param {import('jsonc-parser').JSONPath} [path]
 * @returns {any}
 */
function plainValue(node, twice, path = []) {
  if (node.type === 'array') return (node.children ?? []).map((child, k) => plainValue(child, twice, [...path, k]));
  if (node.type !== 'object') return getNodeValue(node);
  /** @type {Record<string, unknown>} */
  const made = {};
  for (const { children } of node.children ?? []) {
    const [key, child] = children ?? [];
    if (!key || !child) continue;
    const here = [...path, key.value];
    if (Object.hasOwn(made, key.value)) twice(key, here);
    else Object.defineProperty(made, key.value, { value: plainValue(child, twice, here), enumerable: true, configurable: true, writable: true });
  }
  return made;
}

/**
 * What no schema can say: gaps and lanes that do not exist, a timestep after the last.
 * @param {Lesson} lesson @param {Node} tree
 * @param {(node: Node | undefined, path: import('jsonc-parser').JSONPath, reason: Problem['reason'], expected: Expected[], part?: { shift: number, length: number }) => void} complain
 */
function checkSense(lesson, tree, complain) {
  const scenes = scenesOf(lesson);
  scenes.forEach((scene, k) => {
    const at = (/** @type {import('jsonc-parser').JSONPath} */ ...path) => ['beats', k, ...path];
    const wrong = (/** @type {import('jsonc-parser').JSONPath} */ path, /** @type {Problem['reason']} */ reason, /** @type {Expected[]} */ expected) => complain(findNodeAtLocation(tree, path), path, reason, expected);
    const beat = lesson.beats[k];
    const lanes = lanesOf(scene);
    const laneNames = lanes.map((lane) => ({ key: 'value', params: { value: JSON.stringify(lane) } }));
    for (const key of Object.keys(beat.experiment ?? {})) {
      const own = partsOf(key);
      const field = own && catalog.fields.find(({ link }) => link === own.name);
      const lane = own && lanes[own.place];
      if (own && !lane) wrong(at('experiment', key), 'conflict', laneNames);
      else if (field && lane && !hasPlace(field, cellOf(lane))) wrong(at('experiment', key), 'conflict', [{ key: 'ownPlace', params: { lane: JSON.stringify(lane) } }]);
    }
    const { length, hidden } = scene.experiment;
    if (scene.t > length) wrong(at('t'), 'value', [{ key: 'integer', params: { min: 1, max: length } }]);
    if (scene.unit !== null && scene.unit >= hidden) wrong(at('unit'), 'value', [{ key: 'integer', params: { min: 1, max: hidden } }]);
    if (beat.step !== undefined && beat.train !== undefined) wrong(at('train'), 'conflict', [{ key: 'eitherStepOrTrain' }]);
    if (scene.step > MAX_STEP) wrong(at('train'), 'value', [{ key: 'integer', params: { min: 1, max: MAX_STEP - scene.step + (beat.train ?? 0) } }]);
    for (const [path, lane] of /** @type {[import('jsonc-parser').JSONPath, string | null | undefined][]} */ ([
      [at('lane'), beat.lane],
      [at('highlight', 'lane'), scene.highlight?.lane],
      [at('predict', 'lane'), scene.predict?.lane],
    ])) if (lane && !lanes.includes(lane)) wrong(path, 'value', laneNames);
    for (const part of /** @type {const} */ (['caption', 'question'])) {
      const given = beat[part];
      if (!given) continue;
      for (const [path, text] of typeof given === 'string' ? [/** @type {const} */ ([at(part), given])] : Object.entries(given).map(([tag, text]) => /** @type {const} */ ([at(part, tag), text]))) {
        const node = findNodeAtLocation(tree, path);
        for (const { gap, lane, name, at: shift } of gapsIn(text)) {
          const known = lane === null ? SHARED_QUANTITIES.includes(name) : lanes.includes(lane) && LANE_QUANTITIES.includes(name);
          if (!known) complain(node, path, 'gap', [{ key: 'gaps', params: { gap, lanes: lanes.join(', '), names: LANE_QUANTITIES.join(', '), shared: SHARED_QUANTITIES.join(', ') } }], { shift: shift + 1, length: gap.length });
        }
      }
    }
  });
}
