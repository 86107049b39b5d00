// @ts-check
// The top bar: the name, the one sentence that says what to watch, and the hands on the machine.
import { html, nothing, render } from 'lit/html.js';
import { LANGUAGES } from '../i18n/index.js';
import { icon } from './icons.js';
import { changes } from './view.js';

/** The views by their keys. @type {{ view: import('./view.js').State['ui']['view'], key: string }[]} */
const VIEWS = [{ view: 'flow', key: '1' }, { view: 'cell', key: '2' }, { view: 'map', key: '3' }, { view: 'training', key: '4' }, { view: 'code', key: '5' }];
const THEMES = ['light', 'dark', 'projector'];

/** @type {import('./view.js').View} */
export default {
  id: 'bar',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('bar');
    const changed = changes();
    const act = (/** @type {string} */ type) => () => dispatch({ type });
    return {
      draw({ derived }, { player, ui, engine }) {
        const { training } = derived;
        if (!changed(player.playing, training, ui.theme, ui.language, ui.controlsOpen, engine.status, t.language, ui.view)) return;
        const failed = engine.status === 'failed';
        render(
          html`<h1 class="wordmark">${icon('gate')}<span>gatescope</span></h1>
            <div class="tabs views" role="group" aria-label=${t('views')}>
              ${VIEWS.map(
                ({ view, key }) =>
                  html`<button aria-pressed=${view === ui.view} aria-keyshortcuts=${key} title=${t('view.key', { key })} @click=${() => dispatch({ type: 'view', view })}>${t(`view.${view}`)}</button>`,
              )}
            </div>
            <p class="watch">${t('watch')}</p>
            <div class="actions" role="group" aria-label=${t('actions')}>
              <button class="settings-toggle" aria-label=${t('button.settings')} title=${t('button.settings')} aria-expanded=${ui.controlsOpen} @click=${() => dispatch({ type: 'ui', change: { controlsOpen: !ui.controlsOpen } })}>
                ${icon('sliders')}<span>${t('button.settings')}</span>
              </button>
              <button class="play" @click=${() => dispatch({ type: 'play', on: !player.playing })}>
                ${icon(player.playing ? 'pause' : 'play')}<span>${t(player.playing ? 'button.pause' : 'button.play')}</span>
              </button>
              <button class="primary train" ?disabled=${failed} @click=${act(training ? 'stop' : 'train')}>
                ${icon(training ? 'stop' : 'train')}<span>${t(training ? 'button.stop' : 'button.train')}</span>
              </button>
              <button class="step" title=${t('button.step.title')} ?disabled=${training || failed} @click=${act('step')}>${icon('step')}<span>${t('button.step')}</span></button>
              <button class="reset" title=${t('button.reset.title')} ?disabled=${failed} @click=${act('reset')}>${icon('reset')}<span>${t('button.reset')}</span></button>
            </div>
            <div class="wishes">
              ${derived.page ? html`<button class="share-open" aria-label=${t('button.share')} title=${t('button.share')} aria-haspopup="dialog" @click=${() => dispatch({ type: 'ui', change: { shareOpen: true } })}>${icon('share')}</button>` : nothing}
              <button class="share-open take-open" aria-label=${t('button.takeAway')} title=${t('button.takeAway')} aria-haspopup="dialog" @click=${() => dispatch({ type: 'ui', change: { takeOpen: true } })}>${icon('download')}</button>
              <button class="present" aria-label=${t('button.present')} title=${t('button.present')} @click=${() => dispatch({ type: 'present', on: true })}>${icon('screen')}<span>${t('button.present')}</span></button>
              <label class="pick"
                ><span class="hidden">${t('language')}</span
                ><select aria-label=${t('language')} @change=${pick('language')}>
                  ${Object.entries(LANGUAGES).map(([tag, { name }]) => html`<option value=${tag} lang=${tag} .selected=${tag === ui.language}>${name}</option>`)}
                </select></label
              >
              <label class="pick"
                ><span class="hidden">${t('theme')}</span
                ><select aria-label=${t('theme')} @change=${pick('theme')}>
                  ${THEMES.map((name) => html`<option value=${name} .selected=${name === ui.theme}>${t(`theme.${name}`)}</option>`)}
                </select></label
              >
            </div>`,
          el,
        );
        // A longer sentence asks for more room, in a second line if need be.
        /** @type {HTMLElement} */ (el.querySelector('.watch')).style.flexBasis = `${t('watch').length / 8}em`;
      },
      dispose: () => el.replaceChildren(),
    };

    /** @param {string} name */
    function pick(name) {
      return (/** @type {Event} */ event) =>
        dispatch({ type: 'ui', change: { [name]: /** @type {HTMLSelectElement} */ (event.target).value } });
    }
  },
};
