// @ts-check
// Backpropagation through time, term by term: the chapter's line, what it leaves out, the exact double sum as a triangle,
// and the one sweep that adds up its columns.
import { html, nothing, render } from 'lit/html.js';
import { largest, readTerms, squareOf, termOf } from '../draw/bptt.js';
import { formula } from '../draw/formulas.js';
import { runningProduct } from '../draw/gradient.js';
import { gradientScale } from './gradientScale.js';
import { createSquare } from './square.js';
import { tableOf } from './tables.js';
import { changes } from './view.js';

/** @typedef {import('./square.js').Shown} Shown */
/** @typedef {import('../draw/bptt.js').Terms} Terms */
/** @typedef {import('../draw/bptt.js').Way} Way */

/** @type {Way[]} */
const WAYS = ['literal', 'exact', 'sweep'];

/** @type {import('./view.js').View} */
export default {
  id: 'bptt',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('maps', 'bptt');
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('div'));
    head.className = 'bptt-head';
    const row = el.appendChild(document.createElement('div'));
    row.className = 'map-row';
    const out = el.appendChild(document.createElement('ul'));
    out.className = 'bptt-terms';
    /** @type {Map<string, ReturnType<typeof createSquare>>} */
    const squares = new Map();
    /** The entry that is written out; by itself it is the last loss's at the playhead. @type {{ t: number, k: number } | null} */
    let chosen = null;
    const table = tableOf(el, 'bptt', { dispatch, t });
    const words = changes();
    const lines = changes();
    const label = (/** @type {Shown} */ { name }) => t('bptt.label', { name });
    /** @param {Shown} shown @param {number} now @param {number} k @param {number | undefined} value */
    const entry = (shown, now, k, value) => {
      const there = value !== undefined && shown.drawn?.(now, k);
      return t('bptt.cell', { name: shown.name, t: t.number(now), k: t.number(k), value: there ? t.magnitude(value) : t('value.none') });
    };
    const point = (/** @type {number} */ now, /** @type {number} */ k) => (chosen = { t: now, k });
    /** Which way is shown. @type {Way} */
    let written = 'literal';
    /** The printed line has no k: its summands are the rows. @param {Shown} shown @param {number} now @param {number} k */
    const open = ({ key }, now, k) => {
      point(now, k);
      dispatch({ type: 'explain', of: { kind: 'bptt', sum: written, ...(written === 'exact' ? { loss: now } : {}) }, way: 'backward', lane: key, t: written === 'literal' ? now : k, anew: true });
    };
    const moved = changes();
    /** What is written out goes along with the playhead as the opened equation does. @param {import('../state/reducer.js').Formula | null} formula @param {number} now */
    function follow(formula, now) {
      if (!moved(formula, now) || formula?.of.kind !== 'bptt') return;
      chosen = formula.of.sum === 'literal' ? { t: now, k: 1 } : { t: formula.of.loss ?? Math.max(now, chosen?.t ?? now), k: now };
    }

    return {
      draw({ lanes, derived }, state) {
        const { order, ui, player } = state;
        if (ui.view !== 'map' || ui.mapKind !== 'terms') return table.hide();
        const T = derived.steps;
        const { bpttWay: way, bpttEvery: every } = ui;
        written = way;
        follow(ui.formula, Math.min(player.t, T));
        const from = way === 'sweep' ? Math.min(player.t, T) : 1;
        const found = order.map((cell) => {
          const own = lanes[cell]?.terms;
          return { cell, name: t.lane(cell), step: own?.step ?? 0, terms: own && own.every === every ? readTerms(own.values, T) : null };
        });
        const version = order.map((cell) => lanes[cell]?.mapVersion ?? 0).join();
        if (words(version, t.language, way, every, T, from, order, derived.training)) {
          el.setAttribute('aria-label', t.landmark('bptt.title'));
          renderHead(way, every, found.every(({ terms }) => terms !== null), derived.training);
          for (const { cell } of found) if (!squares.has(cell)) squares.set(cell, createSquare(row, { dispatch, label, entry, point, open }));
          for (const [cell, one] of squares) {
            if (order.includes(cell)) continue;
            one.dispose();
            squares.delete(cell);
          }
          for (const [place, { cell, name, terms, step }] of found.entries()) {
            const square = /** @type {ReturnType<typeof createSquare>} */ (squares.get(cell));
            const drawn = terms && squareOf(terms, T, way, from);
            const grey = drawn ? largest(drawn.values) : 0;
            square.show(
              {
                key: cell,
                name,
                values: drawn?.values ?? null,
                drawn: drawn?.drawn,
                reference: grey,
                letter: 'k',
                column: way !== 'literal',
                caption: terms ? t('bptt.caption', { step: t.number(step), grey: t.magnitude(grey) }) : t('map.none'),
                about: terms ? about(way, terms) : '',
              },
              T,
            );
            square.put(place);
          }
        }
        for (const one of squares.values()) one.draw(Math.min(player.t, T), ui.theme);
        // The sweep is where the playhead is.
        const at = way !== 'sweep' && chosen && chosen.t <= T && chosen.k <= chosen.t ? chosen : { t: T, k: Math.min(player.t, T) };
        table.draw(state, [version, at.t, every], ({ columnNumbers }) => rowOf(columnNumbers, found, T, at.t));
        if (lines(version, t.language, way, every, at.t, at.k, order)) {
          render(found.map(({ cell, name, terms }) => (terms ? html`<li><i class="lane-mark" data-cell=${cell}></i><b>${name}</b> ${writtenOut(terms, T, at, way)}</li>` : nothing)), out);
        }
      },
      dispose() {
        for (const one of squares.values()) one.dispose();
        el.replaceChildren();
      },
    };

    /** Row t of the double sum, what each column adds up to, and the printed line's own summands. @param {typeof import('./table.js').columnNumbers} columnNumbers @param {{ name: string, terms: Terms | null }[]} found @param {number} T @param {number} at */
    function rowOf(columnNumbers, found, T, at) {
      const column = (/** @type {string} */ label, /** @type {ArrayLike<number>} */ values) => ({ label, values, form: /** @type {const} */ ('log10') });
      return columnNumbers(t, {
        title: t('bptt.table', { t: t.number(at) }),
        about: t('bptt.table.about', { t: t.number(at) }),
        head: 'k',
        rows: Array.from({ length: T }, (_, k) => String(k + 1)),
        now: -1,
        columns: found.flatMap(({ name, terms }) => {
          if (!terms) return [];
          return [
            column(t('bptt.table.term', { name, t: t.number(at) }), terms.norm.slice((at - 1) * T, (at - 1) * T + at)),
            column(t('bptt.table.column', { name }), terms.total),
            column(t('bptt.table.literal', { name }), terms.literal),
          ];
        }),
      });
    }

    /** @param {Way} way @param {Terms} terms */
    function about(way, terms) {
      return way === 'literal' ? t('bptt.about.literal') : t(`bptt.about.${way}`, { value: t.magnitude(terms.gradient) });
    }

    /** @param {Terms} terms @param {number} T @param {{ t: number, k: number }} at @param {Way} as */
    function writtenOut(terms, T, at, as) {
      if (as === 'sweep') return html`<span class="about">${t('bptt.column', { k: t.number(at.k) })}</span> <b data-log10=${terms.total[at.k - 1]}>${t.magnitude(terms.total[at.k - 1])}</b>`;
      if (as === 'literal') return html`<span class="about">${t('bptt.summand', { t: t.number(at.t) })}</span> <b data-log10=${terms.literal[at.t - 1]}>${t.magnitude(terms.literal[at.t - 1])}</b>`;
      const { start, way: back, left, use, value } = termOf(terms, T, at.t, at.k);
      const place = { t: t.number(at.t), k: t.number(at.k) };
      // h_0 is zero: the first use of W_hh multiplies nothing.
      if (value === -Infinity || Number.isNaN(use)) return t(at.k === 1 ? 'bptt.term.first' : 'bptt.term.none', place);
      const { head: factors, skipped, last } = runningProduct(back, 1, 3);
      const product = factors.map((factor) => t.factor(factor));
      if (skipped) product.push('…');
      if (last !== null) product.push(t.factor(last));
      return html`<span class="about">${t('bptt.term', place)}</span> ${[t.magnitude(start), ...product].join(' × ')} = ${t.magnitude(left)}; × ${t.magnitude(use)} = <b data-log10=${value}>${t.magnitude(value)}</b>`;
    }

    /** @param {Way} way @param {boolean} every @param {boolean} done @param {boolean} training */
    function renderHead(way, every, done, training) {
      const change = (/** @type {Record<string, unknown>} */ part) => () => dispatch({ type: 'ui', change: part });
      render(
        html`<header>
            <h2>${t('bptt.title')}</h2>
            <div class="tabs" role="group" aria-label=${t('bptt.way')}>
              ${WAYS.map((name) => html`<button aria-pressed=${name === way} @click=${change({ bpttWay: name })}>${t(`bptt.${name}`)}</button>`)}
            </div>
            <div class="tabs" role="group" aria-label=${t('bptt.loss')}>
              ${[false, true].map((value) => html`<button aria-pressed=${value === every} title=${t(value ? 'bptt.every.about' : 'bptt.last.about')} @click=${change({ bpttEvery: value })}>${t(value ? 'bptt.every' : 'bptt.last')}</button>`)}
            </div>
            ${table.button()}
            <span class="map-state">${t(training ? 'bptt.following' : done ? 'map.done' : 'bptt.busy')}</span>
            ${gradientScale(t)}
          </header>
          <div class="bptt-line">
            ${formula(way)}
            <p>${t(`bptt.${way}.says`)}</p>
          </div>`,
        head,
      );
      gradientScale.paint(head);
    }
  },
};
