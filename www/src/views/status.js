// @ts-check
// One row over the lanes: where the numbers come from, what is asked of the networks, and anything that was changed or went wrong.
import { html, nothing, render } from 'lit/html.js';
import { icon } from './icons.js';
import { troubleRows } from './notices.js';
import { changes } from './view.js';

const EXAMPLES = 256;

/** @type {import('./view.js').View} */
export default {
  id: 'status',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('status');
    const changed = changes();
    return {
      draw({ derived }, state) {
        const { source, engine, ui, order } = state;
        const versions = order.map((cell) => state.lanes[cell]?.info);
        const step = Math.max(0, ...order.map((cell) => state.lanes[cell]?.status.step ?? 0));
        if (!changed(derived.loading, derived.classCode, derived.operated, source, engine, ui.example, step, JSON.stringify(derived.notices), t.language, derived.training, ...versions)) return;
        const info = order.map((cell) => state.lanes[cell]?.info).find(Boolean);
        render(
          html`<div class="status-line">
              <span class="badge ${source} ${derived.training ? 'training' : ''}">${badge(state, step, derived)}</span>
              ${derived.operated ? html`<span class="badge operated" title=${t('surgery.about')}>${t('badge.operated')}</span>` : nothing}
              ${derived.classCode && source === 'live' && !derived.training ? html`<span class="badge code" title=${t('class.badge.title')}><span>${t('class.badge')}</span> ${derived.classCode}</span>` : nothing}
              <span class="question">${info ? question(info) : nothing}</span>
              ${source === 'live' ? examples(ui.example) : nothing}
            </div>
            ${troubleRows(engine, derived.notices, { t, dispatch })}`,
          el,
        );
      },
      dispose: () => el.replaceChildren(),
    };

    /** @param {import('./view.js').State} state @param {number} step @param {import('./view.js').Derived} derived */
    function badge(state, step, { training, loading }) {
      const number = t.number(step);
      if (loading) return t('badge.loading');
      if (state.source === 'opening') return t('badge.opening', { step: number });
      if (state.source === 'none') return t(state.engine.status === 'failed' ? 'badge.nothing' : 'badge.loading');
      if (training) return t('badge.training', { step: number });
      return step === 0 ? t('badge.untrained') : t('badge.trained', { step: number });
    }

    /** @param {import('../generated/types.d.ts').LaneInfo} info */
    function question({ experiment, layout }) {
      return t.plural(`question.${experiment.task}`, Math.max(0, layout.steps - 1), { T: t.number(layout.steps) });
    }

    /** @param {number} index */
    function examples(index) {
      const go = (/** @type {number} */ by) => () => dispatch({ type: 'example', index: (index + by + EXAMPLES) % EXAMPLES });
      return html`<span class="examples">
        <button aria-label=${t('button.previousExample')} @click=${go(-1)}>${icon('previous')}</button>
        <span>${t('example', { index: t.number(index + 1), count: t.number(EXAMPLES) })}</span>
        <button aria-label=${t('button.nextExample')} @click=${go(1)}>${icon('next')}</button>
      </span>`;
    }
  },
};
