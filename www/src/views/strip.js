// @ts-check
// One recorded quantity of one lane as a heat map, unit × timestep, with its name at the left and its value at the right.
import { html, nothing, render } from 'lit/html.js';
import { css, colourOf, isHeatKind } from '../draw/colour.js';
import { meanOf } from '../draw/gradient.js';
import { paintHeatmap, tileAt } from '../draw/heatmap.js';
import { watchSize } from '../draw/canvas.js';
import { changes } from './view.js';

/** @typedef {import('../draw/colour.js').HeatKind} HeatKind */

/** @type {import('./view.js').View} */
export default {
  id: 'strip',
  accepts: (channel) => isHeatKind(channel.kind),
  mount(el, { dispatch, t, lane = '', channel }) {
    if (!channel) throw new Error('a strip needs its channel');
    const kind = /** @type {HeatKind} */ (channel.kind);
    const { name, rows: T, cols: H } = channel;
    const gradient = kind === 'gradient';

    /** @type {import('./view.js').Frames | null} */
    let frames = null;
    /** Where the keyboard stands: keys may come faster than frames. */
    let at = { t: 1, unit: 0 };
    const frame = () => frames?.lanes[lane]?.frame ?? null;

    el.classList.add('strip');
    el.dataset.kind = kind;
    const label = el.appendChild(document.createElement('div'));
    label.className = 'strip-label';
    const plot = el.appendChild(document.createElement('div'));
    plot.className = 'strip-plot';
    const canvas = plot.appendChild(document.createElement('canvas'));
    Object.assign(canvas.dataset, { lane, channel: name, rows: String(H), cols: String(T) });
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    const marker = plot.appendChild(document.createElement('div'));
    marker.className = 'unit-marker';
    const readout = el.appendChild(document.createElement('div'));
    readout.className = 'strip-readout';

    /** log10 of the norm this lane's gradients are compared with. */
    const reference = () => {
      const series = frame()?.data(`${name}Log10`) ?? frame()?.data('hiddenGradientLog10');
      const end = series?.length ? series[series.length - 1] : 0;
      return Number.isFinite(end) ? end : 0;
    };

    /** @param {number} value */
    const words = (value) => (gradient ? t.magnitude(value) : t.reading(value));

    /** The sentence that names a tile, the same for mouse, keyboard and screen reader. @param {number} step @param {number} unit */
    function describe(step, unit) {
      const now = frame();
      if (!now) return '';
      const parts = { t: step, T, unit: unit + 1, name: t.or(`channel.${name}`, channel?.symbol ?? name), value: words(now.at(name, step, unit)) };
      const own = now.at('hiddenGradient', step, unit);
      return gradient || own === undefined ? t('tile', parts) : t('tile.gradient', { ...parts, gradient: t.magnitude(own) });
    }

    /** @param {number} step @param {number} unit @param {boolean} [speak] */
    function point(step, unit, speak = false) {
      const text = describe(step, unit);
      canvas.setAttribute('aria-label', text);
      const box = canvas.getBoundingClientRect();
      dispatch({ type: 'tip', text, x: box.left + ((step - 0.5) / T) * box.width, y: box.top, speak });
    }

    /** @param {PointerEvent} event */
    const under = (event) => {
      const box = canvas.getBoundingClientRect();
      return tileAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, T, H);
    };
    canvas.addEventListener('pointermove', (event) => {
      if (event.buttons || event.pointerType === 'touch') return;
      const tile = under(event);
      point(tile.t, tile.unit);
    });
    canvas.addEventListener('pointerleave', () => dispatch({ type: 'tip', text: '' }));
    canvas.addEventListener('blur', () => dispatch({ type: 'tip', text: '' }));
    canvas.addEventListener('focus', () => {
      if (canvas.matches(':focus-visible')) point(at.t, at.unit);
    });
    canvas.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const moves = /** @type {Record<string, [number, number]>} */ ({
        ArrowLeft: [-1, 0],
        ArrowRight: [1, 0],
        ArrowUp: [0, -1],
        ArrowDown: [0, 1],
        Home: [-T, 0],
        End: [T, 0],
      });
      const move = moves[event.key];
      if (!move && event.key !== 'Enter') return;
      event.preventDefault();
      event.stopPropagation();
      if (!move) return dispatch({ type: 'tile', lane, channel: name, unit: at.unit, again: true });
      at = { t: Math.min(T, Math.max(1, at.t + move[0])), unit: Math.min(H - 1, Math.max(0, at.unit + move[1])) };
      dispatch({ type: 'seek', t: at.t });
      dispatch({ type: 'pin', unit: at.unit });
      point(at.t, at.unit, true);
    });

    const { size, dispose } = watchSize(plot);
    const picture = changes();
    const text = changes();
    const value = changes();
    return {
      draw(next, now) {
        frames = next;
        at = { t: Math.min(now.player.t, T), unit: Math.min(H - 1, now.ui.unit ?? at.unit) };
        const data = next.lanes[lane];
        const shown = data?.frame;
        if (!shown) return;
        const { unit } = now.ui;
        const step = Math.min(now.player.t, T);
        if (text(t.language)) {
          render(
            html`<span class="symbol" data-symbol=${name}>${channel.symbol}</span
              ><span class="name">${t.or(`channel.${name}`, name)}</span>`,
            label,
          );
          canvas.setAttribute('aria-label', t('strip.label', { lane: t.lane(lane), name: t.or(`channel.${name}`, name) }));
        }
        const screenRows = H > 32 ? size.height * (globalThis.devicePixelRatio || 1) : H;
        if (picture(data.version, screenRows)) paintHeatmap(canvas, shown.data(name), T, H, kind, gradient ? reference() : undefined, screenRows);
        if (value(data.version, step, unit, t.language)) {
          const row = shown.row(name, step);
          const norm = shown.data(`${name}Log10`);
          const signed = kind === 'signed' || kind === 'state';
          const one = unit !== null ? row[unit] : gradient ? norm[step - 1] : meanOf(row, signed);
          const open = kind === 'gate' && Number.isFinite(one) ? Math.min(1, Math.max(0, one)) : null;
          render(
            html`<span class="value">${unit === null && signed ? html`<span class="abs">|·|</span>` : nothing}${words(one)}</span>${open === null
                ? html`<i class="swatch"></i>`
                : html`<i class="aperture"><b></b><b></b></i>`}`,
            readout,
          );
          // Jaws that leave exactly the gate's value open (styles go through CSSOM: the CSP allows no style attribute).
          for (const jaw of readout.querySelectorAll('b')) jaw.style.transform = `scaleY(${1 - (open ?? 0)})`;
          const swatch = /** @type {HTMLElement | null} */ (readout.querySelector('.swatch'));
          if (swatch) swatch.style.backgroundColor = css(colourOf(kind, one, gradient ? reference() : undefined));
          marker.hidden = unit === null;
          if (unit !== null) marker.style.top = `clamp(4px, ${((unit + 0.5) / H) * 100}%, 100% - 4px)`;
        }
      },
      dispose() {
        dispose();
        el.replaceChildren();
      },
    };
  },
};
