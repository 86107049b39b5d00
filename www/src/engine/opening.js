// @ts-check
// The trained trace that the page opens on: two files beside it, no worker and no wasm needed.
import { decodeOpening } from './frame.js';

/** @param {string} url */
async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return response;
}

/** Asked for once, however many apps open on it. @type {Map<string, Promise<ReturnType<typeof decodeOpening>>>} */
const shared = new Map();

/**
 * The opening's lanes, or none when it is missing or damaged: the app then starts with an untrained network. Nobody writes
 * into its numbers, so all apps read the same.
 * @param {{ index: string | { lanes: any[] }, data: string | ArrayBuffer }} address the files' addresses, or what is in them
 */
export async function fetchOpening({ index, data }) {
  if (typeof index !== 'string' || typeof data !== 'string') return decodeOpening(/** @type {any} */ (index), /** @type {ArrayBuffer} */ (data));
  const key = `${index} ${data}`;
  let opening = shared.get(key);
  if (!opening) {
    opening = Promise.all([get(index).then((response) => response.json()), get(data).then((response) => response.arrayBuffer())]).then(([list, buffer]) => decodeOpening(list, buffer));
    shared.set(key, opening);
  }
  try {
    return await opening;
  } catch {
    shared.delete(key);
    return [];
  }
}
