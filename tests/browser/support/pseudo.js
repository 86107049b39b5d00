// @ts-check
// A language that nobody speaks, made of the English messages while the test runs: every text is twice as long, and in a
// second kind written from right to left. It is delivered in place of Chinese, whose words are a file of their own.
import { readFileSync } from 'node:fs';

/** @typedef {'accented' | 'rtl'} Kind */

const english = /** @type {Record<string, string>} */ (JSON.parse(readFileSync(new URL('../../../www/src/i18n/en.json', import.meta.url), 'utf8')));

const ACCENTED = { from: 'aeiounycsAEIOUNYCS', to: 'åéîöûñýçšÅÉÎÖÛÑÝÇŠ' };
const HEBREW = 'אבגדהוזחטיכלמנסעפצקרשת';

const letters = {
  accented: (/** @type {string} */ text) => [...text].map((letter) => ACCENTED.to[ACCENTED.from.indexOf(letter)] ?? letter).join(''),
  rtl: (/** @type {string} */ text) => text.replace(/[a-z]/gi, (letter) => HEBREW[(letter.toLowerCase().charCodeAt(0) - 97) % HEBREW.length]),
};

/** Names of cells and signs of mathematics are the same in every language. @param {string} key @param {string} text */
const isSign = (key, text) => key.startsWith('cell.') || !/[a-z]{2}/i.test(text.replace(/\{\w+\}|tanh|ReLU|diag|W_\w+/g, ''));

/** Twice the length; the gaps stay as they are and come once. @param {string} key @param {string} message @param {Kind} kind */
export function pseudo(key, message, kind) {
  if (key === 'direction') return kind === 'rtl' ? 'rtl' : 'ltr';
  if (isSign(key, message)) return message;
  const pieces = message.split(/(\{\w+\})/).map((piece) => (/^\{\w+\}$/.test(piece) ? piece : letters[kind](piece)));
  const more = pieces.filter((piece) => !piece.startsWith('{')).join('').replace(/\s+/g, ' ').trim();
  return `${pieces.join('')} ${more}`;
}

/** Delivers the pseudo-language to whoever asks for Chinese. @param {import('@playwright/test').Page} page @param {Kind} kind */
export async function speakPseudo(page, kind) {
  const words = Object.fromEntries(Object.entries(english).map(([key, text]) => [key, pseudo(key, text, kind)]));
  await page.route(/zh-CN[\w-]*\.js$/, (route) => route.fulfill({ contentType: 'text/javascript', headers: { 'access-control-allow-origin': '*' }, body: `export default ${JSON.stringify(words)};` }));
}
