// @ts-check
// The numbers behind the chart of a quantity: a dialog with one row a timestep, to read, to select and to copy.
import { html, render } from 'lit/html.js';
import { changes } from './view.js';

/** @typedef {{ label: string, series: { symbol: string, values: Float32Array }[], cosine: Float32Array | null }} Lane */

/**
 * @param {HTMLElement} parent @param {{ dispatch: import('./view.js').Context['dispatch'], t: import('./view.js').Translate }} hands
 */
export function numbersTable(parent, { dispatch, t }) {
  const dialog = parent.appendChild(document.createElement('dialog'));
  dialog.className = 'numbers-table';
  // Escape and the button end in the same place, so the state always knows.
  dialog.addEventListener('close', () => dispatch({ type: 'ui', change: { table: false } }));
  const changed = changes();
  return {
    /** @param {boolean} open @param {string} title @param {string} about @param {boolean} log whether the numbers are log10 @param {Lane[]} lanes @param {number} now @param {string} version */
    draw(open, title, about, log, lanes, now, version) {
      if (open !== dialog.open) {
        if (open) dialog.showModal();
        else dialog.close();
      }
      if (!open || !changed(title, version, now, t.language)) return;
      const columns = lanes.flatMap(({ label, series, cosine }) => [
        ...series.map(({ symbol, values }) => ({ label, symbol, values, log })),
        ...(cosine ? [{ label, symbol: 'cos', values: cosine, log: false }] : []),
      ]);
      const steps = Math.max(0, ...columns.map(({ values }) => values.length));
      const say = (/** @type {number} */ value, /** @type {boolean} */ isLog) => (isLog ? t.exact(value) : Number.isFinite(value) ? t.number(value, 4) : t('value.none'));
      render(
        html`<header><h2>${title}</h2><p>${about}</p><button autofocus @click=${() => dialog.close()}>${t('table.close')}</button></header>
          <div class="rows" tabindex="0" role="region" aria-label=${title}>
            <table>
              <thead>
                <tr><th scope="col">t</th>${columns.map(({ label, symbol }) => html`<th scope="col">${label} ${symbol}</th>`)}</tr>
              </thead>
              <tbody>
                ${Array.from({ length: steps }, (_, k) => html`<tr aria-current=${k + 1 === now ? 'true' : 'false'}><th scope="row">${k + 1}</th>${columns.map(({ values, log: isLog }) => html`<td>${say(values[k], isLog)}</td>`)}</tr>`)}
              </tbody>
            </table>
          </div>`,
        dialog,
      );
      dialog.querySelector('[aria-current=true]')?.scrollIntoView({ block: 'nearest' });
    },
  };
}
