// @ts-check
// Leaves out of a page, and more so out of a small widget, the English words that come later: with the views that are fetched
// when they are shown, and with what shows everything. (The other languages are fetched whole, when they are read.)
import { readFileSync } from 'node:fs';

const FILE = '/src/i18n/en.json';
/** First parts of the keys that only panels of the full page use. */
const FULL = new Set(
  `alongTime bptt caption cells choice clipping example formula framing ground halfLife horizon key keys language lazy legend lesson list loss map mapKind menu moment node
   notes outcome panel predict present preset run runs share spectrum theme topic trainSpeed training trainingStep view views watch weights`.split(/\s+/),
);
/** Those of the views that are fetched when they are first shown. */
const LAB = new Set('cellView code compare script take'.split(' '));

/** Of these, only what is said of the gradient and of a run that diverged, what notices name, and the hands that a widget has. */
const PARTLY = /^(quantity\.(?!(gradient|cosine|loss|gradientNorm|weights|hiddenGradient\w*)(\.about)?$)|surgery\.(?!before|part)|field\.(\w+\.|surgery\w|value$|number$|effective$)|badge\.(operated|nothing)|slider\.trainingStep|class\.(?!negative|positive)|verdict\.(?!larger|single|unknown)|button\.(?!(play|pause|train|stop|step|reset|restart|retry|dismiss|previous|next)\b)|announce\.(copied|notCopied|saved|notSaved|view))/;
/** Which part of the words a key belongs to. @param {string} key @returns {'lab' | 'full' | 'always'} */
const partOf = (key) => (LAB.has(key.split('.')[0]) ? 'lab' : FULL.has(key.split('.')[0]) || PARTLY.test(key) ? 'full' : 'always');

const all = () => /** @type {Record<string, string>} */ (JSON.parse(readFileSync(new URL(`..${FILE}`, import.meta.url), 'utf8')));
/** @param {...string} parts */
const wordsOf = (...parts) => Object.fromEntries(Object.entries(all()).filter(([key]) => parts.includes(partOf(key))));

/** Modules with the words of a part. @type {Record<string, string>} */
const MODULES = { 'virtual:words': 'full', 'virtual:words/lab': 'lab' };

/** @param {{ small: boolean }} options `small`: what shows everything comes later, too @returns {import('vite').Plugin} */
export default function words({ small }) {
  return {
    name: 'gatescope-words',
    enforce: 'pre',
    resolveId: (id) => (id in MODULES ? `\0${id}` : undefined),
    load(id) {
      const part = MODULES[id.replace('\0', '')];
      if (part) return `export const words = ${JSON.stringify(wordsOf(part))};`;
      return id.endsWith(FILE) ? JSON.stringify(small ? wordsOf('always') : wordsOf('always', 'full')) : undefined;
    },
  };
}
