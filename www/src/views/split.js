// @ts-check
// At ⊕ and ⊙: of the gradient that comes back to a kept state, how much came straight along it and how much the other ways.
import { html, render } from 'lit/html.js';
import { fitCanvas, watchSize } from '../draw/canvas.js';
import { paintSplit, straightShare } from '../draw/split.js';
import { changes } from './view.js';

/** @type {import('./view.js').View} */
export default {
  id: 'split',
  accepts: (channel) => channel.kind === 'split',
  mount(el, { dispatch, t, lane = '', channel }) {
    if (!channel) throw new Error('a split needs its channel');
    const { name, rows: T } = channel;
    el.classList.add('strip', 'split');
    const label = el.appendChild(document.createElement('div'));
    label.className = 'strip-label';
    const plot = el.appendChild(document.createElement('div'));
    plot.className = 'strip-plot';
    const canvas = plot.appendChild(document.createElement('canvas'));
    canvas.dataset.split = lane;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    const readout = el.appendChild(document.createElement('div'));
    readout.className = 'strip-readout';
    /** @type {import('./view.js').Frame | null} */
    let frame = null;
    let now = 1;

    /** The two parts in words and numbers. @param {number} step */
    function describe(step) {
      const values = frame?.data(name) ?? [];
      const share = straightShare(values, step);
      const parts = { t: t.number(step), T: t.number(T), straight: t.magnitude(values[2 * step - 2]), rest: t.magnitude(values[2 * step - 1]) };
      return Number.isNaN(share) ? t('split.none', parts) : t('split.tile', { ...parts, share: t.percent(share) });
    }
    /** @param {number} step @param {boolean} speak */
    function point(step, speak) {
      const text = describe(step);
      canvas.setAttribute('aria-label', text);
      const box = canvas.getBoundingClientRect();
      dispatch({ type: 'tip', text, x: box.left + ((step - 0.5) / T) * box.width, y: box.top, speak });
    }
    /** The gradient that is divided, as the sum of its ways. */
    function open() {
      const nodes = frame?.info.diagram.nodes ?? [];
      const carrier = nodes.find(({ operation }) => operation === 'previousCell') ?? nodes.find(({ operation }) => operation === 'previousHidden');
      if (carrier && carrier.carries !== null) dispatch({ type: 'explain', of: { kind: 'node', node: nodes[carrier.carries].name }, way: 'backward', lane, anew: true });
    }
    canvas.addEventListener('pointermove', (event) => {
      if (event.buttons || event.pointerType === 'touch') return;
      const box = canvas.getBoundingClientRect();
      point(Math.min(T, Math.max(1, Math.floor(((event.clientX - box.left) / box.width) * T) + 1)), false);
    });
    for (const leave of ['pointerleave', 'blur']) canvas.addEventListener(leave, () => dispatch({ type: 'tip', text: '' }));
    canvas.addEventListener('focus', () => canvas.matches(':focus-visible') && point(now, false));
    canvas.addEventListener('click', open);
    canvas.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const move = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, Home: -T, End: T })[event.key];
      if (!move && event.key !== 'Enter') return;
      event.preventDefault();
      event.stopPropagation();
      if (!move) return open();
      now = Math.min(T, Math.max(1, now + move));
      dispatch({ type: 'seek', t: now });
      point(now, true);
    });

    const { size, dispose } = watchSize(plot);
    const words = changes();
    const picture = changes();
    const value = changes();
    const look = changes();
    /** @type {{ straight: string, rest: string }} */
    let ink;
    return {
      draw({ lanes }, { player, ui, present }) {
        const data = lanes[lane];
        frame = data?.frame ?? null;
        if (!frame) return;
        now = Math.min(player.t, T);
        if (words(t.language)) {
          render(html`<span class="symbol">⊕⊙</span><span class="name">${t('split.name')}</span>`, label);
          canvas.setAttribute('aria-label', t('split.label', { lane: t.lane(lane) }));
          el.title = t('split.about');
        }
        const values = frame.data(name);
        if (size.width > 0 && picture(data.version, size.width, size.height, ui.theme, present.ground)) {
          const g = fitCanvas(canvas, size.width, size.height);
          // Asking for a style works out all of them, so not in every frame of a sweep.
          if (look(ui.theme, present.ground)) {
            const style = getComputedStyle(el);
            ink = { straight: style.getPropertyValue('--id-forget'), rest: style.getPropertyValue('--line') };
          }
          if (g) {
            const shares = Array.from({ length: T }, (_, k) => straightShare(values, k + 1));
            paintSplit(g, { width: size.width, height: size.height, shares, ...ink });
          }
        }
        if (value(data.version, now, t.language)) render(html`<span class="value">${t.percent(straightShare(values, now))}</span><i class="swatch straight"></i>`, readout);
      },
      dispose() {
        dispose();
        el.replaceChildren();
      },
    };
  },
};
