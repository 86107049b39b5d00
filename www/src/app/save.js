// @ts-check
// Files that a reader takes along: made here when they are asked for, handed to the browser as downloads.
import { createHands } from './hands.js';

/** @typedef {{ what: 'text', name: string, text: string } | { what: 'weights', name: string, lane: string }} Wanted */

/** Long enough for a browser to have taken the file. */
const KEPT_MS = 60_000;

/** @param {Document} document @param {string} name @param {Blob} blob */
function download(document, name, blob) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/**
 * @param {Wanted} wanted @param {Omit<import('./hands.js').App, 'follow'>} app @param {Document} document
 * @returns {Promise<string>} the file's name
 */
export async function save(wanted, app, document) {
  const hands = createHands({ ...app, follow: () => {} });
  switch (wanted.what) {
    case 'text':
      download(document, wanted.name, new Blob([wanted.text], { type: 'text/x-python;charset=utf-8' }));
      break;
    case 'weights': {
      const bytes = await hands.exportWeights({ lane: wanted.lane });
      download(document, wanted.name, new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: 'application/octet-stream' }));
    }
  }
  return wanted.name;
}
