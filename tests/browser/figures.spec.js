// @ts-check
// The open view as a figure: what stands on the screen is in the file, as text or as the very pixels of its canvas.
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { atStep, button, expect, open, print, settled, stateOf, test } from './support/gatescope.js';

/** @typedef {import('@playwright/test').Page} Page */

/** @param {Page} page @param {'SVG' | 'PNG'} kind */
async function take(page, kind) {
  const dialog = page.getByRole('dialog', { name: 'Take it away' });
  if (!(await dialog.isVisible())) await button(page, 'Take away').click();
  const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: kind, exact: true }).click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** Every text of an SVG. @param {string} svg */
const textsOf = (svg) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text.replaceAll('&#38;', '&'));

const VIEWS = /** @type {const} */ ([
  ['flow', 'Gradient norm per timestep', 2],
  ['cell', '', 2],
  ['map', 'How much of hₛ is left in hₜ', 3],
  ['training', 'How far back the gradient reaches', 6],
]);

for (const [view, heading, canvases] of VIEWS) {
  test(`The figure of the ${view} view shows that view`, async ({ page }) => {
    await open(page, `#v=1&T=12&h=6&step=8&view=${view}`);
    await atStep(page, 8);
    await settled(page);
    if (view === 'map') await page.waitForFunction(() => globalThis.gatescope.map('lstm')?.method === 'exact');
    if ((await stateOf(page)).player.playing) await button(page, 'Pause').click();
    await page.waitForTimeout(400);
    const { name, bytes } = await take(page, 'SVG');
    expect(name).toBe(`gatescope-${view}.svg`);
    const svg = bytes.toString();
    // Well-formed, and nothing in it that could run or be fetched.
    const other = await page.context().newPage();
    const faults = await other.evaluate((text) => new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent ?? '', svg);
    await other.close();
    expect(faults).toBe('');
    expect(/<script|<foreignObject|href="(?!data:image\/png)/.test(svg)).toBe(false);
    const texts = textsOf(svg);
    if (heading) expect(texts.join('\n')).toContain(heading);
    // The link stands below, in as many lines as it takes.
    expect(texts.slice(texts.findIndex((text) => text.startsWith('gatescope http'))).join('')).toMatch(new RegExp(`^gatescope http://[^#]*/#v=1.*view=${view}`));
    const images = [...svg.matchAll(/<image[^>]*href="data:image\/png;base64,([^"]*)"/g)].map(([, data]) => PNG.sync.read(Buffer.from(data, 'base64')));
    expect(images.length).toBeGreaterThanOrEqual(canvases);
    if (view !== 'flow') {
      // The canvases' own pixels.
      const own = await page.locator(`.place-${view} canvas`).first().evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
      expect(svg.includes(own)).toBe(true);
    }
    const png = await take(page, 'PNG');
    expect(png.name).toBe(`gatescope-${view}.png`);
    const { width, height, data } = PNG.sync.read(png.bytes);
    const [w, h] = [Number(/ width="(\d+)"/.exec(svg)?.[1]), Number(/ height="(\d+)"/.exec(svg)?.[1])];
    expect([width, height]).toEqual([2 * w, 2 * h]);
    const colours = new Set();
    for (let k = 0; k < data.length; k += 4 * 997) colours.add(data.readUInt32BE(k));
    print(`${view}: ${w} × ${h}, ${images.length} pictures, ${texts.length} texts, ${(png.bytes.length / 1000).toFixed(0)} kB, ${colours.size} colours in a sample`);
    expect(colours.size).toBeGreaterThan(8);
    await import('node:fs/promises').then(({ writeFile }) => writeFile(`test-results/figure-${view}.png`, png.bytes));
  });
}

test('The figure of untrained networks says so, has the marks of the page, and keeps its words off the lines', async ({ page }) => {
  await open(page, '#v=1&T=50&h=8&vs=rnn,gru');
  await settled(page);
  const svg = (await take(page, 'SVG')).bytes.toString();
  expect(textsOf(svg).filter((text) => /trained/.test(text))).toEqual(Array(3).fill('untrained · step 0'));
  // A disc for the RNN, a triangle for the GRU, a square for the LSTM.
  expect([...svg.matchAll(/<rect x="24"[^>]*rx="(\d)"|<path d="M30\.0 [^>]*L[^>]*L[^>]*Z"/g)].map(([, rx]) => rx)).toEqual(['6', undefined, '3']);
  const words = [...svg.matchAll(/<text[^>]*>fading<\/text>/g)];
  expect(words.length).toBeGreaterThan(0);
  for (const { 0: word, index } of words) {
    expect(word).toContain('paint-order="stroke"');
    expect(index).toBeGreaterThan(svg.lastIndexOf('fill="none"'));
  }
});

for (const query of ['?theme=projector', '?ui=present']) {
  test(`Files can be taken along on a projector of 1366 points (${query})`, async ({ page }) => {
    await open(page, `${query}#v=1&T=8&h=4`);
    await settled(page);
    const dialog = page.getByRole('dialog', { name: 'Take it away' });
    if (query.includes('present')) {
      await page.getByRole('button', { name: 'Menu', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Take away' }).click();
    } else {
      await expect(page.locator('.take-open')).toBeHidden();
      await button(page, 'Share').click();
      await page.getByRole('dialog', { name: 'Share' }).getByRole('button', { name: 'Take away' }).click();
    }
    await expect(dialog).toBeVisible();
    await page.screenshot({ path: `test-results/take-${query.slice(1).replace('=', '-')}.png` });
    const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'SVG', exact: true }).click()]);
    expect(file.suggestedFilename()).toBe('gatescope-flow.svg');
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  });
}
