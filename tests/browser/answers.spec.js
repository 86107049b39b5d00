// @ts-check
// The answers at T: which one is given, which one is right, and what came to be so probable.
import { ready } from './support/equations.js';
import { button, expect, open, scalarsOf, settled, test } from './support/gatescope.js';

test('Each lane\'s most probable answer is filled, and the right one has an outline and a tick', async ({ page }) => {
  await open(page);
  for (const [row, lane] of ['rnn', 'lstm'].entries()) {
    const { examplePrediction, exampleTarget } = await scalarsOf(page, lane);
    const bars = await page.locator('.answers').nth(row).locator('li').evaluateAll((all) => all.map((bar) => ({ ground: getComputedStyle(bar).backgroundColor, rim: getComputedStyle(bar).boxShadow, said: bar.querySelector('button')?.getAttribute('aria-label') ?? '', text: bar.textContent ?? '' })));
    // The trained example: the RNN is wrong, the LSTM right.
    expect(examplePrediction === exampleTarget).toBe(lane === 'lstm');
    bars.forEach(({ ground, rim, said, text }, k) => {
      expect(ground === bars[examplePrediction].ground, `${lane} ${k}`).toBe(k === examplePrediction);
      expect(rim !== 'none', `${lane} ${k}`).toBe(k === exampleTarget);
      expect(text.includes('✓'), `${lane} ${k}`).toBe(k === exampleTarget);
      expect(said.endsWith('the right answer'), `${lane} ${k}`).toBe(k === exampleTarget);
    });
  }
});

test('By keyboard the bars of an answer are one stop, arrows go along them, and Enter opens what came to be so probable', async ({ page }) => {
  await open(page, '#T=10&h=5');
  await settled(page);
  await button(page, 'Pause').click();
  const bars = page.locator('.answers').last().locator('li button');
  await expect(bars).toHaveCount(4);
  expect(await bars.evaluateAll((all) => all.filter((bar) => /** @type {HTMLElement} */ (bar).tabIndex === 0).length)).toBe(1);
  await page.locator('.answers').last().locator('li button[tabindex="0"]').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await expect(bars.nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await ready(page, '[data-kind=readout][data-lane=lstm][data-t="10"]');
  await expect(page.locator('.formula')).toHaveAttribute('data-of', '{"kind":"readout","k":1}');
  await expect(page.locator('.formula h2')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(bars.nth(1)).toBeFocused();
});
