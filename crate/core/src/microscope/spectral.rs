//! Largest and smallest singular value without a whole decomposition.
//!
//! Golub–Kahan–Lanczos bidiagonalisation with full reorthogonalisation: after k steps the largest singular value of the
//! k×k bidiagonal matrix is that of the whole to within the last entry, and for Jacobians some tens of steps are enough.
//! Plain power iteration would need thousands, because their largest singular values lie close together. The same basis
//! tells the singular vectors.

use super::operator::{Dense, InverseTriangle, Operator, dot};
use crate::vector::{all_finite, largest_magnitude};
use nalgebra::DMatrix;

/// Relative change of the estimate at which the iteration ends.
const TOLERANCE: f64 = 1e-14;

/// Steps that settle the value.
pub(super) const VALUE: usize = 1;
/// The error of the value is that of the vectors squared: these have half of their digits by then.
const VECTORS: usize = 2;

/// Room for a bidiagonalisation, used again and again.
#[derive(Debug, Clone, Default)]
pub(super) struct Lanczos {
    /// Right and left basis, one vector after another.
    right: Vec<f64>,
    left: Vec<f64>,
    u: Vec<f64>,
    v: Vec<f64>,
    diagonal: Vec<f64>,
    above: Vec<f64>,
}

impl Lanczos {
    /// Room for matrices up to this size and this many steps, so that no later call allocates.
    pub fn with_room(rows: usize, columns: usize, steps: usize) -> Self {
        let steps = steps.min(rows).min(columns);
        let room = Vec::with_capacity;
        Self {
            right: room(columns * steps),
            left: room(rows * steps),
            u: room(rows),
            v: room(columns),
            diagonal: room(steps),
            above: room(steps),
        }
    }

    /// Largest singular value after at most `most` steps: never above the true one. The entries must be finite and
    /// neither all zero nor so large or small that their squares leave the range.
    ///
    /// `times`: how many times as many steps are taken as settle the value; [`VALUE`] or [`VECTORS`].
    pub fn largest(&mut self, matrix: &dyn Operator, most: usize, times: usize) -> f64 {
        let (rows, columns) = matrix.shape();
        let mut limit = rows.min(columns).min(most);
        let Self { right, left, u, v, diagonal, above } = self;
        for list in [&mut *right, left, diagonal, above, u, v] {
            list.clear();
        }
        u.resize(rows, 0.0);
        // A start with a part in every direction that a structured matrix may prefer; fixed, so that results repeat.
        v.extend((0..columns).map(|k| 1.0 + (k as f64 * 0.754_877_666).fract()));
        normalise(v);
        let mut estimate = 0.0;
        while diagonal.len() < limit {
            matrix.apply(v, u);
            orthogonalise(u, left);
            let alpha = dot(u, u).sqrt();
            right.extend_from_slice(v);
            diagonal.push(alpha);
            if alpha <= f64::EPSILON {
                break;
            }
            u.iter_mut().for_each(|entry| *entry /= alpha);
            matrix.apply_transposed(u, v);
            left.extend_from_slice(u);
            orthogonalise(v, right);
            let beta = dot(v, v).sqrt();
            let previous = estimate;
            estimate = bidiagonal_norm(diagonal, above);
            let steps = diagonal.len();
            if steps > 4 && (estimate - previous) <= TOLERANCE * estimate {
                limit = limit.min(times * steps);
            }
            if beta <= f64::EPSILON * estimate || steps >= limit {
                break;
            }
            above.push(beta);
            v.iter_mut().for_each(|entry| *entry /= beta);
        }
        above.truncate(diagonal.len().saturating_sub(1));
        bidiagonal_norm(diagonal, above).max(estimate)
    }

    /// The right singular vector, of length 1, that belongs to what [`largest`](Self::largest) last found. Its part along the
    /// start of the iteration is positive, which settles the sign.
    fn direction(self, largest: f64) -> Vec<f64> {
        let Self { right, mut v, diagonal, above, .. } = self;
        // The eigenvector of BᵀB: its first component is left free, as the start has a part along the vector or the iteration
        // would not have found it. From the last row up, λ a little above the eigenvalue so that every pivot is negative,
        // each component is a factor times the one before; the sum over the basis is made on the way as Horner's scheme.
        let shift = largest * largest * (1.0 + 8.0 * f64::EPSILON);
        let (mut factor, mut side) = (0.0, 0.0);
        v.fill(0.0);
        for (k, basis) in right.chunks_exact(v.len()).enumerate().rev() {
            v.iter_mut().zip(basis).for_each(|(sum, &along)| *sum = *sum * factor + along);
            if k > 0 {
                let (own, off) = (diagonal[k], above[k - 1]);
                let pivot = own * own + off * off - shift + side * factor;
                side = diagonal[k - 1] * off;
                factor = -side / pivot;
            }
        }
        normalise(&mut v);
        v
    }
}

/// The largest singular value σ of a matrix J with what it stretches: σ = uᵀJv, Jv = σu, Jᵀu = σv.
#[derive(Debug, Clone, PartialEq)]
pub struct SingularTriplet {
    /// σ: 0 for a zero matrix, NaN when an entry is not finite. Then there is no direction, and the vectors are zero.
    pub sigma: f64,
    /// u, of length 1.
    pub left: Vec<f64>,
    /// v, of length 1.
    pub right: Vec<f64>,
}

/// Largest singular value to full precision; 0 for an empty or zero matrix, NaN when an entry is not finite.
///
/// Cost: some 20–60 products with the matrix and its transpose.
#[must_use]
pub fn largest_singular_value(matrix: &DMatrix<f64>) -> f64 {
    largest_of_jacobian(matrix, matrix.ncols())
}

/// The same of a Jacobian whose columns along c, those after the first `hidden`, have only two entries: half the work.
pub(super) fn largest_of_jacobian(matrix: &DMatrix<f64>, hidden: usize) -> f64 {
    match scaled(matrix) {
        Ok((matrix, scale)) => {
            let dense = Dense { matrix: &matrix, columns: hidden };
            Lanczos::default().largest(&dense, usize::MAX, VALUE) * scale
        }
        Err(value) => value,
    }
}

/// The same with its vectors.
pub(super) fn triplet_of_jacobian(matrix: &DMatrix<f64>, hidden: usize) -> SingularTriplet {
    let (rows, columns) = matrix.shape();
    let mut left = vec![0.0; rows];
    match scaled(matrix) {
        Ok((matrix, scale)) => {
            let dense = Dense { matrix: &matrix, columns: hidden };
            let mut lanczos = Lanczos::default();
            let sigma = lanczos.largest(&dense, usize::MAX, VECTORS);
            let right = lanczos.direction(sigma);
            dense.apply(&right, &mut left);
            left.iter_mut().for_each(|entry| *entry /= sigma);
            SingularTriplet { sigma: sigma * scale, left, right }
        }
        Err(sigma) => SingularTriplet { sigma, left, right: vec![0.0; columns] },
    }
}

/// A matrix whose largest entry is ±1, and what it was. Where that cannot be, the singular values there are: 0 of a zero matrix,
/// NaN where an entry is not finite.
fn scaled(matrix: &DMatrix<f64>) -> Result<(DMatrix<f64>, f64), f64> {
    if !all_finite(matrix.as_slice()) {
        return Err(f64::NAN);
    }
    let scale = largest_magnitude(matrix.as_slice());
    if scale == 0.0 { Err(0.0) } else { Ok((matrix / scale, scale)) }
}

/// Smallest singular value of a square matrix, exact to rounding of the largest; 0 for a singular one, NaN when an entry
/// is not finite.
///
/// The largest of the inverse, whose products are two triangular solves after one QR factorisation. Cost: some 3n³.
#[must_use]
pub fn smallest_singular_value(matrix: &DMatrix<f64>) -> f64 {
    let (matrix, scale) = match scaled(matrix) {
        Ok(scaled) => scaled,
        Err(value) => return value,
    };
    let (_, factor) = matrix.qr().unpack();
    // Below this the factor is singular to rounding, and its inverse would overflow.
    let floor = f64::EPSILON * f64::EPSILON;
    if factor.diagonal().iter().any(|entry| entry.abs() <= floor) {
        return 0.0;
    }
    scale / Lanczos::default().largest(&InverseTriangle(&factor), usize::MAX, VALUE)
}

fn normalise(vector: &mut [f64]) {
    let length = dot(vector, vector).sqrt();
    vector.iter_mut().for_each(|entry| *entry /= length);
}

/// Takes out the parts along an orthonormal basis, twice: once is not enough in floating point.
pub(super) fn orthogonalise(vector: &mut [f64], basis: &[f64]) {
    for _ in 0..2 {
        for direction in basis.chunks_exact(vector.len().max(1)) {
            let part = dot(direction, vector);
            vector.iter_mut().zip(direction).for_each(|(entry, &along)| *entry -= part * along);
        }
    }
}

/// Largest singular value of the upper bidiagonal matrix: bisection on the eigenvalues of its Gram matrix by Sturm counts.
fn bidiagonal_norm(diagonal: &[f64], above: &[f64]) -> f64 {
    let size = diagonal.len();
    let off = |k: usize| if k + 1 < size { above.get(k).copied().unwrap_or(0.0) } else { 0.0 };
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
    // Every eigenvalue is at least the largest entry of the diagonal.
    let mut low = (0..size).map(main).fold(0.0, f64::max) * (1.0 - 1e-15);
    let mut high = bound * (1.0 + 1e-15) + f64::MIN_POSITIVE;
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
    fn the_vectors_are_of_length_one_and_belong_to_the_value() {
        let mut rng = Rng::new(3, Purpose::Initialisation);
        for size in [1, 2, 3, 7, 20, 64] {
            let random = DMatrix::from_fn(size, size, |_, _| rng.normal());
            // All singular values alike, nearly alike, all but one zero, and one entry alone.
            let orthogonal = random.clone().qr().q();
            let near = orthogonal.map_with_location(|_, c, entry| entry * (1.0 + 1e-4 * (c % 5) as f64));
            let rank_one = DMatrix::from_fn(size, size, |r, c| (r + 1) as f64 * (c as f64 - 2.5));
            let alone =
                DMatrix::from_fn(size, size, |r, c| f64::from(u8::from((r, c) == (size - 1, size / 2))) * 1e-300);
            for matrix in [random, orthogonal, near, rank_one, alone] {
                let found = triplet_of_jacobian(&matrix, size);
                let [u, v] = [found.left, found.right].map(|vector| nalgebra::DVector::from_column_slice(&vector));
                assert!((u.norm() - 1.0).abs() < 1e-13 && (v.norm() - 1.0).abs() < 1e-14);
                assert!((&matrix * &v - &u * found.sigma).amax() <= 1e-13 * found.sigma, "{size}");
                assert!((matrix.transpose() * &u - &v * found.sigma).amax() <= 1e-13 * found.sigma, "{size}");
                assert!((found.sigma / matrix.svd(false, false).singular_values.max() - 1.0).abs() < 1e-13);
            }
        }
        let zero = triplet_of_jacobian(&DMatrix::zeros(2, 2), 2);
        assert_eq!((zero.sigma, zero.left, zero.right), (0.0, vec![0.0; 2], vec![0.0; 2]));
        let bad = triplet_of_jacobian(&DMatrix::from_element(2, 2, f64::INFINITY), 2);
        assert!(bad.sigma.is_nan() && bad.right == [0.0; 2]);
    }

    #[test]
    fn both_ends_equal_the_svds_for_all_kinds_of_matrices() {
        let mut rng = Rng::new(3, Purpose::Initialisation);
        for size in [1, 2, 3, 7, 20, 64] {
            let random = DMatrix::from_fn(size, size, |_, _| rng.normal());
            let orthogonal = random.clone().qr().q();
            let rank_one = DMatrix::from_fn(size, size, |r, c| (r + 1) as f64 * (c as f64 - 2.5));
            let diagonal = DMatrix::from_fn(size, size, |r, c| if r == c { r as f64 } else { 0.0 });
            for matrix in [random, orthogonal, rank_one, diagonal] {
                let expected = matrix.clone().svd(false, false).singular_values;
                let largest = largest_singular_value(&matrix);
                let limit = 1e-11 * expected.max().max(1e-300);
                assert!((largest - expected.max()).abs() <= limit, "{size}: {largest} {expected}");
                let smallest = smallest_singular_value(&matrix);
                assert!((smallest - expected.min()).abs() <= limit, "{size}: {smallest} {expected}");
            }
        }
        assert_eq!(largest_singular_value(&DMatrix::zeros(3, 3)), 0.0);
        assert_eq!(smallest_singular_value(&DMatrix::zeros(3, 3)), 0.0);
        assert!(largest_singular_value(&DMatrix::from_element(2, 2, f64::NAN)).is_nan());
        assert!(smallest_singular_value(&DMatrix::from_element(2, 2, f64::INFINITY)).is_nan());
        let tiny = DMatrix::from_element(2, 2, 1e-300);
        assert!((largest_singular_value(&tiny) / 2e-300 - 1.0).abs() < 1e-12);
    }
}
