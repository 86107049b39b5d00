// @ts-check
// The experiment as a PyTorch script. A line whose setting changes is marked until the next change.
import { html, nothing, render } from 'lit/html.js';
import { pytorchScript, textOf, weightsName } from '../script/pytorch.js';
import { changes } from './view.js';

/** @typedef {import('../script/lines.js').Line} Line */
/** @typedef {import('./view.js').State} State */

/** Python's words that are set off, comments and strings first. */
const TOKENS = /(#.*$)|("(?:[^"\\]|\\.)*")|\b(and|as|break|class|continue|def|else|for|from|if|import|in|lambda|not|or|return|while|with|None|True|False|self|super)\b|(?<![\w.])(0x[\dA-F]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)/g;
const KINDS = ['comment', 'string', 'keyword', 'number'];

/** @param {string} text */
function coloured(text) {
  /** @type {unknown[]} */
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(TOKENS)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    parts.push(html`<span class=${KINDS[found.slice(1).findIndex((one) => one !== undefined)]}>${found[0]}</span>`);
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

/** @type {import('./view.js').View} */
export default {
  id: 'code',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('code');
    el.setAttribute('role', 'region');
    const changed = changes();
    /** What each lane's script was made of, to tell what has changed since. @type {Map<string, { made: Record<string, unknown>, fields: Set<string> }>} */
    const before = new Map();
    /** The step is told when training rests: while it runs, the script stands still. */
    let step = 0;
    return {
      draw({ derived }, state) {
        const { ui, lanes, order, experiment } = state;
        if (ui.view !== 'code') return;
        if (!derived.training) step = derived.moment.step;
        const cell = ui.lane;
        const info = lanes[cell]?.info;
        if (!changed(info, step, ui.example, t.language, cell, order, derived.operated, derived.runs.length, experiment)) return;
        el.setAttribute('aria-label', t.landmark('code.title'));
        if (!info) return;
        const run = derived.runs.find(({ present }) => present);
        const past = run && run.at > 0 ? [{ until: run.at, changed: run.changed.filter(({ lanes: of }) => of.includes(cell)).map(({ name }) => nameOf(name)) }].filter(({ changed: names }) => names.length) : [];
        const script = pytorchScript(info.experiment, { step, example: ui.example, past, operated: derived.operated, lane: cell }, (key, params) => t(key, params));
        const fields = markedSince(cell, { ...info.experiment, step, example: ui.example });
        show(script, fields, cell, order);
        // What has changed comes into sight.
        const mark = el.querySelector('.changed');
        const box = el.querySelector('pre');
        if (mark instanceof HTMLElement && box && (mark.offsetTop < box.scrollTop || mark.offsetTop > box.scrollTop + box.clientHeight - 24)) box.scrollTop = mark.offsetTop - box.clientHeight / 3;
      },
      dispose: () => el.replaceChildren(),
    };

    /** @param {string} field */
    function nameOf(field) {
      return t.or(`field.${field}`, t.or(`code.${field}`, field));
    }

    /** The settings that changed with the last change. @param {string} cell @param {Record<string, unknown>} made */
    function markedSince(cell, made) {
      const old = before.get(cell);
      const fields = old ? Object.keys(made).filter((name) => !Object.is(made[name], old.made[name])) : [];
      const marked = fields.length || !old ? new Set(fields) : old.fields;
      before.set(cell, { made, fields: marked });
      return marked;
    }

    /** @param {Line[]} script @param {Set<string>} marked @param {string} cell @param {string[]} order */
    function show(script, marked, cell, order) {
      const text = textOf(script);
      const file = `gatescope-${cell}.py`;
      render(
        html`<header>
            <h2>${t('code.title')}</h2>
            <span class="about">${t('code.about')}</span>
            <div class="tabs" role="group" aria-label=${t('code.lane')}>
              ${order.map((one) => html`<button aria-pressed=${one === cell} @click=${() => dispatch({ type: 'ui', change: { lane: one } })}>${t.lane(one)}</button>`)}
            </div>
            <div class="hands">
              <button @click=${() => dispatch({ type: 'copy', text })}>${t('code.copy')}</button>
              <button @click=${() => dispatch({ type: 'save', what: 'text', name: file, text })}>${t('code.download')}</button>
              <button title=${t('code.weights.about')} @click=${() => dispatch({ type: 'save', what: 'weights', lane: cell, name: weightsName(cell, step) })}>${t('code.weights')}</button>
            </div>
          </header>
          <p class="hint">${t('code.weights.about')}</p>
          <pre tabindex="0" role="group" aria-label=${t('code.script', { cell: t.lane(cell) })}><code translate="no">${script.map(({ text: line, fields }, k) => {
            const names = fields.map(nameOf);
            const isMarked = fields.some((name) => marked.has(name));
            const title = names.length ? t(isMarked ? 'code.line.changed' : 'code.line', { line: t.number(k + 1), settings: t.list(names) }) : '';
            return html`<span class="row ${isMarked ? 'changed' : ''}" data-fields=${fields.join(' ')} title=${title}>${coloured(line)}${isMarked ? html`<span class="hidden"> (${title})</span>` : nothing}${'\n'}</span>`;
          })}</code></pre>`,
        el,
      );
    }
  },
};
