// @ts-check
// The linear memories of all WebAssembly modules of this page. Import it before anything that instantiates one.

/** @type {WebAssembly.Memory[]} */
const memories = [];

/** @param {unknown} result of an instantiation: an instance, or a module with its instance */
function note(result) {
  const instance = result instanceof WebAssembly.Instance ? result : /** @type {any} */ (result)?.instance;
  for (const exported of Object.values(instance?.exports ?? {})) {
    if (exported instanceof WebAssembly.Memory) memories.push(exported);
  }
}

for (const name of /** @type {const} */ (['instantiate', 'instantiateStreaming'])) {
  const original = /** @type {any} */ (WebAssembly[name]).bind(WebAssembly);
  /** @type {any} */ (WebAssembly)[name] = async (/** @type {unknown[]} */ ...operands) => {
    const result = await original(...operands);
    note(result);
    return result;
  };
}

/** Bytes of all linear memories. A memory never shrinks, so this is also the most there ever was. */
export function memoryBytes() {
  return memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}
