// A host page's own script around a frame: hears all that it says, and calls it by messages.
import { drive } from './drive.js';

const frame = document.querySelector('iframe');
const heard = [];
const waiting = new Map();

addEventListener('message', ({ source, data, origin }) => {
  if (source !== frame.contentWindow || data?.ns !== 'gatescope' || data.v !== 1) return;
  if ('event' in data) return void heard.push({ event: data.event, data: data.data, from: origin });
  waiting.get(data.id)?.(data);
  waiting.delete(data.id);
});

let last = 0;
/** A frame with a sandbox has no origin that could be named. */
const target = frame.sandbox.length ? '*' : new URL(frame.src).origin;
const call = (method, ...params) =>
  new Promise((resolve, reject) => {
    const id = ++last;
    waiting.set(id, ({ result, error }) => (error ? reject(error) : resolve(result)));
    frame.contentWindow.postMessage({ ns: 'gatescope', v: 1, id, method, params }, target);
  });

globalThis.guest = { heard, call, drive: () => drive(call) };
