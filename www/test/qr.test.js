import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import decodeQR from 'qr/decode.js';
import { qrPath } from '../src/draw/qr.js';
import { defaultExperiment } from '../src/state/experiment.js';
import { writeLink } from '../src/state/link.js';

/** The path as a camera would see it: RGBA, some pixels a module. @param {{ size: number, path: string }} code @param {number} scale */
function picture({ size, path }, scale) {
  const side = size * scale;
  const data = new Uint8ClampedArray(4 * side * side).fill(255);
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      for (let column = Number(x) * scale; column < (Number(x) + Number(width)) * scale; column++) data.fill(0, 4 * (row * side + column), 4 * (row * side + column) + 3);
    }
  }
  return { width: side, height: side, data };
}

test('the drawn code of any link reads back as that link', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20000 }), fc.integer({ min: 1, max: 50 }), fc.stringMatching(/^[a-z0-9-]{1,40}$/), (step, t, host) => {
      const link = `https://${host}.example/#${writeLink({ past: [], experiment: defaultExperiment(), step, t, unit: null })}`;
      assert.equal(decodeQR(picture(/** @type {any} */ (qrPath(link)), 4)), link);
    }),
    { numRuns: 12 },
  );
});

test('the code keeps its quiet zone of four modules', () => {
  const code = qrPath('https://example.org/');
  assert.ok(code);
  for (const [, x, y, width] of code.path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    assert.ok(Number(x) >= 4 && Number(y) >= 4 && Number(x) + Number(width) <= code.size - 4 && Number(y) < code.size - 4);
  }
});

test('a text that no code can hold gives none instead of an error', () => {
  assert.equal(qrPath('x'.repeat(5000)), null);
});
