// @ts-check
// A module worker from wherever its script lies. The page's own origin may start it directly; a page of another origin only
// a worker of its own that imports it; and a frame without an origin, which owns no blobs, one that is its own address.
import { startWorker } from './trusted.js';

/**
 * As a classic script, which the worker's one file is, too: a page from a disk may not start modules from blobs.
 * @param {string} source @returns {Worker}
 */
export function workerFromBlob(source) {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return startWorker(url);
  } finally {
    // The browser has taken hold of the blob by now in the engines that load it at once; the others load it within this time.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

/** Whether a worker's script lies on another origin than this page, which has one. @param {string} address */
const isForeign = (address) => globalThis.origin !== 'null' && new URL(address).origin !== globalThis.origin;

/** Scripts of other origins, fetched once. @type {Map<string, string>} */
const sources = new Map();

/**
 * Fetches what {@link spawnFrom} will need. A worker that only imported a foreign script would need the page's policy to allow
 * that origin's workers; one that holds the script itself needs no more than `blob:`.
 * @param {string} address
 */
export async function prepareSpawn(address) {
  if (!isForeign(address) || sources.has(address)) return;
  const response = await fetch(address).catch(() => null);
  if (response?.ok) sources.set(address, await response.text());
}

/** @param {string} address of the worker's module, one file without imports @returns {Worker} */
export function spawnFrom(address) {
  const bootstrap = `import ${JSON.stringify(address)};`;
  if (globalThis.origin === 'null') return startWorker(`data:text/javascript,${encodeURIComponent(bootstrap)}`, { type: 'module' });
  return isForeign(address) ? workerFromBlob(sources.get(address) ?? `importScripts(${JSON.stringify(address)});`) : startWorker(address, { type: 'module' });
}
