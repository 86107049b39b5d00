//! Optimisers and clipping, with PyTorch's semantics and defaults.

use crate::real::Real;
use crate::vector::all_finite;

/// Which optimiser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OptimizerKind {
    /// Plain stochastic gradient descent.
    Sgd,
    /// Adam (Kingma & Ba 2015): β₁ 0.9, β₂ 0.999, ε 1e−8, outside the square root.
    Adam,
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

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl<R: Real> Optimizer<R> {
    /// For `parameters` scalars.
    #[must_use]
    pub fn new(kind: OptimizerKind, learning_rate: f64, parameters: usize) -> Self {
        let moments = match kind {
            OptimizerKind::Sgd => 0,
            OptimizerKind::Adam => parameters,
        };
        Self {
            kind,
            learning_rate,
            first_moment: vec![R::ZERO; moments],
            second_moment: vec![R::ZERO; moments],
            beta1_power: 1.0,
            beta2_power: 1.0,
        }
    }

    /// One update of `weights`. Returns whether all new weights are finite.
    pub fn step(&mut self, weights: &mut [R], gradients: &[R]) -> bool {
        match self.kind {
            OptimizerKind::Sgd => {
                let rate = R::from_f64(self.learning_rate);
                for (weight, &gradient) in weights.iter_mut().zip(gradients) {
                    *weight -= rate * gradient;
                }
            }
            OptimizerKind::Adam => {
                self.beta1_power *= BETA1;
                self.beta2_power *= BETA2;
                let (decay1, decay2) = (R::from_f64(BETA1), R::from_f64(BETA2));
                let (fresh1, fresh2) = (R::from_f64(1.0 - BETA1), R::from_f64(1.0 - BETA2));
                let rate = R::from_f64(self.learning_rate / (1.0 - self.beta1_power));
                let correction = R::from_f64((1.0 - self.beta2_power).sqrt());
                let epsilon = R::from_f64(EPSILON);
                let moments = self.first_moment.iter_mut().zip(&mut self.second_moment);
                for ((weight, &gradient), (first, second)) in weights.iter_mut().zip(gradients).zip(moments) {
                    *first = decay1 * *first + fresh1 * gradient;
                    *second = decay2 * *second + fresh2 * gradient * gradient;
                    *weight -= rate * *first / (second.sqrt() / correction + epsilon);
                }
            }
        }
        all_finite(weights)
    }
}

/// Clips by the global norm as PyTorch's `clip_grad_norm_`: scale by min(1, threshold / (norm + 1e−6)).
///
/// Returns the norm afterwards. `norm` must be finite: with an infinite norm this would turn Inf into NaN.
pub fn clip_by_norm<R: Real>(gradients: &mut [R], norm: f64, threshold: f64) -> f64 {
    let coefficient = threshold / (norm + 1e-6);
    if coefficient >= 1.0 {
        return norm;
    }
    let factor = R::from_f64(coefficient);
    for gradient in gradients {
        *gradient *= factor;
    }
    norm * coefficient
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_tells_when_a_weight_stops_being_finite() {
        let mut optimizer = Optimizer::<f32>::new(OptimizerKind::Sgd, 1e30, 1);
        assert!(!optimizer.step(&mut [1.0], &[1e30]));
    }
}
