// @ts-check
// The page in front of a class: captions, a lesson's beats, what the class predicts, the presenter's wishes.

/** @typedef {import('../lesson/scenes.js').Scene} Scene */
/** @typedef {import('../lesson/scenes.js').Text} Text */
/** @typedef {import('../lesson/read.js').Problem} Problem */
/**
 * What a class expects, drawn: one number a place of the curve, null where nothing was drawn yet. Gradients in log10.
 * @typedef {{ curve: 'gradient' | 'loss', lane: string, points: (number | null)[], cursor: number, revealed: boolean }} Prediction
 */
/** @typedef {{ name: string, title: Text, scenes: Scene[], beat: number, way: -1 | 0 | 1 }} Lesson `way`: how the beat was come to */
/** A lesson that could not be read or fetched: its name, and what is wrong. @typedef {{ name: string, problems: Problem[] }} Refused */
/**
 * @typedef {object} Present
 * @property {boolean} on
 * @property {boolean} blank nothing is shown
 * @property {null | 'keys' | 'class' | 'menu'} panel what lies over the page
 * @property {number} scale of the type
 * @property {'white' | 'black'} ground
 * @property {string | null} before theme to come back to
 * @property {Lesson | null} lesson
 * @property {Prediction | null} prediction
 * @property {Refused | null} refused
 * @property {'closed' | 'open' | 'blocked'} notes the presenter's window
 */

export const SCALES = [0.8, 0.9, 1, 1.1, 1.25, 1.4];
/** @returns {Present} */
export const notPresenting = () => ({ on: false, blank: false, panel: null, scale: 1, ground: 'white', before: null, lesson: null, prediction: null, refused: null, notes: 'closed' });

/** The beat that is shown. @param {Present} present */
export const sceneOf = ({ lesson }) => lesson?.scenes[lesson.beat] ?? null;

/** The next larger or smaller type. @param {number} scale @param {number} by */
export function nextScale(scale, by) {
  const now = SCALES.findIndex((one) => Math.abs(one - scale) < 1e-9);
  return SCALES[Math.min(SCALES.length - 1, Math.max(0, (now < 0 ? SCALES.indexOf(1) : now) + by))];
}
