// @ts-check
// Whether every text has the room it needs: nothing cut off, nothing over something else, nothing to scroll sideways.

/** @param {import('@playwright/test').Page} page */
export const crampedIn = (page) =>
  page.evaluate(() => {
    /** @type {Set<string>} */
    const faults = new Set();
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.add(`the page is ${scrollWidth} px wide in a window of ${clientWidth}`);
    const dialogs = [...document.querySelectorAll('dialog[open]')];
    const root = dialogs[dialogs.length - 1] ?? document.body;

    /** Parents across the borders of shadow trees. @param {Element} el @returns {Element | null} */
    const parentOf = (el) => el.parentElement ?? /** @type {ShadowRoot | null} */ (el.getRootNode() instanceof ShadowRoot ? el.getRootNode() : null)?.host ?? null;
    const classes = (/** @type {Element} */ el) => `${el.tagName.toLowerCase()}${[...el.classList].map((name) => `.${name}`).join('')}`;
    const nameOf = (/** @type {Element} */ el) => `${classes(parentOf(el) ?? el)} > ${classes(el)}`;

    /** @type {{ text: string, el: Element, box: DOMRect }[]} */
    const pieces = [];
    /** @param {Node} from */
    function walk(from) {
      const walker = document.createTreeWalker(from, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node instanceof Element) {
          if (node.shadowRoot) walk(node.shadowRoot);
          scrolls(node);
          continue;
        }
        const el = node.parentElement;
        if (!el || !node.textContent?.trim() || !el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || el.closest('option, noscript, script, style, textarea, math, [aria-hidden=true], .hidden')) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        // A line's box is taller than what is written in it.
        const ink = Number.parseFloat(getComputedStyle(el).fontSize) * 0.8;
        for (const { left, right, top, bottom, width } of range.getClientRects()) {
          const [middle, half] = [(top + bottom) / 2, Math.min(ink, bottom - top) / 2];
          if (width > 1) pieces.push({ text: node.textContent.trim().replace(/\s+/g, ' ').slice(0, 36), el, box: new DOMRect(left, middle - half, right - left, 2 * half) });
        }
      }
    }
    /** Code and mathematics may be wider than their place. @param {Element} el */
    function scrolls(el) {
      if (el.scrollWidth <= el.clientWidth + 1 || !/auto|scroll/.test(getComputedStyle(el).overflowX) || el.matches('pre, math, textarea')) return;
      faults.add(`${nameOf(el)} has to be scrolled sideways: ${el.scrollWidth} in ${el.clientWidth}`);
    }
    scrolls(root);
    walk(root);

    const seen = pieces.filter(({ text, el, box }) => {
      let [from, to] = [box.left, box.right];
      for (let outer = /** @type {Element | null} */ (el); outer && outer !== root; outer = parentOf(outer)) {
        const { overflowX, overflowY, clipPath, position } = getComputedStyle(outer);
        if (clipPath !== 'none') return false;
        const { left, right, top, bottom } = outer.getBoundingClientRect();
        const [hidesX, hidesY] = [overflowX, overflowY].map((value) => value === 'hidden' || value === 'clip');
        const [movesX, movesY] = [overflowX, overflowY].map((value) => value === 'auto' || value === 'scroll');
        // Scrolled out of sight.
        if ((movesY && (box.bottom < top + 2 || box.top > bottom - 2)) || (movesX && (box.right < left + 2 || box.left > right - 2))) return false;
        // Of what can be scrolled, only what is in sight.
        if (movesX) [from, to] = [Math.max(from, left), Math.min(to, right)];
        if (hidesX && (from < left - 1.5 || to > right + 1.5)) faults.add(`"${text}" (${nameOf(el)}) is cut: ${box.left.toFixed(0)}…${box.right.toFixed(0)} in ${left.toFixed(0)}…${right.toFixed(0)} of ${classes(outer)}`);
        else if (hidesY && (box.top < top - 1 || box.bottom > bottom + 1)) faults.add(`"${text}" (${nameOf(el)}) is cut in height: ${box.top.toFixed(0)}…${box.bottom.toFixed(0)} in ${top.toFixed(0)}…${bottom.toFixed(0)} of ${classes(outer)}`);
        if (outer.tagName === 'BUTTON' && (box.left < left - 1 || box.right > right + 1 || box.top < top - 1 || box.bottom > bottom + 1)) faults.add(`"${text}" leaves its button (${nameOf(el)})`);
        if (position === 'fixed') break;
      }
      if (from < -1 || to > innerWidth + 1) faults.add(`"${text}" (${nameOf(el)}) sticks out of the window: ${from.toFixed(0)}…${to.toFixed(0)} of ${innerWidth}`);
      // Below something that lies on top by right: a bar that stays in sight, a dialog.
      let [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return false;
      let hit = document.elementFromPoint(x, y);
      while (hit?.shadowRoot) {
        const deeper = hit.shadowRoot.elementFromPoint(x, y);
        if (!deeper || deeper === hit) break;
        hit = deeper;
      }
      // What lies over it is a cover only if nothing shows through.
      for (let cover = hit; cover && !cover.contains(el) && !el.contains(cover); cover = parentOf(cover)) {
        if (cover instanceof HTMLCanvasElement || !/^rgba\(.*, 0\)$|^transparent$/.test(getComputedStyle(cover).backgroundColor)) return false;
      }
      return Boolean(hit);
    });
    seen.forEach((a, k) => {
      for (const b of seen.slice(k + 1)) {
        if (a.el === b.el) continue;
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (across > 2 && down > 1.5) faults.add(`"${a.text}" (${nameOf(a.el)}) lies over "${b.text}" (${nameOf(b.el)}) by ${across.toFixed(0)}×${down.toFixed(0)}`);
      }
    });
    return [...faults];
  });
