// @ts-check
// What clipping does to the gradient of each parameter in the last step. The run's curve is in the training view.
import { html, nothing, render } from 'lit/html.js';
import { shortName } from '../draw/parameters.js';
import { changes } from './view.js';

/** Limits of the axis, log10: the same in every step and lane. */
const [FLOOR, CEILING] = [-6, 2];

/** Where a norm lies on the axis, 0..1. @param {number} norm */
const share = (norm) => (norm > 0 ? Math.min(1, Math.max(0, (Math.log10(norm) - FLOOR) / (CEILING - FLOOR))) : 0);

/** @type {import('./view.js').View} */
export default {
  id: 'clipping',
  accepts: (channel) => channel.kind === 'parameterNorms',
  mount(el, { t }) {
    el.classList.add('clipping', 'card');
    const details = el.appendChild(document.createElement('details'));
    const summary = details.appendChild(document.createElement('summary'));
    const bars = details.appendChild(document.createElement('div'));
    const words = changes();
    return {
      draw({ lanes }, state) {
        const { order } = state;
        const versions = order.map((cell) => lanes[cell]?.version).join();
        const limits = order.map((cell) => state.lanes[cell].info?.experiment.clip ?? null);
        if (!words(t.language, details.open, details.open && versions, order, limits.join())) return;
        const said = [...new Set(limits)].map((limit) => (limit === null ? t('run.off') : t.short(limit)));
        summary.textContent = limits.every((limit) => limit === null) ? t('clipping.off') : t('clipping.on', { threshold: said.join(' / ') });
        render(details.open ? order.map(lane) : nothing, bars);
        // Through CSSOM: the CSP allows no style attributes.
        for (const bar of /** @type {NodeListOf<HTMLElement>} */ (bars.querySelectorAll('[data-share]'))) bar.style.width = `${100 * Number(bar.dataset.share)}%`;

        /** @param {string} cell */
        function lane(cell) {
          const frame = lanes[cell]?.frame;
          if (!frame) return nothing;
          const norms = frame.data('parameterNorms');
          const row = (/** @type {string} */ name, /** @type {number} */ before, /** @type {number} */ after, /** @type {string} */ kind) =>
            html`<div class="norm ${kind}">
              <dt>${name}</dt>
              <dd><i class="rail"><i data-share=${share(before)}></i><i class="after" data-share=${share(after)}></i></i><span>${say(before)}${after < before ? html` → ${say(after)}` : nothing}</span></dd>
            </div>`;
          return html`<h3><i class="lane-mark" data-cell=${cell}></i>${t('clipping.lane', { cell: t.lane(cell), step: t.number(frame.scalar('step')) })}</h3>
            <dl data-cell=${cell}>
              ${row(t('clipping.all'), frame.scalar('gradientNorm'), frame.scalar('clippedNorm'), 'all')}
              ${frame.info.layout.parameters.map((name, k) => row(shortName(name), norms[2 * k], norms[2 * k + 1], ''))}
            </dl>`;
        }
      },
      dispose: () => el.replaceChildren(),
    };

    /** @param {number} norm */
    function say(norm) {
      return Number.isNaN(norm) ? t('value.none') : t.magnitude(Math.log10(norm));
    }
  },
};
