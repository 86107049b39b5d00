// @ts-check
// An open view as a figure: its canvases as pictures, its words as text, each where it stands on the screen.
import { escape, folded } from '../draw/figure.js';

/** What is no part of a picture: hands on the machine, dialogs, formulas that SVG cannot hold. */
const LEFT_OUT = 'button, select, input, textarea, progress, dialog, math, .hidden, .tooltip, [hidden]';
const MARGIN = 24;
/** Room for the title above; a line of the link below. */
const HEAD = 34;
const LINE = 15;

/** @typedef {{ x: number, y: number, width: number, height: number, svg: (x: number, y: number) => string }} Part */

/** @param {number} value */
const px = (value) => value.toFixed(1);

/** A canvas, or what is drawn by style alone: swatches, marks, rails. @param {Element} el @param {CSSStyleDeclaration} style @param {DOMRect} box @returns {Part[]} */
function shapesOf(el, style, box) {
  /** @type {Part[]} */
  const parts = [];
  const place = { x: box.left, y: box.top, width: box.width, height: box.height };
  const size = `width="${px(box.width)}" height="${px(box.height)}"`;
  // Transparent is written as rgba(0, 0, 0, 0).
  if (!/, 0\)$/.test(style.backgroundColor)) {
    // Marks have forms of their own: `polygon(50% 0px, …)`.
    const corners = /^polygon\((.*)\)$/.exec(style.clipPath)?.[1].split(',').map((corner) => corner.trim().split(' ').map((at) => Number.parseFloat(at) / 100));
    const fill = escape(style.backgroundColor);
    const round = Math.min(Number.parseFloat(style.borderTopLeftRadius) || 0, box.height / 2, box.width / 2);
    parts.push({
      ...place,
      svg: (x, y) =>
        corners
          ? `<polygon points="${corners.map(([across, down]) => `${px(x + across * box.width)},${px(y + down * box.height)}`).join(' ')}" fill="${fill}"/>`
          : `<rect x="${px(x)}" y="${px(y)}" ${size} rx="${px(round)}" fill="${fill}"/>`,
    });
  }
  if (el instanceof HTMLCanvasElement && el.width > 0 && el.height > 0) {
    const picture = el.toDataURL();
    parts.push({ ...place, svg: (x, y) => `<image x="${px(x)}" y="${px(y)}" ${size} preserveAspectRatio="none" href="${escape(picture)}"/>` });
  }
  return parts;
}

/** The lines of a text, as they are broken on the screen. @param {Text} node @param {CSSStyleDeclaration} style @param {DOMRect} clip @param {CanvasRenderingContext2D} g @returns {Part[]} */
function linesOf(node, style, clip, g) {
  const range = document.createRange();
  /** @type {{ text: string, left: number, right: number, top: number, bottom: number }[]} */
  const lines = [];
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const box = range.getBoundingClientRect();
    if (box.width < 0.5 || box.left > clip.right - 1 || box.top > clip.bottom - 1) continue;
    const line = lines.find(({ top }) => Math.abs(top - box.top) < 2);
    if (line) Object.assign(line, { text: `${line.text} ${word}`, right: box.right });
    else lines.push({ text: word, left: box.left, right: box.right, top: box.top, bottom: box.bottom });
  }
  g.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = g.measureText('x');
  const type = `font-size="${Number.parseFloat(style.fontSize)}" font-weight="${style.fontWeight}" font-style="${style.fontStyle}" fill="${escape(style.color)}"`;
  return lines.map(({ text, left, right, top, bottom }) => ({
    x: left,
    y: top,
    width: right - left,
    height: bottom - top,
    svg: (x, y) => `<text x="${px(x)}" y="${px(y + ((bottom - top) * up) / (up + down))}" ${type}>${escape(text)}</text>`,
  }));
}

/**
 * @param {Element} place what is to be pictured
 * @param {{ title: string, caption: string, theme: import('../draw/canvas.js').Theme }} words
 * @returns {{ svg: string, width: number, height: number } | null} null when nothing of it is on the screen
 */
export function panelFigure(place, { title, caption, theme }) {
  const g = document.createElement('canvas').getContext('2d');
  if (!g) return null;
  /** @type {Part[]} */
  const parts = [];
  /** @param {Element} el @param {DOMRect} clip */
  const walk = (el, clip) => {
    if (el.matches(LEFT_OUT)) return;
    const style = getComputedStyle(el);
    if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return;
    const box = el.getBoundingClientRect();
    // What has no box of its own still has parts that do.
    const inside = style.display === 'contents' || style.overflowX === 'visible' ? clip : box;
    if (style.display !== 'contents' && el !== place) parts.push(...shapesOf(el, style, box));
    for (const child of el.childNodes) {
      if (child instanceof Text) parts.push(...linesOf(child, style, inside, g));
      else if (child instanceof Element) walk(child, inside);
    }
  };
  walk(place, new DOMRect(-1e6, -1e6, 2e6, 2e6));
  if (!parts.length) return null;
  const [left, top] = [Math.min(...parts.map(({ x }) => x)), Math.min(...parts.map(({ y }) => y))];
  const width = Math.ceil(Math.max(...parts.map(({ x, width: wide }) => x + wide)) - left) + 2 * MARGIN;
  const bottom = Math.ceil(Math.max(...parts.map(({ y, height: tall }) => y + tall)) - top) + MARGIN + HEAD;
  const lines = folded(caption, width - 2 * MARGIN);
  const height = bottom + LINE * (lines.length + 1);
  const below = lines.map((line, k) => `<text x="${MARGIN}" y="${bottom + LINE * (k + 1)}" font-size="11" fill="${escape(theme.muted)}">${escape(line)}</text>`);
  const drawn = parts.map(({ x, y, svg }) => svg(x - left + MARGIN, y - top + MARGIN + HEAD));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${escape(theme.font)}" fill="${escape(theme.ink)}"><title>${escape(title)}</title><rect width="100%" height="100%" fill="${escape(theme.surface)}"/><text x="${MARGIN}" y="${HEAD}" font-size="19" font-weight="700">${escape(title)}</text>${drawn.join('')}${below.join('')}</svg>`;
  return { svg, width, height };
}
