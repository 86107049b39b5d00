//! A recurrent stack with a linear readout and a loss.

use crate::cell::CellKind;
use crate::error::{Error, ShapeError};
use crate::loss::{Loss, Targets};
use crate::parameters::ParameterList;
use crate::product::{Packed, accumulate_outer};
use crate::real::Real;
use crate::recurrent::{Input, Recurrent, Tape};
use nalgebra::DMatrix;
use std::ops::Range;

/// Which hidden states the readout sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readout {
    /// Only h_T: one output a sequence.
    Last,
    /// Every h_t: one output a timestep.
    Every,
}

/// Shape of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Cell of every layer.
    pub cell: CellKind,
    /// I.
    pub input: usize,
    /// H.
    pub hidden: usize,
    /// L.
    pub layers: usize,
    /// O.
    pub output: usize,
    /// Which states are read.
    pub readout: Readout,
    /// What is minimised.
    pub loss: Loss,
}

/// The buffers of one batch of a fixed size.
#[derive(Debug, Clone)]
pub struct NetworkTape<R: Real> {
    /// What the recurrent layers record.
    pub recurrent: Tape<R>,
    /// Raw outputs `[O, N]`, N = B (readout `Last`) or T·B.
    pub output: DMatrix<R>,
    /// ∂L/∂output `[O, N]`.
    pub d_output: DMatrix<R>,
}

/// A network: parameters, forward pass, loss, backpropagation through time.
#[derive(Debug, Clone)]
pub struct Network<R: Real> {
    config: NetworkConfig,
    parameters: ParameterList,
    weights: Vec<R>,
    gradients: Vec<R>,
    recurrent: Recurrent<R>,
    fc_weight: Range<usize>,
    fc_bias: Range<usize>,
    fc: Packed<R>,
    fc_transposed: Packed<R>,
}

impl<R: Real> Network<R> {
    /// A network with all parameters zero; see [`crate::init`] for what to write into them.
    ///
    /// # Errors
    /// When a dimension is zero.
    pub fn new(config: NetworkConfig) -> Result<Self, Error> {
        let NetworkConfig { cell, input, hidden, layers, output, .. } = config;
        for (field, size) in [("input", input), ("hidden", hidden), ("layers", layers), ("output", output)] {
            if size == 0 {
                return Err(Error::InvalidConfig { field, expected: "at least 1".into(), given: "0".into() });
            }
        }
        let mut parameters = ParameterList::default();
        let recurrent = Recurrent::new(cell, input, hidden, layers, &mut parameters);
        let fc_weight = parameters.matrix("fc.weight".into(), output, hidden);
        let fc_bias = parameters.vector("fc.bias".into(), output);
        Ok(Self {
            config,
            weights: vec![R::ZERO; parameters.len()],
            gradients: vec![R::ZERO; parameters.len()],
            parameters,
            recurrent,
            fc_weight,
            fc_bias,
            fc: Packed::zeros(output, hidden),
            fc_transposed: Packed::zeros(hidden, output),
        })
    }

    /// The shape.
    #[must_use]
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// Names and places of the parameters.
    #[must_use]
    pub fn parameters(&self) -> &ParameterList {
        &self.parameters
    }

    /// All parameters, flat.
    #[must_use]
    pub fn weights(&self) -> &[R] {
        &self.weights
    }

    /// All gradients of the last [`backward`](Self::backward), in the order of the parameters.
    #[must_use]
    pub fn gradients(&self) -> &[R] {
        &self.gradients
    }

    /// The recurrent layers.
    #[must_use]
    pub fn recurrent(&self) -> &Recurrent<R> {
        &self.recurrent
    }

    /// Changes parameters (and may look at the gradients), then packs them for the next forward pass.
    pub fn update<T>(&mut self, change: impl FnOnce(&mut [R], &mut [R]) -> T) -> T {
        let result = change(&mut self.weights, &mut self.gradients);
        self.recurrent.pack(&self.weights);
        self.fc.pack(&self.weights[self.fc_weight.clone()]);
        self.fc_transposed.pack_transposed(&self.weights[self.fc_weight.clone()]);
        result
    }

    /// Takes over the parameters of a network of the same shape in another precision.
    ///
    /// # Panics
    /// When the shapes differ.
    pub fn copy_weights_from<S: Real>(&mut self, weights: &[S]) {
        assert_eq!(weights.len(), self.weights.len(), "number of parameters");
        self.update(|own, _| {
            for (own, other) in own.iter_mut().zip(weights) {
                *own = R::from_f64(other.to_f64());
            }
        });
    }

    /// Buffers for batches of `batch` sequences of `steps` timesteps.
    #[must_use]
    pub fn tape(&self, steps: usize, batch: usize) -> NetworkTape<R> {
        let columns = match self.config.readout {
            Readout::Last => batch,
            Readout::Every => steps * batch,
        };
        let outputs = DMatrix::from_element(self.config.output, columns, R::ZERO);
        NetworkTape { recurrent: self.recurrent.tape(steps, batch), output: outputs.clone(), d_output: outputs }
    }

    /// Checks the input of a tape's batch.
    ///
    /// # Errors
    /// When its size or a token id does not fit.
    pub fn check_input(&self, tape: &NetworkTape<R>, input: Input<'_, R>) -> Result<(), Error> {
        let columns = tape.recurrent.steps * tape.recurrent.batch;
        match input {
            Input::Dense(values) => {
                let expected = [self.config.input, columns];
                let got = [self.config.input, values.len() / self.config.input];
                if values.len() != self.config.input * columns {
                    return Err(ShapeError { what: "input", expected, got }.into());
                }
            }
            Input::OneHot(tokens) => check_ids("input", tokens, columns, self.config.input)?,
        }
        Ok(())
    }

    /// Checks the targets of a tape's batch.
    ///
    /// # Errors
    /// When their kind, their number or a class id does not fit.
    pub fn check_targets(&self, tape: &NetworkTape<R>, targets: Targets<'_, R>) -> Result<(), Error> {
        let (rows, columns) = tape.output.shape();
        match (self.config.loss, targets) {
            (Loss::CrossEntropy, Targets::Classes(classes)) => check_ids("targets", classes, columns, rows),
            (Loss::MeanSquaredError, Targets::Values(values)) if values.len() == rows * columns => Ok(()),
            (Loss::MeanSquaredError, Targets::Values(values)) => {
                let got = [rows, values.len() / rows];
                Err(ShapeError { what: "targets", expected: [rows, columns], got }.into())
            }
            (loss, _) => Err(Error::InvalidConfig {
                field: "targets",
                expected: match loss {
                    Loss::CrossEntropy => "class ids".into(),
                    Loss::MeanSquaredError => "values".into(),
                },
                given: "the other kind".into(),
            }),
        }
    }

    /// Forward pass; the outputs are in `tape.output`.
    pub fn forward(&self, input: Input<'_, R>, tape: &mut NetworkTape<R>) {
        self.recurrent.forward(&self.weights, input, &mut tape.recurrent);
        let columns = tape.output.ncols();
        let bias = &self.weights[self.fc_bias.clone()];
        for column in tape.output.as_mut_slice().chunks_exact_mut(bias.len()) {
            column.copy_from_slice(bias);
        }
        let states = read_states(&tape.recurrent, self.config.hidden, columns);
        self.fc.multiply_add(states, tape.output.as_mut_slice(), columns);
    }

    /// Loss of the last forward pass; its gradient is left in `tape.d_output`.
    pub fn loss(&self, targets: Targets<'_, R>, tape: &mut NetworkTape<R>) -> f64 {
        let size = self.config.output;
        self.config.loss.evaluate(tape.output.as_slice(), size, targets, tape.d_output.as_mut_slice())
    }

    /// Writes ∂L/∂h_t of the readout (the direct part) into the last layer's `d_h`.
    pub(crate) fn read_back(&self, tape: &mut NetworkTape<R>) {
        let columns = tape.output.ncols();
        if let Some(last) = tape.recurrent.layers.last_mut() {
            let d_h = last.d_h.as_mut_slice();
            d_h.fill(R::ZERO);
            let start = d_h.len() - self.config.hidden * columns;
            self.fc_transposed.multiply_add(tape.d_output.as_slice(), &mut d_h[start..], columns);
        }
    }

    /// Backpropagation from `tape.d_output`; replaces [`gradients`](Self::gradients). ∂L/∂x `[I, T·B]` is written to
    /// `d_input` if asked for.
    pub fn backward(&mut self, input: Input<'_, R>, tape: &mut NetworkTape<R>, d_input: Option<&mut [R]>) {
        self.gradients.fill(R::ZERO);
        self.read_back(tape);
        let (rows, columns) = tape.output.shape();
        let states = read_states(&tape.recurrent, self.config.hidden, columns);
        let d_weight = &mut self.gradients[self.fc_weight.clone()];
        accumulate_outer(tape.d_output.as_slice(), states, d_weight, rows, self.config.hidden);
        let d_bias = &mut self.gradients[self.fc_bias.clone()];
        for column in tape.d_output.as_slice().chunks_exact(rows) {
            for (gradient, &delta) in d_bias.iter_mut().zip(column) {
                *gradient += delta;
            }
        }
        self.recurrent.backward(&self.weights, input, &mut tape.recurrent, &mut self.gradients, d_input);
    }
}

/// The states that the readout sees: the last `columns` columns of h.
fn read_states<R: Real>(tape: &Tape<R>, hidden: usize, columns: usize) -> &[R] {
    let h = tape.layers[tape.layers.len() - 1].h.as_slice();
    &h[h.len() - hidden * columns..]
}

fn check_ids(what: &'static str, ids: &[u32], count: usize, limit: usize) -> Result<(), Error> {
    if ids.len() != count {
        return Err(ShapeError { what, expected: [1, count], got: [1, ids.len()] }.into());
    }
    match ids.iter().position(|&id| id as usize >= limit) {
        Some(position) => Err(Error::IdOutOfRange { what, limit, got: ids[position], position }),
        None => Ok(()),
    }
}
