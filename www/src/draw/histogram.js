// @ts-check
// Counts as bars over an even axis, zero in the middle; the tallest bar fills the height.

/**
 * Bars as rectangles.
 * @param {ArrayLike<number>} counts @param {number} width @param {number} height
 */
export function bars(counts, width, height) {
  let most = 1;
  for (let k = 0; k < counts.length; k++) most = Math.max(most, counts[k]);
  const step = width / counts.length;
  return Array.from({ length: counts.length }, (_, k) => {
    // One weight among thousands is still to be seen.
    const tall = counts[k] ? Math.max(1, (counts[k] / most) * height) : 0;
    return { x: k * step, y: height - tall, width: step, height: tall };
  });
}

/**
 * @param {CanvasRenderingContext2D} g
 * @param {{ width: number, height: number, counts: number[], ink: string, theme: import('./canvas.js').Theme }} histogram
 */
export function paintHistogram(g, { width, height, counts, ink, theme }) {
  g.fillStyle = ink;
  for (const bar of bars(counts, width, height - 2)) g.fillRect(bar.x, bar.y + 1, Math.max(0.5, bar.width - (bar.width > 3 ? 1 : 0)), bar.height);
  g.strokeStyle = theme.muted;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(0, height - 0.5);
  g.lineTo(width, height - 0.5);
  g.moveTo(Math.round(width / 2) + 0.5, height);
  g.lineTo(Math.round(width / 2) + 0.5, height - 5);
  g.stroke();
}
