// @ts-check
// The page in front of a class: captions, a lesson's beats, what the class predicts, the presenter's wishes. Pure.

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
/** Places of a drawn loss curve. */
export const LOSS_POINTS = 21;

/** @returns {Present} */
export const notPresenting = () => ({ on: false, blank: false, panel: null, scale: 1, ground: 'white', before: null, lesson: null, prediction: null, refused: null, notes: 'closed' });

/** The beat that is shown. @param {Present} present */
export const sceneOf = ({ lesson }) => lesson?.scenes[lesson.beat] ?? null;

/** @param {Present} present @param {number} beat @param {-1 | 0 | 1} way @returns {Present} */
function atBeat(present, beat, way) {
  const { lesson } = present;
  if (!lesson) return present;
  const at = Math.min(lesson.scenes.length - 1, Math.max(0, beat));
  if (at === lesson.beat && way !== 0) return present;
  const { predict, experiment } = lesson.scenes[at];
  /** @type {Prediction | null} */
  const prediction = predict && { ...predict, points: new Array(predict.curve === 'loss' ? LOSS_POINTS : experiment.length).fill(null), cursor: 0, revealed: false };
  // Gradients are drawn from the loss end, where the class knows where it stands.
  if (prediction?.curve === 'gradient') prediction.cursor = prediction.points.length - 1;
  return { ...present, lesson: { ...lesson, beat: at, way }, prediction };
}

/** The next larger or smaller type. @param {number} scale @param {number} by */
function nextScale(scale, by) {
  const now = SCALES.findIndex((one) => Math.abs(one - scale) < 1e-9);
  return SCALES[Math.min(SCALES.length - 1, Math.max(0, (now < 0 ? SCALES.indexOf(1) : now) + by))];
}

/** Sets points of a curve; between two of a stroke they lie on a line. @param {Prediction} prediction @param {{ at: number, value: number }[]} stroke @returns {Prediction} */
function draw(prediction, stroke) {
  const points = prediction.points.slice();
  const inside = (/** @type {number} */ at) => Math.min(points.length - 1, Math.max(0, Math.round(at)));
  stroke.forEach(({ at, value }, k) => {
    const before = stroke[Math.max(0, k - 1)];
    const [from, to] = [inside(before.at), inside(at)];
    for (let n = Math.min(from, to); n <= Math.max(from, to); n++) points[n] = from === to ? value : before.value + ((value - before.value) * (n - from)) / (to - from);
  });
  const last = stroke[stroke.length - 1];
  return { ...prediction, points, cursor: last ? inside(last.at) : prediction.cursor };
}

/**
 * Moves the point under the cursor; one that was not drawn yet starts from the nearest that was, on a line to it.
 * @param {Prediction} prediction @param {{ by: number, low: number, high: number, start: number }} how
 */
function nudge(prediction, { by, low, high, start }) {
  const { points, cursor } = prediction;
  let near = -1;
  points.forEach((value, at) => {
    if (value !== null && (near < 0 || Math.abs(at - cursor) < Math.abs(near - cursor))) near = at;
  });
  const value = Math.min(high, Math.max(low, (points[near] ?? start) + by));
  return draw(prediction, [...(near >= 0 && near !== cursor ? [{ at: near, value: /** @type {number} */ (points[near]) }] : []), { at: cursor, value }]);
}

/** @param {Present} present @param {import('./reducer.js').Action} action @returns {Present} */
export function reducePresent(present, action) {
  const { prediction, lesson } = present;
  switch (action.type) {
    case 'present':
      return { ...present, on: action.on, before: action.before ?? null, ...(!action.on && { blank: false, panel: null, lesson: null, prediction: null }) };
    case 'blank':
      return { ...present, blank: action.on ?? !present.blank };
    case 'panel':
      return { ...present, panel: action.panel === present.panel ? null : action.panel };
    case 'typeSize':
      return { ...present, scale: action.by === undefined ? nextScale(action.scale, 0) : nextScale(present.scale, action.by) };
    case 'ground':
      return { ...present, ground: action.ground };
    case 'notes':
      return { ...present, notes: action.notes };
    case 'lesson':
      return atBeat({ ...present, refused: null, panel: null, lesson: { name: action.name, title: action.title, scenes: action.scenes, beat: -1, way: 0 } }, action.beat ?? 0, 0);
    case 'lessonRefused':
      return { ...present, refused: { name: action.name, problems: action.problems } };
    case 'lessonDismiss':
      return { ...present, refused: null };
    case 'lessonEnd':
      return { ...present, lesson: null, prediction: null };
    case 'lessonBeat':
      if (!lesson) return present;
      // What was drawn is looked at before the lesson goes on.
      if (action.by === 1 && prediction && !prediction.revealed) return { ...present, prediction: { ...prediction, revealed: true } };
      return atBeat(present, action.beat ?? lesson.beat + action.by, action.by ?? 0);
    case 'predictReveal':
      return prediction ? { ...present, prediction: { ...prediction, revealed: true } } : present;
    case 'predictClear':
      return prediction ? { ...present, prediction: { ...prediction, points: prediction.points.map(() => null), revealed: false } } : present;
    case 'predictCursor':
      return prediction ? { ...present, prediction: { ...prediction, cursor: Math.min(prediction.points.length - 1, Math.max(0, prediction.cursor + action.by)) } } : present;
    case 'predictNudge':
      return prediction && !prediction.revealed ? { ...present, prediction: nudge(prediction, /** @type {any} */ (action)) } : present;
    case 'predictDraw':
      return prediction && !prediction.revealed ? { ...present, prediction: draw(prediction, action.stroke) } : present;
    default:
      return present;
  }
}
