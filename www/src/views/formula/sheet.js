// @ts-check
// On a small screen the formula panel is a sheet over the lower part of it.

/** Brings the lane that the panel is about into sight above the sheet, which would cover it. @param {Element | undefined} panel */
export function uncover(panel) {
  // The panel has its place and the sheet its height with the next frame.
  if (panel) requestAnimationFrame(() => scroll(/** @type {HTMLElement} */ (panel)));
}

/** @param {HTMLElement} panel */
function scroll(panel) {
  const sheet = panel.closest('.moment');
  if (!sheet || getComputedStyle(sheet).position !== 'fixed') return;
  const root = /** @type {Document | ShadowRoot} */ (sheet.getRootNode());
  const lane = /** @type {HTMLElement | null} */ (root.querySelector(`.lane[data-cell="${panel.dataset.lane}"]`));
  if (!lane) return;
  lane.style.scrollMarginBottom = `${innerHeight - sheet.getBoundingClientRect().top}px`;
  lane.scrollIntoView({ block: 'nearest' });
  lane.style.scrollMarginBottom = '';
}
