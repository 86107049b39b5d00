// @ts-check
// Half-lives of the units of a lane.

/** Where the stems begin, and how far they stand apart. @param {number} small size of the type */
const leftOf = (small) => small * 3.4;
/** @param {number} width @param {number} count @param {number} small */
const stepOf = (width, count, small) => (width - leftOf(small) - 4) / Math.max(1, count);

/** The place under x, from 0; null beside the stems. @param {number} x @param {number} width @param {number} count @param {number} small */
export function halfLifeAt(x, width, count, small) {
  const place = Math.floor((x - leftOf(small) - 4) / stepOf(width, count, small));
  return place >= 0 && place < count ? place : null;
}

/** Limits of the half-life axis in timesteps, log10. */
const HALF_LIFE = { from: -0.5, to: 3.3 };

/**
 * Half-lives as stems on a log axis that never moves; one that is always open stands at the top, the pinned one is wide.
 * @param {CanvasRenderingContext2D} g @param {{ width: number, height: number, values: number[], marked: number | null, steps: number, ink: string, theme: import('./canvas.js').Theme }} strip
 */
export function paintHalfLives(g, { width, height, values, marked, steps, ink, theme }) {
  const left = leftOf(theme.small);
  const y = (/** @type {number} */ value) => {
    const log = value > 0 ? Math.log10(value) : HALF_LIFE.from;
    const share = (Math.min(HALF_LIFE.to, Math.max(HALF_LIFE.from, log)) - HALF_LIFE.from) / (HALF_LIFE.to - HALF_LIFE.from);
    return height - 4 - share * (height - 4 - theme.small);
  };
  g.font = `${theme.small}px ${theme.font}`;
  g.textBaseline = 'middle';
  g.textAlign = 'right';
  let last = Infinity;
  for (const [tick, text] of /** @type {[number, string][]} */ ([[1, '1'], [100, '100'], [10, '10'], [1000, '1000']]).toSorted((a, b) => a[0] - b[0])) {
    const at = Math.round(y(tick)) + 0.5;
    g.strokeStyle = theme.line;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(left, at);
    g.lineTo(width, at);
    g.stroke();
    if (last - at < theme.small) continue;
    last = at;
    g.fillStyle = theme.muted;
    g.fillText(text, left - 5, at);
  }
  const sequence = Math.round(y(steps)) + 0.5;
  g.strokeStyle = theme.muted;
  g.setLineDash([4, 3]);
  g.beginPath();
  g.moveTo(left, sequence);
  g.lineTo(width, sequence);
  g.stroke();
  g.setLineDash([]);
  const step = stepOf(width, values.length, theme.small);
  g.fillStyle = ink;
  g.strokeStyle = ink;
  g.lineWidth = Math.min(theme.stroke, Math.max(1, step * 0.3));
  values.forEach((value, k) => {
    const x = left + 4 + (k + 0.5) * step;
    if (k === marked) {
      g.globalAlpha = 0.22;
      g.fillRect(x - Math.max(2, step / 2), 0, Math.max(4, step), height - 4);
      g.globalAlpha = 1;
    }
    g.beginPath();
    g.moveTo(x, height - 4);
    g.lineTo(x, y(value));
    g.stroke();
    g.beginPath();
    g.arc(x, y(value), Math.max(1.5, Math.min(3.5, step * 0.32)), 0, 2 * Math.PI);
    g.fill();
  });
  g.textAlign = 'right';
  g.fillStyle = theme.ink;
  g.fillText(`T = ${steps}`, width - 2, sequence - theme.small * 0.7);
}
