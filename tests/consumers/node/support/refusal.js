import assert from 'node:assert/strict';
import { GatescopeError } from 'gatescope';

export const CODES = [
  'invalid-config', 'invalid-input', 'shape-mismatch', 'id-out-of-range', 'bad-state-dict', 'out-of-memory', 'freed',
  'load-failed', 'unsupported',
];

/** What a call throws, or nothing. */
export function thrownBy(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Fails unless this is a complete refusal: never `internal`, every part of it there and short enough to read. */
export function assertRefusal(error, context) {
  assert.ok(error instanceof GatescopeError, `${context}: ${error?.stack ?? error}`);
  assert.ok(CODES.includes(error.code), `${context}: ${error.code}, ${error.message}`);
  for (const part of ['field', 'expected', 'given', 'message']) {
    assert.equal(typeof error[part], 'string', `${context}: ${part}`);
    assert.ok(error[part].length < 500, `${context}: ${part} has ${error[part].length} letters`);
    assert.notEqual(error[part], '', `${context}: ${part}`);
  }
  return error;
}

/** Either it works, or it is refused as it should be; answers what came. */
export function tried(call, context) {
  let value;
  const error = thrownBy(() => {
    value = call();
  });
  if (error !== undefined) assertRefusal(error, context);
  return { value, error };
}

/** A network that must give the same numbers whatever happens around it. */
export function canary(gs) {
  const size = { batch: 2, steps: 3 };
  const x = Float32Array.from({ length: 12 }, (_, k) => Math.sin(k));
  const y = Int32Array.of(0, 1);
  const net = gs.createNetwork({ inputSize: 2, hiddenSize: 3, outputSize: 2, seed: 5 });
  const look = () => [
    Array.from(net.forward(x, size).output),
    Array.from(net.trace(x, y, { ...size, example: 1 }).hiddenGradient),
    Array.from(net.stateDict()),
  ];
  const before = look();
  return {
    assertAlive: (context) => assert.deepEqual(look(), before, `${context}: another network was touched`),
    free: () => net.free(),
  };
}
