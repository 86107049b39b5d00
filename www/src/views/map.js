// @ts-check
// The memory map: log10 ‖∂h_t/∂h_s‖ for every pair of timesteps, one square a lane, and their ratio.
import { html, render } from 'lit/html.js';
import { fitCanvas, readTheme, watchSize } from '../draw/canvas.js';
import { difference, entryAt, mapBox, mapPixels, paintMemoryMap } from '../draw/memoryMap.js';
import { gradientScale } from './gradientScale.js';
import { changes } from './view.js';

/** @typedef {import('./view.js').MapData} MapData */
/** @typedef {{ key: string, name: string, values: Float32Array | null, caption: string, about: string }} Shown */

/** @type {import('./view.js').View} */
export default {
  id: 'map',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('maps');
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('header'));
    const row = el.appendChild(document.createElement('div'));
    row.className = 'map-row';
    /** @type {Map<string, ReturnType<typeof square>>} */
    const squares = new Map();
    const words = changes();
    return {
      draw({ lanes, derived }, state) {
        if (state.ui.view !== 'map') return;
        const { order, ui } = state;
        const version = order.map((cell) => `${cell}${lanes[cell]?.mapVersion ?? 0}`).join();
        const T = derived.steps;
        if (words(version, t.language, ui.mapHeld, derived.training, T, state.source)) {
          el.setAttribute('aria-label', t('map.region'));
          const shown = figuresOf(order, lanes, T);
          renderHead(order, lanes, ui.mapHeld, derived.training);
          for (const { key } of shown) if (!squares.has(key)) squares.set(key, square(row));
          for (const [key, one] of squares) {
            if (shown.some((figure) => figure.key === key)) continue;
            one.dispose();
            squares.delete(key);
          }
          for (const figure of shown) squares.get(figure.key)?.show(figure, T);
          for (const { key } of shown) row.appendChild(/** @type {ReturnType<typeof square>} */ (squares.get(key)).el);
        }
        for (const one of squares.values()) one.draw(state.player.t, ui.theme);
      },
      dispose() {
        for (const one of squares.values()) one.dispose();
        el.replaceChildren();
      },
    };

    /** @param {string[]} order @param {Record<string, MapData>} lanes @param {number} T @returns {Shown[]} */
    function figuresOf(order, lanes, T) {
      const own = order.map((cell) => ({ cell, name: t(`cell.${cell}`), map: lanes[cell]?.map?.values.length === T * T ? lanes[cell].map : null }));
      const said = (/** @type {MapData['map']} */ map) => (map ? t(`map.${map.method}`, { step: t.number(map.step) }) : t('map.none'));
      /** @type {Shown[]} */
      const shown = own.map(({ cell, name, map }) => ({
        key: cell,
        name,
        values: map?.values ?? null,
        caption: said(map),
        about: map ? t('map.verdict', { T: t.number(T), value: t.magnitude(map.values[(T - 1) * T]) }) : '',
      }));
      if (own.length === 2) {
        const [a, b] = own;
        const both = a.map && b.map;
        const names = { a: a.name, b: b.name };
        const coarse = a.map?.method === 'estimate' ? a.map : b.map;
        let caption = said(both ? coarse : null);
        if (a.map && b.map && a.map.step !== b.map.step) caption = t('map.steps', { ...names, method: caption.split(' · ')[0], stepA: t.number(a.map.step), stepB: t.number(b.map.step) });
        shown.push({
          key: 'difference',
          name: t('map.difference', names),
          values: a.map && b.map ? difference(a.map.values, b.map.values) : null,
          caption,
          about: t('map.difference.about', names),
        });
      }
      return shown;
    }

    /** @param {string[]} order @param {Record<string, MapData>} lanes @param {boolean} held @param {boolean} training */
    function renderHead(order, lanes, held, training) {
      const busy = order.filter((cell) => lanes[cell]?.progress);
      const parts = busy.map((cell) => {
        const progress = /** @type {NonNullable<MapData['progress']>} */ (lanes[cell].progress);
        return t('map.part', { cell: t(`cell.${cell}`), progress: t(`map.progress.${progress.method}`, { share: t.percent(progress.share) }) });
      });
      const complete = order.every((cell) => lanes[cell]?.map?.method === 'exact');
      const text = held ? t('map.held') : training ? t('map.following') : parts.length ? t('map.busy', { parts: parts.join(' · ') }) : complete ? t('map.done') : t('map.waiting');
      render(
        html`<h2>${t('map.title')}</h2>
          <span class="about" title=${t('map.about.title')}>${t('map.about')}</span>
          <span class="map-state">${text}</span>
          <button ?disabled=${!held && complete && !training} @click=${() => dispatch({ type: 'mapHold', on: !held })}>${t(held ? 'button.resumeMap' : 'button.cancelMap')}</button>
          ${gradientScale(t)}`,
        head,
      );
      gradientScale.paint(head);
    }

    /** One map: its canvas, its words, its hands. @param {HTMLElement} parent */
    function square(parent) {
      const figure = parent.appendChild(document.createElement('figure'));
      const title = figure.appendChild(document.createElement('h3'));
      const plot = figure.appendChild(document.createElement('div'));
      plot.className = 'map-plot';
      const canvas = plot.appendChild(document.createElement('canvas'));
      canvas.tabIndex = 0;
      canvas.setAttribute('role', 'img');
      const caption = figure.appendChild(document.createElement('figcaption'));
      const { size, dispose } = watchSize(plot);
      /** @type {Shown | null} */
      let shown = null;
      let T = 1;
      /** @type {HTMLCanvasElement | null} */
      let picture = null;
      let version = 0;
      /** @type {{ t: number, s: number } | null} */
      let at = null;
      const changed = changes();

      const box = () => mapBox(size.width, size.height, readTheme(el).small);
      /** @param {boolean} speak */
      function point(speak) {
        if (!at || !shown) return;
        const parts = { name: shown.name, t: t.number(at.t), s: t.number(at.s) };
        const value = shown.values?.[(at.t - 1) * T + at.s - 1];
        const text = at.s > at.t ? t('map.cell.above', parts) : t('map.cell', { ...parts, value: value === undefined ? t('value.none') : t.magnitude(value) });
        canvas.setAttribute('aria-label', text);
        const { left, top, side } = box();
        const outer = canvas.getBoundingClientRect();
        dispatch({ type: 'tip', text, x: outer.left + left + ((at.s - 0.5) / T) * side, y: outer.top + top + ((at.t - 1) / T) * side, speak });
      }
      function leave() {
        at = null;
        dispatch({ type: 'tip', text: '' });
        if (shown) canvas.setAttribute('aria-label', t('map.label', { name: shown.name }));
      }
      /** @param {PointerEvent} event */
      function under(event) {
        const { left, top, side } = box();
        const outer = canvas.getBoundingClientRect();
        const fx = (event.clientX - outer.left - left) / side;
        const fy = (event.clientY - outer.top - top) / side;
        return fx < 0 || fx >= 1 || fy < 0 || fy >= 1 ? null : entryAt(fx, fy, T);
      }
      canvas.addEventListener('pointermove', (event) => {
        const entry = under(event);
        if (!entry) return leave();
        at = entry;
        point(false);
      });
      canvas.addEventListener('pointerleave', leave);
      canvas.addEventListener('blur', leave);
      canvas.addEventListener('focus', () => {
        if (!canvas.matches(':focus-visible')) return;
        at ??= { t: T, s: 1 };
        point(false);
      });
      canvas.addEventListener('click', (event) => {
        const entry = under(/** @type {PointerEvent} */ (event));
        if (entry) dispatch({ type: 'seek', t: entry.t });
      });
      canvas.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const now = at ?? { t: T, s: 1 };
        const moves = /** @type {Record<string, { t: number, s: number }>} */ ({
          ArrowLeft: { t: now.t, s: now.s - 1 },
          ArrowRight: { t: now.t, s: now.s + 1 },
          ArrowUp: { t: now.t - 1, s: now.s },
          ArrowDown: { t: now.t + 1, s: now.s },
          Home: { t: now.t, s: 1 },
          End: { t: now.t, s: now.t },
        });
        const move = moves[event.key];
        if (!move && event.key !== 'Enter') return;
        event.preventDefault();
        event.stopPropagation();
        if (!move) return dispatch({ type: 'seek', t: now.t });
        const inside = (/** @type {number} */ k) => Math.min(T, Math.max(1, k));
        at = { t: inside(move.t), s: inside(move.s) };
        point(true);
      });
      return {
        el: figure,
        /** @param {Shown} next @param {number} steps */
        show(next, steps) {
          if (next.values !== shown?.values || steps !== T) {
            picture = null;
            if (next.values) {
              picture = document.createElement('canvas');
              picture.width = steps;
              picture.height = steps;
              picture.getContext('2d')?.putImageData(new ImageData(mapPixels(next.values, steps), steps, steps), 0, 0);
            }
            version++;
          }
          shown = next;
          T = steps;
          canvas.dataset.map = next.key;
          render(html`<i class="lane-mark" data-cell=${next.key} ?hidden=${next.key === 'difference'}></i>${next.name}<span class="about">${next.about}</span>`, title);
          render(next.caption, caption);
          if (!at) canvas.setAttribute('aria-label', t('map.label', { name: next.name }));
        },
        /** @param {number} now @param {string} theme */
        draw(now, theme) {
          if (size.width < 1 || !changed(version, now, theme, size.width, size.height, at?.t, at?.s, T)) return;
          const g = fitCanvas(canvas, size.width, size.height);
          if (g) paintMemoryMap(g, { width: size.width, height: size.height, picture, steps: T, t: now, at, theme: readTheme(el) });
        },
        dispose() {
          dispose();
          figure.remove();
        },
      };
    }
  },
};
