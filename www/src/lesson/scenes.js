// @ts-check
// A lesson's beats, each as everything that is to be seen: what one does not say it has from the one before or by default.
// So any beat can be shown from anywhere, by a reload as well as by going back.
import { catalog, defaultExperiment, laneOrder, linkKey, settings, usualVs } from '../state/experiment.js';
import { LETTERS, OWN, ownKey } from '../state/lanes.js';
import { UNTOUCHED } from '../state/surgery.js';

/** One text for all languages, or one a language. @typedef {string | Record<string, string>} Text */
/** @typedef {import('../state/experiment.js').Experiment} Experiment */
/**
 * @typedef {object} Beat as it is written
 * @property {Text} caption
 * @property {Text} [notes]
 * @property {Text} [question]
 * @property {Record<string, string | number | null>} [experiment] by the names of a link
 * @property {number} [step]
 * @property {number} [train]
 * @property {boolean} [live]
 * @property {'flow' | 'cell' | 'map' | 'training' | 'code'} [view]
 * @property {'forward' | 'backward' | 'both'} [play]
 * @property {number} [t]
 * @property {number} [unit]
 * @property {string} [lane]
 * @property {'chart' | { lane: string, strip?: string }} [highlight]
 * @property {{ hold?: Record<string, 'closed' | 'open'>, radius?: number, forgetBias?: number, cutCellPath?: true }} [surgery]
 * @property {{ curve: 'gradient' | 'loss', lane: string }} [predict]
 */
/** @typedef {{ gatescope: 1, title: Text, beats: Beat[] }} Lesson */
/**
 * @typedef {object} Scene
 * @property {Text} caption
 * @property {Text | null} notes
 * @property {Text | null} question
 * @property {Experiment} experiment
 * @property {number} from the training step that the beat begins at
 * @property {number} step the training step to be at
 * @property {boolean} live
 * @property {'flow' | 'cell' | 'map' | 'training' | 'code'} view
 * @property {'forward' | 'backward' | 'both' | null} play
 * @property {number} t
 * @property {number | null} unit from 0
 * @property {string} lane
 * @property {Highlight | null} highlight
 * @property {import('../state/surgery.js').Surgery} surgery
 * @property {{ curve: 'gradient' | 'loss', lane: string } | null} predict
 */
/** What is framed: a strip, a lane when `strip` is null, the chart when `lane` is. @typedef {{ lane: string | null, strip: string | null }} Highlight */

/** @param {Record<string, string | number | null>} named @returns {Experiment} */
export function experimentOf(named) {
  const experiment = defaultExperiment();
  for (const field of catalog.fields) if (field.link in named) settings(experiment)[field.name] = named[field.link];
  for (const key of LETTERS.flatMap((_, place) => OWN.map((name) => ownKey(place, name)))) if (linkKey(key) in named) settings(experiment)[key] = named[linkKey(key)];
  return { ...experiment, vs: String(named.vs ?? usualVs(experiment.cell)) };
}

/** @param {Beat['surgery']} given @returns {Scene['surgery']} */
function surgeryOf(given) {
  if (!given) return UNTOUCHED;
  return {
    ...UNTOUCHED,
    spectralRadius: given.radius ?? null,
    forgetBias: given.forgetBias ?? null,
    cutCellPath: given.cutCellPath ?? false,
    gates: Object.fromEntries(Object.entries(given.hold ?? {}).map(([name, to]) => [name, { to, unit: null }])),
  };
}

/** @param {Beat['highlight']} given @returns {Highlight | null} */
function highlightOf(given) {
  if (!given) return null;
  return given === 'chart' ? { lane: null, strip: null } : { lane: given.lane, strip: given.strip ?? null };
}

/** @param {Lesson} lesson @returns {Scene[]} */
export function scenesOf(lesson) {
  /** @type {Scene[]} */
  const scenes = [];
  for (const beat of lesson.beats) {
    const before = scenes[scenes.length - 1];
    const fresh = Boolean(beat.experiment) || !before;
    const experiment = fresh ? experimentOf(beat.experiment ?? {}) : before.experiment;
    const from = fresh ? 0 : before.step;
    scenes.push({
      caption: beat.caption,
      notes: beat.notes ?? null,
      question: beat.question ?? null,
      experiment,
      from,
      step: beat.step ?? from + (beat.train ?? 0),
      live: beat.live ?? false,
      view: beat.view ?? 'flow',
      play: beat.play ?? null,
      t: beat.t ?? 1,
      unit: beat.unit === undefined ? null : beat.unit - 1,
      lane: beat.lane ?? experiment.cell,
      highlight: highlightOf(beat.highlight),
      surgery: surgeryOf(beat.surgery),
      predict: beat.predict ?? null,
    });
  }
  return scenes;
}

/** The lanes that a scene shows. @param {Scene} scene */
export const lanesOf = (scene) => laneOrder(scene.experiment);

/** A text in a language, or in whichever it was written. @param {Text | null} text @param {string} language */
export const inLanguage = (text, language) => (typeof text === 'string' ? text : (text?.[language] ?? Object.values(text ?? {})[0] ?? ''));
