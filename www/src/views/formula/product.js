// @ts-check
// The running product from where the gradient comes from back to the playhead, factor by factor: what each step back did to
// the gradient's norm.
import { html, mathml } from 'lit/html.js';
import { factorsOf } from '../../draw/bptt.js';
import { relativeAt, sourceOf } from '../../draw/gradient.js';
import { exact } from '../../draw/terms.js';
import { icon } from '../icons.js';
import { gradientInline } from '../symbols.js';
import { NORMS, norm } from './norm.js';

/** `{ kind: 'product' }` @type {import('./panel.js').Kind} */
export function product(kit) {
  const { t, copied, figure, math, link, list, fromLog10 } = kit;
  const { lane, step, frame } = kit.shown;
  const series = frame.data(NORMS.hidden);
  if (!series.length) return null;
  const last = sourceOf(series);
  const at = (/** @type {unknown} */ time) => norm(gradientInline(mathml`<msub><mi data-symbol="hidden">h</mi>${time}</msub>`));
  const next = mathml`<mrow><mi>k</mi><mo lspace="0" rspace="0">+</mo><mn>1</mn></mrow>`;
  const terms = factorsOf(series.subarray(step - 1, last), step);
  const log10 = series[step - 1] === -Infinity ? -Infinity : relativeAt(series, step);

  return {
    title: t('formula.product'),
    where: t('formula.product.where', { cell: t.lane(lane), t: t.number(step), T: t.number(last) }),
    plain: '∏ ‖∂L/∂h[k]‖/‖∂L/∂h[k+1]‖',
    forward: null,
    backward,
  };

  function backward() {
    const [value, scale] = fromLog10(log10);
    copied.push(`= ${exact(value, scale)}`, ...terms.map((term) => `t=${term.index} ${exact(...fromLog10(term.value))}`));
    const end = last === series.length ? mathml`<mi>T</mi>` : mathml`<mn>${last}</mn>`;
    const ends = /** @type {const} */ ([['here', step, mathml`<mi>t</mi>`], ['end', last, end]]);
    return html`<div class="equation">
        ${math(mathml`<munderover><mo largeop="true" movablelimits="false">∏</mo><mrow><mi>k</mi><mo>=</mo><mi>t</mi></mrow><mrow>${end}<mo lspace="0" rspace="0">−</mo><mn>1</mn></mrow></munderover><mfrac>${at(mathml`<mi>k</mi>`)}${at(next)}</mfrac><mo>=</mo><mfrac>${at(mathml`<mi>t</mi>`)}${at(end)}</mfrac>`, true)}
        <p class="result">= ${figure(value, scale)}</p>
      </div>
      <ul class="operands">
        ${ends.map(([key, time, letter]) => {
          const [norm10, exponent] = fromLog10(series[time - 1]);
          return html`<li class="operand" data-key=${key}><button @click=${() => kit.explain({ kind: 'norm', node: 'hidden' }, { t: time })}>${math(at(letter))}${figure(norm10, exponent)}<span class="fold">${icon('next')}</span></button></li>`;
        })}
        ${link('log10', math(mathml`<msub><mi mathvariant="normal">log</mi><mn>10</mn></msub><mspace width="0.15em"></mspace><mo>∏</mo>`), log10, 0, null)}
        <li class="operand">${list(
          terms,
          0,
          ({ index, value: ratio }) => html`<span class="factors">× ${figure(...fromLog10(ratio))}</span>${math(mathml`<mi>k</mi><mo>=</mo><mn>${index}</mn>`)}`,
          (k) => kit.explain({ kind: 'factor', node: 'hidden' }, { t: k }),
          { all: 'formula.product.all', rest: (count, rest) => html`<span>${t('formula.product.rest', { count: t.number(count) })}</span>${figure(...fromLog10(rest.reduce((sum, term) => sum + term.value, 0)))}` },
        )}</li>
      </ul>`;
  }
}
