//! All singular values and eigenvalues of the recurrent weights. On demand.

use super::{Microscope, operator::dot};
use crate::eigenvalues::eigenvalues;
use crate::vector::{all_finite, descending, norm};
use nalgebra::DMatrix;

/// Singular values and eigenvalues of one H×H block of W_hh.
///
/// What they do not say: the product of Jacobians depends on the data too. σ₁(W_hh) < 1/γ, γ = max |φ′| (1 for tanh and
/// ReLU), is sufficient for gradients to vanish, > 1/γ only necessary for them to explode (Pascanu, Mikolov & Bengio 2013).
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Singular values `[H]`, the largest first.
    pub singular_values: Vec<f64>,
    /// Eigenvalues `[H]` as (real, imaginary), the largest modulus first; empty if the iteration does not converge.
    pub eigenvalues: Vec<[f64; 2]>,
}

impl Spectrum {
    /// ρ: the largest modulus of the eigenvalues; `None` if they could not be had.
    #[must_use]
    pub fn radius(&self) -> Option<f64> {
        self.eigenvalues.first().map(|[re, im]| (re * re + im * im).sqrt())
    }
}

/// Singular values and eigenvalues of a square matrix; `None` when an entry is not finite.
///
/// Cost: some 30·n³, on demand.
#[must_use]
pub fn spectrum(matrix: &DMatrix<f64>) -> Option<Spectrum> {
    if !all_finite(matrix.as_slice()) {
        return None;
    }
    Some(Spectrum { singular_values: singular_values(matrix), eigenvalues: eigenvalues(matrix).unwrap_or_default() })
}

/// All singular values by rotating pairs of columns until they are orthogonal (one-sided Jacobi: Hestenes 1958), made piece
/// by piece. Small ones keep their relative precision where the matrix allows it.
#[derive(Debug, Clone)]
pub(super) struct Jacobi {
    rotated: DMatrix<f64>,
    /// Passes over all pairs begun, the column of the next pairs, and whether this pass has found all orthogonal so far.
    passes: usize,
    first: usize,
    is_orthogonal: bool,
}

impl Jacobi {
    /// Passes at most; some ten are the rule.
    const PASSES: usize = 60;

    pub fn new(matrix: DMatrix<f64>) -> Self {
        Self { rotated: matrix, passes: 0, first: 0, is_orthogonal: true }
    }

    /// Rotates one column with all that follow it; whether that was the end. Cost: some 12·n² flops.
    pub fn advance(&mut self) -> bool {
        let (rows, columns) = self.rotated.shape();
        if self.first >= columns {
            self.passes += 1;
            if self.is_orthogonal || self.passes >= Self::PASSES {
                return true;
            }
            self.first = 0;
            self.is_orthogonal = true;
            return false;
        }
        let (low, high) = self.rotated.as_mut_slice().split_at_mut((self.first + 1) * rows);
        for second in high.chunks_exact_mut(rows.max(1)) {
            self.is_orthogonal &= rotate(&mut low[self.first * rows..], second);
        }
        self.first += 1;
        false
    }

    /// The largest first; right when [`advance`](Self::advance) has come to its end.
    pub fn values(&self) -> Vec<f64> {
        let columns = self.rotated.as_slice().chunks_exact(self.rotated.nrows().max(1));
        descending(columns.map(norm))
    }
}

/// All singular values, the largest first.
fn singular_values(matrix: &DMatrix<f64>) -> Vec<f64> {
    let mut jacobi = Jacobi::new(matrix.clone());
    while !jacobi.advance() {}
    jacobi.values()
}

/// Makes two columns orthogonal; whether they already were.
fn rotate(a: &mut [f64], b: &mut [f64]) -> bool {
    let (alpha, beta, gamma) = (dot(a, a), dot(b, b), dot(a, b));
    if gamma.abs() <= 4.0 * f64::EPSILON * (alpha * beta).sqrt() {
        return true;
    }
    let zeta = (beta - alpha) / (2.0 * gamma);
    let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = cosine * tangent;
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
    false
}

impl Microscope {
    /// Spectrum of each H×H block of a layer's W_hh (RNN 1, GRU 3, LSTM 4), in the order of the gates, of the weights that
    /// were last looked at (with an intervention: after it); `None` where a weight is not finite.
    ///
    /// Cost: some 30·G·H³ flops, on demand.
    #[must_use]
    pub fn recurrent_spectra(&self, layer: usize) -> Vec<Option<Spectrum>> {
        (0..self.cell().gates()).map(|gate| spectrum(&self.recurrent_block(layer, gate))).collect()
    }

    /// One of these blocks `[H, H]`.
    pub(super) fn recurrent_block(&self, layer: usize, gate: usize) -> DMatrix<f64> {
        let hidden = self.network.config().hidden;
        let weight = self.network.recurrent().layer(layer).weight_hh(self.network.weights());
        weight.rows(gate * hidden, hidden).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    #[test]
    fn singular_values_equal_the_svds_and_eigenvalues_make_trace_and_determinant() {
        let mut rng = Rng::new(3, Purpose::Initialisation);
        for size in [1, 2, 3, 7, 20, 64] {
            let random = DMatrix::from_fn(size, size, |_, _| rng.normal());
            let orthogonal = random.clone().qr().q();
            let rank_one = DMatrix::from_fn(size, size, |r, c| (r + 1) as f64 * (c as f64 - 2.5));
            for matrix in [random, orthogonal, rank_one] {
                let found = spectrum(&matrix).unwrap();
                let expected = matrix.clone().svd(false, false).singular_values;
                let scale = expected.max();
                let far = found.singular_values.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(far < 1e-12 * scale, "{size}: {far:e}");
                let sum = found.eigenvalues.iter().fold([0.0, 0.0], |sum, z| [sum[0] + z[0], sum[1] + z[1]]);
                assert!((sum[0] - matrix.trace()).abs() < 1e-9 * scale && sum[1].abs() < 1e-9 * scale);
                assert!(found.radius().unwrap() <= scale * (1.0 + 1e-12));
            }
        }
        assert_eq!(spectrum(&DMatrix::from_element(2, 2, f64::NAN)), None);
        assert_eq!(spectrum(&DMatrix::zeros(2, 2)).unwrap().singular_values, [0.0, 0.0]);
    }

    #[test]
    fn a_rotation_has_a_conjugate_pair_on_the_unit_circle() {
        let angle = 0.3f64;
        let matrix = DMatrix::from_row_slice(2, 2, &[angle.cos(), -angle.sin(), angle.sin(), angle.cos()]);
        let found = spectrum(&matrix).unwrap();
        for (z, sign) in found.eigenvalues.iter().zip([1.0, -1.0]) {
            assert!((z[0] - angle.cos()).abs() < 1e-14 && (z[1] - sign * angle.sin()).abs() < 1e-14, "{z:?}");
        }
        assert!(found.singular_values.iter().all(|value| (value - 1.0).abs() < 1e-14));
    }
}
