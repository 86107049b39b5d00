// @ts-check
// A chart's way to its numbers: a button, and a table that is fetched when somebody first asks for it.
import { html } from 'lit/html.js';

/** @typedef {typeof import('./table.js')} Tables */

/**
 * @param {HTMLElement} parent @param {string} name the table's, as the state knows it
 * @param {{ dispatch: import('./view.js').Context['dispatch'], t: import('./view.js').Translate }} hands
 */
export function tableOf(parent, name, hands) {
  /** @type {{ tables: Tables, table: ReturnType<Tables['numbersTable']> } | null} */
  let made = null;
  /** @type {Promise<void> | null} */
  let fetched = null;
  return {
    /** Its chart is not shown any more. */
    hide: () => void made?.table.hide(),
    button: (title = hands.t('table.open')) => html`<button class="link" aria-haspopup="dialog" @click=${() => hands.dispatch({ type: 'ui', change: { table: name } })}>${title}</button>`,
    /** @param {import('./view.js').State} state @param {unknown} version what the numbers depend on @param {(tables: Tables) => import('./table.js').Numbers} make */
    draw({ ui }, version, make) {
      const open = ui.table === name;
      if (open) fetched ??= import('./table.js').then((tables) => void (made = { tables, table: tables.numbersTable(parent, hands) }), () => void (fetched = null));
      const { tables, table } = made ?? {};
      if (tables && table) table.draw(open, String(version), () => make(tables));
    },
  };
}
