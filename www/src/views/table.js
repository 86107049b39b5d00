// @ts-check
// The numbers behind a chart: a dialog with one row a point, to read, to select and to copy.
import { html, render } from 'lit/html.js';
import { createDialog } from './dialog.js';
import { changes } from './view.js';

/** @typedef {import('./view.js').Translate} Translate */
/** `head`: what the rows are named by; `now`: the row that is marked, −1 for none. @typedef {{ title: string, about: string, head: string, rows: string[], columns: { label: string, say: (row: number) => string }[], now: number }} Numbers */
/** @typedef {{ label: string, series: { symbol: string, values: Float32Array }[], cosine: Float32Array | null, before: Float32Array | null }} Lane */

/** @param {HTMLElement} parent @param {{ dispatch: import('./view.js').Context['dispatch'], t: Translate }} hands */
export function numbersTable(parent, { dispatch, t }) {
  const { dialog, show } = createDialog(parent, 'numbers-table', () => dispatch({ type: 'ui', change: { table: '' } }));
  const changed = changes();
  return {
    /** Its chart is not shown any more: a dialog that nobody sees would hold the page. */
    hide: () => show(false),
    /** @param {boolean} open @param {string} version what the numbers depend on @param {() => Numbers} make */
    draw(open, version, make) {
      show(open);
      if (!open || !changed(version, t.language)) return;
      const { title, about, head, rows, columns, now } = make();
      render(
        html`<header><h2>${title}</h2><p>${about}</p><button autofocus @click=${() => dialog.close()}>${t('table.close')}</button></header>
          <div class="rows" tabindex="0" role="region" aria-label=${title}>
            <table>
              <thead>
                <tr><th scope="col">${head}</th>${columns.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr>
              </thead>
              <tbody>
                ${rows.map((name, k) => html`<tr aria-current=${k === now ? 'true' : 'false'}><th scope="row">${name}</th>${columns.map(({ say }) => html`<td>${say(k)}</td>`)}</tr>`)}
              </tbody>
            </table>
          </div>`,
        dialog,
      );
      dialog.querySelector('[aria-current=true]')?.scrollIntoView({ block: 'nearest' });
    },
  };
}

/** Columns of numbers. `form`: how they are given, and so written. @typedef {{ label: string, values: ArrayLike<number | null>, form: 'log10' | 'linear' | 'setting' }} Column */

/** @param {Translate} t @param {Omit<Numbers, 'columns'> & { columns: Column[] }} shown @returns {Numbers} */
export function columnNumbers(t, { columns, ...shown }) {
  /** @type {Record<Column['form'], (value: number) => string>} */
  const forms = { log10: t.exact, linear: (value) => t.figure(value, 0, 6), setting: t.short };
  /** @param {ArrayLike<number | null>} values @param {Column['form']} form */
  const sayer = (values, form) => (/** @type {number} */ row) => {
    const value = values[row] ?? Number.NaN;
    return Number.isNaN(value) ? t('value.none') : forms[form](value);
  };
  return { ...shown, columns: columns.map(({ label, values, form }) => ({ label, say: sayer(values, form) })) };
}

/** A quantity of every lane along t. @param {Translate} t @param {{ title: string, about: string, log: boolean, lanes: Lane[], now: number }} shown `log`: whether the numbers are log10 */
export function quantityNumbers(t, { title, about, log, lanes, now }) {
  const form = log ? 'log10' : 'linear';
  /** @type {Column[]} */
  const columns = lanes.flatMap(({ label, series, cosine, before }) => [
    ...series.map(({ symbol, values }) => /** @type {Column} */ ({ label: `${label} ${symbol}`, values, form })),
    ...(before ? [/** @type {Column} */ ({ label: `${label} ${series[0].symbol}, ${t('surgery.before')}`, values: before, form })] : []),
    ...(cosine ? [/** @type {Column} */ ({ label: `${label} cos`, values: cosine, form: 'linear' })] : []),
  ]);
  const steps = Math.max(0, ...columns.map(({ values }) => values.length));
  return columnNumbers(t, { title, about, head: 't', rows: Array.from({ length: steps }, (_, k) => String(k + 1)), columns, now: now - 1 });
}
