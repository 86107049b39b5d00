// @ts-check
// Which cells are compared: two or three lanes, by hand, by key and by link.
import { atStep, button, channelOf, expect, frameOf, notFiniteIn, open, settled, stateOf, test } from './support/gatescope.js';

/** @param {import('@playwright/test').Page} page @param {string} name */
const cell = (page, name) => page.getByRole('group', { name: 'Cells', exact: true }).getByRole('button', { name, exact: true });

test('Cells are added and taken away, and the lanes, the address and the settings follow', async ({ page }) => {
  await open(page);
  await expect(cell(page, 'RNN')).toBeDisabled();
  await cell(page, 'GRU').click();
  await settled(page);
  expect((await stateOf(page)).order).toEqual(['rnn', 'lstm', 'gru']);
  await button(page, 'Step').click();
  await atStep(page, 1);
  for (const lane of ['rnn', 'lstm', 'gru']) {
    await expect(page.getByRole('region', { name: `${lane.toUpperCase()} lane` })).toBeVisible();
    expect(notFiniteIn(await frameOf(page, lane))).toEqual([]);
  }
  for (const name of ['reset', 'update', 'candidate']) expect(channelOf(await frameOf(page, 'gru'), name)).toMatchObject({ rows: 50, cols: 32 });
  await expect(page.locator('.lane[data-cell=gru] canvas[data-channel=update]')).toBeVisible();
  await expect(page.getByText(/^GRU: 49 steps back/)).toBeVisible();
  // The forget bias belongs to LSTM and GRU, and is there once.
  await expect(page.getByRole('combobox', { name: 'Forget bias', exact: true })).toHaveCount(1);
  await expect.poll(() => new URL(page.url()).hash).toMatch(/vs=rnn,lstm&.*cell=gru.*step=1(&|$)/);

  const { hash } = new URL(page.url());
  await cell(page, 'RNN').click();
  await settled(page);
  expect((await stateOf(page)).order).toEqual(['lstm', 'gru']);
  await expect(page.getByRole('region', { name: 'RNN lane' })).toHaveCount(0);
  await expect(cell(page, 'LSTM')).toBeDisabled();
  await expect.poll(() => new URL(page.url()).hash).toMatch(/vs=lstm&/);
  await page.evaluate((hash) => (location.hash = hash), hash);
  await page.waitForFunction(() => globalThis.gatescope.state().order.length === 3);
  await atStep(page, 1);
});

test('C goes through all comparisons', async ({ page }) => {
  await open(page, '#T=12&h=4');
  await settled(page);
  const seen = [];
  for (let k = 0; k < 4; k++) {
    await page.keyboard.press('c');
    seen.push((await stateOf(page)).order.join());
  }
  expect(seen).toEqual(['rnn,gru', 'lstm,gru', 'rnn,lstm,gru', 'rnn,lstm']);
});

test('A link with a lane that does not exist, or with more than fit, goes on with the others and says so', async ({ page }) => {
  await open(page, '#cell=lstm&vs=rnn,cnn');
  expect((await stateOf(page)).order).toEqual(['rnn', 'lstm']);
  await expect(page.locator('.notices')).toContainText('rnn,cnn');
  await open(page, '#T=12&h=4&cell=lstm&vs=rnn,lstm,gru,gru,rnn,rnn');
  await settled(page);
  expect((await stateOf(page)).order).toEqual(['rnn', 'lstm1', 'lstm2']);
  await expect(page.locator('.notices')).toContainText('7');
});
