// @ts-check
// The norm of a gradient at a timestep: a bar or point of the chart, a tile of the horizon. Its components, the largest first,
// each the gradient of one unit.
import { html, mathml, nothing } from 'lit/html.js';
import { exact, nodeOf, squares } from '../../draw/terms.js';
import { gradientOf, quantity } from '../symbols.js';

/** Channel with the logarithm of the norm, by the node whose gradient it is of. @type {Record<string, string>} */
export const NORMS = { hidden: 'hiddenGradientLog10', cellState: 'cellGradientLog10', x: 'inputGradientLog10' };

/** ‖of‖ @param {import('../symbols.js').Math} of @returns {import('../symbols.js').Math} */
export const norm = (of) => mathml`<mrow><mo stretchy="true" fence="true">‖</mo>${of}<mo stretchy="true" fence="true">‖</mo></mrow>`;

/** `{ kind: 'norm', node: its name }` @type {import('./panel.js').Kind} */
export function normOf(kit) {
  const { t, copied, figure, math, link, list } = kit;
  const { lane, of, step, frame, explanation } = kit.shown;
  const { diagram } = frame.info;
  const node = nodeOf(diagram, of.node);
  if (node < 0) return null;
  const log10 = frame.data(NORMS[of.node])[step - 1] ?? Number.NaN;
  const gradient = () => gradientOf(quantity(diagram, node));
  const component = (/** @type {unknown} */ index) => mathml`<mrow>${gradient()}<mo stretchy="false">[</mo>${index}<mo stretchy="false">]</mo></mrow>`;

  const squared = () => mathml`<msup><mrow><mo stretchy="true" fence="true">(</mo>${component(mathml`<mi>u</mi>`)}<mo stretchy="true" fence="true">)</mo></mrow><mn>2</mn></msup>`;

  return {
    title: t('formula.norm', { name: t.or(`node.${of.node}`, t.or(`channel.${of.node}`, of.node)) }),
    where: t('formula.norm.where', { cell: t.lane(lane), t: t.number(step) }),
    plain: `‖∂L/∂${diagram.nodes[node].symbol}‖`,
    forward: null,
    backward,
  };

  function backward() {
    const exponent = explanation?.exponent ?? 0;
    const { terms, sum } = squares(explanation?.now.gradients[node] ?? []);
    copied.push(`= ${exact(Math.sqrt(sum), exponent)}`, ...terms.map(({ index, root }) => `[${index + 1}] = ${exact(root, exponent)}`));
    // The input has features instead of units: no panel leads there.
    const target = diagram.nodes[node].operation === 'input' ? null : (/** @type {number} */ unit) => kit.goTo(of.node, { unit, way: 'backward' });
    return html`<div class="equation">
        ${math(mathml`${norm(gradient())}<mo>=</mo><msqrt><munder><mo largeop="false">∑</mo><mi>u</mi></munder>${squared()}</msqrt>`, true)}
        ${explanation ? math(mathml`<mo>=</mo><msqrt><mn>${t.figure(sum, 2 * exponent)}</mn></msqrt>`, true) : nothing}
        <p class="result">= ${explanation ? figure(Math.sqrt(sum), exponent) : html`<output>${t.magnitude(log10)}</output>`}</p>
      </div>
      <ul class="operands">
        <li class="operand plain" data-key="log10">${math(mathml`<msub><mi mathvariant="normal">log</mi><mn>10</mn></msub><mspace width="0.15em"></mspace>${norm(gradient())}`)}${figure(log10)}</li>
        ${explanation
          ? html`${link('sum', math(mathml`<munder><mo largeop="false">∑</mo><mi>u</mi></munder>${squared()}`), sum, 2 * exponent, null)}
              <li class="operand">${list(terms, 2 * exponent, ({ index, root, value }) => html`<span class="factors">(${figure(root, exponent)})²</span>${math(component(mathml`<mn>${index + 1}</mn>`))}${figure(value, 2 * exponent)}`, target)}</li>`
          : nothing}
      </ul>`;
  }
}
