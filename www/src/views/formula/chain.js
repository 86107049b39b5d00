// @ts-check
// What a state does to a later one, an entry of the memory map: the product of the Jacobians between, how much each of them lets
// through, and what is left in fact. Its later end is the playhead.
import { html, mathml, nothing } from 'lit/html.js';
import { decodeChain } from '../../draw/chain.js';
import { statesOf, waysOf } from '../../draw/jacobian.js';
import { exact, nodeOf, squares } from '../../draw/terms.js';
import { letters, quantity, written } from '../symbols.js';
import { norm } from './norm.js';

/** @typedef {import('../symbols.js').Math} Math */

const over = (/** @type {Math} */ of, /** @type {Math} */ by) => mathml`<mfrac><mrow><mo lspace="0" rspace="0">∂</mo>${of}</mrow><mrow><mo lspace="0" rspace="0">∂</mo>${by}</mrow></mfrac>`;
const h = (/** @type {unknown} */ time) => mathml`<msub><mi data-symbol="hidden">h</mi>${time}</msub>`;
const J = (/** @type {unknown} */ time) => mathml`<msub><mi>J</mi>${time}</msub>`;
const T = mathml`<mi>t</mi>`;
const S = mathml`<mi>s</mi>`;
const K = mathml`<mi>k</mi>`;
const off = (/** @type {Math} */ of, /** @type {string} */ sign) => mathml`<mrow>${of}<mo lspace="0" rspace="0">${sign}</mo><mn>1</mn></mrow>`;
const frobenius = (/** @type {Math} */ of) => mathml`<msub>${norm(of)}<mi>F</mi></msub>`;
const spectral = (/** @type {Math} */ of) => mathml`<msub>${norm(of)}<mn>2</mn></msub>`;
const log = mathml`<msub><mi mathvariant="normal">log</mi><mn>10</mn></msub><mspace width="0.15em"></mspace>`;

/** `{ kind: 'chain', s: the earlier timestep }` @type {import('./panel.js').Kind} */
export function chain(kit) {
  const { t, copied, figure, math, row, link, list, fromLog10 } = kit;
  const { lane, of, step, frame, explanation, map } = kit.shown;
  const { s } = of;
  const { layout, diagram } = frame.info;
  if (!(s >= 1 && s <= layout.steps)) return null;
  const read = decodeChain(kit.more);
  // A frame of another training step is on its way.
  const found = explanation && read?.step === explanation.step ? read : null;
  const H = layout.hiddenSize;
  const states = statesOf(diagram);
  const names = diagram.nodes[nodeOf(diagram, 'hidden')].name;

  return {
    title: t('formula.chain'),
    where: t('formula.chain.where', { cell: t.lane(lane), t: t.number(step), s: t.number(s) }),
    plain: `h_t/h_s s=${s}`,
    forward: null,
    backward: s > step ? () => html`<p class="hint">${t('formula.chain.later')}</p>` : backward,
  };

  function backward() {
    const [value, scale] = fromLog10(found?.log10 ?? Number.NaN);
    const [bound, boundScale] = fromLog10(found?.boundLog10 ?? Number.NaN);
    copied.push(`= ${exact(value, scale)}`, `<= ${exact(bound, boundScale)}`, ...Array.from(found?.factors ?? [], (sigma, k) => `|J_${step - k}| = ${exact(sigma)}`));
    const whole = over(h(T), h(S));
    const product = mathml`${J(T)}${J(off(T, '−'))}<mo>⋯</mo>${J(off(S, '+'))}`;
    const component = mathml`<mrow>${whole}<mo stretchy="false">[</mo><mi>u</mi><mo stretchy="false">]</mo></mrow>`;
    const { terms, sum } = squares(found?.columns ?? []);
    const squared = mathml`<munder><mo largeop="false">∑</mo><mi>u</mi></munder><msup>${norm(component)}<mn>2</mn></msup>`;
    return html`<div class="equation">
        ${math(step === s ? mathml`${whole}<mo>=</mo><mi>I</mi>` : mathml`${whole}<mo>=</mo>${states.length > 1 ? mathml`<msub><mrow><mo stretchy="false">(</mo>${product}<mo stretchy="false">)</mo></mrow><mrow><mi>h</mi><mo>,</mo><mi>h</mi></mrow></msub>` : product}`, true)}
        ${math(mathml`${frobenius(whole)}<mo>=</mo><msqrt>${squared}</msqrt>`, true)}
        <p class="result">= ${found ? figure(value, scale) : html`<output></output>`}</p>
      </div>
      <ul class="operands">
        ${tile()}
        ${found
          ? html`${link('log10', math(mathml`${log}${frobenius(whole)}`), found.log10, 0, null)}
              ${row('columns', math(squared), sum, 2 * found.exponent, () =>
                list(
                  terms,
                  2 * found.exponent,
                  ({ index, root, value: square }) => html`<span class="factors">(${figure(root, found.exponent)})²</span>${math(mathml`<mi>u</mi><mo>=</mo><mn>${index + 1}</mn>`)}${figure(square, 2 * found.exponent)}`,
                  (unit) => kit.goTo(names, { t: s, unit, way: 'forward' }),
                ),
              )}
              ${link('bound', math(mathml`<msqrt><mi>H</mi></msqrt><munderover><mo largeop="true" movablelimits="false">∏</mo><mrow>${K}<mo>=</mo>${off(S, '+')}</mrow>${T}</munderover>${spectral(J(K))}`), bound, boundScale, null)}
              ${link('root', math(mathml`<msqrt><mi>H</mi></msqrt>`), Math.sqrt(H), 0, null)}
              <li class="hint">${t('formula.chain.bound')}</li>
              ${found.factors.length
                ? html`<li class="operand">${list(
                    Array.from(found.factors, (sigma, index) => ({ index: step - index, value: sigma })),
                    0,
                    ({ index, value: sigma }) => html`<span class="factors">× ${math(mathml`${spectral(J(mathml`<mn>${index}</mn>`))}<mo>=</mo>`)} ${figure(sigma)}</span>${math(frobenius(over(h(T), h(mathml`<mn>${index - 1}</mn>`))))}${figure(...fromLog10(found.leftLog10[step - index]))}`,
                    (k) => kit.goTo(names, { t: k, way: 'forward' }),
                    { all: 'formula.product.all', rest: (count, rest) => html`<span>${t('formula.product.rest', { count: t.number(count) })} = ${figure(...fromLog10(rest.reduce((all, one) => all + Math.log10(one.value), 0)))}</span>` },
                  )}</li>`
                : nothing}`
          : nothing}
      </ul>
      ${step === s ? nothing : jacobian()}`;
  }

  /** What the map's tile says, of which training step, and how it came to it. */
  function tile() {
    const value = map?.values.length === layout.steps ** 2 ? map.values[(step - 1) * layout.steps + s - 1] : undefined;
    if (!map || value === undefined) return nothing;
    return html`<li class="operand plain" data-key="tile"><span>${t('formula.chain.tile')} <span class="about">${t(`map.${map.method}`, { step: t.number(map.step) })}</span></span>${figure(...fromLog10(value))}</li>
      ${map.method === 'estimate' ? html`<li class="hint">${t('formula.chain.estimate')}</li>` : nothing}`;
  }

  /** J_t written out for this cell: every way through its diagram. */
  function jacobian() {
    const of = (/** @type {number} */ node) => quantity(diagram, node);
    const block = (/** @type {{ after: number }} */ { after }, /** @type {{ before: number }} */ { before }) => over(of(after), of(before));
    const matrix = mathml`<mrow><mo>(</mo><mtable>${states.map((after) => mathml`<mtr>${states.map((before) => mathml`<mtd>${block(after, before)}</mtd>`)}</mtr>`)}</mtable><mo>)</mo></mrow>`;
    return html`<h3 class="about">${t('formula.chain.jacobian')}</h3>
      <div class="equation">${math(mathml`${J(T)}<mo>=</mo>${states.length > 1 ? matrix : block(states[0], states[0])}`, true)}</div>
      ${states.map((after) => states.map((before) => html`<div class="equation" data-block="${diagram.nodes[after.after].name}-${diagram.nodes[before.before].name}"><div class="sum">${math(mathml`${block(after, before)}<mo>=</mo>`)}${waysOf(diagram, after.after, before.before).map((way, k) => math(wayMath(way, before.before, k > 0)))}</div></div>`))}`;
  }

  /** @param {import('../../draw/jacobian.js').Way} way @param {number} source @param {boolean} plus */
  function wayMath({ factors, negative, weights, through }, source, plus) {
    const diagonal = factors.length ? mathml`<mrow><mi mathvariant="normal">diag</mi><mo stretchy="false">(</mo>${factors.map((factor, k) => mathml`${k ? mathml`<mo>⊙</mo>` : nothing}${written(factor, (leaf) => letters(diagram, leaf), 2)}`)}<mo stretchy="false">)</mo></mrow>` : nothing;
    const matrix = weights === null ? nothing : mathml`<msub><mi>W</mi><mrow><mi mathvariant="normal">h</mi><mi mathvariant="normal">${diagram.nodes[weights].symbol}</mi></mrow></msub>`;
    const rest = through === null ? nothing : over(quantity(diagram, through), quantity(diagram, source));
    return mathml`${negative || plus ? mathml`<mo form=${plus ? 'infix' : 'prefix'}>${negative ? '−' : '+'}</mo>` : nothing}${diagonal}<mspace width="0.15em"></mspace>${matrix}${rest}`;
  }
}
