// @ts-check
/**
 * The smallest store that does: one state, one reducer, listeners told after a change.
 * @template S, A
 * @param {(state: S, action: A) => S} reducer @param {S} initial
 */
export function createStore(reducer, initial) {
  let state = initial;
  /** @type {Set<(state: S, before: S, action: A) => void>} */
  const listeners = new Set();
  return {
    get: () => state,
    /** @param {A} action */
    dispatch(action) {
      const before = state;
      state = reducer(state, action);
      if (state !== before) for (const listener of listeners) listener(state, before, action);
    },
    /** @param {(state: S, before: S, action: A) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
