//! Sums over flat vectors, in lanes that LLVM keeps in vector registers, in a fixed order.

use crate::lanes::for_each;
use crate::real::Real;
use wide::f64x2;

const LANES: usize = 8;

/// Whether no entry is infinite or NaN.
#[must_use]
pub fn all_finite<R: Real>(values: &[R]) -> bool {
    // x·0 is NaN exactly when x is not finite, so one sum tells.
    let mut lanes = [R::ZERO; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += value * R::ZERO;
        }
    }
    lanes.iter().chain(rest).all(|value| value.is_finite())
}

/// Largest magnitude; NaN entries are passed over.
#[must_use]
pub fn largest_magnitude<R: Real>(values: &[R]) -> R {
    let mut lanes = [R::ZERO; LANES];
    for chunk in values.chunks(LANES) {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            let magnitude = value.abs();
            *lane = if magnitude > *lane { magnitude } else { *lane };
        }
    }
    lanes.iter().fold(R::ZERO, |largest, &lane| if lane > largest { lane } else { largest })
}

/// Adds `values` to `target`, entry by entry.
///
/// # Panics
/// When there are fewer values.
pub fn add<R: Real>(target: &mut [R], values: &[R]) {
    for_each([values], [target], |[value], [sum]| [sum + value]);
}

/// The numbers, the largest first.
///
/// By insertion: of as many as a matrix has rows that is nothing beside what made them, and the standard library's sort is
/// several kilobytes of code for each type.
pub fn descending(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = Vec::new();
    for value in values {
        sorted.insert(sorted.partition_point(|other| other.total_cmp(&value).is_ge()), value);
    }
    sorted
}

/// 2-norm in f64, scaled by the largest entry so that squares neither overflow nor underflow.
///
/// NaN when an entry is NaN, otherwise infinite when an entry is.
#[must_use]
pub fn norm<R: Real>(values: &[R]) -> f64 {
    let plain = square_sum(values, |value| value);
    // Far from overflow and from underflow, which is the rule, there is nothing to scale.
    if (1e-280..1e280).contains(&plain) {
        return plain.sqrt();
    }
    if !all_finite(values) {
        // NaN is the one value that does not equal itself.
        #[allow(clippy::eq_op)]
        let is_nan = |value: &R| value != value;
        return if values.iter().any(is_nan) { f64::NAN } else { f64::INFINITY };
    }
    let scale = largest_magnitude(values).to_f64();
    if scale == 0.0 { 0.0 } else { scale * square_sum(values, |value| value / scale).sqrt() }
}

/// Sum of the squares of what `prepare` makes of the values.
#[inline(always)]
fn square_sum<R: Real>(values: &[R], prepare: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [f64x2::ZERO; LANES / 2];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for (sum, pair) in sums.iter_mut().zip(chunk.as_chunks::<2>().0) {
            let pair = f64x2::new(pair.map(|value| prepare(value.to_f64())));
            *sum += pair * pair;
        }
    }
    let mut lanes = sums.map(f64x2::to_array);
    for (lane, value) in lanes.as_flattened_mut().iter_mut().zip(rest) {
        let value = prepare(value.to_f64());
        *lane += value * value;
    }
    lanes.as_flattened().iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norm_survives_extremes_and_names_the_non_finite() {
        assert_eq!(norm::<f64>(&[]), 0.0);
        assert_eq!(norm(&[0.0f32; 3]), 0.0);
        assert!((norm(&[3e200, 4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert!((norm(&[3e-30f32, 4e-30]) / 5e-30 - 1.0).abs() < 1e-6);
        assert_eq!(norm(&[1.0, f64::NEG_INFINITY]), f64::INFINITY);
        assert!(norm(&[1.0f32, f32::NAN]).is_nan());
        assert!(norm(&[f64::INFINITY, f64::NAN]).is_nan());
        assert!(norm(&[f64::NAN; 9]).is_nan());
    }

    #[test]
    fn a_single_bad_entry_is_found_wherever_it_is() {
        for position in 0..19 {
            let mut values = [1.0f32; 19];
            assert!(all_finite(&values));
            values[position] = f32::NAN;
            assert!(!all_finite(&values));
        }
    }
}
