// @ts-check
// <gate-scope>: the app as an element of anybody's page. This file is small, because whoever imports the library without
// having one on the page pays for it, too; what is inside comes when the first one is near the screen.
import { GatescopeError } from './engine/error.js';
import { LINK_ATTRIBUTES, METHODS, OBSERVED, WISH_ATTRIBUTES, askedLink, valueIn } from './host/attributes.js';

/** @typedef {import('./widget.js').Widget} Widget */
/** @typedef {Partial<import('./widget.js').Sources> & { load?: () => Promise<typeof import('./widget.js')> }} Parts */

/** The files beside this one (a build that is one file has no address to speak of). Bundlers follow these addresses; while this library itself is built they stay as they are. */
const files = () => ({
  wasm: new URL(/* @vite-ignore */ './gatescope.wasm', import.meta.url).href,
  worker: new URL(/* @vite-ignore */ './gatescope.worker.js', import.meta.url).href,
  opening: {
    index: new URL(/* @vite-ignore */ './opening.json', import.meta.url).href,
    data: new URL(/* @vite-ignore */ './opening.bin', import.meta.url).href,
  },
  page: pageBeside(import.meta.url),
});

/** The full page lies beside this file unless a bundler has carried it elsewhere (and may still tell where it was on a disk). @param {string} here */
function pageBeside(here) {
  return /^https?:.*\/gatescope\.js$/.test(here.split(/[?#]/)[0]) ? here.replace(/gatescope\.js.*$/, 'index.html') : null;
}

/** What builds that are one file put in place of the files beside this one. @type {Parts} */
const parts = {};
/** @param {Parts} given */
export const provide = (given) => void Object.assign(parts, given);

/** Properties by name, and the attributes that they are; those of the experiment are called as in the link. @type {Map<string, { attribute: string, key: string | null }>} */
const PROPERTIES = new Map();
for (const [attribute, key] of LINK_ATTRIBUTES) PROPERTIES.set(key, { attribute, key });
// `lang` is every element's already.
for (const attribute of [...WISH_ATTRIBUTES, 'src', 'autoplay']) if (attribute !== 'lang') PROPERTIES.set(attribute, { attribute, key: null });

/** The numbers of the elements that are on a page: two of them may not have landmarks of the same name. @type {Set<number>} */
const places = new Set();

/** The room that an element takes before its inside is there: without it, it would have no size to come into sight with. */
const ROOM = ':host { display: block; height: 480px } :host([hidden]) { display: none }';

/** @param {ShadowRoot} shadow */
function makeRoom(shadow) {
  const sheet = new (/** @type {any} */ (shadow.ownerDocument.defaultView ?? globalThis).CSSStyleSheet)();
  sheet.replaceSync(ROOM);
  shadow.adoptedStyleSheets = [sheet];
}

/** In Node there are no elements: the class is there to be imported, and never made. */
const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

export class GateScope extends Base {
  static observedAttributes = OBSERVED;

  /** @type {ShadowRoot} */
  #shadow = this.attachShadow({ mode: 'open' });
  /** @type {Promise<Widget> | null} */
  #coming = null;
  /** @type {Widget | null} */
  #widget = null;
  /** The link that was shown when the element was last taken from its page. */
  #last = '';
  /** @type {IntersectionObserver | null} */
  #near = null;
  #place = 0;
  /** Attributes that have changed since the last look. @type {Set<string>} */
  #changed = new Set();

  connectedCallback() {
    for (const name of [...PROPERTIES.keys(), 'wasmUrl']) this.#upgrade(name);
    for (this.#place = 1; places.has(this.#place); ) this.#place++;
    places.add(this.#place);
    // Moved, not removed: nothing has ended.
    if (this.#coming || this.#near) return;
    makeRoom(this.#shadow);
    this.#near = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && this.#mount(), { rootMargin: '300px' });
    this.#near.observe(this);
  }

  disconnectedCallback() {
    places.delete(this.#place);
    // Whoever moves an element takes it out first: only one that stays out has ended.
    queueMicrotask(() => this.isConnected || this.#dispose());
  }

  adoptedCallback() {
    this.#dispose();
    if (this.isConnected) this.connectedCallback();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#coming) return;
    if (this.#changed.size === 0) queueMicrotask(() => this.#heed());
    this.#changed.add(name);
  }

  /** The link to what is shown, `#v=1&…`; setting it shows another experiment. */
  get link() {
    return this.#widget?.state().link ?? (this.#last || askedLink(this));
  }
  set link(value) {
    this.setAttribute('link', String(value));
  }

  get wasmUrl() {
    return this.getAttribute('wasm-url') ?? '';
  }
  set wasmUrl(value) {
    this.setAttribute('wasm-url', String(value));
  }

  /** @param {string} name a property that was set before the element was defined */
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const self = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this));
    const value = self[name];
    delete self[name];
    self[name] = value;
  }

  /** @returns {Promise<Widget>} */
  #mount() {
    this.#near?.disconnect();
    this.#near = null;
    const coming = (this.#coming ??= this.#begin());
    // Tried again when the element is shown or used again.
    coming.catch((error) => {
      if (this.#coming === coming) this.#coming = null;
      this.#tell('error', { code: error.code ?? 'load-failed', field: error.field ?? 'gatescope', message: String(error.message ?? error) });
    });
    return coming;
  }

  async #begin() {
    const { mount } = await (parts.load ?? (() => import('./widget.js')))();
    if (!this.isConnected) throw new GatescopeError('freed', { field: 'element', expected: 'to be on a page', given: 'removed' });
    const widget = await mount(
      this,
      this.#shadow,
      { ...(parts.wasm ? { worker: '', opening: null, page: null, wasm: parts.wasm } : files()), ...parts, place: this.#place, ...(this.wasmUrl && { wasm: this.#wasmAddress() }) },
      this.#last,
      (event, detail) => this.#tell(event, detail),
    );
    if (!this.isConnected) {
      widget.dispose();
      throw new GatescopeError('freed', { field: 'element', expected: 'to be on a page', given: 'removed' });
    }
    this.#widget = widget;
    const src = this.getAttribute('src');
    if (src) widget.load(src);
    return widget;
  }

  #wasmAddress() {
    try {
      return new URL(this.wasmUrl, this.baseURI).href;
    } catch {
      throw new GatescopeError('load-failed', { field: 'wasm-url', expected: 'an address', given: this.wasmUrl.slice(0, 40) });
    }
  }

  #heed() {
    const changed = this.#changed;
    this.#changed = new Set();
    const asks = changed.has('link') || [...changed].some((name) => LINK_ATTRIBUTES.has(name));
    this.#coming?.then((widget) => {
      if (changed.has('ui') || changed.has('keys')) {
        // Another make of app: it goes on where this one is, unless it is asked to show something else.
        this.#dispose();
        if (asks) this.#last = '';
        if (this.isConnected) this.#mount();
        return;
      }
      if ([...changed].some((name) => WISH_ATTRIBUTES.includes(name))) widget.wish();
      if (asks) widget.ask();
      const src = changed.has('src') && this.getAttribute('src');
      if (src) widget.load(src);
    }, () => {});
  }

  #dispose() {
    this.#near?.disconnect();
    this.#near = null;
    this.#coming = null;
    this.#last = this.#widget?.dispose() ?? this.#last;
    this.#widget = null;
  }

  /** @param {string} event @param {unknown} detail */
  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(`gs-${event}`, { bubbles: true, composed: true, detail }));
  }

  /** @param {(typeof METHODS)[number]} method @param {unknown[]} args */
  async #call(method, args) {
    if (!this.isConnected) throw new GatescopeError('freed', { field: 'element', expected: 'to be on a page', given: 'removed' });
    const hands = await (await this.#mount()).hands();
    return /** @type {(...args: unknown[]) => Promise<unknown>} */ (hands[method])(...args);
  }

  static {
    for (const method of METHODS) {
      Object.defineProperty(this.prototype, method, {
        configurable: true,
        writable: true,
        /** @this {GateScope} @param {unknown[]} args */
        value(...args) {
          return this.#call(method, args);
        },
      });
    }
    for (const [name, { attribute, key }] of PROPERTIES) {
      Object.defineProperty(this.prototype, name, {
        configurable: true,
        enumerable: true,
        /** @this {GateScope} */
        get() {
          return key === null ? (this.getAttribute(attribute) ?? '') : valueIn(this.link, key);
        },
        /** @this {GateScope} @param {unknown} value */
        set(value) {
          if (value === undefined) this.removeAttribute(attribute);
          else this.setAttribute(attribute, value === null ? '' : String(value));
        },
      });
    }
  }
}

// Two copies of the library on one page: the first one has the name.
if (globalThis.customElements && !customElements.get('gate-scope')) customElements.define('gate-scope', GateScope);
