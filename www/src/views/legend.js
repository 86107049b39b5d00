// @ts-check
// What the colours mean. The scales are fixed, so the key never changes with the data.
import { html, render } from 'lit/html.js';
import { BANDS } from '../draw/bands.js';
import { STATE_LIMIT, colourTable, position } from '../draw/colour.js';
import { changes } from './view.js';

/** @typedef {import('../draw/colour.js').HeatKind} HeatKind */

/** Marked values of each scale; gates at .05 and .95 (shut, open), gradients at their bands. @type {{ kind: HeatKind, ticks: { at: number, text: string }[] }[]} */
const KEYS = [
  { kind: 'gate', ticks: [{ at: 0.05, text: '.05' }, { at: 0.5, text: '.5' }, { at: 0.95, text: '.95' }] },
  { kind: 'signed', ticks: [{ at: -1, text: '−1' }, { at: 0, text: '0' }, { at: 1, text: '1' }] },
  { kind: 'state', ticks: [{ at: -STATE_LIMIT, text: `−${STATE_LIMIT}` }, { at: -1, text: '−1' }, { at: 0, text: '0' }, { at: 1, text: '1' }, { at: STATE_LIMIT, text: String(STATE_LIMIT) }] },
  { kind: 'gradient', ticks: [{ at: BANDS.vanished, text: '10⁻⁶' }, { at: BANDS.fading, text: '10⁻³' }, { at: 0, text: '1' }, { at: BANDS.exploding, text: '10²' }] },
];

/** @type {import('./view.js').View} */
export default {
  id: 'legend',
  accepts: () => false,
  mount(el, { t }) {
    el.classList.add('legend', 'card');
    const changed = changes();
    return {
      draw() {
        if (!changed(t.language)) return;
        render(
          html`<h2 class="hidden">${t('legend.title')}</h2>
            ${KEYS.map(
              ({ kind, ticks }) =>
                html`<div class="key">
                  <span>${t(`legend.${kind}`)}</span>
                  <div class="scale"><canvas data-kind=${kind} aria-hidden="true"></canvas>${ticks.map(({ at, text }) => html`<em data-x=${position(kind, at)}>${text}</em>`)}</div>
                </div>`,
            )}`,
          el,
        );
        for (const mark of /** @type {NodeListOf<HTMLElement>} */ (el.querySelectorAll('[data-x]'))) mark.style.left = `${Number(mark.dataset.x) * 100}%`;
        for (const canvas of el.querySelectorAll('canvas')) {
          const table = colourTable(/** @type {HeatKind} */ (canvas.dataset.kind));
          const n = table.length / 3;
          canvas.width = n;
          canvas.height = 1;
          const context = canvas.getContext('2d');
          if (!context) continue;
          const image = context.createImageData(n, 1);
          for (let k = 0; k < n; k++) image.data.set([table[3 * k], table[3 * k + 1], table[3 * k + 2], 255], 4 * k);
          context.putImageData(image, 0, 0);
        }
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
