// @ts-check
// One factor of the running product: what one timestep back does to the length of the gradient, and which operation does it.
import { html, mathml, nothing } from 'lit/html.js';
import { stepBack } from '../../draw/stepBack.js';
import { exact, factorOf, nodeOf } from '../../draw/terms.js';
import { gradientInline, letters, quantity, written } from '../symbols.js';
import { norm } from './norm.js';
import { transposed } from './notation.js';

/** @typedef {import('../../draw/stepBack.js').Way} Way */

/** `{ kind: 'factor', node: the state's }`, at the earlier one of the two timesteps. @type {import('./panel.js').Kind} */
export function factor(kit) {
  const { t, copied, figure, math, link } = kit;
  const { lane, of, step, frame, explanation } = kit.shown;
  const { diagram } = frame.info;
  const { nodes } = diagram;
  const node = nodeOf(diagram, of.node);
  if (node < 0) return null;
  const exponent = explanation?.exponent ?? 0;
  const at = (/** @type {number} */ of, later = 0) => norm(gradientInline(quantity(diagram, of, later)));

  return {
    title: t('formula.factor'),
    where: t('formula.factor.where', { cell: t.lane(lane), from: t.number(step + 1), t: t.number(step) }),
    plain: `‖∂L/∂${nodes[node].symbol}(t)‖/‖∂L/∂${nodes[node].symbol}(t+1)‖`,
    forward: null,
    backward,
  };

  function backward() {
    const back = explanation && stepBack(diagram, explanation, node);
    const equation = math(mathml`<mfrac>${at(node)}${at(node, 1)}</mfrac>`, true);
    if (!back) return html`<div class="equation">${equation}</div>${explanation ? html`<p class="hint">${t('formula.factor.end')}</p>` : nothing}`;
    const { before, after, direct, ways } = back;
    copied.push(`= ${exact(after > 0 ? before / after : Number.NaN)}`, `‖t‖ = ${exact(before, exponent)}`, `‖t+1‖ = ${exact(after, exponent)}`, ...ways.map((way) => `${nodes[way.node].name} = ${exact(way.arrives, exponent)}`));
    const other = nodes.findIndex((one, k) => k !== node && nodes.some(({ carries }) => carries === k) && one.symbol);
    return html`<div class="equation">${equation}<p class="result">= ${ratio(before, after)}</p></div>
      ${explanation && other >= 0 ? elsewhere(other, stepBack(diagram, explanation, other)) : nothing}
      <p class="hint said">${verdict(ways, after)}</p>
      <ul class="operands">
        ${link('before', math(at(node)), before, exponent, () => kit.explain({ kind: 'norm', node: of.node }))}
        ${link('after', math(at(node, 1)), after, exponent, () => kit.explain({ kind: 'norm', node: of.node }, { later: 1 }))}
        ${ways.map((way) => wayOf(way, after))}
        ${direct > 0 ? link('direct', math(mathml`<msub><mrow><mo lspace="0" rspace="0">∂</mo><mi>L</mi></mrow><mtext>${t('formula.loss.index')}</mtext></msub>`), direct, exponent, null) : nothing}
      </ul>
      ${ways.length > 1 ? html`<p class="hint">${t('formula.factor.ways')}</p>` : nothing}`;
  }

  /** The same step of the other state, and which gate keeps how much of it. @param {number} other @param {ReturnType<typeof stepBack>} back */
  function elsewhere(other, back) {
    const kept = back?.ways.find(({ later, linear }) => later && !linear);
    const name = t.or(`channel.${nodes[other].name}`, nodes[other].name);
    const by = kept && kept.received > 0 ? factorOf(diagram, kept) : null;
    const said = kept && by?.kind === 'node' ? t('formula.factor.kept', { name, gate: t.or(`channel.${nodes[by.node].name}`, nodes[by.node].symbol), value: t.figure(kept.arrives / kept.received) }) : t('formula.factor.state', { name });
    return html`<p class="elsewhere"><button class="link" data-other=${nodes[other].name} @click=${() => kit.explain({ kind: 'factor', node: nodes[other].name })}>${said}</button></p>`;
  }

  /** A quotient of lengths; of nothing there is none. @param {number} of @param {number} by */
  function ratio(of, by) {
    return by > 0 ? figure(of / by) : html`<output>${t('value.none')}</output>`;
  }

  /** The operations on a way, from where the gradient was: each with what it leaves of the length. @param {Way} way @param {number} after */
  function factorsOf(way, after) {
    const through = way.received / after;
    if (!way.linear) return [{ key: 'factor', label: multiplier(way), value: way.arrives / way.received, target: target(way) }];
    const weights = transposed('h', nodes[way.node].symbol);
    const gates = mathml`<mfrac>${at(way.node, 1)}${at(node, 1)}</mfrac>`;
    // With one way alone, what lies before the matrix is the nonlinearity's slope.
    const slope = nodes.find(({ operation }) => operation === 'slope');
    return [
      { key: 'through', label: slope ? mathml`<mi>${slope.symbol}</mi>` : gates, value: through, target: slope ? () => kit.goTo(slope.name, { later: 1, way: 'forward' }) : () => kit.goTo(nodes[way.node].name, { later: 1, way: 'backward' }) },
      { key: 'weights', label: weights, value: way.arrives / way.received, target: () => kit.goTo(of.node, { way: 'backward' }) },
    ];
  }

  /** @param {Way} way @returns {import('../symbols.js').Math} */
  function multiplier(way) {
    const by = factorOf(diagram, way);
    return by ? mathml`${written(by, (leaf) => letters(diagram, leaf, way.later ? 1 : 0), 2)}` : mathml`<mn>1</mn>`;
  }

  /** The gate that multiplies. @param {Way} way */
  function target(way) {
    const by = factorOf(diagram, way);
    return by?.kind === 'node' && nodes[by.node].carries === null ? () => kit.goTo(nodes[by.node].name, { later: way.later ? 1 : 0, way: 'forward' }) : null;
  }

  /** @param {Way} way @param {number} after */
  function wayOf(way, after) {
    const key = `way-${way.node}-${way.input}`;
    return html`<li class="operand way" data-key=${key}>
      <span class="row">${math(mathml`${norm(pathOf(way))}`)}${figure(way.arrives, exponent)}</span>
      <ul class="terms">${(after > 0 && way.received > 0 ? factorsOf(way, after) : []).map((one) => link(`${key}-${one.key}`, html`<span>×</span>${math(one.label)}`, one.value, 0, one.target))}</ul>
    </li>`;
  }

  /** @param {Way} way @returns {import('../symbols.js').Math} */
  function pathOf(way) {
    const received = gradientInline(quantity(diagram, way.linear ? way.node : way.result, way.later ? 1 : 0));
    if (!way.linear) return mathml`<mrow>${received}<mo>⊙</mo>${multiplier(way)}</mrow>`;
    return mathml`<mrow>${transposed('h', nodes[way.node].symbol)}${received}</mrow>`;
  }

  /** In words: which operation takes most; of several ways, which one carries most. @param {Way[]} ways @param {number} after */
  function verdict(ways, after) {
    const [longest] = ways;
    if (!longest || !(after > 0)) return t('formula.factor.nothing');
    if (ways.length === 1) {
      const all = factorsOf(longest, after);
      const least = all.reduce((a, b) => (b.value < a.value ? b : a));
      const words = { through: all[0].value, weights: all.at(-1)?.value ?? 1 };
      return t(words.through * words.weights >= 1 ? 'formula.factor.grows' : least.key === 'weights' ? 'formula.factor.weights' : 'formula.factor.slope', { slope: t.figure(words.through), weights: t.figure(words.weights) });
    }
    const [first] = factorsOf(longest, after);
    return html`${t('formula.factor.most')} ${math(pathOf(longest))} ${longest.linear ? nothing : t('formula.factor.leaves', { value: t.figure(first.value) })}`;
  }
}
