//! Softmax cross-entropy: −log softmax(z)[class], mean over the columns.

use crate::real::Real;

/// Softmax of one column in place, shifted by its maximum so that no exponential overflows; returns ln Σ e^z.
pub fn softmax<R: Real>(column: &mut [R]) -> R {
    let max = column.iter().copied().fold(column[0], |m, z| if z > m { z } else { m });
    let mut sum = R::ZERO;
    for z in column.iter_mut() {
        *z = (*z - max).exp();
        sum += *z;
    }
    for z in column.iter_mut() {
        *z = *z / sum;
    }
    max + sum.ln()
}

pub(super) fn evaluate<R: Real>(outputs: &[R], size: usize, classes: &[u32], d_outputs: &mut [R]) -> f64 {
    assert_eq!(outputs.len(), size * classes.len(), "outputs");
    let share = R::ONE / R::from_f64(classes.len() as f64);
    let mut loss = 0.0;
    for ((column, d_column), &class) in outputs.chunks_exact(size).zip(d_outputs.chunks_exact_mut(size)).zip(classes) {
        let class = class as usize;
        d_column.copy_from_slice(column);
        let log_sum = softmax(d_column);
        loss += (log_sum - column[class]).to_f64();
        d_column[class] -= R::ONE;
        for gradient in d_column {
            *gradient *= share;
        }
    }
    loss / classes.len() as f64
}
