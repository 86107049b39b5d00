// @ts-check
// The memory map: log10 ‖∂h_t/∂h_s‖ for every pair of timesteps, one square a lane, and their ratio.
import { html, render } from 'lit/html.js';
import { BANDS } from '../draw/bands.js';
import { difference, lostFrom } from '../draw/memoryMap.js';
import { gradientScale } from './gradientScale.js';
import { createSquare } from './square.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** @typedef {import('./view.js').MapData} MapData */
/** @typedef {import('./square.js').Shown} Shown */

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
    /** @type {Map<string, ReturnType<typeof createSquare>>} */
    const squares = new Map();
    const table = tableOf(el, 'map', { dispatch, t });
    const words = changes();
    const label = (/** @type {Shown} */ { name }) => t('map.label', { name });
    /** @param {Shown} shown @param {number} now @param {number} s @param {number | undefined} value */
    const entry = ({ name }, now, s, value) => {
      const parts = { name, t: t.number(now), s: t.number(s) };
      return s > now ? t('map.cell.above', parts) : t('map.cell', { ...parts, value: value === undefined ? t('value.none') : t.magnitude(value) });
    };
    /** The upper lane, under whose name the ratio is opened. */
    let upper = '';
    const open = (/** @type {Shown} */ { key }, /** @type {number} */ now, /** @type {number} */ s) =>
      dispatch({ type: 'explain', of: { kind: key === 'difference' ? 'ratio' : 'chain', s }, way: 'backward', lane: key === 'difference' ? upper : key, t: now, anew: true });
    return {
      draw({ lanes, derived }, state) {
        if (state.ui.view !== 'map' || state.ui.mapKind !== 'states') return table.hide();
        const { order, ui } = state;
        const version = order.map((cell) => `${cell}${lanes[cell]?.mapVersion ?? 0}`).join();
        const T = derived.steps;
        if (words(version, t.language, ui.mapHeld, derived.training, T, state.source)) {
          el.setAttribute('aria-label', t.landmark('map.region'));
          const shown = figuresOf(order, lanes, T);
          [upper] = order;
          renderHead(order, lanes, ui.mapHeld, derived.training);
          for (const { key } of shown) if (!squares.has(key)) squares.set(key, createSquare(row, { dispatch, label, entry, open }));
          for (const [key, one] of squares) {
            if (shown.some((figure) => figure.key === key)) continue;
            one.dispose();
            squares.delete(key);
          }
          for (const figure of shown) squares.get(figure.key)?.show(figure, T);
          for (const [place, { key }] of shown.entries()) squares.get(key)?.put(place);
        }
        for (const one of squares.values()) one.draw(state.player.t, ui.theme);
        const at = Math.min(state.player.t, T);
        table.draw(state, [version, at], ({ columnNumbers }) => rowOf(columnNumbers, figuresOf(order, lanes, T), at, T));
      },
      dispose() {
        for (const one of squares.values()) one.dispose();
        el.replaceChildren();
      },
    };

    /** Where in time the first state is lost. @param {ArrayLike<number>} values @param {number} T */
    function lost(values, T) {
      const [fading, vanished] = [BANDS.fading, BANDS.vanished].map((band) => lostFrom(values, T, band));
      const last = values[(T - 1) * T];
      if (fading === null) return last >= BANDS.fading && last < Infinity ? t('map.kept') : '';
      return vanished === null ? t('map.lost', { fading: t.number(fading) }) : t('map.lost.both', { fading: t.number(fading), vanished: t.number(vanished) });
    }

    /** @param {string[]} order @param {Record<string, MapData>} lanes @param {number} T @returns {Shown[]} */
    function figuresOf(order, lanes, T) {
      const own = order.map((cell) => ({ cell, name: t.lane(cell), map: lanes[cell]?.map?.values.length === T * T ? lanes[cell].map : null }));
      const said = (/** @type {MapData['map']} */ map) => (map ? t(`map.${map.method}`, { step: t.number(map.step) }) : t('map.none'));
      /** @type {Shown[]} */
      const shown = own.map(({ cell, name, map }) => ({
        key: cell,
        name,
        values: map?.values ?? null,
        caption: said(map),
        about: map ? [t('map.verdict', { T: t.number(T), value: t.magnitude(map.values[(T - 1) * T]) }), lost(map.values, T)].filter(Boolean).join('; ') : '',
      }));
      if (own.length > 1) {
        // Of three, the outermost: the plain network and the one that is to do better.
        const [a, b] = [own[0], own[own.length - 1]];
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

    /** The playhead's row of every map. @param {typeof import('./table.js').columnNumbers} columnNumbers @param {Shown[]} shown @param {number} at @param {number} T */
    function rowOf(columnNumbers, shown, at, T) {
      return columnNumbers(t, {
        title: t('map.table', { t: t.number(at) }),
        about: t('map.table.about'),
        head: 's',
        rows: Array.from({ length: at }, (_, k) => String(k + 1)),
        now: -1,
        columns: shown.flatMap(({ name, values, caption }) => (values ? [{ label: t('map.table.column', { name, caption }), values: Array.prototype.slice.call(values, (at - 1) * T, (at - 1) * T + at), form: /** @type {const} */ ('log10') }] : [])),
      });
    }

    /** @param {string[]} order @param {Record<string, MapData>} lanes @param {boolean} held @param {boolean} training */
    function renderHead(order, lanes, held, training) {
      const busy = order.filter((cell) => lanes[cell]?.progress);
      const parts = busy.map((cell) => {
        const progress = /** @type {NonNullable<MapData['progress']>} */ (lanes[cell].progress);
        return t('map.part', { cell: t.lane(cell), progress: t(`map.progress.${progress.method}`, { share: t.percent(progress.share) }) });
      });
      const complete = order.every((cell) => lanes[cell]?.map?.method === 'exact');
      const text = held ? t('map.held') : training ? t('map.following') : parts.length ? t('map.busy', { parts: parts.join(' · ') }) : complete ? t('map.done') : t('map.waiting');
      render(
        html`<h2>${t('map.title')}</h2>
          <span class="about" title=${t('map.about.title')}>${t('map.about')}</span>
          <span class="map-state">${text}</span>
          ${table.button()}
          <button ?disabled=${!held && complete && !training} @click=${() => dispatch({ type: 'mapHold', on: !held })}>${t(held ? 'button.resumeMap' : 'button.cancelMap')}</button>
          ${gradientScale(t)}`,
        head,
      );
      gradientScale.paint(head);
    }
  },
};
