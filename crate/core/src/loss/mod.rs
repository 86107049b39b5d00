//! Losses: the value and its gradient with respect to the raw outputs.

mod cross_entropy;
mod mean_squared_error;

pub use cross_entropy::softmax;

use crate::real::Real;

/// Which loss the outputs are trained with; PyTorch's definitions, reduction `mean`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Softmax cross-entropy, mean over the columns.
    CrossEntropy,
    /// Mean squared error over all entries.
    MeanSquaredError,
}

/// What the outputs should be.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a, R> {
    /// One class id a column.
    Classes(&'a [u32]),
    /// One value an entry, `[O, N]` column-major.
    Values(&'a [R]),
}

impl Loss {
    /// Loss of `outputs` `[O, N]`, whose gradient is written to `d_outputs`.
    ///
    /// # Panics
    /// When targets are of the other kind or the wrong number: the network checks them first.
    pub fn evaluate<R: Real>(self, outputs: &[R], size: usize, targets: Targets<'_, R>, d_outputs: &mut [R]) -> f64 {
        match (self, targets) {
            (Self::CrossEntropy, Targets::Classes(classes)) => {
                cross_entropy::evaluate(outputs, size, classes, d_outputs)
            }
            (Self::MeanSquaredError, Targets::Values(values)) => {
                mean_squared_error::evaluate(outputs, values, d_outputs)
            }
            (loss, _) => panic!("targets of the wrong kind for {loss:?}"),
        }
    }
}
