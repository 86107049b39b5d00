// @ts-check
// The lanes that are compared: which there are, and what each has for itself. All else they have in common, above all the data.
import { html, nothing, render } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import { fieldRow } from './fields.js';
import { icon } from './icons.js';
import { settingText } from './runName.js';
import { changes } from './view.js';

/** @typedef {import('../generated/types.d.ts').Field} Field */

/** A box stays its lane's own where lanes are added or removed, and where that changes the lane's name: which of its cell's lanes it is. @param {{ cell: string }} lane @param {number} place @param {{ cell: string }[]} lanes */
const keyIn = ({ cell }, place, lanes) => `${cell}${lanes.slice(0, place).filter((other) => other.cell === cell).length}`;

/** @type {import('./view.js').View} */
export default {
  id: 'compare',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('compare');
    el.setAttribute('role', 'region');
    const changed = changes();
    /** What is being typed, by lane. @type {Map<string, import('./fields.js').Typing>} */
    const typing = new Map();
    return {
      draw({ derived }, { experiment, ui, notices }) {
        const { comparing } = derived;
        // Notices, too: a value that was refused changes nothing but the box it was typed into.
        if (!changed(comparing, experiment, notices, ui.lock, t.language)) return;
        const comparison = comparing ? derived.comparison() : null;
        if (!comparison) return render(nothing, el);
        const came = el.childElementCount === 0 && ui.compareOpen;
        const { lanes, settable, settings } = comparison;
        const { catalog } = derived;
        const cells = catalog.fields.find(({ name }) => name === 'cell')?.choices ?? [];
        const locked = ['all', 'cell', 'vs'].some((name) => ui.lock.includes(name));
        el.setAttribute('aria-label', t.landmark('compare.title'));
        render(
          html`<header><h2>${t('compare.title')}</h2><button aria-label=${t('compare.close')} title=${t('compare.close')} @click=${() => dispatch({ type: 'ui', change: { compareOpen: false } })}>${icon('close')}</button></header>
            <p class="hint">${t('compare.about')}</p>
            ${repeat(lanes, (lane, place) => keyIn(lane, place, lanes), ({ id, cell, own }) => {
              const name = t.lane(id);
              const rest = settable.filter((field) => settings[field.name][id].has && !own.includes(field.name) && !derived.locked(field));
              return html`<fieldset aria-label=${name} data-lane=${id}>
                <div class="compare-lane">
                  <b><i class="lane-mark" data-cell=${id}></i>${name}</b>
                  <select aria-label=${t('compare.cell', { lane: name })} ?disabled=${locked} @change=${(/** @type {Event} */ event) => dispatch({ type: 'lane', how: 'cell', lane: id, cell: /** @type {HTMLSelectElement} */ (event.target).value })}>
                    ${cells.map((one) => html`<option value=${one} .selected=${one === cell}>${t.lane(one)}</option>`)}
                  </select>
                  <button title=${t('compare.add', { lane: name })} aria-label=${t('compare.add', { lane: name })} ?disabled=${locked || lanes.length >= derived.mostLanes} @click=${() => dispatch({ type: 'lane', how: 'add', lane: id })}>+</button>
                  <button title=${t('compare.remove', { lane: name })} aria-label=${t('compare.remove', { lane: name })} ?disabled=${locked || lanes.length < 3} @click=${() => dispatch({ type: 'lane', how: 'remove', lane: id })}>−</button>
                </div>
                ${settable.filter((field) => own.includes(field.name)).map((field) => ownRow(field, id, name))}
                ${rest.length
                  ? html`<label class="field choice own-add"
                      ><span>${t('compare.own')}</span>
                      <select @change=${(/** @type {Event} */ event) => take(event, id)}>
                        <option value="" selected>${t('compare.choose')}</option>
                        ${rest.map((field) => html`<option value=${field.name}>${t('run.setting', { field: t(`field.${field.name}`), value: settingText(field.name, settings[field.name][id].value, t) })}</option>`)}
                      </select></label
                    >`
                  : nothing}
              </fieldset>`;
            })}`,
          el,
        );
        if (came) el.scrollIntoView({ block: 'nearest' });

        /** A setting of the lane's own, with the way back to that of all. @param {Field} field @param {string} lane @param {string} name */
        function ownRow(field, lane, name) {
          const set = (/** @type {unknown} */ value) => dispatch({ type: 'field', lane, name: field.name, value });
          const box = typing.get(lane) ?? { box: null, field: '' };
          typing.set(lane, box);
          const back = t('compare.shared', { lane: name, field: t(`field.${field.name}`) });
          return html`<div class="own" data-own=${field.name}>
            <div>${derived.locked(field) ? html`<fieldset class="locked" disabled>${row()}</fieldset>` : row()}</div>
            <button class="small" aria-label=${back} title=${back} ?disabled=${derived.locked(field)} @click=${() => set(undefined)}>${icon('close')}</button>
          </div>`;
          function row() {
            return fieldRow(field, settings[field.name][lane].value, { t, set, effective: null, typing: box });
          }
        }

        /** Begins with the value that all have. @param {Event} event @param {string} lane */
        function take(event, lane) {
          const select = /** @type {HTMLSelectElement} */ (event.target);
          const name = select.value;
          select.value = '';
          if (name) dispatch({ type: 'field', lane, name, value: settings[name][lane].value });
        }
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
