//! Delayed recall: the class is the first symbol; everything after it is a distractor from another alphabet.
//!
//! Training and held-out sequences come from different random streams; among alphabetᵀ sequences of the usual lengths
//! none is met twice.

use super::{Part, Task};
use crate::rng::Rng;

/// Delayed recall over `steps` timesteps (so the lag is `steps − 1`).
#[derive(Debug)]
pub struct Recall {
    steps: usize,
    tokens: Vec<String>,
    classes: Vec<String>,
}

impl Recall {
    /// `alphabet` symbols A, B, … to be recalled and as many distractors a, b, ….
    ///
    /// # Panics
    /// When the alphabet is not within 1..=26.
    #[must_use]
    pub fn new(steps: usize, alphabet: usize) -> Self {
        assert!((1..=26).contains(&alphabet), "alphabet");
        let letters = |first: u8| (0..alphabet as u8).map(move |k| char::from(first + k).to_string());
        Self { steps, tokens: letters(b'A').chain(letters(b'a')).collect(), classes: letters(b'A').collect() }
    }
}

impl Task for Recall {
    fn steps(&self) -> usize {
        self.steps
    }

    fn tokens(&self) -> &[String] {
        &self.tokens
    }

    fn cues(&self) -> usize {
        self.classes.len()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn sample(&self, _: Part, rng: &mut Rng, tokens: &mut [u32]) -> u32 {
        let alphabet = self.classes.len();
        let class = rng.below(alphabet) as u32;
        if let Some((first, distractors)) = tokens.split_first_mut() {
            *first = class;
            distractors.fill_with(|| (alphabet + rng.below(alphabet)) as u32);
        }
        class
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn only_the_first_symbol_carries_the_class() {
        let task = Recall::new(12, 4);
        let mut rng = Rng::new(3, Purpose::Training);
        let mut tokens = [0; 12];
        let mut seen = [0; 4];
        for _ in 0..400 {
            let class = task.sample(Part::Training, &mut rng, &mut tokens);
            assert_eq!(tokens[0], class);
            assert!(tokens[1..].iter().all(|token| (4..8).contains(token)));
            seen[class as usize] += 1;
        }
        assert!(seen.iter().all(|count| *count > 60), "{seen:?}");
    }
}
