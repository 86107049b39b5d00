//! The sequences that a lane is not trained on.

use super::HELD_OUT;
use crate::rng::{Purpose, Rng};
use crate::task::{Part, Task};

/// Held-out sequences, one after another, [`HELD_OUT`] of them.
#[derive(Debug, Clone)]
pub(super) struct Examples {
    /// T of each.
    pub steps: usize,
    pub tokens: Vec<u32>,
    pub classes: Vec<u32>,
}

impl Examples {
    pub fn held_out(task: &dyn Task, seed: u32) -> Self {
        let mut sequence = vec![0; task.steps()];
        let mut examples = Self { steps: task.steps(), tokens: Vec::new(), classes: Vec::new() };
        let mut rng = Rng::new(seed, Purpose::HeldOut);
        for _ in 0..HELD_OUT {
            examples.classes.push(task.sample(Part::HeldOut, &mut rng, &mut sequence));
            examples.tokens.extend_from_slice(&sequence);
        }
        examples
    }

    pub fn tokens(&self, example: usize) -> &[u32] {
        &self.tokens[example * self.steps..(example + 1) * self.steps]
    }
}
