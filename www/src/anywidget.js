// @ts-check
// The front end for notebooks, for anywidget: mount, and answer how to end. The experiment is a traitlet in both directions;
// methods come as messages. All in one file: a notebook serves no others.
//
// Traitlets: `link` (str, synced both ways), `state` (dict, from here), `lang`, `theme`, `ui`, `controls`, `height` (str or int),
// and optionally `wasm` (bytes) in place of the module that this file holds.
// Messages: `{ id, method, params }` in, `{ id, result | error }` out.
import { opening, wasm, workerSource } from 'virtual:inlined';
import { METHODS } from './host/attributes.js';
import { readCommand } from './host/frame.js';
import { workerFromBlob } from './host/spawn.js';
import { provide } from './element.js';

/** What anywidget gives. @typedef {{ get: (name: string) => any, set: (name: string, value: unknown) => void, save_changes: () => void, on: (event: string, hear: (...args: any[]) => void) => void, off: (event: string, hear: (...args: any[]) => void) => void, send: (content: unknown) => void }} Model */

const WISHES = ['lang', 'theme', 'ui', 'controls', 'hide', 'lock', 'motion'];

/** @param {unknown} given bytes as a traitlet brings them */
const bytesOf = (given) => (given instanceof DataView && given.byteLength > 0 ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength).slice() : null);

/** @param {{ model: Model, el: HTMLElement }} given */
function render({ model, el }) {
  provide({ wasm: bytesOf(model.get('wasm')) ?? wasm(), spawn: () => workerFromBlob(workerSource), opening: opening(), page: null });
  const element = /** @type {HTMLElement & { link: string }} */ (document.createElement('gate-scope'));
  const dress = () => {
    for (const name of WISHES) {
      const value = model.get(name);
      if (typeof value === 'string' && value !== '') element.setAttribute(name, value);
    }
    const height = model.get('height');
    element.style.height = typeof height === 'number' ? `${height}px` : typeof height === 'string' && height !== '' ? height : '480px';
  };
  /** The link that both sides know. */
  let known = String(model.get('link') ?? '');
  const follow = () => {
    const link = String(model.get('link') ?? '');
    if (link === known) return;
    known = link;
    element.link = link;
  };
  /** @param {Event} event */
  const tell = (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    known = detail.link;
    model.set('link', known);
    model.set('state', detail);
    model.save_changes();
  };
  /** @param {unknown} message */
  const obey = async (message) => {
    const command = readCommand({ ns: 'gatescope', v: 1, .../** @type {object} */ (message) }, METHODS);
    if (!command) return;
    const { id } = command;
    if ('error' in command) return model.send({ id, error: command.error });
    try {
      model.send({ id, result: await /** @type {any} */ (element)[command.method](...command.params) });
    } catch (/** @type {any} */ error) {
      model.send({ id, error: { code: error.code ?? 'internal', field: error.field ?? '', message: String(error.message ?? error) } });
    }
  };
  dress();
  if (known) element.setAttribute('link', known);
  for (const name of ['gs-ready', 'gs-state']) element.addEventListener(name, tell);
  model.on('change:link', follow);
  model.on('msg:custom', obey);
  for (const name of [...WISHES, 'height']) model.on(`change:${name}`, dress);
  el.append(element);
  return () => {
    model.off('change:link', follow);
    model.off('msg:custom', obey);
    for (const name of [...WISHES, 'height']) model.off(`change:${name}`, dress);
    element.remove();
  };
}

export default { render };
