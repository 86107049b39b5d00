import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare, predictAxes } from '../src/draw/predictChart.js';
import { captionParts, fillCaption } from '../src/draw/quantities.js';
import { createTranslator } from '../src/i18n/index.js';
import { scenesOf } from '../src/lesson/scenes.js';
import { CODE_LENGTH, classCode } from '../src/state/classCode.js';
import { advance } from '../src/state/player.js';
import { notPresenting } from '../src/state/present.js';
import { presenting, reducePresent } from '../src/state/presenting.js';
import { initialState, reduce } from '../src/state/reducer.js';
import { sameLanes } from '../src/state/experiment.js';
import { playerOf, wayTo } from '../src/state/scene.js';
import { isActive } from '../src/state/surgery.js';

const scenes = scenesOf({
  gatescope: 1,
  title: 'A',
  beats: [
    { caption: '1', experiment: {}, step: 300 },
    { caption: '2', surgery: { cutCellPath: true } },
    { caption: '3', predict: { curve: 'gradient', lane: 'rnn' } },
    { caption: '4', train: 50, live: true },
    { caption: '5', experiment: { T: 10 }, play: 'backward' },
  ],
});
const begun = reducePresent(notPresenting(), { type: 'lesson', name: 'a', title: 'A', scenes });

test('what is drawn is looked at before the lesson goes on, and a beat keeps inside the lesson', () => {
  const beat = (/** @type {ReturnType<typeof notPresenting>} */ present) => present.lesson?.beat;
  const go = (/** @type {ReturnType<typeof notPresenting>} */ present, /** @type {1 | -1} */ by) => reducePresent(present, { type: 'lessonBeat', by });
  const third = go(go(begun, 1), 1);
  assert.deepEqual([beat(third), third.prediction?.revealed, third.prediction?.points.length], [2, false, 50]);
  const revealed = go(third, 1);
  assert.deepEqual([beat(revealed), revealed.prediction?.revealed], [2, true]);
  assert.deepEqual([beat(go(revealed, 1)), go(revealed, 1).prediction], [3, null]);
  assert.equal(beat(go(begun, -1)), 0);
  assert.equal(beat(reducePresent(begun, { type: 'lessonBeat', beat: 99 })), 4);
});

test('leaving brings back the theme that was there before', () => {
  const dark = reduce(initialState(), { type: 'ui', change: { theme: 'dark' } });
  const on = presenting(dark, { type: 'present', on: true });
  assert.equal(on.ui.theme, 'projector');
  assert.equal(presenting(presenting(on, { type: 'present', on: true }), { type: 'present', on: false }).ui.theme, 'dark');
});

test('a quick stroke leaves no gaps between its samples', () => {
  const drawing = reducePresent(reducePresent(begun, { type: 'lessonBeat', beat: 2 }), { type: 'predictDraw', stroke: [{ at: 40, value: 0 }, { at: 9.7, value: -6 }] });
  const { points } = /** @type {NonNullable<typeof drawing.prediction>} */ (drawing.prediction);
  assert.deepEqual([points[40], points[10], points[25]], [0, -6, -3]);
  assert.equal(points.filter((value) => value !== null).length, 31);
});

test('by keyboard a point starts from the nearest that was drawn, and keeps inside the axes', () => {
  const drawing = reducePresent(reducePresent(begun, { type: 'lessonBeat', beat: 2 }), { type: 'predictDraw', stroke: [{ at: 40, value: -1 }] });
  const how = { type: 'predictNudge', by: 0.5, low: -10, high: 3, start: 0 };
  const near = [{ type: 'predictCursor', by: -10 }, how, how].reduce(reducePresent, drawing).prediction;
  assert.deepEqual([near?.cursor, near?.points[30], near?.points[40]], [30, 0, -1]);
  const first = reducePresent(reducePresent(begun, { type: 'lessonBeat', beat: 2 }), { ...how, by: -99 }).prediction;
  assert.deepEqual([first?.cursor, first?.points[49]], [49, -10]);
});

test('a prediction is read back from where it is drawn', () => {
  const box = { left: 100, right: 900, top: 20, bottom: 400 };
  fc.assert(
    fc.property(fc.constantFrom('gradient', 'loss'), fc.integer({ min: 0, max: 20 }), fc.double({ min: 0, max: 1, noNaN: true }), (curve, at, share) => {
      const axes = predictAxes({ curve: /** @type {'gradient' | 'loss'} */ (curve), count: 21, classes: 4 }, box);
      const value = curve === 'gradient' ? -10 + 13 * share : 1.5 * Math.log(4) * share;
      assert.ok(Math.abs(axes.at(axes.x(at)) - at) < 1e-9 && Math.abs(axes.value(axes.y(value)) - value) < 1e-9);
    }),
  );
});

test('gradients are compared where they were drawn farthest back, losses at the end, both in orders of magnitude', () => {
  assert.deepEqual(compare('gradient', [null, -2, -1, 0], (at) => [-9, -7, -3, 0][at]), { at: 1, drawn: -2, actual: -7, orders: 5 });
  assert.equal(compare('loss', [1, 0.1, null], () => 0.001)?.orders.toFixed(6), '2.000000');
  assert.equal(compare('loss', [null, null], () => 1), null);
});

test('codes are six letters without vowels, and differ when one bit of one lane does', () => {
  const hex = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const written = (/** @type {bigint} */ bits) => bits.toString(16).padStart(16, '0');
  let same = 0;
  fc.assert(
    fc.property(hex, hex, fc.nat(63), (a, b, bit) => {
      const code = classCode([written(a), written(b)]);
      assert.match(/** @type {string} */ (code), new RegExp(`^[B-DF-HJ-NP-TV-Z]{${CODE_LENGTH}}$`));
      // Two in 64 million may agree by chance, not more.
      if (code === classCode([written(a ^ (1n << BigInt(bit))), written(b)])) same++;
      if (a !== b) assert.notEqual(code, classCode([written(b), written(a)]));
    }),
    { numRuns: 500, seed: 7 },
  );
  assert.equal(same, 0);
  assert.equal(classCode(['0123456789abcdef', '']), null);
  assert.equal(classCode([]), null);
});

test('a beat is come to by the shortest way that gives its bits', () => {
  const state = initialState();
  const at = (/** @type {number} */ step, /** @type {Partial<import('../src/state/reducer.js').State>} */ more = {}) => ({
    ...state,
    source: /** @type {const} */ ('live'),
    lanes: Object.fromEntries(state.order.map((cell) => [cell, { ...state.lanes[cell], status: { step, diverged: null }, reach: step }])),
    ...more,
  });
  const way = (/** @type {number} */ beat, /** @type {ReturnType<typeof at>} */ now, /** @type {object} */ more = {}) => {
    const { kind } = wayTo(scenes[beat], { state: now, same: sameLanes(now.experiment, scenes[beat].experiment), operated: isActive(scenes[beat].surgery), settled: true, until: scenes[beat].step, going: null, onwards: true, opening: beat === 4 ? null : 300, ...more });
    return kind;
  };
  assert.equal(way(0, at(0, { source: 'none' }), { settled: false }), 'opening');
  assert.equal(way(0, at(300, { source: 'opening' })), 'stay');
  assert.equal(way(1, at(300, { source: 'opening' })), 'anew');
  assert.equal(way(1, at(300)), 'stay');
  assert.equal(way(1, at(120), { going: 300, settled: false }), 'going');
  assert.equal(way(3, at(300)), 'on');
  assert.equal(way(3, at(400)), 'anew');
  assert.equal(way(4, at(0)), 'anew');
});

test('a sweep that a beat begins ends where the beat says', () => {
  let player = playerOf(scenes[4]);
  assert.deepEqual([player.phase, player.t, player.playing], ['backward', 10, true]);
  for (let k = 0; k < 200; k++) player = advance(player, 100, 10, 1, false);
  assert.deepEqual([player.phase, player.t, player.playing], ['rest', 1, false]);
});

test('a caption’s numbers are its frame’s, and what is not known yet is left open', () => {
  const series = Float32Array.from([-6, -3, -1]);
  const frame = /** @type {any} */ ({ info: { layout: { steps: 3 }, classes: ['A', 'B'] }, data: (/** @type {string} */ name) => (name === 'hiddenGradientLog10' ? series : new Float32Array(0)), scalar: () => 7 });
  const t = createTranslator();
  assert.equal(fillCaption('{lag} back: {rnn.gradientLeft} ({rnn.ordersLost}), here {rnn.gradientHere}; {lstm.loss}', { rnn: frame, lstm: null }, 2, t), '2 back: 1e−5 (5.00), here 1e−3; …');
  assert.deepEqual(captionParts('a {step} b', { rnn: frame }, 1, t), [{ text: 'a ', number: false }, { text: '7', number: true }, { text: ' b', number: false }]);
});
