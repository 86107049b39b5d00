//! Jacobians of one timestep and their products, kept as mantissa and exponent.

use super::Microscope;
use super::operator::dot;
use super::spectral::{SingularTriplet, largest_singular_value, triplet_of_jacobian};
use crate::cell::JacobianPoint;
use crate::product::Packed;
use crate::vector::{largest_magnitude, norm};
use nalgebra::DMatrix;

/// Up to so many rows are multiplied one by one.
const FEW: usize = 8;

/// A matrix and the power of two that it is to be multiplied by.
#[derive(Debug, Clone)]
pub struct Scaled {
    /// Entries, the largest near 1.
    pub mantissa: DMatrix<f64>,
    /// Binary exponent.
    pub exponent: i32,
}

impl Scaled {
    /// log10 of the largest singular value; −∞ for the zero matrix, NaN when an entry is not finite.
    #[must_use]
    pub fn log10_norm(&self) -> f64 {
        super::scaled_log10(largest_singular_value(&self.mantissa), self.exponent)
    }

    /// log10 of the Frobenius norm; −∞ for the zero matrix.
    #[must_use]
    pub fn log10_frobenius(&self) -> f64 {
        super::scaled_log10(norm(self.mantissa.as_slice()), self.exponent)
    }
}

/// Row vectors that are multiplied by one Jacobian after another, newest first: columns of `[H]` for their part along h
/// and, with a cell state, of `[H]` for that along c, in groups that share a power of two.
///
/// Only the half of a Jacobian along h is dense: c_{t−1} acts on its own unit alone.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    hidden: usize,
    /// Columns of a group.
    pub group: usize,
    pub h: Vec<f64>,
    pub c: Vec<f64>,
    /// One for each group.
    pub exponents: Vec<i32>,
    old_h: Vec<f64>,
    old_c: Vec<f64>,
    /// Transposes of ∂h/∂h and ∂c/∂h.
    from_h: Packed<f64>,
    from_c: Packed<f64>,
    block: Vec<f64>,
}

impl Rows {
    /// None yet.
    pub fn new(hidden: usize, group: usize) -> Self {
        Self {
            hidden,
            group,
            h: Vec::new(),
            c: Vec::new(),
            exponents: Vec::new(),
            old_h: Vec::new(),
            old_c: Vec::new(),
            from_h: Packed::zeros(hidden, hidden),
            from_c: Packed::zeros(hidden, hidden),
            block: vec![0.0; hidden * hidden],
        }
    }

    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Adds a group; `entry(column, k)` is column `column`'s entry along the k-th state.
    pub fn push(&mut self, has_cell_state: bool, mut entry: impl FnMut(usize, usize) -> f64) {
        let hidden = self.hidden;
        for column in 0..self.group {
            self.h.extend((0..hidden).map(|k| entry(column, k)));
            if has_cell_state {
                self.c.extend((0..hidden).map(|k| entry(column, hidden + k)));
            }
        }
        self.exponents.push(0);
        self.old_h.resize(self.h.len(), 0.0);
        self.old_c.resize(self.c.len(), 0.0);
    }

    pub fn clear(&mut self) {
        self.h.clear();
        self.c.clear();
        self.exponents.clear();
    }

    /// Multiplies every row by this Jacobian `[n, n]` from the right.
    pub fn multiply(&mut self, jacobian: &DMatrix<f64>) {
        let (hidden, n) = (self.hidden, jacobian.nrows());
        if hidden == 0 {
            return;
        }
        let columns = self.h.len() / hidden;
        self.old_h.resize(self.h.len(), 0.0);
        self.old_c.resize(self.c.len(), 0.0);
        std::mem::swap(&mut self.h, &mut self.old_h);
        std::mem::swap(&mut self.c, &mut self.old_c);
        if columns > FEW {
            self.multiply_packed(jacobian, columns);
        } else {
            let old = self.old_h.chunks_exact(hidden).enumerate();
            for (new, (index, old_h)) in self.h.chunks_exact_mut(hidden).zip(old) {
                let old_c = self.old_c.get(index * hidden..(index + 1) * hidden);
                for (entry, column) in new.iter_mut().zip(jacobian.as_slice().chunks_exact(n)) {
                    *entry = dot(&column[..hidden], old_h) + old_c.map_or(0.0, |old_c| dot(&column[hidden..], old_c));
                }
            }
        }
        let old = self.old_h.chunks_exact(hidden).zip(self.old_c.chunks_exact(hidden));
        for (new, (old_h, old_c)) in self.c.chunks_exact_mut(hidden).zip(old) {
            for unit in 0..hidden {
                let column = hidden + unit;
                new[unit] = old_h[unit] * jacobian[(unit, column)] + old_c[unit] * jacobian[(column, column)];
            }
        }
        self.normalise();
    }

    /// The parts along h, where there are enough columns for packing the Jacobian to be worth it.
    fn multiply_packed(&mut self, jacobian: &DMatrix<f64>, columns: usize) {
        let (hidden, n) = (self.hidden, jacobian.nrows());
        self.h.fill(0.0);
        let states = [(&mut self.from_h, &self.old_h, 0), (&mut self.from_c, &self.old_c, hidden)];
        for (packed, old, first) in states.into_iter().take(n / hidden) {
            for (block, column) in self.block.chunks_exact_mut(hidden).zip(jacobian.as_slice().chunks_exact(n)) {
                block.copy_from_slice(&column[first..first + hidden]);
            }
            packed.pack_transposed(&self.block);
            packed.multiply_add(old, &mut self.h, columns);
        }
    }

    /// Brings the largest entry of every group near 1.
    fn normalise(&mut self) {
        let size = (self.group * self.hidden).max(1);
        for (index, exponent) in self.exponents.iter_mut().enumerate() {
            let range = index * size..(index + 1) * size;
            let c = if self.c.is_empty() { 0..0 } else { range.clone() };
            let (h, c) = (&mut self.h[range], &mut self.c[c]);
            let largest = largest_magnitude(h).max(largest_magnitude(c));
            if largest > 0.0 && largest.is_finite() {
                let shift = libm::ilogb(largest);
                // A power of two within the range is exact as a factor; beyond it (subnormal numbers) the function is.
                let factor = libm::scalbn(1.0, -shift);
                for part in [h, c] {
                    if shift.abs() < 1000 {
                        part.iter_mut().for_each(|entry| *entry *= factor);
                    } else {
                        part.iter_mut().for_each(|entry| *entry = libm::scalbn(*entry, -shift));
                    }
                }
                *exponent += shift;
            }
        }
    }

    /// A group as a matrix `[group, n]`, or only its part along h `[group, H]`.
    pub fn matrix(&self, index: usize, whole: bool) -> Scaled {
        let (hidden, first) = (self.hidden, index * self.group);
        let n = if whole && !self.c.is_empty() { 2 * hidden } else { hidden };
        let mantissa = DMatrix::from_fn(self.group, n, |row, column| match column.checked_sub(hidden) {
            None => self.h[(first + row) * hidden + column],
            Some(column) => self.c[(first + row) * hidden + column],
        });
        Scaled { mantissa, exponent: self.exponents[index] }
    }

    /// log10 of the Frobenius norm of a group, of all of it or of its part along h. Allocates nothing.
    pub fn log10_frobenius(&self, index: usize, whole: bool) -> f64 {
        let size = self.group * self.hidden;
        let range = index * size..(index + 1) * size;
        let h = norm(&self.h[range.clone()]);
        let c = if whole && !self.c.is_empty() { norm(&self.c[range]) } else { 0.0 };
        super::scaled_log10((h * h + c * c).sqrt(), self.exponents[index])
    }
}

/// ∂s_T/∂s_t for t from T down to 0, made one factor at a time. On demand: 2·rows·n² flops a factor.
#[derive(Debug)]
pub struct Product<'a> {
    microscope: &'a Microscope,
    layer: usize,
    /// Factors that are still to come.
    remaining: usize,
    rows: Rows,
    factor: DMatrix<f64>,
}

impl<'a> Product<'a> {
    /// Starts with the identity, ∂s_T/∂s_T; only its first `rows` rows (H: those of h_T) are followed.
    pub(super) fn new(microscope: &'a Microscope, layer: usize, rows: usize) -> Self {
        let n = microscope.state_size();
        let mut product = Rows::new(microscope.network.config().hidden, rows.min(n));
        product.push(microscope.cell().has_cell_state(), |row, k| f64::from(u8::from(row == k)));
        Self { microscope, layer, remaining: microscope.steps(), rows: product, factor: DMatrix::zeros(n, n) }
    }

    /// The product so far `[rows, n]`.
    #[must_use]
    pub fn current(&self) -> Scaled {
        self.rows.matrix(0, true)
    }

    /// The product so far, only its columns along h `[rows, H]`.
    #[must_use]
    pub fn current_hidden(&self) -> Scaled {
        self.rows.matrix(0, false)
    }

    /// Multiplies by the next Jacobian back in time; `false` when there is none left.
    pub fn step_back(&mut self) -> bool {
        let Some(k) = self.remaining.checked_sub(1) else { return false };
        self.remaining = k;
        self.microscope.jacobian(self.layer, self.microscope.nth(self.layer, k), &mut self.factor);
        self.rows.multiply(&self.factor);
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

    /// The timestep that comes k-th in a layer's own order of time.
    pub(super) fn nth(&self, layer: usize, k: usize) -> usize {
        if self.tape.recurrent.layers[layer].reverse { self.steps() - 1 - k } else { k }
    }

    /// J_t = ∂s_t/∂s_{t−1} of a layer, its input held fixed, into `jacobian` `[n, n]`; t counts from 0. Live: O(n²).
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
        if let Some(keep) = self.surgery.cut {
            let hidden = record.h.nrows();
            if self.cell().has_cell_state() {
                jacobian.columns_mut(hidden, hidden).fill(0.0);
            } else {
                for unit in 0..hidden {
                    jacobian[(unit, unit)] -= record.gates[(keep * hidden + unit, t)];
                }
            }
        }
    }

    /// J_t of a layer by what it stretches most, and row `row` of it `[n]`. `None` for a timestep or row that is not there. On
    /// demand: some 100 products with J_t at most.
    #[must_use]
    pub fn stretched(&self, layer: usize, t: usize, row: usize) -> Option<(SingularTriplet, Vec<f64>)> {
        let n = self.state_size();
        if t >= self.steps() || row >= n {
            return None;
        }
        let mut jacobian = DMatrix::zeros(n, n);
        self.jacobian(layer, t, &mut jacobian);
        let triplet = triplet_of_jacobian(&jacobian, self.network.config().hidden);
        Some((triplet, jacobian.as_slice().chunks_exact(n).map(|column| column[row]).collect()))
    }

    /// Smallest and largest entry of the direct path along which a layer keeps its state at timestep t, which are its
    /// singular values: diag(f_t) of ∂c_t/∂c_{t−1}, GRU: diag(z_t) of ∂h_t/∂h_{t−1}. In [0, 1]; `None` for cells without, or
    /// when it is cut. Live: O(H).
    #[must_use]
    pub fn direct_path(&self, layer: usize, t: usize) -> Option<[f64; 2]> {
        let (keep, _) = self.cell().keep_and_admit_gates().filter(|_| self.surgery.cut.is_none())?;
        let record = &self.tape.recurrent.layers[layer];
        let hidden = record.h.nrows();
        let column = record.gates.column(t);
        let gates = column.as_slice()[keep * hidden..(keep + 1) * hidden].iter().copied();
        Some([gates.clone().fold(f64::INFINITY, f64::min), gates.fold(0.0, f64::max)])
    }

    /// ∂s_T/∂s_t of a layer in its own order of time, of which the first `rows` rows are followed. On demand.
    #[must_use]
    pub fn jacobian_product(&self, layer: usize, rows: usize) -> Product<'_> {
        Product::new(self, layer, rows)
    }
}
