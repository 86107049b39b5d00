// @ts-check
// Files that a reader takes along.
import { readFileSync } from 'node:fs';
import { button } from './gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** The file that a press brings. @param {Page} page @param {import('@playwright/test').Locator} pressed */
export async function fileOf(page, pressed) {
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), pressed.click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** Opens the dialog and presses a button in it; the file that comes. @param {Page} page @param {string} name */
export async function take(page, name) {
  const dialog = page.getByRole('dialog', { name: 'Take it away' });
  if (!(await dialog.isVisible())) await button(page, 'Take away').click();
  return fileOf(page, dialog.getByRole('button', { name, exact: true }));
}
