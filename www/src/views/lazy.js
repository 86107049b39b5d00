// @ts-check
// A view whose code, words and styles are fetched when it is shown for the first time.
import { html, nothing, render } from 'lit/html.js';
import { learn } from '../i18n/index.js';

/** @typedef {import('./view.js').State} State */
/** @typedef {{ views: Record<string, import('./view.js').View>, formulaPanel: typeof import('./formula/panel.js').formulaPanel, css: string, words: Record<string, string> }} Part */

/** Style sheets that a document or shadow tree already wears. @type {WeakMap<Node, Set<string>>} */
const worn = new WeakMap();

/** @param {HTMLElement} el @param {string} css */
function wear(el, css) {
  const root = /** @type {Document | ShadowRoot} */ (el.getRootNode());
  const own = worn.get(root) ?? new Set();
  worn.set(root, own);
  if (own.has(css)) return;
  own.add(css);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/** A part that has been fetched, put to use where `el` is: its words learned, its styles worn. @param {Part} part @param {HTMLElement} el */
export function takeUp(part, el) {
  learn(part.words);
  wear(el, part.css);
  return part;
}

/** What stands in a view's place until it is there. @param {import('./view.js').Translate} t */
export const loading = (t) => html`<p class="hint" role="status">${t('lazy.loading')}</p>`;
/** What stands there when it cannot be had. @param {import('./view.js').Translate} t @param {() => void} again */
export const failed = (t, again) => html`<p class="hint" role="alert">${t('lazy.failed')} <button class="small" @click=${again}>${t('lazy.again')}</button></p>`;

/**
 * @param {string} id @param {() => Promise<Part>} load @param {(state: State, frames: import('./view.js').Frames) => boolean} isShown
 * @returns {import('./view.js').View}
 */
export const lazy = (id, load, isShown) => ({
  id,
  accepts: () => false,
  mount(el, context) {
    /** @type {import('./view.js').Mounted | null} */
    let inner = null;
    let asked = false;
    let gone = false;
    const { t } = context;
    const note = (/** @type {unknown} */ content) => render(content, el);
    function ask() {
      asked = true;
      note(loading(t));
      load().then(
        (part) => {
          if (gone) return;
          note(nothing);
          inner = takeUp(part, el).views[id].mount(el, context);
        },
        () => gone || note(failed(t, ask)),
      );
    }
    return {
      draw(frames, state) {
        if (inner) inner.draw(frames, state);
        else if (!asked && isShown(state, frames)) ask();
      },
      dispose() {
        gone = true;
        inner?.dispose();
        el.replaceChildren();
      },
    };
  },
});
