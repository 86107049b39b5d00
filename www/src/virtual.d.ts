/** Made by build/vite-plugin-formulas.js: TeX → Lit template holding MathML. */
declare module 'virtual:formulas' {
  export const mathml: Record<string, import('lit/html.js').TemplateResult>;
}

/** Made by build/vite-plugin-inlined.js: what the page otherwise fetches. */
declare module 'virtual:inlined' {
  export const wasm: () => Uint8Array<ArrayBuffer>;
  export const workerSource: string;
  /** Texts of the lessons that come with the page, by name. */
  export const lessons: Record<string, string>;
  export const opening: () => { index: { lanes: any[] }; data: ArrayBuffer };
}

/** Made by build/vite-plugin-words.js: English words that come with views fetched later. */
declare module 'virtual:words/lab' {
  export const words: Record<string, string>;
}

/** Made by build/vite-plugin-words.js: English words that only the full page says. */
declare module 'virtual:words' {
  export const words: Record<string, string>;
}
