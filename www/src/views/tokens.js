// @ts-check
// The input symbols of a lane, each over its timestep; the one at the playhead always whole.
import { fitCanvas, readTheme, watchSize } from '../draw/canvas.js';
import { importantTokens, layoutTokens } from '../draw/tokens.js';
import { changes } from './view.js';

/** @type {import('./view.js').View} */
export default {
  id: 'tokens',
  accepts: (channel) => channel.kind === 'tokens',
  mount(el, { t, lane = '', channel }) {
    if (!channel) throw new Error('tokens need their channel');
    el.classList.add('tokens');
    const label = el.appendChild(document.createElement('div'));
    label.className = 'strip-label';
    const symbol = label.appendChild(document.createElement('span'));
    symbol.className = 'symbol';
    const name = label.appendChild(document.createElement('span'));
    name.className = 'name';
    const plot = el.appendChild(document.createElement('div'));
    plot.className = 'tokens-plot';
    const canvas = plot.appendChild(document.createElement('canvas'));
    canvas.setAttribute('role', 'img');
    const rail = plot.appendChild(document.createElement('div'));
    rail.className = 'token-rail';
    const chip = rail.appendChild(document.createElement('span'));
    chip.className = 'token-now';
    chip.setAttribute('aria-hidden', 'true');

    const { size, dispose } = watchSize(plot);
    /** Widths of the words in the chip's type: to set a canvas's type has the browser work out the layout. @type {Map<string, number>} */
    let widths = new Map();
    const picture = changes();
    const moved = changes();
    const words = changes();
    let important = /** @type {boolean[]} */ ([]);
    let version = -1;
    /** @type {unknown} */
    let info = null;
    let ids = /** @type {number[]} */ ([]);
    let texts = /** @type {string[]} */ ([]);
    let sentence = '';
    return {
      draw({ lanes }, state) {
        const data = lanes[lane];
        const frame = data?.frame;
        if (!frame) return;
        if (words(t.language)) {
          symbol.textContent = channel.symbol;
          name.textContent = t('channel.tokens');
        }
        if (data.version !== version || frame.info !== info) {
          [version, info] = [data.version, frame.info];
          ids = Array.from(frame.data(channel.name));
          texts = ids.map((id) => frame.info.tokens[id] ?? '?');
          sentence = texts.join(' ');
        }
        const { width, height } = size;
        if (width === 0) return;
        // The words change with the example, not with the training step.
        if (picture(sentence, width, height, state.ui.theme, state.present.ground, state.present.scale, t.language)) {
          const theme = readTheme(el);
          const context = fitCanvas(canvas, width, height);
          important = importantTokens(ids, frame.info.cues);
          canvas.setAttribute('aria-label', t('tokens.label', { text: sentence }));
          if (context) {
            const strong = `700 ${theme.body}px ${theme.font}`;
            const plain = `400 ${theme.body}px ${theme.font}`;
            context.font = strong;
            context.textBaseline = 'middle';
            context.textAlign = 'center';
            widths = new Map(texts.map((text) => [text, context.measureText(text).width]));
            const placed = layoutTokens(texts, important, width / texts.length, (text) => widths.get(text) ?? 0, 0, width);
            for (const item of placed) {
              context.font = item.important ? strong : plain;
              context.fillStyle = item.important ? theme.ink : theme.muted;
              context.fillText(item.text, item.x, height / 2 + 0.5);
            }
          }
        }
        const step = Math.min(state.player.t, texts.length);
        if (moved(step, texts[step - 1], width, texts.length)) {
          chip.textContent = texts[step - 1];
          chip.classList.toggle('important', Boolean(important[step - 1]));
          // Kept inside the row; half its width is its text's, a little larger in the chip, and the padding.
          const half = 8 + 0.55 * (widths.get(texts[step - 1]) ?? 0);
          const x = Math.min(Math.max(((step - 0.5) / texts.length) * width, half), Math.max(half, width - half));
          chip.style.transform = `translateX(${x}px) translateX(-50%)`;
        }
      },
      dispose() {
        dispose();
        el.replaceChildren();
      },
    };
  },
};
