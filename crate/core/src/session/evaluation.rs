//! How well a lane does on sequences that it was not trained on.

use super::{HELD_OUT, Session, largest};
use crate::loss::{IGNORE, Targets};
use crate::recurrent::Input;

impl Session {
    /// Loss and accuracy on the held-out sequences, in batches of the training tape's size.
    pub fn evaluate(&mut self) {
        let (steps, batch) = (self.task.steps(), self.batch.classes.len());
        let (mut correct, mut loss) = (0, 0.0);
        for first in (0..HELD_OUT).step_by(batch) {
            let live = batch.min(HELD_OUT - first);
            for b in 0..batch {
                // The places that the last batch leaves over repeat its first sequence and are not counted.
                let index = first + if b < live { b } else { 0 };
                self.batch.classes[b] = self.held_out.classes[index];
                for t in 0..steps {
                    self.batch.tokens[t * batch + b] = self.held_out.tokens[index * steps + t];
                }
            }
            self.trainer.network.forward(Input::OneHot(&self.batch.tokens), &mut self.tape);
            let size = self.tape.output.nrows();
            correct += right(&self.tape.output.as_slice()[..live * size], &self.batch.classes[..live]);
            self.batch.classes[live..].fill(IGNORE);
            loss += self.trainer.network.loss(Targets::Classes(&self.batch.classes), &mut self.tape) * live as f64;
        }
        self.figures.held_out_accuracy = correct as f64 / HELD_OUT as f64;
        self.figures.held_out_loss = loss / HELD_OUT as f64;
        self.figures.held_out_step = self.figures.step as f64;
    }
}

/// Number of columns whose largest output is at their class.
pub(super) fn right(outputs: &[f32], classes: &[u32]) -> usize {
    let size = outputs.len() / classes.len();
    outputs.chunks_exact(size).zip(classes).filter(|(column, class)| largest(column) == **class as usize).count()
}
