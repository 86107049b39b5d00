// @ts-check
// The answer at T: how probable a class is, by what outputs, those by what of the state; and what of the loss comes back.
import { html, mathml, nothing } from 'lit/html.js';
import { decodeAnswer } from '../../draw/answer.js';
import { exact, products } from '../../draw/terms.js';
import { gradientOf, number } from '../symbols.js';

/** @typedef {import('../symbols.js').Math} Math */

/** Outputs that are written out in the sum; of more, the largest. */
const WRITTEN = 3;

/** h_T, what the readout sees. */
const state = () => mathml`<msub><mi data-symbol="hidden">h</mi><mi>T</mi></msub>`;
const exp = (/** @type {Math} */ of) => mathml`<mrow><mi mathvariant="normal">exp</mi><mo stretchy="false">(</mo>${of}<mo stretchy="false">)</mo></mrow>`;

/** `{ kind: 'readout', k: the class }` @type {import('./panel.js').Kind} */
export function readout(kit) {
  const { t, copied, figure, math, pressable, row, link, termList } = kit;
  const { lane, of, frame, explanation } = kit.shown;
  const { info } = frame;
  const { steps } = info.layout;
  const { k } = of;
  if (!(k in info.classes)) return null;
  const read = decodeAnswer(kit.more);
  // A frame of another training step is on its way.
  const answer = explanation && read?.step === explanation.step ? read : null;
  const name = (/** @type {number} */ j) => t.or(`class.${info.classes[j]}`, info.classes[j]);
  const target = answer?.target ?? frame.scalar('exampleTarget');
  const wear = (/** @type {string} */ letter, /** @type {number} */ j) => mathml`<msub><mi>${letter}</mi><mtext>${name(j)}</mtext></msub>`;
  const goTo = (/** @type {number} */ j, /** @type {'forward' | 'backward'} */ way) => () => kit.explain({ kind: 'readout', k: j }, { way, t: steps });
  /** The class itself, then the others, the most probable first. */
  const order = info.classes.map((_, j) => j).sort((a, b) => Number(b === k) - Number(a === k) || (answer ? answer.outputs[b] - answer.outputs[a] : a - b));

  return {
    title: t(kit.shown.way === 'forward' ? 'formula.readout' : 'formula.readout.error', { name: name(k) }),
    where: t('formula.readout.where', { cell: t.lane(lane), T: t.number(steps) }),
    plain: `${kit.shown.way === 'forward' ? 'p' : 'y'}[${info.classes[k]}]`,
    forward: forwards,
    backward: backwards,
  };

  function forwards() {
    const p = answer ? answer.probabilities[k] : frame.data('probabilities')[k];
    const value = (/** @type {number} */ j) => (answer ? answer.outputs[j] : Number.NaN);
    copied.push(`= ${exact(p)}`, ...order.map((j) => `y[${info.classes[j]}] = ${exact(value(j))}`));
    const put = (/** @type {number} */ j) => exp(number(t.figure(value(j), 0, 3)));
    const others = order.length <= WRITTEN + 1 ? order.slice(1) : order.slice(1, WRITTEN);
    return html`<div class="equation">
        ${math(mathml`${wear('p', k)}<mo>=</mo><mfrac>${exp(pressable(`y-${k}`, wear('y', k)))}<mrow><munder><mo largeop="false">∑</mo><mi>j</mi></munder>${exp(mathml`<msub><mi>y</mi><mi>j</mi></msub>`)}</mrow></mfrac>`, true)}
        ${math(mathml`<mi>y</mi><mo>=</mo><msub><mi>W</mi><mi mathvariant="normal">fc</mi></msub><mspace width="0.15em"></mspace>${state()}<mo>+</mo><msub><mi>b</mi><mi mathvariant="normal">fc</mi></msub>`, true)}
        ${answer ? html`<div class="sum">${math(mathml`<mo form="infix">=</mo>${put(k)}<mo>/</mo><mo stretchy="false">(</mo>${put(k)}`)}${others.map((j) => math(mathml`<mo form="infix">+</mo>${put(j)}`))}${math(mathml`${others.length < order.length - 1 ? mathml`<mo form="infix">+</mo><mo>…</mo>` : nothing}<mo stretchy="false">)</mo>`)}</div>` : nothing}
        <p class="result">= ${figure(p)}</p>
      </div>
      <ul class="operands">
        ${order.map((j) => row(`y-${j}`, math(wear('y', j)), value(j), 0, answer ? () => outputTerms(answer, j) : null))}
        ${link('loss', html`<span class="about">${t('formula.readout.loss')}</span>${math(mathml`<mi>L</mi><mo>=</mo><mo>−</mo><mi mathvariant="normal">ln</mi><mspace width="0.15em"></mspace>${wear('p', target)}`)}`, answer?.loss ?? frame.scalar('exampleLoss'), 0, k === target ? goTo(k, 'backward') : goTo(target, 'forward'))}
      </ul>`;
  }

  /** An output's own row of the weights, and its bias. @param {import('../../draw/answer.js').Answer} answer @param {number} j */
  function outputTerms({ weights, features, bias }, j) {
    const { terms } = products(features.length, (unit) => weights[unit * bias.length + j], (unit) => features[unit]);
    return html`<ul class="terms"><li class="operand plain" data-key="bias">${math(mathml`<msub><mi>b</mi><mi mathvariant="normal">fc</mi></msub><mo>[</mo><mtext>${name(j)}</mtext><mo>]</mo>`)}${figure(bias[j])}</li></ul>
      ${termList(terms, 0, {
        factor: (unit) => mathml`<mrow>${state()}<mo>[</mo><mn>${unit + 1}</mn><mo>]</mo></mrow>`,
        target: (unit) => kit.goTo('hidden', { unit, t: steps, way: 'forward' }),
      })}`;
  }

  function backwards() {
    const right = Number(k === target);
    const p = answer ? answer.probabilities[k] : frame.data('probabilities')[k];
    const error = answer ? answer.errors[k] : Number.NaN;
    copied.push(`= ${exact(error)}`, `p[${info.classes[k]}] = ${exact(p)}`, `target = ${right}`);
    const indicator = mathml`<mrow><mn>1</mn><mo stretchy="false">[</mo><mtext>${name(k)}</mtext><mo>=</mo><mtext>${name(target)}</mtext><mo stretchy="false">]</mo></mrow>`;
    return html`<div class="equation">
        ${math(mathml`${gradientOf(wear('y', k))}<mo>=</mo>${pressable('p', wear('p', k))}<mo>−</mo>${indicator}`, true)}
        ${answer ? math(mathml`<mo>=</mo>${number(t.figure(p))}<mo>−</mo><mn>${right}</mn>`, true) : nothing}
        <p class="result">= ${answer ? figure(error) : html`<output></output>`}</p>
      </div>
      <ul class="operands">
        ${link('p', math(wear('p', k)), p, 0, goTo(k, 'forward'))}
        <li class="operand plain" data-key="target">${math(indicator)}<span class="about">${t('outcome.about', { target: name(target) })}</span>${figure(right)}</li>
      </ul>`;
  }
}
