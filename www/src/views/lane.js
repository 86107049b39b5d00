// @ts-check
// A lane: header, then one panel for every channel that its cell records, in the layout's order. It knows no cell by name.
import { html, nothing, render } from 'lit/html.js';
import { runningProduct } from '../draw/gradient.js';
import split from './split.js';
import strip from './strip.js';
import tokens from './tokens.js';
import { changes } from './view.js';

/** @typedef {import('../generated/types.d.ts').Channel} Channel */
/** @typedef {import('./view.js').Mounted} Mounted */

/** Panels a lane may hold. */
const PANELS = [tokens, strip, split];

/** The channel whose norm at each timestep tells how much of the gradient is left. */
const NORM = 'hiddenGradientLog10';

/** @type {import('./view.js').View} */
export default {
  id: 'lane',
  accepts: () => false,
  mount(el, { dispatch, t, lane = '' }) {
    el.classList.add('lane');
    el.dataset.cell = lane;
    el.setAttribute('role', 'region');
    const head = el.appendChild(document.createElement('header'));
    const body = el.appendChild(document.createElement('div'));
    body.className = 'lane-body';
    const about = head.appendChild(document.createElement('div'));
    about.className = 'lane-words';
    // A part of the header, so that it takes its room and lies over nothing.
    const message = head.appendChild(document.createElement('div'));
    message.className = 'lane-message';

    /** @type {Mounted[]} */
    let panels = [];
    /** @type {{ forward: HTMLElement, backward: HTMLElement } | null} */
    let veils = null;

    /** Builds the panels anew when the layout has changed. @param {Channel[]} channels */
    function build(channels) {
      for (const panel of panels) panel.dispose();
      body.replaceChildren();
      panels = [];
      const group = (/** @type {string} */ way) => {
        const box = body.appendChild(document.createElement('div'));
        box.className = `strips ${way}`;
        const veil = document.createElement('div');
        veil.className = `veil ${way}`;
        return { box, veil };
      };
      const place = (/** @type {HTMLElement} */ box, /** @type {Channel[]} */ list) => {
        for (const channel of list) {
          const view = PANELS.find((panel) => panel.accepts(channel));
          if (view) panels.push(view.mount(box.appendChild(document.createElement('div')), { dispatch, t, lane, channel }));
        }
      };
      place(body, channels.filter((channel) => channel.kind === 'tokens'));
      const forward = group('forward');
      const backward = group('backward');
      place(forward.box, channels.filter((channel) => channel.role === 'forward' && channel.kind !== 'tokens'));
      place(backward.box, channels.filter((channel) => channel.role === 'backward'));
      for (const { box, veil } of [forward, backward]) box.appendChild(document.createElement('div')).append(veil);
      for (const { veil } of [forward, backward]) /** @type {HTMLElement} */ (veil.parentElement).className = 'veil-rail';
      veils = { forward: forward.veil, backward: backward.veil };
    }

    const named = changes();
    const answered = changes();
    const layout = changes();
    const header = changes();
    const trouble = changes();
    const covered = changes();
    return {
      draw(frames, state) {
        const { derived } = frames;
        const data = frames.lanes[lane];
        const own = state.lanes[lane];
        const shown = data?.frame ?? null;
        if (shown && answered(shown.info) && layout(JSON.stringify(shown.info.layout.channels))) build(shown.info.layout.channels);
        if (named(t.language, state.ui.lane)) {
          el.setAttribute('aria-label', t.landmark('lane.region', { cell: t.lane(lane) }));
          el.classList.toggle('chosen', state.ui.lane === lane);
        }

        if (trouble(own?.fault, own?.status.diverged, shown?.scalar('step'), t.language)) {
          render(troubleOf(own, shown), message);
          message.hidden = !own?.fault && !own?.status.diverged;
        }
        if (header(data?.version, state.player.t, derived.reveal.answer, own, state.experiment, t.language)) {
          render(headOf(shown, own, state, derived), about);
        }
        for (const panel of panels) panel.draw(frames, state);

        const { forward, backward } = derived.reveal;
        const T = shown?.info.layout.steps ?? 1;
        if (veils && covered(forward, backward, T, veils)) {
          // Scaled, not resized: the compositor does it alone.
          veils.forward.style.transform = `scaleX(${Math.max(0, (T - forward) / T)})`;
          veils.backward.style.transform = `scaleX(${Math.min(1, Math.max(0, (backward - 1) / T))})`;
        }
      },
      dispose() {
        for (const panel of panels) panel.dispose();
        el.replaceChildren();
      },
    };

    /** @param {import('../state/reducer.js').Lane | undefined} own @param {import('./view.js').Frame | null} shown */
    function troubleOf(own, shown) {
      const cell = t.lane(lane);
      if (own?.fault) {
        const text = t(`fault.${own.fault.kind}`, { cell, detail: own.fault.detail });
        return html`<p title=${text}>${text}</p>
          <button @click=${() => dispatch({ type: 'restart', lane })}>${t('button.restart')}</button>`;
      }
      if (own?.status.diverged) {
        const { step, quantity } = own.status.diverged;
        const text = t('lane.diverged', { cell, step: t.number(step), quantity: t.or(`quantity.${quantity}`, quantity), shown: t.number(shown?.scalar('step') ?? Number.NaN) });
        return html`<p title=${text}>${text}</p>
          <button @click=${() => dispatch({ type: 'reset' })}>${t('button.reset')}</button>`;
      }
      return nothing;
    }

    /** @param {import('./view.js').Frame | null} shown @param {import('../state/reducer.js').Lane | undefined} own @param {import('./view.js').State} state @param {import('./view.js').Derived} derived */
    function headOf(shown, own, state, derived) {
      const cell = t.lane(lane);
      return html`<h2><i class="lane-mark" data-cell=${lane}></i>${cell}</h2>
        <span class="lane-about">${own?.info ? derived.about?.(own.info, lane, t) : nothing}</span>
        ${shown ? answer(shown, derived.reveal.answer) : nothing} ${shown ? product(shown, state.player.t) : nothing}`;
    }

    /** @param {import('./view.js').Frame} shown @param {boolean} known */
    function answer(shown, known) {
      const { classes } = shown.info;
      const name = (/** @type {number} */ k) => t.or(`class.${classes[k]}`, classes[k] ?? t('value.none'));
      const target = shown.scalar('exampleTarget');
      const predicted = shown.scalar('examplePrediction');
      const right = target === predicted;
      const text = t(right ? 'answer.right' : 'answer.wrong', { predicted: name(predicted), target: name(target), share: t.percent(shown.data('probabilities')[predicted]) });
      // Below one half it is a guess, right or wrong.
      const sure = shown.data('probabilities')[predicted] >= 0.5;
      return html`<span class="answer ${sure ? (right ? 'right' : 'wrong') : ''} ${known ? 'known' : ''}">${text}</span>`;
    }

    /** The running product, factor by factor. @param {import('./view.js').Frame} shown @param {number} step */
    function product(shown, step) {
      const series = shown.data(NORM);
      if (!series.length) return nothing;
      const { head: factors, skipped, last, log10 } = runningProduct(series, Math.min(step, series.length), 2);
      const written = [t.number(1), ...factors.map((f) => t.factor(f))];
      if (skipped) written.push('…');
      if (last !== null) written.push(t.factor(last));
      return html`<button class="product" title=${t('product.title')} @click=${() => dispatch({ type: 'explain', of: { kind: 'product' }, way: 'backward', lane, anew: true })}
        >${written.length > 1 ? `${written.join(' × ')} = ` : ''}<b>${t.magnitude(log10)}</b></button
      >`;
    }
  },
};
