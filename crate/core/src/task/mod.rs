//! What the networks are trained on: token sequences with a class to be named at the last timestep.

mod recall;
mod sentiment;

pub use recall::Recall;
pub use sentiment::{Grammar, Language, Sentiment};

use crate::rng::Rng;

/// Which share of all sequences one is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// For training.
    Training,
    /// Never trained on.
    HeldOut,
}

/// A family of labelled token sequences of one length.
pub trait Task: std::fmt::Debug {
    /// T.
    fn steps(&self) -> usize;

    /// Texts of the tokens; a token's id is its place.
    fn tokens(&self) -> &[String];

    /// How many tokens carry the class; they are the first ones. All others only fill time.
    fn cues(&self) -> usize;

    /// Names of the classes.
    fn classes(&self) -> &[String];

    /// Draws one sequence of [`steps`](Self::steps) token ids into `tokens`; returns its class.
    fn sample(&self, part: Part, rng: &mut Rng, tokens: &mut [u32]) -> u32;
}
