// @ts-check
/**
 * What a tab remembers while it is loaded anew. Where storage is blocked it remembers nothing, and all else works.
 * @returns {import('../lesson/desk.js').Memory}
 */
export function tabMemory() {
  /** @type {Map<string, string>} */
  const own = new Map();
  return {
    recall(key) {
      try {
        return sessionStorage.getItem(key);
      } catch {
        return own.get(key) ?? null;
      }
    },
    remember(key, value) {
      try {
        if (value === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, value);
      } catch {
        if (value === null) own.delete(key);
        else own.set(key, value);
      }
    },
  };
}
