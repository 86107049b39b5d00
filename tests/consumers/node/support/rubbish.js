// One value of every kind that JavaScript can hand in, the malicious ones too. Made anew each time: some can be used once.

const boom = () => {
  throw new Error('boom');
};

/** Throws whatever is done with it. */
const hostile = (target) =>
  new Proxy(target, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, boom])));

const revoked = (target) => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const detached = () => {
  const array = new Float32Array(4);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
};

const cyclic = () => {
  const object = { kind: 'adam' };
  object.learningRate = object;
  return object;
};

const deep = () => {
  let object = {};
  for (let k = 0; k < 20_000; k++) object = { kind: object };
  return object;
};

/** @type {Record<string, () => any>} */
export const RUBBISH = {
  undefined: () => undefined,
  null: () => null,
  'empty text': () => '',
  text: () => 'abc',
  'long text': () => 'x'.repeat(1_000_000),
  'a lone surrogate': () => '\ud800',
  true: () => true,
  false: () => false,
  '−1': () => -1,
  '−0': () => -0,
  0: () => 0,
  '0.5': () => 0.5,
  1: () => 1,
  2: () => 2,
  '1e9': () => 1e9,
  '2³²': () => 2 ** 32,
  '1e300': () => 1e300,
  '5e−324': () => 5e-324,
  NaN: () => NaN,
  Infinity: () => Infinity,
  '−Infinity': () => -Infinity,
  bigint: () => 3n,
  'negative bigint': () => -3n,
  'huge bigint': () => 10n ** 5000n,
  symbol: () => Symbol('s'),
  'well-known symbol': () => Symbol.iterator,
  function: () => () => 3,
  class: () => class Size {},
  'async generator': () => async function* () {},
  'empty array': () => [],
  array: () => [1, 2],
  'array of rubbish': () => [NaN, 'a', {}, 1n],
  'sparse array': () => new Array(2 ** 32 - 1),
  'empty object': () => ({}),
  'object without prototype': () => Object.create(null),
  'unknown fields': () => ({ kinds: 1 }),
  'a field named __proto__': () => JSON.parse('{"__proto__": {"kind": "adam"}}'),
  'boxed number': () => new Number(3),
  'boxed text': () => new String('lstm'),
  date: () => new Date(0),
  'regular expression': () => /x/,
  map: () => new Map([['kind', 'adam']]),
  promise: () => Promise.resolve(3),
  error: () => new Error('e'),
  globalThis: () => globalThis,
  'Float32Array': () => Float32Array.of(1, 2, 3),
  'Uint8Array': () => Uint8Array.of(1, 2, 3),
  'BigInt64Array': () => BigInt64Array.of(1n),
  'ArrayBuffer': () => new ArrayBuffer(8),
  'DataView': () => new DataView(new ArrayBuffer(8)),
  'detached array': detached,
  'array in shared memory': () => new Float32Array(new SharedArrayBuffer(8)),
  'only looks like a Float32Array': () => Object.create(Float32Array.prototype),
  'claims a length': () => ({ length: 2 ** 53 }),
  'claims a negative length': () => ({ length: -1 }),
  'a length that throws': () => ({ get length() { return boom(); } }),
  'endless iterator': () => ({ *[Symbol.iterator]() { for (;;) yield 1; } }),
  'a getter that throws': () => ({ get kind() { return boom(); } }),
  'conversions that throw': () => ({ toString: boom, valueOf: boom, toJSON: boom, [Symbol.toPrimitive]: boom }),
  'a tag that throws': () => ({ get [Symbol.toStringTag]() { return boom(); } }),
  'a constructor that throws': () => ({ get constructor() { return boom(); } }),
  'a function with a name that throws': () => Object.defineProperty(() => {}, 'name', { get: boom }),
  cyclic,
  deep,
  'hostile proxy': () => hostile({}),
  'hostile function': () => hostile(() => {}),
  'hostile array': () => hostile([]),
  'hostile Float32Array': () => hostile(new Float32Array(2)),
  'revoked proxy': () => revoked({}),
  'revoked array': () => revoked([]),
};
