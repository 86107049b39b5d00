// @ts-check
// Which units keep their state and which forget: half-lives from the gate that keeps, sorted or in the units' order. A click pins
// a unit everywhere.
import { html, nothing, render } from 'lit/html.js';
import { fitCanvas, readTheme } from '../draw/canvas.js';
import { halfLifeAt, paintHalfLives } from '../draw/halfLives.js';
import { stepsOf } from './spectrumStep.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** @typedef {{ cell: string, found: { step: number }, values: number[], order: number[] }} Shown `order`: unit of each place */

/** @type {import('./view.js').View} */
export default {
  id: 'halfLives',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('half-lives');
    const table = tableOf(el, 'halfLives', { dispatch, t });
    const changed = changes();
    const painted = changes();
    let byUnit = false;
    /** Where the keyboard is, place from 0. */
    let at = 0;
    /** @type {Shown[]} */
    let shown = [];
    return {
      draw({ lanes, derived }, state) {
        if (state.ui.view !== 'map' || state.ui.mapKind !== 'states') return table.hide();
        const versions = state.order.map((cell) => lanes[cell]?.mapVersion).join();
        const { unit } = state.ui;
        if (changed(versions, t.language, state.order, byUnit, unit)) {
          shown = state.order.flatMap((cell) => {
            const found = lanes[cell]?.recurrence;
            const values = found?.halfLives ?? [];
            const order = values.map((_, k) => k);
            if (!byUnit) order.sort((a, b) => values[b] - values[a]);
            return found && values.length ? [{ cell, values, order, found }] : [];
          });
          render(shown.map(strip), el);
        }
        table.draw(state, versions, ({ columnNumbers }) =>
          columnNumbers(t, {
            title: t('halfLife.title'),
            about: t('halfLife.table.about'),
            head: t('halfLife.table.unit'),
            rows: Array.from({ length: Math.max(0, ...shown.map(({ values }) => values.length)) }, (_, k) => t.number(k + 1)),
            now: unit ?? -1,
            columns: shown.map(({ cell, values }) => ({ label: t.lane(cell), values, form: /** @type {const} */ ('linear') })),
          }),
        );
        if (!shown.length || !painted(versions, t.language, state.ui.theme, el.clientWidth, derived.steps, byUnit, unit)) return;
        const theme = readTheme(el);
        el.querySelectorAll('canvas').forEach((canvas, k) => {
          const { clientWidth, clientHeight } = canvas;
          const g = fitCanvas(canvas, clientWidth, clientHeight);
          const { cell, values, order } = shown[k];
          const marked = unit === null ? null : order.indexOf(unit);
          if (g) paintHalfLives(g, { width: clientWidth, height: clientHeight, values: order.map((one) => values[one]), marked, steps: derived.steps, ink: theme.lane(cell), theme });
        });

        /** @param {Shown} one */
        function strip(one) {
          const { cell, values } = one;
          const parts = halves(values);
          const name = t.lane(cell);
          return html`<header>
              <h2>${t('halfLife.title')}</h2>
              <span class="about">${t(byUnit ? 'halfLife.about.unit' : 'halfLife.about', { cell: name })} · ${stepsOf([one], t)}</span>
              ${table.button()}
              <button aria-pressed=${!byUnit} @click=${() => (byUnit = !byUnit)}>${t('halfLife.sort')}</button>
              <span class="about figures">${unit !== null && values[unit] !== undefined ? t('halfLife.pinned', { unit: t.number(unit + 1), value: say(values[unit]) }) : nothing} ${t('halfLife.verdict', parts)}</span>
            </header>
            <canvas
              tabindex="0"
              role="img"
              aria-label=${labelOf(one)}
              @pointermove=${(/** @type {PointerEvent} */ event) => point(one, under(one, event), event, false)}
              @pointerleave=${() => dispatch({ type: 'tip', text: '' })}
              @blur=${(/** @type {FocusEvent} */ event) => leave(one, event)}
              @click=${(/** @type {PointerEvent} */ event) => pin(one, under(one, event))}
              @keydown=${(/** @type {KeyboardEvent} */ event) => press(one, event)}
            ></canvas>`;
        }
      },
      dispose: () => el.replaceChildren(),
    };

    /** @param {Shown} one @param {MouseEvent} event place under the pointer, null beside the stems */
    function under({ values }, event) {
      const canvas = /** @type {HTMLCanvasElement} */ (event.currentTarget);
      return halfLifeAt(event.clientX - canvas.getBoundingClientRect().left, canvas.clientWidth, values.length, readTheme(el).small);
    }

    /** @param {Shown} one @param {number | null} place @param {Event} event @param {boolean} speak */
    function point({ cell, values, order }, place, event, speak) {
      const canvas = /** @type {HTMLCanvasElement} */ (event.currentTarget);
      if (place === null) return dispatch({ type: 'tip', text: '' });
      const text = t('halfLife.unit', { cell: t.lane(cell), unit: t.number(order[place] + 1), value: say(values[order[place]]) });
      if (speak) canvas.setAttribute('aria-label', text);
      const box = canvas.getBoundingClientRect();
      const x = event instanceof MouseEvent ? event.clientX : box.left + (box.width * (place + 0.5)) / order.length;
      return dispatch({ type: 'tip', text, x, y: box.top, speak });
    }

    /** What the whole strip shows, before a key has led to one of its units. @param {Shown} one */
    function labelOf({ cell, values }) {
      return t('halfLife.label', { cell: t.lane(cell), count: t.number(values.length), ...halves(values) });
    }

    /** @param {Shown} one @param {FocusEvent} event */
    function leave(one, event) {
      /** @type {HTMLCanvasElement} */ (event.currentTarget).setAttribute('aria-label', labelOf(one));
      dispatch({ type: 'tip', text: '' });
    }

    /** @param {Shown} one @param {number | null} place */
    function pin({ cell, order }, place) {
      if (place === null) return;
      at = place;
      dispatch({ type: 'unit', unit: order[place] });
      dispatch({ type: 'ui', change: { lane: cell } });
    }

    /** @param {Shown} one @param {KeyboardEvent} event */
    function press(one, event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const last = one.order.length - 1;
      const moves = /** @type {Record<string, number>} */ ({ ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last });
      if (!(event.key in moves) && event.key !== 'Enter') return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Enter') return pin(one, Math.min(at, last));
      at = Math.min(last, Math.max(0, moves[event.key]));
      point(one, at, event, true);
    }

    /** @param {number} value */
    function say(value) {
      return value === Infinity ? t('halfLife.always') : t.magnitude(Math.log10(value));
    }

    /** @param {number[]} values */
    function halves(values) {
      const sorted = [...values].sort((a, b) => a - b);
      return { median: say(sorted[Math.floor(sorted.length / 2)]), longest: say(sorted[sorted.length - 1]), shortest: say(sorted[0]) };
    }
  },
};
