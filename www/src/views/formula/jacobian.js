// @ts-check
// What one timestep stretches most: ‖J_t‖ = uᵀJ_t v, each component of J_t v as a row of J_t times v, and each entry of J_t by its
// ways through the cell.
import { html, mathml, nothing } from 'lit/html.js';
import { isMixed, statesOf, walked } from '../../draw/jacobian.js';
import { decodeStretch } from '../../draw/stretch.js';
import { exact, leavesOf, products } from '../../draw/terms.js';
import { letters, quantity, written } from '../symbols.js';
import { norm } from './norm.js';
import { over } from './notation.js';
import { at, endMath, wayPieces } from './ways.js';

/** @typedef {import('../symbols.js').Math} Math */
/** @typedef {import('./kit.js').Kit} Kit */
/** @typedef {import('../../draw/jacobian.js').Walked} Walked */

const J = mathml`<msub><mi>J</mi><mi>t</mi></msub>`;
const U = mathml`<mi>u</mi>`;
const V = mathml`<mi>v</mi>`;
const image = mathml`<mrow>${J}<mspace width="0.1em"></mspace>${V}</mrow>`;
const dot = mathml`<mspace width="0.1em"></mspace><mo lspace="0" rspace="0">·</mo><mspace width="0.1em"></mspace>`;
const sumOver = (/** @type {string} */ letter) => mathml`<munder><mo largeop="false">∑</mo><mi>${letter}</mi></munder>`;
const bracket = (/** @type {unknown} */ of) => mathml`<mrow><mo stretchy="false">(</mo>${of}<mo stretchy="false">)</mo></mrow>`;

/** The components of a lane's states, h first, then c, by their names; and what was read of J_t. @param {Kit} kit */
function partsOf(kit) {
  const { frame, explanation } = kit.shown;
  const { diagram, layout } = frame.info;
  const H = layout.hiddenSize;
  const states = statesOf(diagram);
  const stateOf = (/** @type {number} */ k) => states[Math.floor(k / H)];
  const symbol = (/** @type {number} */ k) => diagram.nodes[stateOf(k).after].symbol;
  const read = decodeStretch(kit.more);
  return {
    diagram,
    H,
    states,
    stateOf,
    // A frame of another training step is on its way.
    found: explanation && read?.step === explanation.step ? read : null,
    after: (/** @type {number} */ k) => at(quantity(diagram, stateOf(k).after), k % H),
    before: (/** @type {number} */ k) => at(quantity(diagram, stateOf(k).before), k % H),
    name: (/** @type {number} */ k) => `${symbol(k)}[${(k % H) + 1}]`,
    /** All states at a time, for a text. @param {string} time */
    whole(time) {
      const all = states.map(({ after }) => `${diagram.nodes[after].symbol}${time}`);
      return all.length > 1 ? `(${all.join(', ')})` : all[0];
    },
    /** A vector's component; with two states it has a part for each. @param {Math} of @param {number} k @param {number | string} unit */
    component: (of, k, unit) => at(states.length > 1 ? mathml`<msub>${of}<mi mathvariant="normal">${symbol(k)}</mi></msub>` : of, unit),
  };
}

/** ‖J_t‖ of the chart along t. @param {Kit} kit @param {number} log10 what the chart has, which is no more than it @returns {import('./series.js').Defined} */
export function jacobianNorm(kit, log10) {
  const { t, copied, figure, math, termList, fromLog10 } = kit;
  const { diagram, H, states, found, after, name, whole } = partsOf(kit);
  const chart = fromLog10(log10);
  const sigma = found?.sigma ?? Number.NaN;
  const state = (/** @type {'after' | 'before'} */ time) => {
    const all = states.map((one, k) => mathml`${k ? mathml`<mo>,</mo>` : nothing}${quantity(diagram, one[time])}`);
    return all.length > 1 ? bracket(all) : mathml`${all}`;
  };
  const terms = found && sigma > 0 ? products(found.left.length, (k) => found.left[k], (k) => sigma * found.left[k]).terms : null;
  copied.push(`‖J_t‖ = ${exact(sigma)}`, ...(terms ?? []).toSorted((a, b) => a.index - b.index).map(({ index, weight, factor }) => `u[${name(index)}] = ${exact(weight)}, (J v)[${name(index)}] = ${exact(factor)}, v[${name(index)}] = ${exact(found?.right[index] ?? 0)}`));
  return {
    equation: mathml`${norm(J)}<mo>=</mo><msub><mi>σ</mi><mi mathvariant="normal">max</mi></msub><mo>(</mo>${over(state('after'), state('before'))}<mo>)</mo>`,
    more: math(mathml`<mo>=</mo><msup>${U}<mo>⊤</mo></msup>${image}<mo>=</mo>${sumOver('i')}${at(U, 'i')}${dot}${at(bracket(image), 'i')}`, true),
    value: found ? [sigma, 0] : chart,
    least: !found,
    rows: html`<li class="operand plain" data-key="chart"><span>${t('formula.jacobian.chart')} <span class="about">${t('formula.jacobian.chart.about')}</span></span>${figure(...chart)}</li>
      ${terms
        ? html`<li class="operand" data-key="stretch">${termList(terms, 0, { factor: after, target: (row) => kit.explain({ kind: 'jacobian', row }, { unit: row % H }) })}</li>
            <li class="hint">${t('formula.jacobian.directions', { before: whole('ₜ₋₁'), after: whole('ₜ') })}</li>`
        : nothing}
      ${sigma === 0 ? html`<li class="hint">${t('formula.jacobian.zero', { before: whole('ₜ₋₁') })}</li>` : nothing}`,
  };
}

/** `{ kind: 'jacobian', row, column }`: a component of J_t v by the state's number, h first, then c, or with a column an entry of J_t @type {import('./panel.js').Kind} */
export function jacobian(kit) {
  const { t, copied, figure, math, row: fold, link, termList } = kit;
  const { lane, of, step, explanation } = kit.shown;
  const { diagram, H, states, stateOf, found, after, before, name, component } = partsOf(kit);
  const { row, column } = of;
  const n = states.length * H;
  if (!(row >= 0 && row < n) || column >= n) return null;
  const unit = row % H;
  const entry = (/** @type {number} */ k) => kit.explain({ kind: 'jacobian', row, column: k }, { unit });
  const result = (/** @type {number} */ value) => html`<p class="result">= ${found ? figure(value) : html`<output></output>`}</p>`;

  if (column === undefined) {
    return {
      title: t('formula.jacobian'),
      where: t('formula.where', { cell: t.lane(lane), t: t.number(step), unit: name(row) }),
      plain: `(J v)[${name(row)}]`,
      forward: null,
      backward: componentTerms,
    };
  }
  return {
    title: t('formula.jacobian.entry'),
    where: t('formula.jacobian.where', { cell: t.lane(lane), t: t.number(step), row: name(row), column: name(column) }),
    plain: `J[${name(row)}, ${name(column)}]`,
    forward: null,
    backward: entryWays,
  };

  /** A row of J_t times v. What acts on its own unit only has no terms elsewhere. */
  function componentTerms() {
    const { terms, sum } = products(n, (k) => found?.row[k] ?? 0, (k) => found?.right[k] ?? 0);
    const own = terms.filter(({ index }) => isMixed(diagram, stateOf(index).before) || index % H === unit);
    copied.push(`= ${exact(found ? sum : Number.NaN)}`, ...own.map(({ index, weight, factor }) => `J[${name(row)}, ${name(index)}] = ${exact(weight)}, v[${name(index)}] = ${exact(factor)}`));
    const parts = states.map((state, k) => {
      const mixed = isMixed(diagram, state.before);
      const where = mixed ? 'j' : unit;
      return mathml`${mixed ? sumOver('j') : nothing}${over(after(row), at(quantity(diagram, state.before), where))}${dot}${component(V, k * H, where)}`;
    });
    return html`<div class="equation">
        <div class="sum">${math(mathml`${component(bracket(image), row, unit)}<mo>=</mo>`, true)}${parts.map((part, k) => math(mathml`${k ? mathml`<mo>+</mo>` : nothing}${part}`, true))}</div>
        ${result(sum)}
      </div>
      <ul class="operands">
        ${found ? html`<li class="operand">${termList(own, 0, { factor: before, target: entry })}</li>` : nothing}
      </ul>`;
  }

  /** An entry of J_t as the sum of its ways. */
  function entryWays() {
    const [{ after: node }, { before: source }] = [stateOf(row), stateOf(column)];
    const ways = explanation ? walked(diagram, explanation, node, source, column % H) : [];
    const value = found?.row[column] ?? Number.NaN;
    // The core says what the way from a state straight to itself counts: where it is cut (surgery), nothing.
    const far = value - ways.reduce((sum, way) => sum + way.value, 0);
    const cut = Math.abs(far) > 1e-9 * Math.max(...ways.map((way) => Math.abs(way.value)));
    const counts = (/** @type {Walked} */ { way, value: whole }) => (cut && way.weights === null ? 0 : whole);
    copied.push(`= ${exact(value)}`, ...ways.map((way, k) => `way ${k + 1} = ${exact(counts(way))}`));
    const units = /** @type {[number, number]} */ ([unit, column % H]);
    const wayOf = (/** @type {Walked} */ { way }, plus = false) => wayPieces(diagram, way, source, plus, units).map((piece) => math(piece));
    return html`<div class="equation">
        <div class="sum ways">${math(mathml`${over(after(row), before(column))}<mo>=</mo>`, true)}${ways.length ? wayOf(ways[0]) : nothing}</div>
        ${ways.slice(1).map((way) => html`<div class="sum ways">${wayOf(way, true)}</div>`)}
        ${result(value)}
      </div>
      <ul class="operands">
        ${found
          ? html`${ways.length > 1 ? ways.map((way, k) => fold(`way-${k}`, html`<span class="sum ways">${wayOf(way)}</span>`, counts(way), 0, () => html`<ul class="terms">${factorsOf(way)}</ul>`)) : ways.map(factorsOf)}
              ${cut ? html`<li class="hint">${t('formula.held')}</li>` : nothing}`
          : nothing}
      </ul>`;
  }

  /** What a way multiplies: derivatives of operations, then weights, or how another state after depends on the one before. @param {Walked} walked */
  function factorsOf({ way, factors, end }) {
    const source = stateOf(column).before;
    const times = (/** @type {number} */ k, /** @type {unknown} */ of) => math(mathml`${k ? mathml`<mo>×</mo>` : nothing}${of}`);
    const { weights, through } = way;
    const units = /** @type {[number, number]} */ ([unit, column % H]);
    const ended = weights !== null ? () => kit.goTo(diagram.nodes[weights].name, { unit, way: 'forward' }) : through !== null ? () => kit.explain({ kind: 'jacobian', row: states.findIndex((state) => state.after === through) * H + unit, column }, { unit }) : null;
    return [
      ...factors.map((value, k) => link(`factor-${k}`, times(k, written(way.factors[k], (leaf) => letters(diagram, leaf), 2)), value, 0, leadTo(way.factors[k]))),
      ended ? link('end', times(factors.length, endMath(diagram, way, source, units)), end, 0, ended) : nothing,
      way.negative ? html`<li class="operand plain" data-key="sign">${times(1, nothing)}${figure(-1)}</li>` : nothing,
    ];
  }

  /** Where a factor leads: to what it is made of; there is no timestep before the first. @param {import('../../draw/terms.js').Expression} factor */
  function leadTo(factor) {
    const [leaf] = leavesOf(factor);
    const { carries, name: node } = diagram.nodes[leaf.node];
    if (carries === null) return () => kit.goTo(node, { unit, way: 'forward' });
    return step === 1 ? null : () => kit.goTo(diagram.nodes[carries].name, { later: -1, unit, way: 'forward' });
  }
}
