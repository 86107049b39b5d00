// @ts-check
// One plain chart over the training steps: curves, a line to compare with, and where the reader is. uPlot draws it.
import uPlot from 'uplot';
import { paintMark } from '../draw/canvas.js';

/** @typedef {{ stroke: string, width: number, dash?: number[], mark?: import('../draw/canvas.js').Mark, values: (number | null)[] }} Curve */
/**
 * @typedef {object} Chart
 * @property {number} width
 * @property {number} height
 * @property {number} reach last step of the axis
 * @property {boolean} steps whether the steps are written under it
 * @property {number[]} at the training step of each value
 * @property {Curve[]} curves
 * @property {[number, number] | null} range of the values; null: from 0 to the largest, at least `least`
 * @property {number} [least]
 * @property {number[]} [ticks] values that are marked, when not of uPlot's choosing
 * @property {{ value: number, stroke: string }[]} [levels] values that are drawn as dashed lines
 * @property {{ stroke: string, mark: import('../draw/canvas.js').Mark, text: string }[]} [beyond] what is said at the upper edge of curves that leave the picture there
 * @property {number | null} mark a training step
 * @property {(value: number) => string} format
 * @property {import('../draw/canvas.js').Theme} theme
 */

/** Training steps are whole: no tick between two of them. */
const STEP_INCREMENTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];

/** Marks of a curve lie at least so far apart. */
const MARK_PX = 56;

/** @param {HTMLElement} box @param {(step: number) => void} [go] a click on the chart */
export function createCurves(box, go) {
  /** @type {uPlot | null} */
  let plot = null;
  let shape = '';
  const line = document.createElement('i');
  line.className = 'shown-step';
  /** The newest, for uPlot's callbacks. @type {Chart} */
  let now;

  function build() {
    plot?.destroy();
    const { width, height, theme, curves, steps, range, ticks } = now;
    const font = `${theme.small}px ${theme.font}`;
    const axis = { stroke: theme.muted, font, grid: { stroke: theme.line, width: 1 }, ticks: { show: false } };
    plot = new uPlot(
      {
        width,
        height,
        padding: [theme.small * 1.6, theme.small * 1.1, steps ? 0 : theme.small * 0.5, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: () => [0, Math.max(1, now.reach)] },
          y: { range: range ?? ((_u, _low, high) => [0, Math.max(now.least ?? 0.5, high || 0)]) },
        },
        axes: [
          { ...axis, size: theme.small * 1.9, gap: 4, space: theme.small * 5, show: steps, incrs: STEP_INCREMENTS, grid: { show: false } },
          {
            ...axis,
            size: theme.small * 3.4,
            gap: 4,
            space: theme.small * 1.9,
            values: (_u, values) => values.map((value) => now.format(value)),
            ...(ticks && { splits: ticks }),
          },
        ],
        series: [{}, ...curves.map(({ stroke, width: line, dash }) => ({ stroke, width: line, dash, spanGaps: true, points: { show: false } }))],
        hooks: { draw: [lines] },
      },
      [[], ...curves.map(() => [])],
      box,
    );
    plot.over.append(line);
    plot.over.addEventListener('click', (event) => {
      if (go && plot) go(Math.round(plot.posToVal(event.offsetX, 'x')));
    });
  }

  /** What is no curve: levels, marks, and what lies beyond. @param {uPlot} u */
  function lines(u) {
    const { ctx: g, bbox } = u;
    const ratio = devicePixelRatio || 1;
    g.save();
    g.lineWidth = ratio;
    const inside = (/** @type {number} */ y) => y >= bbox.top && y <= bbox.top + bbox.height;
    g.setLineDash([6 * ratio, 4 * ratio]);
    for (const { value, stroke } of now.levels ?? []) {
      const y = u.valToPos(value, 'y', true);
      g.strokeStyle = stroke;
      if (!inside(y)) continue;
      g.beginPath();
      g.moveTo(bbox.left, y);
      g.lineTo(bbox.left + bbox.width, y);
      g.stroke();
    }
    g.setLineDash([]);
    for (const { mark, stroke, values } of now.curves) {
      if (!mark) continue;
      g.fillStyle = stroke;
      let next = bbox.left;
      now.at.forEach((step, k) => {
        const [x, value] = [u.valToPos(step, 'x', true), values[k]];
        const y = typeof value === 'number' ? u.valToPos(value, 'y', true) : Number.NaN;
        if (x < next || !inside(y)) return;
        paintMark(g, mark, x, y, now.theme.stroke * 2 * ratio);
        next = x + MARK_PX * ratio;
      });
    }
    beyond(g, bbox, ratio);
    g.restore();
    place(u);
  }

  /** Puts the line of the shown step where it belongs. An element of its own: it moves with every frame of a scrub. @param {uPlot} u */
  function place(u) {
    line.hidden = now.mark === null;
    if (now.mark !== null) line.style.transform = `translateX(${Math.round(u.valToPos(now.mark, 'x'))}px)`;
  }

  /** What is said of curves that leave the picture, under its upper edge, on a ground that no curve runs through. @param {CanvasRenderingContext2D} g @param {uPlot.BBox} bbox @param {number} ratio */
  function beyond(g, bbox, ratio) {
    const { theme } = now;
    const high = theme.small * 1.5 * ratio;
    g.font = `${theme.small * ratio}px ${theme.font}`;
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    (now.beyond ?? []).forEach(({ stroke, mark, text }, k) => {
      const y = bbox.top + (k + 0.5) * high;
      const room = bbox.width - 2 * high;
      const left = bbox.left + bbox.width - Math.min(room, g.measureText(text).width) - 4 * ratio;
      g.fillStyle = theme.surface;
      g.fillRect(left - high, y - high / 2, bbox.left + bbox.width - left + high, high);
      g.fillStyle = stroke;
      if (mark) paintMark(g, mark, left - high / 2, y, theme.stroke * 2 * ratio);
      else {
        g.beginPath();
        g.arc(left - high / 2, y, theme.stroke * 2 * ratio, 0, 2 * Math.PI);
        g.fill();
      }
      g.fillStyle = theme.ink;
      g.fillText(text, left, y, room);
    });
  }

  return {
    /** @param {Chart} chart */
    draw(chart) {
      now = chart;
      const { width, height, steps, range, ticks, curves, theme } = chart;
      const next = JSON.stringify([width, height, steps, range, ticks, curves.map(({ stroke, width: line, dash }) => [stroke, line, dash]), theme.ink, theme.small]);
      if (next !== shape) {
        shape = next;
        build();
      }
      plot?.setData(/** @type {any} */ ([chart.at, ...curves.map(({ values }) => values)]));
    },
    /** Moves the line of the shown step; the curves stay as they are. @param {number | null} mark */
    mark(mark) {
      if (!plot || now.mark === mark) return;
      now = { ...now, mark };
      place(plot);
    },
    dispose() {
      plot?.destroy();
      plot = null;
    },
  };
}
