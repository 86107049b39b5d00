// @ts-check
// What can be said in words about a lane: named numbers, each read from the core's own frame. Captions name them.
import { crossing, relativeAt } from './gradient.js';

/** @typedef {import('../engine/frame.js').Frame} Frame */
/** How a number is written: a power of ten, a share, a whole or a decimal number, a text. @typedef {'magnitude' | 'percent' | 'whole' | 'decimal' | 'text'} Form */
/** @typedef {{ form: Form, value: number | string }} Quantity magnitudes are log10 */

const NORM = 'hiddenGradientLog10';

/** @param {Frame} frame */
const norms = (frame) => frame.data(NORM);

/** log10 of what is left of the gradient at t. @param {Frame} frame @param {number} t */
function left(frame, t) {
  const series = norms(frame);
  return series.length ? relativeAt(series, t) : Number.NaN;
}

/** How far back from T the gradient first falls under a band; NaN when it never does. @param {Frame} frame @param {'vanished' | 'fading'} band */
function back(frame, band) {
  const at = crossing(norms(frame), band);
  return at === null ? Number.NaN : frame.info.layout.steps - at;
}

/** @param {ArrayLike<number>} values */
function mean(values) {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return values.length ? sum / values.length : Number.NaN;
}

/** @param {Frame} frame @param {number} k */
const className = (frame, k) => frame.info.classes[k] ?? '';

/** Of one lane, by name; `t` is the playhead. @type {Record<string, (frame: Frame, t: number) => Quantity>} */
const LANE = {
  gradientFirst: (frame) => ({ form: 'magnitude', value: norms(frame)[0] }),
  gradientEnd: (frame) => ({ form: 'magnitude', value: norms(frame)[norms(frame).length - 1] }),
  gradientHere: (frame, t) => ({ form: 'magnitude', value: norms(frame)[t - 1] }),
  gradientLeft: (frame) => ({ form: 'magnitude', value: left(frame, 1) }),
  gradientLeftHere: (frame, t) => ({ form: 'magnitude', value: left(frame, t) }),
  ordersLost: (frame) => ({ form: 'decimal', value: -left(frame, 1) }),
  ordersGained: (frame) => ({ form: 'decimal', value: left(frame, 1) }),
  factor: (frame) => ({ form: 'magnitude', value: left(frame, 1) / Math.max(1, frame.info.layout.steps - 1) }),
  fadedBack: (frame) => ({ form: 'whole', value: back(frame, 'fading') }),
  vanishedBack: (frame) => ({ form: 'whole', value: back(frame, 'vanished') }),
  loss: (frame) => ({ form: 'decimal', value: frame.scalar('loss') }),
  exampleLoss: (frame) => ({ form: 'decimal', value: frame.scalar('exampleLoss') }),
  accuracy: (frame) => ({ form: 'percent', value: frame.scalar('heldOutAccuracy') }),
  gradientNorm: (frame) => ({ form: 'magnitude', value: Math.log10(frame.scalar('gradientNorm')) }),
  clippedNorm: (frame) => ({ form: 'magnitude', value: Math.log10(frame.scalar('clippedNorm')) }),
  certainty: (frame) => ({ form: 'percent', value: frame.data('probabilities')[frame.scalar('examplePrediction')] }),
  answer: (frame) => ({ form: 'text', value: className(frame, frame.scalar('examplePrediction')) }),
  parameters: (frame) => ({ form: 'whole', value: frame.info.parameters }),
};

/** Of the whole experiment; the lanes agree on them. @type {Record<string, (frame: Frame, t: number) => Quantity>} */
const SHARED = {
  T: (frame) => ({ form: 'whole', value: frame.info.layout.steps }),
  lag: (frame) => ({ form: 'whole', value: frame.info.layout.steps - 1 }),
  t: (_frame, t) => ({ form: 'whole', value: t }),
  back: (frame, t) => ({ form: 'whole', value: frame.info.layout.steps - t }),
  units: (frame) => ({ form: 'whole', value: frame.info.layout.hiddenSize }),
  step: (frame) => ({ form: 'whole', value: frame.scalar('step') }),
  target: (frame) => ({ form: 'text', value: className(frame, frame.scalar('exampleTarget')) }),
  classes: (frame) => ({ form: 'whole', value: frame.info.classes.length }),
  chance: (frame) => ({ form: 'percent', value: 1 / frame.info.classes.length }),
};

/** Gates of which the mean over all units and timesteps can be told. */
export const GATES = ['forget', 'input', 'output', 'reset', 'update', 'activationDerivative'];

export const LANE_QUANTITIES = [...Object.keys(LANE), ...GATES];
export const SHARED_QUANTITIES = Object.keys(SHARED);

/**
 * @param {string} name `gradientLeft`, or `T`
 * @param {Frame} frame @param {number} t playhead, 1..T
 * @returns {Quantity | null} null for a name that is none
 */
export function quantityOf(name, frame, t) {
  if (Object.hasOwn(LANE, name)) return LANE[name](frame, t);
  if (Object.hasOwn(SHARED, name)) return SHARED[name](frame, t);
  return GATES.includes(name) ? { form: 'decimal', value: mean(frame.data(name)) } : null;
}

const GAP = /\{(?:([a-z]+\d?)\.)?([A-Za-z]+)\}/g;

/** The gaps of a caption: `{T}`, `{rnn.gradientLeft}`; `at` is where each begins. @param {string} text @returns {{ gap: string, lane: string | null, name: string, at: number }[]} */
export const gapsIn = (text) => [...text.matchAll(GAP)].map((match) => ({ gap: match[0], lane: match[1] ?? null, name: match[2], at: match.index }));

/**
 * A caption in pieces, its numbers by themselves. Whatever is not known yet is an ellipsis.
 * @param {string} text
 * @param {Record<string, Frame | null | undefined>} frames by lane
 * @param {number} t playhead
 * @param {import('../i18n/index.js').Translate} words
 * @returns {{ text: string, number: boolean }[]}
 */
export function captionParts(text, frames, t, words) {
  const any = Object.values(frames).find(Boolean);
  /** @type {{ text: string, number: boolean }[]} */
  const parts = [];
  let from = 0;
  for (const { gap, lane, name, at } of gapsIn(text)) {
    if (at > from) parts.push({ text: text.slice(from, at), number: false });
    const frame = lane ? frames[lane] : any;
    parts.push({ text: frame ? tell(name, frame, Math.min(t, frame.info.layout.steps), words) || gap : '…', number: true });
    from = at + gap.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), number: false });
  return parts;
}

/** The same as one text. @param {string} text @param {Record<string, Frame | null | undefined>} frames @param {number} t @param {import('../i18n/index.js').Translate} words */
export const fillCaption = (text, frames, t, words) => captionParts(text, frames, t, words).map((part) => part.text).join('');

/** One of them in words. @param {string} name @param {Frame} frame @param {number} t @param {import('../i18n/index.js').Translate} words */
export function tell(name, frame, t, words) {
  const quantity = quantityOf(name, frame, t);
  return quantity ? written(quantity, words) : '';
}

/** @param {Quantity} quantity @param {import('../i18n/index.js').Translate} words */
function written({ form, value }, words) {
  if (typeof value === 'string') return words.or(`class.${value}`, value);
  if (form === 'magnitude') return words.magnitude(value);
  if (form === 'percent') return words.percent(value);
  return words.number(value, form === 'whole' ? 0 : 2);
}
