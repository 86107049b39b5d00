//! What takes too long for a frame, made piece by piece: spectra of the recurrent weights, singular values of every
//! Jacobian, exact norms of their products, all Lyapunov exponents.

use super::bptt::Progress;
use super::jacobian::Rows;
use super::lyapunov::Tangents;
use super::spectral::{largest_of_jacobian, smallest_singular_value};
use super::spectrum::Jacobi;
use super::{Exponents, Microscope, Spectrum, spectrum};
use crate::vector::{all_finite, descending};
use nalgebra::DMatrix;

/// The parts, in the order in which they are made: what costs little comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalysisPart {
    /// Spectra of the blocks of W_hh: some 30·G·H³ flops. A piece is a block.
    Weights,
    /// Largest and smallest singular value of every J_t and the products from T back: some T·(3n³ + 2·H²·n) flops. A piece
    /// is a timestep.
    Ends,
    /// All Lyapunov exponents: T·6n³ flops. A piece is a timestep.
    Exponents,
    /// All singular values of every J_t: some 60·n³·T flops. A piece is a timestep, made in several calls.
    Singular,
    /// Nothing is left.
    Done,
}

/// The analysis of one layer of an example; drop it to cancel. It keeps the example it was begun with.
///
/// On demand: see [`AnalysisPart`].
#[derive(Debug, Clone)]
pub struct Analysis {
    microscope: Microscope,
    layer: usize,
    part: AnalysisPart,
    /// Pieces of the part that are done.
    at: usize,
    progress: Progress,
    jacobian: DMatrix<f64>,
    rows: Rows,
    tangents: Tangents,
    jacobi: Option<Jacobi>,
    weights: Vec<Option<Spectrum>>,
    largest: Vec<f64>,
    smallest: Vec<f64>,
    product_log10: Vec<f64>,
    singular: Vec<f64>,
}

impl Analysis {
    /// Of the example that is under the microscope now.
    #[must_use]
    pub fn new(microscope: &Microscope, layer: usize) -> Self {
        let (steps, n) = (microscope.steps(), microscope.state_size());
        let hidden = microscope.network.config().hidden;
        let mut rows = Rows::new(hidden, hidden);
        rows.push(microscope.cell().has_cell_state(), |row, k| f64::from(u8::from(row == k)));
        Self {
            layer,
            part: AnalysisPart::Weights,
            at: 0,
            progress: Progress { done: 0, total: microscope.cell().gates() + 3 * steps },
            jacobian: DMatrix::zeros(n, n),
            rows,
            tangents: Tangents::new(microscope, n, 0),
            jacobi: None,
            weights: Vec::new(),
            largest: vec![f64::NAN; steps],
            smallest: vec![f64::NAN; steps],
            product_log10: vec![f64::NAN; steps],
            singular: vec![f64::NAN; steps * n],
            microscope: microscope.clone(),
        }
    }

    /// Pieces done and to be done.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// What is in work; all parts before it are complete.
    #[must_use]
    pub fn part(&self) -> AnalysisPart {
        self.part
    }

    /// Does one piece, or a part of one that would take long.
    pub fn advance(&mut self) -> Progress {
        let pieces = match self.part {
            AnalysisPart::Weights => self.microscope.cell().gates(),
            AnalysisPart::Done => return self.progress,
            _ => self.microscope.steps(),
        };
        let is_whole = match self.part {
            AnalysisPart::Weights => {
                self.weights.push(spectrum(&self.microscope.recurrent_block(self.layer, self.at)));
                true
            }
            AnalysisPart::Ends => {
                self.end(pieces - 1 - self.at);
                true
            }
            AnalysisPart::Exponents => {
                self.tangents.step(&self.microscope, self.layer);
                true
            }
            AnalysisPart::Singular => self.rotate(self.microscope.nth(self.layer, self.at)),
            AnalysisPart::Done => false,
        };
        if is_whole {
            self.at += 1;
            self.progress.done += 1;
        }
        if self.at == pieces {
            self.at = 0;
            self.part = match self.part {
                AnalysisPart::Weights => AnalysisPart::Ends,
                AnalysisPart::Ends => AnalysisPart::Exponents,
                AnalysisPart::Exponents => AnalysisPart::Singular,
                AnalysisPart::Singular | AnalysisPart::Done => AnalysisPart::Done,
            };
        }
        self.progress
    }

    /// The k-th timestep from the beginning: products end there, and go back by its Jacobian.
    fn end(&mut self, k: usize) {
        let t = self.microscope.nth(self.layer, k);
        self.product_log10[t] = self.rows.log10_frobenius(0, false);
        self.microscope.jacobian(self.layer, t, &mut self.jacobian);
        self.largest[t] = largest_of_jacobian(&self.jacobian, self.rows.hidden());
        self.smallest[t] = smallest_singular_value(&self.jacobian);
        self.rows.multiply(&self.jacobian);
    }

    /// Some columns of the Jacobian of timestep t; whether its singular values are there.
    fn rotate(&mut self, t: usize) -> bool {
        if self.jacobi.is_none() {
            self.microscope.jacobian(self.layer, t, &mut self.jacobian);
            if !all_finite(self.jacobian.as_slice()) {
                return true;
            }
        }
        let jacobi = self.jacobi.get_or_insert_with(|| Jacobi::new(self.jacobian.clone()));
        // A few columns a call: of a small matrix the calls would cost more than the rotations.
        let is_done = (0..8).any(|_| jacobi.advance());
        if is_done {
            let values = jacobi.values();
            self.singular[t * values.len()..(t + 1) * values.len()].copy_from_slice(&values);
            self.jacobi = None;
        }
        is_done
    }

    /// Spectra of the blocks of W_hh that are done, in the order of the gates; `None` where a weight is not finite.
    #[must_use]
    pub fn weights(&self) -> &[Option<Spectrum>] {
        &self.weights
    }

    /// Largest singular value of J_t `[T]`; NaN where it is not done yet or not finite.
    #[must_use]
    pub fn largest(&self) -> &[f64] {
        &self.largest
    }

    /// Smallest singular value of J_t `[T]`; NaN where it is not done yet or not finite.
    #[must_use]
    pub fn smallest(&self) -> &[f64] {
        &self.smallest
    }

    /// log10 ‖∂h_T/∂h_t‖_F `[T]`, exact; NaN where it is not done yet or not finite.
    #[must_use]
    pub fn product_log10(&self) -> &[f64] {
        &self.product_log10
    }

    /// All singular values of J_t `[T, n]`, the largest first; NaN where they are not done yet or not finite.
    #[must_use]
    pub fn singular_values(&self) -> &[f64] {
        &self.singular
    }

    /// All Lyapunov exponents over the timesteps done, the largest first; `None` before they are complete.
    #[must_use]
    pub fn exponents(&self) -> Option<Exponents> {
        let mut found = self.tangents.exponents();
        found.exponents = descending(found.exponents);
        (found.counted == self.microscope.steps()).then_some(found)
    }

    /// See [`Microscope::half_lives`].
    #[must_use]
    pub fn half_lives(&self) -> Vec<f64> {
        self.microscope.half_lives(self.layer)
    }
}
