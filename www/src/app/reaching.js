// @ts-check
// The moment at which somebody reaches for an app for the first time: with the pointer, a finger, the focus, a key.

const SIGNS = ['pointerenter', 'pointerdown', 'focusin', 'keydown'];

/**
 * Calls `act` once, with the first sign.
 * @param {HTMLElement} root @param {() => void} act @param {AbortSignal} signal ends the waiting
 */
export function onReaching(root, act, signal) {
  const waiting = new AbortController();
  const hear = () => {
    waiting.abort();
    act();
  };
  // Ahead of every panel, which may keep an event to itself.
  for (const sign of SIGNS) root.addEventListener(sign, hear, { signal: waiting.signal, capture: true });
  signal.addEventListener('abort', () => waiting.abort());
}
