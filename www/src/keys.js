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
    PageDown: () => beat(1),
    PageUp: () => beat(-1),
  };
  /** A blank screen is lit again before the next beat. @param {1 | -1} by */
  const beat = (by) => dispatch(get().present.blank ? { type: 'blank', on: false } : { type: 'beat', by });
  /** In the cell view from operation to operation, unless a lesson leads. @param {1 | -1} by */
  const along = (by) => (get().ui.view === 'cell' && !get().present.on ? dispatch({ type: 'operation', by }) : beat(by));
  const fullScreen = () => void (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.())?.catch(() => {});
  /** Lets go of whatever lies on top: the blank screen, a panel, the pinned unit, at last the projector's mode. */
  const release = () => {
    const { present, ui } = get();
    if (present.blank) dispatch({ type: 'blank', on: false });
    else if (present.panel || present.refused) {
      dispatch({ type: 'lessonDismiss' });
      dispatch({ type: 'panel', panel: null });
    } else if (ui.formula) dispatch({ type: 'explainClose' });
    else if (ui.unit !== null) dispatch({ type: 'unit', unit: null });
    else if (present.on) dispatch({ type: 'present', on: false });
  };
  /** @type {Record<string, () => void>} */
  const free = {
    ArrowRight: () => along(1),
    ArrowLeft: () => along(-1),
    ' ': () => dispatch({ type: 'play', on: !get().player.playing }),
    t: () => dispatch({ type: Object.values(get().lanes).some((lane) => lane.training) ? 'stop' : 'train' }),
    r: () => dispatch({ type: 'reset' }),
    c: () => dispatch({ type: 'compare' }),
    f: fullScreen,
    b: () => dispatch({ type: 'blank' }),
    // What some clickers send for it.
    '.': () => dispatch({ type: 'blank' }),
    '+': () => dispatch({ type: 'typeSize', by: 1 }),
    '=': () => dispatch({ type: 'typeSize', by: 1 }),
    '-': () => dispatch({ type: 'typeSize', by: -1 }),
    '_': () => dispatch({ type: 'typeSize', by: -1 }),
    '?': () => dispatch({ type: 'panel', panel: 'keys' }),
    // The views, by number; M goes to the memory map and back.
    1: () => dispatch({ type: 'view', view: 'flow' }),
    2: () => dispatch({ type: 'view', view: 'cell' }),
    3: () => dispatch({ type: 'view', view: 'map' }),
    4: () => dispatch({ type: 'view', view: 'training' }),
    5: () => dispatch({ type: 'view', view: 'code' }),
    m: () => dispatch({ type: 'view', view: get().ui.view === 'map' ? 'flow' : 'map' }),
    Escape: release,
  };
  /** @param {Event} heard */
  const onKey = (heard) => {
    const event = /** @type {KeyboardEvent} */ (heard);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    // In a shadow tree the event's own target is hidden from whoever listens outside.
    const focused = /** @type {Element} */ (event.composedPath()[0]);
    // A dialog that holds the page has its own keys, Escape among them.
    if (focused.closest?.('dialog:modal')) return;
    const typing = focused.closest?.('input, select, textarea');
    const pressing = focused.closest?.('button, summary, a') && (event.key === ' ' || event.key === 'Enter');
    const action = anywhere[event.key] ?? (typing || pressing ? undefined : free[event.key.length === 1 ? event.key.toLowerCase() : event.key]);
    if (!action) return;
    event.preventDefault();
    action();
  };
  target?.addEventListener('keydown', onKey);
  return { fullScreen, dispose: () => target?.removeEventListener('keydown', onKey) };
}
