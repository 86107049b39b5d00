// @ts-check
// On a small screen the formula panel is a sheet over the lower part of it.
import { Directive, directive } from 'lit/directive.js';
import { noChange } from 'lit/html.js';

/** On a new panel: brings the lane that it is about into sight above the sheet, which would cover it. */
export const uncovering = directive(
  class extends Directive {
    isNew = true;

    /** @param {import('lit/directive.js').Part} part */
    update(part) {
      const panel = /** @type {HTMLElement} */ (/** @type {import('lit/directive.js').ElementPart} */ (part).element);
      // It has its place and the sheet its height with the next frame.
      if (this.isNew) requestAnimationFrame(() => uncover(panel));
      this.isNew = false;
      return noChange;
    }

    render() {
      return noChange;
    }
  },
);

/** @param {HTMLElement} panel */
function uncover(panel) {
  const sheet = panel.closest('.moment');
  if (!sheet || getComputedStyle(sheet).position !== 'fixed') return;
  const root = /** @type {Document | ShadowRoot} */ (sheet.getRootNode());
  const lane = /** @type {HTMLElement | null} */ (root.querySelector(`.lane[data-cell="${panel.dataset.lane}"]`));
  if (!lane) return;
  lane.style.scrollMarginBottom = `${innerHeight - sheet.getBoundingClientRect().top}px`;
  lane.scrollIntoView({ block: 'nearest' });
  lane.style.scrollMarginBottom = '';
}
