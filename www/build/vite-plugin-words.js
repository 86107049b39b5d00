// @ts-check
// Leaves out of a small widget the English words that it never says; what shows everything brings them along. (The other
// languages are fetched whole, when they are read.)
import { readFileSync } from 'node:fs';

const ID = 'virtual:words';
const FILE = '/src/i18n/en.json';
/** First parts of the keys that only panels of the full page use. */
const FULL = new Set(
  `alongTime bptt caption cells choice clipping example formula framing ground halfLife horizon key keys language legend lesson list loss map mapKind menu moment node
   notes outcome panel predict present preset run runs share spectrum theme topic trainSpeed training trainingStep view views watch weights`.split(/\s+/),
);

/** Of these, only what is said of the gradient and of a run that diverged, what notices name, and the hands that a widget has. */
const PARTLY = /^(quantity\.(?!(gradient|cosine|loss|gradientNorm|weights|hiddenGradient\w*)(\.about)?$)|surgery\.(?!before|part)|field\.\w+\.|class\.(?!negative|positive)|verdict\.(?!larger|single|unknown)|button\.(?!(play|pause|train|stop|step|reset|restart|retry|dismiss|previous|next)\b))/;
/** @param {string} key */
const isFull = (key) => FULL.has(key.split('.')[0]) || PARTLY.test(key);

const all = () => /** @type {Record<string, string>} */ (JSON.parse(readFileSync(new URL(`..${FILE}`, import.meta.url), 'utf8')));
/** @param {boolean} full */
const part = (full) => Object.fromEntries(Object.entries(all()).filter(([key]) => isFull(key) === full));

/** @returns {import('vite').Plugin} */
export default function words() {
  return {
    name: 'gatescope-words',
    enforce: 'pre',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id === `\0${ID}`) return `export const words = ${JSON.stringify(part(true))};`;
      return id.endsWith(FILE) ? JSON.stringify(part(false)) : undefined;
    },
  };
}
