// @ts-check
// Surgery: the shown networks with a gate held, a path cut, a weight matrix scaled; nothing is trained, nothing is kept.
import { html, nothing, render } from 'lit/html.js';
import { fieldRow } from './fields.js';
import { changes } from './view.js';

/** Numbers that may be left as they are, as the catalog would write them. @type {Record<'spectralRadius' | 'forgetBias' | 'length', import('./fields.js').Field>} */
const NUMBERS = {
  spectralRadius: number('surgeryRadius', 0, 4),
  forgetBias: number('surgeryBias', -10, 10),
  length: { ...number('surgeryLength', 1, 512), kind: 'integer', step: 1 },
};

/** @param {string} name @param {number} min @param {number} max @returns {import('./fields.js').Field} */
function number(name, min, max) {
  return { name, link: '', kind: 'number', min, max, step: 0.05, scale: 'linear', choices: null, nullable: true, default: 1, cells: null, tasks: null };
}

/** A length to begin with that is not the trained one: twice, or where there is no room half. @param {number} length */
const another = (length) => (2 * length <= (NUMBERS.length.max ?? Infinity) ? 2 * length : Math.floor(length / 2));

/** What a gate can be told, in the order offered. */
const ORDERS = /** @type {const} */ (['closed', 'normal', 'open', 'recorded']);

/** @type {import('./view.js').View} */
export default {
  id: 'surgery',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('surgery', 'card');
    const changed = changes();
    /** @type {import('./fields.js').Typing} */
    const typing = { box: null, field: '' };
    return {
      draw({ derived }, { surgery, order, lanes, ui, player, experiment }) {
        const at = Math.round(player.t);
        const dropped = order.map((cell) => lanes[cell].dropped.join());
        if (!changed(surgery, experiment.length, ui.unit, ui.wholeGate, at, t.language, ...dropped, ...order.map((cell) => lanes[cell].info))) return;
        const change = (/** @type {Partial<import('./view.js').State['surgery']>} */ part) => dispatch({ type: 'surgery', change: part });
        const unit = ui.wholeGate ? null : ui.unit;
        const numberRow = (/** @type {keyof typeof NUMBERS} */ key) => {
          const field = key === 'length' ? { ...NUMBERS.length, default: another(experiment.length) } : NUMBERS[key];
          return fieldRow(field, surgery[key], {
            t,
            typing,
            effective: null,
            set: (value) => {
              // The trained length is no other one: a handle that is dragged over it stays what it is.
              if (value === null || (Number.isFinite(value) && !(key === 'length' && value === experiment.length))) change({ [key]: value });
            },
          });
        };
        const gate = (/** @type {string} */ name) => {
          const held = surgery.gates[name];
          const now = held?.to ?? 'normal';
          const title = t.or(`channel.${name}`, name);
          return html`<div class="field cells" role="group" aria-label=${title}>
            <span aria-hidden="true">${title}${held && held.unit !== null ? html` <small>${t('moment.unit', { unit: t.number(held.unit + 1) })}</small>` : nothing}</span>
            <div class="choices">
              ${ORDERS.map(
                (to) =>
                  html`<button aria-pressed=${to === now} title=${to === 'recorded' ? t('surgery.recorded.title') : nothing} @click=${() => dispatch({ type: 'hold', gate: name, held: to === 'normal' ? null : { to, unit } })}>${t(`surgery.${to}`)}</button>`,
              )}
            </div>
          </div>`;
        };
        const place = surgery.injection ?? { t: at, unit: ui.unit ?? 0 };
        const missing = order.filter((cell) => lanes[cell].dropped.length > 0);
        render(
          html`<details>
            <summary>${t('surgery.title')}</summary>
            <div class="heal">
              <p class="hint">${t('surgery.about')}</p>
              <button ?disabled=${!derived.operated} @click=${() => dispatch({ type: 'heal' })}>${t('surgery.heal')}</button>
            </div>
            ${numberRow('length')} ${numberRow('spectralRadius')} ${numberRow('forgetBias')}
            ${derived.gates.length
              ? html`<label class="field check whole"
                  ><input type="checkbox" .checked=${unit !== null} ?disabled=${ui.unit === null} @change=${(/** @type {Event} */ e) => dispatch({ type: 'ui', change: { wholeGate: !(/** @type {HTMLInputElement} */ (e.target).checked) } })} /><span
                    >${ui.unit === null ? t('surgery.pin') : t('surgery.onlyUnit', { unit: t.number(ui.unit + 1) })}</span
                  ></label
                >`
              : nothing}
            ${derived.gates.map(gate)}
            <div class="switches">
              <button aria-pressed=${surgery.cutCellPath} title=${t('surgery.cut.title')} @click=${() => change({ cutCellPath: !surgery.cutCellPath })}>${t('surgery.cut')}</button>
              <button aria-pressed=${surgery.injection !== null} title=${t('surgery.inject.title')} @click=${() => change({ injection: surgery.injection ? null : place })}>
                ${t('surgery.inject', { t: t.number(place.t), unit: t.number(place.unit + 1) })}
              </button>
            </div>
            ${missing.map(
              (cell) => html`<p class="hint">${t('surgery.noPlace', { cell: t.lane(cell), parts: lanes[cell].dropped.map((part) => t.or(`surgery.part.${part}`, t.or(`channel.${part}`, part))).join(t('surgery.and')) })}</p>`,
            )}
          </details>`,
          el,
        );
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
