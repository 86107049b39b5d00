// @ts-check
// Leaves out of a page, and more so out of a small widget, the English words that come later: with the views that are fetched
// when they are shown, and with what shows everything. (The other languages are fetched whole, when they are read.)
import { readFileSync } from 'node:fs';

const FILE = '/src/i18n/en.json';
/** First parts of the keys that only panels of the full page use. */
const FULL = new Set(
  `about band caption cells chart choice clipping example framing ground key keys language lazy legend lesson loss menu moment node
   notes outcome panel predict present preset product run runs share sweepSpeed table theme topic trainSpeed trainingStep view views watch`.split(/\s+/),
);
/** Those of the views that are fetched when they are first shown. */
const LAB = new Set('alongTime bptt cellView code compare figure formula halfLife horizon map mapKind script spectrum take training weights'.split(' '));

/** Not the names of the page and of parts that a widget has not. Of these, only what is said of the gradient and of a run that diverged, what notices name, and the hands that a widget has. */
const PARTLY = /^(title$|settings$|details$|lanes\.|quantity$|quantity\.(?!(loss|gradientNorm|weights|hiddenGradient\w*)$)|surgery\.(?!before|part)|field\.(\w+\.|surgery\w|(value|number|effective)$)|slider\.trainingStep|badge\.(nothing|operated)|class\.(?!negative|positive)|button\.(?!(play|pause|train|stop|step|reset|restart|retry|dismiss|previous|next)\b)|announce\.(copied|notCopied|saved|notSaved|view))/;
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
