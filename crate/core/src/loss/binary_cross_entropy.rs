//! Binary cross-entropy on logits: −(w·y·ln σ(z) + (1 − y)·ln σ(−z)), mean over all entries.

use super::{Columns, sum_entries};
use crate::real::Real;

pub(super) fn evaluate<R: Real>(
    outputs: &[R],
    columns: Columns<'_>,
    values: &[R],
    positive_weight: f64,
    d_outputs: &mut [R],
) -> f64 {
    let share = 1.0 / columns.entries(outputs.len() / columns.size) as f64;
    let sum = sum_entries(outputs, columns, values, d_outputs, |output, value| {
        let (z, y) = (output.to_f64(), value.to_f64());
        // −ln σ(z) = max(−z, 0) + ln(1 + e^−|z|): neither overflows nor cancels.
        let tail = libm::log1p(Real::exp(-z.abs()));
        let (minus_log_yes, minus_log_no) = ((-z).max(0.0) + tail, z.max(0.0) + tail);
        let sigmoid = Real::sigmoid(z);
        let slope = (1.0 - y) * sigmoid - positive_weight * y * (1.0 - sigmoid);
        (positive_weight * y * minus_log_yes + (1.0 - y) * minus_log_no, R::from_f64(slope * share))
    });
    sum * share
}
