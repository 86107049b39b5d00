//! One training step: forward, loss, backward, clipping, update. Never writes a number that is not finite.

use crate::checkpoint::{CheckpointError, Reader, Writer};
use crate::clipping::{ParameterNorm, parameter_norms};
use crate::loss::Targets;
use crate::network::{Network, NetworkTape};
use crate::optim::{Clip, Moments, Optimizer};
use crate::real::Real;
use crate::recurrent::Input;

/// A network with what it takes to train it.
#[derive(Debug, Clone)]
pub struct Trainer<R: Real> {
    /// The network.
    pub network: Network<R>,
    optimizer: Optimizer<R>,
    clip: Clip,
    /// Weights before the last update: where a run that diverged goes back to.
    previous: Vec<R>,
    norms: Vec<ParameterNorm>,
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
        let norms = vec![ParameterNorm::NONE; network.parameters().specs().len()];
        Self { network, optimizer, clip, previous, norms, step: 0, skipped: 0 }
    }

    /// Norm of each parameter's gradient in the last training step that came to the gradients, before and after clipping;
    /// NaN before the first.
    #[must_use]
    pub fn parameter_norms(&self) -> &[ParameterNorm] {
        &self.norms
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
        let (parameters, gradients) = (self.network.parameters(), self.network.gradients());
        let gradient_norm = parameter_norms(parameters, gradients, self.clip, &mut self.norms).before;
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

/// A trainer's part of a checkpoint, read and not yet taken over.
#[derive(Debug)]
pub(crate) struct TrainerState {
    step: usize,
    skipped: usize,
    weights: Vec<f32>,
    previous: Vec<f32>,
    norms: Vec<ParameterNorm>,
    moments: Moments,
}

impl TrainerState {
    /// Counts of the header.
    pub(crate) fn read_counts(reader: &mut Reader<'_>) -> Result<[usize; 2], CheckpointError> {
        Ok([reader.count()?, reader.count()?])
    }

    /// The rest, for a network of so many trainable scalars in so many parameters.
    pub(crate) fn read(
        [step, skipped]: [usize; 2],
        code: u32,
        [parameters, tensors]: [usize; 2],
        reader: &mut Reader<'_>,
    ) -> Result<Self, CheckpointError> {
        let powers = [reader.f64()?, reader.f64()?];
        let norm = |reader: &mut Reader<'_>| Ok(ParameterNorm { before: reader.f64()?, after: reader.f64()? });
        let norms = (0..tensors).map(|_| norm(reader)).collect::<Result<Vec<_>, CheckpointError>>()?;
        let (weights, previous) = (reader.floats()?, reader.floats()?);
        if weights.len() != parameters || previous.len() != parameters {
            return Err(CheckpointError::OtherNetwork { expected: parameters, got: weights.len() });
        }
        Ok(Self { step, skipped, weights, previous, norms, moments: Moments::read(code, powers, reader)? })
    }
}

impl Trainer<f32> {
    /// Number of the optimiser's kind in a checkpoint.
    pub(crate) fn optimizer_code(&self) -> u32 {
        self.optimizer.code()
    }

    pub(crate) fn write_counts(&self, writer: &mut Writer) {
        writer.u64(self.step as u64);
        writer.u64(self.skipped as u64);
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.optimizer.beta_powers().into_iter().for_each(|power| writer.f64(power));
        self.norms.iter().flat_map(|norm| [norm.before, norm.after]).for_each(|norm| writer.f64(norm));
        writer.floats(self.network.weights());
        writer.floats(&self.previous);
        self.optimizer.write_moments(writer);
    }

    /// Goes on from where the checkpoint was made. Whether the optimiser does, too: one of another kind begins anew.
    pub(crate) fn restore(&mut self, state: TrainerState) -> bool {
        (self.step, self.skipped, self.previous, self.norms) = (state.step, state.skipped, state.previous, state.norms);
        self.network.update(|weights, _| weights.copy_from_slice(&state.weights));
        self.optimizer.restore(state.moments)
    }
}
