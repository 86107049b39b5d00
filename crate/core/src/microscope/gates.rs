//! What the gates say about memory: saturation, forgetting, half-lives, dead units. All live: O(T·B·H), they only read.
//!
//! Each is over a layer's tape with any batch; of a microscope's example the batch is 1.

use super::Microscope;
use crate::cell::{CellKind, Nonlinearity, Source};
use crate::frame::ChannelKind;
use crate::recurrent::LayerTape;

/// From where on an activation counts as saturated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// A σ below this is closed.
    pub low: f64,
    /// A σ above this is open.
    pub high: f64,
    /// A tanh is saturated where its magnitude is above this.
    pub tanh: f64,
}

impl Thresholds {
    /// .05, .95 and .95.
    pub const DEFAULT: Self = Self { low: 0.05, high: 0.95, tanh: 0.95 };
    /// .1 and .9 for σ (Karpathy, Johnson & Fei-Fei 2015), .95 for tanh.
    pub const KARPATHY: Self = Self { low: 0.1, high: 0.9, tanh: 0.95 };
}

/// One activation at one timestep, over units and sequences. A value that is NaN is in neither share and makes the mean NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateShares {
    /// Mean, within the activation's range.
    pub mean: f64,
    /// Share in [0, 1] below the lower threshold (tanh: below minus the threshold).
    pub low: f64,
    /// Share in [0, 1] above the upper threshold.
    pub high: f64,
}

impl GateShares {
    fn of(values: impl Iterator<Item = f64>, low: f64, high: f64) -> Self {
        let (mut count, mut sum, mut below, mut above) = (0.0, 0.0, 0.0, 0.0);
        for value in values {
            count += 1.0;
            sum += value;
            below += f64::from(u8::from(value < low));
            above += f64::from(u8::from(value > high));
        }
        Self { mean: sum / count, low: below / count, high: above / count }
    }

    /// Share that is saturated at either end.
    #[must_use]
    pub fn saturated(&self) -> f64 {
        self.low + self.high
    }
}

/// Shares of a gate or candidate (its row block) at timestep t, over all units and sequences.
#[must_use]
pub fn gate_shares(
    (cell, record, batch): (CellKind, &LayerTape<f64>, usize),
    gate: usize,
    t: usize,
    thresholds: Thresholds,
) -> GateShares {
    let Thresholds { low, high, tanh } = thresholds;
    let is_sigmoid =
        |channel: &&crate::cell::CellChannel| channel.source == Source::Gate(gate) && channel.kind == ChannelKind::Gate;
    let (low, high) =
        if cell.channels().iter().any(|channel| is_sigmoid(&channel)) { (low, high) } else { (-tanh, tanh) };
    let (hidden, rows) = (record.h.nrows(), record.gates.nrows());
    let columns = record.gates.as_slice()[t * batch * rows..(t + 1) * batch * rows].chunks_exact(rows);
    GateShares::of(columns.flat_map(|column| column[gate * hidden..(gate + 1) * hidden].iter().copied()), low, high)
}

/// Σ ln of the gate that keeps the state (LSTM: f, GRU: z) from after the k-th timestep to the last, for each unit of
/// sequence `b`: the logarithm of what is left at T of the state after k timesteps, along the direct path alone. Row k of
/// `[T+1, H]`; row T is 0. Range (−∞, 0]. Empty for cells without such a gate.
#[must_use]
pub fn log_keep_to_end((cell, record, batch): (CellKind, &LayerTape<f64>, usize), b: usize) -> Vec<f64> {
    let Some((keep, _)) = cell.keep_and_admit_gates() else { return Vec::new() };
    let hidden = record.h.nrows();
    let steps = record.gates.ncols() / batch;
    let mut sums = vec![0.0; (steps + 1) * hidden];
    for k in (0..steps).rev() {
        let t = if record.reverse { steps - 1 - k } else { k };
        for unit in 0..hidden {
            let gate = record.gates[(keep * hidden + unit, t * batch + b)];
            sums[k * hidden + unit] = sums[(k + 1) * hidden + unit] + libm::log(gate);
        }
    }
    sums
}

/// Memory half-life of each unit `[H]` of sequence `b` in timesteps: ln 2 / −mean_t ln f_t (GRU: z). f = .5 gives 1, .9 gives
/// 6.6; +∞ for a gate that is always open, 0 for one that was ever shut completely. Empty for cells without such a gate.
#[must_use]
pub fn half_lives(tape: (CellKind, &LayerTape<f64>, usize), b: usize) -> Vec<f64> {
    let steps = (tape.1.gates.ncols() / tape.2) as f64;
    let mut sums = log_keep_to_end(tape, b);
    sums.truncate(tape.1.h.nrows().min(sums.len()));
    // −(a sum that is 0 or below): never the logarithm's −0, which would make −∞ of an open gate.
    sums.iter().map(|sum| std::f64::consts::LN_2 / (0.0 - sum / steps)).collect()
}

impl Microscope {
    /// The shown example's tape of a layer, for the functions over tapes.
    pub(super) fn tape_of(&self, layer: usize) -> (CellKind, &LayerTape<f64>, usize) {
        (self.cell(), &self.tape.recurrent.layers[layer], 1)
    }

    /// See [`gate_shares`].
    #[must_use]
    pub fn gate_shares(&self, layer: usize, gate: usize, t: usize, thresholds: Thresholds) -> GateShares {
        gate_shares(self.tape_of(layer), gate, t, thresholds)
    }

    /// Shares of h_t over the units: of a tanh RNN's, of |h| above the threshold; else of o ⊙ tanh(c) or a mixture, which is
    /// small also where a gate is shut.
    #[must_use]
    pub fn hidden_shares(&self, layer: usize, t: usize, thresholds: Thresholds) -> GateShares {
        let record = &self.tape.recurrent.layers[layer];
        GateShares::of(record.h.column(record.after(t)).iter().copied(), -thresholds.tanh, thresholds.tanh)
    }

    /// Share of units whose h_t is exactly 0.
    #[must_use]
    pub fn inactive_share(&self, layer: usize, t: usize) -> f64 {
        let record = &self.tape.recurrent.layers[layer];
        let states = record.h.column(record.after(t));
        states.iter().filter(|state| **state == 0.0).count() as f64 / states.len() as f64
    }

    /// See [`log_keep_to_end`].
    #[must_use]
    pub fn log_keep_to_end(&self, layer: usize) -> Vec<f64> {
        log_keep_to_end(self.tape_of(layer), 0)
    }

    /// See [`half_lives`].
    #[must_use]
    pub fn half_lives(&self, layer: usize) -> Vec<f64> {
        half_lives(self.tape_of(layer), 0)
    }

    /// Units of a ReLU layer that are 0 at every timestep of the example, so that no gradient passes through them; `None` for
    /// other cells.
    pub fn dead_units(&self, layer: usize) -> Option<impl Iterator<Item = usize> + '_> {
        if self.cell() != CellKind::Rnn(Nonlinearity::Relu) {
            return None;
        }
        let record = &self.tape.recurrent.layers[layer];
        let is_dead = move |unit: &usize| (0..self.steps()).all(|t| record.h[(*unit, record.after(t))] == 0.0);
        Some((0..record.h.nrows()).filter(is_dead))
    }
}
