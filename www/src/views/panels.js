// @ts-check
// What lies over the page while it is presented: the menu, the keys, the class's QR code and code word, a lesson's faults,
// and nothing at all: the blank screen.
import { html, nothing, render } from 'lit/html.js';
import { icon } from './icons.js';
import { changes } from './view.js';
import { inLanguage } from './caption.js';

/** The keys, as the overlay lists them. */
const KEYS = [
  ['PageDown →', 'next'],
  ['PageUp ←', 'previous'],
  ['Space', 'play'],
  ['T', 'train'],
  ['R', 'reset'],
  ['C', 'compare'],
  ['M', 'map'],
  ['1 … 5', 'views'],
  ['F', 'full'],
  ['B .', 'blank'],
  ['+ −', 'type'],
  ['?', 'help'],
  ['Esc', 'release'],
];
/** Lessons that come with the page. */
const READY = ['why-rnns-forget', 'what-the-gates-do', 'training-it-live'];
const LOOPBACK = /^https?:\/\/(localhost|127\.|\[::1\])/;

/** @type {import('./view.js').View} */
export default {
  id: 'panels',
  accepts: () => false,
  mount(el, { dispatch, t }) {
    el.classList.add('panels');
    const changed = changes();
    /** Where the focus was before something lay over the page. @type {HTMLElement | null} */
    let from = null;
    return {
      draw({ derived }, { present, ui }) {
        if (!changed(present, derived.classCode, derived.classLink, t.language, ui.theme)) return;
        const { panel, blank, refused } = present;
        const was = el.querySelector('dialog');
        const name = refused ? 'faults' : panel;
        render(
          html`${blank ? html`<div class="blank" role="img" aria-label=${t('present.blanked')} @click=${() => dispatch({ type: 'blank' })}></div>` : nothing}
            ${name
              ? html`<dialog class="panel panel-${name}" open aria-label=${t(`panel.${name}`)} @keydown=${onKey}>
                  <header>
                    <h2>${t(`panel.${name}`)}</h2>
                    <button class="small" aria-label=${t('button.close')} @click=${close}>${icon('close')}</button>
                  </header>
                  ${body(name)}
                </dialog>`
              : nothing}`,
          el,
        );
        const now = el.querySelector('dialog');
        if (now && !was) {
          from = /** @type {HTMLElement | null} */ (/** @type {Document | ShadowRoot} */ (el.getRootNode()).activeElement);
          now.querySelector('button')?.focus();
        } else if (was && !now) from?.focus();
        const place = el.querySelector('.qr-place');
        if (place && derived.classLink && /** @type {HTMLElement} */ (place).dataset.link !== derived.classLink) {
          /** @type {HTMLElement} */ (place).dataset.link = derived.classLink;
          const { classLink } = derived;
          const label = t('class.qr', { link: classLink });
          import('../draw/qr.js').then(({ qrImage }) => place.replaceChildren(qrImage(classLink, label) ?? ''), () => {});
        }

        /** @param {string} name */
        function body(name) {
          if (name === 'keys') return html`<dl class="keys-list">${KEYS.map(([keys, what]) => html`<div><dt>${keys.split(' ').map((key) => html`<kbd>${t.or(`key.${key}`, key)}</kbd>`)}</dt><dd>${t(`keys.${what}`)}</dd></div>`)}</dl>`;
          if (name === 'class') return classroom();
          if (name === 'faults') return faults();
          return menu();
        }

        function classroom() {
          const link = derived.classLink ?? '';
          return html`<div class="classroom">
            <div class="qr-place"></div>
            <div>
              <p>${t('class.scan')}</p>
              <p>${t('class.code')}</p>
              <output class="class-code">${derived.classCode ?? t('class.wait')}</output>
              <p class="link"><a href=${link}>${link}</a></p>
              ${LOOPBACK.test(link) ? html`<p class="hint">${t('class.loopback')}</p>` : nothing}
            </div>
          </div>`;
        }

        function faults() {
          const { name: lesson, problems } = /** @type {NonNullable<typeof refused>} */ (refused);
          return html`<p>${t('lesson.refused', { name: lesson, count: t.plural('lesson.faults', problems.length) })}</p>
            <ol>
              ${problems.map(
                ({ line, column, field, reason, expected, given }) =>
                  html`<li><b>${t('lesson.at', { line: t.number(line), column: t.number(column) })}</b> ${field ? html`<code>${field}</code> ` : nothing}${t(`lesson.fault.${reason}`, {
                    expected: t.list(expected.map(({ key, params }) => t(`lesson.expected.${key}`, params)), 'disjunction'),
                    given,
                  })}</li>`,
              )}
            </ol>`;
        }

        function menu() {
          const { lesson, ground, notes } = present;
          const ask = (/** @type {Record<string, unknown>} */ action) => () => dispatch(/** @type {any} */ (action));
          return html`${derived.desk
              ? html`<section>
                  <h3>${t('menu.lessons')}</h3>
                  ${READY.map((name) => html`<button aria-pressed=${lesson?.name === name} @click=${ask({ type: 'lessonOpen', name })}>${t(`lesson.${name}`)}</button>`)}
                  <label class="file">${t('menu.file')}<input type="file" accept=".json,application/json" @change=${onFile} /></label>
                  ${lesson ? html`<button @click=${ask({ type: 'lessonEnd' })}>${t('menu.end', { title: inLanguage(lesson.title, t.language) })}</button>` : nothing}
                  ${derived.notesLink ? html`<button @click=${ask({ type: 'notesOpen' })}>${t('menu.notes')}</button>` : nothing}
                  ${notes === 'blocked' ? html`<p class="hint" role="alert">${t('menu.blocked')} <a href=${derived.notesLink ?? ''} target="gatescope-notes">${t('menu.open')}</a></p>` : nothing}
                </section>`
              : nothing}
            <section>
              <h3>${t('menu.screen')}</h3>
              <div class="choices" role="group" aria-label=${t('menu.ground')}>
                ${['white', 'black'].map((name) => html`<button aria-pressed=${name === ground} @click=${ask({ type: 'ground', ground: name })}>${t(`ground.${name}`)}</button>`)}
              </div>
              <div class="choices" role="group" aria-label=${t('keys.type')}>
                <button aria-label=${t('menu.smaller')} @click=${ask({ type: 'typeSize', by: -1 })}>A−</button>
                <button aria-label=${t('menu.larger')} @click=${ask({ type: 'typeSize', by: 1 })}>A+</button>
              </div>
              <button @click=${ask({ type: 'full' })}>${t('keys.full')}</button>
              ${derived.page ? html`<button @click=${ask({ type: 'panel', panel: 'class' })}>${t('panel.class')}</button>` : nothing}
              <button @click=${ask({ type: 'panel', panel: 'keys' })}>${t('panel.keys')}</button>
              <button aria-haspopup="dialog" @click=${takeAway}>${t('button.takeAway')}</button>
            </section>`;
        }
      },
      dispose: () => el.replaceChildren(),
    };

    function takeAway() {
      dispatch({ type: 'panel', panel: null });
      dispatch({ type: 'ui', change: { takeOpen: true } });
    }
    function close() {
      dispatch({ type: 'lessonDismiss' });
      dispatch({ type: 'panel', panel: null });
    }
    /** Tab stays inside what lies over the page. @param {KeyboardEvent} event */
    function onKey(event) {
      if (event.key === 'Escape') {
        event.preventDefault();
        return close();
      }
      if (event.key !== 'Tab') return;
      const stops = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll('button, a[href], input')];
      const active = /** @type {Document | ShadowRoot} */ (el.getRootNode()).activeElement;
      const [first, last] = [stops[0], stops[stops.length - 1]];
      if (active !== (event.shiftKey ? first : last)) return;
      event.preventDefault();
      /** @type {HTMLElement} */ (event.shiftKey ? last : first).focus();
    }
    /** @param {Event} event */
    function onFile(event) {
      const input = /** @type {HTMLInputElement} */ (event.target);
      const file = input.files?.[0];
      if (file) dispatch({ type: 'lessonFile', file });
      input.value = '';
    }
  },
};
