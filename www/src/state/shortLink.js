// @ts-check
// The shortest link to the same, for codes that a camera reads: what is as usual is left out.

/** @param {string} link @param {string} usual the link of the experiment that a page begins with @returns {string} */
export function shortLink(link, usual) {
  const known = new Set(usual.split('&'));
  const parts = link.split('&');
  // What a cell is compared with if nothing is said depends on the cell.
  const otherCell = parts.some((part) => part.startsWith('cell=') && !known.has(part));
  return parts.filter((part) => !known.has(part) || part.startsWith('v=') || (otherCell && part.startsWith('vs='))).join('&');
}
