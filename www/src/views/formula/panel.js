// @ts-check
// The equation that made one number, with the numbers put in; every symbol opens what it is made of, down to the input,
// and every gradient the ways on which it came. What a panel can be about is a small set of kinds, a file each: one more is
// a file, and a line in KINDS.
import { html, nothing } from 'lit/html.js';
import { icon } from '../icons.js';
import { bptt } from './bptt.js';
import { chain } from './chain.js';
import { factor } from './factor.js';
import { jacobian } from './jacobian.js';
import { kitOf } from './kit.js';
import { node } from './node.js';
import { normOf } from './norm.js';
import { product } from './product.js';
import { ratio } from './ratio.js';
import { readout } from './readout.js';
import { series } from './series.js';
import { uncovering } from './sheet.js';
import { weights } from './weights.js';

/** @typedef {import('../view.js').Frame} Frame */
/** @typedef {import('../../state/reducer.js').Target} Target */
/** @typedef {import('../../engine/explanation.js').Explanation} Explanation */
/** What is opened inside the panel: which operand, and whether all of its terms are listed. @typedef {{ key: string, all: boolean }} Opened */
/**
 * @typedef {object} Shown
 * @property {string} lane @property {Target} of @property {'forward' | 'backward'} way @property {number} step t @property {number} unit
 * @property {boolean} network whether there is one that can be taken apart
 * @property {Record<string, import('../view.js').LaneData>} lanes newest of each, for what is not of one timestep @property {string[]} order of the lanes, top first
 * @property {Frame} frame @property {Explanation | null} explanation @property {boolean} canBack @property {Opened} opened
 */
/** @typedef {{ dispatch: (action: import('../view.js').Action) => void, t: import('../view.js').Translate, open: (opened: Opened) => void }} Hands */
/**
 * What a kind makes of its target. `forward` and `backward`: an equation and its operands, null where there is no such way; what is only said of gradients has no
 * forward one.
 * @typedef {object} Page
 * @property {unknown} title @property {unknown} where
 * @property {string} plain its name in a copied text @property {string} [who] whose it is, where it is not the lane's alone
 * @property {(() => unknown) | null} forward @property {(() => unknown) | null} backward
 */
/** Null where the frame has nothing of the kind. @typedef {(kit: import('./kit.js').Kit) => Page | null} Kind */

/** @type {Record<string, Kind>} */
const KINDS = { bptt, chain, factor, jacobian, node, norm: normOf, product, ratio, readout, series, weights };

/** Null where there is nothing to show. @param {Shown} shown @param {Hands} hands */
export function formulaPanel(shown, hands) {
  const { lane, of, step, unit, explanation } = shown;
  const { dispatch, t } = hands;
  const kit = kitOf(shown, hands);
  const page = KINDS[of.kind]?.(kit);
  const body = page?.[shown.way] ?? page?.forward ?? page?.backward;
  if (!page || !body) return null;
  const way = body === page.forward ? 'forward' : 'backward';
  return html`<div class="formula" ${uncovering()} data-kind=${of.kind} data-of=${JSON.stringify(of)} data-node=${of.node ?? nothing} data-way=${way} data-t=${step} data-unit=${unit} data-lane=${lane} data-ready=${explanation !== null}>
    <header>
      ${shown.canBack ? html`<button class="square back" aria-label=${t('formula.back')} title=${t('formula.back')} @click=${() => dispatch({ type: 'explainBack' })}>${icon('previous')}</button>` : nothing}
      <h2 tabindex="-1">${page.title} <span class="about">${page.where}</span></h2>
      <button class="square" aria-label=${t('formula.copy')} title=${t('formula.copy')} ?disabled=${!explanation} @click=${() => dispatch({ type: 'copy', text: [heading(page), ...kit.copied].join('\n') })}>${icon('copy')}</button>
      <button class="square" aria-label=${t('formula.close')} title=${t('formula.close')} @click=${() => dispatch({ type: 'explainClose' })}>${icon('close')}</button>
    </header>
    ${page.forward ? html`<div class="tabs" role="group" aria-label=${t('formula.way')}>
      ${/** @type {const} */ (['forward', 'backward']).map(
        (name) => html`<button title=${t(`formula.${name}.about`)} aria-pressed=${name === way} ?disabled=${!page[name]} @click=${() => kit.explain(of, { way: name })}>${t(`formula.${name}`)}</button>`,
      )}
    </div>` : nothing}
    ${body()} ${explanation ? nothing : shown.network ? html`<p class="hint" role="status">${t('formula.waiting')}</p>` : html`<p class="hint">${t('formula.opening')}</p><button class="primary" @click=${() => dispatch({ type: 'network' })}>${t('formula.network')}</button>`}
  </div>`;

  /** What a text begins with; what is only said of gradients has a name that says so. @param {Page} page */
  function heading({ plain, forward, who }) {
    return `${who ?? t.lane(lane)} ${forward && way === 'backward' ? '∂L/∂' : ''}${plain} t=${step} step=${/** @type {Explanation} */ (explanation).step}`;
  }
}
