//! Jacobians of one timestep and their products, kept as mantissa and exponent. On demand: n³ a timestep.

use super::Microscope;
use super::spectral::largest_singular_value;
use crate::cell::JacobianPoint;
use crate::vector::largest_magnitude;
use nalgebra::DMatrix;

/// A matrix and the power of two that it is to be multiplied by.
#[derive(Debug, Clone)]
pub struct Scaled {
    /// Entries, the largest near 1.
    pub mantissa: DMatrix<f64>,
    /// Binary exponent.
    pub exponent: i32,
}

impl Scaled {
    /// Brings the largest entry near 1.
    fn normalise(&mut self) {
        let largest = largest_magnitude(self.mantissa.as_slice());
        if largest > 0.0 && largest.is_finite() {
            let shift = libm::ilogb(largest);
            self.mantissa.apply(|entry| *entry = libm::scalbn(*entry, -shift));
            self.exponent += shift;
        }
    }

    /// log10 of the largest singular value; −∞ for the zero matrix.
    #[must_use]
    pub fn log10_norm(&self) -> f64 {
        super::scaled_log10(largest_singular_value(&self.mantissa), self.exponent)
    }
}

/// ∂s_T/∂s_t for t from T down to 0, made one factor at a time.
#[derive(Debug)]
pub struct Product<'a> {
    microscope: &'a Microscope,
    layer: usize,
    /// Factors that are still to come.
    remaining: usize,
    product: Scaled,
    factor: DMatrix<f64>,
}

impl<'a> Product<'a> {
    /// Starts with the identity, ∂s_T/∂s_T; only its first `rows` rows (H: those of h_T) are followed.
    pub(super) fn new(microscope: &'a Microscope, layer: usize, rows: usize) -> Self {
        let n = microscope.state_size();
        Self {
            microscope,
            layer,
            remaining: microscope.steps(),
            product: Scaled { mantissa: DMatrix::identity(rows.min(n), n), exponent: 0 },
            factor: DMatrix::zeros(n, n),
        }
    }

    /// The product so far.
    #[must_use]
    pub fn current(&self) -> &Scaled {
        &self.product
    }

    /// Multiplies by the next Jacobian back in time; `false` when there is none left.
    pub fn step_back(&mut self) -> bool {
        let Some(k) = self.remaining.checked_sub(1) else { return false };
        self.remaining = k;
        let reverse = self.microscope.tape.recurrent.layers[self.layer].reverse;
        let t = if reverse { self.microscope.steps() - 1 - k } else { k };
        self.microscope.jacobian(self.layer, t, &mut self.factor);
        self.product.mantissa = &self.product.mantissa * &self.factor;
        self.product.normalise();
        true
    }
}

impl Microscope {
    /// n: H, or 2H for cells with a cell state.
    #[must_use]
    pub fn state_size(&self) -> usize {
        let config = self.network.config();
        config.hidden * (1 + usize::from(config.cell.has_cell_state()))
    }

    /// T.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.tape.recurrent.steps
    }

    /// J_t = ∂s_t/∂s_{t−1} of a layer, its input held fixed, into `jacobian` `[n, n]`; t counts from 0.
    pub fn jacobian(&self, layer: usize, t: usize, jacobian: &mut DMatrix<f64>) {
        let record = &self.tape.recurrent.layers[layer];
        let column = |matrix: &'_ DMatrix<f64>, index: usize| {
            let rows = matrix.nrows();
            index * rows..(index + 1) * rows
        };
        let (before, after) = (record.before(t), record.after(t));
        self.cell().jacobian(
            JacobianPoint {
                weight_hh: self.network.recurrent().layer(layer).weight_hh(self.network.weights()),
                gates: &record.gates.as_slice()[column(&record.gates, t)],
                h: &record.h.as_slice()[column(&record.h, after)],
                h_prev: &record.h.as_slice()[column(&record.h, before)],
                c_prev: &record.c.as_slice()[column(&record.c, before)],
                auxiliary: &record.auxiliary.as_slice()[column(&record.auxiliary, t)],
            },
            jacobian,
        );
    }

    /// ∂s_T/∂s_t of a layer in its own order of time, of which the first `rows` rows are followed.
    #[must_use]
    pub fn jacobian_product(&self, layer: usize, rows: usize) -> Product<'_> {
        Product::new(self, layer, rows)
    }
}
