// @ts-check
// The page's bar where there is little room: everything in it can be seen, read and pressed.
import { button, expect, open, test } from './support/gatescope.js';

for (const theme of ['light', 'projector']) {
  for (const lang of ['en', 'zh-CN']) {
    test(`Nothing in the bar is cut while training, in ${lang}, ${theme}`, async ({ page }) => {
      await open(page, `?lang=${lang}&theme=${theme}#T=10&h=6`);
      await button(page, lang === 'en' ? 'Train' : '训练').click();
      await expect(button(page, lang === 'en' ? 'Stop training' : '停止训练')).toBeVisible();
      for (const [width, height] of [[1280, 720], [1024, 768], [1180, 720], [1366, 768], [1440, 900], [1700, 1000], [1920, 1080]]) {
        await page.setViewportSize({ width, height });
        const cut = () =>
          page.evaluate(() => {
            const bar = /** @type {HTMLElement} */ (document.querySelector('.bar'));
            const frame = bar.getBoundingClientRect();
            const stage = /** @type {HTMLElement} */ (document.querySelector('.stage')).getBoundingClientRect();
            const ruler = /** @type {CanvasRenderingContext2D} */ (document.createElement('canvas').getContext('2d'));
            /** @type {string[]} */
            const found = frame.bottom > stage.top + 1 ? ['the bar lies on the stage'] : [];
            for (const one of bar.querySelectorAll('button, select')) {
              const box = one.getBoundingClientRect();
              const name = one.getAttribute('aria-label') ?? one.textContent?.trim();
              if (box.width === 0) continue;
              if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) found.push(`${name} is outside`);
              if (one instanceof HTMLSelectElement) {
                const style = getComputedStyle(one);
                ruler.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
                // Room for the arrow, too.
                if (ruler.measureText(one.selectedOptions[0].text).width + Number.parseFloat(style.paddingLeft) + 20 > box.width) found.push(`${name} cuts its choice`);
              } else {
                if (one.scrollWidth > one.clientWidth + 1) found.push(`${name} is too narrow for its words`);
                if (![...one.childNodes].some((part) => (part instanceof Element ? part.getBoundingClientRect().width > 1 : part instanceof Text && part.data.trim()))) found.push(`${name} is blank`);
              }
            }
            return found;
          });
        await expect.poll(cut, { message: `${width}×${height}` }).toEqual([]);
      }
    });
  }
}
