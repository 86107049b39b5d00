// @ts-check
// The training run in full: loss, accuracy, gradient norm with the clip line, learning rate, and the branches there are.
import { html, nothing, render } from 'lit/html.js';
import { markOf, readTheme, watchSize } from '../draw/canvas.js';
import { createCurves } from './curves.js';
import { runName } from './runName.js';
import { changes } from './view.js';

/** @typedef {import('./view.js').Frames} Frames */
/** @typedef {import('./view.js').State} State */

/** While training the curves are drawn in one of so many frames. */
const EVERY = 6;
/** No run. */
const NOTHING = { data: new Float32Array(0), length: 0 };
/** The axis of the gradient's norm, log10; it never moves. @type {[number, number]} */
const NORMS = [-6, 3];
/** The axis of the learning rate, log10: the range that the controls offer. @type {[number, number]} */
const RATES = [-5, 0];
const CHARTS = /** @type {const} */ (['loss', 'accuracy', 'norm', 'rate']);

/** @type {import('./view.js').View} */
export default {
  id: 'training',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('training-charts');
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('header'));
    const grid = el.appendChild(document.createElement('div'));
    grid.className = 'chart-grid';
    const charts = CHARTS.map((pick) => {
      const box = grid.appendChild(document.createElement('div'));
      box.className = 'chart';
      box.setAttribute('role', 'img');
      const title = box.appendChild(document.createElement('h3'));
      return { box, title, pick, plot: createCurves(box, (step) => dispatch({ type: 'moment', step })) };
    });
    const { size, dispose } = watchSize(charts[0].box);
    const words = changes();
    const titles = changes();
    const picture = changes();
    let calls = 0;
    return {
      draw(frames, state) {
        if (state.ui.view !== 'training') return;
        const { lanes, derived } = frames;
        const { order } = state;
        if (words(t.language, JSON.stringify(derived.runs), ...order.map((cell) => Math.round(state.lanes[cell].stepsPerSecond)))) {
          el.setAttribute('aria-label', t('training.region'));
          render(headOf(derived, state), head);
        }
        const clips = clipsOf(derived, order);
        const clip = clips.map(({ value }) => (value === null ? t('run.off') : t.short(value))).join(' / ');
        if (titles(t.language, clip)) {
          for (const { box, title, pick } of charts) {
            const text = t(`training.${pick}`, { clip });
            title.textContent = text;
            box.setAttribute('aria-label', text);
          }
        }
        const width = Math.floor(size.width);
        const height = Math.floor(size.height);
        calls = (calls + 1) % EVERY;
        if (width < 40 || (calls !== 0 && derived.training)) return;
        const lengths = order.map((cell) => `${lanes[cell]?.history.length} ${lanes[cell]?.ghost?.history.length}`).join();
        const { step, reach, rewound } = derived.moment;
        const mark = rewound ? step : null;
        if (!picture(lengths, width, height, state.ui.theme, t.language, order, clip, reach, JSON.stringify(derived.runs), ...order.map((cell) => lanes[cell]?.history))) {
          for (const { plot } of charts) plot.mark(mark);
          return;
        }
        const theme = readTheme(el);
        const histories = order.flatMap((cell) => [lanes[cell]?.history ?? NOTHING, lanes[cell]?.ghost?.history ?? NOTHING]);
        const { steps, series } = derived.historyColumns(histories, Math.max(40, width));
        const shared = { width, height, theme, at: steps, reach: Math.max(reach, steps[steps.length - 1] ?? 0), mark, steps: true };
        /** Lanes' curves, the run that was left dashed. @param {(typeof series)[number] extends Record<infer K, any> ? K : never} pick @param {number} weight @param {boolean} [dotted] */
        const of = (pick, weight, dotted = false) =>
          series.map((lane, k) => ({
            stroke: theme.lane(order[k >> 1]),
            width: theme.stroke * weight * (k % 2 ? 0.7 : 1),
            ...(k % 2 ? { dash: [5, 4] } : dotted ? { dash: [1, 2] } : { mark: markOf(order[k >> 1]) }),
            values: lane[pick],
          }));
        const exponent = (/** @type {number} */ value) => t.magnitude(value);
        for (const { plot, pick } of charts) {
          if (pick === 'loss') plot.draw({ ...shared, curves: of('loss', 0.75), range: null, format: t.short });
          if (pick === 'accuracy') plot.draw({ ...shared, curves: [...of('accuracy', 0.45, true), ...of('heldOut', 0.8)], range: [0, 1], format: t.percent });
          if (pick === 'norm') plot.draw({ ...shared, curves: [...of('norm', 0.75)], range: NORMS, ticks: [-6, -3, 0, 3], levels: clips.flatMap(({ value, lane }) => (value === null ? [] : [{ value: Math.log10(value), stroke: lane ? theme.lane(lane) : theme.ink }])), format: exponent });
          if (pick === 'rate') plot.draw({ ...shared, curves: ratesOf(derived, order, steps, theme), range: RATES, ticks: [-4, -2, 0], format: exponent });
        }
      },
      dispose() {
        dispose();
        for (const { plot } of charts) plot.dispose();
        el.replaceChildren();
      },
    };

    /** The clip that holds at the shown step: once when all lanes have the same. @param {import('./view.js').Derived} derived @param {string[]} order @returns {{ value: number | null, lane: string | null }[]} */
    function clipsOf({ runs, moment }, order) {
      const lanes = runs.find((run) => run.present)?.rates.find(({ until }) => moment.step <= until)?.lanes ?? {};
      const all = order.map((lane) => ({ value: lanes[lane]?.clip ?? null, lane }));
      return all.every(({ value }) => value === all[0].value) ? [{ value: all[0].value, lane: null }] : all;
    }

    /** The learning rate by step: one curve when all lanes have the same. @param {import('./view.js').Derived} derived @param {string[]} order @param {number[]} steps @param {import('../draw/canvas.js').Theme} theme */
    function ratesOf({ runs }, order, steps, theme) {
      return runs
        .filter((run) => run.present || run.ghost)
        .flatMap((run) => {
          const last = Math.max(0, ...Object.values(run.reachOf));
          const alike = run.rates.every(({ lanes }) => order.every((lane) => lanes[lane].rate === lanes[order[0]].rate));
          return (alike ? order.slice(0, 1) : order).map((lane) => ({
            stroke: alike ? (run.present ? theme.ink : theme.muted) : theme.lane(lane),
            width: theme.stroke * (run.present ? 0.75 : 0.5),
            ...(run.ghost ? { dash: [5, 4] } : { mark: alike ? /** @type {const} */ ('') : markOf(lane) }),
            values: steps.map((step) => (step <= Math.max(1, last) ? Math.log10(run.rates.find(({ until }) => step <= until)?.lanes[lane].rate ?? Number.NaN) : null)),
          }));
        });
    }

    /** @param {import('./view.js').Derived} derived @param {State} state */
    function headOf({ runs }, { order, lanes }) {
      return html`<h2>${t('training.title')}</h2>
        <ul class="keys">
          ${order.map(
            (cell) =>
              html`<li><i class="lane-mark" data-cell=${cell}></i>${t.lane(cell)}${lanes[cell].stepsPerSecond ? html` <span class="about">${t('training.speed', { rate: t.number(lanes[cell].stepsPerSecond) })}</span>` : ''}</li>`,
          )}
        </ul>
        <span class="about">${t(runs.length > 1 ? 'training.curves' : 'training.branch')}</span>
        ${runs.length > 1
          ? html`<div class="runs" role="group" aria-label=${t('runs')}>
              ${runs.map((run) => html`<button aria-pressed=${run.present} class=${run.ghost ? 'ghost' : ''} @click=${() => run.present || dispatch({ type: 'return', run: run.id })}>${runName(run, t)}</button>`)}
            </div>`
          : nothing}`;
    }
  },
};
