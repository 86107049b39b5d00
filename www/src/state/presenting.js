// @ts-check
// What happens in front of a class: pure, and only where a whole page is shown; a small widget does without.

/** @typedef {import('./present.js').Present} Present */
/** @typedef {import('./present.js').Prediction} Prediction */
/** @typedef {import('./reducer.js').State} State */
/** @typedef {import('./reducer.js').Action} Action */

/** Places of a drawn loss curve. */
export const LOSS_POINTS = 21;

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

/** @param {Present} present @param {Action} action @returns {Present} */
export function reducePresent(present, action) {
  const { prediction, lesson } = present;
  switch (action.type) {
    case 'present':
      return { ...present, on: action.on, before: action.before ?? null, ...(!action.on && { blank: false, panel: null, lesson: null, prediction: null }) };
    case 'blank':
      return { ...present, blank: action.on ?? !present.blank };
    case 'panel':
      return { ...present, panel: action.panel === present.panel ? null : action.panel };
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

/** What an action changes besides what every app changes with it. @param {State} state @param {Action} action @returns {State} */
export function presenting(state, action) {
  if (action.type !== 'present') {
    const present = reducePresent(state.present, action);
    return present === state.present ? state : { ...state, present };
  }
  // A projector has its own colours; leaving brings back what was there.
  const { before } = state.present;
  const theme = action.on ? 'projector' : (before ?? state.ui.theme);
  const present = reducePresent(state.present, { ...action, before: action.on ? (before ?? state.ui.theme) : null });
  return { ...state, present, ui: { ...state.ui, theme, controlsOpen: false } };
}
