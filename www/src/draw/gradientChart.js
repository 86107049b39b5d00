// @ts-check
// Paints the chart of a quantity along t. Where things lie comes from scales.js; this file only puts ink on them.
import { markOf, paintMark } from './canvas.js';
import { colourOf, css } from './colour.js';
import { crossing, relativeAt } from './gradient.js';
import { onAxis, timeAxis, timeTicks, valueAxis } from './scales.js';

/**
 * @typedef {object} Chart
 * @property {number} width @property {number} height CSS pixels
 * @property {number} left @property {number} right limits of the time axis, the same as the strips'
 * @property {number} steps T
 * @property {number} from gradients are shown from this timestep on (T + 1: none yet)
 * @property {number} t playhead
 * @property {import('./scales.js').Axis} axis
 * @property {boolean} relative whether a bar's colour tells what is left relative to the lane's own end
 * @property {Lane[]} lanes
 * @property {import('./canvas.js').Theme} theme
 * @property {{ vanished: string, fading: string, notFinite: string, timestep: string, before: string }} words
 * @property {(log10: number) => string} format
 */

/**
 * @typedef {object} Lane
 * @property {string} cell @property {string} label
 * @property {{ name: string, symbol: string, values: Float32Array }[]} series the first has bars
 * @property {Float32Array | null} cosine colours the bars instead
 * @property {Float32Array | null} before the first series before surgery
 */

/** Not yet swept: a ghost, so that the chart is never empty. */
const GHOST = 0.16;

/** @param {CanvasRenderingContext2D} g @param {Chart} chart */
export function paintGradientChart(g, chart) {
  const { height, left, right, steps, theme } = chart;
  const top = theme.small * 0.7;
  const bottom = height - theme.small * 1.9;
  const x = timeAxis(steps, left, right);
  const y = valueAxis(top, bottom, chart.axis);
  g.lineJoin = 'round';
  g.textBaseline = 'middle';
  paintAxes(g, chart, x, y, bottom);
  chart.lanes.forEach((lane, index) => {
    paintBars(g, chart, lane, index, x, y, bottom);
  });
  for (const lane of chart.lanes) {
    lane.series.forEach((series, order) => paintLine(g, chart, lane.cell, series.values, order, x, y, bottom));
  }
  /** @type {Box[]} */
  const taken = [];
  for (const { cell, series, before } of chart.lanes) {
    // A lane that surgery has not changed has no ghost.
    if (before?.some((value, k) => value !== series[0]?.values[k])) paintBefore(g, chart, cell, before, x, y, bottom, taken);
  }
  for (const lane of chart.lanes) paintMarks(g, chart, lane, x, y, taken);
  paintReadings(g, chart, y);
}

/** @typedef {{ left: number, right: number, y: number }} Box where a label lies already */
/** @typedef {ReturnType<typeof timeAxis>} X */
/** @typedef {ReturnType<typeof valueAxis>} Y */

/** @param {CanvasRenderingContext2D} g @param {Chart} chart @param {X} x @param {Y} y @param {number} bottom */
function paintAxes(g, { left, right, steps, theme, words, axis, format }, x, y, bottom) {
  g.font = `${theme.small}px ${theme.font}`;
  g.textAlign = 'right';
  /** @type {number[]} */
  const labelled = [];
  for (const tick of axis.ticks) {
    const at = Math.round(y(tick)) + 0.5;
    g.strokeStyle = theme.line;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(left, at);
    g.lineTo(right, at);
    g.stroke();
    // In a low chart the less telling powers keep their line but not their label.
    if (labelled.some((other) => Math.abs(other - at) < theme.small * 1.15)) continue;
    labelled.push(at);
    g.fillStyle = theme.muted;
    if (axis.log) power(g, theme, tick, left - 8, at);
    else g.fillText(format(tick), left - 8, at);
  }
  g.textAlign = 'center';
  const room = Math.max(2, Math.floor((right - left) / (theme.small * 4)));
  for (const t of timeTicks(steps, Math.min(12, room))) g.fillText(String(t), x.x(t), bottom + theme.small * 1.15);
  g.textAlign = 'right';
  // Where the word has no room the letter stands for it.
  g.fillText(g.measureText(words.timestep).width > left - 8 ? 't' : words.timestep, left - 8, bottom + theme.small * 1.15);
}

/** 10 with a raised exponent, set by hand: many fonts draw superscript digits unevenly. @param {CanvasRenderingContext2D} g @param {import('./canvas.js').Theme} theme @param {number} n @param {number} right @param {number} y */
function power(g, theme, n, right, y) {
  if (n === 0) return g.fillText('1', right, y);
  const exponent = String(n).replace('-', '−');
  g.font = `${theme.small * 0.78}px ${theme.font}`;
  g.fillText(exponent, right, y - theme.small * 0.38);
  const width = g.measureText(exponent).width;
  g.font = `${theme.small}px ${theme.font}`;
  g.fillText('10', right - width - 0.5, y);
}

/** Bars from the axis' base: coloured by what is left relative to the lane's own end, by the cosine, or as the lane. @param {CanvasRenderingContext2D} g @param {Chart} chart @param {Lane} lane @param {number} index @param {X} x @param {Y} y @param {number} bottom */
function paintBars(g, chart, lane, index, x, y, bottom) {
  const values = lane.series[0]?.values;
  if (!values) return;
  const share = x.width / chart.lanes.length;
  const gap = share > 3 ? Math.max(1, share * 0.22) : 0;
  const base = y(chart.axis.base);
  const colour = (/** @type {number} */ t, /** @type {boolean} */ zero) => {
    if (lane.cosine) return css(colourOf('signed', lane.cosine[t - 1]));
    return chart.relative ? css(colourOf('gradient', zero ? -Infinity : relativeAt(values, t))) : chart.theme.lane(lane.cell);
  };
  for (let t = 1; t <= values.length; t++) {
    const value = values[t - 1];
    const x0 = x.edge(t) + index * share + gap / 2;
    const state = onAxis(value, chart.axis);
    if (state === 'missing') continue;
    g.globalAlpha = t >= chart.from ? (chart.relative || lane.cosine ? 0.62 : 0.3) : GHOST * 0.7;
    if (state === 'notFinite') {
      hatch(g, x0, y(Infinity), share - gap, bottom - y(Infinity), chart.theme.ink);
      continue;
    }
    g.fillStyle = colour(t, state === 'zero');
    const at = y(value);
    if (state === 'below' || state === 'zero') {
      // Under the floor: a stub and the sign for "at most", so that nobody reads a value into it.
      g.fillRect(x0, bottom - 2, share - gap, 2);
    } else g.fillRect(x0, Math.min(at, base), share - gap, Math.abs(base - at));
  }
  g.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} w @param {number} h @param {string} ink */
function hatch(g, x, y, w, h, ink) {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.strokeStyle = ink;
  g.lineWidth = 1;
  g.beginPath();
  for (let k = -h; k < w; k += 5) {
    g.moveTo(x + k, y + h);
    g.lineTo(x + k + h, y);
  }
  g.stroke();
  g.restore();
}

/** Dashes tell the second and later series of a lane apart without colour. */
const DASHES = [[], [5, 4], [2, 3]];
/** Marks of a lane's line lie about so far apart. */
const MARK_PX = 60;

/** @param {CanvasRenderingContext2D} g @param {Chart} chart @param {string} cell @param {Float32Array} values @param {number} order @param {X} x @param {Y} y @param {number} bottom */
function paintLine(g, chart, cell, values, order, x, y, bottom) {
  const { theme } = chart;
  g.strokeStyle = theme.lane(cell);
  g.lineWidth = order === 0 ? theme.stroke : Math.max(1, theme.stroke * 0.6);
  g.setLineDash(DASHES[order % DASHES.length]);
  for (const revealed of [false, true]) {
    g.globalAlpha = revealed ? 1 : GHOST * 1.6;
    g.beginPath();
    follow(g, chart, values, (t) => (revealed ? t >= chart.from : t <= chart.from), x, y, bottom);
    g.stroke();
  }
  g.setLineDash([]);
  g.globalAlpha = 1;
  if (order > 0 || !markOf(cell)) return;
  g.fillStyle = theme.lane(cell);
  const apart = Math.max(1, Math.round(MARK_PX / x.width));
  for (let t = Math.ceil(apart / 2); t <= values.length; t += apart) {
    const state = onAxis(values[t - 1], chart.axis);
    if (t >= chart.from && state !== 'notFinite' && state !== 'missing') paintMark(g, markOf(cell), x.x(t), state === 'zero' || state === 'below' ? bottom : y(values[t - 1]), theme.stroke * 2.4);
  }
}

/** Lays the path along the values that are drawn; it breaks off where one is not finite. @param {CanvasRenderingContext2D} g @param {Chart} chart @param {Float32Array} values @param {(t: number) => boolean} drawn @param {X} x @param {Y} y @param {number} bottom */
function follow(g, { axis }, values, drawn, x, y, bottom) {
  let pen = false;
  for (let t = 1; t <= values.length; t++) {
    const state = onAxis(values[t - 1], axis);
    if (!drawn(t) || state === 'notFinite' || state === 'missing') {
      pen = false;
      continue;
    }
    const at = state === 'zero' || state === 'below' ? bottom : y(values[t - 1]);
    if (pen) g.lineTo(x.x(t), at);
    else g.moveTo(x.x(t), at);
    pen = true;
  }
}

/** What the gradient was before surgery: a thin dashed ghost with its name. @param {CanvasRenderingContext2D} g @param {Chart} chart @param {string} cell @param {Float32Array} values @param {X} x @param {Y} y @param {number} bottom @param {Box[]} taken */
function paintBefore(g, chart, cell, values, x, y, bottom, taken) {
  const { theme, words } = chart;
  g.strokeStyle = theme.lane(cell);
  g.lineWidth = Math.max(1, theme.stroke * 0.5);
  g.setLineDash([3, 4]);
  g.globalAlpha = 0.85;
  g.beginPath();
  follow(g, chart, values, () => true, x, y, bottom);
  g.stroke();
  g.setLineDash([]);
  g.globalAlpha = 1;
  const t = Math.max(1, Math.ceil(values.length / 3));
  if (onAxis(values[t - 1], chart.axis) !== 'inside') return;
  g.font = `600 ${theme.small}px ${theme.font}`;
  const right = x.x(t);
  const box = { left: right - g.measureText(words.before).width, right, y: y(values[t - 1]) - theme.small * 0.75 };
  if (taken.some((other) => Math.abs(other.y - box.y) < theme.small * 1.1 && box.left < other.right + 4 && other.left < box.right + 4)) return;
  taken.push(box);
  label(g, theme, words.before, right, box.y, 'right', theme.lane(cell));
}

/** Where a lane's gradient first falls under a band, and the "≤" at the floor. @param {CanvasRenderingContext2D} g @param {Chart} chart @param {Lane} lane @param {X} x @param {Y} y @param {Box[]} taken */
function paintMarks(g, chart, lane, x, y, taken) {
  const values = lane.series[0]?.values;
  if (!values) return;
  const { theme, words } = chart;
  const colour = theme.lane(lane.cell);
  // The graver one first: where there is room for one word only, it is that.
  for (const band of chart.relative ? /** @type {const} */ (['vanished', 'fading']) : []) {
    const t = crossing(values, band);
    if (t === null || t < chart.from || onAxis(values[t - 1], chart.axis) !== 'inside') continue;
    const [px, py] = [x.x(t), y(values[t - 1])];
    g.beginPath();
    g.arc(px, py, theme.stroke * 2, 0, 2 * Math.PI);
    g.fillStyle = theme.surface;
    g.fill();
    g.strokeStyle = colour;
    g.lineWidth = theme.stroke;
    g.stroke();
    markLabel(words[band], px - theme.stroke * 4, py - theme.small * 0.75);
  }
  const { axis } = chart;
  const below = values.findLastIndex((value, k) => k + 1 >= chart.from && ['below', 'zero'].includes(onAxis(value, axis)));
  if (below >= 0) markLabel(`≤ ${chart.format(axis.floor)}`, Math.max(x.x(below + 1) - 2, chart.left + 4 * theme.small), y(axis.floor) - theme.small * 0.9);

  /** Writes unless it would lie on another label. @param {string} text @param {number} end @param {number} middle */
  function markLabel(text, end, middle) {
    g.font = `600 ${theme.small}px ${theme.font}`;
    const { width } = g.measureText(text);
    const right = Math.max(end, width);
    const box = { left: right - width, right, y: middle };
    if (taken.some((other) => Math.abs(other.y - box.y) < theme.small * 1.1 && box.left < other.right + 4 && other.left < box.right + 4)) return;
    taken.push(box);
    label(g, theme, text, right, middle, 'right', colour);
  }
}

/** Text with a rim of the background, so that it stays legible on lines and bars. @param {CanvasRenderingContext2D} g @param {import('./canvas.js').Theme} theme @param {string} text @param {number} x @param {number} y @param {CanvasTextAlign} align @param {string} colour */
function label(g, theme, text, x, y, align, colour) {
  g.font = `600 ${theme.small}px ${theme.font}`;
  g.textAlign = align;
  g.strokeStyle = theme.surface;
  g.lineWidth = 4;
  g.strokeText(text, x, y);
  g.fillStyle = colour;
  g.fillText(text, x, y);
}

/** The values at the playhead, at the right end, each at its own height as far as there is room. @param {CanvasRenderingContext2D} g @param {Chart} chart @param {Y} y */
function paintReadings(g, chart, y) {
  const { theme, right, t, from } = chart;
  if (t < from) return;
  const line = theme.small * 1.25;
  const readings = chart.lanes.flatMap(({ cell, label: name, series }) =>
    series.slice(0, 1).map(({ values }) => ({ cell, text: `${name} ${chart.format(values[t - 1])}`, at: y(values[t - 1] ?? 0) || 0 })),
  );
  readings.sort((a, b) => a.at - b.at);
  for (let k = 1; k < readings.length; k++) readings[k].at = Math.max(readings[k].at, readings[k - 1].at + line);
  for (const { cell, text, at } of readings) label(g, theme, text, right + 6, at, 'left', theme.lane(cell));
}
