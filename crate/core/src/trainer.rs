//! One training step: forward, loss, backward, clipping, update. Never writes a number that is not finite.

use crate::loss::Targets;
use crate::network::{Network, NetworkTape};
use crate::optim::{Clip, Optimizer};
use crate::real::Real;
use crate::recurrent::Input;
use crate::vector::norm;

/// A network with what it takes to train it.
#[derive(Debug, Clone)]
pub struct Trainer<R: Real> {
    /// The network.
    pub network: Network<R>,
    optimizer: Optimizer<R>,
    clip: Clip,
    /// Weights before the last update: where a run that diverged goes back to.
    previous: Vec<R>,
    step: usize,
    skipped: usize,
}

/// What came of a training step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// Loss of the batch before the update.
    pub loss: f64,
    /// Norm of all gradients before clipping.
    pub gradient_norm: f64,
    /// Norm of all gradients after clipping.
    pub clipped_norm: f64,
    /// Updates done so far, this one included.
    pub step: usize,
}

/// A number of a training step was not finite; the step was not done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NonFinite {
    /// `loss`, `gradientNorm` or `weights`.
    pub quantity: &'static str,
    /// Loss of the batch.
    pub loss: f64,
    /// Norm of all gradients; NaN when it did not come to that.
    pub gradient_norm: f64,
}

impl<R: Real> Trainer<R> {
    /// A run that has not begun.
    #[must_use]
    pub fn new(network: Network<R>, optimizer: Optimizer<R>, clip: Clip) -> Self {
        let previous = network.weights().to_vec();
        Self { network, optimizer, clip, previous, step: 0, skipped: 0 }
    }

    /// Updates done.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.step
    }

    /// Training steps that were not done because a number was not finite.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// One training step on a batch that fits (see [`Network::check_input`], [`Network::check_targets`]).
    ///
    /// # Errors
    /// When a number is not finite: weights and optimiser are as before.
    pub fn step(
        &mut self,
        input: Input<'_, R>,
        targets: Targets<'_, R>,
        tape: &mut NetworkTape<R>,
    ) -> Result<Report, NonFinite> {
        self.network.forward(input, tape);
        let loss = self.network.loss(targets, tape);
        let mut refuse = |quantity, gradient_norm| {
            self.skipped += 1;
            Err(NonFinite { quantity, loss, gradient_norm })
        };
        if !loss.is_finite() {
            return refuse("loss", f64::NAN);
        }
        self.network.backward(input, tape, None);
        let gradient_norm = norm(self.network.gradients());
        if !gradient_norm.is_finite() {
            return refuse("gradientNorm", gradient_norm);
        }
        self.previous.copy_from_slice(self.network.weights());
        let (clip, optimizer) = (self.clip, &mut self.optimizer);
        let (clipped_norm, is_finite) = self.network.update(|weights, gradients| {
            let clipped = clip.apply(gradients, gradient_norm);
            (clipped, optimizer.step(weights, gradients))
        });
        if !is_finite {
            self.skipped += 1;
            self.rewind();
            return Err(NonFinite { quantity: "weights", loss, gradient_norm });
        }
        self.step += 1;
        Ok(Report { loss, gradient_norm, clipped_norm, step: self.step })
    }

    /// Goes back to the weights before the last update.
    pub fn rewind(&mut self) {
        let previous = &self.previous;
        self.network.update(|weights, _| weights.copy_from_slice(previous));
    }
}
