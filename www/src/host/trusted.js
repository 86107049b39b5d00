// @ts-check
// Under Trusted Types a page takes markup and a worker's address only from a policy. This one is ours by name, so that a host
// can allow it (`trusted-types gatescope`), and never leaves our modules: lit's templates and our own workers pass through it.

/** @typedef {{ createHTML: (text: string) => string, createScriptURL: (address: string) => string }} Policy */

/** Where there are no Trusted Types, or the name is refused, things go as they went before. @returns {Policy | undefined} */
function ours() {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  try {
    return trustedTypes?.createPolicy('gatescope', { createHTML: String, createScriptURL: String });
  } catch {
    return undefined;
  }
}

export const policy = ours();

/** A worker of ours. @param {string} address @param {WorkerOptions} [options] */
export const startWorker = (address, options) => new Worker(policy?.createScriptURL(address) ?? address, options);
