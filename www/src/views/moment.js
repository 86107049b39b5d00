// @ts-check
// What happens at the playhead: the chosen cell's equations, each with the number it has just now; one of them opened is
// the formula panel, which is fetched with the first one.
import { html, mathml, nothing, render } from 'lit/html.js';
import { css, colourOf, isHeatKind } from '../draw/colour.js';
import { meanOf } from '../draw/gradient.js';
import { expressionOf, nodeOf } from '../draw/terms.js';
import { failed, loading, takeUp } from './lazy.js';
import { briefly, gradientInline, quantity, written } from './symbols.js';
import { changes } from './view.js';

/** A gradient's channel and the node that it is the gradient of. @type {Record<string, string>} */
const GRADIENTS = { cellGradient: 'cellState', hiddenGradient: 'hidden' };

/** Symbols that have room in a line beside their value. */
const LINE = 4;

/** @param {() => Promise<import('./lazy.js').Part>} lab fetches the formula panel @returns {import('./view.js').View} */
export const momentWith = (lab) => ({
  id: 'moment',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('moment', 'card');
    const changed = changes();
    const focused = changes();
    /** What is opened inside the formula panel; forgotten when another formula is shown. @type {import('./formula/panel.js').Opened} */
    let opened = { key: '', all: false };
    let shownKey = '';
    /** Who had the focus when the panel opened, and gets it back. @type {HTMLElement | null} */
    let opener = null;
    /** @type {(() => void) | null} */
    let again = null;
    /** Whether the panel's head is to have the focus as soon as it is there. */
    let entering = false;
    /** The panel, when it has been fetched. @type {import('./lazy.js').Part['formulaPanel'] | null} */
    let panel = null;
    /** @type {'no' | 'yes' | 'failed'} */
    let asked = 'no';
    let gone = false;

    function ask() {
      asked = 'yes';
      lab().then(
        (part) => {
          if (gone) return;
          panel = takeUp(part, el).formulaPanel;
          again?.();
        },
        () => {
          asked = 'failed';
          if (!gone) again?.();
        },
      );
    }
    /** What is said over the list until the panel is there. */
    function coming() {
      if (panel) return nothing;
      if (asked === 'no') ask();
      return asked === 'failed' ? failed(t, () => (ask(), again?.())) : loading(t);
    }
    /** @param {import('./formula/panel.js').Opened} next */
    function unfold(next) {
      opened = next;
      again?.();
    }

    return {
      draw({ lanes }, state) {
        const { ui, player, order } = state;
        const data = lanes[ui.lane];
        const { formula } = ui;
        const now = [data?.version, data?.explanation, order.map((cell) => lanes[cell]?.mapVersion).join(), player.t, player.phase, ui.lane, ui.unit, t.language, order, formula, ui.trail, state.source];
        if (!changed(...now)) return;
        const frame = data?.frame ?? null;
        const step = Math.min(player.t, frame?.info.layout.steps ?? 1);
        el.classList.toggle('opened', Boolean(formula));
        again = () => {
          const before = shownKey;
          const content = frame && formula ? explained(lanes, frame, step, state, formula) : null;
          if (!content) shownKey = '';
          render(content ?? html`${formula ? coming() : nothing}${list(frame, step, state)}`, el);
          paintSwatches();
          // Who went on from a line further down reads the next equation from its head.
          if (before && shownKey && before !== shownKey && el.contains(active())) el.querySelector('h2')?.scrollIntoView({ block: 'nearest' });
          if (entering && panel) {
            entering = false;
            /** @type {HTMLElement | null} */ (el.querySelector('h2'))?.focus({ preventScroll: true });
          }
        };
        // The focus follows into the panel, and back out of it to where it came from.
        const turned = focused(Boolean(formula));
        entering = formula ? entering || turned : false;
        if (turned && formula) opener = /** @type {HTMLElement | null} */ (active());
        again();
        if (turned && !formula) {
          if (opener) {
            // From a line of the list: the list was put up anew.
            const home = opener.isConnected ? opener : /** @type {HTMLElement | null} */ (el.querySelector('.formulas button'));
            if (!active() || el.contains(active()) || active() === document.body) home?.focus({ preventScroll: true });
            opener = null;
          }
        }
      },
      dispose() {
        gone = true;
        el.replaceChildren();
      },
    };

    /** @param {Record<string, import('./view.js').LaneData>} lanes @param {import('./view.js').Frame} frame @param {number} step @param {import('./view.js').State} state @param {{ of: import('./formula/panel.js').Target, way: 'forward' | 'backward' }} formula */
    function explained(lanes, frame, step, { ui, order, source }, { of, way }) {
      const { explanation } = lanes[ui.lane];
      const unit = ui.unit ?? 0;
      const key = JSON.stringify([ui.lane, of, way]);
      if (key !== shownKey) opened = { key: '', all: false };
      shownKey = key;
      const fits = explanation && explanation.t === step && explanation.unit === unit && explanation.step === frame.scalar('step');
      const shown = { lane: ui.lane, of, way, step, unit, network: source === 'live', lanes, order, frame, explanation: fits ? explanation : null, canBack: ui.trail.length > 0, opened };
      return panel?.(shown, { dispatch, t, open: unfold });
    }

    /** @param {import('./view.js').Frame | null} frame @param {number} step @param {import('./view.js').State} state */
    function list(frame, step, { ui, order }) {
      return html`<header>
          <h2>
            ${t('moment.title', { t: t.number(step) })}<span class="about">${
              ui.unit === null
                ? t.plural('moment.mean', frame?.info.layout.hiddenSize ?? 0)
                : html`${t('moment.unit', { unit: t.number(ui.unit + 1) })} <button class="link" @click=${() => dispatch({ type: 'unit', unit: null })}>${t('moment.release')}</button>`
            }</span>
          </h2>
          <div class="tabs" role="group" aria-label=${t('moment.lane')}>
            ${order.map((cell) => html`<button aria-pressed=${cell === ui.lane} @click=${() => dispatch({ type: 'ui', change: { lane: cell } })}>${t.lane(cell)}</button>`)}
          </div>
        </header>
        ${frame ? html`${lines(frame, 'forward', step, ui.unit)} ${lines(frame, 'backward', step, ui.unit)}` : nothing}`;
    }

    /** @param {import('./view.js').Frame} shown @param {'forward' | 'backward'} way @param {number} step @param {number | null} unit */
    function lines(shown, way, step, unit) {
      const { layout, diagram } = shown.info;
      return html`<dl class="formulas ${way}">
        ${layout.channels
          .filter(({ role, kind }) => role === way && isHeatKind(kind))
          .map(({ name, kind }) => {
            const node = nodeOf(diagram, GRADIENTS[name] ?? name);
            if (node < 0 || !isHeatKind(kind)) return nothing;
            const row = shown.row(name, step);
            const gradient = kind === 'gradient';
            const norm = shown.data(`${name}Log10`);
            const signed = kind === 'signed' || kind === 'state';
            const value = unit !== null ? row[unit] : gradient ? norm[step - 1] : meanOf(row, signed);
            const end = Number.isFinite(norm[norm.length - 1]) ? norm[norm.length - 1] : 0;
            // Without a unit the line is about the norm over all of them.
            const whole = gradient && unit === null;
            const open = () => dispatch({ type: 'explain', of: { kind: whole ? 'norm' : 'node', node: diagram.nodes[node].name }, way, unit: whole ? undefined : (unit ?? 0) });
            let symbols = 0;
            const body = gradient
              ? nothing
              : written(expressionOf(diagram, node, true), (leaf) => {
                  // A product of weights has its bias with it.
                  symbols += leaf.kind === 'node' && diagram.nodes[leaf.node].operation === 'linear' ? 2 : 1;
                  return briefly(diagram, leaf);
                });
            return html`<div class=${symbols > LINE ? 'long' : ''}>
              <dt>
                <button class="line" title=${t('moment.open')} @click=${open}>
                  <math>${gradient ? gradientInline(quantity(diagram, node)) : mathml`${quantity(diagram, node)}<mo>=</mo>${body}`}</math>
                </button>
              </dt>
              <dd @click=${open}>
                ${signed && unit === null ? html`<span class="abs">|·|</span>` : nothing}${gradient ? t.magnitude(value) : t.reading(value)}<i class="swatch" data-colour=${css(colourOf(kind, value, end))}></i>
              </dd>
            </div>`;
          })}
      </dl>`;
    }

    /** Who has the focus, also inside a shadow tree. */
    function active() {
      return /** @type {Document | ShadowRoot} */ (el.getRootNode()).activeElement;
    }

    // Through CSSOM: the CSP allows no style attributes.
    function paintSwatches() {
      for (const swatch of /** @type {NodeListOf<HTMLElement>} */ (el.querySelectorAll('[data-colour]'))) {
        swatch.style.backgroundColor = swatch.dataset.colour ?? '';
      }
    }
  },
});
