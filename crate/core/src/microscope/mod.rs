//! Everything that only looks: the forward and backward pass of one shown example, in f64, with nothing rounded away.

mod adjoint;
mod analysis;
mod answer;
mod bptt;
mod chain;
mod contribution;
mod explanation;
mod gates;
mod intervention;
mod jacobian;
mod live;
mod lyapunov;
mod memory_map;
mod operator;
mod spectral;
mod spectrum;
mod split;
mod surgery;
mod trace;

pub use adjoint::Adjoint;
pub use analysis::{Analysis, AnalysisPart};
pub use answer::Answer;
pub use bptt::{PairContributions, Progress};
pub use chain::Chain;
pub use contribution::{Factors, Shares};
pub use explanation::{Explanation, Moment};
pub use gates::{GateShares, Thresholds, gate_shares, half_lives, log_keep_to_end};
pub use intervention::{Clamp, ClampTo, Dropped, Injection, Intervention};
pub use jacobian::{Product, Scaled};
pub use live::{Live, LiveOptions};
pub use lyapunov::Exponents;
pub use memory_map::{Block, MapNorm, MapOptions, MemoryMap, Method};
pub use spectral::{SingularTriplet, largest_singular_value, smallest_singular_value};
pub use spectrum::{Spectrum, spectrum};
pub use trace::Trace;

use crate::cell::{CellChannel, CellKind, Source, rnn_derivative};
use crate::error::Error;
use crate::loss::Targets;
use crate::network::{Network, NetworkConfig, NetworkTape};
use crate::parameters::ParameterSpec;
use crate::real::Real;
use crate::recurrent::{Input, LayerTape};
use crate::vector::{all_finite, norm};
use intervention::Surgery;
use serde::Deserialize;
use std::ops::Range;

/// One example under the microscope.
///
/// L is this example's own loss, not divided by any batch.
#[derive(Debug, Clone)]
pub struct Microscope {
    network: Network<f64>,
    tape: NetworkTape<f64>,
    adjoints: Vec<Adjoint>,
    loss: f64,
    /// The example's input: token ids, or values `[I, T]` (also when tokens are embedded).
    tokens: Vec<u32>,
    values: Vec<f64>,
    /// Parameters of each layer in the flat vector, and of the readout: weight, bias.
    places: Vec<Places>,
    readout: [Range<usize>; 2],
    surgery: Surgery,
}

/// Where the parameters of a layer lie.
#[derive(Debug, Clone)]
struct Places {
    weight_ih: Range<usize>,
    weight_hh: Range<usize>,
    bias_ih: Range<usize>,
    bias_hh: Range<usize>,
}

/// The timesteps at which an example stops being finite, each the first on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonFinite {
    /// Of the states and gates, in the layer's own order of time. What belongs to earlier timesteps is right.
    pub forward: Option<usize>,
    /// Of ∂L/∂h and ∂L/∂c, on the way back. Every t when the loss itself is not finite.
    pub backward: Option<usize>,
}

/// Which state a gradient is with respect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
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
        let directions = network.recurrent().shape().directions();
        let adjoints = tape.recurrent.layers.iter().map(|layer| Adjoint::new(layer, steps, directions)).collect();
        let ranges = |part: &str| -> Vec<Range<usize>> {
            let specs = network.parameters().specs().iter();
            specs.filter(|spec| spec.is(part)).map(|spec| spec.range()).collect()
        };
        // The parameters of the layers are listed layer by layer.
        let weights = ranges("weight_ih").into_iter().zip(ranges("weight_hh"));
        let biases = ranges("bias_ih").into_iter().zip(ranges("bias_hh"));
        let places = weights.zip(biases).map(|((weight_ih, weight_hh), (bias_ih, bias_hh))| Places {
            weight_ih,
            weight_hh,
            bias_ih,
            bias_hh,
        });
        let places = places.collect();
        let readout =
            ["fc.weight", "fc.bias"].map(|name| network.parameters().get(name).map_or(0..0, ParameterSpec::range));
        let surgery = Surgery::default();
        let (tokens, values) = (Vec::new(), Vec::new());
        Ok(Self { network, tape, adjoints, loss: f64::NAN, tokens, values, places, readout, surgery })
    }

    /// Runs the example forward and backward with these weights. Live: one forward and one backward pass.
    ///
    /// # Errors
    /// When input or target do not fit.
    pub fn look<R: Real>(
        &mut self,
        weights: &[R],
        input: Input<'_, f64>,
        target: Targets<'_, f64>,
    ) -> Result<(), Error> {
        self.check(input, target)?;
        self.network.copy_weights_from(weights);
        self.remember(input);
        self.surgery = Surgery::default();
        self.network.forward(input, &mut self.tape);
        self.finish(target);
        Ok(())
    }

    /// Sends ∂L/∂out_t `[D·H, T]` (column t) of the last layer back instead of the loss's own gradient, on the forward
    /// pass that is there. Live: one backward pass.
    ///
    /// # Panics
    /// When the length does not fit.
    pub fn look_back(&mut self, d_outputs: &[f64]) {
        self.network.recurrent().set_output_gradient(&mut self.tape.recurrent, d_outputs);
        self.surgery.injection = None;
        adjoint::run(self.network.recurrent(), &mut self.tape.recurrent, &mut self.adjoints, &self.surgery);
    }

    /// Lets a layer begin in this state `[H]` (c empty without cell state) from the next look on; at first it is zero.
    ///
    /// # Panics
    /// When a length does not fit.
    pub fn set_initial_state(&mut self, layer: usize, h: &[f64], c: &[f64]) {
        let steps = self.steps();
        let record = &mut self.tape.recurrent.layers[layer];
        let slot = record.initial(steps);
        for (states, initial) in [(&mut record.h, h), (&mut record.c, c)] {
            assert_eq!(states.nrows(), initial.len(), "initial state");
            states.column_mut(slot).copy_from_slice(initial);
        }
    }

    fn check(&self, input: Input<'_, f64>, target: Targets<'_, f64>) -> Result<(), Error> {
        self.network.check_input(&self.tape, input)?;
        self.network.check_targets(&self.tape, target)
    }

    fn remember(&mut self, input: Input<'_, f64>) {
        self.tokens.clear();
        self.values.clear();
        match (input, self.network.parameters().get("embedding.weight")) {
            (Input::OneHot(tokens), Some(embedding)) => {
                let (table, size) = (&self.network.weights()[embedding.range()], self.network.config().input);
                for token in tokens {
                    self.values.extend_from_slice(&table[*token as usize * size..][..size]);
                }
            }
            (Input::OneHot(tokens), None) => self.tokens.extend_from_slice(tokens),
            (Input::Dense(values), _) => self.values.extend_from_slice(values),
        }
    }

    /// Loss and way back of the forward pass that is on the tape.
    fn finish(&mut self, target: Targets<'_, f64>) {
        self.loss = self.network.loss(target, &mut self.tape);
        self.network.read_back(&mut self.tape, false);
        adjoint::run(self.network.recurrent(), &mut self.tape.recurrent, &mut self.adjoints, &self.surgery);
    }

    /// What a layer sees at timestep t, into `input`.
    fn layer_input(&self, layer: usize, t: usize, input: &mut [f64]) {
        let directions = self.network.recurrent().shape().directions();
        let first = layer / directions * directions;
        if first > 0 {
            let below = &self.tape.recurrent.layers[first - directions..first];
            for (part, record) in input.chunks_exact_mut(self.network.config().hidden).zip(below) {
                part.copy_from_slice(record.h.column(record.after(t)).as_slice());
            }
        } else if self.tokens.is_empty() {
            input.copy_from_slice(&self.values[t * input.len()..(t + 1) * input.len()]);
        } else {
            input.fill(0.0);
            input[self.tokens[t] as usize] = 1.0;
        }
    }

    /// Where this layer's numbers stop being finite. Live: it only reads.
    #[must_use]
    pub fn first_non_finite(&self, layer: usize) -> NonFinite {
        let record = &self.tape.recurrent.layers[layer];
        let way_back = || crate::recurrent::way_back(record.reverse, self.steps());
        let bad = |values: &nalgebra::DMatrix<f64>, column: usize| !all_finite(values.column(column).as_slice());
        let forward = |t: &usize| {
            let after = record.after(*t);
            bad(&record.gates, *t) || bad(&record.h, after) || bad(&record.c, after)
        };
        let backward = |t: &usize| bad(&record.d_h, record.after(*t)) || bad(&record.d_c, record.after(*t));
        NonFinite { forward: way_back().filter(forward).last(), backward: way_back().find(backward) }
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
        let (source, cell) = (channel.source, self.cell());
        let record = &self.tape.recurrent.layers[layer];
        let read = move |value: f64| match (source, cell) {
            (Source::ActivationDerivative, CellKind::Rnn(nonlinearity)) => rnn_derivative(nonlinearity, value),
            (Source::ActivationDerivative, CellKind::Lstm | CellKind::Gru) => f64::NAN,
            _ => value,
        };
        (0..self.tape.recurrent.steps)
            .flat_map(move |t| recorded(record, source, t).iter().map(move |value| read(*value)))
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

/// What is on the tape of timestep t `[H]`; for a derivative the h_t that it is made of.
fn recorded(record: &LayerTape<f64>, source: Source, t: usize) -> &[f64] {
    let hidden = record.h.nrows();
    let (matrix, column, first) = match source {
        Source::Gate(block) => (&record.gates, t, block * hidden),
        Source::Hidden | Source::ActivationDerivative => (&record.h, record.after(t), 0),
        Source::CellState => (&record.c, record.after(t), 0),
    };
    &matrix.as_slice()[column * matrix.nrows() + first..][..hidden]
}

/// log10(value · 2^exponent) without forming the number.
fn scaled_log10(value: f64, exponent: i32) -> f64 {
    libm::log10(value) + f64::from(exponent) * std::f64::consts::LOG10_2
}
