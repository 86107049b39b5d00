//! Mean squared error over all entries.

use crate::real::Real;

pub(super) fn evaluate<R: Real>(outputs: &[R], values: &[R], d_outputs: &mut [R]) -> f64 {
    assert_eq!(outputs.len(), values.len(), "outputs");
    let share = R::from_f64(2.0 / values.len() as f64);
    let mut sum = 0.0;
    for ((gradient, &output), &value) in d_outputs.iter_mut().zip(outputs).zip(values) {
        let difference = output - value;
        sum += difference.to_f64() * difference.to_f64();
        *gradient = share * difference;
    }
    sum / values.len() as f64
}
