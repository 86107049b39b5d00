//! Largest singular value of a small matrix to full precision.
//!
//! Golub–Kahan–Lanczos bidiagonalisation with full reorthogonalisation: after k steps the largest singular value of the
//! k×k bidiagonal matrix is that of the whole to within the last entry, and for Jacobians some tens of steps are enough.
//! Plain power iteration would need thousands, because their largest singular values lie close together.

use nalgebra::{DMatrix, DVector};

/// Relative change of the estimate at which the iteration ends.
const TOLERANCE: f64 = 1e-14;

/// Largest singular value; 0 for an empty or zero matrix, NaN when an entry is not finite.
#[must_use]
pub fn largest_singular_value(matrix: &DMatrix<f64>) -> f64 {
    let (rows, columns) = matrix.shape();
    let scale = crate::vector::largest_magnitude(matrix.as_slice());
    if !crate::vector::all_finite(matrix.as_slice()) {
        return f64::NAN;
    }
    if scale == 0.0 {
        return 0.0;
    }
    let matrix = matrix / scale;
    let limit = rows.min(columns);
    let mut right: Vec<DVector<f64>> = Vec::with_capacity(limit);
    let mut left: Vec<DVector<f64>> = Vec::with_capacity(limit);
    let (mut diagonal, mut above): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    // A start with a part in every direction that a structured matrix may prefer; fixed, so that results repeat.
    let mut v = DVector::from_fn(columns, |k, _| 1.0 + (k as f64 * 0.754_877_666).fract());
    v /= v.norm();
    let mut estimate = 0.0;
    for k in 0..limit {
        let mut u = &matrix * &v;
        orthogonalise(&mut u, &left);
        let alpha = u.norm();
        right.push(v.clone());
        diagonal.push(alpha);
        if alpha <= f64::EPSILON {
            break;
        }
        u /= alpha;
        let mut next = matrix.tr_mul(&u);
        left.push(u);
        orthogonalise(&mut next, &right);
        let beta = next.norm();
        let previous = estimate;
        estimate = bidiagonal_norm(&diagonal, &above);
        if beta <= f64::EPSILON * estimate || (k > 3 && (estimate - previous) <= TOLERANCE * estimate) {
            break;
        }
        above.push(beta);
        v = next / beta;
    }
    bidiagonal_norm(&diagonal, &above).max(estimate) * scale
}

/// Takes out the parts along an orthonormal basis, twice: once is not enough in floating point.
fn orthogonalise(vector: &mut DVector<f64>, basis: &[DVector<f64>]) {
    for _ in 0..2 {
        for direction in basis {
            let part = direction.dot(vector);
            vector.axpy(-part, direction, 1.0);
        }
    }
}

/// Largest singular value of the upper bidiagonal matrix: bisection on the eigenvalues of its Gram matrix by Sturm counts.
fn bidiagonal_norm(diagonal: &[f64], above: &[f64]) -> f64 {
    let size = diagonal.len();
    let off = |k: usize| if k < size - 1 { above.get(k).copied().unwrap_or(0.0) } else { 0.0 };
    // BᵀB is tridiagonal: a_k = d_k² + e_{k−1}², b_k = d_k·e_k.
    let main = |k: usize| diagonal[k] * diagonal[k] + if k > 0 { off(k - 1) * off(k - 1) } else { 0.0 };
    let side = |k: usize| diagonal[k] * off(k);
    let bound =
        (0..size).map(|k| main(k) + side(k).abs() + if k > 0 { side(k - 1).abs() } else { 0.0 }).fold(0.0, f64::max);
    // Whether all eigenvalues are below x: the LDLᵀ pivots of T − x are all negative.
    let all_below = |x: f64| {
        let mut pivot = main(0) - x;
        for k in 1..size {
            if pivot >= 0.0 {
                return false;
            }
            pivot = main(k) - x - side(k - 1) * side(k - 1) / pivot;
        }
        pivot < 0.0
    };
    let (mut low, mut high) = (0.0, bound * (1.0 + 1e-15) + f64::MIN_POSITIVE);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if all_below(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    #[test]
    fn equals_the_svd_for_all_kinds_of_matrices() {
        let mut rng = Rng::new(3, Purpose::Initialisation);
        for size in [1, 2, 3, 7, 20, 64] {
            let random = DMatrix::from_fn(size, size, |_, _| rng.normal());
            let orthogonal = random.clone().qr().q();
            let rank_one = DMatrix::from_fn(size, size, |r, c| (r + 1) as f64 * (c as f64 - 2.5));
            let diagonal = DMatrix::from_fn(size, size, |r, c| if r == c { r as f64 } else { 0.0 });
            for matrix in [random, orthogonal, rank_one, diagonal] {
                let expected = matrix.clone().svd(false, false).singular_values.max();
                let got = largest_singular_value(&matrix);
                assert!((got - expected).abs() <= 1e-11 * expected.max(1e-300), "{size}: {got} {expected}");
            }
        }
        assert_eq!(largest_singular_value(&DMatrix::zeros(3, 3)), 0.0);
        assert!(largest_singular_value(&DMatrix::from_element(2, 2, f64::NAN)).is_nan());
        let tiny = DMatrix::from_element(2, 2, 1e-300);
        assert!((largest_singular_value(&tiny) / 2e-300 - 1.0).abs() < 1e-12);
    }
}
