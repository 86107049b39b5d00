// @ts-check
// The screen as numbers.
import { deflateSync } from 'node:zlib';
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

/** CRC-32 as PNG wants it. @param {Buffer} bytes */
function crc(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

/** The same picture in at most 256 colours, the frequent ones kept: half the bytes. @param {Buffer} png */
export function paletted(png) {
  const { width, height, data } = PNG.sync.read(png);
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (let k = 0; k < data.length; k += 4) {
    const colour = data.readUIntBE(k, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => [colour >> 16, (colour >> 8) & 255, colour & 255]);
  // Differences of tint count double: a grey that turns blue is seen sooner than one that turns darker.
  const apart = (/** @type {number[]} */ a, /** @type {number[]} */ b) => {
    const [r, g, bl] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    return r * r + g * g + bl * bl + 2 * ((r - g) ** 2 + (g - bl) ** 2);
  };
  /** @type {number[][]} */
  let palette = [];
  // The finest spacing at which 256 colours come near every colour there is.
  for (let spacing = 2; ; spacing++) {
    palette = [];
    for (const colour of colours) {
      if (palette.length > 256) break;
      if (palette.every((one) => apart(one, colour) > spacing ** 2)) palette.push(colour);
    }
    if (palette.length <= 256) break;
  }
  const nearest = new Map(
    colours.map((colour) => {
      let best = 0;
      for (let k = 1; k < palette.length; k++) if (apart(palette[k], colour) < apart(palette[best], colour)) best = k;
      return [(colour[0] << 16) | (colour[1] << 8) | colour[2], best];
    }),
  );
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + x + 1] = nearest.get(data.readUIntBE(4 * (y * width + x), 3)) ?? 0;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  // Eight bits a pixel, an index into the palette.
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
