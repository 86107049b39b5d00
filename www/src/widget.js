// @ts-check
// The inside of a <gate-scope>: fetched when the first one comes near the screen, shared by all of them.
import { createApp } from './app.js';
import { tellEvents } from './app/events.js';
import { describe } from './app/describe.js';
import { sharedModule } from './engine/compile.js';
import { askedLink, askedWishes } from './host/attributes.js';
import { elementHost } from './host/element.js';
import { learn } from './i18n/index.js';
import { prepareSpawn, spawnFrom } from './host/spawn.js';
import css from './style/widget.css?inline';
import { EMBED_PLACES } from './views/embed.js';

/** One sheet of each kind for all elements of a document. @type {WeakMap<Document, Map<string, CSSStyleSheet>>} */
const sheets = new WeakMap();

/** @param {Document} document @param {string} text */
function sheetOf(document, text) {
  const made = sheets.get(document) ?? new Map();
  sheets.set(document, made);
  let sheet = made.get(text);
  if (!sheet) {
    // Of the document's own window: a sheet of another one may not be adopted.
    sheet = new (/** @type {any} */ (document.defaultView ?? globalThis).CSSStyleSheet)();
    sheet.replaceSync(text);
    made.set(text, sheet);
  }
  return sheet;
}

/**
 * @typedef {object} Sources where an element's app comes from
 * @property {string | WebAssembly.Module | BufferSource} wasm
 * @property {string} worker address of the lanes' worker
 * @property {() => Worker} [spawn] instead of that
 * @property {import('./host/page.js').Opening | null} opening
 * @property {string | null} page address of the page that shows everything
 * @property {number} [place] which of its page's elements it is
 */

/** The page that shows everything, where its host names one: what could be a script instead of a page is none. @param {Element} element */
function pageOf(element) {
  const given = element.getAttribute('page');
  const url = given !== null && URL.canParse(given, element.baseURI) ? new URL(given, element.baseURI).href : null;
  return url && /^https?:/.test(url) ? url : null;
}

/**
 * Brings an element to life.
 * @param {HTMLElement} element @param {ShadowRoot} shadow
 * @param {Sources} sources
 * @param {string} link what is shown, where it goes on from an earlier life; empty: what the attributes ask for
 * @param {(event: string, detail: unknown) => void} tell
 */
export async function mount(element, shadow, { wasm, worker, spawn, opening, page, place }, link, tell) {
  const wishes = askedWishes(element);
  wishes.ui ??= 'embed';
  const look = wishes.ui === 'embed' ? { places: EMBED_PLACES, css, words: {}, whole: undefined } : await import('./full.js');
  // A module that was only run would be taken for one without effects.
  learn(look.words);
  shadow.adoptedStyleSheets = [sheetOf(element.ownerDocument, look.css)];
  const frame = shadow.appendChild(element.ownerDocument.createElement('div'));
  frame.className = 'frame';
  const box = frame.appendChild(element.ownerDocument.createElement('div'));
  // Whoever clicks into it means its keys.
  box.tabIndex = -1;
  let asked = link;
  let moved = false;
  const host = elementHost(element, box, {
    wishes,
    place,
    opening,
    page: pageOf(element) ?? page,
    spawn: spawn ?? (() => spawnFrom(worker)),
    async compile() {
      if (!spawn) await prepareSpawn(worker);
      return sharedModule(wasm);
    },
    read: () => asked || askedLink(element),
    follow(next) {
      asked = next;
      host.ask();
    },
    write() {
      tell('state', state());
    },
  });
  const app = createApp(box, host, look.places, look.whole);
  const state = () => describe(app.get(), app.lanes);
  const silence = tellEvents(app, tell);
  if (['none', 'off', 'false'].includes(element.getAttribute('autoplay') ?? '')) app.dispatch({ type: 'play', on: false });

  let size = '';
  const measured = new ResizeObserver(() => {
    const { width, height } = element.getBoundingClientRect();
    // What it would need to show everything without a bar to scroll with.
    const wanted = Math.ceil(Math.max(height, box.scrollHeight));
    const next = [Math.round(width), Math.round(height), wanted].join();
    if (next === size || width === 0) return;
    size = next;
    tell('resize', { width: Math.round(width), height: Math.round(height), contentHeight: wanted });
  });
  measured.observe(element);
  measured.observe(box);

  return {
    hands: app.hands,
    state,
    /** An attribute of the experiment has changed. */
    ask() {
      asked = '';
      host.ask();
    },
    /** A wish has changed. */
    wish() {
      app.wish({ ...askedWishes(element), ui: wishes.ui });
    },
    /** @param {string} src */
    async load(src) {
      try {
        await (await app.hands()).loadFrom(src, element.baseURI);
      } catch (error) {
        const { code, field, expected, given, message } = /** @type {import('./engine/error.js').GatescopeError} */ (error);
        tell('error', { code, field, expected, given, message });
      }
    },
    /** Ends everything; answers the link to go on from. */
    dispose() {
      if (moved) return '';
      moved = true;
      const { link: last } = state();
      measured.disconnect();
      silence();
      app.dispose();
      frame.remove();
      return last;
    },
  };
}
/** @typedef {Awaited<ReturnType<typeof mount>>} Widget */
