// @ts-check
// A quantity of every lane along t, on one axis that never moves: the gradient norm first, whatever else by choice.
import { html, nothing, render } from 'lit/html.js';
import { fitCanvas, readTheme, watchSize } from '../draw/canvas.js';
import { colourOf, css } from '../draw/colour.js';
import { paintGradientChart } from '../draw/gradientChart.js';
import { isEmpty, offered, seriesOf } from '../draw/quantity.js';
import { AXES } from '../draw/scales.js';
import { tableOf } from './tables.js';
import { sentence } from './verdict.js';
import { changes } from './view.js';

/** The quantity whose curve before surgery is a ghost. */
const FIRST = 'gradient';

/** @type {import('./view.js').View} */
export default {
  id: 'gradients',
  accepts: (channel) => channel.kind === 'log10Series',
  mount(el, { dispatch, t }) {
    el.classList.add('gradients');
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('header'));
    const verdict = el.appendChild(document.createElement('p'));
    verdict.className = 'verdict';
    const plot = el.appendChild(document.createElement('div'));
    plot.className = 'gradient-plot';
    const canvas = plot.appendChild(document.createElement('canvas'));
    canvas.setAttribute('role', 'img');
    const table = tableOf(el, 'quantity', { dispatch, t });
    const { size: room, dispose } = watchSize(plot);
    const words = changes();
    const picture = changes();
    const look = changes();
    /** @type {{ left: number, right: number, theme: import('../draw/canvas.js').Theme }} */
    let sheet;
    return {
      draw({ lanes, derived }, state) {
        const versions = state.order.map((cell) => lanes[cell]?.version).join();
        const frames = state.order.flatMap((cell) => lanes[cell]?.frame ?? []);
        const choices = offered(frames);
        const quantity = choices.find(({ name }) => name === state.ui.quantity) ?? choices[0];
        if (!quantity) return;
        const axis = AXES[quantity.axis];
        const shown = state.order
          .filter((cell) => lanes[cell]?.frame)
          .map((cell) => {
            const frame = /** @type {import('./view.js').Frame} */ (lanes[cell].frame);
            const { series, cosine } = seriesOf(frame, quantity.name);
            const before = quantity.name === FIRST ? lanes[cell].before : null;
            return { cell, label: t.lane(cell), frame, series, cosine, before };
          });
        // A logarithmic quantity without terms is read against its own end, as the gradient is.
        const relative = quantity.axis === 'magnitude' && quantity.cosine === null;
        const title = t.or(`quantity.${quantity.name}`, quantity.name);
        const about = t.or(`quantity.${quantity.name}.about`, '');
        if (words(versions, t.language, state.order, quantity.name)) {
          el.setAttribute('aria-label', t.landmark('gradients.region'));
          const sentences = shown.map(({ cell, label, frame, series, cosine }) => ({ cell, ...sentence(quantity, { cell: label, frame, series, cosine, t }) }));
          render(header(), head);
          for (const swatch of /** @type {NodeListOf<HTMLElement>} */ (head.querySelectorAll('[data-colour]'))) swatch.style.backgroundColor = swatch.dataset.colour ?? '';
          render(sentences.map(({ cell, text, band }) => html`<span data-band=${band}><i class="lane-mark" data-cell=${cell}></i>${text}</span>`), verdict);
          canvas.setAttribute('aria-label', sentences.map((s) => s.text).join(' '));
        }
        table.draw(state, [versions, quantity.name, state.player.t], ({ quantityNumbers }) => quantityNumbers(t, { title, about, log: axis.log, lanes: shown, now: state.player.t }));
        const { width, height } = room;
        const from = Math.ceil(derived.reveal.backward - 1e-6);
        if (width > 0 && picture(versions, width, height, from, state.player.t, state.ui.theme, state.present.ground, state.present.scale, t.language, state.order, quantity.name)) {
          const context = fitCanvas(canvas, width, height);
          if (!context || !shown.length) return;
          // Asking for a style works out all of them, so not in every frame of a sweep.
          if (look(width, state.ui.theme, state.present.ground, state.present.scale, t.language)) {
            // The gutters as the style sheet computes them: a custom property would be read as it is written, not in pixels.
            const { scrollPaddingLeft, scrollPaddingRight } = getComputedStyle(plot);
            const [left, right] = [scrollPaddingLeft, scrollPaddingRight].map((length) => Number.parseFloat(length) || 0);
            sheet = { left, right: width - right, theme: readTheme(el) };
          }
          paintGradientChart(context, {
            width,
            height,
            ...sheet,
            steps: derived.steps,
            from,
            t: state.player.t,
            axis,
            relative,
            lanes: shown.map((lane) => ({ ...lane, series: lane.series.filter(({ values }) => !isEmpty(values)) })),
            words: { vanished: t('mark.vanished'), fading: t('mark.fading'), notFinite: t('value.notFinite'), before: t('surgery.before'), timestep: t('axis.timestep') },
            format: axis.log ? t.magnitude : t.percent,
          });
        }

        function header() {
          return html`<h2 title=${about}>${title}</h2>
            <label class="quantity"
              ><span class="hidden">${t('quantity')}</span
              ><select @change=${(/** @type {Event} */ event) => dispatch({ type: 'ui', change: { quantity: /** @type {HTMLSelectElement} */ (event.target).value } })}>
                ${choices.map(({ name }) => html`<option value=${name} .selected=${name === quantity.name}>${t.or(`quantity.${name}.choice`, name)}</option>`)}
              </select></label
            >
            ${table.button()}
            <ul class="keys">
              ${lineKeys()}
              ${relative ? ['vanished', 'fading', 'healthy', 'exploding'].map((band) => html`<li><i data-band=${band}></i>${t(`band.${band}`)}</li>`) : nothing}
              ${quantity.cosine ? [-1, 0, 1].map((value) => html`<li><i data-colour=${css(colourOf('signed', value))}></i>${value === 0 ? t('quantity.cosine') : t.number(value)}</li>`) : nothing}
            </ul>`;
        }

        /** Which line is which: by dash; a lane whose lines another one has too is not named again. */
        function lineKeys() {
          const lists = shown.map(({ label, series }) => ({ label, symbols: series.map(({ symbol }) => symbol) })).sort((a, b) => b.symbols.length - a.symbols.length);
          const own = lists.filter(({ symbols }, k) => symbols.length && !lists.slice(0, k).some((other) => symbols.every((symbol, at) => other.symbols[at] === symbol)));
          if (own.length === 1 && own[0].symbols.length === 1) return nothing;
          return own.map(({ label, symbols }) => html`${own.length > 1 ? html`<li>${label}</li>` : nothing}${symbols.map((symbol, k) => html`<li><i class="dash" data-dash=${k % 3}></i>${symbol}</li>`)}`);
        }
      },
      dispose() {
        dispose();
        el.replaceChildren();
      },
    };
  },
};
