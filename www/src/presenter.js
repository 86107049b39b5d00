// @ts-check
// The presenter's window: what to say now, what comes next, how long it has been. It shows only what the page tells it, and
// either of the two may be loaded anew.
import { html, nothing, render } from 'lit/html.js';
import { createTranslator, preferredLanguage } from './i18n/index.js';

/** @typedef {import('./lesson/desk.js').Told} Told */

/** Until the page answers it is asked again this often. */
const ASK_MS = 1500;
const SECOND = 1000;

const root = /** @type {HTMLElement} */ (document.getElementById('notes'));
const t = createTranslator();
const channel = new BroadcastChannel(new URLSearchParams(location.search).get('channel') || 'gatescope');
/** @type {Told | null} */
let told = null;
/** Whether the page was heard, and whether there was a lesson. */
let heard = false;
/** When the page said how long it had been. */
let toldAt = 0;

/** Draws in a language as soon as its words are there. @param {string} language */
const speak = (language) => t.use(language).catch(() => {}).then(draw);

/** @param {object} message */
const say = (message) => channel.postMessage(message);
const go = (/** @type {1 | -1} */ by) => () => say({ type: 'go', by });

channel.onmessage = ({ data }) => {
  if (data?.type !== 'beat' && data?.type !== 'none') return;
  heard = true;
  told = data.type === 'beat' ? data : null;
  toldAt = performance.now();
  void speak(data.language);
};

function elapsed() {
  const seconds = Math.max(0, Math.floor(((told?.elapsed ?? 0) + performance.now() - toldAt) / SECOND));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

function draw() {
  document.documentElement.lang = t.language;
  document.documentElement.dir = t('direction');
  document.title = t('notes.title');
  if (!told) return render(html`<p class="waiting" role="status">${t(heard ? 'notes.none' : 'notes.waiting')}</p>`, root);
  const { title, beat, count, caption, notes, question, next, blank } = told;
  render(
    html`<header>
        <h1>${title}</h1>
        <span class="beat">${t('present.beat', { beat: t.number(beat), count: t.number(count) })}</span>
        <time role="timer" aria-label=${t('notes.elapsed')}>${elapsed()}</time>
        <button @click=${() => say({ type: 'restart' })}>${t('notes.restart')}</button>
      </header>
      <section aria-label=${t('notes.caption')} class="now">
        <h2>${t('notes.caption')}</h2>
        <p>${caption}</p>
        ${question ? html`<p class="question">${question}</p>` : nothing}
      </section>
      <section aria-label=${t('notes.notes')} class="notes">
        <h2>${t('notes.notes')}</h2>
        <p>${notes || t('notes.empty')}</p>
      </section>
      <section aria-label=${t('notes.next')} class="next">
        <h2>${t('notes.next')}</h2>
        <p>${next || t('notes.end')}</p>
      </section>
      <footer>
        <button ?disabled=${beat === 1} @click=${go(-1)}>${t('present.previous')}</button>
        <button aria-pressed=${blank} @click=${() => say({ type: 'blank' })}>${t('keys.blank')}</button>
        <button class="primary" @click=${go(1)}>${t('present.next')}</button>
      </footer>`,
    root,
  );
}

/** @type {Record<string, () => void>} */
const KEYS = { PageDown: go(1), ArrowRight: go(1), PageUp: go(-1), ArrowLeft: go(-1), b: () => say({ type: 'blank' }), '.': () => say({ type: 'blank' }) };
window.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});

void speak(preferredLanguage(navigator.languages));
say({ type: 'hello' });
setInterval(() => {
  if (told) draw();
}, SECOND);
setInterval(() => {
  if (!heard) say({ type: 'hello' });
}, ASK_MS);
