//! Mean squared error over all entries.

use super::{Columns, sum_entries};
use crate::real::Real;

pub(super) fn evaluate<R: Real>(outputs: &[R], columns: Columns<'_>, values: &[R], d_outputs: &mut [R]) -> f64 {
    let entries = columns.entries(outputs.len() / columns.size) as f64;
    let share = R::from_f64(2.0 / entries);
    let sum = sum_entries(outputs, columns, values, d_outputs, |output, value| {
        let difference = output - value;
        (difference.to_f64() * difference.to_f64(), share * difference)
    });
    sum / entries
}
