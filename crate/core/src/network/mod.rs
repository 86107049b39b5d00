//! A recurrent stack with a linear readout and a loss.

mod config;

pub use config::{NetworkConfig, Readout};

use crate::error::Error;
use crate::loss::{Columns, Targets};
use crate::parameters::ParameterList;
use crate::product::{Packed, Start, accumulate_outer};
use crate::real::Real;
use crate::recurrent::{Input, Keep, Recurrent, Tape};
use crate::vector::add;
use nalgebra::DMatrix;
use std::ops::Range;

/// The buffers of one batch of a fixed size.
#[derive(Debug, Clone)]
pub struct NetworkTape<R: Real> {
    /// What the recurrent layers record.
    pub recurrent: Tape<R>,
    /// Raw outputs `[O, N]`, N = B (readout `Last`) or T·B.
    pub output: DMatrix<R>,
    /// ∂L/∂output `[O, N]`.
    pub d_output: DMatrix<R>,
    /// Embedded tokens `[I, T·B]`, and the gradient there; empty without embedding.
    embedded: DMatrix<R>,
    d_embedded: DMatrix<R>,
    /// What the readout sees `[D·H, N]`, and the gradient there; empty when D = 1: then h itself is seen.
    features: DMatrix<R>,
    d_features: DMatrix<R>,
    loss_scratch: Vec<f64>,
}

/// A network: parameters, forward pass, loss, backpropagation through time.
#[derive(Debug, Clone)]
pub struct Network<R: Real> {
    config: NetworkConfig,
    parameters: ParameterList,
    weights: Vec<R>,
    gradients: Vec<R>,
    recurrent: Recurrent<R>,
    embedding: Option<Range<usize>>,
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
        config.check()?;
        let NetworkConfig { input, output, vocabulary, .. } = config;
        let mut parameters = ParameterList::default();
        // PyTorch's embedding is `[V, I]` row-major: the same numbers as `[I, V]` column-major, a token a column.
        let embedding = vocabulary.map(|tokens| parameters.transposed("embedding.weight".into(), tokens, input));
        let recurrent = Recurrent::new(config.architecture(), &mut parameters);
        let features = config.features();
        let fc_weight = parameters.matrix("fc.weight".into(), output, features);
        let fc_bias = parameters.vector("fc.bias".into(), output);
        Ok(Self {
            config,
            weights: vec![R::ZERO; parameters.len()],
            gradients: vec![R::ZERO; parameters.len()],
            parameters,
            recurrent,
            embedding,
            fc_weight,
            fc_bias,
            fc: Packed::zeros(output, features),
            fc_transposed: Packed::zeros(features, output),
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
        self.pack();
        result
    }

    // Apart from `update`, which is there once for every change.
    #[inline(never)]
    fn pack(&mut self) {
        self.recurrent.pack(&self.weights);
        self.fc.pack(&self.weights[self.fc_weight.clone()]);
        self.fc_transposed.pack_transposed(&self.weights[self.fc_weight.clone()]);
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

    /// Buffers for batches of `batch` sequences of `steps` timesteps, in which all can be looked at.
    #[must_use]
    pub fn tape(&self, steps: usize, batch: usize) -> NetworkTape<R> {
        self.tape_with(steps, batch, Keep::All)
    }

    /// Buffers as [`tape`](Self::tape) for who only trains: outputs, states and gradients of the parameters and inputs are the
    /// same bits, but the gradients on the way are not kept.
    #[must_use]
    pub fn training_tape(&self, steps: usize, batch: usize) -> NetworkTape<R> {
        self.tape_with(steps, batch, Keep::Needed { only_last: self.config.readout == Readout::Last })
    }

    fn tape_with(&self, steps: usize, batch: usize, keep: Keep) -> NetworkTape<R> {
        let columns = match self.config.readout {
            Readout::Last => batch,
            Readout::Every => steps * batch,
        };
        let zeros = |rows: usize, columns: usize| DMatrix::from_element(rows, columns, R::ZERO);
        let embedded = if self.embedding.is_some() { self.config.input } else { 0 };
        let features = if self.config.bidirectional { self.config.features() } else { 0 };
        NetworkTape {
            recurrent: self.recurrent.tape(steps, batch, keep),
            output: zeros(self.config.output, columns),
            d_output: zeros(self.config.output, columns),
            embedded: zeros(embedded, steps * batch),
            d_embedded: zeros(embedded, steps * batch),
            features: zeros(features, columns),
            d_features: zeros(features, columns),
            loss_scratch: Vec::new(),
        }
    }

    /// Checks the input of a tape's batch.
    ///
    /// # Errors
    /// When its size or a token id does not fit.
    pub fn check_input(&self, tape: &NetworkTape<R>, input: Input<'_, R>) -> Result<(), Error> {
        let columns = tape.recurrent.steps * tape.recurrent.batch;
        match input {
            Input::Dense(values) => self.config.check_values(values.len(), columns),
            Input::OneHot(tokens) => self.config.check_tokens(tokens, columns),
        }
    }

    /// Checks the targets of a tape's batch.
    ///
    /// # Errors
    /// When their kind, their number or a class id does not fit.
    pub fn check_targets(&self, tape: &NetworkTape<R>, targets: Targets<'_, R>) -> Result<(), Error> {
        let count = tape.output.ncols();
        self.config.loss.check(targets, columns(&self.config, tape), count)
    }

    /// Forward pass; the outputs are in `tape.output`.
    pub fn forward(&self, input: Input<'_, R>, tape: &mut NetworkTape<R>) {
        match (&self.embedding, input) {
            (Some(embedding), Input::OneHot(tokens)) => {
                let size = self.config.input;
                let table = &self.weights[embedding.clone()];
                for (column, &token) in tape.embedded.as_mut_slice().chunks_exact_mut(size).zip(tokens) {
                    column.copy_from_slice(&table[token as usize * size..(token as usize + 1) * size]);
                }
                let embedded = Input::Dense(tape.embedded.as_slice());
                self.recurrent.forward(&self.weights, embedded, &mut tape.recurrent);
            }
            _ => self.recurrent.forward(&self.weights, input, &mut tape.recurrent),
        }
        let columns = tape.output.ncols();
        self.gather_features(tape);
        let mut output = std::mem::take(&mut tape.output);
        let bias = Start::Column(self.readout_bias());
        let features = 0..self.config.features();
        self.fc.multiply(features, self.features(tape, columns), bias, output.as_mut_slice(), columns);
        tape.output = output;
    }

    /// b of the readout `[O]`.
    pub(crate) fn readout_bias(&self) -> &[R] {
        &self.weights[self.fc_bias.clone()]
    }

    /// Loss of the last forward pass; its gradient is left in `tape.d_output`.
    pub fn loss(&self, targets: Targets<'_, R>, tape: &mut NetworkTape<R>) -> f64 {
        let mut d_output = std::mem::take(&mut tape.d_output);
        let mut scratch = std::mem::take(&mut tape.loss_scratch);
        let columns = columns(&self.config, tape);
        let outputs = tape.output.as_slice();
        let loss = self.config.loss.evaluate(outputs, columns, targets, d_output.as_mut_slice(), &mut scratch);
        (tape.d_output, tape.loss_scratch) = (d_output, scratch);
        loss
    }

    /// Writes ∂L/∂h_t of the readout (the direct part) into the last layer's `d_h`. With `only_last`, other slots than the
    /// last are left as they are, to be written by the way back.
    pub(crate) fn read_back(&self, tape: &mut NetworkTape<R>, only_last: bool) {
        let columns = tape.output.ncols();
        let directions = self.recurrent.shape().directions();
        let (steps, batch) = (tape.recurrent.steps, tape.recurrent.batch);
        let first = tape.recurrent.layers.len() - directions;
        for record in &mut tape.recurrent.layers[first..] {
            record.only_last = only_last;
            if !only_last {
                record.d_h.as_mut_slice().fill(R::ZERO);
            }
        }
        if directions == 1 {
            let record = &mut tape.recurrent.layers[first];
            let slot = match self.config.readout {
                Readout::Last => record.place_of_d_h(steps),
                Readout::Every => 1,
            };
            let d_h = &mut record.d_h.as_mut_slice()[slot * self.config.hidden * batch..];
            let d_h = &mut d_h[..self.config.hidden * columns];
            let rows = 0..self.config.output;
            self.fc_transposed.multiply(rows, tape.d_output.as_slice(), Start::Zero, d_h, columns);
            return;
        }
        let (rows, d_features) = (0..self.config.output, tape.d_features.as_mut_slice());
        self.fc_transposed.multiply(rows, tape.d_output.as_slice(), Start::Zero, d_features, columns);
        match self.config.readout {
            Readout::Every => self.recurrent.set_output_gradient(&mut tape.recurrent, tape.d_features.as_slice()),
            Readout::Last => {
                let hidden = self.config.hidden;
                for (direction, record) in tape.recurrent.layers[first..].iter_mut().enumerate() {
                    let last = record.place_of_d_h(record.last(steps)) * batch;
                    let mut states = record.d_h.columns_mut(last, batch);
                    states.copy_from(&tape.d_features.rows(direction * hidden, hidden));
                }
            }
        }
    }

    /// Backpropagation from `tape.d_output`; replaces [`gradients`](Self::gradients). ∂L/∂x `[I, T·B]` (with an
    /// embedding: of the embedded tokens) is written to `d_input` if asked for.
    pub fn backward(&mut self, input: Input<'_, R>, tape: &mut NetworkTape<R>, d_input: Option<&mut [R]>) {
        self.gradients.fill(R::ZERO);
        self.read_back(tape, self.config.readout == Readout::Last);
        let rows = tape.output.nrows();
        let mut room = std::mem::take(&mut tape.recurrent.room);
        let features = self.features(tape, tape.output.ncols());
        let d_weight = &mut self.gradients[self.fc_weight.clone()];
        let (outputs, size) = (tape.d_output.as_slice(), self.config.features());
        let sums = accumulate_outer(outputs, features, d_weight, rows, size, &mut room);
        add(&mut self.gradients[self.fc_bias.clone()], sums);
        tape.recurrent.room = room;
        let (weights, gradients) = (&self.weights, &mut self.gradients);
        let (Some(embedding), Input::OneHot(tokens)) = (&self.embedding, input) else {
            self.recurrent.backward(weights, input, &mut tape.recurrent, gradients, d_input);
            return;
        };
        let embedded = Input::Dense(tape.embedded.as_slice());
        let d_embedded = tape.d_embedded.as_mut_slice();
        self.recurrent.backward(weights, embedded, &mut tape.recurrent, gradients, Some(d_embedded));
        let size = self.config.input;
        let d_table = &mut self.gradients[embedding.clone()];
        for (column, &token) in tape.d_embedded.as_slice().chunks_exact(size).zip(tokens) {
            add(&mut d_table[token as usize * size..(token as usize + 1) * size], column);
        }
        if let Some(d_input) = d_input {
            d_input.copy_from_slice(tape.d_embedded.as_slice());
        }
    }

    /// What the readout sees `[D·H, N]`.
    fn features<'a>(&self, tape: &'a NetworkTape<R>, columns: usize) -> &'a [R] {
        if self.config.bidirectional {
            return tape.features.as_slice();
        }
        // The last N columns: all timesteps, or only the final states.
        let h = tape.recurrent.layers[tape.recurrent.layers.len() - 1].h.as_slice();
        &h[h.len() - self.config.hidden * columns..]
    }

    /// With two directions their states lie apart and are put one above the other.
    fn gather_features(&self, tape: &mut NetworkTape<R>) {
        if !self.config.bidirectional {
            return;
        }
        let NetworkTape { recurrent, features, .. } = tape;
        match self.config.readout {
            Readout::Every => {
                features.as_mut_slice().copy_from_slice(recurrent.outputs(self.config.layers - 1));
            }
            Readout::Last => {
                let hidden = self.config.hidden;
                let first = recurrent.layers.len() - 2;
                for (direction, record) in recurrent.layers[first..].iter().enumerate() {
                    let last = record.last(recurrent.steps) * recurrent.batch;
                    let mut rows = features.rows_mut(direction * hidden, hidden);
                    rows.copy_from(&record.h.columns(last, recurrent.batch));
                }
            }
        }
    }
}

/// What the columns of a tape's outputs stand for.
fn columns<'a, R: Real>(config: &NetworkConfig, tape: &'a NetworkTape<R>) -> Columns<'a> {
    Columns { size: config.output, batch: tape.recurrent.batch, lengths: tape.recurrent.lengths() }
}
