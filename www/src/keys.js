// @ts-check
// A teacher's clicker and keyboard. Letters act only while no control has the focus.

/**
 * @param {HTMLElement} root what goes full screen
 * @param {EventTarget | null} target where keys are heard; null: nowhere
 * @param {(action: import('./state/reducer.js').Action) => void} dispatch
 * @param {() => import('./state/reducer.js').State} get
 */
export function createKeys(root, target, dispatch, get) {
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
    4: () => dispatch({ type: 'view', view: 'training' }),
    m: () => dispatch({ type: 'view', view: get().ui.view === 'map' ? 'flow' : 'map' }),
    Escape: () => get().ui.unit !== null && dispatch({ type: 'unit', unit: null }),
  };
  /** @param {Event} heard */
  const onKey = (heard) => {
    const event = /** @type {KeyboardEvent} */ (heard);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    // In a shadow tree the event's own target is hidden from whoever listens outside.
    const focused = /** @type {Element} */ (event.composedPath()[0]);
    const typing = focused.closest?.('input, select, textarea');
    const pressing = focused.closest?.('button, summary, a') && (event.key === ' ' || event.key === 'Enter');
    const action = anywhere[event.key] ?? (typing || pressing ? undefined : free[event.key.length === 1 ? event.key.toLowerCase() : event.key]);
    if (!action) return;
    event.preventDefault();
    action();
  };
  target?.addEventListener('keydown', onKey);
  return { dispose: () => target?.removeEventListener('keydown', onKey) };
}
