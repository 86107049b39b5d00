//! Mean squared error over all entries.

use super::Columns;
use crate::real::Real;

pub(super) fn evaluate<R: Real>(outputs: &[R], columns: Columns<'_>, values: &[R], d_outputs: &mut [R]) -> f64 {
    assert_eq!(outputs.len(), values.len(), "outputs");
    let (size, count) = (columns.size, outputs.len() / columns.size);
    let entries = columns.entries(count) as f64;
    let share = R::from_f64(2.0 / entries);
    let mut sum = 0.0;
    let pairs = outputs.chunks_exact(size).zip(values.chunks_exact(size));
    for (n, (d_column, (outputs, values))) in d_outputs.chunks_exact_mut(size).zip(pairs).enumerate() {
        if !columns.counts(n, count) {
            d_column.fill(R::ZERO);
            continue;
        }
        for ((gradient, &output), &value) in d_column.iter_mut().zip(outputs).zip(values) {
            let difference = output - value;
            sum += difference.to_f64() * difference.to_f64();
            *gradient = share * difference;
        }
    }
    sum / entries
}
