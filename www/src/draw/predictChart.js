// @ts-check
// The chart that a class draws its expectation into: the axes of the real chart, so that both can be compared.
import { AXES, timeAxis, timeTicks, valueAxis } from './scales.js';

/** The gradient chart's own axis. */
const { floor: FLOOR, ceiling: CEILING, ticks: TICKS } = AXES.magnitude;

/** @typedef {import('./canvas.js').Theme} Theme */
/**
 * @typedef {object} Axes
 * @property {(at: number) => number} x of a point, by its index
 * @property {(value: number) => number} y
 * @property {(px: number) => number} at index under x, fractional
 * @property {(py: number) => number} value under y
 * @property {number} left @property {number} right @property {number} top @property {number} bottom
 */

/** How much above guessing the loss axis reaches. */
const LOSS_ROOM = 1.5;
/** The loss of guessing among so many classes, in nats. @param {number} classes */
const guessing = (classes) => Math.log(classes);

/**
 * @param {{ curve: 'gradient' | 'loss', count: number, classes: number }} about `count`: points of the curve
 * @param {{ left: number, right: number, top: number, bottom: number }} box
 * @returns {Axes}
 */
export function predictAxes({ curve, count, classes }, { left, right, top, bottom }) {
  if (curve === 'gradient') {
    const x = timeAxis(count, left, right);
    const y = valueAxis(top, bottom);
    return {
      x: (at) => x.x(at + 1),
      y,
      at: (px) => (px - left) / x.width - 0.5,
      value: (py) => Math.min(CEILING, Math.max(FLOOR, CEILING - ((py - top) / (bottom - top)) * (CEILING - FLOOR))),
      left, right, top, bottom,
    };
  }
  const high = LOSS_ROOM * guessing(classes);
  const wide = (right - left) / (count - 1);
  return {
    x: (at) => left + at * wide,
    y: (value) => bottom - (Math.min(high, Math.max(0, value)) / high) * (bottom - top),
    at: (px) => (px - left) / wide,
    value: (py) => Math.min(high, Math.max(0, ((bottom - py) / (bottom - top)) * high)),
    left, right, top, bottom,
  };
}

/**
 * How far a drawn curve is from the core's, where it was drawn farthest from what is known: at the first timestep that was
 * drawn, or at the last training step.
 * @param {'gradient' | 'loss'} curve @param {(number | null)[]} points @param {(at: number) => number} actual
 * @returns {{ at: number, drawn: number, actual: number, orders: number } | null} null when nothing was drawn; `orders` of magnitude
 */
export function compare(curve, points, actual) {
  const at = curve === 'gradient' ? points.findIndex((value) => value !== null) : points.findLastIndex((value) => value !== null);
  const drawn = points[at];
  if (drawn === null || drawn === undefined) return null;
  const real = actual(at);
  const orders = curve === 'gradient' ? Math.abs(drawn - real) : Math.abs(Math.log10(drawn) - Math.log10(real));
  return { at, drawn, actual: real, orders };
}

/**
 * @typedef {object} Chart
 * @property {'gradient' | 'loss'} curve
 * @property {Axes} axes
 * @property {(number | null)[]} points
 * @property {number} cursor @property {boolean} focused
 * @property {{ at: number, value: number }[] | null} actual the core's curve, once it is revealed; `at` as an index of points
 * @property {number} classes
 * @property {number} last what the right end of the x axis is: T, or the training step
 * @property {string} cell
 * @property {Theme} theme
 * @property {{ x: string, guessing: string, yours: string, core: string }} words
 * @property {(value: number) => string} number
 */

/** @param {CanvasRenderingContext2D} g @param {Chart} chart */
export function paintPredictChart(g, chart) {
  const { axes, theme, points, cursor } = chart;
  g.lineJoin = 'round';
  g.textBaseline = 'middle';
  paintAxes(g, chart);
  if (chart.actual) line(g, chart.actual.map(({ at, value }) => [axes.x(at), axes.y(value)]), theme.lane(chart.cell), theme.stroke * 1.5, []);
  const drawn = points.flatMap((value, at) => (value === null ? [] : [[axes.x(at), axes.y(value)]]));
  line(g, drawn, theme.ink, theme.stroke * 1.2, [theme.stroke * 3, theme.stroke * 2]);
  if (!chart.actual) {
    const value = points[cursor];
    const [px, py] = [axes.x(cursor), value === null ? axes.top : axes.y(value)];
    g.strokeStyle = theme.ink;
    g.lineWidth = theme.stroke;
    g.globalAlpha = chart.focused ? 1 : 0.35;
    g.beginPath();
    g.moveTo(px, axes.top);
    g.lineTo(px, axes.bottom);
    g.stroke();
    g.globalAlpha = 1;
    if (value !== null) {
      g.beginPath();
      g.arc(px, py, theme.stroke * 2.5, 0, 2 * Math.PI);
      g.fillStyle = theme.ink;
      g.fill();
    }
  }
  g.font = `700 ${theme.body}px ${theme.font}`;
  g.textAlign = 'left';
  if (drawn.length) label(g, theme, chart.words.yours, drawn[Math.floor(drawn.length / 3)], theme.ink, -1);
  if (chart.actual?.length) {
    const inside = chart.actual[Math.floor((chart.actual.length * 2) / 3)];
    label(g, theme, chart.words.core, [axes.x(inside.at), axes.y(inside.value)], theme.lane(chart.cell), 1);
  }
}

/** @param {CanvasRenderingContext2D} g @param {Theme} theme @param {string} text @param {number[]} place @param {string} colour @param {1 | -1} side below or above */
function label(g, theme, text, [x, y], colour, side) {
  g.strokeStyle = theme.surface;
  g.lineWidth = 6;
  const at = y + side * theme.body * 1.1;
  g.strokeText(text, x, at);
  g.fillStyle = colour;
  g.fillText(text, x, at);
}

/** @param {CanvasRenderingContext2D} g @param {number[][]} places @param {string} colour @param {number} width @param {number[]} dash */
function line(g, places, colour, width, dash) {
  if (!places.length) return;
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.setLineDash(dash);
  g.beginPath();
  places.forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
  if (places.length === 1) g.lineTo(places[0][0] + 0.5, places[0][1]);
  g.stroke();
  g.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} g @param {Chart} chart */
function paintAxes(g, { curve, axes, theme, classes, last, words, number }) {
  const { left, right, top, bottom, x, y } = axes;
  g.font = `${theme.small}px ${theme.font}`;
  g.textAlign = 'right';
  const ticks = curve === 'gradient' ? TICKS : [0, guessing(classes)];
  for (const tick of ticks) {
    const at = Math.round(y(tick)) + 0.5;
    g.strokeStyle = theme.line;
    g.lineWidth = Math.max(1, theme.stroke / 2);
    g.beginPath();
    g.moveTo(left, at);
    g.lineTo(right, at);
    g.stroke();
    g.fillStyle = theme.muted;
    g.fillText(curve === 'gradient' ? (tick === 0 ? '1' : `1e${String(tick).replace('-', '−')}`) : number(tick), left - 10, at);
  }
  if (curve === 'loss') {
    g.textAlign = 'left';
    g.fillText(words.guessing, left + 8, y(guessing(classes)) - theme.small * 0.8);
  }
  g.textAlign = 'center';
  g.fillStyle = theme.muted;
  const under = bottom + theme.small * 1.2;
  if (curve === 'gradient') for (const t of timeTicks(last, 10)) g.fillText(String(t), x(t - 1), under);
  else for (const part of [0, 0.25, 0.5, 0.75, 1]) g.fillText(number(Math.round(last * part)), left + part * (right - left), under);
  g.textAlign = 'right';
  g.fillText(words.x, left - 10, under);
  g.strokeStyle = theme.ink;
  g.lineWidth = Math.max(1, theme.stroke / 2);
  g.strokeRect(left, top, right - left, bottom - top);
}

