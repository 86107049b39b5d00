// @ts-check
// Words of other languages are longer, and some run from right to left: page and widget have room for both, in every view.
import { LIBRARY, host, ready } from './support/host.js';
import { expect, settled, stateOf, test } from './support/gatescope.js';
import { speakPseudo } from './support/pseudo.js';
import { crampedIn } from './support/room.js';
import { VIEWS, showView } from './support/views.js';

/** @typedef {import('@playwright/test').Page} Page */

const SCREENS = [
  { name: 'laptop', width: 1366, height: 768 },
  { name: 'desktop', width: 1920, height: 1080 },
  { name: 'phone', width: 360, height: 740 },
];

/** What is there of one screen: a picture, and what has no room. @param {Page} page @param {string} name */
async function look(page, name) {
  await page.waitForTimeout(150);
  await page.screenshot({ path: `test-results/pseudo-${name}.png` });
  return (await crampedIn(page)).map((fault) => `${name}: ${fault}`);
}

for (const kind of /** @type {const} */ (['accented', 'rtl'])) {
  for (const { name, width, height } of SCREENS) {
    test(`In a language of twice the length${kind === 'rtl' ? ', written from right to left,' : ''} every text has its room (${name})`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await speakPseudo(page, kind);
      await page.goto('./?lang=zh-CN&motion=reduced#T=12&h=6&step=3&t=7&beat=backward');
      await settled(page);
      await expect(page.locator('.gatescope')).toHaveAttribute('dir', kind === 'rtl' ? 'rtl' : 'ltr');
      /** @type {string[]} */
      const faults = [];
      for (const view of VIEWS) {
        await showView(page, view);
        faults.push(...(await look(page, `${kind}-${name}-${view}`)));
      }
      await showView(page, 'flow');
      for (const [open, dialog] of [['.share-open:not(.take-open)', '.share:not(.take-away)'], ['.take-open', '.take-away']]) {
        await page.locator(open).click();
        await expect(page.locator(dialog)).toBeVisible();
        faults.push(...(await look(page, `${kind}-${name}-${dialog.includes(':') ? 'share' : 'take'}`)));
        await page.keyboard.press('Escape');
        await expect(page.locator(dialog)).toBeHidden();
      }
      expect(faults).toEqual([]);
    });

    test(`So it has in front of a class${kind === 'rtl' ? ', from right to left' : ''} (${name})`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await speakPseudo(page, kind);
      await page.goto('./?lang=zh-CN&motion=reduced&ui=present#T=12&h=6&step=3&t=7&beat=backward');
      await settled(page);
      const faults = await look(page, `${kind}-${name}-present`);
      await page.keyboard.press('?');
      await expect(page.locator('.panel-keys')).toBeVisible();
      faults.push(...(await look(page, `${kind}-${name}-keys`)));
      await page.keyboard.press('Escape');
      await page.locator('.caption-hands button.small').first().click();
      await expect(page.locator('.panel-menu')).toBeVisible();
      faults.push(...(await look(page, `${kind}-${name}-menu`)));
      await page.locator('.panel-menu section').last().locator(':scope > button').nth(1).click();
      await expect(page.locator('.class-code')).toBeVisible();
      faults.push(...(await look(page, `${kind}-${name}-class`)));
      expect(faults).toEqual([]);
    });
  }

  test(`So it has in a small widget${kind === 'rtl' ? ', from right to left' : ''}`, async ({ page }) => {
    await speakPseudo(page, kind);
    await host(page, `${LIBRARY}<gate-scope lang="zh-CN" T="12" h="6" timestep="7" style="width:700px;height:460px"></gate-scope><gate-scope lang="zh-CN" T="12" h="6" controls="full" timestep="7" style="width:340px;height:420px"></gate-scope>`);
    await ready(page, 2);
    expect(await look(page, `${kind}-widget`)).toEqual([]);
  });
}

test('A page that runs from right to left keeps time, mathematics and code from left to right', async ({ page }) => {
  await speakPseudo(page, 'rtl');
  await page.goto('./?lang=zh-CN#T=12&h=6&t=3');
  await settled(page);
  const strip = page.locator('.lane[data-cell=lstm] canvas[data-channel=forget]');
  const box = /** @type {NonNullable<Awaited<ReturnType<typeof strip.boundingBox>>>} */ (await strip.boundingBox());
  await page.mouse.click(box.x + (box.width * 9.5) / 12, box.y + box.height / 2);
  expect((await stateOf(page)).player.t).toBe(10);
  const head = /** @type {NonNullable<Awaited<ReturnType<typeof strip.boundingBox>>>} */ (await page.locator('.playhead').boundingBox());
  expect(head.x + head.width / 2).toBeCloseTo(box.x + (box.width * 9.5) / 12, 0);
  const sides = await page.evaluate(() => {
    const middle = (/** @type {string} */ one) => {
      const { left, right } = /** @type {Element} */ (document.querySelector(one)).getBoundingClientRect();
      return (left + right) / 2;
    };
    const flows = (/** @type {string} */ one) => getComputedStyle(/** @type {Element} */ (document.querySelector(one))).direction;
    return {
      mirrored: [middle('.place-left') > middle('.stage'), middle('.place-right') < middle('.stage'), middle('.wordmark') > middle('.wishes')],
      words: ['.place-left', '.verdict', '.lane > header'].map(flows),
      signs: ['.plots', '.strip', 'math', '.scale', '.loss .uplot', '.view-scrubber input'].map(flows),
    };
  });
  expect(sides).toEqual({ mirrored: [true, true, true], words: ['rtl', 'rtl', 'rtl'], signs: ['ltr', 'ltr', 'ltr', 'ltr', 'ltr', 'ltr'] });
  await showView(page, 'code');
  await expect(page.locator('.code pre')).toHaveCSS('direction', 'ltr');
});
