// @ts-check
// What a lesson may say, as a JSON Schema: the experiment's part is made from the core's catalog, the one table that
// controls and links read, too. `public/lessons/lesson.schema.json` is this schema, for editors.
import { catalog, fieldOf, linkKey } from '../state/experiment.js';
import { LETTERS, MOST_LANES, OWN, idsOf, ownKey } from '../state/lanes.js';

/** The languages in which a lesson can be written. */
export const TAGS = ['en', 'zh-CN'];
/** Views that a beat can show. */
export const VIEWS = ['flow', 'cell', 'map', 'training', 'code'];
export const SWEEPS = ['forward', 'backward', 'both'];
export const MAX_STEP = 20000;
export const MAX_BEATS = 100;

/** A text: one for all languages, or one a language. @param {number} most characters @param {string} description */
const text = (most, description) => ({
  description,
  type: ['string', 'object'],
  minLength: 1,
  maxLength: most,
  minProperties: 1,
  additionalProperties: false,
  properties: Object.fromEntries(TAGS.map((tag) => [tag, { type: 'string', minLength: 1, maxLength: most }])),
});

/** A setting as a link writes it, but with JSON's own numbers. @param {import('../state/experiment.js').Field} field */
function setting(field) {
  if (field.kind === 'choice') return { enum: field.choices ?? [] };
  const types = [field.kind === 'integer' ? 'integer' : 'number', ...(field.choices ? ['string'] : []), ...(field.nullable ? ['null'] : [])];
  return {
    type: types,
    ...(typeof field.min === 'number' && { minimum: field.min }),
    ...(typeof field.max === 'number' && { maximum: field.max }),
    ...(field.choices && { pattern: `^(${field.choices.join('|')})$` }),
  };
}

const cells = fieldOf('cell').choices ?? [];
/** By their cells, numbered where several have the same. */
const lanes = [...cells, ...cells.flatMap((cell) => idsOf(new Array(MOST_LANES).fill(cell)))];

const experiment = {
  description: 'An experiment, by the names of a link. What is not named has its default. Without it, a beat goes on with the experiment of the beat before.',
  type: 'object',
  additionalProperties: false,
  properties: {
    vs: { description: 'Cells of the lanes above, with commas between.', type: 'string', pattern: `^(${cells.join('|')})(,(${cells.join('|')})){0,${MOST_LANES - 2}}$` },
    ...Object.fromEntries(catalog.fields.map((field) => [field.link, setting(field)])),
    ...Object.fromEntries(LETTERS.flatMap((_, place) => OWN.map((name) => [linkKey(ownKey(place, name)), { description: `Of lane ${place + 1} from the top alone.`, ...setting(fieldOf(name)) }]))),
  },
};

const gate = { enum: ['closed', 'open'] };
const surgery = {
  description: 'What is done to the shown networks without training them; over with the beat.',
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    hold: {
      description: 'Gates that are held, by name.',
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(['forget', 'input', 'output', 'candidate', 'reset', 'update'].map((name) => [name, gate])),
    },
    radius: { description: 'Spectral radius that W_hh is scaled to.', type: 'number', minimum: 0, maximum: 4 },
    forgetBias: { description: 'Bias of the forget gate.', type: 'number', minimum: -10, maximum: 10 },
    cutCellPath: { description: 'No gradient flows along the cell state.', const: true },
  },
};

const beat = {
  type: 'object',
  required: ['caption'],
  additionalProperties: false,
  properties: {
    caption: text(220, 'What the class reads: at most two lines. Numbers are gaps such as {rnn.gradientLeft}, filled from the core’s frame.'),
    notes: text(2000, 'For the presenter’s eyes.'),
    question: text(220, 'What the class is asked before going on.'),
    experiment,
    step: { description: 'Training step to be at: the networks are trained until then.', type: 'integer', minimum: 0, maximum: MAX_STEP },
    train: { description: 'So many training steps more than the beat before.', type: 'integer', minimum: 1, maximum: MAX_STEP },
    live: { description: 'Whether the class watches the training at sixty steps a second, or it is done as fast as it goes.', type: 'boolean' },
    view: { description: 'The view that is shown.', enum: VIEWS },
    play: { description: 'A sweep that begins with the beat; otherwise everything is shown, the playhead standing at t.', enum: SWEEPS },
    t: { description: 'Where the playhead stands, 1 … T.', type: 'integer', minimum: 1, maximum: 512 },
    unit: { description: 'A unit to pin, from 1.', type: 'integer', minimum: 1, maximum: 256 },
    lane: { description: 'The lane that is looked at (a phone shows only this one).', enum: lanes },
    highlight: {
      description: 'What is framed: the chart, a lane, or one strip of a lane.',
      type: ['string', 'object'],
      pattern: '^chart$',
      required: ['lane'],
      additionalProperties: false,
      properties: { lane: { enum: lanes }, strip: { type: 'string', pattern: '^[A-Za-z]{1,40}$' } },
    },
    surgery,
    predict: {
      description: 'The class draws the curve it expects; the core’s own is drawn over it.',
      type: 'object',
      required: ['curve', 'lane'],
      additionalProperties: false,
      properties: { curve: { enum: ['gradient', 'loss'] }, lane: { enum: lanes } },
    },
  },
};

export const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A lesson for gatescope',
  type: 'object',
  required: ['gatescope', 'title', 'beats'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', maxLength: 400 },
    gatescope: { description: 'Version of this format.', const: 1 },
    title: text(120, 'The lesson’s name.'),
    beats: { type: 'array', minItems: 1, maxItems: MAX_BEATS, items: beat },
  },
};
