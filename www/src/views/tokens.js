// @ts-check
// The input symbols of a lane, each over its timestep; the one at the playhead always whole.
import { fitCanvas, readTheme } from '../draw/canvas.js';
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

    const picture = changes();
    const moved = changes();
    const words = changes();
    let important = /** @type {boolean[]} */ ([]);
    return {
      draw({ lanes }, state) {
        const data = lanes[lane];
        const frame = data?.frame;
        if (!frame) return;
        if (words(t.language)) {
          symbol.textContent = channel.symbol;
          name.textContent = t('channel.tokens');
        }
        const ids = frame.data(channel.name);
        const texts = Array.from(ids, (id) => frame.info.tokens[id] ?? '?');
        const width = plot.clientWidth;
        const height = plot.clientHeight;
        // The words change with the example, not with the training step.
        if (picture(texts.join(' '), width, height, state.ui.theme, t.language)) {
          const theme = readTheme(el);
          const context = fitCanvas(canvas, width, height);
          important = importantTokens(Array.from(ids), /** @type {{ cues?: number }} */ (frame.info).cues);
          canvas.setAttribute('aria-label', t('tokens.label', { text: texts.join(' ') }));
          if (context) {
            const strong = `700 ${theme.body}px ${theme.font}`;
            const plain = `400 ${theme.body}px ${theme.font}`;
            context.font = strong;
            context.textBaseline = 'middle';
            context.textAlign = 'center';
            const placed = layoutTokens(texts, important, width / texts.length, (text) => context.measureText(text).width, 0, width);
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
          const half = chip.offsetWidth / 2;
          const x = Math.min(Math.max(((step - 0.5) / texts.length) * width, half), width - half);
          chip.style.transform = `translateX(${x - half}px)`;
        }
      },
      dispose: () => el.replaceChildren(),
    };
  },
};
