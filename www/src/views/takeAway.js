// @ts-check
// What a reader takes along of what is shown: pictures, numbers, a film of the sweep, the settings.
import { html, nothing, render } from 'lit/html.js';
import { NORM_COLUMNS, RUN_COLUMNS, TIMESTEP_COLUMNS, UNIT_COLUMNS } from '../draw/numbers.js';
import { createDialog } from './dialog.js';
import { icon } from './icons.js';
import { changes } from './view.js';

/** @type {import('./view.js').View} */
export default {
  id: 'takeAway',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    const { dialog, show, dispose } = createDialog(el, 'share take-away', () => dispatch({ type: 'ui', change: { takeOpen: false } }));
    const changed = changes();
    const films = 'MediaRecorder' in globalThis && 'captureStream' in HTMLCanvasElement.prototype;
    return {
      draw({ derived }, { ui, order, source }) {
        if (!ui.takeOpen) return show(false);
        const untrained = source === 'live' && derived.moment.reach === 0;
        if (changed(t.language, ui.sweep, derived.page, derived.training, untrained, order)) {
          const file = (/** @type {string} */ name, /** @type {object} */ wanted) => html`<button @click=${() => dispatch({ type: 'save', ...wanted })}>${t(`take.${name}`)}</button>`;
          const link = () => (derived.page ? new URL(derived.link(), derived.page).href : derived.link());
          dialog.setAttribute('aria-label', t('take.title'));
          render(
            html`<div class="head"><h2>${t('take.title')}</h2><button aria-label=${t('take.close')} @click=${() => dialog.close()}>${icon('close')}</button></div>
              <div class="take-body">
                ${untrained ? html`<p class="untrained">${t('take.untrained')}</p>` : nothing}
                <section>
                  <h3>${t('take.figure')}</h3>
                  <div class="hands">${file('svg', { what: 'figure', kind: 'svg' })}${file('png', { what: 'figure', kind: 'png' })}</div>
                  <p class="hint">${t('take.figure.about')}</p>
                </section>
                <section>
                  <h3>${t('take.numbers')}</h3>
                  <div class="hands">${file('json', { what: 'numbers', kind: 'json' })}${file('timesteps', { what: 'numbers', kind: 'timesteps' })}${file('units', { what: 'numbers', kind: 'units' })}${file('steps', { what: 'numbers', kind: 'steps' })}</div>
                  <p class="hint">${t(derived.training ? 'take.numbers.stops' : 'take.numbers.about')}</p>
                  <details><summary>${t('take.columns')}</summary>${columns(TIMESTEP_COLUMNS)}${columns(UNIT_COLUMNS)}${columns(RUN_COLUMNS)}${columns(NORM_COLUMNS)}</details>
                </section>
                <section>
                  <h3>${t('take.film')}</h3>
                  ${!films
                    ? html`<p>${t('take.film.cannot')}</p>`
                    : ui.sweep === null
                      ? html`<div class="hands">${file('sweep', { what: 'sweep' })}</div>`
                      : html`<div class="hands"><progress max="1" .value=${ui.sweep} aria-label=${t('take.film.making')}></progress><button @click=${() => dispatch({ type: 'ui', change: { sweep: null } })}>${t('take.film.cancel')}</button></div>`}
                  ${films ? html`<p class="hint">${t('take.film.about')}</p>` : nothing}
                </section>
                <section>
                  <h3>${t('take.settings')}</h3>
                  <div class="hands"><button @click=${() => dispatch({ type: 'copy', text: link() })}>${t('take.link')}</button></div>
                  <p class="hint">${t('take.settings.about')}</p>
                </section>
              </div>`,
            dialog,
          );
        }
        show(true);
      },
      dispose,
    };

    /** Names and meanings as they stand in the files. @param {Record<string, string>} all */
    function columns(all) {
      return html`<dl lang="en">${Object.entries(all).map(([name, about]) => html`<div><dt><code translate="no">${name}</code></dt><dd>${about}</dd></div>`)}</dl>`;
    }
  },
};
