// @ts-check
// The experiment's settings, made from the catalog: ranges, defaults and choices are the core's, only words are ours.
import { html, nothing, render } from 'lit/html.js';
import { fieldRow } from './fields.js';
import { changes } from './view.js';

/** Shared settings by topic; what concerns one cell only gets a topic of its own, made from the catalog. */
const TOPICS = [
  { id: 'task', fields: ['task', 'language', 'length', 'alphabet'] },
  { id: 'network', fields: ['hidden', 'layers', 'seed'] },
  { id: 'training', fields: ['optimizer', 'learningRate', 'clip', 'batch'] },
];
const SPEEDS = ['slow', 'normal', 'max'];

/** @type {import('./view.js').View} */
export default {
  id: 'controls',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('controls');
    const changed = changes();
    /** @type {import('./fields.js').Typing} */
    const typing = { box: null, field: '' };
    return {
      draw({ derived }, { experiment, order, ui, lanes, notices }) {
        // Notices, too: a value that was refused changes nothing but the box it was typed into.
        if (!changed(ui.lock, experiment, notices, order, ui.trainSpeed, derived.preset, derived.comparing, t.language, ...order.map((cell) => lanes[cell]?.info))) return;
        const { catalog } = derived;
        const set = (/** @type {string} */ name) => (/** @type {unknown} */ value) => dispatch({ type: 'field', name, value });
        const values = /** @type {Record<string, any>} */ (experiment);
        /** What the core really uses, where it differs from what was asked. @param {string} name */
        const effective = (name) => {
          const notice = order.flatMap((cell) => lanes[cell]?.info?.notices ?? []).find((n) => n.field === name && n.reason !== 'notApplicable');
          return notice ? String(notice.effective) : null;
        };
        const free = (/** @type {import('../generated/types.d.ts').Field} */ field) => fieldRow(field, values[field.name], { t, set: set(field.name), effective: effective(field.name), typing });
        const row = (/** @type {import('../generated/types.d.ts').Field} */ field) => (derived.locked(field) ? html`<fieldset class="locked" disabled>${free(field)}</fieldset>` : free(field));
        /** A preset changes every setting, so that one lock keeps them all. */
        const locked = ui.lock.length > 0;
        const inTask = (/** @type {import('../generated/types.d.ts').Field} */ field) => !field.tasks || field.tasks.includes(experiment.task);
        const concerned = (/** @type {import('../generated/types.d.ts').Field} */ field) => order.filter((cell) => derived.concerns(field, cell));
        /** Settings that only some of the lanes have, by those lanes. @type {Map<string, { cells: string[], fields: import('../generated/types.d.ts').Field[] }>} */
        const special = new Map();
        for (const cell of order) {
          for (const field of catalog.fields) {
            const cells = concerned(field);
            if (field.name === 'cell' || cells[0] !== cell || cells.length === order.length) continue;
            const group = special.get(cells.join('-')) ?? { cells, fields: [] };
            group.fields.push(field);
            special.set(cells.join('-'), group);
          }
        }
        /** Settings of some cells that all lanes here happen to have, such as the forget bias of LSTM and GRU. */
        const ofAll = catalog.fields.filter(
          (field) => field.cells && order.every((cell) => derived.concerns(field, cell)),
        );
        const topic = (/** @type {string} */ id, /** @type {unknown} */ title, /** @type {unknown} */ content) =>
          html`<section class="topic" data-topic=${id}><h2>${title}</h2>${content}</section>`;
        /** Which cells have a lane; two lanes at least. */
        const compared = () => {
          const cells = [...new Set(order.map(derived.cellOf))];
          return html`<div class="field cells" role="group" aria-label=${t('cells')}>
            <span aria-hidden="true">${t('cells')}</span>
            <div class="choices">
              ${catalog.fields
                .find((field) => field.name === 'cell')
                ?.choices?.map((cell) => {
                  const on = cells.includes(cell);
                  const next = on ? cells.filter((other) => other !== cell) : [...cells, cell];
                  const alone = on && order.filter((lane) => derived.cellOf(lane) !== cell).length < 2;
                  return html`<button aria-pressed=${on} ?disabled=${alone || ['all', 'cell', 'vs'].some((name) => ui.lock.includes(name))} @click=${() => dispatch({ type: 'cells', cells: next })}>${t.lane(cell)}</button>`;
                })}
            </div>
          </div>
          <button class="small" aria-expanded=${derived.comparing} @click=${() => dispatch({ type: 'ui', change: { compareOpen: !derived.comparing } })}>${t('cells.own')}</button>`;
        };
        const shared = (/** @type {string} */ id) => {
          const names = TOPICS.find((entry) => entry.id === id)?.fields ?? [];
          return names.map((name) => catalog.fields.find((field) => field.name === name)).map((field) => (field && inTask(field) ? row(field) : nothing));
        };
        render(
          html`${topic(
              'presets',
              t('topic.presets'),
              html`<div class="presets">
                  ${derived.presets.map(
                    (id) =>
                      html`<button aria-pressed=${id === derived.preset} ?disabled=${locked} title=${t(`preset.${id}.about`)} @click=${() => dispatch({ type: 'preset', id })}>${t(`preset.${id}`)}</button>`,
                  )}
                </div>
                <p class="hint">${derived.preset ? t(`preset.${derived.preset}.about`) : t('framing')}</p>`,
            )}
            ${topic('task', t('topic.task'), shared('task'))} ${topic('network', t('topic.network'), [compared(), ...shared('network'), ...ofAll.map(row)])}
            ${[...special].map(([id, { cells, fields }]) =>
              topic(
                `cell-${id}`,
                html`${cells.map((cell) => html`<i class="lane-mark" data-cell=${cell}></i>`)}${t('topic.cell', { cell: cells.map((cell) => t.lane(cell)).join(' · ') })}`,
                fields.map(row),
              ),
            )}
            ${topic(
              'training',
              t('topic.training'),
              html`${shared('training')}
                <label class="field choice"
                  ><span>${t('trainSpeed')}</span>
                  <select @change=${(/** @type {Event} */ event) => dispatch({ type: 'ui', change: { trainSpeed: /** @type {HTMLSelectElement} */ (event.target).value } })}>
                    ${SPEEDS.map((speed) => html`<option value=${speed} .selected=${speed === ui.trainSpeed}>${t(`trainSpeed.${speed}`)}</option>`)}
                  </select></label
                >`,
            )}`,
          el,
        );
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
