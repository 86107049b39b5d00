// @ts-check
// Where something stands in a text, as an editor counts.

/** Line and column, both from 1. @typedef {{ line: number, column: number }} Position */

/** @param {string} text @param {number} offset @returns {Position} */
export function positionAt(text, offset) {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: before[before.length - 1].length + 1 };
}

/** A short piece of what was given, on one line. @param {string} text @param {number} offset @param {number} length */
export function excerpt(text, offset, length) {
  const piece = text.slice(offset, offset + length).replace(/\s+/g, ' ');
  return piece.length > 40 ? `${piece.slice(0, 39)}…` : piece;
}
