// @ts-check
// The gradient horizon of each lane: how far back the gradient reaches, training step after training step.
import { html, nothing, render } from 'lit/html.js';
import { fitCanvas, readTheme, watchSize } from '../draw/canvas.js';
import { endOf, horizonBox, horizonPixels, momentAt, paintHorizon, recordedAt } from '../draw/horizon.js';
import { gradientScale } from './gradientScale.js';
import { runName } from './runName.js';
import { tableOf } from './tables.js';
import { changes, putAt } from './view.js';

/** @typedef {import('./view.js').Horizon} Horizon */
/** @typedef {{ key: string, cell: string, name: string, about: string, horizon: Horizon, last: number, end: { step: number, lines: string[] } | null }} Shown */

/** While training the pictures are made in one of so many frames. */
const EVERY = 6;

/** @type {import('./view.js').View} */
export default {
  id: 'horizon',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('horizons');
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('header'));
    const row = el.appendChild(document.createElement('div'));
    row.className = 'horizon-row';
    /** @type {Map<string, ReturnType<typeof panel>>} */
    const panels = new Map();
    const table = tableOf(el, 'horizon', { dispatch, t });
    const words = changes();
    const made = changes();
    let calls = 0;
    let reach = 1;
    let T = 1;
    return {
      draw({ lanes, derived }, state) {
        if (state.ui.view !== 'training') return table.hide();
        const { order } = state;
        if (words(t.language, state.ui.theme)) {
          el.setAttribute('aria-label', t.landmark('horizon.region'));
          render(html`<h2>${t('horizon.title')}</h2><span class="about" title=${t('horizon.about.title')}>${t('horizon.about')}</span>${table.button()}${gradientScale(t)}`, head);
          gradientScale.paint(head);
        }
        calls = (calls + 1) % EVERY;
        const versions = order.map((cell) => `${cell}${lanes[cell]?.horizonVersion}`).join();
        const ended = order.map((cell) => state.lanes[cell].status.diverged);
        if ((calls === 0 || !derived.training) && made(versions, derived.moment.reach, derived.steps, t.language, JSON.stringify(derived.runs), ...ended)) {
          T = derived.steps;
          const shown = figuresOf(lanes, derived, state);
          reach = Math.max(1, derived.moment.reach, ...shown.map(({ last }) => last));
          for (const { key } of shown) if (!panels.has(key)) panels.set(key, panel());
          for (const [key, one] of panels) {
            if (shown.some((figure) => figure.key === key)) continue;
            one.dispose();
            panels.delete(key);
          }
          for (const [place, figure] of shown.entries()) {
            const one = /** @type {ReturnType<typeof panel>} */ (panels.get(figure.key));
            one.show(figure);
            putAt(row, place, one.el);
          }
        }
        const { step } = derived.moment;
        table.draw(state, [derived.training || versions, step, state.player.t], ({ columnNumbers }) => columnAt(columnNumbers, figuresOf(lanes, derived, state), step, state.player.t));
        for (const one of panels.values()) one.draw(derived.moment.step, state.player.t, state.ui.theme);
      },
      dispose() {
        for (const one of panels.values()) one.dispose();
        el.replaceChildren();
      },
    };

    /** Every lane, and under it the same lane of the run it parted from. @param {Record<string, import('./view.js').LaneData>} lanes @param {import('./view.js').Derived} derived @param {import('./view.js').State} state @returns {Shown[]} */
    function figuresOf(lanes, derived, state) {
      const present = derived.runs.find((run) => run.present);
      const other = derived.runs.find((run) => run.ghost);
      const kept = (/** @type {string} */ cell) => lanes[cell].horizon.columns.every((column) => column.length === T);
      /** @type {Shown[]} */
      const shown = [];
      for (const cell of state.order) {
        const data = lanes[cell];
        if (!data || !kept(cell)) continue;
        const { reach: last } = state.lanes[cell];
        // It ended for good at its last step, wherever the reader is now.
        const cause = derived.diverged[cell];
        const end = cause ? { step: last, lines: [t('horizon.diverged', { step: t.number(cause.step) }), t('horizon.diverged.cause', { quantity: t.or(`quantity.${cause.quantity}`, cause.quantity) })] } : null;
        const name = t.lane(cell);
        shown.push({ key: cell, cell, name, about: present && other ? runName(present, t) : '', horizon: data.horizon, last, end });
        const { horizon } = data.ghost ?? {};
        if (horizon?.steps.length && other && horizon.columns.every((column) => column.length === T)) {
          shown.push({ key: `${cell} ghost`, cell, name, about: t('horizon.ghost', { run: runName(other, t) }), horizon, last: Math.max(other.reachOf[cell] ?? 0, horizon.steps[horizon.steps.length - 1]), end: null });
        }
      }
      row.style.setProperty('--columns', String(state.order.length));
      return shown;
    }

    /** The column of every picture at the shown step, or the last recorded before it. @param {typeof import('./table.js').columnNumbers} columnNumbers @param {Shown[]} shown @param {number} step @param {number} now */
    function columnAt(columnNumbers, shown, step, now) {
      return columnNumbers(t, {
        title: t('horizon.table'),
        about: t('horizon.table.about'),
        head: 't',
        rows: Array.from({ length: T }, (_, k) => String(k + 1)),
        now: now - 1,
        columns: shown.flatMap(({ name, about, horizon }) => {
          const found = recordedAt(horizon.steps, step);
          return found < 0 ? [] : [{ label: t('horizon.table.column', { name, about, step: t.number(horizon.steps[found]) }), values: horizon.columns[found], form: /** @type {const} */ ('log10') }];
        }),
      });
    }

    /** One picture: its canvas, its words, its hands. */
    function panel() {
      const figure = row.appendChild(document.createElement('figure'));
      const title = figure.appendChild(document.createElement('h3'));
      const plot = figure.appendChild(document.createElement('div'));
      plot.className = 'horizon-plot';
      const canvas = plot.appendChild(document.createElement('canvas'));
      canvas.tabIndex = 0;
      canvas.setAttribute('role', 'img');
      const { size, dispose } = watchSize(plot);
      /** @type {Shown | null} */
      let shown = null;
      /** @type {HTMLCanvasElement | null} */
      let picture = null;
      let version = 0;
      let wide = 0;
      /** @type {{ step: number, t: number } | null} */
      let at = null;
      const changed = changes();
      const box = () => horizonBox(size.width, size.height, readTheme(el).small);

      function paint() {
        const width = Math.max(1, Math.min(reach + 1, Math.round(box().width)));
        wide = size.width;
        picture ??= document.createElement('canvas');
        picture.width = width;
        picture.height = T;
        if (shown) picture.getContext('2d')?.putImageData(new ImageData(horizonPixels(shown.horizon, T, reach, shown.last, width), width, T), 0, 0);
        version++;
      }
      /** The recorded step whose colour stands at a step. @param {number} step */
      const standing = (step) => (shown && step <= shown.last ? recordedAt(shown.horizon.steps, step) : -1);
      /** @param {boolean} speak */
      function point(speak) {
        if (!at || !shown) return;
        const found = standing(at.step);
        if (found < 0) return dispatch({ type: 'tip', text: '' });
        const column = shown.horizon.columns[found];
        const value = column[at.t - 1];
        const parts = { name: shown.name, step: t.number(shown.horizon.steps[found]), t: t.number(at.t), value: t.magnitude(value), share: t.magnitude(value - endOf(column)) };
        const text = t('horizon.cell', parts);
        canvas.setAttribute('aria-label', text);
        const place = box();
        const outer = canvas.getBoundingClientRect();
        dispatch({ type: 'tip', text, x: outer.left + place.left + ((at.step + 0.5) / (reach + 1)) * place.width, y: outer.top + place.top + ((at.t - 1) / T) * place.height, speak });
      }
      const label = () => shown && canvas.setAttribute('aria-label', t('horizon.label', { name: shown.name, count: t.number(shown.horizon.steps.length) }));
      function leave() {
        at = null;
        dispatch({ type: 'tip', text: '' });
        label();
      }
      function go() {
        const found = at ? standing(at.step) : -1;
        if (!at || !shown || found < 0) return;
        dispatch({ type: 'seek', t: at.t });
        // The former run's moments are its own: they are reached by going back to it.
        if (shown.key.endsWith('ghost')) return;
        dispatch({ type: 'moment', step: shown.horizon.steps[found] });
        dispatch({ type: 'explain', of: { kind: 'norm', node: 'hidden' }, way: 'backward', lane: shown.cell, anew: true });
      }
      canvas.addEventListener('pointermove', (event) => {
        const place = box();
        const outer = canvas.getBoundingClientRect();
        const [fx, fy] = [(event.clientX - outer.left - place.left) / place.width, (event.clientY - outer.top - place.top) / place.height];
        if (fx < 0 || fx >= 1 || fy < 0 || fy >= 1) return leave();
        at = momentAt(fx, fy, reach, T);
        point(false);
      });
      canvas.addEventListener('pointerleave', leave);
      canvas.addEventListener('blur', leave);
      canvas.addEventListener('focus', () => {
        if (!canvas.matches(':focus-visible') || !shown) return;
        at ??= { step: shown.horizon.steps[shown.horizon.steps.length - 1] ?? 0, t: T };
        point(false);
      });
      canvas.addEventListener('click', go);
      canvas.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !shown) return;
        const { steps } = shown.horizon;
        const now = at ?? { step: shown.last, t: T };
        const k = Math.max(0, recordedAt(steps, now.step));
        const moves = /** @type {Record<string, { step: number, t: number }>} */ ({
          ArrowLeft: { step: steps[Math.max(0, k - 1)], t: now.t },
          ArrowRight: { step: steps[Math.min(steps.length - 1, k + 1)], t: now.t },
          ArrowUp: { step: now.step, t: Math.max(1, now.t - 1) },
          ArrowDown: { step: now.step, t: Math.min(T, now.t + 1) },
          Home: { step: steps[0], t: now.t },
          End: { step: steps[steps.length - 1], t: now.t },
        });
        if (!moves[event.key] && event.key !== 'Enter') return;
        event.preventDefault();
        event.stopPropagation();
        if (event.key === 'Enter') return go();
        at = moves[event.key];
        point(true);
      });
      return {
        el: figure,
        /** @param {Shown} next */
        show(next) {
          shown = next;
          canvas.dataset.horizon = next.key;
          figure.classList.toggle('ghost', next.key.endsWith('ghost'));
          render(html`<i class="lane-mark" data-cell=${next.cell}></i>${next.name}${next.about ? html`<span class="about">${next.about}</span>` : nothing}`, title);
          if (!at) label();
          // Out of sight it has no size: it is painted as soon as it has one, be it the former.
          if (size.width >= 1) paint();
          else wide = 0;
        },
        /** @param {number} step @param {number} now @param {string} theme */
        draw(step, now, theme) {
          if (size.width < 1 || !shown) return;
          if (wide !== size.width) paint();
          if (!changed(version, step, now, theme, size.width, size.height, at?.t, at?.step)) return;
          const g = fitCanvas(canvas, size.width, size.height);
          if (g) paintHorizon(g, { width: size.width, height: size.height, picture, T, reach, step, t: now, at, end: shown.end, theme: readTheme(el), format: (n) => t.number(n) });
        },
        dispose() {
          dispose();
          figure.remove();
        },
      };
    }
  },
};
