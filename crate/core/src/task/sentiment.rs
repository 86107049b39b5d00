//! Sentiment over a distance: noun and judgement separated by a clause, after the chapter's
//! "The movie that I watched yesterday was amazing".
//!
//! The judgements are words whose sentiment depends on the noun: a surprising story is good, surprising brakes are not.
//! So neither word alone tells the class (chance is .5), and the noun must be remembered across the clause.
//! A sentence belongs to the training or the held-out part by a hash of its words: the parts share no sentence.

use super::{Part, Task};
use crate::rng::Rng;
use serde::Serialize;

/// Language of the sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese, a token a word.
    Chinese,
}

/// Words of a language. Phrases of several words are separated by spaces.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grammar {
    /// Before the noun.
    opening: &'static str,
    /// Of these one likes to be surprised.
    stories: &'static [&'static str],
    /// Of these one does not.
    machines: &'static [&'static str],
    /// Opens every part of the clause but the first, and the first if `opens_first`.
    link: &'static [&'static str],
    /// Who.
    subjects: &'static [&'static str],
    /// Did what: nothing that would give the noun away.
    verbs: &'static [&'static str],
    /// When, where, with whom: `adverbials[n]` have n + 1 words.
    adverbials: [&'static [&'static str]; 4],
    /// Before the judgement.
    copula: &'static str,
    /// Good for stories, bad for machines.
    surprising: &'static [&'static str],
    /// Bad for stories, good for machines.
    steady: &'static [&'static str],
    /// Whether adverbials stand before subject and verb (Chinese) or after (English).
    adverbials_first: bool,
}

const ENGLISH: Grammar = Grammar {
    opening: "the",
    stories: &["movie", "novel", "story", "song", "game", "plot"],
    machines: &["train", "brake", "printer", "bank", "clock", "bridge"],
    link: &["that", "and that"],
    subjects: &["I", "we", "you", "she", "he", "they"],
    verbs: &["tried", "chose", "described", "noticed", "mentioned", "remembered"],
    adverbials: [
        &["yesterday", "again", "together", "recently", "twice", "outdoors"],
        &["at noon", "last week", "by chance", "in spring", "after work", "with friends"],
        &["in the rain", "on the road", "during the holidays", "after the lesson", "before the storm"],
        &["in a small town", "after a long day", "on a quiet evening", "with my old friends"],
    ],
    copula: "was",
    surprising: &["unpredictable", "surprising", "unexpected"],
    steady: &["predictable", "unsurprising", "uneventful"],
    adverbials_first: false,
};

const CHINESE: Grammar = Grammar {
    opening: "这个",
    stories: &["电影", "小说", "故事", "歌曲", "游戏", "剧情"],
    machines: &["列车", "刹车", "打印机", "银行", "时钟", "大桥"],
    link: &["，", "，"],
    subjects: &["我", "我们", "你", "她", "他", "大家"],
    verbs: &["试过", "选过", "提过", "聊过", "留意过", "介绍过"],
    adverbials: [
        &["昨天", "上周", "去年", "后来", "当时", "最近"],
        &["在 老家", "在 路上", "跟 朋友", "趁 假期", "雨 中", "下班 后"],
        &["在 小镇 上", "跟 老 朋友", "一 个 晚上", "暴雨 来临 前"],
        &["在 安静 的 夜晚", "忙 了 一天 后", "跟 几 位 同学"],
    ],
    copula: "实在",
    surprising: &["出人意料", "变幻莫测", "难以预料"],
    steady: &["毫无悬念", "一成不变", "不出所料"],
    adverbials_first: true,
};

/// Share of the sentences that are held out: one in this many.
const HELD_OUT_SHARE: u64 = 5;
/// Opening, noun, copula and judgement.
const FRAME: usize = 4;

/// A sentence that is being written, into the caller's buffer.
struct Sentence<'a> {
    tokens: &'a mut [u32],
    len: usize,
}

/// The sentiment task.
pub struct Sentiment {
    grammar: &'static Grammar,
    steps: usize,
    tokens: Vec<String>,
    classes: Vec<String>,
}

impl std::fmt::Debug for Sentiment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sentiment").field("steps", &self.steps).finish_non_exhaustive()
    }
}

impl Sentiment {
    /// The shortest sentence: no clause at all.
    pub const SHORTEST: usize = FRAME;

    /// Sentences of `steps` words: the clause between noun and copula has `steps − 4`.
    ///
    /// # Panics
    /// When `steps` is below [`SHORTEST`](Self::SHORTEST).
    #[must_use]
    pub fn new(language: Language, steps: usize) -> Self {
        assert!(steps >= Self::SHORTEST, "steps");
        let grammar = Grammar::of(language);
        let mut tokens: Vec<String> = Vec::new();
        for phrase in grammar.phrases() {
            for word in phrase.split(' ') {
                if !tokens.iter().any(|token| token == word) {
                    tokens.push(word.to_owned());
                }
            }
        }
        Self { grammar, steps, tokens, classes: vec!["negative".to_owned(), "positive".to_owned()] }
    }

    // Once rather than at each of its calls, which are many and not hot.
    #[inline(never)]
    fn push(&self, phrase: &str, sentence: &mut Sentence<'_>) {
        for word in phrase.split(' ') {
            // Every word of the grammar is in the vocabulary by construction.
            let id = self.tokens.iter().position(|token| token == word).unwrap_or_default();
            sentence.tokens[sentence.len] = id as u32;
            sentence.len += 1;
        }
    }

    /// Appends exactly `room` words of adverbials.
    fn adverbials(&self, mut room: usize, rng: &mut Rng, sentence: &mut Sentence<'_>) {
        while room > 0 {
            let length = 1 + rng.below(room.min(self.grammar.adverbials.len()));
            self.push(pick(self.grammar.adverbials[length - 1], rng), sentence);
            room -= length;
        }
    }

    /// Appends a clause of exactly `room` words: parts of the form "link subject verb adverbials".
    fn clause(&self, mut room: usize, rng: &mut Rng, sentence: &mut Sentence<'_>) {
        let mut link = self.grammar.link[0];
        loop {
            let core = link.split(' ').count() + 2;
            if room < core {
                return self.adverbials(room, rng, sentence);
            }
            let spare = room - core;
            // Up to six words of circumstances a part; all that is left when no further part would fit.
            let extra = if spare <= 6 { spare } else { rng.below(7).min(spare) };
            self.push(link, sentence);
            if self.grammar.adverbials_first {
                self.adverbials(extra, rng, sentence);
            }
            self.push(pick(self.grammar.subjects, rng), sentence);
            self.push(pick(self.grammar.verbs, rng), sentence);
            if !self.grammar.adverbials_first {
                self.adverbials(extra, rng, sentence);
            }
            room = spare - extra;
            link = self.grammar.link[1];
            if room == 0 {
                return;
            }
        }
    }
}

impl Grammar {
    /// The words of this language, for whoever writes the task down elsewhere.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Chinese => &CHINESE,
        }
    }

    /// Cue words first: whoever shows a sentence can tell them by their ids.
    fn phrases(&self) -> impl Iterator<Item = &'static str> {
        let cues = [self.stories, self.machines, self.surprising, self.steady];
        let clause = [self.link, self.subjects, self.verbs];
        let single = [self.opening, self.copula];
        cues.into_iter()
            .flatten()
            .chain(clause.into_iter().flatten())
            .chain(self.adverbials.into_iter().flatten())
            .copied()
            .chain(single)
    }

    fn cues(&self) -> usize {
        self.stories.len() + self.machines.len() + self.surprising.len() + self.steady.len()
    }
}

impl Task for Sentiment {
    fn steps(&self) -> usize {
        self.steps
    }

    fn tokens(&self) -> &[String] {
        &self.tokens
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn cues(&self) -> usize {
        self.grammar.cues()
    }

    fn sample(&self, part: Part, rng: &mut Rng, tokens: &mut [u32]) -> u32 {
        let mut sentence = Sentence { tokens, len: 0 };
        loop {
            sentence.len = 0;
            let is_story = rng.below(2) == 0;
            let is_surprising = rng.below(2) == 0;
            self.push(self.grammar.opening, &mut sentence);
            self.push(pick(if is_story { self.grammar.stories } else { self.grammar.machines }, rng), &mut sentence);
            self.clause(self.steps - FRAME, rng, &mut sentence);
            self.push(self.grammar.copula, &mut sentence);
            let judgements = if is_surprising { self.grammar.surprising } else { self.grammar.steady };
            self.push(pick(judgements, rng), &mut sentence);
            if part_of(sentence.tokens) == part {
                return u32::from(is_story == is_surprising);
            }
        }
    }
}

fn pick(words: &'static [&'static str], rng: &mut Rng) -> &'static str {
    words[rng.below(words.len())]
}

/// FNV-1a over the token ids decides the part.
fn part_of(sentence: &[u32]) -> Part {
    let hash = sentence
        .iter()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, token| (hash ^ u64::from(*token)).wrapping_mul(0x0100_0000_01B3));
    if (hash >> 32) % HELD_OUT_SHARE == 0 { Part::HeldOut } else { Part::Training }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;
    use std::collections::HashSet;

    fn sentences(task: &Sentiment, part: Part, count: usize) -> Vec<(Vec<u32>, u32)> {
        let mut rng = Rng::new(5, Purpose::Training);
        let mut tokens = vec![0; task.steps()];
        (0..count)
            .map(|_| {
                let class = task.sample(part, &mut rng, &mut tokens);
                (tokens.clone(), class)
            })
            .collect()
    }

    #[test]
    fn parts_share_no_sentence_and_both_exist_at_every_length() {
        for language in [Language::English, Language::Chinese] {
            for steps in [4, 5, 6, 7, 8, 9, 12, 50] {
                let task = Sentiment::new(language, steps);
                let training: HashSet<_> =
                    sentences(&task, Part::Training, 400).into_iter().map(|(tokens, _)| tokens).collect();
                for (tokens, _) in sentences(&task, Part::HeldOut, 400) {
                    assert_eq!(tokens.len(), steps);
                    assert!(!training.contains(&tokens));
                }
            }
        }
    }

    #[test]
    fn neither_noun_nor_judgement_alone_tells_the_class() {
        let task = Sentiment::new(Language::English, 12);
        let drawn = sentences(&task, Part::Training, 8000);
        for position in [1, 11] {
            for word in 0..task.cues() as u32 {
                let classes: Vec<_> = drawn.iter().filter(|(s, _)| s[position] == word).map(|(_, c)| *c).collect();
                if !classes.is_empty() {
                    let share = f64::from(classes.iter().sum::<u32>()) / classes.len() as f64;
                    assert!((share - 0.5).abs() < 0.1, "{} {share}", task.tokens()[word as usize]);
                }
            }
        }
    }

    #[test]
    fn the_class_follows_from_noun_and_judgement() {
        let task = Sentiment::new(Language::Chinese, 9);
        for (tokens, class) in sentences(&task, Part::Training, 200) {
            let is_story = tokens[1] < 6;
            let is_surprising = tokens[8] < 15;
            assert_eq!(class, u32::from(is_story == is_surprising));
        }
    }
}
