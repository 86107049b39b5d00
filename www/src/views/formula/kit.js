// @ts-check
// What all kinds of formulas are made of: figures, rows that open in place or lead on, lists of terms.
import { html, mathml, nothing } from 'lit/html.js';
import { exact, summed } from '../../draw/terms.js';
import { icon } from '../icons.js';

/** Terms of a sum that are listed before the others are summed. */
const MOST = 5;

/** @typedef {ReturnType<typeof kitOf>} Kit */
/** @typedef {{ later?: number, unit?: number, t?: number, way?: 'forward' | 'backward', lane?: string }} Where `later`: so many timesteps after the one shown */

/** @param {import('./panel.js').Shown} shown @param {import('./panel.js').Hands} hands */
export function kitOf(shown, { dispatch, t, open }) {
  const { lane, of, way: shownWay, step, unit, explanation, opened } = shown;

  /** Another formula, of the same lane unless another is named. @param {import('../../state/reducer.js').Target} target @param {Where} [where] */
  const explain = (target, { later = 0, unit: other = unit, t: time = step + later, way = shownWay, lane: whose = lane } = {}) => dispatch({ type: 'explain', of: target, way, lane: whose, t: time, unit: other });
  /** What stands at the panel's end and at every term. @param {number} value @param {number} [scale] binary exponent */
  const figure = (value, scale = 0) => html`<output data-value=${exact(value, scale)}>${t.figure(value, scale)}</output>`;

  /**
   * Terms of a sum, sorted; those that are not listed are summed, or the reader asks for all.
   * @template {{ index: number, value: number }} Term
   * @param {Term[]} terms @param {number} scale of the values @param {(term: Term) => unknown} content @param {null | ((k: number) => void)} target where a term leads @param {{ all: string, rest: (count: number, rest: Term[]) => unknown }} [said] where it is no sum: what is not listed, and the words for all
   */
  function list(terms, scale, content, target, said) {
    const { shown: listed, count, rest } = summed(terms, opened.all ? terms.length : MOST);
    return html`<ul class="terms ${opened.all ? 'all' : ''}" tabindex=${opened.all ? 0 : nothing}>
      ${listed.map((term) => html`<li class="term" data-index=${term.index}>${target ? html`<button @click=${() => target(term.index)}>${content(term)}</button>` : html`<span class="row">${content(term)}</span>`}</li>`)}
      ${count ? html`<li class="term rest"><span class="row">${said ? said.rest(count, terms.slice(listed.length)) : html`<span>${t('formula.rest', { count: t.number(count) })}</span>${figure(rest, scale)}`}</span></li>` : nothing}
      ${terms.length > MOST + 1 ? html`<li><button class="link" @click=${() => open({ ...opened, all: !opened.all })}>${t(said ? (opened.all ? `${said.all}.fewer` : said.all) : opened.all ? 'formula.fewer' : 'formula.all', { count: t.number(terms.length) })}</button></li>` : nothing}
    </ul>`;
  }

  return {
    shown,
    /** What only a logarithm can hold, as mantissa and binary exponent. @param {number} log10 @returns {[number, number]} */
    fromLog10(log10) {
      if (!Number.isFinite(log10)) return [10 ** log10, 0];
      const exponent = Math.floor(log10 / Math.log10(2));
      return [10 ** (log10 - exponent * Math.log10(2)), exponent];
    },
    t,
    /** What the core was asked for this target beside the timestep; null until it is there. */
    more: explanation?.more && JSON.stringify(explanation.more.of) === JSON.stringify(of) ? explanation.more.numbers : null,
    /** Lines of the copied text: name and value of every operand. @type {string[]} */
    copied: [],
    explain,
    /** The formula of a node of the cell. @param {string} name @param {Where} [where] */
    goTo: (name, where) => explain({ kind: 'node', node: name }, where),
    figure,
    math: (/** @type {unknown} */ content, block = false) => html`<math display=${block ? 'block' : 'inline'}>${content}</math>`,

    /** A symbol inside the equation opens what its line below opens. @param {string} key of the line @param {import('../symbols.js').Math} content */
    pressable(key, content) {
      const press = (/** @type {Event} */ event) => {
        const panel = /** @type {Element} */ (event.currentTarget).closest('.formula');
        /** @type {HTMLElement | null | undefined} */ (panel?.querySelector(`[data-key="${key}"] > button`))?.click();
      };
      return mathml`<mrow class="pressable" @click=${press}>${content}</mrow>`;
    },

    /**
     * @param {{ index: number, weight: number, factor: number, value: number }[]} terms @param {number} scale of factor and value
     * @param {{ factor: (k: number) => import('../symbols.js').Math, target: null | ((k: number) => void) }} write
     */
    termList: (terms, scale, { factor: written, target }) =>
      list(terms, scale, ({ index, weight, factor, value }) => html`<span class="factors">${figure(weight)} × ${figure(factor, scale)}</span><math display="inline">${written(index)}</math>${figure(value, scale)}`, target),

    list,

    /** An operand that opens in place. @param {string} key @param {unknown} label @param {number} value @param {number} scale @param {(() => unknown) | null} inside */
    row(key, label, value, scale, inside) {
      const expanded = opened.key === key && inside !== null;
      return html`<li class="operand" data-key=${key}>
        <button aria-expanded=${expanded} ?disabled=${!inside} @click=${() => open({ key: expanded ? '' : key, all: false })}>${label}${explanation ? figure(value, scale) : nothing}<span class="fold">${icon(expanded ? 'previous' : 'next')}</span></button>
        ${expanded && inside ? inside() : nothing}
      </li>`;
    },

    /** An operand that is another quantity: the panel goes there. @param {string} key @param {unknown} label @param {number} value @param {number} scale @param {(() => void) | null} target */
    link(key, label, value, scale, target) {
      const content = html`${label}${explanation ? figure(value, scale) : nothing}`;
      return target
        ? html`<li class="operand" data-key=${key}><button @click=${target}>${content}<span class="fold">${icon('next')}</span></button></li>`
        : html`<li class="operand plain" data-key=${key}>${content}</li>`;
    },
  };
}
