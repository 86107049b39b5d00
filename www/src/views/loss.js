// @ts-check
// The training run: loss and held-out accuracy of both lanes, and the same as numbers.
import { html, render } from 'lit/html.js';
import uPlot from 'uplot';
import { readTheme, watchSize } from '../draw/canvas.js';
import { changes } from './view.js';

/** While training the curves are drawn in one of so many frames. */
const EVERY = 6;

/** Training steps are whole: no tick between two of them. */
const STEP_INCREMENTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];

/** @type {import('./view.js').View} */
export default {
  id: 'loss',
  accepts: (channel) => channel.kind === 'scalars',
  mount(el, { t }) {
    el.classList.add('loss', 'card');
    el.setAttribute('role', 'region');
    const numbers = el.appendChild(document.createElement('div'));
    numbers.className = 'numbers';
    /** Two charts one over the other: loss, accuracy. @type {{ box: HTMLElement, title: HTMLElement, plot: uPlot | null, pick: 'loss' | 'accuracy' }[]} */
    const charts = /** @type {const} */ (['loss', 'accuracy']).map((pick) => {
      const box = el.appendChild(document.createElement('div'));
      box.className = 'chart';
      const title = box.appendChild(document.createElement('h3'));
      return { box, title, plot: null, pick };
    });

    const { size, dispose } = watchSize(charts[0].box);
    let calls = 0;
    const table = changes();
    const shape = changes();
    const picture = changes();
    return {
      draw({ lanes, derived }, state) {
        const { order } = state;
        const versions = order.map((cell) => lanes[cell]?.version).join();
        if (table(versions, t.language, order, ...order.map((cell) => state.lanes[cell]))) {
          el.setAttribute('aria-label', t('loss.region'));
          render(numbersOf(), numbers);
          charts[0].title.textContent = t('loss.training');
          charts[1].title.textContent = t('loss.accuracy');
        }
        const width = Math.floor(size.width);
        const height = Math.max(56, Math.floor(size.height));
        if (width < 40) return;
        // A curve of hundreds of steps does not need sixty updates a second.
        calls = (calls + 1) % EVERY;
        if (calls !== 0 && derived.training) return;
        const lengths = order.map((cell) => lanes[cell]?.history.length ?? 0).join();
        const rebuilt = shape(width, height, state.ui.theme, t.language, order.join());
        if (rebuilt) for (const chart of charts) build(chart, width, height, order);
        if (picture(lengths, versions) || rebuilt) {
          const { steps, series } = derived.historyColumns(order.map((cell) => lanes[cell]?.history ?? { data: [], length: 0 }), Math.max(40, width));
          for (const { plot, pick } of charts) plot?.setData(/** @type {any} */ ([steps, ...series.map((lane) => lane[pick])]));
        }

        function numbersOf() {
          return html`<table>
            <thead>
              <tr><td></td><th scope="col">${t('loss.column.loss')}</th><th scope="col">${t('loss.column.accuracy')}</th><th scope="col">${t('loss.column.norm')}</th></tr>
            </thead>
            <tbody>
              ${order.map((cell) => {
                const frame = lanes[cell]?.frame;
                const of = (/** @type {string} */ name) => frame?.scalar(name) ?? Number.NaN;
                return html`<tr>
                  <th scope="row"><i class="lane-mark" data-cell=${cell}></i>${t(`cell.${cell}`)}</th>
                  <td>${t.number(of('loss'), 3)}</td>
                  <td data-scalar="heldOutAccuracy" data-lane=${cell}>${t.percent(of('heldOutAccuracy'))}</td>
                  <td>${Number.isNaN(of('gradientNorm')) ? t('value.none') : t.magnitude(Math.log10(of('gradientNorm')))}</td>
                </tr>`;
              })}
            </tbody>
          </table>`;
        }
      },
      dispose() {
        dispose();
        for (const { plot } of charts) plot?.destroy();
        el.replaceChildren();
      },
    };

    /** @param {{ box: HTMLElement, plot: uPlot | null, pick: 'loss' | 'accuracy' }} chart @param {number} width @param {number} height @param {string[]} order */
    function build(chart, width, height, order) {
      chart.plot?.destroy();
      const theme = readTheme(el);
      const font = `${theme.small}px ${theme.font}`;
      const axis = { stroke: theme.muted, font, grid: { stroke: theme.line, width: 1 }, ticks: { show: false } };
      chart.plot = new uPlot(
        {
          width,
          height,
          padding: [theme.small * 1.6, theme.small * 1.1, chart.pick === 'accuracy' ? 0 : theme.small * 0.5, 0],
          legend: { show: false },
          cursor: { show: false },
          scales: { x: { time: false }, y: { range: chart.pick === 'accuracy' ? [0, 1] : (_u, _low, high) => [0, Math.max(0.5, high || 0)] } },
          axes: [
            { ...axis, size: theme.small * 1.9, gap: 4, space: theme.small * 5, show: chart.pick === 'accuracy', incrs: STEP_INCREMENTS, grid: { show: false } },
            {
              ...axis,
              size: theme.small * 3.4,
              gap: 4,
              space: theme.small * 1.9,
              values: (_u, ticks) => ticks.map((v) => (chart.pick === 'accuracy' ? t.percent(v) : t.short(v))),
            },
          ],
          series: [
            {},
            ...order.map((cell) => ({
              stroke: theme.lane(cell),
              width: theme.stroke * 0.75,
              spanGaps: true,
              points: { show: false },
            })),
          ],
        },
        [[], ...order.map(() => [])],
        chart.box,
      );
    }
  },
};
