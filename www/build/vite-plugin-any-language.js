// @ts-check
// uPlot makes a number format of the browser's own language while it is loaded, and a browser may name one that is none: a
// Linux without a language calls it "C", and the whole page would stop there. Our charts write their numbers themselves.

const FILE = '/uplot/dist/uPlot.esm.js';
const FORMAT = 'new Intl.NumberFormat(domEnv ? nav.language : ';

/** @returns {import('vite').Plugin} */
export default function anyLanguage() {
  return {
    name: 'gatescope-any-language',
    transform(code, id) {
      if (!id.split('?')[0].endsWith(FILE)) return undefined;
      if (!code.includes(FORMAT)) this.error('uPlot makes its number format in another way than this knows');
      return { code: code.replace(FORMAT, 'new Intl.NumberFormat('), map: null };
    },
  };
}
