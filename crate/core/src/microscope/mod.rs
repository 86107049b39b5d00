//! Everything that only looks: the forward and backward pass of one shown example, in f64, with nothing rounded away.

mod adjoint;
mod jacobian;
mod spectral;
mod trace;

pub use adjoint::Adjoint;
pub use jacobian::{Product, Scaled};
pub use spectral::largest_singular_value;
pub use trace::Trace;

use crate::cell::{CellChannel, CellKind, Source, rnn_derivative};
use crate::error::Error;
use crate::loss::Targets;
use crate::network::{Network, NetworkConfig, NetworkTape};
use crate::real::Real;
use crate::recurrent::{Input, LayerTape};
use crate::vector::norm;

/// One example under the microscope.
///
/// L is this example's own loss, not divided by any batch.
#[derive(Debug, Clone)]
pub struct Microscope {
    network: Network<f64>,
    tape: NetworkTape<f64>,
    adjoints: Vec<Adjoint>,
    loss: f64,
}

/// Which state a gradient is with respect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// h_t.
    Hidden,
    /// c_t.
    Cell,
}

impl Microscope {
    /// For examples of `steps` timesteps of a network of this shape.
    ///
    /// # Errors
    /// When the shape is not one of a network.
    pub fn new(config: NetworkConfig, steps: usize) -> Result<Self, Error> {
        let network = Network::new(config)?;
        let tape = network.tape(steps, 1);
        let adjoints = tape.recurrent.layers.iter().map(|layer| Adjoint::new(layer, steps)).collect();
        Ok(Self { network, tape, adjoints, loss: f64::NAN })
    }

    /// Runs the example forward and backward with these weights.
    ///
    /// # Errors
    /// When input or target do not fit.
    pub fn look<R: Real>(
        &mut self,
        weights: &[R],
        input: Input<'_, f64>,
        target: Targets<'_, f64>,
    ) -> Result<(), Error> {
        self.network.check_input(&self.tape, input)?;
        self.network.check_targets(&self.tape, target)?;
        self.network.copy_weights_from(weights);
        self.network.forward(input, &mut self.tape);
        self.loss = self.network.loss(target, &mut self.tape);
        self.network.read_back(&mut self.tape);
        adjoint::run(self.network.recurrent(), &mut self.tape.recurrent, &mut self.adjoints);
        Ok(())
    }

    /// The example's loss.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// Raw outputs `[O, N]`.
    #[must_use]
    pub fn output(&self) -> &nalgebra::DMatrix<f64> {
        &self.tape.output
    }

    /// The cell of the layers.
    #[must_use]
    pub fn cell(&self) -> CellKind {
        self.network.config().cell
    }

    /// Values of a forward quantity of a layer, row-major `[T, H]`.
    pub fn forward_values(&self, layer: usize, channel: &CellChannel) -> impl Iterator<Item = f64> + '_ {
        let source = channel.source;
        let hidden = self.network.config().hidden;
        let cell = self.cell();
        let record = &self.tape.recurrent.layers[layer];
        (0..self.tape.recurrent.steps)
            .flat_map(move |t| (0..hidden).map(move |unit| value(record, cell, source, hidden, t, unit)))
    }

    /// log10 |∂L/∂h_t| (or c_t), total derivative, of every unit of a layer, row-major `[T, H]`; −∞ for exact zeros.
    pub fn gradient_log10(&self, layer: usize, state: State) -> impl Iterator<Item = f64> + '_ {
        (0..self.tape.recurrent.steps).flat_map(move |t| {
            let (values, exponent) = self.gradient(layer, state, t);
            values.iter().map(move |value| scaled_log10(value.abs(), exponent))
        })
    }

    /// log10 of the 2-norm over units of ∂L/∂h_t (or c_t), total derivative, for every t of a layer; −∞ for exact zeros.
    pub fn gradient_norm_log10(&self, layer: usize, state: State) -> impl Iterator<Item = f64> + '_ {
        (0..self.tape.recurrent.steps).map(move |t| {
            let (values, exponent) = self.gradient(layer, state, t);
            scaled_log10(norm(values), exponent)
        })
    }

    /// ∂L/∂h (or c) after timestep t as stored values and their common binary exponent.
    #[must_use]
    pub fn gradient(&self, layer: usize, state: State, t: usize) -> (&[f64], i32) {
        let record = &self.tape.recurrent.layers[layer];
        let values = match state {
            State::Hidden => &record.d_h,
            State::Cell => &record.d_c,
        };
        let (rows, slot) = (values.nrows(), record.after(t));
        (&values.as_slice()[slot * rows..(slot + 1) * rows], self.adjoints[layer].exponents[slot])
    }
}

fn value(record: &LayerTape<f64>, cell: CellKind, source: Source, hidden: usize, t: usize, unit: usize) -> f64 {
    match source {
        Source::Gate(block) => record.gates[(block * hidden + unit, t)],
        Source::Hidden => record.h[(unit, record.after(t))],
        Source::CellState => record.c[(unit, record.after(t))],
        Source::ActivationDerivative => match cell {
            CellKind::Rnn(nonlinearity) => rnn_derivative(nonlinearity, record.h[(unit, record.after(t))]),
            CellKind::Lstm | CellKind::Gru => f64::NAN,
        },
    }
}

/// log10(value · 2^exponent) without forming the number.
fn scaled_log10(value: f64, exponent: i32) -> f64 {
    libm::log10(value) + f64::from(exponent) * std::f64::consts::LOG10_2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Nonlinearity;
    use crate::loss::Loss;
    use crate::network::Readout;

    /// h_t = relu(w·h_{t−1} + x_t): ∂L/∂h_t = w^(T−t) · ∂L/∂h_T in closed form.
    fn scalar_gradient(w: f64, steps: usize) -> Vec<f64> {
        let config = NetworkConfig {
            cell: CellKind::Rnn(Nonlinearity::Relu),
            input: 1,
            hidden: 1,
            layers: 1,
            bidirectional: false,
            vocabulary: None,
            output: 1,
            readout: Readout::Last,
            loss: Loss::MeanSquaredError,
        };
        let mut microscope = Microscope::new(config, steps).unwrap();
        let mut weights = vec![0.0; microscope.network.parameters().len()];
        for (name, value) in [("rnn.weight_ih_l0", 1.0), ("rnn.weight_hh_l0", w), ("fc.weight", 1.0)] {
            let range = microscope.network.parameters().get(name).unwrap().range();
            weights[range].fill(value);
        }
        let input = vec![1e-3; steps];
        microscope.look(&weights, Input::Dense(&input), Targets::Values(&[0.0])).unwrap();
        microscope.gradient_norm_log10(0, State::Hidden).collect()
    }

    #[test]
    fn a_scalar_recurrence_vanishes_as_its_power_over_hundreds_of_decades() {
        let logs = scalar_gradient(0.5, 2001);
        for (t, log) in logs.iter().enumerate() {
            let expected = logs[2000] + (2000 - t) as f64 * libm::log10(0.5);
            assert!((log - expected).abs() < 1e-9, "t {t}: {log} {expected}");
        }
        assert!(logs[0] < -600.0);
    }

    #[test]
    fn a_scalar_recurrence_explodes_as_its_power_while_the_state_is_finite() {
        let logs = scalar_gradient(1.25, 2001);
        assert!((logs[0] - logs[2000] - 2000.0 * libm::log10(1.25)).abs() < 1e-9);
        assert!(logs[0] > 350.0);
    }
}
