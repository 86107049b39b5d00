// @ts-check
// The page of an iframe: one element that fills it, the address as its attributes, the parent's messages as its calls.
import './gatescope.js';
import { METHODS, WISH_ATTRIBUTES } from './host/attributes.js';
import { obeyParent } from './host/frame.js';

const sheet = new CSSStyleSheet();
sheet.replaceSync('html, body, main { height: 100%; margin: 0; background: transparent } h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%) } gate-scope { height: 100%; border-radius: 0 }');
document.adoptedStyleSheets = [sheet];

const query = new URLSearchParams(location.search.slice(0, 4096));
const element = document.createElement('gate-scope');
for (const name of WISH_ATTRIBUTES) {
  const value = query.get(name);
  if (value !== null) element.setAttribute(name, value);
}
// Alone in its frame, the app may listen to all of its keys.
if (!element.hasAttribute('keys')) element.setAttribute('keys', 'page');
element.setAttribute('link', location.hash);
document.documentElement.lang = element.getAttribute('lang') ?? 'en';

const { tell } = obeyParent({
  window,
  origin: query.get('origin'),
  methods: METHODS,
  call: (method, params) => /** @type {Record<string, (...args: unknown[]) => Promise<unknown>>} */ (/** @type {unknown} */ (element))[method](...params),
});
for (const event of ['ready', 'state', 'train', 'cursor', 'diverged', 'resize', 'error']) {
  element.addEventListener(`gs-${event}`, (heard) => tell(event, /** @type {CustomEvent} */ (heard).detail));
}
// A reload comes back to the same moment. A sandboxed frame may refuse to rewrite its address.
let written = location.hash;
element.addEventListener('gs-state', (heard) => {
  written = /** @type {CustomEvent} */ (heard).detail.link;
  try {
    history.replaceState(history.state, '', written);
  } catch {
    /* nothing to do */
  }
});
addEventListener('hashchange', () => location.hash !== written && element.setAttribute('link', location.hash));

// A document of its own has a main part and a heading; its host's document has one, too.
const main = document.body.appendChild(document.createElement('main'));
main.setAttribute('aria-label', document.title);
main.appendChild(document.createElement('h1')).textContent = document.title;
main.append(element);
