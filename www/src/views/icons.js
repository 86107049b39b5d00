// @ts-check
// Line icons, drawn here so that nothing is fetched. All on a 20 × 20 grid, in the text's colour.
import { html, svg } from 'lit/html.js';

/** @type {Record<string, import('lit/html.js').TemplateResult<2>>} */
const SHAPES = {
  gate: svg`<path d="M6 2.5v4.6M6 12.9v4.6M14 2.5v4.6M14 12.9v4.6"/><path d="M1.5 10h17"/>`,
  play: svg`<path d="M6.5 4.2v11.6l9-5.8z" fill="currentColor"/>`,
  pause: svg`<path d="M7 4.5v11M13 4.5v11" stroke-width="2.6"/>`,
  stop: svg`<rect x="5.5" y="5.5" width="9" height="9" rx="1" fill="currentColor"/>`,
  train: svg`<path d="M3 4v12.5h14"/><path d="M5.5 6.5c2.5 6.5 5 7.5 11 7.8"/>`,
  step: svg`<path d="M5 4.5v11l7.5-5.5z" fill="currentColor"/><path d="M15 4.5v11"/>`,
  reset: svg`<path d="M4.5 10a5.7 5.7 0 1 0 2-4.3"/><path d="M6.8 2.6v3.4h3.4"/>`,
  sliders: svg`<path d="M3 6h9M16 6h1M3 14h2M9 14h8"/><circle cx="14" cy="6" r="2"/><circle cx="7" cy="14" r="2"/>`,
  forward: svg`<path d="M3 10h13M11.5 5.5 16 10l-4.5 4.5"/>`,
  backward: svg`<path d="M17 10H4M8.5 5.5 4 10l4.5 4.5"/>`,
  loss: svg`<circle cx="10" cy="10" r="6"/><circle cx="10" cy="10" r="1.6" fill="currentColor"/>`,
  rest: svg`<path d="M4 10h12"/>`,
  inspect: svg`<path d="M10 3v14M6.5 7 3.5 10l3 3M13.5 7l3 3-3 3"/>`,
  share: svg`<circle cx="5" cy="10" r="2.2"/><circle cx="14.5" cy="4.8" r="2.2"/><circle cx="14.5" cy="15.2" r="2.2"/><path d="m7 8.9 5.5-3M7 11.1l5.5 3"/>`,
  download: svg`<path d="M10 3v9.5M6 8.8l4 4 4-4M4 16.5h12"/>`,
  open: svg`<path d="M8 4.5H4.5v11h11V12"/><path d="M11 4h5v5M16 4l-7 7"/>`,
  screen: svg`<rect x="2.5" y="3.5" width="15" height="10" rx="1"/><path d="M10 13.5v3M6.5 16.5h7"/>`,
  close: svg`<path d="m5.5 5.5 9 9M14.5 5.5l-9 9"/>`,
  copy: svg`<rect x="7" y="7" width="9.5" height="9.5" rx="1.5"/><path d="M13 4.5V4a1 1 0 0 0-1-1H4.5A1.5 1.5 0 0 0 3 4.5V12a1 1 0 0 0 1 1h.5"/>`,
  previous: svg`<path d="m12.5 4.5-5.5 5.5 5.5 5.5"/>`,
  next: svg`<path d="m7.5 4.5 5.5 5.5-5.5 5.5"/>`,
};

/** @param {string} name */
export const icon = (name) =>
  html`<svg class="icon" viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${SHAPES[name]}</svg>`;
