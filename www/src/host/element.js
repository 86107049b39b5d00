// @ts-check
// A custom element as the place an app lives in: its attributes are the link, its events the answers.

/**
 * @param {HTMLElement} element
 * @param {HTMLElement} box what holds the app inside the shadow tree
 * @param {Pick<import('./page.js').Host, 'wishes' | 'place' | 'opening' | 'page' | 'spawn' | 'compile'> & Required<Pick<import('./page.js').Host, 'read' | 'write' | 'follow'>>} given
 * @returns {import('./page.js').Host & { ask: () => void }} `ask`: the link has changed from outside
 */
export function elementHost(element, box, given) {
  /** @type {() => void} */
  let hear = () => {};
  const { keys } = given.wishes;
  return {
    ...given,
    // Without a wish, keys count only while the element has the focus: a page has other uses for them.
    keys: keys === 'none' ? null : keys === 'page' ? element.ownerDocument : box,
    ask: () => hear(),
    onLink(listener) {
      hear = listener;
      return () => void (hear = () => {});
    },
    onShown(listener) {
      let near = false;
      const say = () => listener(near && !element.ownerDocument.hidden);
      const observer = new IntersectionObserver((entries) => {
        near = entries[entries.length - 1].isIntersecting;
        say();
      });
      observer.observe(element);
      element.ownerDocument.addEventListener('visibilitychange', say);
      return () => {
        observer.disconnect();
        element.ownerDocument.removeEventListener('visibilitychange', say);
      };
    },
    // Title and language of the page are the page's own.
    wear() {},
  };
}
