// @ts-check
// One sentence for what a lane's quantity says along t.
import { bandOf, relativeAt, sourceOf } from '../draw/gradient.js';
import { isEmpty, spread } from '../draw/quantity.js';

/** @typedef {{ name: string, symbol: string, values: Float32Array }} Series */
/** @typedef {{ text: string, band: string }} Sentence */
/** @typedef {{ cell: string, series: Series[], cosine: Float32Array | null, frame: import('./view.js').Frame, t: import('./view.js').Translate }} Asked */

/** log10 from which a gradient is said to have grown: about twice. */
const LARGER = 0.3;

/** What is left at t = 1 of the end's. @param {Asked} asked @param {string} [own] prefix of the keys @returns {Sentence} */
function left({ cell, series, t }, own = 'verdict') {
  const { values } = series[0];
  const back = sourceOf(values) - 1;
  const rest = relativeAt(values, 1);
  const band = bandOf(rest);
  if (back === 0) return { text: t('verdict.single', { cell }), band };
  if (band === 'unknown') return { text: t('verdict.unknown', { cell }), band };
  // More than at the loss end: "left" would be the wrong word.
  return { text: t(own === 'verdict' && rest > LARGER ? 'verdict.larger' : own, { cell, steps: t.number(back), left: t.magnitude(rest) }), band };
}

/** Quantities with a sentence of their own; all others have that of their axis. @type {Record<string, (asked: Asked) => Sentence | null>} */
const OWN = {
  gradient: (asked) => left(asked),
  inputGradient: (asked) => left(asked, 'verdict.input'),
  ratio({ cell, series, t }) {
    const found = spread(series[0].values);
    return found && plain(t('verdict.ratio', { cell, mean: t.magnitude(found.mean), least: t.magnitude(found.least), largest: t.magnitude(found.largest) }));
  },
  jacobian({ cell, series: [product, norm], t }) {
    const found = norm && spread(norm.values);
    const parts = found && { cell, steps: t.number(product.values.length - 1), product: t.magnitude(product.values[0]), least: t.magnitude(found.least), largest: t.magnitude(found.largest) };
    return parts && plain(t('verdict.jacobian', parts));
  },
  shut({ cell, frame, t, series }) {
    const dead = frame.scalar('deadUnits');
    if (Number.isNaN(dead)) return null;
    const share = spread(series[0].values)?.mean ?? Number.NaN;
    return plain(t('verdict.dead', { cell, dead: t.number(dead), units: t.number(frame.info.layout.hiddenSize), share: t.percent(share) }));
  },
};

/** @param {string} text @returns {Sentence} */
const plain = (text) => ({ text, band: '' });

/** @param {import('../generated/types.d.ts').Quantity} quantity @param {Asked} asked @returns {Sentence} */
export function sentence(quantity, asked) {
  const { cell, series, cosine, t } = asked;
  if (!series.length) return plain(t('verdict.none', { cell }));
  if (series.every(({ values }) => isEmpty(values))) return plain(t('verdict.waiting', { cell }));
  const own = OWN[quantity.name]?.(asked);
  if (own) return own;
  if (quantity.axis === 'share') {
    const parts = series.map(({ symbol, values }) => t('verdict.part', { symbol, share: t.percent(spread(values)?.mean ?? Number.NaN) }));
    return plain(t('verdict.shares', { cell, parts: parts.join(t('list.and')) }));
  }
  const found = spread(series[0].values);
  if (!found) return plain(t('verdict.zero', { cell }));
  if (!cosine) return plain(t('verdict.range', { cell, least: t.magnitude(found.least), largest: t.magnitude(found.largest) }));
  return plain(t('verdict.share', { cell, most: t.number(found.largestAt), least: t.number(found.leastAt), ratio: t.magnitude(found.least - found.largest) }));
}
