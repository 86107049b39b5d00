// @ts-check
// Where things lie on the page, and what is wrong with it.

/** @typedef {import('@playwright/test').Page} Page */

/** Everything that is wrong with where things lie. @param {Page} page */
export const faultsOf = (page) =>
  page.evaluate(() => {
    /** @type {string[]} */
    const faults = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`);
    const nameOf = (/** @type {Element} */ el) => `${el.tagName.toLowerCase()} "${(el.getAttribute('aria-label') ?? el.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40)}"`;
    const shown = (/** @type {Element} */ el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && el.getBoundingClientRect().width > 1;

    for (const el of document.querySelectorAll('button, select, input')) {
      if (!shown(el)) continue;
      const { left, right, top, bottom } = el.getBoundingClientRect();
      if (left < -0.5 || right > innerWidth + 0.5) faults.push(`${nameOf(el)} sticks out: ${left.toFixed(0)}…${right.toFixed(0)} of ${innerWidth}`);
      if (el.closest('.place-bottom, .actions') && (top < -0.5 || bottom > innerHeight + 0.5)) faults.push(`${nameOf(el)} is below the window: ${bottom.toFixed(0)} of ${innerHeight}`);
      if (el instanceof HTMLButtonElement && (el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 1)) {
        faults.push(`${nameOf(el)} is cut off: ${el.scrollWidth}×${el.scrollHeight} in ${el.clientWidth}×${el.clientHeight}`);
      }
    }

    /** Pieces of text of one part of the page and where they lie. @param {string} selector */
    const piecesOf = (selector) =>
      [...document.querySelectorAll(selector)].filter(shown).flatMap((part) => {
        const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
        const found = [];
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const parent = node.parentElement;
          if (!node.textContent?.trim() || !parent || !shown(parent) || parent.closest('option, .hidden, math')) continue;
          const range = document.createRange();
          range.selectNodeContents(node);
          for (const box of range.getClientRects()) if (box.width > 1) found.push({ text: node.textContent.trim().slice(0, 30), parent, box });
        }
        return found;
      });
    for (const el of document.querySelectorAll('.strip-readout, .strip-label, .formulas > div, .loss td, .field')) {
      if (shown(el) && el.scrollWidth > el.clientWidth + 1) faults.push(`${el.className} "${el.textContent?.trim().replace(/\s+/g, ' ').slice(0, 40)}" is ${el.scrollWidth} px wide in ${el.clientWidth}`);
    }
    for (const el of document.querySelectorAll('.strip-readout, .strip-label')) {
      const range = document.createRange();
      range.selectNodeContents(el);
      const [inner, outer] = [range.getBoundingClientRect(), el.getBoundingClientRect()];
      if (shown(el) && (inner.left < outer.left - 1 || inner.right > outer.right + 1)) faults.push(`"${el.textContent?.trim()}" leaves its place beside the strip: ${inner.width.toFixed(0)} px in ${outer.width.toFixed(0)}`);
    }
    for (const part of ['.bar', '.place-bottom', '.status-line', '.lane > header, .lane > .lane-message', '.gradients > header, .gradients > .verdict', '.place-left .topic']) {
      const pieces = piecesOf(part);
      pieces.forEach((a, k) => {
        for (const b of pieces.slice(k + 1)) {
          if (a.parent === b.parent) continue;
          const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
          const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
          if (across > 1 && down > 3) faults.push(`in ${part}, "${a.text}" lies over "${b.text}" by ${across.toFixed(0)}×${down.toFixed(0)} px`);
        }
      });
      for (const { text, box } of pieces) {
        if (box.left < -0.5 || box.right > innerWidth + 0.5) faults.push(`in ${part}, "${text}" sticks out: ${box.left.toFixed(0)}…${box.right.toFixed(0)} of ${innerWidth}`);
      }
    }
    return faults;
  });
