// @ts-check
// Singular values of every Jacobian along t: all of them as dots, the largest and the smallest as lines.
import { AXES, onAxis, timeAxis, timeTicks, valueAxis } from './scales.js';

/** Where the columns begin: room for the axis. @param {number} small size of the type */
export const leftOf = (small) => small * 4.2;

/**
 * @param {CanvasRenderingContext2D} g
 * @param {{ width: number, height: number, steps: number, t: number, largest: ArrayLike<number>, smallest: ArrayLike<number>, all: ArrayLike<number>, ink: string, theme: import('./canvas.js').Theme, label: (value: number) => string }} chart values as they are, `all` `[T, n]` or empty
 */
export function paintAlongTime(g, { width, height, steps, t, largest, smallest, all, ink, theme, label }) {
  const left = leftOf(theme.small);
  const bottom = height - theme.small * 1.6;
  const x = timeAxis(steps, left, width - 4);
  const y = valueAxis(4, bottom, AXES.factor);
  g.font = `${theme.small}px ${theme.font}`;
  g.textBaseline = 'middle';
  g.lineWidth = 1;
  for (const tick of [-3, -2, -1, 0, 1, 2]) {
    const at = Math.round(y(tick)) + 0.5;
    g.strokeStyle = tick === 0 ? theme.muted : theme.line;
    g.beginPath();
    g.moveTo(left, at);
    g.lineTo(width - 4, at);
    g.stroke();
    if (tick % 1 !== 0 || (y(0) - y(1) < theme.small * 1.2 && tick % 2 !== 0)) continue;
    g.fillStyle = theme.muted;
    g.textAlign = 'right';
    // What lies beyond the axis is drawn on its ends, and they say so.
    const beyond = tick === AXES.factor.floor ? '≤ ' : tick === AXES.factor.ceiling ? '≥ ' : '';
    g.fillText(`${beyond}${label(10 ** tick)}`, left - 5, Math.min(bottom - theme.small * 0.3, Math.max(theme.small * 0.6, at)));
  }
  g.fillStyle = theme.muted;
  g.textAlign = 'center';
  for (const tick of timeTicks(steps, Math.max(2, Math.floor(width / (theme.small * 6))))) g.fillText(String(tick), x.x(tick), bottom + theme.small * 0.9);
  g.fillStyle = ink;
  g.globalAlpha = 0.3;
  const n = Math.round(all.length / Math.max(1, steps));
  const dot = Math.max(1, Math.min(3, x.width * 0.5));
  for (let k = 0; k < all.length; k++) {
    const value = Math.log10(all[k]);
    if (['inside', 'below', 'above', 'zero'].includes(onAxis(value, AXES.factor))) g.fillRect(x.x(Math.floor(k / n) + 1) - dot / 2, y(value) - dot / 2, dot, dot);
  }
  g.globalAlpha = 1;
  g.strokeStyle = ink;
  g.lineWidth = theme.stroke;
  for (const [values, dash] of /** @type {[ArrayLike<number>, number[]][]} */ ([[largest, []], [smallest, [4, 3]]])) {
    g.setLineDash(dash);
    g.beginPath();
    let pen = false;
    for (let k = 0; k < values.length; k++) {
      // A singular Jacobian's smallest is 0: drawn on the floor.
      const value = values[k] === 0 ? -Infinity : Math.log10(values[k]);
      if (Number.isNaN(value)) {
        pen = false;
        continue;
      }
      if (pen) g.lineTo(x.x(k + 1), y(value));
      else g.moveTo(x.x(k + 1), y(value));
      pen = true;
    }
    g.stroke();
  }
  g.setLineDash([]);
  g.strokeStyle = theme.ink;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(x.x(t), 2);
  g.lineTo(x.x(t), bottom);
  g.stroke();
}
