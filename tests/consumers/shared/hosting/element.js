// A host page's own script around an element: hears all that it says, and calls it. It imports nothing of the package.
import { drive } from './drive.js';

const heard = [];
for (const event of ['ready', 'state', 'train', 'cursor', 'diverged', 'resize', 'error']) {
  document.addEventListener(`gs-${event}`, ({ detail, target }) => heard.push({ event, data: structuredClone(detail), from: target.localName }));
}

const call = async (method, ...args) => document.querySelector('gate-scope')[method](...args);

globalThis.guest = { heard, call, drive: () => drive(call) };
