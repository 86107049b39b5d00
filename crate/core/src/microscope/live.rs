//! The quantities that every frame can have: filled again and again without allocating.

use super::contribution::Shares;
use super::jacobian::Rows;
use super::operator::Dense;
use super::spectral::{Lanczos, VALUE};
use super::{GateShares, Microscope, State, Thresholds};
use crate::cell::Source;
use crate::rng::{Purpose, Rng};
use crate::vector::{all_finite, largest_magnitude};
use nalgebra::DMatrix;

/// What the live quantities cost and count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveOptions {
    /// Layer l, direction d as entry `l·D + d`.
    pub layer: usize,
    /// Lanczos steps for ‖J_t‖: 0 leaves it out. It is never above the true value; 8 steps miss it by a few per cent
    /// at most.
    pub norm_steps: usize,
    /// Random vectors for ‖∂h_T/∂h_t‖_F: 0 leaves it out. The relative error is at most some √(2 / probes).
    pub probes: usize,
    /// Limits of saturation.
    pub thresholds: Thresholds,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self { layer: 0, norm_steps: 8, probes: 4, thresholds: Thresholds::DEFAULT }
    }
}

/// Everything about one layer of the example that is cheap enough for every frame. Arrays are `[T]` unless they say
/// otherwise, and empty where the cell has no such quantity; logarithms are −∞ for an exact zero ("below every floor") and
/// NaN or +∞ where the number is not finite.
#[derive(Debug, Clone)]
pub struct Live {
    options: LiveOptions,
    /// log10 ‖∂L/∂h_t‖, total derivative.
    pub hidden_gradient_log10: Vec<f64>,
    /// log10 ‖∂L/∂c_t‖, total derivative.
    pub cell_gradient_log10: Vec<f64>,
    /// log10 of ‖∂L/∂h_t‖ over that of the next timestep: what a step back multiplies by (Pascanu, Mikolov & Bengio 2013's Ω).
    /// NaN for the last, and between two zeros.
    pub hidden_ratio_log10: Vec<f64>,
    /// The same of c.
    pub cell_ratio_log10: Vec<f64>,
    /// Shares of every timestep in ∂L/∂W_hh, ∂L/∂W_ih and ∂L/∂b_hh.
    pub shares: [Shares; 3],
    /// log10 ‖∂L/∂x_t‖, x being what the layer sees.
    pub input_gradient_log10: Vec<f64>,
    /// Largest singular value of ∂s_t/∂s_{t−1}, from below (see [`LiveOptions::norm_steps`]).
    pub jacobian_norm: Vec<f64>,
    /// Smallest and largest entry of the direct path, in [0, 1]: f_t, GRU: z_t.
    pub direct_path: Vec<[f64; 2]>,
    /// log10 ‖∂h_T/∂h_t‖_F, estimated from random probes.
    pub product_log10: Vec<f64>,
    /// Means and saturated shares of every gate and candidate, `[G][T]` in the order of the cell's blocks; an RNN has none.
    pub gates: Vec<Vec<GateShares>>,
    /// Share of |h_t| above the threshold.
    pub saturated_hidden: Vec<f64>,
    /// Share of units whose h_t is 0: of a ReLU those through which no gradient passes.
    pub inactive_hidden: Vec<f64>,
    inputs: Vec<f64>,
    room: Vec<f64>,
    jacobian: DMatrix<f64>,
    rows: Rows,
    signs: Vec<f64>,
    lanczos: Lanczos,
}

impl Live {
    /// Room for what is seen under this microscope.
    #[must_use]
    pub fn new(microscope: &Microscope, options: LiveOptions) -> Self {
        let (steps, n) = (microscope.steps(), microscope.state_size());
        let hidden = microscope.network.config().hidden;
        let series = || vec![f64::NAN; steps];
        let if_cell = |is: bool| if is { series() } else { Vec::new() };
        let has_cell = microscope.cell().has_cell_state();
        let is_gate = |channel: &&crate::cell::CellChannel| matches!(channel.source, Source::Gate(_));
        let gates = microscope.cell().channels().iter().filter(is_gate).count();
        let empty = GateShares { mean: f64::NAN, low: f64::NAN, high: f64::NAN };
        let keeps = microscope.cell().keep_and_admit_gates().is_some();
        let mut rng = Rng::new(1, Purpose::Probes);
        Self {
            options,
            hidden_gradient_log10: series(),
            cell_gradient_log10: if_cell(has_cell),
            hidden_ratio_log10: series(),
            cell_ratio_log10: if_cell(has_cell),
            shares: Default::default(),
            input_gradient_log10: series(),
            jacobian_norm: if_cell(options.norm_steps > 0),
            direct_path: if keeps { vec![[f64::NAN; 2]; steps] } else { Vec::new() },
            product_log10: if_cell(options.probes > 0),
            gates: vec![vec![empty; steps]; gates],
            saturated_hidden: series(),
            inactive_hidden: series(),
            inputs: Vec::new(),
            room: Vec::new(),
            jacobian: DMatrix::zeros(n, n),
            rows: Rows::new(hidden, options.probes.max(1)),
            signs: (0..options.probes * hidden).map(|_| 1.0 - 2.0 * (rng.next_u64() >> 63) as f64).collect(),
            lanczos: Lanczos::with_room(n, n, options.norm_steps),
        }
    }

    /// What was asked for.
    #[must_use]
    pub fn options(&self) -> LiveOptions {
        self.options
    }

    /// Fills everything from the example under a microscope of the shape it was made for. Allocates the first time only.
    ///
    /// Live: some T·(4·G·H·(H + I) + 4·n·H·(norm_steps + probes / 2)) flops.
    pub fn update(&mut self, microscope: &Microscope) {
        let LiveOptions { layer, thresholds, .. } = self.options;
        let states = [
            (State::Hidden, &mut self.hidden_gradient_log10, &mut self.hidden_ratio_log10),
            (State::Cell, &mut self.cell_gradient_log10, &mut self.cell_ratio_log10),
        ];
        for (state, logs, ratios) in states {
            logs.iter_mut().zip(microscope.gradient_norm_log10(layer, state)).for_each(|(log, value)| *log = value);
            ratios.fill(f64::NAN);
            for k in 1..logs.len() {
                let (t, next) = (microscope.nth(layer, k - 1), microscope.nth(layer, k));
                ratios[t] = logs[t] - logs[next];
            }
        }
        microscope.weight_shares(layer, &mut self.shares, &mut self.inputs);
        microscope.input_gradient_log10(layer, &mut self.input_gradient_log10, &mut self.room);
        for (t, entry) in self.direct_path.iter_mut().enumerate() {
            *entry = microscope.direct_path(layer, t).unwrap_or([0.0; 2]);
        }
        for (gate, series) in self.gates.iter_mut().enumerate() {
            for (t, shares) in series.iter_mut().enumerate() {
                *shares = microscope.gate_shares(layer, gate, t, thresholds);
            }
        }
        for (t, share) in self.saturated_hidden.iter_mut().enumerate() {
            *share = microscope.hidden_shares(layer, t, thresholds).saturated();
        }
        for (t, share) in self.inactive_hidden.iter_mut().enumerate() {
            *share = microscope.inactive_share(layer, t);
        }
        if self.options.norm_steps > 0 || self.options.probes > 0 {
            self.jacobians(microscope);
        }
    }

    fn jacobians(&mut self, microscope: &Microscope) {
        let LiveOptions { layer, norm_steps, probes, .. } = self.options;
        let hidden = self.rows.hidden();
        self.rows.clear();
        if probes > 0 {
            let signs = &self.signs;
            let has_cell_state = microscope.cell().has_cell_state();
            self.rows.push(has_cell_state, |probe, k| if k < hidden { signs[probe * hidden + k] } else { 0.0 });
        }
        for k in (0..microscope.steps()).rev() {
            let t = microscope.nth(layer, k);
            if probes > 0 {
                self.product_log10[t] = self.rows.log10_frobenius(0, false) - 0.5 * libm::log10(probes as f64);
            }
            microscope.jacobian(layer, t, &mut self.jacobian);
            if norm_steps > 0 {
                self.jacobian_norm[t] = self.norm(norm_steps, hidden);
            }
            if probes > 0 && k > 0 {
                self.rows.multiply(&self.jacobian);
            }
        }
    }

    fn norm(&mut self, steps: usize, hidden: usize) -> f64 {
        let entries = self.jacobian.as_slice();
        if !all_finite(entries) {
            return f64::NAN;
        }
        let largest = largest_magnitude(entries);
        // Where squares would leave the range, the largest entry is a bound from below as well.
        if !(1e-100..=1e100).contains(&largest) {
            return largest;
        }
        self.lanczos.largest(&Dense { matrix: &self.jacobian, columns: hidden }, steps, VALUE)
    }
}
