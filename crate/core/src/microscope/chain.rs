//! One entry of the memory map taken apart: ∂h_t/∂h_s, the Jacobians that it is the product of, and how far what their norms
//! allow is from what is left.

use super::jacobian::Rows;
use super::spectral::largest_of_jacobian;
use super::{Microscope, scaled_log10};
use crate::vector::norm;
use nalgebra::DMatrix;

/// ∂h_t/∂h_s in full, what happens by way of c included.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// ‖J_k‖₂, the largest singular value of ∂s_k/∂s_{k−1}, for k from t down to s + 1; NaN for one that is not finite.
    pub factors: Vec<f64>,
    /// log10 ‖∂h_t/∂h_k‖_F for k from t − 1 down to s.
    pub left_log10: Vec<f64>,
    /// ‖∂h_t/∂h_s\[u\]‖ for every unit u, to be multiplied by 2^exponent.
    pub columns: Vec<f64>,
    /// Binary exponent.
    pub exponent: i32,
    /// log10 ‖∂h_t/∂h_s‖_F, exact; −∞ where it is exactly zero.
    pub log10: f64,
    /// log10 of √H · ∏ ‖J_k‖₂, which it cannot exceed.
    pub bound_log10: f64,
}

impl Chain {
    /// As one row of numbers: t − s, H, log10, that of the bound, the exponent, then the lists in the order of the fields.
    #[must_use]
    pub fn to_vec(&self) -> Vec<f64> {
        let Self { factors, left_log10, columns, exponent, log10, bound_log10 } = self;
        let mut all = vec![factors.len() as f64, columns.len() as f64, *log10, *bound_log10, f64::from(*exponent)];
        for part in [factors, left_log10, columns] {
            all.extend_from_slice(part);
        }
        all
    }
}

impl Microscope {
    /// What the state after the s-th timestep of a layer's own order of time does to that after the t-th, both from 0. `None`
    /// where s is after t, or for a timestep that is not there. On demand: some 2·H²·n flops a timestep between.
    #[must_use]
    pub fn chain(&self, layer: usize, s: usize, t: usize) -> Option<Chain> {
        if s > t || t >= self.steps() {
            return None;
        }
        let (hidden, n) = (self.network.config().hidden, self.state_size());
        let mut rows = Rows::new(hidden, hidden);
        rows.push(self.cell().has_cell_state(), |row, k| f64::from(u8::from(row == k)));
        let mut jacobian = DMatrix::zeros(n, n);
        let (mut factors, mut left_log10) = (Vec::with_capacity(t - s), Vec::with_capacity(t - s));
        for k in (s + 1..=t).rev() {
            self.jacobian(layer, self.nth(layer, k), &mut jacobian);
            factors.push(largest_of_jacobian(&jacobian, hidden));
            rows.multiply(&jacobian);
            left_log10.push(rows.log10_frobenius(0, false));
        }
        let product = rows.matrix(0, false);
        let columns: Vec<f64> = product.mantissa.column_iter().map(|column| norm(column.as_slice())).collect();
        let log10 = scaled_log10(norm(&columns), product.exponent);
        let bound_log10 = 0.5 * libm::log10(hidden as f64) + factors.iter().map(|one| libm::log10(*one)).sum::<f64>();
        Some(Chain { factors, left_log10, columns, exponent: product.exponent, log10, bound_log10 })
    }
}
