// @ts-check
// A code that people can compare aloud: six letters made of the lanes' checksums. Equal codes, equal bits.

/** Without vowels, so that no word comes out; without letters that are mistaken for others. */
const LETTERS = 'BCDFGHJKLMNPQRTVWXYZ';
export const CODE_LENGTH = 6;

/**
 * @param {string[]} fingerprints 16 hexadecimal digits a lane, in the order of the lanes
 * @returns {string | null} null as long as a lane has none
 */
export function classCode(fingerprints) {
  if (!fingerprints.length || !fingerprints.every((one) => /^[0-9a-f]{16}$/.test(one))) return null;
  // Each lane's 64 bits are folded into the sum so far; the odd factor keeps every bit of both.
  let mixed = fingerprints.reduce((sum, one) => BigInt.asUintN(64, (sum ^ BigInt(`0x${one}`)) * 0x9e37_79b9_7f4a_7c15n), 0n);
  mixed ^= mixed >> 32n;
  let code = '';
  for (let k = 0; k < CODE_LENGTH; k++) {
    code += LETTERS[Number(mixed % BigInt(LETTERS.length))];
    mixed /= BigInt(LETTERS.length);
  }
  return code;
}
