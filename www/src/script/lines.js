// @ts-check
// Lines of a script, each with the settings that it stems from.

/** `fields`: names of the settings that make the line what it is. @typedef {{ text: string, fields: string[] }} Line */
/** What a script is made of. @typedef {import('../generated/types.d.ts').LaneExperiment} LaneExperiment */
/** A comment in the reader's language. @typedef {(key: string, params?: Record<string, unknown>) => string} Say */

/** @param {string} text may hold several lines @param {...string} fields @returns {Line[]} */
export const lines = (text, ...fields) => text.split('\n').map((one) => ({ text: one, fields }));

const WIDTH = 92;

/** A comment, in lines of a readable length; Chinese breaks anywhere. @param {string} text @param {...string} fields @returns {Line[]} */
export function comment(text, ...fields) {
  const rows = [''];
  let width = 0;
  for (const word of text.match(/[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*/g) ?? []) {
    const own = /[\u3000-\uffef]/.test(word) ? 2 : word.length;
    // What closes a clause never begins a line.
    if (width + own > WIDTH && !/^[，。；：、）”]/.test(word)) {
      rows.push('');
      width = 0;
    }
    rows[rows.length - 1] += word;
    width += own;
  }
  return rows.flatMap((row) => lines(`# ${row.trimEnd()}`, ...fields));
}

/** A string as Python writes it. @param {string} text */
export const quoted = (text) => JSON.stringify(text);

/** A list of strings, in lines of a readable length. @param {string} name @param {readonly string[]} items */
export function listOf(name, items) {
  const rows = [''];
  for (const item of items) {
    const next = `${quoted(item)}, `;
    if (rows[rows.length - 1].length + next.length > 88) rows.push('');
    rows[rows.length - 1] += next;
  }
  return `${name} = [\n${rows.map((row) => `    ${row.trimEnd()}`).join('\n')}\n]`;
}

/** A number as Python reads it. @param {number} value */
export const number = (value) => String(value);
