// @ts-check
// How the weights of each parameter are distributed: counted in the core, each over the smallest power of two that holds them.
import { html, render } from 'lit/html.js';
import { fitCanvas, readTheme } from '../draw/canvas.js';
import { paintHistogram } from '../draw/histogram.js';
import { shortName } from '../draw/parameters.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** @type {import('./view.js').View} */
export default {
  id: 'weights',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('weights');
    el.setAttribute('role', 'region');
    const table = tableOf(el, 'weights', { dispatch, t });
    const changed = changes();
    const painted = changes();
    return {
      draw({ lanes, derived }, state) {
        if (state.ui.view !== 'training') return table.hide();
        const shown = state.order.flatMap((cell) => (lanes[cell]?.weights ? [{ cell, found: lanes[cell].weights }] : []));
        const all = shown.map(({ found }) => found);
        if (changed(t.language, state.order, ...all)) {
          el.setAttribute('aria-label', t.landmark('weights.region'));
          render(
            html`<header><h2>${t('weights.title')}</h2><span class="about">${t('weights.about')}</span>${table.button()}</header>
              ${shown.map(
                ({ cell, found }) =>
                  html`<div class="weights-lane">
                    <h3><i class="lane-mark" data-cell=${cell}></i>${t.lane(cell)}<span class="about">${t('weights.step', { step: t.number(found.step) })}</span></h3>
                    <ul>
                      ${found.histograms.map(({ name, limit, mean, deviation }) => {
                        const parts = { name: shortName(name), limit: t.short(limit), mean: t.factor(mean), deviation: t.magnitude(Math.log10(deviation)) };
                        return html`<li>
                          <code>${parts.name}</code>
                          <canvas role="img" aria-label=${t('weights.label', parts)} title=${t('weights.label', parts)}></canvas>
                          <span class="about">±${parts.limit}</span>
                        </li>`;
                      })}
                    </ul>
                  </div>`,
              )}`,
            el,
          );
        }
        table.draw(state, [derived.training, state.order, ...shown.map(({ found }) => found.step)], ({ columnNumbers }) => {
          const columns = shown.flatMap(({ cell, found }) =>
            found.histograms.map(({ name, limit, counts }) => ({ label: t('weights.table.column', { cell: t.lane(cell), name: shortName(name), limit: t.short(limit) }), values: counts, form: /** @type {const} */ ('setting') })),
          );
          const rows = Array.from({ length: Math.max(0, ...columns.map(({ values }) => values.length)) }, (_, k) => t.number(k + 1));
          return columnNumbers(t, { title: t('weights.title'), about: t('weights.table.about'), head: t('weights.table.bin'), rows, now: -1, columns });
        });
        const canvases = /** @type {NodeListOf<HTMLCanvasElement>} */ (el.querySelectorAll('canvas'));
        if (!canvases.length || !painted(state.ui.theme, el.clientWidth, ...all)) return;
        const theme = readTheme(el);
        shown
          .flatMap(({ cell, found }) => found.histograms.map(({ counts }) => ({ cell, counts })))
          .forEach(({ cell, counts }, k) => {
            const { clientWidth, clientHeight } = canvases[k];
            const g = fitCanvas(canvases[k], clientWidth, clientHeight);
            if (g) paintHistogram(g, { width: clientWidth, height: clientHeight, counts, ink: theme.lane(cell), theme });
          });
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
