// @ts-check
// Predict, observe, explain: the class draws the curve it expects, by hand or by keyboard, in the real chart's axes; then the
// core's own curve is drawn over it, and how far they are apart is said in orders of magnitude.
import { html, render } from 'lit/html.js';
import { fitCanvas, readTheme, watchSize } from '../draw/canvas.js';
import { historyColumns } from '../draw/history.js';
import { compare, paintPredictChart, predictAxes } from '../draw/predictChart.js';
import { inLanguage } from './caption.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** @typedef {import('../state/present.js').Prediction} Prediction */
/** An arrow's step: a quarter of a decade, a tenth of a nat. */
const NUDGE = { gradient: 0.25, loss: 0.1 };

/** @type {import('./view.js').View} */
export default {
  id: 'predict',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('predict');
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('div'));
    head.className = 'predict-head';
    const plot = el.appendChild(document.createElement('div'));
    plot.className = 'predict-plot';
    const canvas = plot.appendChild(document.createElement('canvas'));
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'slider');
    const foot = el.appendChild(document.createElement('div'));
    foot.className = 'predict-foot';
    const table = tableOf(el, 'predict', { dispatch, t });
    const { size, dispose } = watchSize(plot);

    /** @type {{ prediction: Prediction, axes: import('../draw/predictChart.js').Axes, last: number } | null} */
    let now = null;
    let focused = false;
    /** Where the pen was. @type {{ at: number, value: number } | null} */
    let pen = null;
    wire();

    const words = changes();
    const picture = changes();
    const spoken = changes();
    return {
      draw({ lanes }, state) {
        const { present, ui } = state;
        const { prediction, lesson } = present;
        el.hidden = !prediction;
        if (!prediction || !lesson) {
          now = null;
          return table.hide();
        }
        const scene = lesson.scenes[lesson.beat];
        const { curve, lane, points, cursor, revealed } = prediction;
        const data = lanes[lane];
        const frame = data?.frame;
        const cell = t.lane(lane);
        const classes = frame?.info.classes.length ?? 2;
        const last = curve === 'gradient' ? points.length : scene.step;
        const actual = revealed ? actualCurve() : null;
        if (words(prediction, lesson, t.language, data?.version)) {
          el.setAttribute('aria-label', t.landmark('predict.region'));
          const question = inLanguage(scene.question, t.language);
          render(
            html`<h2>${question || t(`predict.title.${curve}`, { cell })}</h2>
              <div class="choices">
                <button class="primary" ?disabled=${revealed} @click=${() => dispatch({ type: 'predictReveal' })}>${t('predict.reveal')}</button>
                <button @click=${() => dispatch({ type: 'predictClear' })}>${t('predict.clear')}</button>
                ${table.button()}
              </div>`,
            head,
          );
          render(html`<p aria-live="polite">${revealed ? apart() : t('predict.hint')}</p>`, foot);
        }
        if (spoken(prediction, t.language)) {
          canvas.setAttribute('aria-label', t(`predict.title.${curve}`, { cell }));
          canvas.setAttribute('aria-valuemin', '1');
          canvas.setAttribute('aria-valuemax', String(points.length));
          canvas.setAttribute('aria-valuenow', String(cursor + 1));
          canvas.setAttribute('aria-valuetext', t(`predict.at.${curve}`, { x: t.number(placeOf(cursor)), value: said(points[cursor]) }));
        }
        table.draw(state, [curve, points.join(), actual?.length, data?.version, cursor], ({ columnNumbers }) => numbersOf(columnNumbers));
        const { width, height } = size;
        if (width < 40) return;
        const theme = readTheme(el);
        const box = { left: theme.small * 4.4, right: width - theme.small * 1.5, top: theme.small, bottom: height - theme.small * 2.4 };
        const axes = predictAxes({ curve, count: points.length, classes }, box);
        now = { prediction, axes, last };
        if (!picture(prediction, width, height, ui.theme, present.ground, present.scale, t.language, focused, data?.version)) return;
        const g = fitCanvas(canvas, width, height);
        if (!g) return;
        paintPredictChart(g, {
          curve, axes, points, cursor, focused, actual, classes, last, cell: lane, theme,
          words: { x: curve === 'gradient' ? 't' : t('predict.steps'), guessing: t('predict.guessing'), yours: t('predict.yours'), core: t('predict.core', { cell }) },
          number: (value) => (Number.isInteger(value) ? t.number(value) : t.number(value, 2)),
        });

        /** The core's curve by the points' places. */
        function actualCurve() {
          if (curve === 'gradient') return frame ? Array.from(frame.data('hiddenGradientLog10'), (value, at) => ({ at, value })) : [];
          const { steps, series } = historyColumns([data?.history ?? { data: [], length: 0 }], 400);
          const width = (points.length - 1) / Math.max(1, last);
          return steps.flatMap((step, k) => {
            const value = series[0].loss[k];
            return value === null || step > last ? [] : [{ at: step * width, value }];
          });
        }

        /** What was drawn, and once it is revealed what the core found at the same places. @param {typeof import('./table.js').columnNumbers} columnNumbers */
        function numbersOf(columnNumbers) {
          const form = curve === 'gradient' ? /** @type {const} */ ('log10') : /** @type {const} */ ('linear');
          const nearest = (/** @type {number} */ at) => actual?.reduce((a, b) => (Math.abs(b.at - at) < Math.abs(a.at - at) ? b : a), { at: Infinity, value: Number.NaN }).value ?? null;
          return columnNumbers(t, {
            title: t(`predict.title.${curve}`, { cell }),
            about: t(revealed ? 'predict.table.both' : 'predict.table.yours'),
            head: curve === 'gradient' ? 't' : t('predict.steps'),
            rows: points.map((_, k) => t.number(placeOf(k))),
            now: cursor,
            columns: [{ label: t('predict.yours'), values: points, form }, ...(actual ? [{ label: t('predict.core', { cell }), values: points.map((_, k) => nearest(k)), form }] : [])],
          });
        }

        function apart() {
          const real = actualCurve();
          if (!real.length) return t('predict.waiting');
          const nearest = (/** @type {number} */ at) => real.reduce((a, b) => (Math.abs(b.at - at) < Math.abs(a.at - at) ? b : a)).value;
          const found = compare(curve, points, nearest);
          if (!found) return t('predict.nothing');
          return t(`predict.apart.${curve}`, {
            x: t.number(placeOf(found.at)),
            drawn: said(found.drawn),
            actual: said(found.actual),
            orders: Number.isFinite(found.orders) ? t.number(found.orders, 1) : '∞',
          });
        }
        /** @param {number} at */
        function placeOf(at) {
          return curve === 'gradient' ? at + 1 : Math.round((at / (points.length - 1)) * last);
        }
        /** @param {number | null} value */
        function said(value) {
          if (value === null) return t('value.none');
          return curve === 'gradient' ? t.magnitude(value) : t.number(value, 2);
        }
      },
      dispose() {
        dispose();
        el.replaceChildren();
      },
    };

    function wire() {
      const place = (/** @type {PointerEvent} */ event) => {
        const box = canvas.getBoundingClientRect();
        const { axes } = /** @type {NonNullable<typeof now>} */ (now);
        return { at: axes.at(event.clientX - box.left), value: axes.value(event.clientY - box.top) };
      };
      canvas.addEventListener('pointerdown', (event) => {
        if (!now || event.button !== 0) return;
        canvas.setPointerCapture(event.pointerId);
        pen = place(event);
        dispatch({ type: 'predictDraw', stroke: [pen] });
      });
      canvas.addEventListener('pointermove', (event) => {
        if (!pen || !now) return;
        // A quick hand is sampled more often than the screen is drawn.
        const parts = event.getCoalescedEvents?.() ?? [];
        const stroke = [pen, ...(parts.length ? parts : [event]).map(place)];
        pen = stroke[stroke.length - 1];
        dispatch({ type: 'predictDraw', stroke });
      });
      const lift = () => (pen = null);
      canvas.addEventListener('pointerup', lift);
      canvas.addEventListener('pointercancel', lift);
      canvas.addEventListener('focus', () => (focused = true));
      canvas.addEventListener('blur', () => (focused = false));
      canvas.addEventListener('keydown', (event) => {
        if (!now) return;
        const { points, curve } = now.prediction;
        const across = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }[event.key];
        const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (across === undefined && up === undefined) return;
        event.preventDefault();
        // Relative, because keys may come faster than frames.
        if (across !== undefined) return dispatch({ type: 'predictCursor', by: across });
        const { axes } = now;
        const [low, high] = [axes.value(axes.bottom), axes.value(axes.top)];
        // Without any point: where nothing is lost and nothing gained, or half way up.
        dispatch({ type: 'predictNudge', by: NUDGE[curve] * /** @type {number} */ (up), low, high, start: curve === 'gradient' ? 0 : (low + high) / 2 });
      });
    }
  },
};
