// @ts-check
// What a caller hands in, copied into plain data before WebAssembly is entered: a getter or a proxy runs here, where what
// it throws can be told, and not while a network is in use. Which fields there are, and what they may be, Rust knows.
import { GatescopeError } from './error.js';

/** Config, loss, class weights. */
const DEEPEST = 3;
/** More than there are fields: whoever hands in so many has a wrong one among the first. */
const MOST_FIELDS = 100;
/** Longer than any list that fits a batch in memory. */
const LONGEST_LIST = 1 << 24;
/** As F16, about as many numbers as the largest network has. */
const LARGEST_FILE = 1 << 28;
/** As much of a value as an error shows. */
const SHOWN_LETTERS = 60;

const SIZE_FIELDS = ['batch', 'steps', 'lengths', 'targetLengths', 'repeat', 'example', 'layer', 'hidden', 'cell'];

/** What stands in for a function, whose name could be a getter. */
const A_FUNCTION = () => {};

const TypedArray = Object.getPrototypeOf(Float32Array.prototype);

/** @param {object} prototype @param {PropertyKey} key @returns {(value: unknown) => any} its own getter, whatever the value overrides */
function getter(prototype, key) {
  const get = Object.getOwnPropertyDescriptor(prototype, key)?.get;
  if (!get) throw new TypeError(`there is no getter ${String(key)}`);
  return (value) => Reflect.apply(get, value, []);
}

/** The name of a genuine typed array's type, of any realm; `undefined` for all else. */
const typeOfArray = getter(TypedArray, Symbol.toStringTag);
const bufferOf = getter(TypedArray, 'buffer');
const offsetOf = getter(TypedArray, 'byteOffset');
const lengthOf = getter(TypedArray, 'length');
const bytesIn = getter(ArrayBuffer.prototype, 'byteLength');

/** @param {unknown} value */
function isArray(value) {
  try {
    return Array.isArray(value);
  } catch {
    return false; // a proxy that was revoked
  }
}

/** @param {object} object of whatever realm */
function isPlain(object) {
  const prototype = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @param {string} text */
const short = (text) => (text.length > SHOWN_LETTERS ? `${text.slice(0, SHOWN_LETTERS)}…` : text);

/** A value as a person would write it, or what it is. Calls nothing of the value's own. @param {unknown} value @returns {string} */
export function shown(value) {
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'string':
      return JSON.stringify(short(value));
    case 'bigint':
      return value > -1_000_000_000_000n && value < 1_000_000_000_000n ? `${value}n` : 'a large bigint';
    case 'number':
    case 'boolean':
      return String(value);
    case 'symbol':
    case 'function':
      return `a ${typeof value}`;
    default:
      if (value === null) return 'null';
      return isArray(value) ? 'an Array' : `a${/^[IO]/.test(typeOfArray(value) ?? 'O') ? 'n' : ''} ${typeOfArray(value) ?? 'Object'}`;
  }
}

/**
 * Does what may run the caller's code; an exception of it becomes ours.
 * @template T @param {string} code @param {string} field @param {() => T} read @returns {T}
 */
function reading(code, field, read) {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof GatescopeError) throw cause;
    throw new GatescopeError(code, { field, expected: 'something that can be read', given: 'an exception', cause });
  }
}

/**
 * A list as a plain array.
 * @param {string} code @param {string} field @param {unknown} value @param {number} depth
 */
function copyOfList(code, field, value, depth) {
  const list = /** @type {ArrayLike<unknown>} */ (value);
  const length = reading(code, field, () => list.length);
  if (!Number.isInteger(length) || length < 0 || length > LONGEST_LIST) {
    throw new GatescopeError(code, { field, expected: `a list of at most ${LONGEST_LIST} numbers`, given: `a length of ${shown(length)}` });
  }
  return Array.from({ length }, (_, k) => copyOf(code, field, reading(code, field, () => list[k]), depth + 1));
}

/**
 * Plain data of the same shape: objects by their own fields, lists by their items, the rest as it is.
 * @param {string} code @param {string} field @param {unknown} value @param {number} depth @returns {unknown}
 */
function copyOf(code, field, value, depth) {
  if (typeof value === 'function') return A_FUNCTION;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return {};
  if (isArray(value) || typeOfArray(value)) return copyOfList(code, field, value, depth);
  const object = /** @type {Record<string, unknown>} */ (value);
  const names = reading(code, field, () => Object.keys(object).slice(0, MOST_FIELDS));
  // A Map's settings, say, would be passed over.
  if (names.length === 0 && !reading(code, field, () => isPlain(object))) {
    throw new GatescopeError(code, { field, expected: 'a plain value or an object of settings', given: 'an object of another kind' });
  }
  return Object.fromEntries(
    names.map((name) => {
      const path = depth === 0 ? name : `${field}.${name}`;
      return [name, copyOf(code, path, reading(code, path, () => object[name]), depth + 1)];
    }),
  );
}

/** The settings of a network, as plain data. @param {unknown} value @returns {any} */
export const settings = (value) => copyOf('invalid-config', 'config', value, 0);

/**
 * A view of a genuine typed array of one of these types.
 * @param {string} field @param {unknown} value @param {string[]} types
 */
function view(field, value, types) {
  const type = typeOfArray(value);
  if (!types.includes(type)) {
    throw new GatescopeError('invalid-input', { field, expected: `a ${types.slice(0, -1).join(', ')} or ${types.at(-1)}`, given: shown(value) });
  }
  const View = type === 'Int32Array' ? Int32Array : type === 'Float64Array' ? Float64Array : Float32Array;
  // What was transferred away has no buffer left to look into.
  return lengthOf(value) === 0 ? new View(0) : new View(bufferOf(value), offsetOf(value), lengthOf(value));
}

/** Inputs or targets. @param {string} field @param {unknown} value */
export const numbers = (field, value) => view(field, value, ['Float32Array', 'Float64Array', 'Int32Array']);

/**
 * How the arrays of a call are cut, as plain data.
 * @param {unknown} value
 * @param {boolean} startsFromStates whether `hidden` and `cell` mean anything to this call
 * @returns {any}
 */
export function batchSize(value, startsFromStates) {
  const code = 'invalid-input';
  if (typeof value !== 'object' || value === null) {
    throw new GatescopeError(code, { field: 'size', expected: 'an object { batch, steps }', given: shown(value) });
  }
  const size = /** @type {Record<string, unknown>} */ (value);
  const unknown = reading(code, 'size', () => Object.keys(size)).find((name) => !SIZE_FIELDS.includes(name));
  if (unknown !== undefined) {
    throw new GatescopeError(code, { field: short(unknown), expected: `one of ${SIZE_FIELDS.join(', ')}`, given: shown(unknown) });
  }
  return Object.fromEntries(
    SIZE_FIELDS.map((name) => {
      const given = reading(code, name, () => size[name]);
      if (given === undefined || given === null) return [name, undefined];
      if ((name === 'hidden' || name === 'cell') && !startsFromStates) {
        throw new GatescopeError(code, { field: name, expected: 'nothing: only forward starts from given states', given: shown(given) });
      }
      if (name === 'hidden' || name === 'cell') return [name, view(name, given, ['Float32Array', 'Float64Array'])];
      if (name !== 'lengths' && name !== 'targetLengths') return [name, copyOf(code, name, given, DEEPEST)];
      if (typeof given === 'object') return [name, copyOfList(code, name, given, DEEPEST - 1)];
      throw new GatescopeError(code, { field: name, expected: 'a list of whole numbers', given: shown(given) });
    }),
  );
}

/** The bytes of a file. @param {unknown} value @returns {Uint8Array} */
export function fileBytes(value) {
  const field = 'bytes';
  let length = typeOfArray(value) === 'Uint8Array' ? lengthOf(value) : -1;
  const isView = length >= 0;
  try {
    if (!isView) length = bytesIn(value);
  } catch {
    throw new GatescopeError('bad-state-dict', { field, expected: 'a Uint8Array or ArrayBuffer', given: shown(value) });
  }
  if (length > LARGEST_FILE) {
    throw new GatescopeError('out-of-memory', { field, expected: `at most ${LARGEST_FILE} bytes`, given: `${length} bytes` });
  }
  if (length === 0) return new Uint8Array(0);
  return isView ? new Uint8Array(bufferOf(value), offsetOf(value), length) : new Uint8Array(/** @type {ArrayBuffer} */ (value));
}
