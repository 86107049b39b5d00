// @ts-check
// The chart along t by keyboard: arrows go from timestep to timestep and from lane to lane, and say what is there; Enter opens
// its equation. A small widget's chart is a picture alone.
import { offered, seriesOf } from '../draw/quantity.js';
import { AXES } from '../draw/scales.js';

/** @param {import('./view.js').View} view the chart @returns {import('./view.js').View} */
export const byKeys = (view) => ({
  ...view,
  mount(el, context) {
    const inner = view.mount(el, context);
    const { dispatch, t } = context;
    const canvas = /** @type {HTMLCanvasElement} */ (el.querySelector('.gradient-plot canvas'));
    /** @type {{ frames: import('./view.js').Frames, state: import('./view.js').State } | null} */
    let shown = null;
    /** Where the reader is: of the last frame, or where a key has gone since. */
    let [step, lane] = [1, ''];

    /** @param {boolean} speak */
    function point(speak) {
      const frame = shown?.frames.lanes[lane]?.frame;
      if (!shown || !frame) return;
      const choices = offered([frame]);
      const quantity = choices.find(({ name }) => name === shown?.state.ui.quantity) ?? choices[0];
      const { log } = AXES[quantity.axis];
      const parts = seriesOf(frame, quantity.name).series.map(({ symbol, values }) => t('chart.part', { symbol, value: log ? t.magnitude(values[step - 1]) : t.percent(values[step - 1]) }));
      const said = t('chart.point', { lane: t.lane(lane), t: t.number(step), T: t.number(frame.info.layout.steps), parts: parts.join(t('list.and')) });
      canvas.setAttribute('aria-label', said);
      const box = canvas.getBoundingClientRect();
      dispatch({ type: 'tip', text: said, x: box.left + box.width / 2, y: box.top, speak });
    }
    canvas.tabIndex = 0;
    canvas.addEventListener('focus', () => shown && canvas.matches(':focus-visible') && point(false));
    canvas.addEventListener('blur', () => dispatch({ type: 'tip', text: '' }));
    canvas.addEventListener('keydown', (event) => {
      if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
      const { order } = shown.state;
      const T = shown.frames.derived.steps;
      const move = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, Home: -T, End: T })[event.key];
      const turn = /** @type {Record<string, number>} */ ({ ArrowUp: -1, ArrowDown: 1 })[event.key];
      if (!move && !turn && event.key !== 'Enter') return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Enter') return dispatch({ type: 'bar', lane });
      step = Math.min(T, Math.max(1, step + (move ?? 0)));
      lane = order[Math.min(order.length - 1, Math.max(0, order.indexOf(lane) + (turn ?? 0)))];
      if (turn) dispatch({ type: 'ui', change: { lane } });
      dispatch({ type: 'seek', t: step });
      point(true);
    });
    return {
      draw(frames, state) {
        shown = { frames, state };
        [step, lane] = [state.player.t, state.ui.lane];
        inner.draw(frames, state);
      },
      dispose: inner.dispose,
    };
  },
});
