// @ts-check
// Typesets the page's formulas while it is built. Each becomes a Lit template, so that the browser needs
// neither Temml nor innerHTML, and inline styles (which the CSP forbids) are taken out.
import temml from 'temml';
import { FORMULAS } from '../src/draw/formulas.tex.js';

const ID = 'virtual:formulas';

/** @param {string} tex */
export function toMathML(tex) {
  return temml
    .renderToString(tex, { displayMode: true, throwOnError: true, wrap: 'none' })
    .replace(/ (style|class|fence|separator)="[^"]*"/g, '');
}

/** @returns {import('vite').Plugin} */
export default function formulas() {
  return {
    name: 'gatescope-formulas',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id !== `\0${ID}`) return undefined;
      const all = new Set(Object.values(FORMULAS));
      const entries = [...all].map((tex) => `${JSON.stringify(tex)}: html\`${toMathML(tex).replace(/[`\\$]/g, '\\$&')}\``);
      return `import { html } from 'lit/html.js';\nexport const mathml = {\n${entries.join(',\n')}\n};`;
    },
  };
}
