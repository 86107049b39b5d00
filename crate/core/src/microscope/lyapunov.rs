//! Lyapunov exponents of the running network, by QR.

use super::Microscope;
use super::operator::{Dense, Operator, dot};
use super::spectral::orthogonalise;
use nalgebra::DMatrix;

/// Finite-time exponents: how fast neighbouring trajectories part, per timestep, in natural logarithms.
#[derive(Debug, Clone, PartialEq)]
pub struct Exponents {
    /// Mean of ln R_t[i, i] for each direction that was followed, not sorted; −∞ where a Jacobian is singular, NaN from a
    /// timestep that is not finite on.
    pub exponents: Vec<f64>,
    /// Timesteps that count.
    pub counted: usize,
}

/// Tangent vectors that are carried along the example, timestep by timestep.
#[derive(Debug, Clone)]
pub(super) struct Tangents {
    basis: Vec<f64>,
    next: Vec<f64>,
    jacobian: DMatrix<f64>,
    sums: Vec<f64>,
    /// Timesteps done.
    pub done: usize,
    discard: usize,
}

impl Tangents {
    /// `count` of them, at most n, before the first timestep; see [`Microscope::lyapunov_exponents`].
    pub fn new(microscope: &Microscope, count: usize, discard: usize) -> Self {
        let n = microscope.state_size();
        let count = count.min(n);
        let mut basis = vec![0.0; n * count];
        for (index, column) in basis.chunks_exact_mut(n).enumerate() {
            if count == n {
                column[index] = 1.0;
            } else {
                let entry = |k: usize| ((k * count + index) as f64 * 0.754_877_666).fract() - 0.5;
                column.iter_mut().enumerate().for_each(|(k, value)| *value = entry(k));
            }
        }
        triangularise(&mut basis, n, |_, _| ());
        let (next, jacobian) = (basis.clone(), DMatrix::zeros(n, n));
        Self { basis, next, jacobian, sums: vec![0.0; count], done: 0, discard }
    }

    /// One timestep further. Cost: 2n²k + 4nk² flops.
    pub fn step(&mut self, microscope: &Microscope, layer: usize) {
        let n = microscope.state_size();
        microscope.jacobian(layer, microscope.nth(layer, self.done), &mut self.jacobian);
        let operator = Dense { matrix: &self.jacobian, columns: microscope.network.config().hidden };
        for (column, image) in self.basis.chunks_exact(n).zip(self.next.chunks_exact_mut(n)) {
            operator.apply(column, image);
        }
        std::mem::swap(&mut self.basis, &mut self.next);
        let (sums, counts) = (&mut self.sums, self.done >= self.discard);
        triangularise(&mut self.basis, n, |index, diagonal| {
            if counts {
                sums[index] += libm::log(diagonal);
            }
        });
        self.done += 1;
    }

    /// Of the timesteps done.
    pub fn exponents(&self) -> Exponents {
        let counted = self.done.saturating_sub(self.discard);
        Exponents { exponents: self.sums.iter().map(|sum| sum / counted as f64).collect(), counted }
    }
}

impl Microscope {
    /// The leading `count` exponents of a layer along the example, its input held fixed: Q_t R_t = J_t Q_{t−1}, the
    /// exponents are the means of ln R_t[i, i] over all timesteps but the first `discard`. With all n directions Q_0 = I, and
    /// their sum is the mean of ln |det J_t|; with fewer Q_0 is a fixed basis without regard to the axes.
    ///
    /// Cost: T·(2n²k + 4nk²) flops, with a few exponents live, else on demand. (Benettin et al. 1980; of recurrent networks
    /// Vogt et al. 2022, Engelken, Wolf & Abbott 2023.)
    #[must_use]
    pub fn lyapunov_exponents(&self, layer: usize, count: usize, discard: usize) -> Exponents {
        let mut tangents = Tangents::new(self, count, discard);
        for _ in 0..self.steps() {
            tangents.step(self, layer);
        }
        tangents.exponents()
    }
}

/// Makes the columns orthonormal in place; `diagonal` is told R's entries, ≥ 0.
fn triangularise(columns: &mut [f64], n: usize, mut diagonal: impl FnMut(usize, f64)) {
    for index in 0..columns.len() / n.max(1) {
        let (done, rest) = columns.split_at_mut(index * n);
        let column = &mut rest[..n];
        let before = crate::vector::norm(column);
        orthogonalise(column, done);
        let mut length = crate::vector::norm(column);
        // What is left of a column that depends on the others is rounding: the direction is lost, and any other will do.
        if length <= 4.0 * f64::EPSILON * before {
            length = 0.0;
        }
        diagonal(index, length);
        if length > 0.0 {
            column.iter_mut().for_each(|entry| *entry /= length);
        } else if length == 0.0 {
            replace(column, done, n);
        }
    }
}

/// Any unit vector orthogonal to the others: the first axis that has a good part outside them.
fn replace(column: &mut [f64], others: &[f64], n: usize) {
    for axis in 0..n {
        column.fill(0.0);
        column[axis] = 1.0;
        orthogonalise(column, others);
        let square = dot(column, column);
        if square * (2 * n) as f64 >= 1.0 {
            let length = square.sqrt();
            column.iter_mut().for_each(|entry| *entry /= length);
            return;
        }
    }
}
