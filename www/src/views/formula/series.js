// @ts-check
// What the chart shows of a quantity along t besides the gradient: each of its series at the playhead, what it is, and the
// operands of it that the frame or the timestep has.
import { html, mathml, nothing } from 'lit/html.js';
import { seriesOf } from '../../draw/quantity.js';
import { exact, nodeOf, squares } from '../../draw/terms.js';
import { gradientInline, quantity as letter } from '../symbols.js';
import { jacobianNorm } from './jacobian.js';
import { NORMS, norm } from './norm.js';

/** @typedef {import('../symbols.js').Math} Math */
/** What a series is: its equation and how that goes on (`more`), its value as mantissa and binary exponent, the rows of its operands; `least`: that is only known to be no less. @typedef {{ equation: Math, more?: unknown, value: [number, number], rows: unknown, least?: boolean }} Defined */

/** Which units count as what: the shown ends of the gates' and states' scales. @type {Record<string, { sign: Math, counts: (value: number) => boolean }>} */
const COUNTED = {
  Shut: { sign: mathml`<mo>&lt;</mo><mn>0.05</mn>`, counts: (value) => value < 0.05 },
  Open: { sign: mathml`<mo>&gt;</mo><mn>0.95</mn>`, counts: (value) => value > 0.95 },
  Saturated: { sign: mathml`<mo>&gt;</mo><mn>0.95</mn>`, counts: (value) => Math.abs(value) > 0.95 },
  Inactive: { sign: mathml`<mo>=</mo><mn>0</mn>`, counts: (value) => value === 0 },
};

const sub = (/** @type {Math | string} */ of, /** @type {unknown} */ index) => mathml`<msub>${typeof of === 'string' ? mathml`<mi>${of}</mi>` : of}<mrow>${index}</mrow></msub>`;
const now = mathml`<mi>t</mi>`;
const plus = mathml`<mi>t</mi><mo lspace="0" rspace="0">+</mo><mn>1</mn>`;
const minus = mathml`<mi>t</mi><mo lspace="0" rspace="0">−</mo><mn>1</mn>`;

/** `{ kind: 'series', quantity: the chart's name }` @type {import('./panel.js').Kind} */
export function series(kit) {
  const { t, copied, figure, math, link, list, fromLog10 } = kit;
  const { lane, of, step, frame, explanation } = kit.shown;
  const { info } = frame;
  const { diagram } = info;
  const { series: shown, cosine } = seriesOf(frame, of.quantity);
  const H = info.layout.hiddenSize;
  const plain = (/** @type {string} */ key, /** @type {unknown} */ label, /** @type {number} */ value, scale = 0) => html`<li class="operand plain" data-key=${key}>${label}${figure(value, scale)}</li>`;

  return {
    title: t.or(`quantity.${of.quantity}`, of.quantity),
    where: t('formula.series.where', { cell: t.lane(lane), t: t.number(step) }),
    plain: of.quantity,
    forward: null,
    // A lane may have nothing of what another one shows.
    backward: () => html`${shown.length ? nothing : html`<p class="hint">${t('verdict.none', { cell: t.lane(lane) })}</p>`}${shown.map(({ name, values }) => block(name, values[step - 1]))}
      ${cosine ? html`<ul class="operands">${plain('cosine', t('quantity.cosine'), cosine[step - 1])}</ul>` : nothing}
      <p class="hint">${t.or(`quantity.${of.quantity}.about`, '')}</p>`,
  };

  /** @param {string} name @param {number} value */
  function block(name, value) {
    const defined = define(name, value);
    if (!defined) return nothing;
    copied.push(`${name} = ${exact(...defined.value)}`);
    // Without a number there is nothing to divide by, or the worker is about to fill it in.
    const known = !Number.isNaN(defined.value[0]);
    return html`<div class="equation" data-series=${name}>
        ${math(defined.equation, true)} ${defined.more ?? nothing}
        <p class="result">${defined.least ? '≥' : '='} ${known ? figure(...defined.value) : html`<output>${t('value.none')}</output>`}</p>
      </div>
      <ul class="operands">${defined.rows}</ul>`;
  }

  /** @param {string} name @param {number} value @returns {Defined | null} */
  function define(name, value) {
    const ratio = /^(hidden|cell)RatioLog10$/.exec(name);
    if (ratio) return ratioOf(ratio[1] === 'cell' ? 'cellState' : 'hidden', value);
    if (name === 'jacobianProductLog10') return jacobianProduct(name, value);
    if (name === 'jacobianNormLog10') return jacobianNorm(kit, value);
    if (name === 'largestDirect' || name === 'smallestDirect') return direct(name, value);
    const share = /^(weightHh|weightIh|bias)ContributionLog10$/.exec(name);
    if (share) return contribution(share[1], value);
    if (name === 'inputGradientLog10') return inputGradient(value);
    const counted = /^(.*)(Shut|Open|Saturated|Inactive)$/.exec(name);
    return counted ? countOf(counted[1], counted[2], value) : null;
  }

  /** @param {string} node @param {number} log10 @returns {Defined} */
  function ratioOf(node, log10) {
    const at = (/** @type {unknown} */ time) => norm(gradientInline(sub(letterOf(node), time)));
    const norms = frame.data(NORMS[node]);
    const row = (/** @type {number} */ later) =>
      step + later > norms.length ? nothing : link(`${node}-${later}`, math(at(later ? plus : now)), ...fromLog10(norms[step + later - 1]), () => kit.explain({ kind: 'norm', node }, { later }));
    return { equation: mathml`<mfrac>${at(now)}${at(plus)}</mfrac>`, value: fromLog10(log10), rows: [row(0), row(1)] };
  }

  /** @param {string} name @param {number} log10 @returns {Defined} */
  function jacobianProduct(name, log10) {
    const h = (/** @type {unknown} */ time) => sub(mathml`<mi data-symbol="hidden">h</mi>`, time);
    const whole = (/** @type {unknown} */ time) => sub(norm(mathml`<mrow><mo lspace="0" rspace="0">∂</mo>${h(mathml`<mi>T</mi>`)}<mo lspace="0" rspace="0" stretchy="false">/</mo><mo lspace="0" rspace="0">∂</mo>${h(time)}</mrow>`), mathml`<mi>F</mi>`);
    const later = frame.data(name)[step];
    return {
      equation: mathml`${whole(now)}<mo>=</mo>${sub(norm(mathml`<mrow>${sub('J', mathml`<mi>T</mi>`)}<mo>⋯</mo>${sub('J', plus)}</mrow>`), mathml`<mi>F</mi>`)}`,
      value: fromLog10(log10),
      rows: later === undefined ? nothing : link('later', math(whole(plus)), ...fromLog10(later), () => kit.explain(of, { later: 1 })),
    };
  }

  /** The gate that keeps the state, by its letter in the series' symbol. @param {string} name @param {number} value @returns {Defined | null} */
  function direct(name, value) {
    const symbol = frame.channel(name)?.symbol.split(' ')[1];
    const gate = info.layout.channels.find((channel) => channel.kind === 'gate' && channel.symbol === symbol)?.name;
    if (!gate) return null;
    const row = frame.row(gate, step);
    const unit = row.indexOf((name === 'largestDirect' ? Math.max : Math.min)(...row));
    const word = name === 'largestDirect' ? 'max' : 'min';
    const of = (/** @type {unknown} */ index) => mathml`${letter(diagram, nodeOf(diagram, gate))}<mo stretchy="false">[</mo>${index}<mo stretchy="false">]</mo>`;
    return {
      equation: mathml`<munder><mo mathvariant="normal">${word}</mo><mi>u</mi></munder><mspace width="0.2em"></mspace>${of(mathml`<mi>u</mi>`)}`,
      value: [value, 0],
      rows: link(`${word}-${unit}`, math(of(mathml`<mn>${unit + 1}</mn>`)), row[unit], 0, () => kit.goTo(gate, { unit, way: 'forward' })),
    };
  }

  /** A timestep's own term in a weight's gradient: what comes back to the sums before the gates, times what they had seen. @param {string} weight @param {number} log10 @returns {Defined} */
  function contribution(weight, log10) {
    const ofInput = weight === 'weightIh';
    const reads = (/** @type {number} */ source) => (ofInput ? diagram.nodes[source].operation === 'input' : diagram.nodes[source].operation === 'previousHidden');
    const delta = sub('δ', now);
    const seen = ofInput ? sub('x', now) : sub(mathml`<mi data-symbol="hidden">h</mi>`, minus);
    const equation = weight === 'bias' ? norm(delta) : mathml`${sub(norm(mathml`<mrow>${delta}<msup>${seen}<mo>⊤</mo></msup></mrow>`), mathml`<mi>F</mi>`)}<mo>=</mo>${norm(delta)}<mspace width="0.2em"></mspace>${norm(seen)}`;
    if (!explanation) return { equation, value: fromLog10(log10), rows: nothing };
    const { now: moment, exponent } = explanation;
    const source = diagram.nodes.findIndex((_, k) => reads(k));
    // One sum for each gate: its deltas, and how long they are together.
    const sums = diagram.nodes.flatMap(({ operation, inputs }, node) => (operation === 'linear' && inputs.some(reads) ? [{ index: node, value: squares(moment.gradients[node]).sum }] : [])).sort((a, b) => b.value - a.value);
    const whole = sums.reduce((sum, term) => sum + term.value, 0);
    return {
      equation,
      value: fromLog10(log10),
      rows: html`${weight === 'bias' ? nothing : plain('seen', math(norm(seen)), Math.sqrt(squares(moment.values[source]).sum))}
        ${plain('delta', math(mathml`${norm(delta)}<mo>=</mo><msqrt><munder><mo largeop="false">∑</mo><mi>a</mi></munder><msup>${norm(gradientInline(mathml`<mi>a</mi>`))}<mn>2</mn></msup></msqrt>`), Math.sqrt(whole), exponent)}
        <li class="operand">${list(sums, 2 * exponent, ({ index, value }) => html`${math(norm(gradientInline(letter(diagram, index))))}${figure(Math.sqrt(value), exponent)}`, (node) => kit.goTo(diagram.nodes[node].name, { way: 'backward' }))}</li>`,
    };
  }

  /** @param {number} log10 @returns {Defined} */
  function inputGradient(log10) {
    const whole = norm(gradientInline(sub('x', now)));
    return { equation: whole, value: fromLog10(log10), rows: link('norm', math(whole), ...fromLog10(log10), () => kit.explain({ kind: 'norm', node: 'x' })) };
  }

  /** The share of the units past a mark. @param {string} channel @param {string} what @param {number} value @returns {Defined} */
  function countOf(channel, what, value) {
    const node = nodeOf(diagram, channel);
    const { sign, counts } = COUNTED[what];
    const row = explanation ? explanation.now.values[node] : frame.row(channel, step);
    const of = mathml`${letter(diagram, node)}<mo stretchy="false">[</mo><mi>u</mi><mo stretchy="false">]</mo>`;
    const size = what === 'Saturated' ? mathml`<mo stretchy="false">|</mo>${of}<mo stretchy="false">|</mo>` : of;
    const set = mathml`<mo stretchy="false">#</mo><mo stretchy="false">{</mo><mi>u</mi><mo>:</mo>${size}${sign}<mo stretchy="false">}</mo>`;
    return {
      equation: mathml`<mfrac><mrow>${set}</mrow><mi>H</mi></mfrac>`,
      value: [value, 0],
      rows: [plain(`${channel}-count`, math(set), Array.from(row).filter(counts).length), plain(`${channel}-H`, math(mathml`<mi>H</mi>`), H)],
    };
  }

  /** @param {string} node */
  function letterOf(node) {
    const { name, symbol } = diagram.nodes[nodeOf(diagram, node)];
    return mathml`<mi data-symbol=${name}>${symbol}</mi>`;
  }
}
