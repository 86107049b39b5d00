// @ts-check
// What one timestep does to a small change: singular values of every Jacobian along t, the exact product, Lyapunov exponents.
import { html, nothing, render } from 'lit/html.js';
import { leftOf, paintAlongTime } from '../draw/alongTime.js';
import { fitCanvas, readTheme } from '../draw/canvas.js';
import { spread } from '../draw/quantity.js';
import { timeAxis } from '../draw/scales.js';
import { stepsOf } from './spectrumStep.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** Lyapunov exponents that are written out. */
const SHOWN = 3;

/** @type {import('./view.js').View} */
export default {
  id: 'alongTime',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('along-time');
    el.setAttribute('role', 'region');
    const table = tableOf(el, 'alongTime', { dispatch, t });
    const all = tableOf(el, 'singularValues', { dispatch, t });
    const changed = changes();
    const painted = changes();
    let T = 1;
    return {
      draw({ lanes, derived }, state) {
        if (state.ui.view !== 'map' || state.ui.mapKind !== 'states') {
          table.hide();
          return all.hide();
        }
        T = derived.steps;
        const now = Math.min(state.player.t, T);
        const versions = state.order.map((cell) => lanes[cell]?.mapVersion).join();
        const shown = state.order.flatMap((cell) => (lanes[cell]?.recurrence?.largest.length === T ? [{ cell, found: lanes[cell].recurrence }] : []));
        if (changed(versions, t.language, state.order, now)) {
          el.setAttribute('aria-label', t.landmark('alongTime.region'));
          render(shown.length ? html`<header><h2>${t('alongTime.title')}</h2><span class="about">${t('alongTime.about')} · ${stepsOf(shown, t)}</span>${table.button()}${all.button(t('alongTime.all', { t: t.number(now) }))}</header><ul class="along">${shown.map(lane)}</ul>` : nothing, el);
        }
        table.draw(state, [versions, now, state.order], ({ columnNumbers }) => numbersOf(columnNumbers, shown, now));
        all.draw(state, [versions, now, state.order], ({ columnNumbers }) => valuesAt(columnNumbers, shown, now));
        if (!shown.length || !painted(versions, state.ui.theme, el.clientWidth, now, t.language)) return;
        const theme = readTheme(el);
        el.querySelectorAll('canvas').forEach((canvas, k) => {
          const { clientWidth, clientHeight } = canvas;
          const { cell, found } = shown[k];
          const g = fitCanvas(canvas, clientWidth, clientHeight);
          if (g) paintAlongTime(g, { width: clientWidth, height: clientHeight, steps: T, t: now, largest: found.largest, smallest: found.smallest, all: found.singularValues, ink: theme.lane(cell), theme, label: t.short });
        });

        /** @param {{ cell: string, found: import('../engine/protocol.js').Recurrence }} one */
        function lane({ cell, found }) {
          const name = t.lane(cell);
          const say = (/** @type {number} */ value) => (Number.isFinite(value) ? t.magnitude(Math.log10(value)) : t('value.notFinite'));
          const range = spread(found.largest);
          const parts = { name, t: t.number(now), largest: say(found.largest[now - 1]), smallest: say(found.smallest[now - 1]), product: t.magnitude(found.productLog10[0]), T: t.number(T) };
          const exponents = found.exponents.slice(0, SHOWN).map((value, k) => t('alongTime.exponent', { k: t.number(k + 1), value: value === -Infinity ? '−∞' : t.number(value, 3) }));
          return html`<li>
            <span class="plane-name"><i class="lane-mark" data-cell=${cell}></i>${t('alongTime.at', parts)}</span>
            <canvas role="img" aria-label=${t('alongTime.label', { ...parts, from: range ? say(range.least) : '', to: range ? say(range.largest) : '' })} @click=${(/** @type {MouseEvent} */ event) => seek(event)}></canvas>
            <span class="about">${t('alongTime.product', parts)}</span>
            <span class="about" title=${t('alongTime.exponents.title', parts)}>${exponents.length ? t('alongTime.exponents', { list: exponents.join(t('list.and')), T: parts.T }) : t('alongTime.waiting')}</span>
          </li>`;
        }
      },
      dispose: () => el.replaceChildren(),
    };

    /** @param {typeof import('./table.js').columnNumbers} columnNumbers @param {{ cell: string, found: import('../engine/protocol.js').Recurrence }[]} shown @param {number} now */
    function numbersOf(columnNumbers, shown, now) {
      return columnNumbers(t, {
        title: t('alongTime.title'),
        about: t('alongTime.table.about', { T: t.number(T) }),
        head: 't',
        rows: Array.from({ length: T }, (_, k) => String(k + 1)),
        now: now - 1,
        columns: shown.flatMap(({ cell, found }) => [
          { label: `${t.lane(cell)} σ_max(Jₜ)`, values: found.largest, form: /** @type {const} */ ('linear') },
          { label: `${t.lane(cell)} σ_min(Jₜ)`, values: found.smallest, form: /** @type {const} */ ('linear') },
          { label: `${t.lane(cell)} ‖∂h_T/∂hₜ‖`, values: found.productLog10, form: /** @type {const} */ ('log10') },
        ]),
      });
    }

    /** Every singular value of one timestep's Jacobian. @param {typeof import('./table.js').columnNumbers} columnNumbers @param {{ cell: string, found: import('../engine/protocol.js').Recurrence }[]} shown @param {number} now */
    function valuesAt(columnNumbers, shown, now) {
      const columns = shown.map(({ cell, found }) => {
        const n = found.singularValues.length / T;
        return { label: t.lane(cell), values: found.singularValues.slice((now - 1) * n, now * n), form: /** @type {const} */ ('linear') };
      });
      const rows = Array.from({ length: Math.max(0, ...columns.map(({ values }) => values.length)) }, (_, k) => String(k + 1));
      return columnNumbers(t, { title: t('alongTime.all', { t: t.number(now) }), about: t('alongTime.all.about'), head: 'k', rows, now: -1, columns });
    }

    /** @param {MouseEvent} event */
    function seek(event) {
      const canvas = /** @type {HTMLCanvasElement} */ (event.currentTarget);
      const box = canvas.getBoundingClientRect();
      dispatch({ type: 'seek', t: timeAxis(T, leftOf(readTheme(el).small), canvas.clientWidth - 4).at(event.clientX - box.left) });
    }
  },
};
