// @ts-check
// A tile of ∂L/∂W_hh written term by term: a term of the double sum, a column of it as the sweep adds it up, or a summand of the
// printed line with what that leaves out. The playhead is the use k of W_hh; in the printed line, which has none, the loss's t.
import { html, mathml, nothing } from 'lit/html.js';
import { columnOf, readTerms, summandOf, termOf } from '../../draw/bptt.js';
import { exact } from '../../draw/terms.js';
import { number } from '../symbols.js';
import { NORMS, norm } from './norm.js';
import { frobenius, h, log, off, over, overInline } from './notation.js';

/** @typedef {import('../symbols.js').Math} Math */
/** A kind of sum: what is shown of it. @typedef {{ equation: unknown, value: number, plain: [string, number][], rows: unknown }} Written log10 */

const T = mathml`<mi>t</mi>`;
const K = mathml`<mi>k</mi>`;
const J = mathml`<mi>j</mi>`;
const ZERO = mathml`<mn>0</mn>`;
const DOTS = mathml`<mo>⋯</mo>`;
const TIMES = mathml`<mo>×</mo>`;
const loss = mathml`<msub><mi>ℓ</mi><mi>t</mi></msub>`;
const weight = mathml`<msub><mi>W</mi><mrow><mi mathvariant="normal">h</mi><mi mathvariant="normal">h</mi></mrow></msub>`;
/** ∂⁺h_k/∂W_hh */
const use = mathml`<mfrac><mrow><msup><mo lspace="0" rspace="0">∂</mo><mo>+</mo></msup>${h(K)}</mrow><mrow><mo lspace="0" rspace="0">∂</mo>${weight}</mrow></mfrac>`;
/** ‖∂ℓ_t/∂h‖ at a time. @param {unknown} time */
const arriving = (time) => norm(overInline(loss, h(time)));
const before = off(K, '−');
/** The gradient at the sums that W_hh is part of: of one loss, or of all. */
const ownDelta = mathml`<msubsup><mi>δ</mi>${K}<mrow><mo stretchy="false">(</mo>${T}<mo stretchy="false">)</mo></mrow></msubsup>`;
const allDelta = mathml`<msub><mi>δ</mi>${K}</msub>`;
/** ∏ of what each timestep makes of the norm, from t back to an end. @param {Math} end */
const product = (end) => mathml`<munderover><mo largeop="true" movablelimits="false">∏</mo><mrow>${J}<mo>=</mo>${end}</mrow>${off(T, '−')}</munderover><mfrac>${arriving(J)}${arriving(off(J, '+'))}</mfrac>`;

/** `{ kind: 'bptt', sum: 'exact', loss: t }`, `{ kind: 'bptt', sum: 'sweep' }` or `{ kind: 'bptt', sum: 'literal' }` @type {import('./panel.js').Kind} */
export function bptt(kit) {
  const { t, copied, figure, math, pressable, link, list, fromLog10 } = kit;
  const { lane, of, step, frame, explanation, lanes } = kit.shown;
  const { steps } = frame.info.layout;
  const { sum } = of;
  if (sum === 'exact' && !(of.loss >= 1 && of.loss <= steps)) return null;
  const own = lanes[lane]?.terms;
  // Terms or a frame of another training step are on their way.
  const terms = own && explanation && own.step === explanation.step ? readTerms(own.values, steps) : null;
  const [at, k] = sum === 'exact' ? [of.loss, step] : [step, step];
  const taken = t(own?.every ? 'bptt.every' : 'bptt.last');
  const place = { cell: t.lane(lane), t: t.number(at), k: t.number(k), loss: taken };

  return {
    title: t(`formula.bptt.${sum}`),
    where: t(`formula.bptt.${sum}.where`, place),
    plain: { exact: `term t=${at} k=${k}`, sweep: `column k=${k}`, literal: `summand t=${at}` }[/** @type {string} */ (sum)] ?? '',
    forward: null,
    backward: k > at ? () => html`<p class="hint">${t('formula.bptt.later')}</p>` : backward,
  };

  function backward() {
    const { equation, value, plain, rows } = sum === 'exact' ? term() : sum === 'sweep' ? column() : summand();
    copied.push(`= ${exact(...fromLog10(value))}`, ...plain.map(([name, log10]) => `${name} = ${exact(...fromLog10(log10))}`));
    return html`<div class="equation">
        ${equation}
        <p class="result">= ${Number.isNaN(value) ? html`<output>${terms ? t('value.none') : ''}</output>` : figure(...fromLog10(value))}</p>
      </div>
      ${terms ? html`<ul class="operands">${Number.isFinite(value) ? link('log10', math(mathml`${log}${sum === 'literal' ? norm(DOTS) : frobenius(DOTS)}`), value, 0, null) : nothing}${rows}</ul>${own?.every ? html`<p class="hint">${t('bptt.every.about')}</p>` : nothing}` : explanation ? html`<p class="hint" role="status">${t('bptt.busy')}</p>` : nothing}`;
  }

  /** What a tile is, as it is written over the squares. @param {Math} whole */
  function head(whole) {
    return html`<div class="sum">${math(whole, true)}</div>`;
  }

  /** A line of an equation whose factors may go on in the next one. @param {unknown[]} parts */
  function line(...parts) {
    return html`<div class="sum">${parts.map((part) => (part ? math(part) : nothing))}</div>`;
  }

  /** The numbers put in. @param {number[]} factors log10 */
  function put(...factors) {
    return terms ? line(...factors.map((log10, n) => mathml`${n ? TIMES : mathml`<mo>=</mo>`}${number(t.figure(...fromLog10(log10)))}`)) : nothing;
  }

  /** An operand, where there is such a number. @param {string} key @param {Math} label @param {number} log10 @param {(() => void) | null} target */
  function operand(key, label, log10, target) {
    return Number.isNaN(log10) ? nothing : link(key, math(label), ...fromLog10(log10), target);
  }

  /** Whether the loss's gradient at a time is the one that is recorded: the loss at T alone is what is trained, and surgery may put another in its place. @param {number} when @param {number} log10 */
  function isRecorded(when, log10) {
    return (!own?.every || at === steps) && Math.abs(frame.data(NORMS.hidden)[when - 1] - log10) < 1e-4;
  }

  /** The loss's gradient at a time. @param {string} key @param {Math} time @param {number} when @param {number} log10 */
  function gradient(key, time, when, log10) {
    return operand(key, arriving(time), log10, isRecorded(when, log10) ? () => kit.explain({ kind: 'norm', node: 'hidden' }, { t: when }) : null);
  }

  /** h_{k−1}: of the first use the initial state, which nothing made. @param {number} log10 */
  function state(log10) {
    return operand('previous', norm(h(before)), log10, k > 1 ? () => kit.goTo('hidden', { later: -1, way: 'forward' }) : null);
  }

  /** What comes to the sums; of the recorded gradient, it is in the chart of these shares. @param {Math} delta @param {number} log10 @param {boolean} recorded */
  function share(delta, log10, recorded) {
    return operand('delta', norm(delta), log10, recorded ? () => kit.explain({ kind: 'series', quantity: 'recurrentShare' }, { t: k }) : null);
  }

  /** What ∂h/∂h stands for in a cell with two states. */
  function both() {
    return frame.info.diagram.nodes.some(({ operation }) => operation === 'previousCell') ? html`<li class="hint">${t('formula.bptt.both')}</li>` : nothing;
  }

  /** What each timestep made of the gradient, each opening its own Jacobian. @param {import('../../draw/bptt.js').Factor[]} factors @param {Math} end */
  function wayBack(factors, end) {
    if (!factors.length) return nothing;
    return html`${operand('way', product(end), factors.reduce((all, one) => all + one.value, 0), null)}
      <li class="operand" data-list="way">${list(
        factors,
        0,
        ({ index, value, left }) => html`<span class="factors">× ${figure(...fromLog10(value))}</span>${math(mathml`${arriving(mathml`<mn>${index}</mn>`)}<mo>=</mo>`)}${figure(...fromLog10(left))}`,
        // h_0 is no timestep: there the first one's own equation.
        (j) => (j ? kit.explain({ kind: 'chain', s: j }, { t: j + 1 }) : kit.goTo('hidden', { t: 1, way: 'forward' })),
        { all: 'formula.product.all', rest: (count, rest) => html`<span>${t('formula.product.rest', { count: t.number(count) })} = ${figure(...fromLog10(rest.reduce((all, one) => all + one.value, 0)))}</span>` },
      )}</li>`;
  }

  /** Terms of the double sum, the largest first, and what their norms add up to; each opens. @param {string} key @param {ArrayLike<number>} norms log10 @param {number} first timestep of the first @param {Math} letter @param {(index: number) => void} target */
  function others(key, norms, first, letter, target) {
    const there = Array.from(norms, (log10, n) => ({ index: first + n, log10 })).filter(({ log10 }) => log10 !== -Infinity && !Number.isNaN(log10));
    if (!there.length) return nothing;
    const [, scale] = fromLog10(Math.max(...there.map(({ log10 }) => log10)));
    const sorted = there.map(({ index, log10 }) => ({ index, value: 10 ** (log10 - scale * Math.log10(2)) })).sort((a, b) => b.value - a.value);
    return html`${link(`${key}-sum`, math(mathml`<munder><mo largeop="false">∑</mo>${letter}</munder>${frobenius(DOTS)}`), sorted.reduce((all, { value }) => all + value, 0), scale, null)}
      <li class="operand" data-list=${key}>${list(sorted, scale, ({ index, value }) => html`${math(mathml`${letter}<mo>=</mo><mn>${index}</mn>`)}${figure(value, scale)}`, target)}</li>`;
  }

  /** @returns {Written} */
  function term() {
    const found = terms ? termOf(terms, steps, at, k) : null;
    const { start, factors, left, own: made, delta, previous, value } = found ?? { start: Number.NaN, factors: [], left: Number.NaN, own: Number.NaN, delta: Number.NaN, previous: Number.NaN, value: Number.NaN };
    // By way of the cell state a gradient may come where none comes to the hidden one; and of a state that is zero nothing is known.
    const through = Number.isFinite(made) || made === -Infinity;
    const way = factors.reduce((all, one) => all + one.value, 0);
    const lastState = pressable('previous', norm(h(before)));
    const middle = mathml`${over(h(T), h(off(T, '−')))}${DOTS}${over(h(off(K, '+')), h(K))}`;
    return {
      equation: html`${head(frobenius(mathml`${over(loss, h(T))}${at > k ? middle : nothing}${use}`))}
        ${found && !through
          ? line(mathml`<mo>=</mo>${pressable('delta', norm(ownDelta))}`, mathml`${TIMES}${lastState}`)
          : line(mathml`<mo>=</mo>${pressable('start', arriving(T))}`, at > k ? mathml`${TIMES}${product(K)}` : null, mathml`${TIMES}<mfrac>${norm(ownDelta)}${pressable('left', arriving(K))}</mfrac>`, mathml`${TIMES}${lastState}`)}
        ${through ? put(start, ...(at > k ? [way] : []), made, previous) : Number.isNaN(delta) ? nothing : put(delta, previous)}`,
      value,
      plain: [['start', start], ...factors.map((one) => /** @type {[string, number]} */ ([`× k=${one.index}`, one.value])), ['left', left], ['own', made], ['|h_(k-1)|', previous]],
      rows: html`${gradient('start', T, at, start)} ${wayBack(factors, K)} ${at > k ? gradient('left', K, k, left) : nothing}
        ${through ? operand('own', mathml`<mfrac>${norm(ownDelta)}${arriving(K)}</mfrac>`, made, () => kit.goTo('hidden', { t: k, way: 'forward' })) : nothing}
        ${share(ownDelta, delta, isRecorded(k, left))} ${state(previous)}
        <li class="hint">${t(start === -Infinity ? 'formula.bptt.noLoss' : previous === -Infinity ? 'formula.bptt.noState' : through ? 'formula.bptt.delta' : 'formula.bptt.byCell', place)}</li>
        ${both()}`,
    };
  }

  /** @returns {Written} */
  function column() {
    const { delta, previous, value, terms: norms } = terms ? columnOf(terms, steps, k) : { delta: Number.NaN, previous: Number.NaN, value: Number.NaN, terms: [] };
    const outer = mathml`<mrow>${allDelta}<msubsup><mi data-symbol="hidden">h</mi>${before}<mo>⊤</mo></msubsup></mrow>`;
    return {
      equation: html`${head(frobenius(mathml`<munder><mo largeop="true" movablelimits="false">∑</mo><mrow>${T}<mo>≥</mo>${K}</mrow></munder>${over(loss, h(T))}${DOTS}${use}`))}
        ${line(mathml`<mo>=</mo>${frobenius(outer)}`, mathml`<mo>=</mo>${pressable('delta', norm(allDelta))}${TIMES}${pressable('previous', norm(h(before)))}`)}
        ${Number.isNaN(delta) ? nothing : put(delta, previous)}`,
      value,
      plain: [['|δ_k|', delta], ['|h_(k-1)|', previous]],
      rows: html`${share(allDelta, delta, !own?.every || k === steps)} ${state(previous)}
        <li class="hint">${t(previous === -Infinity ? 'formula.bptt.noState' : 'formula.bptt.swept', place)}</li>
        ${others(
          'column',
          norms,
          k,
          T,
          (index) => kit.explain({ kind: 'bptt', sum: 'exact', loss: index }, { t: k }),
        )}
        ${terms ? operand('gradient', frobenius(overInline(mathml`<mi>L</mi>`, weight)), terms.gradient, null) : nothing}`,
    };
  }

  /** @returns {Written} */
  function summand() {
    const { start, factors, value, left } = terms ? summandOf(terms, steps, at) : { start: Number.NaN, factors: [], value: Number.NaN, left: [] };
    return {
      equation: html`${head(mathml`${norm(mathml`${over(loss, h(T))}<munderover><mo largeop="true" movablelimits="false">∏</mo><mrow>${K}<mo>=</mo><mn>1</mn></mrow>${T}</munderover>${over(h(K), h(before))}`)}<mo>=</mo>${arriving(ZERO)}`)}
        ${line(mathml`<mo>=</mo>${pressable('start', arriving(T))}`, mathml`${TIMES}${product(ZERO)}`)}
        ${put(start, factors.reduce((all, one) => all + one.value, 0))}`,
      value,
      plain: [['start', start], ...factors.map((one) => /** @type {[string, number]} */ ([`× k=${one.index}`, one.value]))],
      rows: html`${gradient('start', T, at, start)} ${wayBack(factors, ZERO)}
        ${both()}
        <li><h3 class="about">${t('formula.bptt.missing')}</h3></li>
        <li class="hint">${t(start === -Infinity ? 'formula.bptt.noLoss' : at === 1 ? 'formula.bptt.noState' : 'formula.bptt.missing.about', { ...place, H: t.number(frame.info.layout.hiddenSize) })}</li>
        ${others(
          'missing',
          left,
          1,
          K,
          (index) => kit.explain({ kind: 'bptt', sum: 'exact', loss: at }, { t: index }),
        )}`,
    };
  }
}
