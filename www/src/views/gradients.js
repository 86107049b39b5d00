// @ts-check
// ‖∂L/∂h_t‖ of every lane on one log axis that never moves. The page's point is made here.
import { html, render } from 'lit/html.js';
import { fitCanvas, readTheme, watchSize } from '../draw/canvas.js';
import { bandOf, relativeAt } from '../draw/gradient.js';
import { paintGradientChart } from '../draw/gradientChart.js';
import { changes } from './view.js';

/** log10 from which a gradient is said to have grown: about twice. */
const LARGER = 0.3;

/** @type {import('./view.js').View} */
export default {
  id: 'gradients',
  accepts: (channel) => channel.kind === 'log10Series',
  mount(el, { t }) {
    el.classList.add('gradients');
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('header'));
    const verdict = el.appendChild(document.createElement('p'));
    verdict.className = 'verdict';
    const plot = el.appendChild(document.createElement('div'));
    plot.className = 'gradient-plot';
    const canvas = plot.appendChild(document.createElement('canvas'));
    canvas.setAttribute('role', 'img');

    const { size: room, dispose } = watchSize(plot);
    const words = changes();
    const picture = changes();
    return {
      draw({ lanes, derived }, state) {
        const versions = state.order.map((cell) => lanes[cell]?.version).join();
        const shown = state.order
          .filter((cell) => lanes[cell]?.frame)
          .map((cell) => {
            const frame = /** @type {import('./view.js').Frame} */ (lanes[cell].frame);
            const series = frame.info.layout.channels
              .filter((channel) => channel.kind === 'log10Series')
              .map((channel) => ({ name: channel.name, symbol: channel.symbol, values: frame.data(channel.name) }));
            return { cell, label: t(`cell.${cell}`), series, before: lanes[cell].before };
          });
        if (words(versions, t.language, state.order)) {
          el.setAttribute('aria-label', t('gradients.region'));
          const sentences = shown.map(({ cell, label, series }) => ({ cell, ...sentence(label, series[0]?.values) }));
          render(
            html`<h2>${t('gradients.title')}</h2>
              <span class="about" title=${t('gradients.about.title')}>${t('gradients.about')}</span>
              <ul class="keys">
                ${['vanished', 'fading', 'healthy', 'exploding'].map((band) => html`<li><i data-band=${band}></i>${t(`band.${band}`)}</li>`)}
              </ul>`,
            head,
          );
          render(sentences.map(({ cell, text, band }) => html`<span data-band=${band}><i class="lane-mark" data-cell=${cell}></i>${text}</span>`), verdict);
          canvas.setAttribute('aria-label', sentences.map((s) => s.text).join(' '));
        }
        const { width, height } = room;
        const from = Math.ceil(derived.reveal.backward - 1e-6);
        if (width > 0 && picture(versions, width, height, from, state.player.t, state.ui.theme, t.language, state.order)) {
          const context = fitCanvas(canvas, width, height);
          if (!context || !shown.length) return;
          const style = getComputedStyle(el);
          const size = (/** @type {string} */ name) => Number.parseFloat(style.getPropertyValue(name));
          paintGradientChart(context, {
            width,
            height,
            left: size('--gutter-left'),
            right: width - size('--gutter-right'),
            steps: derived.steps,
            from,
            t: state.player.t,
            lanes: shown,
            theme: readTheme(el),
            words: { vanished: t('mark.vanished'), fading: t('mark.fading'), notFinite: t('value.notFinite'), before: t('surgery.before'), timestep: size('--gutter-left') < 90 ? 't' : t('axis.timestep') },
            format: t.magnitude,
          });
        }
      },
      dispose() {
        dispose();
        el.replaceChildren();
      },
    };

    /** @param {string} cell @param {Float32Array | undefined} values */
    function sentence(cell, values) {
      if (!values?.length) return { text: '', band: 'unknown' };
      const back = values.length - 1;
      const left = relativeAt(values, 1);
      const band = bandOf(left);
      if (back === 0) return { text: t('verdict.single', { cell }), band };
      if (band === 'unknown') return { text: t('verdict.unknown', { cell }), band };
      // More than at the loss end: "left" would be the wrong word.
      const key = left > LARGER ? 'verdict.larger' : 'verdict';
      return { text: t(key, { cell, steps: t.number(back), left: t.magnitude(left) }), band };
    }
  },
};
