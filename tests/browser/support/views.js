// @ts-check
// The page's views, by the keys that show them.
import { expect } from '@playwright/test';

/** @typedef {import('@playwright/test').Page} Page */

export const VIEWS = /** @type {const} */ (['flow', 'cell', 'map', 'training', 'code']);

/** Shows a view by its key, and waits until it is there. @param {Page} page @param {(typeof VIEWS)[number]} view */
export async function showView(page, view) {
  await page.evaluate(() => /** @type {HTMLElement | null} */ (document.activeElement)?.blur());
  await page.keyboard.press(String(VIEWS.indexOf(view) + 1));
  await expect(page.locator('.gatescope')).toHaveAttribute('data-view', view);
  if (view === 'map') await page.waitForFunction(() => globalThis.gatescope.map('lstm'));
  await expect(page.locator(view === 'flow' ? '.plots canvas:visible' : `.place-${view} :is(canvas, pre):visible`).first()).toBeVisible();
}
