// @ts-check
// The one colour scale of gradients, with its marks: what lies beyond its ends has their colours, what is no number is hatched.
import { html } from 'lit/html.js';
import { colourTable, position } from '../draw/colour.js';

/** Marks of the colour bar; its ends hold everything beyond them. */
const TICKS = /** @type {const} */ ([[-6, '≤ 10⁻⁶'], [-3, '10⁻³'], [0, '1'], [2, '≥ 10²']]);

/** @param {import('./view.js').Translate} t */
export const gradientScale = (t) => html`<div class="map-key">
    <div class="map-scale"><canvas width="256" height="1" aria-hidden="true"></canvas>${TICKS.map(([at, text]) => html`<em data-x=${position('gradient', at)}>${text}</em>`)}</div>
    <span class="map-hatch"><i></i>${t('map.notFinite')}</span>
  </div>`;

/** Colours and places of a scale that has been rendered; the CSP allows no style attributes. @param {HTMLElement} el */
gradientScale.paint = (el) => {
  for (const mark of /** @type {NodeListOf<HTMLElement>} */ (el.querySelectorAll('[data-x]'))) mark.style.left = `${Number(mark.dataset.x) * 100}%`;
  const canvas = /** @type {HTMLCanvasElement} */ (el.querySelector('.map-scale canvas'));
  const table = colourTable('gradient');
  const n = table.length / 3;
  canvas.width = n;
  const context = canvas.getContext('2d');
  const image = context?.createImageData(n, 1);
  if (!context || !image) return;
  for (let k = 0; k < n; k++) image.data.set([table[3 * k], table[3 * k + 1], table[3 * k + 2], 255], 4 * k);
  context.putImageData(image, 0, 0);
};
