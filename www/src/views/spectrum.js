// @ts-check
// What the recurrent weights do by themselves: the eigenvalues of each h→h block.
import { html, nothing, render } from 'lit/html.js';
import { fitCanvas, readTheme } from '../draw/canvas.js';
import { paintPlane } from '../draw/memoryMap.js';
import { changes } from './view.js';

/** Half the width of a plane: the unit circle, its only scale, fills it unless an eigenvalue lies farther out. */
const REACH = [1.2, 1.6, 2.2, 3, 4, 6, 10, 30];

/** @type {import('./view.js').View} */
export default {
  id: 'spectrum',
  accepts: () => false,
  mount(el, { t }) {
    el.classList.add('spectrum');
    el.setAttribute('role', 'region');
    const changed = changes();
    const painted = changes();
    return {
      draw({ lanes }, state) {
        if (state.ui.view !== 'map' || state.ui.mapKind !== 'states') return;
        const shown = state.order.flatMap((cell) => (lanes[cell]?.recurrence ? [{ cell, found: lanes[cell].recurrence }] : []));
        const versions = state.order.map((cell) => lanes[cell]?.mapVersion).join();
        const width = el.clientWidth;
        if (changed(versions, t.language, state.order)) {
          el.setAttribute('aria-label', t('spectrum.region'));
          render(
            shown.length
              ? html`<header><h2>${t('spectrum.title')}</h2><span class="about">${t('spectrum.about')}</span></header>
                  <ul class="planes">
                    ${shown.flatMap(({ cell, found }) =>
                      found.blocks.map((block) => {
                        const figures = { radius: figure(block.radius), max: figure(block.sigmaMax), min: figure(block.sigmaMin) };
                        const gate = block.name === 'hidden' ? t('spectrum.recurrent') : t.or(`channel.${block.name}`, block.name);
                        const name = `${t.lane(cell)} ${gate}`;
                        return html`<li>
                          <span class="plane-name"><i class="lane-mark" data-cell=${cell}></i>${name}</span>
                          <canvas role="img" aria-label=${t('spectrum.plane', { name, count: t.number(block.eigenvalues.length), ...figures })}></canvas>
                          <span class="plane-figures" title=${t('spectrum.figures.title')}><b>${t('spectrum.radius', figures)}</b> <span>${t('spectrum.sigma', figures)}</span></span>
                        </li>`;
                      }),
                    )}
                  </ul>`
              : nothing,
            el,
          );
        }
        if (!shown.length || !painted(versions, t.language, state.ui.theme, state.present.ground, state.present.scale, width)) return;
        const theme = readTheme(el);
        const planes = /** @type {NodeListOf<HTMLCanvasElement>} */ (el.querySelectorAll('.planes canvas'));
        shown
          .flatMap(({ cell, found }) => found.blocks.map(({ eigenvalues, radius }) => ({ cell, eigenvalues, radius })))
          .forEach(({ cell, eigenvalues, radius }, k) => {
            const size = planes[k].clientWidth;
            const g = fitCanvas(planes[k], size, size);
            if (g) paintPlane(g, size, eigenvalues, REACH.find((limit) => !(radius * 1.04 > limit)) ?? radius, theme.lane(cell), theme);
          });
      },
      dispose: () => el.replaceChildren(),
    };

    /** @param {number} value */
    function figure(value) {
      return Number.isFinite(value) ? t.factor(value) : t('value.notFinite');
    }
  },
};
