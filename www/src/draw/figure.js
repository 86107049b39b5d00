// @ts-check
// What is shown, as one SVG for a paper or a slide: heat maps as pictures of one pixel a number, everything else as lines
// and text. Pure: numbers in, text out; every text is escaped.
import { markOf, markOutline } from './canvas.js';
import { crossing } from './gradient.js';
import { AXES, onAxis, timeAxis, timeTicks, valueAxis } from './scales.js';

/**
 * @typedef {object} Strip
 * @property {string} symbol @property {string} name
 * @property {string} picture address of a picture, one pixel a number
 * @property {'forward' | 'backward'} way in which direction its numbers come to be
 */
/**
 * @typedef {object} Figure
 * @property {string} title @property {string} caption
 * @property {number} steps T
 * @property {{ cell: string, label: string, about: string, colour: string, strips: Strip[], gradient: Float32Array }[]} lanes
 * @property {{ ink: string, muted: string, line: string, surface: string, font: string }} theme
 * @property {{ gradient: string, timestep: string, fading: string, vanished: string }} words
 */

/** Where numbers are drawn along t, and in which direction they come to be. @typedef {{ top: number, bottom: number, way: 'forward' | 'backward' }} Plot */

const WIDTH = 960;
const LEFT = 160;
const RIGHT = 24;
const STRIP = 30;
const CHART = 190;
/** Width of a letter of the link at most. */
const LETTER = 6.2;
/** Marks of a lane's line lie about so far apart. */
const MARK = 60;

/** @param {unknown} text */
export const escape = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The link in lines that fit, broken between two of its parts. @param {string} text @param {number} room pixels of a line */
export function folded(text, room) {
  const most = Math.floor(room / LETTER);
  /** @type {string[]} */
  const lines = [];
  for (const part of text.split(/(?<=&)/)) {
    const last = lines.length - 1;
    if (last >= 0 && lines[last].length + part.length <= most) lines[last] += part;
    else lines.push(part);
  }
  return lines;
}

/** @param {Figure} figure @returns {{ svg: string, width: number, height: number, left: number, right: number, plots: Plot[] }} */
export function figureSvg({ title, caption, steps, lanes, theme, words }) {
  const [left, right] = [LEFT, WIDTH - RIGHT];
  const x = timeAxis(steps, left, right);
  /** @type {string[]} */
  const parts = [];
  /** @type {Plot[]} */
  const plots = [];
  const text = (/** @type {number} */ px, /** @type {number} */ py, /** @type {unknown} */ content, /** @type {string} */ rest = '') =>
    parts.push(`<text x="${px.toFixed(1)}" y="${py.toFixed(1)}" ${rest}>${escape(content)}</text>`);
  let y = 34;
  text(24, y, title, 'font-size="19" font-weight="700"');
  y += 14;
  for (const lane of lanes) {
    y += 26;
    parts.push(marked(lane, 30, y - 5, 6));
    text(44, y, lane.label, 'font-size="15" font-weight="700"');
    text(right, y, lane.about, `font-size="13" text-anchor="end" fill="${escape(theme.muted)}"`);
    y += 8;
    for (const { symbol, name, picture, way } of lane.strips) {
      plots.push({ top: y, bottom: y + STRIP - 3, way });
      text(64, y + STRIP / 2 + 5, symbol, 'font-size="15" font-style="italic" font-weight="600" text-anchor="end"');
      text(72, y + STRIP / 2 + 5, name, `font-size="12" fill="${escape(theme.muted)}"`);
      parts.push(`<image x="${left}" y="${y}" width="${right - left}" height="${STRIP - 3}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${escape(picture)}"/>`);
      y += STRIP;
    }
  }
  y += 34;
  text(24, y, words.gradient, 'font-size="15" font-weight="700"');
  const [top, bottom] = [y + 18, y + CHART];
  plots.push({ top, bottom, way: 'backward' });
  const axis = valueAxis(top, bottom);
  for (const tick of AXES.magnitude.ticks) {
    const at = axis(tick).toFixed(1);
    parts.push(`<path d="M${left} ${at}H${right}" stroke="${escape(theme.line)}"/>`);
    parts.push(`<text x="${left - 8}" y="${Number(at) + 4}" font-size="12" text-anchor="end" fill="${escape(theme.muted)}">${tick === 0 ? '1' : `10<tspan dy="-5" font-size="9">${String(tick).replace('-', '−')}</tspan>`}</text>`);
  }
  for (const t of timeTicks(steps, 12)) text(x.x(t), bottom + 17, t, `font-size="12" text-anchor="middle" fill="${escape(theme.muted)}"`);
  text(left - 8, bottom + 17, words.timestep, `font-size="12" text-anchor="end" fill="${escape(theme.muted)}"`);
  for (const lane of lanes) {
    const { cell, colour, gradient } = lane;
    parts.push(`<path d="${line(gradient, x, axis, bottom)}" fill="none" stroke="${escape(colour)}" stroke-width="2.5" stroke-linejoin="round"/>`);
    const apart = Math.max(1, Math.round(MARK / x.width));
    for (let t = Math.ceil(apart / 2); markOf(cell) && t <= steps; t += apart) if (onAxis(gradient[t - 1]) === 'inside') parts.push(marked(lane, x.x(t), axis(gradient[t - 1]), 5));
  }
  // Over every lane's line, with a rim of the ground: legible wherever they stand.
  const rim = `paint-order="stroke" stroke="${escape(theme.surface)}" stroke-width="4" stroke-linejoin="round"`;
  for (const { colour, gradient } of lanes) {
    for (const band of /** @type {const} */ (['fading', 'vanished'])) {
      const t = crossing(gradient, band);
      if (t === null || onAxis(gradient[t - 1]) !== 'inside') continue;
      parts.push(`<circle cx="${x.x(t).toFixed(1)}" cy="${axis(gradient[t - 1]).toFixed(1)}" r="4" fill="${escape(theme.surface)}" stroke="${escape(colour)}" stroke-width="2"/>`);
      text(x.x(t) - 8, axis(gradient[t - 1]) - 8, words[band], `font-size="12" font-weight="600" text-anchor="end" fill="${escape(colour)}" ${rim}`);
    }
  }
  y = bottom + 42;
  for (const line of folded(caption, WIDTH - 48)) {
    text(24, y, line, `font-size="11" fill="${escape(theme.muted)}"`);
    y += 15;
  }
  const height = y + 1;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="${escape(theme.font)}" fill="${escape(theme.ink)}"><title>${escape(title)}</title><rect width="100%" height="100%" fill="${escape(theme.surface)}"/>${parts.join('')}</svg>`;
  return { svg, width: WIDTH, height, left, right, plots };
}

/** The mark of a lane, as the page has it beside its name. @param {Figure['lanes'][number]} lane @param {number} x @param {number} y @param {number} size half its width */
function marked({ cell, colour }, x, y, size) {
  const fill = `fill="${escape(colour)}"`;
  const corners = markOf(cell) ? markOutline(markOf(cell), x, y, size) : cell.startsWith('gru') ? [[x, y - size], [x + size, y + size], [x - size, y + size]] : null;
  if (corners) return `<path d="M${corners.map((point) => point.map((at) => at.toFixed(1)).join(' ')).join('L')}Z" ${fill}/>`;
  return `<rect x="${x - size}" y="${y - size}" width="${2 * size}" height="${2 * size}" rx="${cell.startsWith('rnn') ? size : size / 2}" ${fill}/>`;
}

/** The path along the values that are drawn; under the axis' floor it runs along it, and it breaks off where one is not finite. @param {Float32Array} values @param {ReturnType<typeof timeAxis>} x @param {(log10: number) => number} y @param {number} bottom */
function line(values, x, y, bottom) {
  let path = '';
  let pen = false;
  for (let t = 1; t <= values.length; t++) {
    const state = onAxis(values[t - 1]);
    if (state !== 'notFinite') {
      const at = state === 'inside' ? y(Math.max(values[t - 1], AXES.magnitude.floor)) : state === 'above' ? y(Infinity) : bottom;
      path += `${pen ? 'L' : 'M'}${x.x(t).toFixed(1)} ${at.toFixed(1)}`;
    }
    pen = state !== 'notFinite';
  }
  return path;
}
