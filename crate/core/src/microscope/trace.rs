//! The public trace of one example: everything per timestep, as arrays.

use super::{Microscope, State};
use crate::cell::Source;
use crate::recurrent::way_back;
use crate::vector::norm;
use nalgebra::DMatrix;

/// One example of one layer, forward and backward, in f64. `[T, H]` arrays are row-major; a quantity that the cell does
/// not have is empty. L is the example's own loss, not divided by any batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// T.
    pub steps: usize,
    /// H.
    pub hidden_size: usize,
    /// Name of the cell.
    pub cell: &'static str,
    /// h_t `[T, H]`.
    pub hidden: Vec<f64>,
    /// c_t `[T, H]`.
    pub cell_state: Vec<f64>,
    /// LSTM: i `[T, H]`.
    pub input: Vec<f64>,
    /// LSTM: f `[T, H]`.
    pub forget: Vec<f64>,
    /// LSTM: g, GRU: n `[T, H]`.
    pub candidate: Vec<f64>,
    /// LSTM: o `[T, H]`.
    pub output: Vec<f64>,
    /// GRU: r `[T, H]`.
    pub reset: Vec<f64>,
    /// GRU: z `[T, H]`.
    pub update: Vec<f64>,
    /// RNN: W_ih x + b_ih + W_hh h + b_hh `[T, H]`.
    pub pre_activation: Vec<f64>,
    /// ∂L/∂h_t, total derivative (c_t held fixed) `[T, H]`.
    pub hidden_gradient: Vec<f64>,
    /// ∂L/∂c_t, total derivative `[T, H]`.
    pub cell_gradient: Vec<f64>,
    /// ∂L/∂c_t with h_t held fixed `[T, H]`; 0 at t = T.
    pub cell_state_gradient: Vec<f64>,
    /// ‖∂L/∂h_t‖₂ `[T]`.
    pub hidden_gradient_norm: Vec<f64>,
    /// ‖∂L/∂c_t‖₂ `[T]`.
    pub cell_gradient_norm: Vec<f64>,
    /// log10 ‖∂L/∂h_t‖₂ `[T]`, right also where f64 underflows; −∞ for exact zero.
    pub hidden_gradient_log10: Vec<f64>,
    /// log10 ‖∂L/∂c_t‖₂ `[T]`, likewise.
    pub cell_gradient_log10: Vec<f64>,
    /// Largest singular value of ∂s_t/∂s_{t−1} `[T]`; s = h, LSTM: (h, c).
    pub jacobian_norm: Vec<f64>,
    /// log10 of the largest singular value of ∂h_T/∂h_t `[T]`; 0 at t = T.
    pub jacobian_product_log10: Vec<f64>,
    /// Norm of timestep t's own share of ∂L/∂W_hh `[T]`.
    pub weight_contribution: Vec<f64>,
    /// L.
    pub loss: f64,
}

impl Trace {
    /// Everything about one layer (with two directions: entry `l·2 + d`) of the example under the microscope.
    #[must_use]
    pub fn of(microscope: &Microscope, layer: usize) -> Self {
        let hidden = microscope.network.config().hidden;
        let steps = microscope.steps();
        let record = &microscope.tape.recurrent.layers[layer];
        let mut trace = Self {
            steps,
            hidden_size: hidden,
            cell: microscope.cell().name(),
            loss: microscope.loss(),
            ..Self::default()
        };
        for channel in microscope.cell().channels() {
            let values = microscope.forward_values(layer, channel).collect();
            match (channel.name, channel.source) {
                ("hidden", _) => trace.hidden = values,
                ("cellState", _) => trace.cell_state = values,
                ("input", _) => trace.input = values,
                ("forget", _) => trace.forget = values,
                ("candidate", _) => trace.candidate = values,
                ("output", _) => trace.output = values,
                ("reset", _) => trace.reset = values,
                ("update", _) => trace.update = values,
                (_, Source::ActivationDerivative) => trace.pre_activation = record.gates.as_slice().to_vec(),
                _ => {}
            }
        }
        let states = if microscope.cell().has_cell_state() { 2 } else { 1 };
        for (index, state) in [State::Hidden, State::Cell].into_iter().take(states).enumerate() {
            let mut values = Vec::with_capacity(steps * hidden);
            let mut norms = Vec::with_capacity(steps);
            for t in 0..steps {
                let (stored, exponent) = microscope.gradient(layer, state, t);
                values.extend(stored.iter().map(|value| libm::scalbn(*value, exponent)));
                norms.push(libm::scalbn(norm(stored), exponent));
            }
            let logs = microscope.gradient_norm_log10(layer, state).collect();
            if index == 0 {
                (trace.hidden_gradient, trace.hidden_gradient_norm, trace.hidden_gradient_log10) =
                    (values, norms, logs);
            } else {
                (trace.cell_gradient, trace.cell_gradient_norm, trace.cell_gradient_log10) = (values, norms, logs);
            }
        }
        trace.cell_state_gradient = microscope.cell_state_gradient(layer);
        trace.weight_contribution = (0..steps).map(|t| microscope.weight_contribution(layer, t)).collect();
        trace.add_jacobians(microscope, layer);
        trace
    }

    fn add_jacobians(&mut self, microscope: &Microscope, layer: usize) {
        let n = microscope.state_size();
        let mut jacobian = DMatrix::zeros(n, n);
        self.jacobian_norm = (0..self.steps)
            .map(|t| {
                microscope.jacobian(layer, t, &mut jacobian);
                super::spectral::largest_of_jacobian(&jacobian, self.hidden_size)
            })
            .collect();
        let mut product = microscope.jacobian_product(layer, self.hidden_size);
        self.jacobian_product_log10 = vec![0.0; self.steps];
        let reverse = microscope.tape.recurrent.layers[layer].reverse;
        for (k, t) in way_back(reverse, self.steps).enumerate() {
            if k == 0 {
                // ∂h_T/∂h_T is the identity: its logarithm is the 0 that is there.
                product.step_back();
                continue;
            }
            self.jacobian_product_log10[t] = product.current_hidden().log10_norm();
            product.step_back();
        }
    }
}

impl Microscope {
    /// ∂L/∂c_t with h_t held fixed: f_{t+1} ⊙ ∂L/∂c_{t+1}, 0 after the last step. Empty without cell state.
    fn cell_state_gradient(&self, layer: usize) -> Vec<f64> {
        let Some((keep, _)) = self.cell().keep_and_admit_gates().filter(|_| self.cell().has_cell_state()) else {
            return Vec::new();
        };
        let hidden = self.network.config().hidden;
        let record = &self.tape.recurrent.layers[layer];
        let steps = self.steps();
        let mut values = vec![0.0; steps * hidden];
        for t in 0..steps {
            // The timestep after this one in the direction's own order.
            let next = if record.reverse { t.checked_sub(1) } else { Some(t + 1).filter(|next| *next < steps) };
            let Some(next) = next else { continue };
            let (total, exponent) = self.gradient(layer, State::Cell, next);
            for (unit, value) in values[t * hidden..(t + 1) * hidden].iter_mut().enumerate() {
                *value = libm::scalbn(total[unit] * record.gates[(keep * hidden + unit, next)], exponent);
            }
        }
        values
    }

    /// ‖δ_t · h_{t−1}ᵀ‖_F: the matrix has rank one, so its norm is the product of two.
    fn weight_contribution(&self, layer: usize, t: usize) -> f64 {
        let record = &self.tape.recurrent.layers[layer];
        let exponent = self.adjoints[layer].exponents[record.after(t)];
        let deltas = norm(record.recurrent_deltas().column(t).as_slice());
        libm::scalbn(deltas * norm(record.h.column(record.before(t)).as_slice()), exponent)
    }
}
