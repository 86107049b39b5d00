// @ts-check
// The small widget in boxes of usual sizes: what matters is in sight without scrolling.
import { expect, print, test } from './support/gatescope.js';
import { LIBRARY, host, ready } from './support/host.js';

const SIZES = /** @type {const} */ ([[600, 400], [480, 320], [360, 740]]);
const PAIRS = { 'RNN and LSTM': '', 'LSTM and GRU': 'cell="lstm" vs="gru"', 'LSTM and LSTM': 'cell="lstm" vs="lstm"' };

for (const [width, height] of SIZES) {
  for (const lang of ['en', 'zh-CN']) {
    test(`At ${width}×${height} lanes, time axis and controls are in sight without scrolling, in ${lang}`, async ({ page }) => {
      for (const [name, cells] of Object.entries(PAIRS)) {
        // Eighteen strips would be too thin to be told apart.
        if (height < 360 && name === 'LSTM and LSTM') continue;
        await page.goto('about:blank');
        await host(page, `${LIBRARY}<gate-scope ${cells} lang="${lang}" style="width:${width}px;height:${height}px"></gate-scope>`);
        await ready(page);
        await page.evaluate(() => new Promise((done) => setTimeout(done, 400)));
        const found = await page.evaluate(() => {
          const element = /** @type {HTMLElement} */ (document.querySelector('gate-scope'));
          const root = /** @type {ShadowRoot} */ (element.shadowRoot);
          const box = element.getBoundingClientRect();
          const of = (/** @type {string} */ selector) => [...root.querySelectorAll(selector)].map((one) => one.getBoundingClientRect());
          const stage = /** @type {HTMLElement} */ (root.querySelector('.stage'));
          const inner = stage.getBoundingClientRect();
          const within = (/** @type {DOMRect} */ one, /** @type {DOMRect} */ frame) => one.top >= frame.top - 0.5 && one.bottom <= frame.bottom + 0.5 && one.left >= frame.left - 0.5 && one.right <= frame.right + 0.5;
          return {
            scrolls: stage.scrollHeight - stage.clientHeight,
            strip: Math.min(...of('.strip').map((one) => one.height)),
            plot: of('.gradient-plot')[0].height,
            // The axis is the last line of the gradient chart.
            inside: [...of('.lane'), ...of('.gradient-plot')].every((one) => within(one, inner)),
            hands: [...of('.embed-bar button'), ...of('.embed-bar .open-full'), ...of('.scrubber :is(button, input, .position)')].every((one) => within(one, box)),
          };
        });
        print(`${width}×${height}, ${name}: strips of ${found.strip.toFixed(1)} px, chart of ${found.plot.toFixed(0)} px`);
        expect(found, name).toMatchObject({ scrolls: 0, inside: true, hands: true });
        expect(found.strip).toBeGreaterThanOrEqual(4);
        expect(found.plot).toBeGreaterThanOrEqual(60);
      }
    });
  }
}
