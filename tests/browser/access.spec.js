// @ts-check
// What WCAG 2.2 AA asks for that no tool tells by itself: contrast of every colour, targets, zoom; and axe wherever a class or a presenter looks.
import { AxeBuilder } from '@axe-core/playwright';
import { button, expect, open, openStill, seek, settled, test } from './support/gatescope.js';
import { crampedIn } from './support/room.js';
import { VIEWS, showView } from './support/views.js';

/** @typedef {import('@playwright/test').Page} Page */

/** @param {Page} page */
async function objectionsTo(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary?.replace(/\s+/g, ' ')}`));
}

/** WCAG's contrast of two colours of the style sheet, by the names of their properties. @param {Page} page @param {[string, string][]} pairs */
const contrasts = (page, pairs) =>
  page.evaluate((pairs) => {
    const root = /** @type {HTMLElement} */ (document.querySelector('.gatescope'));
    const style = getComputedStyle(root);
    const probe = root.appendChild(document.createElement('i'));
    const luminance = (/** @type {string} */ name) => {
      probe.style.color = style.getPropertyValue(name);
      const [r, g, b] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map((part) => Number(part) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = pairs.map(([front, back]) => {
      const [a, b] = [luminance(front), luminance(back)].sort((x, y) => y - x);
      return /** @type {const} */ ([`${front} on ${back}`, (a + 0.05) / (b + 0.05)]);
    });
    probe.remove();
    return found;
  }, pairs);

/** @type {[string, string][]} */
const TEXT = [
  ...['--bg', '--surface', '--sunken'].flatMap((back) => ['--ink', '--muted'].map((front) => /** @type {[string, string]} */ ([front, back]))),
  ['--on-accent', '--accent'],
  ['--warn-ink', '--warn-bg'],
  ...['--good', '--bad'].flatMap((front) => ['--surface', '--sunken'].map((back) => /** @type {[string, string]} */ ([front, back]))),
  // Lanes and gates are named in their colours, too.
  ...['--lane-rnn', '--lane-lstm', '--lane-gru', '--lane-second', '--lane-third', '--id-forget', '--id-input', '--id-output', '--id-candidate'].map((front) => /** @type {[string, string]} */ ([front, '--surface'])),
];

for (const [theme, ground, least] of /** @type {const} */ ([['light', 'white', 4.5], ['dark', 'white', 4.5], ['projector', 'white', 7], ['projector', 'black', 7]])) {
  test(`Every text has a contrast of ${least} at least (${theme}${ground === 'black' ? ', black ground' : ''})`, async ({ page }) => {
    await open(page, `?theme=${theme}`);
    if (ground === 'black') {
      await button(page, 'Present').click();
      await button(page, 'Menu').click();
      await button(page, 'black').click();
    }
    await expect(page.locator('.gatescope')).toHaveAttribute('data-ground', ground);
    const low = (await contrasts(page, TEXT)).filter(([, ratio]) => ratio < least).map(([pair, ratio]) => `${pair}: ${ratio.toFixed(2)}`);
    expect(low).toEqual([]);
  });
}

for (const language of ['en', 'zh-CN']) {
  for (const ground of ['white', 'black']) {
    test(`axe finds nothing to object to while presenting (${language}, ${ground})`, async ({ page }) => {
      await page.setViewportSize({ width: 1920, height: 1080 });
      await open(page, `?lesson=why-rnns-forget&lang=${language}`);
      await page.waitForFunction(() => globalThis.gatescope.state().present.lesson);
      await page.keyboard.press('Space');
      if (ground === 'black') {
        await page.locator('.caption-hands button.small').first().click();
        await page.locator('.panel-menu .choices button').nth(1).click();
        expect(await objectionsTo(page)).toEqual([]);
        await page.keyboard.press('Escape');
      }
      expect(await objectionsTo(page)).toEqual([]);
      for (let k = 0; k < 3; k++) await page.keyboard.press('PageDown');
      await expect(page.locator('.predict')).toBeVisible();
      expect(await objectionsTo(page)).toEqual([]);
      await page.keyboard.press('?');
      await expect(page.locator('.panel-keys')).toBeVisible();
      expect(await objectionsTo(page)).toEqual([]);
    });
  }
}

test('axe finds nothing to object to in the presenter’s window and the class’s code', async ({ page, context }) => {
  await open(page, '?lesson=why-rnns-forget&lang=en');
  await page.waitForFunction(() => globalThis.gatescope.state().present.lesson);
  await button(page, 'Menu').click();
  const [notes] = await Promise.all([context.waitForEvent('page'), button(page, 'Presenter’s window').click()]);
  await expect(notes.getByRole('region', { name: 'Notes' })).toBeVisible();
  expect(await objectionsTo(notes)).toEqual([]);
  await button(page, 'Same experiment on every phone').click();
  await expect(page.locator('.class-code')).toBeVisible();
  expect(await objectionsTo(page)).toEqual([]);
});

// 200 % of a laptop, 200 % of a small window, and the 320 px of WCAG's reflow.
for (const [width, height] of [[683, 384], [512, 400], [320, 640]]) {
  test(`In ${width} px, as after zooming in, nothing has to be scrolled sideways`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    for (const address of ['?lang=en', '?ui=present&lang=en']) {
      await open(page, address);
      const wide = await page.evaluate(() => {
        const root = document.documentElement;
        const over = [...document.querySelectorAll('body *')].filter((el) => el.checkVisibility() && el.getBoundingClientRect().right > root.clientWidth + 1 && !el.closest('.hidden'));
        return { page: root.scrollWidth - root.clientWidth, over: over.slice(0, 5).map((el) => `${el.tagName} ${el.className}`) };
      });
      expect(wide.page, `${address}: ${wide.over.join(', ')}`).toBe(0);
    }
  });
}

test('What is pressed is 24 px wide and high at least, or far from its neighbours', async ({ page }) => {
  for (const address of ['?lang=en', '?lang=zh-CN', '?theme=projector']) {
    await openStill(page, address);
    await page.evaluate(() => document.querySelectorAll('details').forEach((el) => el.setAttribute('open', '')));
    const small = await page.evaluate(() => {
      const targets = [...document.querySelectorAll('button, select, input:not([type=file]), summary, a[href]')].filter((el) => el.checkVisibility());
      const boxes = targets.map((el) => el.getBoundingClientRect());
      const middle = (/** @type {DOMRect} */ box) => [box.left + box.width / 2, box.top + box.height / 2];
      return targets.flatMap((el, k) => {
        const box = boxes[k];
        if (box.width >= 23.5 && box.height >= 23.5) return [];
        // A link inside a sentence is excepted (2.5.8, "Inline").
        if (el.matches('.link')) return [];
        const [x, y] = middle(box);
        const near = boxes.filter((other, j) => j !== k && Math.max(other.left - x, x - other.right, 0) ** 2 + Math.max(other.top - y, y - other.bottom, 0) ** 2 < 12 ** 2);
        return near.length ? [`${el.tagName} "${(el.getAttribute('aria-label') ?? el.textContent ?? '').trim()}": ${box.width.toFixed(0)}×${box.height.toFixed(0)}`] : [];
      });
    });
    expect(small, address).toEqual([]);
  }
});

test('What the focus says of a tile is its timestep, its unit, its value and its gradient', async ({ page }) => {
  await open(page, '?lang=en');
  await seek(page, 7);
  const strip = page.locator('.lane[data-cell=lstm] canvas[data-channel=forget]');
  await strip.focus();
  await page.keyboard.press('ArrowDown');
  await expect(strip).toHaveAttribute('aria-label', /^t 7 of 50 · unit 2 · forget gate \d\.\d\d · gradient \d(\.\d)?e−\d+$/);
});

test('At 200 % no text of any view is cut off or covered', async ({ page }) => {
  await page.setViewportSize({ width: 683, height: 384 });
  await open(page, '?lang=en&motion=reduced#T=12&h=6&step=3&t=7');
  await settled(page);
  for (const view of VIEWS) {
    await showView(page, view);
    await page.screenshot({ path: `test-results/zoomed-${view}.png`, fullPage: true });
    expect(await crampedIn(page), view).toEqual([]);
  }
});

test('Where the reader’s own colours are forced, pictures keep theirs on their own ground, and what is pressed shows', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
  await open(page, '?lang=en&theme=light&motion=reduced#T=12&h=6&step=3&t=7');
  await settled(page);
  const look = await page.evaluate(() => {
    const styleOf = (/** @type {string} */ one) => getComputedStyle(/** @type {Element} */ (document.querySelector(one)));
    return {
      pressed: styleOf('.views [aria-pressed=true]').backgroundColor !== styleOf('.views [aria-pressed=false]').backgroundColor,
      grounds: ['.strip-plot canvas', '.gradient-plot canvas', '.loss canvas', '.tokens-plot canvas'].map((one) => styleOf(one).backgroundColor),
      bordered: styleOf('.actions .step').borderTopStyle,
    };
  });
  expect(look).toEqual({ pressed: true, grounds: Array(4).fill('rgb(255, 255, 255)'), bordered: 'solid' });
  for (const view of VIEWS) {
    await showView(page, view);
    await page.screenshot({ path: `test-results/forced-${view}.png` });
  }
});
