// @ts-check
// The trained trace that the page opens on: two files beside it, no worker and no wasm needed.
import { decodeOpening } from './frame.js';

/** @param {string} url */
async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return response;
}

/**
 * The opening's lanes, or none when it is missing or damaged: the page then starts with an untrained network.
 * @param {string} base address of the page
 */
export async function fetchOpening(base) {
  try {
    const [index, buffer] = await Promise.all([
      get(new URL('./opening.json', base).href).then((response) => response.json()),
      get(new URL('./opening.bin', base).href).then((response) => response.arrayBuffer()),
    ]);
    return decodeOpening(index, buffer);
  } catch {
    return [];
  }
}
