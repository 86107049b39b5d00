// @ts-check
// A square of T×T entries, row t, column an earlier timestep: a picture that mouse and arrow keys can read.
import { html, render } from 'lit/html.js';
import { fitCanvas, readTheme, watchSize } from '../draw/canvas.js';
import { entryAt, mapBox, mapPixels, paintMemoryMap } from '../draw/memoryMap.js';
import { changes, putAt } from './view.js';

/**
 * @typedef {object} Shown
 * @property {string} key @property {string} name
 * @property {ArrayLike<number> | null} values `[T, T]`, log10
 * @property {string} caption @property {string} about
 * @property {number} [reference] log10 of what is grey; 1 if left out
 * @property {(t: number, s: number) => boolean} [drawn] which entries (from 1) there are; those on and under the diagonal if left out
 * @property {string} [letter] of the columns' axis
 * @property {boolean} [column] whether the playhead is a column as well as a row
 */

/**
 * One map: its canvas, its words, its hands.
 * @param {HTMLElement} parent
 * @param {object} hands
 * @param {(action: import('./view.js').Action) => void} hands.dispatch
 * @param {(shown: Shown) => string} hands.label what the whole picture is
 * @param {(shown: Shown, t: number, s: number, value: number | undefined) => string} hands.entry what one entry is
 * @param {(t: number, s: number) => void} [hands.point] an entry is looked at
 * @param {(shown: Shown, t: number, s: number) => void} [hands.open] an entry is chosen; without, the playhead goes there
 */
export function createSquare(parent, { dispatch, label, entry, point: look, open }) {
  const figure = parent.appendChild(document.createElement('figure'));
  const title = figure.appendChild(document.createElement('h3'));
  const plot = figure.appendChild(document.createElement('div'));
  plot.className = 'map-plot';
  const canvas = plot.appendChild(document.createElement('canvas'));
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'img');
  const caption = figure.appendChild(document.createElement('figcaption'));
  const { size, dispose } = watchSize(plot);
  /** @type {Shown | null} */
  let shown = null;
  let T = 1;
  /** @type {HTMLCanvasElement | null} */
  let picture = null;
  let version = 0;
  /** @type {{ t: number, s: number } | null} */
  let at = null;
  const changed = changes();

  const box = () => mapBox(size.width, size.height, readTheme(figure).small);
  /** @param {boolean} speak */
  function point(speak) {
    if (!at || !shown) return;
    const text = entry(shown, at.t, at.s, shown.values?.[(at.t - 1) * T + at.s - 1]);
    look?.(at.t, at.s);
    canvas.setAttribute('aria-label', text);
    const { left, top, side } = box();
    const outer = canvas.getBoundingClientRect();
    dispatch({ type: 'tip', text, x: outer.left + left + ((at.s - 0.5) / T) * side, y: outer.top + top + ((at.t - 1) / T) * side, speak });
  }
  function leave() {
    at = null;
    dispatch({ type: 'tip', text: '' });
    if (shown) canvas.setAttribute('aria-label', label(shown));
  }
  /** @param {{ t: number, s: number }} found */
  function choose(found) {
    dispatch({ type: 'seek', t: shown?.column ? found.s : found.t });
    if (!open || !shown || found.s > found.t) return;
    // What is opened says it all.
    dispatch({ type: 'tip', text: '' });
    open(shown, found.t, found.s);
  }
  /** @param {PointerEvent} event */
  function under(event) {
    const { left, top, side } = box();
    const outer = canvas.getBoundingClientRect();
    const fx = (event.clientX - outer.left - left) / side;
    const fy = (event.clientY - outer.top - top) / side;
    return fx < 0 || fx >= 1 || fy < 0 || fy >= 1 ? null : entryAt(fx, fy, T);
  }
  canvas.addEventListener('pointermove', (event) => {
    const found = under(event);
    if (!found) return leave();
    at = found;
    point(false);
  });
  canvas.addEventListener('pointerleave', leave);
  canvas.addEventListener('blur', leave);
  canvas.addEventListener('focus', () => {
    if (!canvas.matches(':focus-visible')) return;
    at ??= { t: T, s: 1 };
    point(false);
  });
  canvas.addEventListener('click', (event) => {
    const found = under(/** @type {PointerEvent} */ (event));
    if (found) choose(found);
  });
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = at ?? { t: T, s: 1 };
    const moves = /** @type {Record<string, { t: number, s: number }>} */ ({
      ArrowLeft: { t: now.t, s: now.s - 1 },
      ArrowRight: { t: now.t, s: now.s + 1 },
      ArrowUp: { t: now.t - 1, s: now.s },
      ArrowDown: { t: now.t + 1, s: now.s },
      Home: { t: now.t, s: 1 },
      End: { t: now.t, s: now.t },
    });
    const move = moves[event.key];
    if (!move && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    if (!move) return choose(now);
    const inside = (/** @type {number} */ k) => Math.min(T, Math.max(1, k));
    at = { t: inside(move.t), s: inside(move.s) };
    point(true);
  });
  return {
    /** Puts it in its place among the others. @param {number} place */
    put: (place) => putAt(parent, place, figure),
    /** @param {Shown} next @param {number} steps */
    show(next, steps) {
      if (next.values !== shown?.values || steps !== T || next.drawn !== shown?.drawn) {
        picture = null;
        if (next.values) {
          picture = document.createElement('canvas');
          picture.width = steps;
          picture.height = steps;
          picture.getContext('2d')?.putImageData(new ImageData(mapPixels(next.values, steps, next.reference, next.drawn), steps, steps), 0, 0);
        }
        version++;
      }
      shown = next;
      T = steps;
      canvas.dataset.map = next.key;
      render(html`<i class="lane-mark" data-cell=${next.key} ?hidden=${next.key === 'difference'}></i>${next.name}<span class="about" title=${next.about}>${next.about}</span>`, title);
      render(next.caption, caption);
      if (!at) canvas.setAttribute('aria-label', label(next));
    },
    /** @param {number} now @param {string} theme */
    draw(now, theme) {
      if (size.width < 1 || !changed(version, now, theme, size.width, size.height, at?.t, at?.s, T)) return;
      const g = fitCanvas(canvas, size.width, size.height);
      if (g) paintMemoryMap(g, { width: size.width, height: size.height, picture, steps: T, t: now, at, theme: readTheme(figure), letter: shown?.letter ?? 's', column: shown?.column ?? false });
    },
    dispose() {
      dispose();
      figure.remove();
    },
  };
}
