// @ts-check
// Names that stay what they are, and axe's rules in every language and theme.
import { AxeBuilder } from '@axe-core/playwright';
import { button, expect, open, seek, settled, slider, test } from './support/gatescope.js';

/** What axe objects to, in a line each. @param {import('@playwright/test').Page} page */
async function objectionsTo(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary?.replace(/\s+/g, ' ')}`));
}

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

for (const language of ['en', 'zh-CN']) {
  for (const theme of ['light', 'dark', 'projector']) {
    test(`axe finds nothing to object to (${language}, ${theme})`, async ({ page }) => {
      await open(page, `?lang=${language}&theme=${theme}`);
      await seek(page, 30, language === 'en' ? 'Timestep' : '时间步');
      expect(await objectionsTo(page)).toEqual([]);
    });
  }
}

test('axe finds nothing to object to when there are notices, a failure and a diverged lane', async ({ page }) => {
  await open(page, '#act=relu&init=identity&opt=sgd&clip=&lr=100&T=banana&rho=1&fb=3');
  await settled(page);
  await button(page, 'Train').click();
  await expect(page.getByRole('region', { name: 'RNN lane' })).toContainText(/diverged at step/);
  await expect(page.locator('.notices')).toBeVisible();
  const stop = button(page, 'Stop training');
  if (await stop.isVisible()) await stop.click();
  expect(await objectionsTo(page)).toEqual([]);
});

test('axe finds nothing to object to on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page);
  await button(page, 'Pause').click();
  expect(await objectionsTo(page)).toEqual([]);
});
