// @ts-check
// What happens at the playhead: the chosen cell's equations, each with the number it has just now.
import { html, nothing, render } from 'lit/html.js';
import { css, colourOf, isHeatKind } from '../draw/colour.js';
import { formulasOf } from '../draw/formulas.js';
import { meanOf } from '../draw/gradient.js';
import { changes } from './view.js';

/** @type {import('./view.js').View} */
export default {
  id: 'moment',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('moment', 'card');
    const changed = changes();
    return {
      draw({ lanes }, state) {
        const { ui, player, order } = state;
        const data = lanes[ui.lane];
        if (!changed(data?.version, player.t, player.phase, ui.lane, ui.unit, t.language, order)) return;
        const frame = data?.frame;
        const step = Math.min(player.t, frame?.info.layout.steps ?? 1);
        render(
          html`<header>
              <h2>
                ${t('moment.title', { t: t.number(step) })}
                <span class="about">${
                  ui.unit === null
                    ? t('moment.mean', { count: t.number(frame?.info.layout.hiddenSize ?? 0) })
                    : html`${t('moment.unit', { unit: t.number(ui.unit + 1) })} <button class="link" @click=${() => dispatch({ type: 'unit', unit: null })}>${t('moment.release')}</button>`
                }</span>
              </h2>
              <div class="tabs" role="group" aria-label=${t('moment.lane')}>
                ${order.map(
                  (cell) =>
                    html`<button aria-pressed=${cell === ui.lane} @click=${() => dispatch({ type: 'ui', change: { lane: cell } })}>${t(`cell.${cell}`)}</button>`,
                )}
              </div>
            </header>
            ${frame ? html`${lines(frame, 'forward')} ${lines(frame, 'backward')}` : nothing}`,
          el,
        );
        paintSwatches();
        /** @param {import('./view.js').Frame} shown @param {'forward' | 'backward'} way */
        function lines(shown, way) {
          return html`<dl class="formulas ${way}">
            ${formulasOf(ui.lane, way).map(({ channel, math }) => {
              const about = shown.channel(channel);
              if (!about || !isHeatKind(about.kind)) return nothing;
              const row = shown.row(channel, step);
              const gradient = about.kind === 'gradient';
              const norm = shown.data(`${channel}Log10`);
              const signed = about.kind === 'signed' || about.kind === 'state';
              const value = ui.unit !== null ? row[ui.unit] : gradient ? norm[step - 1] : meanOf(row, signed);
              const end = Number.isFinite(norm[norm.length - 1]) ? norm[norm.length - 1] : 0;
              return html`<div>
                <dt>${math}</dt>
                <dd>
                  ${signed && ui.unit === null ? html`<span class="abs">|·|</span>` : nothing}${gradient ? t.magnitude(value) : t.reading(value)}<i
                    class="swatch"
                    data-colour=${css(colourOf(about.kind, value, end))}
                  ></i>
                </dd>
              </div>`;
            })}
          </dl>`;
        }
      },
      dispose: () => el.replaceChildren(),
    };

    // Through CSSOM: the CSP allows no style attributes.
    function paintSwatches() {
      for (const swatch of /** @type {NodeListOf<HTMLElement>} */ (el.querySelectorAll('[data-colour]'))) {
        swatch.style.backgroundColor = swatch.dataset.colour ?? '';
      }
    }
  },
};
