// @ts-check
// How much more one lane keeps of a state than another: an entry of two memory maps, divided. Its later end is the playhead; each
// lane's own entry opens its chain.
import { html, mathml, nothing } from 'lit/html.js';
import { entryOf } from '../../draw/memoryMap.js';
import { exact } from '../../draw/terms.js';
import { icon } from '../icons.js';
import { number } from '../symbols.js';
import { norm } from './norm.js';
import { h, log, overInline } from './notation.js';

/** `{ kind: 'ratio', s: the earlier timestep }` of the outermost lanes' maps @type {import('./panel.js').Kind} */
export function ratio(kit) {
  const { t, copied, figure, math, pressable, link, fromLog10 } = kit;
  const { of, step, frame, lanes, order } = kit.shown;
  const { s } = of;
  const { steps } = frame.info.layout;
  if (!(s >= 1 && s <= steps) || order.length < 2) return null;
  const sides = [order[0], order[order.length - 1]].map((lane) => {
    const map = lanes[lane]?.map ?? null;
    return { lane, name: t.lane(lane), map, log10: entryOf(map, steps, step, s) ?? Number.NaN };
  });
  const [above, below] = sides;
  const names = { a: above.name, b: below.name };
  const title = t('map.difference', names);
  /** What a lane keeps, with its name. @param {string} name */
  const kept = (name) => mathml`<msubsup>${norm(overInline(h(mathml`<mi>t</mi>`), h(mathml`<mi>s</mi>`)))}<mi>F</mi><mtext>${name}</mtext></msubsup>`;

  return {
    title,
    who: title,
    where: t('formula.ratio.where', { t: t.number(step), s: t.number(s) }),
    plain: `|h_t/h_s| s=${s}`,
    forward: null,
    backward: s > step ? () => html`<p class="hint">${t('formula.chain.later')}</p>` : backward,
  };

  function backward() {
    const log10 = above.log10 - below.log10;
    const [value, scale] = fromLog10(log10);
    const known = !Number.isNaN(log10);
    const put = (/** @type {{ log10: number }} */ side) => number(t.figure(...fromLog10(side.log10)));
    copied.push(`= ${exact(value, scale)}`, ...sides.map((side) => `${side.name} = ${exact(...fromLog10(side.log10))}`));
    return html`<div class="equation">
        <div class="sum">
          ${math(mathml`<mfrac>${sides.map((side) => pressable(side.lane, kept(side.name)))}</mfrac>`, true)}
          ${sides.every((side) => !Number.isNaN(side.log10)) ? math(mathml`<mo>=</mo><mfrac>${sides.map(put)}</mfrac>`, true) : nothing}
        </div>
        <p class="result">= ${known ? figure(value, scale) : html`<output>${t('value.none')}</output>`}</p>
      </div>
      <ul class="operands">
        ${Number.isFinite(log10) ? link('log10', math(mathml`${log}<mo stretchy="false">(</mo><mtext>${title}</mtext><mo stretchy="false">)</mo>`), log10, 0, null) : nothing}
        ${sides.map(({ lane, name, map, log10: own }) => html`<li class="operand" data-key=${lane}>
          <button @click=${() => kit.explain({ kind: 'chain', s }, { lane })}>
            <span>${math(kept(name))} <span class="about">${map && !Number.isNaN(own) ? t(`map.${map.method}`, { step: t.number(map.step) }) : t('map.none')}</span></span>
            ${Number.isNaN(own) ? nothing : figure(...fromLog10(own))}<span class="fold">${icon('next')}</span>
          </button>
        </li>`)}
      </ul>
      ${hints().map((hint) => html`<p class="hint">${hint}</p>`)}`;
  }

  /** What there is to say of the two numbers. */
  function hints() {
    const zero = sides.filter((side) => side.log10 === -Infinity);
    const [first, second] = sides.map(({ map }) => map);
    return [
      t('formula.ratio.about', names),
      zero.length === 2 ? t('formula.ratio.zeros') : zero.length ? t(zero[0] === below ? 'formula.ratio.infinite' : 'formula.ratio.zero', names) : '',
      first && second && first.step !== second.step ? t('formula.ratio.steps', { ...names, stepA: t.number(first.step), stepB: t.number(second.step) }) : '',
      sides.some(({ map }) => map?.method === 'estimate') ? t('formula.ratio.estimate') : '',
    ].filter(Boolean);
  }
}
