// @ts-check
// The training run in full: loss, accuracy, gradient norm with the clip line, learning rate, and the branches there are.
import { html, nothing, render } from 'lit/html.js';
import { markOf, readTheme, watchSize } from '../draw/canvas.js';
import { historyColumns, normColumns } from '../draw/history.js';
import { shortName } from '../draw/parameters.js';
import { firstReaching } from '../draw/solved.js';
import { lossesOf } from './beyond.js';
import { createCurves } from './curves.js';
import { runName } from './runName.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** @typedef {import('./view.js').Frames} Frames */
/** @typedef {import('./view.js').State} State */

/** While training the curves are drawn in one of so many frames. */
const EVERY = 6;
/** Who answers so many of the held-out sequences rightly has found the solution. */
const SOLVED = 0.95;
/** No run. */
const NOTHING = { data: new Float32Array(0), length: 0 };
/** Rows of the table at most: of a longer run one stands for several steps, as a point of the charts does. */
const TABLE_ROWS = 400;
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
      const title = box.appendChild(document.createElement('div'));
      title.className = 'chart-title';
      const picture = box.appendChild(document.createElement('div'));
      picture.setAttribute('role', 'img');
      return { box, title, picture, pick, plot: createCurves(picture, (step) => dispatch({ type: 'moment', step })) };
    });
    const table = tableOf(el, 'training', { dispatch, t });
    const { size, dispose } = watchSize(charts[0].box);
    const words = changes();
    const titles = changes();
    const picture = changes();
    let calls = 0;
    return {
      draw(frames, state) {
        if (state.ui.view !== 'training') return table.hide();
        const { lanes, derived } = frames;
        const { order } = state;
        if (words(t.language, JSON.stringify(derived.runs), derived.moment.reach === 0, ...order.map((cell) => derived.diverged[cell]?.step), ...order.map((cell) => firstReaching(lanes[cell]?.history ?? NOTHING, SOLVED)?.step), ...order.map((cell) => Math.round(state.lanes[cell].stepsPerSecond)))) {
          el.setAttribute('aria-label', t.landmark('training.region'));
          render(headOf(lanes, derived, state), head);
        }
        const clips = clipsOf(derived, order);
        const clip = clips.some(({ value }) => value !== null) ? clips.map(({ value }) => (value === null ? t('run.off') : t.short(value))).join(' / ') : null;
        const names = [...new Set(order.flatMap((cell) => state.lanes[cell].info?.layout.parameters.map(shortName) ?? []))];
        // Of a parameter that no shown cell has there is nothing to draw.
        const parameter = names.includes(state.ui.parameter) ? state.ui.parameter : '';
        if (titles(t.language, clip, parameter, names.join())) {
          for (const { title, picture: image, pick } of charts) {
            const text = titleOf(pick, clip, parameter);
            image.setAttribute('aria-label', parameter && pick === 'norm' ? t('training.norm.label', { name: parameter, title: text }) : text);
            render(html`${pick === 'norm' ? chooser(names, parameter) : nothing}<h3 title=${text}>${text}</h3>`, title);
          }
        }
        const width = Math.floor(size.width);
        const height = Math.floor(size.height);
        calls = (calls + 1) % EVERY;
        if (width < 40 || (calls !== 0 && derived.training)) return;
        const lengths = order.map((cell) => `${lanes[cell]?.history.length} ${lanes[cell]?.ghost?.history.length}`).join();
        const { step, reach, rewound } = derived.moment;
        const mark = rewound ? step : null;
        const tableVersion = [derived.training || lengths, parameter, step, reach, order, JSON.stringify(derived.runs)];
        if (!picture(lengths, ...order.map((cell) => derived.diverged[cell]?.step), width, height, state.ui.theme, t.language, order, clip, parameter, reach, JSON.stringify(derived.runs), ...order.map((cell) => lanes[cell]?.history))) {
          for (const { plot } of charts) plot.mark(mark);
          table.draw(state, tableVersion, (tables) => numbersOf(tables, columnsOf(lanes, order, parameter, TABLE_ROWS), derived, state, parameter));
          return;
        }
        const theme = readTheme(el);
        const { steps, series } = columnsOf(lanes, order, parameter, Math.max(40, width));
        const shared = { width, height, theme, at: steps, reach: Math.max(reach, steps[steps.length - 1] ?? 0), mark, steps: true };
        /** Lanes' curves, the run that was left dashed. @param {keyof (typeof series)[number]} pick @param {number} weight @param {boolean} [dotted] */
        const of = (pick, weight, dotted = false) =>
          series.map((lane, k) => ({
            stroke: theme.lane(order[k >> 1]),
            width: theme.stroke * weight * (k % 2 ? 0.7 : 1),
            ...(k % 2 ? { dash: [5, 4] } : dotted ? { dash: [1, 2] } : { mark: markOf(order[k >> 1]) }),
            values: lane[pick],
          }));
        const exponent = (/** @type {number} */ value) => t.magnitude(value);
        // What lies beyond the axis is drawn on its ends, and they say so.
        const [floor, ceiling] = NORMS;
        const norm = (/** @type {number} */ value) => (value <= floor ? `≤ ${exponent(value)}` : value >= ceiling ? `≥ ${exponent(value)}` : exponent(value));
        const inside = (/** @type {ReturnType<typeof of>} */ curves) => curves.map((curve) => ({ ...curve, values: curve.values.map((value) => (value === null ? null : Math.min(ceiling, Math.max(floor, value)))) }));
        for (const { plot, pick, picture: image } of charts) {
          if (pick === 'loss') {
            const losses = lossesOf(t, steps, of('loss', 0.75), order, derived.diverged, theme);
            image.setAttribute('aria-label', [t('training.loss'), ...losses.beyond.map(({ text }) => text)].join('; '));
            plot.draw({ ...shared, ...losses, format: t.short });
          }
          if (pick === 'accuracy') plot.draw({ ...shared, curves: [...of('accuracy', 0.45, true), ...of('heldOut', 0.8)], range: [0, 1], format: t.percent });
          // A threshold is one for all parameters together, so only their norm is compared with it.
          const levels = parameter ? [] : clips.flatMap(({ value, lane }) => (value === null ? [] : [{ value: Math.log10(value), stroke: lane ? theme.lane(lane) : theme.ink }]));
          if (pick === 'norm') plot.draw({ ...shared, curves: inside([...of('clipped', 0.6, true).filter((_, k) => k % 2 === 0), ...of('norm', 0.75)]), range: NORMS, ticks: [-6, -3, 0, 3], levels, format: norm });
          if (pick === 'rate') plot.draw({ ...shared, curves: ratesOf(derived, order, steps).map((rates) => rateCurve(rates, theme)), range: RATES, ticks: [-4, -2, 0], format: exponent });
        }
        table.draw(state, tableVersion, (tables) => numbersOf(tables, columnsOf(lanes, order, parameter, TABLE_ROWS), derived, state, parameter));
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

    /** @param {typeof CHARTS[number]} pick @param {string | null} clip @param {string} parameter */
    function titleOf(pick, clip, parameter) {
      if (pick !== 'norm') return t(`training.${pick}`);
      return clip === null ? t('training.norm.off') : t(parameter ? 'training.norm.one' : 'training.norm', { clip });
    }

    /** Whose norm is drawn. @param {string[]} names @param {string} parameter */
    function chooser(names, parameter) {
      return html`<select aria-label=${t('training.parameter')} @change=${(/** @type {Event} */ event) => dispatch({ type: 'ui', change: { parameter: /** @type {HTMLSelectElement} */ (event.target).value } })}>
        <option value="" .selected=${parameter === ''}>${t('training.parameter.all')}</option>
        ${names.map((name) => html`<option value=${name} .selected=${name === parameter}>${name}</option>`)}
      </select>`;
    }

    /** The learning rate by step as log10: once when all lanes have the same, `lane` null. @param {import('./view.js').Derived} derived @param {string[]} order @param {number[]} steps */
    function ratesOf({ runs }, order, steps) {
      return runs
        .filter((run) => run.present || run.ghost)
        .flatMap((run) => {
          const last = Math.max(0, ...Object.values(run.reachOf));
          const alike = run.rates.every(({ lanes }) => order.every((lane) => lanes[lane].rate === lanes[order[0]].rate));
          return (alike ? order.slice(0, 1) : order).map((lane) => ({
            run,
            lane: alike ? null : lane,
            values: steps.map((step) => (step <= Math.max(1, last) ? Math.log10(run.rates.find(({ until }) => step <= until)?.lanes[lane].rate ?? Number.NaN) : null)),
          }));
        });
    }

    /** @param {ReturnType<typeof ratesOf>[number]} rates @param {import('../draw/canvas.js').Theme} theme */
    function rateCurve({ run, lane, values }, theme) {
      return {
        stroke: lane ? theme.lane(lane) : run.present ? theme.ink : theme.muted,
        width: theme.stroke * (run.present ? 0.75 : 0.5),
        ...(run.ghost ? { dash: [5, 4] } : { mark: lane ? markOf(lane) : /** @type {const} */ ('') }),
        values,
      };
    }

    /** @param {Frames['lanes']} shown @param {import('./view.js').Derived} derived @param {State} state */
    function headOf(shown, { runs, moment, diverged }, { order, lanes }) {
      return html`<h2>${t('training.title')}</h2>
        <ul class="keys">
          ${order.map(
            (cell) =>
              html`<li><i class="lane-mark" data-cell=${cell}></i>${t.lane(cell)}${lanes[cell].stepsPerSecond ? html` <span class="about">${t('training.speed', { rate: t.number(lanes[cell].stepsPerSecond) })}</span>` : ''}</li>`,
          )}
        </ul>
        ${table.button()}
        ${moment.reach > 0
          ? html`<ul class="found">
              ${order.map((cell) => html`<li><i class="lane-mark" data-cell=${cell}></i>${foundOf(cell, firstReaching(shown[cell]?.history ?? NOTHING, SOLVED), diverged[cell])}</li>`)}
            </ul>`
          : nothing}
        <span class="about">${t(runs.length > 1 ? 'training.curves' : moment.reach === 0 ? 'training.none' : 'training.branch')}</span>
        ${runs.length > 1
          ? html`<div class="runs" role="group" aria-label=${t('runs')}>
              ${runs.map((run) => html`<button aria-pressed=${run.present} class=${run.ghost ? 'ghost' : ''} @click=${() => run.present || dispatch({ type: 'return', run: run.id })}>${runName(run, t)}</button>`)}
            </div>`
          : nothing}`;
    }

    /** When a lane found the solution; a press goes there. If it did not, whether it still may. @param {string} cell @param {ReturnType<typeof firstReaching>} found @param {import('./view.js').Derived['diverged'][string]} end */
    function foundOf(cell, found, end) {
      const parts = { cell: t.lane(cell), share: t.percent(SOLVED) };
      if (!found) return end ? t('training.diverged', { ...parts, step: t.number(end.step) }) : t('training.unsolved', parts);
      const { step, before } = found;
      return html`<button class="link" @click=${() => dispatch({ type: 'moment', step })}>${t('training.solved', { ...parts, step: t.number(step) })}</button> <span class="about">${before === null ? t('training.firstLook') : t('training.lookBefore', { step: t.number(before) })}</span>`;
    }

    /**
     * The lanes' columns, each with those of the run it parted from behind it; norms of a parameter where one is chosen.
     * @param {Record<string, import('./view.js').LaneData>} lanes @param {string[]} order @param {string} parameter @param {number} most
     */
    function columnsOf(lanes, order, parameter, most) {
      const runs = order.flatMap((cell) => [lanes[cell], lanes[cell]?.ghost]);
      const { steps, series } = historyColumns(runs.map((run) => run?.history ?? NOTHING), most);
      if (!parameter) return { steps, series };
      const indices = order.map((cell) => lanes[cell]?.frame?.info.layout.parameters.findIndex((name) => shortName(name) === parameter) ?? -1);
      const norms = normColumns(runs.map((run, k) => ({ norms: run?.norms ?? { ...NOTHING, width: 1 }, parameter: indices[k >> 1] })), steps[steps.length - 1], most);
      return { steps, series: series.map((columns, k) => ({ ...columns, ...norms[k] })) };
    }

    /** @param {import('./tables.js').Tables} tables @param {ReturnType<typeof columnsOf>} columns @param {import('./view.js').Derived} derived @param {State} state @param {string} parameter */
    function numbersOf({ columnNumbers }, { steps, series }, derived, { order }, parameter) {
      const other = derived.runs.find((run) => run.ghost);
      const rates = ratesOf(derived, order, steps);
      const whose = parameter || t('training.parameter.all');
      const rateName = (/** @type {string | null} */ lane, /** @type {typeof other} */ former) => {
        const name = former ? t('training.table.formerRate', { run: runName(former, t) }) : t('training.rate');
        return lane ? t('training.table.column', { cell: t.lane(lane), what: name }) : name;
      };
      return columnNumbers(t, {
        title: t('training.title'),
        about: t(steps[0] > 1 ? 'training.table.several' : 'training.table.every', { count: t.number(steps[0]) }),
        head: t('training.table.step'),
        rows: steps.map((step) => t.number(step)),
        now: steps.findIndex((step) => step >= derived.moment.step),
        columns: [
          ...series.flatMap((lane, k) => {
            if (k % 2 && !other) return [];
            const cell = t.lane(order[k >> 1]);
            const name = (/** @type {string} */ what) => (k % 2 && other ? t('training.table.former', { cell, what, run: runName(other, t) }) : t('training.table.column', { cell, what }));
            return [
              { label: name(t('training.loss')), values: lane.loss, form: /** @type {const} */ ('linear') },
              { label: name(t('training.table.accuracy')), values: lane.accuracy, form: /** @type {const} */ ('linear') },
              { label: name(t('training.table.heldOut')), values: lane.heldOut, form: /** @type {const} */ ('linear') },
              { label: name(t('training.table.before', { whose })), values: lane.norm, form: /** @type {const} */ ('log10') },
              { label: name(t('training.table.after', { whose })), values: lane.clipped, form: /** @type {const} */ ('log10') },
            ];
          }),
          ...rates.map(({ run, lane, values }) => ({ label: rateName(lane, run.ghost ? other : undefined), values, form: /** @type {const} */ ('log10') })),
        ],
      });
    }
  },
};
