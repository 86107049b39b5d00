// @ts-check
// A bar of a weights' histogram: how many of a parameter's weights lie between its ends, and which.
import { html, mathml } from 'lit/html.js';
import { shortName } from '../../draw/parameters.js';
import { exact } from '../../draw/terms.js';
import { decodeWeights } from '../../draw/weightsIn.js';

/** `{ kind: 'weights', parameter: its full name, index: which of the network's it is, limit, bin }`: of the bars of ± limit the bin-th, from 0 @type {import('./panel.js').Kind} */
export function weights(kit) {
  const { t, copied, figure, math, list } = kit;
  const { lane, of, frame } = kit.shown;
  const { diagram, layout } = frame.info;
  const name = shortName(of.parameter);
  const found = decodeWeights(kit.more);

  return {
    title: t('formula.weights', { name }),
    where: found ? t('formula.weights.where', { cell: t.lane(lane), step: t.number(found.step) }) : t.lane(lane),
    plain: `#${name}`,
    forward: null,
    backward,
  };

  function backward() {
    const last = found?.to === of.limit;
    const set = mathml`<mrow><mo stretchy="false">#</mo><mo stretchy="false">{</mo><mi>w</mi><mo>∈</mo><mtext>${name}</mtext><mo>:</mo><mi>a</mi><mo>≤</mo><mi>w</mi><mo>${last ? '≤' : '<'}</mo><mi>b</mi><mo stretchy="false">}</mo></mrow>`;
    copied.push(`= ${found?.count}`, `a = ${exact(found?.from ?? Number.NaN)}`, `b = ${exact(found?.to ?? Number.NaN)}`, ...(found?.listed ?? []).map(({ row, column, value }) => `${name}[${place(row, column)}] = ${exact(value)}`));
    const plain = (/** @type {string} */ key, /** @type {unknown} */ label, /** @type {number} */ value) => html`<li class="operand plain" data-key=${key}>${label}${figure(value)}</li>`;
    if (!found) return html`<div class="equation">${math(set, true)}<p class="result">= <output></output></p></div>`;
    const beyond = found.count - found.listed.length;
    return html`<div class="equation">${math(set, true)}
        <p class="result">= ${figure(found.count)}</p>
      </div>
      <ul class="operands">
        ${plain('from', math(mathml`<mi>a</mi>`), found.from)} ${plain('to', math(mathml`<mi>b</mi>`), found.to)}
        ${plain('all', t('formula.weights.all', { name }), found.all)}
        ${plain('share', t('formula.weights.share'), found.count / found.all)}
        <li class="operand">${list(
          found.listed,
          0,
          ({ row, column, value }) => html`<code>${name}[${place(row, column)}]</code>${figure(value)}`,
          gate(0) ? (index) => open(found.listed[index]) : null,
          { all: 'formula.weights.list', rest: (count) => html`<span>${t('formula.weights.rest', { count: t.number(count + beyond) })}</span>` },
        )}</li>
        ${beyond ? html`<li class="hint">${t('formula.weights.beyond', { count: t.number(beyond) })}</li>` : ''}
      </ul>`;
  }

  /** Row and column as PyTorch counts them; a bias has no column. @param {number} row @param {number} column */
  function place(row, column) {
    return /bias/.test(name) ? String(row) : `${row}, ${column}`;
  }

  /** The sum that a row of the shown layer's weights is in. @param {number} row */
  function gate(row) {
    const which = diagram.weights.indexOf(of.parameter);
    if (which < 0) return null;
    const kind = which % 2 ? 'previousHidden' : 'input';
    return diagram.nodes.find(({ operation, block, inputs }) => operation === 'linear' && block === Math.floor(row / layout.hiddenSize) && inputs.some((source) => diagram.nodes[source].operation === kind)) ?? null;
  }

  /** @param {import('../../draw/weightsIn.js').Weight} weight */
  function open({ row }) {
    const node = gate(row);
    if (node) kit.goTo(node.name, { unit: row % layout.hiddenSize, way: 'forward' });
  }
}
