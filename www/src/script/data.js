// @ts-check
// The task in plain Python: the page's own random numbers, so the very sequences that it trains on.
import grammars from '../generated/grammar.json' with { type: 'json' };
import { comment, lines, listOf, quoted } from './lines.js';

/** @typedef {import('./lines.js').Line} Line */

const RANDOM = `MASK = (1 << 64) - 1
TRAINING, HELD_OUT = 2, 3


class Rng:
    def __init__(self, seed, purpose):
        z = (seed << 8) | purpose
        self.state = []
        for _ in range(4):
            z = (z + 0x9E3779B97F4A7C15) & MASK
            s = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            s = ((s ^ (s >> 27)) * 0x94D049BB133111EB) & MASK
            self.state.append(s ^ (s >> 31))

    def below(self, n):
        a, b, c, d = self.state
        x = (a + d) & MASK
        x = (((x << 23) | (x >> 41)) + a) & MASK
        c, d, t = c ^ a, d ^ b, (b << 17) & MASK
        b, a, c = b ^ c, a ^ d, c ^ t
        self.state = [a, b, c, ((d << 45) | (d >> 19)) & MASK]
        return ((x >> 32) * n) >> 32

    def pick(self, items):
        return items[self.below(len(items))]`;

const SENTENCES = `WORDS = " ".join(
    STORIES + MACHINES + SURPRISING + STEADY + LINKS + SUBJECTS + VERBS
    + [phrase for phrases in ADVERBIALS for phrase in phrases] + [OPENING, COPULA]
).split(" ")
TOKENS = list(dict.fromkeys(WORDS))
CLASSES = ["negative", "positive"]


def adverbials(room, rng):
    words = []
    while room > 0:
        length = 1 + rng.below(min(room, len(ADVERBIALS)))
        words += rng.pick(ADVERBIALS[length - 1]).split(" ")
        room -= length
    return words


def clause(room, rng):
    words, link = [], LINKS[0]
    while True:
        core = len(link.split(" ")) + 2
        if room < core:
            return words + adverbials(room, rng)
        spare = room - core
        extra = spare if spare <= 6 else min(rng.below(7), spare)
        words += link.split(" ")
        if ADVERBIALS_FIRST:
            words += adverbials(extra, rng)
        words += [rng.pick(SUBJECTS), rng.pick(VERBS)]
        if not ADVERBIALS_FIRST:
            words += adverbials(extra, rng)
        room, link = spare - extra, LINKS[1]
        if room == 0:
            return words


def is_held_out(sentence):
    h = 0xCBF29CE484222325
    for token in sentence:
        h = ((h ^ token) * 0x100000001B3) & MASK
    return (h >> 32) % 5 == 0


def sample(rng, purpose):
    while True:
        is_story, is_surprising = rng.below(2) == 0, rng.below(2) == 0
        words = [OPENING, rng.pick(STORIES if is_story else MACHINES)]`;

const JUDGED = `        words += [COPULA, rng.pick(SURPRISING if is_surprising else STEADY)]
        sentence = [TOKENS.index(word) for word in words]
        if is_held_out(sentence) == (purpose == HELD_OUT):
            return sentence, int(is_story == is_surprising)`;

/** The task's sequences. @param {import('./lines.js').LaneExperiment} experiment @param {import('./lines.js').Say} say @returns {Line[]} */
export function dataLines({ task, language, alphabet }, say) {
  const own = task === 'recall' ? recall(alphabet, say) : sentiment(language, say);
  return [...comment(say('script.random')), ...lines(RANDOM), ...lines('\n'), ...own];
}

/** @param {number} alphabet @param {import('./lines.js').Say} say @returns {Line[]} */
function recall(alphabet, say) {
  return [
    ...comment(say('script.recall'), 'task'),
    ...lines(`K = ${alphabet}`, 'task', 'alphabet'),
    ...lines(`TOKENS = [chr(65 + k) for k in range(K)] + [chr(97 + k) for k in range(K)]
CLASSES = TOKENS[:K]


def sample(rng, purpose):
    first = rng.below(K)`, 'task'),
    ...lines('    return [first] + [K + rng.below(K) for _ in range(T - 1)], first', 'task', 'length'),
  ];
}

/** @param {string} language @param {import('./lines.js').Say} say @returns {Line[]} */
function sentiment(language, say) {
  const grammar = language === 'zh' ? grammars.zh : grammars.en;
  const words = (/** @type {string} */ text) => lines(text, 'task', 'language');
  return [
    ...comment(say('script.sentiment'), 'task'),
    ...words(listOf('STORIES', grammar.stories)),
    ...words(listOf('MACHINES', grammar.machines)),
    ...words(listOf('SURPRISING', grammar.surprising)),
    ...words(listOf('STEADY', grammar.steady)),
    ...words(listOf('LINKS', grammar.link)),
    ...words(listOf('SUBJECTS', grammar.subjects)),
    ...words(listOf('VERBS', grammar.verbs)),
    ...words(`ADVERBIALS = [\n${grammar.adverbials.map((phrases) => `    [${phrases.map(quoted).join(', ')}],`).join('\n')}\n]`),
    ...words(`OPENING, COPULA = ${quoted(grammar.opening)}, ${quoted(grammar.copula)}`),
    ...words(`ADVERBIALS_FIRST = ${grammar.adverbialsFirst ? 'True' : 'False'}`),
    ...lines(SENTENCES, 'task'),
    ...lines('        words += clause(T - 4, rng)', 'task', 'length'),
    ...lines(JUDGED, 'task'),
  ];
}
