// @ts-check
// What looking costs, in rounds: training unwatched and watched, and every piece by itself.

/**
 * @param {import('playwright-core').Page} page
 * @param {number} rounds
 * @param {number} slice
 * @param {(text: string) => void} say
 */
export async function lookingCosts(page, rounds, slice, say) {
  /** @type {{ cell: string, rounds: { speeds: Record<string, number>, pieces: Record<string, number> }[] }[]} */
  const answer = ['lstm', 'rnn'].map((cell) => ({ cell, rounds: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const { cell, rounds } of answer) {
      rounds.push(await page.evaluate(([cell, ms]) => window.bench.looking(cell, ms), /** @type {const} */ ([cell, 5 * slice])));
    }
    say(`looking, round ${round + 1} of ${rounds}`);
  }
  return answer.map(({ cell, rounds }) => ({ cell, speeds: columns(rounds, 'speeds'), pieces: columns(rounds, 'pieces') }));
}

/**
 * Every name with its samples, one a round.
 * @param {{ speeds: Record<string, number>, pieces: Record<string, number> }[]} rounds
 * @param {'speeds' | 'pieces'} part
 */
const columns = (rounds, part) =>
  Object.keys(rounds[0]?.[part] ?? {}).map((name) => ({ name, samples: rounds.map((round) => round[part][name]) }));
