//! The headless library: a network with its trainer behind batch-first arrays, as PyTorch users know them.
//!
//! Arrays are row-major: inputs `[B, T, I]`, states `[B, T, D·H]`, final states `[L·D, B, H]`. Buffers of a batch size are
//! kept, so that calls of the same size allocate nothing in the network.

mod any;
mod batch;
mod layout;

pub use any::AnyModel;
use batch::Batch;
pub use batch::{BatchInput, BatchSize, BatchTargets, Initial};

use crate::error::Error;
use crate::init::{Init, initialise};
use crate::microscope::Trace;
use crate::network::{Network, NetworkConfig, NetworkTape, Readout};
use crate::optim::{Clip, Optimizer, OptimizerKind};
use crate::real::Real;
use crate::rng::{Purpose, Rng};
use crate::state_dict::{self, StateDict, StateDictError};
use crate::trainer::{NonFinite, Report, Trainer};
use layout::{
    as_input, as_targets, check_batch, check_batch_targets, final_states, from_batch_first, ids_from_batch_first,
    set_initial, to_batch_first, tokens_from_batch_first,
};

/// Answer of [`Model::forward`].
#[derive(Debug, Clone, PartialEq)]
pub struct Forward {
    /// Outputs of the last layer `[B, T, D·H]`; 0 past a sequence's end, as PyTorch's `pad_packed_sequence` has it.
    pub states: Vec<f64>,
    /// Final hidden states `[L·D, B, H]`.
    pub hidden_last: Vec<f64>,
    /// Final cell states `[L·D, B, H]`; empty without cell state.
    pub cell_last: Vec<f64>,
    /// Raw outputs of the readout `[B, O]` or `[B, T, O]`; past a sequence's end those of a state of zeros: the bias.
    pub output: Vec<f64>,
}

/// Answer of [`Model::gradients`].
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// The loss.
    pub loss: f64,
    /// Raw outputs of the readout `[B, O]` or `[B, T, O]`; past a sequence's end those of a state of zeros: the bias.
    pub output: Vec<f64>,
    /// Name, shape and numbers as PyTorch's `.grad` of every parameter.
    pub gradients: Vec<(String, Vec<usize>, Vec<f64>)>,
    /// ∂L/∂inputs `[B, T, I]`.
    pub input_gradient: Vec<f64>,
}

/// Everything that makes a model besides its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// Shape, readout and loss.
    pub network: NetworkConfig,
    /// The optimiser.
    pub optimizer: OptimizerKind,
    /// Its learning rate.
    pub learning_rate: f64,
    /// Clipping.
    pub clip: Clip,
}

/// A network, its optimiser and the buffers of the last batch size.
#[derive(Debug, Clone)]
pub struct Model<R: Real> {
    trainer: Trainer<R>,
    tape: Option<NetworkTape<R>>,
    values: Vec<R>,
    tokens: Vec<u32>,
    target_values: Vec<R>,
    target_ids: Vec<u32>,
}

impl<R: Real> Model<R> {
    /// A model with fresh weights.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(config: &ModelConfig, init: &Init, seed: u32) -> Result<Self, Error> {
        let mut network = Network::new(config.network.clone())?;
        initialise(&mut network, init, &mut Rng::new(seed, Purpose::Initialisation))?;
        Ok(Self::with_network(network, config))
    }

    /// A model with the weights of a state dict, whose shape `config` must have.
    ///
    /// # Errors
    /// When a tensor does not fit.
    pub fn from_state_dict(config: &ModelConfig, state: &StateDict) -> Result<Self, StateDictError> {
        let mut network =
            Network::new(config.network.clone()).map_err(|error| StateDictError::Malformed(error.to_string()))?;
        state.load_into(&mut network)?;
        Ok(Self::with_network(network, config))
    }

    fn with_network(network: Network<R>, config: &ModelConfig) -> Self {
        let optimizer = Optimizer::new(config.optimizer, config.learning_rate, network.weights().len());
        Self {
            trainer: Trainer::new(network, optimizer, config.clip),
            tape: None,
            values: Vec::new(),
            tokens: Vec::new(),
            target_values: Vec::new(),
            target_ids: Vec::new(),
        }
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network<R> {
        &self.trainer.network
    }

    /// Training steps that were refused because a number was not finite.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.trainer.skipped()
    }

    /// Updates done.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.trainer.steps()
    }

    /// Does `repeat` training steps on the same batch; stops at the first that is refused.
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn train(
        &mut self,
        input: BatchInput<'_>,
        targets: BatchTargets<'_>,
        size: BatchSize<'_>,
        repeat: usize,
    ) -> Result<Result<Report, NonFinite>, Error> {
        self.with_batch(input, None, size, |model, tape| {
            model.load_targets(targets, size, tape)?;
            let input = as_input(input, &model.values, &model.tokens);
            let targets = as_targets(targets, size, &model.target_values, &model.target_ids);
            let mut report = model.trainer.step(input, targets, tape);
            for _ in 1..repeat {
                if report.is_err() {
                    break;
                }
                report = model.trainer.step(input, targets, tape);
            }
            Ok(report)
        })
    }

    /// Forward pass from the given initial states `[L·D, B, H]` (zero if not given).
    ///
    /// # Errors
    /// When an operand does not fit.
    pub fn forward(
        &mut self,
        input: BatchInput<'_>,
        size: BatchSize<'_>,
        initial: Initial<'_>,
    ) -> Result<Forward, Error> {
        self.with_batch(input, Some(initial), size, |model, tape| {
            model.trainer.network.forward(as_input(input, &model.values, &model.tokens), tape);
            Ok(Forward {
                states: model.states(tape, size),
                hidden_last: final_states(tape, size.batch, false),
                cell_last: final_states(tape, size.batch, true),
                output: model.output(tape, size),
            })
        })
    }

    /// Loss and gradients of a batch; the weights are not changed.
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn gradients(
        &mut self,
        input: BatchInput<'_>,
        targets: BatchTargets<'_>,
        size: BatchSize<'_>,
    ) -> Result<Gradients, Error> {
        self.with_batch(input, None, size, |model, tape| {
            model.load_targets(targets, size, tape)?;
            let input = as_input(input, &model.values, &model.tokens);
            let targets = as_targets(targets, size, &model.target_values, &model.target_ids);
            let network = &mut model.trainer.network;
            network.forward(input, tape);
            let loss = network.loss(targets, tape);
            let features = network.config().input;
            let mut d_input = vec![R::ZERO; features * size.steps * size.batch];
            network.backward(input, tape, Some(&mut d_input));
            let gradients = network.parameters().specs().iter().map(|spec| {
                let numbers = spec.to_row_major(network.gradients());
                (spec.name.clone(), spec.shape(), numbers.into_iter().map(R::to_f64).collect())
            });
            Ok(Gradients {
                loss,
                gradients: gradients.collect(),
                input_gradient: to_batch_first(&d_input, features, size.steps, size.batch),
                output: model.output(tape, size),
            })
        })
    }

    /// Everything per timestep of one example and one layer, computed in f64.
    ///
    /// # Errors
    /// When the batch does not fit, or example or layer do not exist.
    pub fn trace(
        &mut self,
        input: BatchInput<'_>,
        targets: BatchTargets<'_>,
        size: BatchSize<'_>,
        example: usize,
        layer: usize,
    ) -> Result<Trace, Error> {
        let config = self.trainer.network.config();
        below("example", example, size.batch)?;
        below("layer", layer, config.layers)?;
        self.with_batch(input, None, size, |model, tape| model.load_targets(targets, size, tape))?;
        let doubles = |values: &[R]| -> Vec<f64> { values.iter().map(|value| value.to_f64()).collect() };
        let network = &self.trainer.network;
        let (weights, target_values) = (doubles(network.weights()), doubles(&self.target_values));
        let batch = Batch { input, targets, size, tokens: &self.tokens, target_values, target_ids: &self.target_ids };
        let microscope = batch.look(network.config(), &weights, example)?;
        Ok(Trace::of(&microscope, layer * network.recurrent().shape().directions()))
    }

    /// All parameters as a safetensors file.
    #[must_use]
    pub fn state_dict(&self) -> Vec<u8> {
        state_dict::save(&self.trainer.network)
    }

    /// Runs something on a batch of inputs, laid out column by column, and the tape for it. The tape is kept for the next
    /// batch, whatever comes of this one.
    fn with_batch<T>(
        &mut self,
        input: BatchInput<'_>,
        initial: Option<Initial<'_>>,
        size: BatchSize<'_>,
        run: impl FnOnce(&mut Self, &mut NetworkTape<R>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut tape = self.load(input, initial, size)?;
        let answer = run(self, &mut tape);
        self.tape = Some(tape);
        answer
    }

    /// Checks a batch of inputs and lays it out column by column; answers the tape for it.
    fn load(
        &mut self,
        input: BatchInput<'_>,
        initial: Option<Initial<'_>>,
        size: BatchSize<'_>,
    ) -> Result<NetworkTape<R>, Error> {
        let network = &self.trainer.network;
        let config = network.config();
        check_batch(config, input, initial.unwrap_or_default(), size, size_of::<R>())?;
        match input {
            BatchInput::Values(values) => {
                from_batch_first(values, config.input, size.steps, size.batch, &mut self.values);
            }
            BatchInput::Tokens(tokens) => tokens_from_batch_first(tokens, size.steps, size.batch, &mut self.tokens),
        }
        let fits = |tape: &NetworkTape<R>| tape.recurrent.steps == size.steps && tape.recurrent.batch == size.batch;
        let mut tape = self.tape.take().filter(fits).unwrap_or_else(|| network.training_tape(size.steps, size.batch));
        if let Err(error) = network.check_input(&tape, as_input(input, &self.values, &self.tokens)) {
            self.tape = Some(tape);
            return Err(error);
        }
        set_initial(&mut tape, initial.unwrap_or_default(), size);
        tape.recurrent.set_lengths(size.lengths);
        Ok(tape)
    }

    /// Checks targets and lays them out column by column.
    fn load_targets(
        &mut self,
        targets: BatchTargets<'_>,
        size: BatchSize<'_>,
        tape: &NetworkTape<R>,
    ) -> Result<(), Error> {
        let config = self.trainer.network.config();
        let steps = if config.readout == Readout::Every { size.steps } else { 1 };
        check_batch_targets(targets, size, steps, config.output)?;
        self.target_values.clear();
        self.target_ids.clear();
        match targets {
            BatchTargets::Values(values) => {
                from_batch_first(values, config.output, steps, size.batch, &mut self.target_values);
            }
            BatchTargets::Ids(ids) => ids_from_batch_first(ids, size, steps, &mut self.target_ids),
        }
        let targets = as_targets(targets, size, &self.target_values, &self.target_ids);
        self.trainer.network.check_targets(tape, targets)
    }

    fn states(&self, tape: &NetworkTape<R>, size: BatchSize<'_>) -> Vec<f64> {
        let config = self.trainer.network.config();
        let features = config.features();
        let mut states = to_batch_first(tape.recurrent.outputs(config.layers - 1), features, size.steps, size.batch);
        fill_past(&mut states, size, &vec![0.0; features]);
        states
    }

    fn output(&self, tape: &NetworkTape<R>, size: BatchSize<'_>) -> Vec<f64> {
        let (rows, columns) = tape.output.shape();
        let mut output = to_batch_first(tape.output.as_slice(), rows, columns / size.batch, size.batch);
        let network = &self.trainer.network;
        if network.config().readout == Readout::Every {
            let bias: Vec<f64> = network.readout_bias().iter().map(|bias| bias.to_f64()).collect();
            fill_past(&mut output, size, &bias);
        }
        output
    }
}

/// Writes `column` `[F]` to every timestep of `values` `[B, T, F]` that is past its sequence's end.
fn fill_past(values: &mut [f64], size: BatchSize<'_>, column: &[f64]) {
    for (sequence, length) in values.chunks_exact_mut(size.steps * column.len()).zip(size.lengths.into_iter().flatten())
    {
        for target in sequence.chunks_exact_mut(column.len()).skip(*length) {
            target.copy_from_slice(column);
        }
    }
}

fn below(field: &'static str, given: usize, limit: usize) -> Result<(), Error> {
    if given < limit {
        return Ok(());
    }
    Err(Error::InvalidConfig { field, expected: format!("below {limit}"), given: given.to_string() })
}
