//! Optimisers and clipping, with PyTorch's semantics and defaults.

use crate::checkpoint::{CheckpointError, Reader, Writer};
use crate::lanes::{Lanes, for_each};
use crate::real::Real;
use crate::vector::all_finite;

/// Which optimiser, with its hyperparameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OptimizerKind {
    /// Stochastic gradient descent: `buf = μ·buf + g` (`buf = g` at first), then `p −= lr·buf`, or with Nesterov
    /// `p −= lr·(g + μ·buf)`.
    Sgd {
        /// μ.
        momentum: f64,
        /// Nesterov's variant.
        nesterov: bool,
        /// Added to the gradient times the weight.
        weight_decay: f64,
    },
    /// RMSprop: `v = α·v + (1 − α)·g²`, `p −= lr·g / (√v + ε)`.
    RmsProp {
        /// α.
        alpha: f64,
        /// ε.
        epsilon: f64,
        /// Added to the gradient times the weight.
        weight_decay: f64,
    },
    /// Adam (Kingma & Ba 2015), ε outside the square root; AdamW (Loshchilov & Hutter 2019) when decoupled.
    Adam {
        /// β₁.
        beta1: f64,
        /// β₂.
        beta2: f64,
        /// ε.
        epsilon: f64,
        /// Added to the gradient times the weight, or decoupled: the weight is first multiplied by 1 − lr·decay.
        weight_decay: f64,
        /// Which of the two.
        decoupled: bool,
    },
}

impl OptimizerKind {
    /// Plain stochastic gradient descent.
    #[must_use]
    pub const fn sgd() -> Self {
        Self::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 }
    }

    /// RMSprop with PyTorch's defaults: α 0.99, ε 1e−8.
    #[must_use]
    pub const fn rmsprop() -> Self {
        Self::RmsProp { alpha: 0.99, epsilon: 1e-8, weight_decay: 0.0 }
    }

    /// Adam with PyTorch's defaults: β 0.9 and 0.999, ε 1e−8.
    #[must_use]
    pub const fn adam() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, decoupled: false }
    }

    /// AdamW with PyTorch's defaults: as Adam, decay 0.01.
    #[must_use]
    pub const fn adamw() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01, decoupled: true }
    }

    /// Which of the two moment vectors are kept.
    fn moments(self) -> (bool, bool) {
        match self {
            Self::Sgd { momentum, .. } => (momentum != 0.0, false),
            Self::RmsProp { .. } => (false, true),
            Self::Adam { .. } => (true, true),
        }
    }
}

/// State of an optimiser for one flat parameter vector.
#[derive(Debug, Clone)]
pub struct Optimizer<R> {
    kind: OptimizerKind,
    learning_rate: f64,
    first_moment: Vec<R>,
    second_moment: Vec<R>,
    beta1_power: f64,
    beta2_power: f64,
}

impl<R: Real> Optimizer<R> {
    /// For `parameters` scalars.
    #[must_use]
    pub fn new(kind: OptimizerKind, learning_rate: f64, parameters: usize) -> Self {
        let (first, second) = kind.moments();
        let moment = |kept: bool| vec![R::ZERO; if kept { parameters } else { 0 }];
        Self {
            kind,
            learning_rate,
            first_moment: moment(first),
            second_moment: moment(second),
            beta1_power: 1.0,
            beta2_power: 1.0,
        }
    }

    /// One update of `weights`. Returns whether all new weights are finite.
    pub fn step(&mut self, weights: &mut [R], gradients: &[R]) -> bool {
        let rate = self.learning_rate;
        let splat = |value: f64| R::Lanes::splat(R::from_f64(value));
        match self.kind {
            OptimizerKind::Sgd { momentum, nesterov, weight_decay } => {
                self.sgd(weights, gradients, momentum, nesterov, weight_decay);
            }
            OptimizerKind::RmsProp { alpha, epsilon, weight_decay } => {
                let (rate, decay) = (splat(rate), splat(weight_decay));
                let (keep, fresh) = (splat(alpha), splat(1.0 - alpha));
                let epsilon = splat(epsilon);
                for_each([gradients], [weights, &mut self.second_moment], |[gradient], [weight, second]| {
                    let gradient = gradient + decay * weight;
                    let second = keep * second + fresh * gradient * gradient;
                    [weight - rate * gradient / (second.sqrt() + epsilon), second]
                });
            }
            OptimizerKind::Adam { beta1, beta2, epsilon, weight_decay, decoupled } => {
                self.beta1_power *= beta1;
                self.beta2_power *= beta2;
                let (keep1, keep2) = (splat(beta1), splat(beta2));
                let (fresh1, fresh2) = (splat(1.0 - beta1), splat(1.0 - beta2));
                let shrink = splat(if decoupled { 1.0 - rate * weight_decay } else { 1.0 });
                let decay = splat(if decoupled { 0.0 } else { weight_decay });
                let rate = splat(rate / (1.0 - self.beta1_power));
                let correction = splat(1.0 / (1.0 - self.beta2_power).sqrt());
                let epsilon = splat(epsilon);
                let (first, second) = (&mut self.first_moment, &mut self.second_moment);
                for_each([gradients], [weights, first, second], |[gradient], [weight, first, second]| {
                    let kept = weight * shrink;
                    let gradient = gradient + decay * weight;
                    let first = keep1 * first + fresh1 * gradient;
                    let second = keep2 * second + fresh2 * gradient * gradient;
                    [kept - rate * first / (second.sqrt() * correction + epsilon), first, second]
                });
            }
        }
        all_finite(weights)
    }

    fn sgd(&mut self, weights: &mut [R], gradients: &[R], momentum: f64, nesterov: bool, weight_decay: f64) {
        let (rate, decay) = (R::from_f64(self.learning_rate), R::from_f64(weight_decay));
        if momentum == 0.0 {
            for (weight, &gradient) in weights.iter_mut().zip(gradients) {
                *weight -= rate * (gradient + decay * *weight);
            }
            return;
        }
        // The first step takes the gradient itself: the buffer is zero and is not decayed.
        let keep = R::from_f64(momentum);
        for ((weight, &gradient), buffer) in weights.iter_mut().zip(gradients).zip(&mut self.first_moment) {
            let gradient = gradient + decay * *weight;
            *buffer = keep * *buffer + gradient;
            *weight -= rate * if nesterov { gradient + keep * *buffer } else { *buffer };
        }
    }
}

/// Moments that were read of a checkpoint.
#[derive(Debug)]
pub(crate) struct Moments {
    code: u32,
    powers: [f64; 2],
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Moments {
    pub(crate) fn read(code: u32, powers: [f64; 2], reader: &mut Reader<'_>) -> Result<Self, CheckpointError> {
        Ok(Self { code, powers, first: reader.floats()?, second: reader.floats()? })
    }
}

impl Optimizer<f32> {
    /// Number of the kind in a checkpoint.
    pub(crate) fn code(&self) -> u32 {
        match self.kind {
            OptimizerKind::Sgd { .. } => 0,
            OptimizerKind::RmsProp { .. } => 1,
            OptimizerKind::Adam { .. } => 2,
        }
    }

    pub(crate) fn beta_powers(&self) -> [f64; 2] {
        [self.beta1_power, self.beta2_power]
    }

    pub(crate) fn write_moments(&self, writer: &mut Writer) {
        writer.floats(&self.first_moment);
        writer.floats(&self.second_moment);
    }

    /// Takes over moments of the same kind of optimiser; those of another mean nothing here, and it begins anew. Whether they
    /// were taken over.
    pub(crate) fn restore(&mut self, moments: Moments) -> bool {
        let Moments { code, powers, first, second } = moments;
        let fits =
            code == self.code() && first.len() == self.first_moment.len() && second.len() == self.second_moment.len();
        if fits {
            [self.beta1_power, self.beta2_power] = powers;
            (self.first_moment, self.second_moment) = (first, second);
        } else {
            [self.beta1_power, self.beta2_power] = [1.0; 2];
            self.first_moment.fill(0.0);
            self.second_moment.fill(0.0);
        }
        fits
    }
}

/// How gradients are kept small before the update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clip {
    /// Not at all.
    None,
    /// By the global norm: scale all by min(1, threshold / (norm + 1e−6)), as PyTorch's `clip_grad_norm_`.
    Norm(f64),
    /// Every entry into ±threshold, as PyTorch's `clip_grad_value_`.
    Value(f64),
}

impl Clip {
    /// Clips gradients whose global norm is `norm`, which must be finite: scaling by an infinite norm would turn Inf
    /// into NaN. Returns the norm afterwards.
    pub fn apply<R: Real>(self, gradients: &mut [R], norm: f64) -> f64 {
        match self {
            Self::None => norm,
            Self::Norm(threshold) => {
                let coefficient = threshold / (norm + 1e-6);
                if coefficient >= 1.0 {
                    return norm;
                }
                let factor = R::from_f64(coefficient);
                gradients.iter_mut().for_each(|gradient| *gradient *= factor);
                norm * coefficient
            }
            Self::Value(threshold) => {
                let limit = R::from_f64(threshold);
                for gradient in gradients.iter_mut() {
                    let low = if *gradient < -limit { -limit } else { *gradient };
                    *gradient = if low > limit { limit } else { low };
                }
                crate::vector::norm(gradients)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_tells_when_a_weight_stops_being_finite() {
        let mut optimizer = Optimizer::<f32>::new(OptimizerKind::sgd(), 1e30, 1);
        assert!(!optimizer.step(&mut [1.0], &[1e30]));
    }
}
