// @ts-check
// The second handle: where we are in training, how its numbers were had, and which of the branches is shown.
import { html, nothing, render } from 'lit/html.js';
import { live } from 'lit/directives/live.js';
import { runName } from './runName.js';
import { changes } from './view.js';

/** @type {import('./view.js').View} */
export default {
  id: 'training-step',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('training-step');
    const changed = changes();
    return {
      draw({ lanes, derived }, state) {
        const { moment, runs } = derived;
        const { order, source } = state;
        const at = order.map((cell) => lanes[cell]?.at);
        if (!changed(moment.step, moment.reach, source, derived.training, t.language, JSON.stringify(runs), ...at)) return;
        const parts = { step: t.number(moment.step), reach: t.number(moment.reach) };
        const where = t('trainingStep.of', parts);
        const how = source === 'live' && !derived.training ? howOf() : '';
        // A select cuts what is long.
        const chosen = runs.find(({ present }) => present);
        render(
          html`<label
              ><span>${t('slider.trainingStep')}</span
              ><input
                type="range"
                aria-label=${t('slider.trainingStep')}
                aria-valuetext=${how ? t('trainingStep.spoken', { where, how }) : where}
                title=${memoryOf()}
                min="0"
                max=${Math.max(1, moment.reach)}
                step="1"
                ?disabled=${moment.reach === 0}
                .value=${live(String(moment.step))}
                @input=${(/** @type {Event} */ event) => dispatch({ type: 'moment', step: Number(/** @type {HTMLInputElement} */ (event.target).value) })}
            /></label>
            <output class="position">${where}</output>
            <span class="how" title=${how}>${how}</span>
            ${runs.length > 1
              ? html`<label class="pick"
                  ><span class="hidden">${t('runs')}</span
                  ><select aria-label=${t('runs')} title=${chosen ? runName(chosen, t) : nothing} @change=${(/** @type {Event} */ event) => dispatch({ type: 'return', run: Number(/** @type {HTMLSelectElement} */ (event.target).value) })}>
                    ${runs.map((run) => html`<option value=${run.id} .selected=${run.present}>${runName(run, t)}</option>`)}
                  </select></label
                >`
              : nothing}`,
          el,
        );

        /** How the numbers of the shown step were had. */
        function howOf() {
          const cells = order.filter((cell) => lanes[cell]?.frame);
          const coarse = cells.find((cell) => !lanes[cell].at.exact);
          if (coarse) return t('trainingStep.coarse', { shown: t.number(lanes[coarse].at.step) });
          // Weights that compute nothing finite any more are not shown: those before them are.
          const shown = (/** @type {string} */ cell) => lanes[cell].frame?.scalar('step') ?? Number.NaN;
          const before = cells.find((cell) => shown(cell) < lanes[cell].at.step);
          if (before) return t('trainingStep.shown', { cell: t.lane(before), step: t.number(shown(before)) });
          const early = cells.find((cell) => lanes[cell].at.step < moment.step);
          if (early) return t('trainingStep.ends', { cell: t.lane(early), step: t.number(lanes[early].at.step) });
          const from = cells.map((cell) => lanes[cell].at.from).find((step) => step !== null);
          if (from !== undefined && from !== null) return t('trainingStep.recomputed', { from: t.number(from) });
          return moment.rewound ? t('trainingStep.recorded') : '';
        }
        function memoryOf() {
          const { used, limit } = derived.memory();
          return t('trainingStep.memory', { used: t.number(used / 1e6, 1), limit: t.number(limit / 1e6) });
        }
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
