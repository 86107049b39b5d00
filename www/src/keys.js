// @ts-check
// A teacher's clicker and keyboard. Letters act only while the page itself has the focus, never inside a control.

/** @param {HTMLElement} root @param {(action: import('./state/reducer.js').Action) => void} dispatch @param {() => import('./state/reducer.js').State} get */
export function createKeys(root, dispatch, get) {
  /** @type {Record<string, () => void>} */
  const anywhere = {
    PageDown: () => dispatch({ type: 'beat', by: 1 }),
    PageUp: () => dispatch({ type: 'beat', by: -1 }),
  };
  /** @type {Record<string, () => void>} */
  const free = {
    ArrowRight: anywhere.PageDown,
    ArrowLeft: anywhere.PageUp,
    ' ': () => dispatch({ type: 'play', on: !get().player.playing }),
    t: () => dispatch({ type: Object.values(get().lanes).some((lane) => lane.training) ? 'stop' : 'train' }),
    r: () => dispatch({ type: 'reset' }),
    c: () => dispatch({ type: 'compare' }),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.())?.catch(() => {}),
    // The views, by number; M goes to the memory map and back.
    1: () => dispatch({ type: 'view', view: 'flow' }),
    3: () => dispatch({ type: 'view', view: 'map' }),
    m: () => dispatch({ type: 'view', view: get().ui.view === 'map' ? 'flow' : 'map' }),
    Escape: () => get().ui.unit !== null && dispatch({ type: 'unit', unit: null }),
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    const typing = target.closest('input, select, textarea');
    const pressing = target.closest('button, summary, a') && (event.key === ' ' || event.key === 'Enter');
    const action = anywhere[event.key] ?? (typing || pressing ? undefined : free[event.key.length === 1 ? event.key.toLowerCase() : event.key]);
    if (!action) return;
    event.preventDefault();
    action();
  };
  document.addEventListener('keydown', onKey);
  return { dispose: () => document.removeEventListener('keydown', onKey) };
}
