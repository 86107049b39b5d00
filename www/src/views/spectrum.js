// @ts-check
// What the recurrent weights do by themselves: the eigenvalues of each h→h block.
import { html, nothing, render } from 'lit/html.js';
import { fitCanvas, readTheme } from '../draw/canvas.js';
import { paintPlane } from '../draw/memoryMap.js';
import { stepsOf } from './spectrumStep.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** Half the width of a plane: the unit circle, its only scale, fills it unless an eigenvalue lies farther out. */
const REACH = [1.2, 1.6, 2.2, 3, 4, 6, 10, 30];

/** @type {import('./view.js').View} */
export default {
  id: 'spectrum',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('spectrum');
    el.setAttribute('role', 'region');
    const table = tableOf(el, 'spectrum', { dispatch, t });
    const changed = changes();
    const painted = changes();
    return {
      draw({ lanes }, state) {
        if (state.ui.view !== 'map' || state.ui.mapKind !== 'states') return table.hide();
        const shown = state.order.flatMap((cell) => (lanes[cell]?.recurrence ? [{ cell, found: lanes[cell].recurrence }] : []));
        const versions = state.order.map((cell) => lanes[cell]?.mapVersion).join();
        const width = el.clientWidth;
        if (changed(versions, t.language, state.order)) {
          el.setAttribute('aria-label', t.landmark('spectrum.region'));
          render(
            shown.length
              ? html`<header><h2>${t('spectrum.title')}</h2><span class="about">${t('spectrum.about')} · ${stepsOf(shown, t)}</span>${table.button()}</header>
                  <ul class="planes">
                    ${shown.flatMap(({ cell, found }) =>
                      found.blocks.map((block) => {
                        const figures = { radius: figure(block.radius), max: figure(block.sigmaMax), min: figure(block.sigmaMin) };
                        const name = nameOf(cell, block);
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
        table.draw(state, [versions, state.order], ({ columnNumbers }) => numbersOf(columnNumbers, shown));
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

    /** @param {string} cell @param {{ name: string }} block */
    function nameOf(cell, { name }) {
      return t('spectrum.name', { cell: t.lane(cell), gate: name === 'hidden' ? t('spectrum.recurrent') : t.or(`channel.${name}`, name) });
    }

    /** Real and imaginary part of every eigenvalue, and how large it is. @param {typeof import('./table.js').columnNumbers} columnNumbers @param {{ cell: string, found: import('../engine/protocol.js').Recurrence }[]} shown */
    function numbersOf(columnNumbers, shown) {
      const blocks = shown.flatMap(({ cell, found }) => found.blocks.map((block) => ({ name: nameOf(cell, block), values: block.eigenvalues })));
      const column = (/** @type {string} */ label, /** @type {number[]} */ values) => ({ label, values, form: /** @type {const} */ ('linear') });
      return columnNumbers(t, {
        title: t('spectrum.title'),
        about: t('spectrum.table.about'),
        head: 'k',
        rows: Array.from({ length: Math.max(0, ...blocks.map(({ values }) => values.length)) }, (_, k) => String(k + 1)),
        now: -1,
        columns: blocks.flatMap(({ name, values }) => [
          column(`${name} Re`, values.map(([re]) => re)),
          column(`${name} Im`, values.map(([, im]) => im)),
          column(`${name} |λ|`, values.map(([re, im]) => Math.hypot(re, im))),
        ]),
      });
    }

    /** @param {number} value */
    function figure(value) {
      return Number.isFinite(value) ? t.factor(value) : t('value.notFinite');
    }
  },
};
