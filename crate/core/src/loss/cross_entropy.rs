//! Softmax cross-entropy: −log softmax(z)[class], mean over the columns.

use super::IGNORE;
use crate::error::{Error, ShapeError};
use crate::lanes::{Lanes, for_each};
use crate::real::Real;

/// Options of softmax cross-entropy; the default is the plain loss.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CrossEntropy {
    /// A weight for each class; the mean is then weighted too.
    pub class_weights: Option<Vec<f64>>,
    /// ε: the target becomes (1 − ε) one-hot + ε uniform.
    pub label_smoothing: f64,
}

/// Softmax of one column in place, shifted by its maximum m so that no exponential overflows; returns m and ln Σ e^(z − m).
///
/// The two are kept apart: their sum would be rounded at the size of the logits.
pub fn softmax<R: Real>(column: &mut [R]) -> (R, R) {
    let max = column.iter().copied().fold(column[0], |m, z| if z > m { z } else { m });
    let (k, largest) = (R::Lanes::constants(), R::Lanes::splat(max));
    for_each([], [column], |[], [z]| [(z - largest).exp(k)]);
    let sum = column.iter().fold(R::ZERO, |sum, &e| sum + e);
    let total = R::Lanes::splat(sum);
    for_each([], [column], |[], [e]| [e / total]);
    (max, sum.ln())
}

impl CrossEntropy {
    pub(super) fn check(&self, size: usize) -> Result<(), Error> {
        if !(0.0..=1.0).contains(&self.label_smoothing) {
            return Err(Error::InvalidConfig {
                field: "labelSmoothing",
                expected: "a number within 0..=1".into(),
                given: if self.label_smoothing > 1.0 { "more" } else { "less, or no number" }.into(),
            });
        }
        match &self.class_weights {
            Some(weights) if weights.len() != size => {
                Err(ShapeError { what: "classWeights", expected: [1, size], got: [1, weights.len()] }.into())
            }
            _ => Ok(()),
        }
    }

    fn weight(&self, class: usize) -> f64 {
        self.class_weights.as_ref().map_or(1.0, |weights| weights[class])
    }

    pub(super) fn evaluate<R: Real>(&self, outputs: &[R], size: usize, classes: &[u32], d_outputs: &mut [R]) -> f64 {
        assert_eq!(outputs.len(), size * classes.len(), "outputs");
        let counted = classes.iter().filter(|class| **class != IGNORE);
        let total: f64 = counted.map(|class| self.weight(*class as usize)).sum();
        let columns = outputs.chunks_exact(size).zip(d_outputs.chunks_exact_mut(size)).zip(classes);
        let mut loss = 0.0;
        for ((column, d_column), &class) in columns {
            if class == IGNORE {
                d_column.fill(R::ZERO);
                continue;
            }
            let class = class as usize;
            d_column.copy_from_slice(column);
            let shift = softmax(d_column);
            loss += if self.class_weights.is_none() && self.label_smoothing == 0.0 {
                plain(column, d_column, class, shift, R::from_f64(1.0 / total))
            } else {
                self.weighted(column, d_column, class, shift, total)
            };
        }
        loss / total
    }

    /// Turns the softmax in `d_column` into the gradient; returns the column's own loss.
    fn weighted<R: Real>(&self, column: &[R], d_column: &mut [R], class: usize, shift: (R, R), total: f64) -> f64 {
        let smooth = self.label_smoothing / column.len() as f64;
        let target = |c: usize| {
            let hit = if c == class { (1.0 - self.label_smoothing) * self.weight(class) } else { 0.0 };
            hit + smooth * self.weight(c)
        };
        let mass: f64 = (0..column.len()).map(target).sum();
        let mut loss = 0.0;
        for (c, (&z, gradient)) in column.iter().zip(d_column).enumerate() {
            loss += target(c) * minus_log(z, shift);
            *gradient = R::from_f64((gradient.to_f64() * mass - target(c)) / total);
        }
        loss
    }
}

/// −ln softmax(z), from the maximum and ln Σ e^(z − maximum) of its column.
fn minus_log<R: Real>(z: R, (max, log_sum): (R, R)) -> f64 {
    (log_sum - (z - max)).to_f64()
}

/// The same for the plain loss, in this scalar.
fn plain<R: Real>(column: &[R], d_column: &mut [R], class: usize, shift: (R, R), share: R) -> f64 {
    d_column[class] -= R::ONE;
    for gradient in d_column {
        *gradient *= share;
    }
    minus_log(column[class], shift)
}
