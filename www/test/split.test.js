import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { straightShare } from '../src/draw/split.js';

test('the straight part is a share of both norms, also below every float', () => {
  assert.ok(Math.abs(straightShare([-900, -901], 1) - 10 / 11) < 1e-12);
  assert.equal(straightShare([0, 0, -Infinity, -2], 2), 0);
  assert.equal(straightShare([-3, -Infinity], 1), 1);
  assert.ok(Number.isNaN(straightShare([-Infinity, -Infinity], 1)));
  fc.assert(
    fc.property(fc.double({ min: -2000, max: 2000, noNaN: true }), fc.double({ min: -2000, max: 2000, noNaN: true }), (a, b) => {
      const share = straightShare([a, b], 1);
      assert.ok(share >= 0 && share <= 1 && Math.abs(share + straightShare([b, a], 1) - 1) < 1e-12);
    }),
  );
});
