// @ts-check
// Names that stay what they are.
import { button, expect, open, slider, test } from './support/gatescope.js';

test('The accessible names of the contract are there', async ({ page }) => {
  await open(page);
  for (const name of ['Pause', 'Step', 'Train', 'Reset', 'Present']) await expect(button(page, name)).toBeVisible();
  await button(page, 'Pause').click();
  await expect(button(page, 'Play')).toBeVisible();
  for (const name of ['Timestep', 'Sequence length', 'Hidden size', 'Learning rate']) await expect(slider(page, name)).toHaveCount(1);
  for (const name of ['RNN lane', 'LSTM lane', 'Gradient norm per timestep', 'Loss']) {
    await expect(page.getByRole('region', { name, exact: true })).toBeVisible();
  }
  await expect(slider(page, 'Sequence length')).toHaveValue('50');
  await expect(slider(page, 'Hidden size')).toHaveValue('32');
  await expect(slider(page, 'Learning rate')).toHaveAttribute('aria-valuetext', '0.002');
  await button(page, 'Train').click();
  await button(page, 'Stop training').click();
  await expect(button(page, 'Train')).toBeVisible();
});
