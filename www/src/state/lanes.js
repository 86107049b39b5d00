// @ts-check
// What lanes are called, and how a setting of one lane alone is. Lanes are told apart by an id: the cell's name, and where several
// lanes have that cell, numbered from the top: `rnn`, `lstm1`, `lstm2`. In an experiment and its link a lane is a letter, `a` the
// top one: `b.learningRate` is the learning rate of the second lane, `b.lr` in the link.

/** Lanes that are shown side by side at most. */
export const MOST_LANES = 3;
export const LETTERS = ['a', 'b', 'c'];
/** Settings that a lane may have for itself: what its network is and how it is trained. The data are the same for all. */
export const OWN = ['nonlinearity', 'init', 'spectralRadius', 'forgetBias', 'optimizer', 'learningRate', 'clip'];

/** Of cells, top first. @param {string[]} cells */
export const idsOf = (cells) => {
  /** @type {Record<string, number>} */
  const seen = {};
  return cells.map((cell) => (cells.indexOf(cell) === cells.lastIndexOf(cell) ? cell : `${cell}${(seen[cell] = (seen[cell] ?? 0) + 1)}`));
};

/** @param {string} id */
export const cellOf = (id) => id.replace(/\d$/, '');

/** The key of a lane's own setting. @param {number} place from the top, from 0 @param {string} name */
export const ownKey = (place, name) => `${LETTERS[place]}.${name}`;

/** The parts of a key of a lane's own setting; null for any other key. @param {string} key @returns {{ place: number, name: string } | null} */
export function partsOf(key) {
  const [, letter, name] = /^([a-z])\.(.*)$/s.exec(key) ?? [];
  return name === undefined ? null : { place: LETTERS.indexOf(letter), name };
}
