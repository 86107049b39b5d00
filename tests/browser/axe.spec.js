// @ts-check
// axe's rules in every view, theme and language, in every dialog, and in a widget.
import { AxeBuilder } from '@axe-core/playwright';
import { LIBRARY, host, ready, test as guest } from './support/host.js';
import { button, expect, open, settled, test } from './support/gatescope.js';
import { VIEWS, showView } from './support/views.js';

/** @typedef {import('@playwright/test').Page} Page */

const LANGUAGES = ['en', 'zh-CN'];

/** What axe objects to, in a line each; a frame is a document of its own, with landmarks of its own. @param {Page} page @param {string} where */
async function objectionsTo(page, where) {
  // Without a second page to put the results of frames together in: twice as fast.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).exclude('iframe').analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${where}: ${id}: ${target.join(' ')}: ${failureSummary?.replace(/\s+/g, ' ')}`));
}

/** Goes through all views by their keys, with a tile's equation open beside them. @param {Page} page @param {string} where */
async function objectionsToViews(page, where) {
  const all = [];
  for (const view of VIEWS) {
    await showView(page, view);
    all.push(...(await objectionsTo(page, `${where}, ${view}`)));
  }
  return all;
}

for (const language of LANGUAGES) {
  for (const theme of ['light', 'dark', 'projector']) {
    test(`axe finds nothing to object to in any view (${language}, ${theme})`, async ({ page }) => {
      await open(page, `?lang=${language}&theme=${theme}&motion=reduced#T=12&h=6&step=3&t=7`);
      await settled(page);
      expect(await objectionsToViews(page, theme)).toEqual([]);
    });
  }

  test(`axe finds nothing to object to in any view on a black ground, in front of a class (${language})`, async ({ page }) => {
    await page.setViewportSize({ width: 1920, height: 1080 });
    await open(page, `?lang=${language}&ui=present&motion=reduced#T=12&h=6&step=3&t=7`);
    await settled(page);
    await page.locator('.caption-hands button.small').first().click();
    await page.locator('.panel-menu .choices button').nth(1).click();
    await page.keyboard.press('Escape');
    await expect(page.locator('.gatescope')).toHaveAttribute('data-ground', 'black');
    expect(await objectionsToViews(page, 'black')).toEqual([]);
  });

  for (const theme of ['light', 'dark']) {
    test(`axe finds nothing to object to in any dialog (${language}, ${theme})`, async ({ page }) => {
      await open(page, `?lang=${language}&theme=${theme}&motion=reduced#T=12&h=6&step=3&t=7`);
      await settled(page);
      // The equation of a tile, with a row of its own sum.
      await page.locator('.lane[data-cell=lstm] canvas[data-channel=forget]').click();
      await page.locator('.operand > button').first().click();
      const all = await objectionsTo(page, 'formula');
      for (const [opener, dialog] of [['.share-open:not(.take-open)', '.share:not(.take-away)'], ['.take-open', '.take-away'], ['.gradients > header button.link', '.numbers-table']]) {
        await page.locator(opener).click();
        await expect(page.locator(dialog)).toBeVisible();
        if (dialog === '.take-away') await page.locator('.take-away summary').click();
        all.push(...(await objectionsTo(page, dialog)));
        await page.keyboard.press('Escape');
        await expect(page.locator(dialog)).toBeHidden();
      }
      expect(all).toEqual([]);
    });
  }
}

test('axe finds nothing to object to on a phone, in any view', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page, '?lang=en&motion=reduced#T=12&h=6&step=3&t=7');
  await settled(page);
  expect(await objectionsToViews(page, 'phone')).toEqual([]);
});

test('axe finds nothing to object to when there are notices, a failure and a diverged lane', async ({ page }) => {
  await open(page, '#act=relu&init=identity&opt=sgd&clip=&lr=100&T=banana&rho=1&fb=3');
  await settled(page);
  await button(page, 'Train').click();
  await expect(page.getByRole('region', { name: 'RNN lane' })).toContainText(/diverged at step/);
  await expect(page.locator('.notices')).toBeVisible();
  const stop = button(page, 'Stop training');
  if (await stop.isVisible()) await stop.click();
  expect(await objectionsTo(page, 'trouble')).toEqual([]);
});

guest('axe finds nothing to object to in widgets of any size, theme and language', async ({ page }) => {
  const widget = (/** @type {string} */ attributes) => `<gate-scope T="12" h="6" timestep="7" motion="reduced" ${attributes}></gate-scope>`;
  // Regions and headings of the page around it are the host's own business.
  const page2 = (/** @type {string} */ body) => host(page, `${LIBRARY}<main><h1>host</h1>${body}</main>`);
  /** @type {string[]} */
  const all = [];
  for (const lang of LANGUAGES) {
    await page2(widget(`lang="${lang}" controls="full"`));
    await ready(page);
    for (const theme of ['light', 'dark', 'projector']) {
      for (const width of lang === 'en' ? [700, 340] : [700]) {
        await page.locator('gate-scope').evaluate((el, [name, px]) => {
          el.setAttribute('theme', name);
          el.style.width = px;
        }, [theme, `${width}px`]);
        await expect(page.locator('gate-scope .gatescope')).toHaveAttribute('data-theme', theme);
        all.push(...(await objectionsTo(page, `${lang}, ${theme}, ${width} px`)));
      }
    }
  }
  await page.goto(`embed.html?lang=en#T=12&h=6&t=7`);
  await ready(page);
  all.push(...(await objectionsTo(page, 'the frame’s page')));
  await page.setViewportSize({ width: 1366, height: 900 });
  for (const ui of ['full', 'present']) {
    await page2(widget(`ui="${ui}" lang="en" style="width:1300px;height:760px"`));
    await ready(page);
    all.push(...(await objectionsTo(page, ui)));
  }
  expect(all).toEqual([]);
});

guest('axe finds nothing to object to in several widgets on one page: their landmarks have names of their own, one alone the plain ones', async ({ page }) => {
  await page.setViewportSize({ width: 900, height: 1400 });
  const widget = '<gate-scope T="12" h="6" timestep="7" motion="reduced" style="height:400px"></gate-scope>';
  await host(page, `${LIBRARY}<main><h1>host</h1>${widget.repeat(3)}</main>`);
  await ready(page, 3);
  const names = () =>
    page.locator('gate-scope').evaluateAll((all) => all.map((el) => [.../** @type {ShadowRoot} */ (el.shadowRoot).querySelectorAll('[role=region]')].map((one) => one.getAttribute('aria-label'))));
  const plain = ['RNN lane', 'LSTM lane', 'Gradient norm per timestep'];
  expect(await names()).toEqual([plain, plain.map((name) => `${name} (2)`), plain.map((name) => `${name} (3)`)]);
  expect(await objectionsTo(page, 'three widgets')).toEqual([]);
  // Whoever takes all away and puts one in, at once, has the plain names again.
  await page.evaluate(() => {
    const all = [...document.querySelectorAll('gate-scope')];
    const next = /** @type {Element} */ (all[0].cloneNode());
    for (const one of all) one.remove();
    /** @type {Element} */ (document.querySelector('main')).append(next);
  });
  await expect.poll(names).toEqual([plain]);
});

test('axe finds nothing to object to in the gallery, its frame included', async ({ page }) => {
  await page.goto('gallery.html');
  for (const one of await page.locator('gate-scope, iframe').all()) {
    await one.scrollIntoViewIfNeeded();
    if (await one.evaluate((el) => el.localName === 'gate-scope')) await expect(one.locator('canvas[data-channel]').first()).toBeVisible();
  }
  await expect(page.frameLocator('iframe').locator('canvas[data-channel]').first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual([]);
});
