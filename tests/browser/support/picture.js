// @ts-check
// The screen as numbers.
import { PNG } from 'pngjs';

/** @typedef {{ width: number, height: number, at: (x: number, y: number) => [number, number, number] }} Picture */

/** What is on the screen just now. @param {import('@playwright/test').Page} page @returns {Promise<Picture>} */
export async function pictureOf(page) {
  const { width, height, data } = PNG.sync.read(await page.screenshot());
  return {
    width,
    height,
    at: (x, y) => {
      const k = 4 * (y * width + x);
      return [data[k], data[k + 1], data[k + 2]];
    },
  };
}

/** `#rrggbb` as three numbers. @param {string} hex @returns {[number, number, number]} */
export const rgb = (hex) => {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
};
