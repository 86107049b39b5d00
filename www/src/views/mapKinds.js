// @ts-check
// Which map of pairs of timesteps is shown: state to state, or the terms of the weights' gradient.
import { html, render } from 'lit/html.js';
import { changes } from './view.js';

const KINDS = /** @type {const} */ (['states', 'terms']);

/** @type {import('./view.js').View} */
export default {
  id: 'map-kinds',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    const changed = changes();
    return {
      draw(_, { ui }) {
        if (!changed(ui.mapKind, t.language)) return;
        /** @type {HTMLElement} */ (el.parentElement).dataset.kind = ui.mapKind;
        render(
          html`<div class="tabs" role="group" aria-label=${t('mapKind')}>
            ${KINDS.map((kind) => html`<button aria-pressed=${kind === ui.mapKind} @click=${() => dispatch({ type: 'ui', change: { mapKind: kind } })}>${t(`mapKind.${kind}`)}</button>`)}
          </div>`,
          el,
        );
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
