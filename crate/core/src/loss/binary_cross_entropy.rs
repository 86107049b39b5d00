//! Binary cross-entropy on logits: −(w·y·ln σ(z) + (1 − y)·ln σ(−z)), mean over all entries.

use super::Columns;
use crate::real::Real;

pub(super) fn evaluate<R: Real>(
    outputs: &[R],
    columns: Columns<'_>,
    values: &[R],
    positive_weight: f64,
    d_outputs: &mut [R],
) -> f64 {
    assert_eq!(outputs.len(), values.len(), "outputs");
    let (size, count) = (columns.size, outputs.len() / columns.size);
    let share = 1.0 / columns.entries(count) as f64;
    let mut sum = 0.0;
    let pairs = outputs.chunks_exact(size).zip(values.chunks_exact(size));
    for (n, (d_column, (outputs, values))) in d_outputs.chunks_exact_mut(size).zip(pairs).enumerate() {
        if !columns.counts(n, count) {
            d_column.fill(R::ZERO);
            continue;
        }
        for ((gradient, output), value) in d_column.iter_mut().zip(outputs).zip(values) {
            let (z, y) = (output.to_f64(), value.to_f64());
            // −ln σ(z) = max(−z, 0) + ln(1 + e^−|z|): neither overflows nor cancels.
            let tail = libm::log1p(crate::activation::f64::exp(-z.abs()));
            let (minus_log_yes, minus_log_no) = ((-z).max(0.0) + tail, z.max(0.0) + tail);
            sum += positive_weight * y * minus_log_yes + (1.0 - y) * minus_log_no;
            let sigmoid = crate::activation::f64::sigmoid(z);
            let slope = (1.0 - y) * sigmoid - positive_weight * y * (1.0 - sigmoid);
            *gradient = R::from_f64(slope * share);
        }
    }
    sum * share
}
