// @ts-check
// What each network answers at the last timestep, and how sure it is: one bar of probabilities a lane: the given answer is
// filled, the right one has an outline and a tick. Each opens how it came about.
import { html, nothing, render } from 'lit/html.js';
import { changes } from './view.js';

/** @typedef {import('./view.js').Frame} Frame */

/** Arrows go from bar to bar. @param {KeyboardEvent} event */
function along(event) {
  const list = /** @type {Element} */ (event.currentTarget);
  const bars = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('li:not(.none) > button')]);
  const at = bars.indexOf(/** @type {HTMLElement} */ (event.target));
  const onwards = getComputedStyle(list).direction === 'rtl' ? -1 : 1;
  const to = /** @type {Record<string, number>} */ ({ ArrowLeft: at - onwards, ArrowRight: at + onwards, Home: 0, End: bars.length - 1 })[event.key];
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  bars[Math.min(bars.length - 1, Math.max(0, to))]?.focus();
}

/** @type {import('./view.js').View} */
export default {
  id: 'outcome',
  accepts: (channel) => channel.kind === 'distribution',
  mount(el, { dispatch, t }) {
    el.classList.add('outcome', 'card');
    const changed = changes();
    return {
      draw({ lanes, derived }, { order }) {
        if (!changed(...order.map((cell) => lanes[cell]?.version), derived.reveal.answer, t.language, order)) return;
        const shown = order.flatMap((cell) => (lanes[cell]?.frame ? [{ cell, frame: /** @type {Frame} */ (lanes[cell].frame) }] : []));
        const frame = shown[0]?.frame;
        if (!frame) return render(nothing, el);
        const target = frame.scalar('exampleTarget');
        const name = (/** @type {Frame} */ own, /** @type {number} */ k) => t.or(`class.${own.info.classes[k]}`, own.info.classes[k] ?? '');
        render(
          html`<header><h2>${t('outcome.title')}</h2><span class="about">${t('outcome.about', { target: name(frame, target) })}</span></header>
            ${shown.map(
              ({ cell, frame: own }) =>
                html`<div class="answers ${derived.reveal.answer ? 'known' : ''}">
                  <span class="who"><i class="lane-mark" data-cell=${cell}></i>${t.lane(cell)}</span>
                  <ul @keydown=${along}>
                    ${own.info.classes.map((_, k) => {
                      const p = own.data('probabilities')[k];
                      const right = k === target;
                      const text = t('outcome.share', { name: name(own, k), share: t.percent(p) });
                      const said = right ? t('outcome.share.right', { share: text }) : text;
                      const open = () => dispatch({ type: 'explain', of: { kind: 'readout', k }, way: 'forward', lane: cell, t: own.info.layout.steps, anew: true });
                      // The longest of a lane's bars is reached by Tab, the others from it by arrows.
                      const given = k === (own.scalar('examplePrediction') || 0);
                      return html`<li data-p=${p} class="${right ? 'target' : ''} ${given ? 'given' : ''}"><button title=${said} aria-label=${said} tabindex=${given ? 0 : -1} @click=${open}>${right ? html`<i>✓</i> ` : nothing}${p > 0.14 ? text : ''}</button></li>`;
                    })}
                  </ul>
                </div>`,
            )}`,
          el,
        );
        for (const bar of /** @type {NodeListOf<HTMLElement>} */ (el.querySelectorAll('[data-p]'))) {
          const share = Number(bar.dataset.p) || 0;
          bar.style.flexGrow = String(share);
          // Thinner than a pixel: not drawn, so that it does not push its neighbours.
          bar.classList.toggle('none', share < 0.004);
        }
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
