// @ts-check
// How the weights of each parameter are distributed: counted in the core, each over the smallest power of two that holds them.
import { html, render } from 'lit/html.js';
import { fitCanvas, readTheme } from '../draw/canvas.js';
import { paintHistogram } from '../draw/histogram.js';
import { shortName } from '../draw/parameters.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** One parameter's bars, and what they are called. @typedef {{ cell: string, histogram: NonNullable<import('./view.js').LaneData['weights']>['histograms'][number], index: number, label: string }} Bars */

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
    /** The bar that is looked at. @type {{ of: Bars, bin: number } | null} */
    let at = null;

    /** A bar is said. @param {HTMLElement} canvas @param {boolean} speak */
    function point(canvas, speak) {
      if (!at) return;
      const { histogram, label } = at.of;
      const { counts, limit, name } = histogram;
      const end = (/** @type {number} */ bin) => t.figure(((2 * bin) / counts.length) * limit - limit);
      const text = t('weights.bar', { name: shortName(name), bin: t.number(at.bin + 1), bins: t.number(counts.length), from: end(at.bin), to: end(at.bin + 1), count: t.number(counts[at.bin]) });
      canvas.setAttribute('aria-label', speak ? text : label);
      const box = canvas.getBoundingClientRect();
      dispatch({ type: 'tip', text, x: box.left + ((at.bin + 0.5) / counts.length) * box.width, y: box.top, speak });
    }
    /** @param {Bars} of @param {number} bin */
    function open({ cell, index, histogram: { name, limit } }, bin) {
      dispatch({ type: 'tip', text: '' });
      dispatch({ type: 'explain', of: { kind: 'weights', parameter: name, index, limit, bin }, way: 'backward', lane: cell, anew: true });
    }
    /** @param {Bars} of */
    function hands(of) {
      const { counts } = of.histogram;
      const inside = (/** @type {number} */ bin) => Math.min(counts.length - 1, Math.max(0, bin));
      const canvasOf = (/** @type {Event} */ event) => /** @type {HTMLElement} */ (event.currentTarget);
      const under = (/** @type {MouseEvent} */ event) => inside(Math.floor((event.offsetX / canvasOf(event).clientWidth) * counts.length));
      const tallest = () => counts.indexOf(Math.max(...counts));
      return {
        click: (/** @type {MouseEvent} */ event) => open(of, under(event)),
        move(/** @type {MouseEvent} */ event) {
          at = { of, bin: under(event) };
          point(canvasOf(event), false);
        },
        leave(/** @type {Event} */ event) {
          at = null;
          canvasOf(event).setAttribute('aria-label', of.label);
          dispatch({ type: 'tip', text: '' });
        },
        focus(/** @type {Event} */ event) {
          if (!canvasOf(event).matches(':focus-visible')) return;
          at = { of, bin: tallest() };
          point(canvasOf(event), false);
        },
        keys(/** @type {KeyboardEvent} */ event) {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const bin = at?.of.histogram.name === of.histogram.name && at.of.cell === of.cell ? at.bin : tallest();
          const to = /** @type {Record<string, number>} */ ({ ArrowLeft: bin - 1, ArrowRight: bin + 1, Home: 0, End: counts.length - 1 })[event.key];
          if (to === undefined && event.key !== 'Enter') return;
          event.preventDefault();
          event.stopPropagation();
          if (to === undefined) return open(of, bin);
          at = { of, bin: inside(to) };
          point(canvasOf(event), true);
        },
      };
    }

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
                      ${found.histograms.map((histogram, index) => {
                        const { name, limit, mean, deviation } = histogram;
                        const parts = { name: shortName(name), limit: t.short(limit), mean: t.factor(mean), deviation: t.magnitude(Math.log10(deviation)) };
                        const label = t('weights.keys', { label: t('weights.label', parts) });
                        const { click, move, leave, focus, keys } = hands({ cell, histogram, index, label });
                        return html`<li>
                          <code>${parts.name}</code>
                          <canvas role="img" tabindex="0" data-lane=${cell} data-parameter=${name} aria-label=${label} @click=${click} @pointermove=${move} @pointerleave=${leave} @blur=${leave} @focus=${focus} @keydown=${keys}></canvas>
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
