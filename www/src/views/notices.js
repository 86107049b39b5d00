// @ts-check
// What was changed or went wrong, above the lanes: of the link, of the core, of the engine.
import { html, nothing, render } from 'lit/html.js';
import { icon } from './icons.js';
import { changes } from './view.js';

/**
 * @param {import('./view.js').State['engine']} engine @param {import('../state/reducer.js').ShownNotice[]} notices
 * @param {{ t: import('./view.js').Translate, dispatch: (action: import('./view.js').Action) => void }} hands
 */
export const troubleRows = (engine, notices, { t, dispatch }) => html`${
  engine.status === 'failed'
    ? html`<div class="failure" role="alert">
        <p>${t(`engine.${engine.reason}`, { detail: engine.detail })} ${t('engine.stillUsable')}</p>
        <button @click=${() => dispatch({ type: 'retry' })}>${t('button.retry')}</button>
      </div>`
    : nothing
}${
  notices.length
    ? html`<ul class="notices">
        ${notices.map(({ field, given, effective, reason, lane }) => {
          const name = t.or(`field.${field}`, t.or(`surgery.part.${field}`, field));
          return html`<li>${t(`notice.${reason}`, { field: lane ? t('lane.setting', { lane: t.lane(lane), field: name }) : name, given, effective })}</li>`;
        })}
        <li class="dismiss"><button aria-label=${t('button.dismiss')} @click=${() => dispatch({ type: 'dismiss' })}>${icon('close')}</button></li>
      </ul>`
    : nothing
}`;

/** @type {import('./view.js').View} */
export default {
  id: 'notices',
  accepts: () => false,
  mount(el, hands) {
    const changed = changes();
    return {
      draw({ derived }, { engine }) {
        if (changed(engine, JSON.stringify(derived.notices), hands.t.language)) render(troubleRows(engine, derived.notices, hands), el);
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
