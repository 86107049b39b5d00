// @ts-check
// The bottom bar: where we are in time and which way we are going.
import { html, render } from 'lit/html.js';
import { live } from 'lit/directives/live.js';
import { icon } from './icons.js';
import { changes } from './view.js';

const SPEEDS = [0.5, 1, 2];

/** @type {import('./view.js').View} */
export default {
  id: 'scrubber',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('scrubber');
    const changed = changes();
    return {
      draw({ derived }, { player, ui }) {
        if (!changed(player.t, player.phase, derived.steps, ui.sweepSpeed, t.language)) return;
        const parts = { t: t.number(player.t), T: t.number(derived.steps) };
        render(
          html`<span class="phase" data-phase=${player.phase}>${icon(player.phase)}<span>${t(`phase.${player.phase}`)}</span></span>
            <button class="beat" aria-label=${t('button.previous')} title=${t('button.previous')} @click=${() => dispatch({ type: 'beat', by: -1 })}>${icon('previous')}</button>
            <input
              type="range"
              aria-label=${t('slider.timestep')}
              aria-valuetext=${t('timestep.of', parts)}
              min="1"
              max=${derived.steps}
              step="1"
              .value=${live(String(player.t))}
              @input=${(/** @type {Event} */ event) => dispatch({ type: 'seek', t: Number(/** @type {HTMLInputElement} */ (event.target).value) })}
            />
            <button class="beat" aria-label=${t('button.next')} title=${t('button.next')} @click=${() => dispatch({ type: 'beat', by: 1 })}>${icon('next')}</button>
            <output class="position">${t('timestep.of', parts)}</output>
            <label class="pick"
              ><span class="hidden">${t('sweepSpeed')}</span
              ><select
                aria-label=${t('sweepSpeed')}
                @change=${(/** @type {Event} */ event) => dispatch({ type: 'ui', change: { sweepSpeed: Number(/** @type {HTMLSelectElement} */ (event.target).value) } })}
              >
                ${SPEEDS.map((speed) => html`<option value=${speed} .selected=${speed === ui.sweepSpeed}>${t('sweepSpeed.times', { times: t.short(speed) })}</option>`)}
              </select></label
            >`,
          el,
        );
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
