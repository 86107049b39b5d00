// @ts-check
// The training run: loss and held-out accuracy of both lanes, and the same as numbers.
import { html, render } from 'lit/html.js';
import { markOf, readTheme, watchSize } from '../draw/canvas.js';
import { historyColumns } from '../draw/history.js';
import { lossesOf } from './beyond.js';
import { createCurves } from './curves.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** No run. */
const NOTHING = { data: new Float32Array(0), length: 0 };
/** Rows of the table at most: of a longer run one stands for several steps. */
const ROWS = 400;
/** While training the curves are drawn in one of so many frames. */
const EVERY = 6;

/** @type {import('./view.js').View} */
export default {
  id: 'loss',
  accepts: (channel) => channel.kind === 'scalars',
  mount(el, { dispatch, t }) {
    el.classList.add('loss', 'card');
    el.setAttribute('role', 'region');
    const numbers = el.appendChild(document.createElement('div'));
    numbers.className = 'numbers';
    /** Two charts one over the other. */
    const charts = /** @type {const} */ (['loss', 'heldOut']).map((pick) => {
      const box = el.appendChild(document.createElement('div'));
      box.className = 'chart';
      const title = box.appendChild(document.createElement('h3'));
      return { box, title, pick, plot: createCurves(box, (step) => dispatch({ type: 'moment', step })) };
    });

    const table = tableOf(el, 'loss', { dispatch, t });
    const { size, dispose } = watchSize(charts[0].box);
    let calls = 0;
    const words = changes();
    const picture = changes();
    return {
      draw({ lanes, derived }, state) {
        const { order } = state;
        const versions = order.map((cell) => lanes[cell]?.version).join();
        if (words(versions, t.language, order, ...order.map((cell) => state.lanes[cell]))) {
          el.setAttribute('aria-label', t.landmark('loss.region'));
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
        const { moment } = derived;
        table.draw(state, [derived.training || lengths, moment.step, order], ({ columnNumbers }) => numbersBehind(columnNumbers, moment.step));
        const mark = moment.rewound ? moment.step : null;
        const runs = order.map((cell) => lanes[cell]?.history);
        if (picture(lengths, ...order.map((cell) => derived.diverged[cell]?.step), width, height, state.ui.theme, state.present.ground, state.present.scale, t.language, order, moment.reach, ...runs)) {
          const theme = readTheme(el);
          const histories = order.flatMap((cell) => [lanes[cell]?.history ?? NOTHING, lanes[cell]?.ghost?.history ?? NOTHING]);
          const { steps, series } = historyColumns(histories, Math.max(40, width));
          for (const { plot, pick } of charts) {
            const curves = series.map((lane, k) => ({
              stroke: theme.lane(order[k >> 1]),
              width: theme.stroke * (k % 2 ? 0.5 : 0.75),
              // The run that was left.
              ...(k % 2 ? { dash: [4, 3] } : { mark: markOf(order[k >> 1]) }),
              values: lane[pick],
            }));
            plot.draw({
              width,
              height,
              theme,
              steps: pick === 'heldOut',
              at: steps,
              reach: Math.max(moment.reach, steps[steps.length - 1] ?? 0),
              mark,
              format: pick === 'heldOut' ? t.percent : t.short,
              ...(pick === 'heldOut' ? { curves, range: /** @type {[number, number]} */ ([0, 1]) } : lossesOf(t, steps, curves, order, derived.diverged, theme)),
            });
          }
        } else for (const { plot } of charts) plot.mark(mark);

        /** Of the shown runs; the one that was left is in the training view's table. @param {typeof import('./table.js').columnNumbers} columnNumbers @param {number} step */
        function numbersBehind(columnNumbers, step) {
          const { steps, series } = historyColumns(order.map((cell) => lanes[cell]?.history ?? NOTHING), ROWS);
          const form = /** @type {const} */ ('linear');
          return columnNumbers(t, {
            title: t('loss.table'),
            about: t('loss.table.about', { count: t.number(steps[0]) }),
            head: t('loss.table.step'),
            rows: steps.map((one) => t.number(one)),
            now: steps.findIndex((one) => one >= step),
            columns: series.flatMap((lane, k) => {
              const cell = t.lane(order[k]);
              return [
                { label: t('loss.table.column', { cell, what: t('loss.training') }), values: lane.loss, form },
                { label: t('loss.table.column', { cell, what: t('loss.accuracy') }), values: lane.heldOut, form },
              ];
            }),
          });
        }

        function numbersOf() {
          return html`<table>
            <thead>
              <tr><td>${table.button()}</td><th scope="col">${t('loss.column.loss')}</th><th scope="col">${t('loss.column.accuracy')}</th><th scope="col">${t('loss.column.norm')}</th></tr>
            </thead>
            <tbody>
              ${order.map((cell) => {
                const frame = lanes[cell]?.frame;
                const of = (/** @type {string} */ name) => frame?.scalar(name) ?? Number.NaN;
                return html`<tr>
                  <th scope="row"><i class="lane-mark" data-cell=${cell}></i>${t.lane(cell)}</th>
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
        for (const { plot } of charts) plot.dispose();
        el.replaceChildren();
      },
    };
  },
};
