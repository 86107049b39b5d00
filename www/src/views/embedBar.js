// @ts-check
// The top of a small widget: what is asked of the networks, as many hands as the host wants, the way to the full page.
import { html, nothing, render } from 'lit/html.js';
import { icon } from './icons.js';
import { changes } from './view.js';

/** @type {import('./view.js').View} */
export default {
  id: 'bar',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('embed-bar');
    const changed = changes();
    return {
      draw({ derived }, state) {
        const { player, ui, engine, order, lanes } = state;
        const info = order.map((cell) => lanes[cell]?.info).find(Boolean);
        const step = Math.max(0, ...order.map((cell) => lanes[cell]?.status.step ?? 0));
        if (!changed(player.playing, derived.training, engine.status, ui.controls, ui.language, ui.theme, step, info, state.source, t.language, derived.page)) return;
        const failed = engine.status === 'failed';
        const full = ui.controls === 'full';
        const act = (/** @type {string} */ type) => () => dispatch({ type });
        /** Only when somebody is about to follow it: it names the very moment. @param {Event} event */
        const aim = (event) => {
          const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
          link.href = address();
        };
        const address = () => {
          const url = new URL(derived.page ?? '');
          url.search = String(new URLSearchParams({ lang: ui.language, theme: ui.theme }));
          url.hash = derived.link();
          return url.href;
        };
        render(
          html`<h2 class="embed-title">${icon('gate')}<span>${info ? t.plural(`question.${info.experiment.task}`, Math.max(0, info.experiment.length - 1), { T: t.number(info.experiment.length) }) : t('embed.title')}</span></h2>
            <span class="badge">${badge(state.source, step, derived.training)}</span>
            ${ui.controls === 'none'
              ? nothing
              : html`<div class="actions" role="group" aria-label=${t('actions')}>
                  <button class="play" aria-label=${t(player.playing ? 'button.pause' : 'button.play')} @click=${() => dispatch({ type: 'play', on: !player.playing })}>${icon(player.playing ? 'pause' : 'play')}</button>
                  ${full
                    ? html`<button class="primary train" aria-label=${t(derived.training ? 'button.stop' : 'button.train')} ?disabled=${failed} @click=${act(derived.training ? 'stop' : 'train')}>${icon(derived.training ? 'stop' : 'train')}<span>${t(derived.training ? 'button.stop' : 'button.train')}</span></button>
                        <button class="step" aria-label=${t('button.step')} title=${t('button.step.title')} ?disabled=${derived.training || failed} @click=${act('step')}>${icon('step')}</button>
                        <button class="reset" aria-label=${t('button.reset')} title=${t('button.reset.title')} ?disabled=${failed} @click=${act('reset')}>${icon('reset')}</button>`
                    : nothing}
                </div>`}
            ${derived.page
              ? html`<a class="open-full" href=${address()} target="_blank" rel="noopener" aria-label=${t('embed.full')} title=${t('embed.full')} @pointerdown=${aim} @focus=${aim} @click=${aim}>${icon('open')}</a>`
              : nothing}`,
          el,
        );
      },
      dispose: () => el.replaceChildren(),
    };

    /** @param {string} source @param {number} step @param {boolean} training */
    function badge(source, step, training) {
      const number = t.number(step);
      if (source === 'none') return t('badge.loading');
      if (source === 'opening') return t('badge.opening', { step: number });
      if (training) return t('badge.training', { step: number });
      return step === 0 ? t('badge.untrained') : t('badge.trained', { step: number });
    }
  },
};
