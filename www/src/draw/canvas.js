// @ts-check
/**
 * Makes the bitmap as fine as the screen and hands out a context that counts in CSS pixels.
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height CSS pixels
 * @returns {CanvasRenderingContext2D | null}
 */
export function fitCanvas(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext('2d');
  if (!context) return null;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * An element's size, told by the browser when it changes: asking for it would force a layout each time, also for each
 * of a dozen panels that are put together. Zero until the first layout.
 * @param {Element} el
 */
export function watchSize(el) {
  const size = { width: 0, height: 0 };
  const observer = new ResizeObserver(([entry]) => {
    size.width = entry.contentRect.width;
    size.height = entry.contentRect.height;
  });
  observer.observe(el);
  return { size, dispose: () => observer.disconnect() };
}

/**
 * Colours and type for canvases, read from the style sheet so that CSS and canvas never disagree.
 * @param {Element} el
 */
export function readTheme(el) {
  const style = getComputedStyle(el);
  const get = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  // Type in canvases follows the keys + and − as all other type does.
  const scale = Number.parseFloat(get('--type')) || 1;
  const ink = get('--ink');
  /** @type {Record<string, string>} */
  const lanes = {};
  return {
    ink,
    muted: get('--muted'),
    line: get('--line'),
    surface: get('--surface'),
    font: get('--font'),
    small: scale * (Number.parseFloat(get('--canvas-small')) || 11),
    body: scale * (Number.parseFloat(get('--canvas-body')) || 12),
    stroke: Number.parseFloat(get('--stroke')) || 2,
    /** Identity colour of a lane: its cell's, but of several with the same cell only the first has that. @param {string} lane */
    lane: (lane) => (lanes[lane] ??= get(`--lane-${markOf(lane) || lane.replace(/\d$/, '')}`) || ink),
  };
}
/** @typedef {ReturnType<typeof readTheme>} Theme */

/** The mark on the lines of a lane whose cell another one has too; the first has none. @typedef {'' | 'second' | 'third'} Mark */
/** @type {Mark[]} */
const MARKS = ['', 'second', 'third'];
/** @param {string} lane by its id: `lstm2` */
export const markOf = (lane) => MARKS[Number(/\d$/.exec(lane)?.[0] ?? 1) - 1] ?? '';

/** The outline of a mark about a point: a diamond, or a cross. @param {Mark} mark @param {number} x @param {number} y @param {number} size @returns {[number, number][]} */
export const markOutline = (mark, x, y, size) =>
  (mark === 'second' ? DIAMOND : CROSS).map(([dx, dy]) => [x + dx * size, y + dy * size]);
/** @type {[number, number][]} */
const DIAMOND = [[0, -1], [1, 0], [0, 1], [-1, 0]];
/** @type {[number, number][]} */
const CROSS = [[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]];

/** Fills a mark with the present colour. @param {CanvasRenderingContext2D} g @param {Mark} mark @param {number} x @param {number} y @param {number} size */
export function paintMark(g, mark, x, y, size) {
  if (!mark) return;
  g.beginPath();
  markOutline(mark, x, y, size).forEach(([px, py], k) => (k ? g.lineTo(px, py) : g.moveTo(px, py)));
  g.closePath();
  g.fill();
}
