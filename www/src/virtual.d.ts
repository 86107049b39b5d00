/** Made by build/vite-plugin-formulas.js: TeX → Lit template holding MathML. */
declare module 'virtual:formulas' {
  export const mathml: Record<string, import('lit/html.js').TemplateResult>;
}
