// @ts-check
// Runs a module while building and ships what it exports: for constants whose making needs more code than they are worth.
import { pathToFileURL } from 'node:url';

/** @param {string[]} files endings of the modules' paths @returns {import('vite').Plugin} */
export default function evaluate(files) {
  return {
    name: 'gatescope-evaluate',
    enforce: 'pre',
    async load(id) {
      if (!files.some((file) => id.endsWith(file))) return undefined;
      const constants = Object.entries(await import(pathToFileURL(id).href));
      return constants.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join('\n');
    },
  };
}
