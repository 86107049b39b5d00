// @ts-check
// The colours that tell gates and lanes apart do so for eyes that lack one kind of cone, in every theme.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

/** What such eyes see, in linear RGB, row after row (Machado, Oliveira & Fernandes 2009, severity 1). @type {Record<string, number[]>} */
const EYES = {
  'all cones': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** Distance in OKLab of two colours; 0.02 is just noticeable side by side. */
const LEAST = 0.05;

/** @param {number[]} matrix @param {number[]} vector */
const times = (matrix, vector) => [0, 1, 2].map((row) => vector.reduce((sum, value, k) => sum + matrix[3 * row + k] * value, 0));

/** @param {string} hex */
function linear(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
}

/** OKLab of a linear colour (Ottosson 2020). @param {number[]} rgb */
function lab(rgb) {
  const cones = times([0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376, 0.6299787005], rgb).map(Math.cbrt);
  return times([0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371, 0.7827717662, -0.808675766], cones);
}

/** @param {string} a @param {string} b @param {number[]} eye */
function distance(a, b, eye) {
  const [x, y] = [a, b].map((hex) => lab(times(eye, linear(hex)).map((value) => Math.min(1, Math.max(0, value)))));
  return Math.hypot(...x.map((value, k) => value - y[k]));
}

/** Every block of the styles that sets these colours: its selector, and them by name. @param {string} kind */
function palettes(kind) {
  const folder = new URL('../src/style/', import.meta.url);
  return readdirSync(folder).flatMap((file) =>
    [...readFileSync(new URL(file, folder), 'utf8').matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selector, body]) => ({
      selector: selector.trim(),
      colours: Object.fromEntries([...body.matchAll(new RegExp(`--${kind}-([a-z]+):\\s*(#[0-9a-f]{6})`, 'g'))].map(([, name, hex]) => [name, hex])),
    })),
  ).filter(({ colours }) => Object.keys(colours).length > 0);
}

for (const [kind, names] of /** @type {const} */ ([['id', ['forget', 'input', 'output', 'candidate']], ['lane', ['rnn', 'lstm', 'gru', 'second', 'third']]])) {
  test(`the colours of ${kind === 'id' ? 'gates' : 'lanes'} are told apart without one kind of cone`, () => {
    const themes = palettes(kind);
    assert.equal(themes.length, 4, 'light, dark, projector in white and in black');
    for (const { selector, colours } of themes) {
      assert.deepEqual(Object.keys(colours).sort(), [...names].sort(), selector);
      for (const [eye, matrix] of Object.entries(EYES)) {
        for (const [k, a] of names.entries()) {
          for (const b of names.slice(k + 1)) {
            const apart = distance(colours[a], colours[b], matrix);
            assert.ok(apart >= LEAST, `${selector}, ${eye}: ${a} and ${b} are ${apart.toFixed(3)} apart`);
          }
        }
      }
    }
  });
}
