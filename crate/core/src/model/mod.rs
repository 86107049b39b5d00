//! The headless library: a network with its trainer behind batch-first arrays, as PyTorch users know them.
//!
//! Arrays are row-major: inputs `[B, T, I]`, states `[B, T, D·H]`, final states `[L·D, B, H]`. Buffers of a batch size are
//! kept, so that calls of the same size allocate nothing in the network.

mod any;
mod layout;

pub use any::AnyModel;

use crate::error::{Error, ShapeError};
use crate::init::{Init, initialise};
use crate::loss::Targets;
use crate::microscope::{Microscope, Trace};
use crate::network::{Network, NetworkConfig, NetworkTape, Readout};
use crate::optim::{Clip, Optimizer, OptimizerKind};
use crate::real::Real;
use crate::recurrent::Input;
use crate::rng::{Purpose, Rng};
use crate::state_dict::{self, StateDict, StateDictError};
use crate::trainer::{NonFinite, Report, Trainer};
use layout::{as_input, as_targets, final_states, from_batch_first, set_initial, to_batch_first};

/// A batch of inputs, batch first.
#[derive(Debug, Clone, Copy)]
pub enum BatchInput<'a> {
    /// `[B, T, I]`.
    Values(&'a [f64]),
    /// Token ids `[B, T]`, for networks with an embedding.
    Tokens(&'a [i32]),
}

/// What the outputs should be, batch first.
#[derive(Debug, Clone, Copy)]
pub enum BatchTargets<'a> {
    /// Class ids, `[B]` or `[B, T]`; negative: no target. For CTC: all labels, one sequence after another.
    Ids(&'a [i32]),
    /// Values `[B, O]` or `[B, T, O]`.
    Values(&'a [f64]),
}

/// Size of a batch.
#[derive(Debug, Clone, Copy, Default)]
pub struct BatchSize<'a> {
    /// B.
    pub batch: usize,
    /// T.
    pub steps: usize,
    /// Timesteps of each sequence when they differ.
    pub lengths: Option<&'a [usize]>,
    /// CTC: labels of each sequence.
    pub target_lengths: Option<&'a [usize]>,
}

/// Answer of [`Model::forward`].
#[derive(Debug, Clone, PartialEq)]
pub struct Forward {
    /// Outputs of the last layer `[B, T, D·H]`; 0 past a sequence's end.
    pub states: Vec<f64>,
    /// Final hidden states `[L·D, B, H]`.
    pub hidden_last: Vec<f64>,
    /// Final cell states `[L·D, B, H]`; empty without cell state.
    pub cell_last: Vec<f64>,
    /// Raw outputs of the readout `[B, O]` or `[B, T, O]`.
    pub output: Vec<f64>,
}

/// Answer of [`Model::gradients`].
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// The loss.
    pub loss: f64,
    /// Raw outputs of the readout `[B, O]` or `[B, T, O]`.
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

/// Memory that a batch may take.
const MEMORY_LIMIT: usize = 1 << 30;

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
        let mut tape = self.load(input, None, size)?;
        let result = self.load_targets(targets, size, &tape).map(|()| {
            let input = as_input(input, &self.values, &self.tokens);
            let targets = as_targets(targets, size, &self.target_values, &self.target_ids);
            let mut report = self.trainer.step(input, targets, &mut tape);
            for _ in 1..repeat {
                if report.is_err() {
                    break;
                }
                report = self.trainer.step(input, targets, &mut tape);
            }
            report
        });
        self.tape = Some(tape);
        result
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
        let mut tape = self.load(input, Some(initial), size)?;
        self.trainer.network.forward(as_input(input, &self.values, &self.tokens), &mut tape);
        let answer = Forward {
            states: self.states(&tape, size),
            hidden_last: final_states(&tape, size.batch, |record| &record.h),
            cell_last: final_states(&tape, size.batch, |record| &record.c),
            output: self.output(&tape, size),
        };
        self.tape = Some(tape);
        Ok(answer)
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
        let mut tape = self.load(input, None, size)?;
        let result = self.load_targets(targets, size, &tape).map(|()| {
            let input = as_input(input, &self.values, &self.tokens);
            let targets = as_targets(targets, size, &self.target_values, &self.target_ids);
            let network = &mut self.trainer.network;
            network.forward(input, &mut tape);
            let loss = network.loss(targets, &mut tape);
            let features = network.config().input;
            let mut d_input = vec![R::ZERO; features * size.steps * size.batch];
            network.backward(input, &mut tape, Some(&mut d_input));
            let gradients = network.parameters().specs().iter().map(|spec| {
                let numbers = spec.to_row_major(network.gradients());
                (spec.name.clone(), spec.shape(), numbers.into_iter().map(R::to_f64).collect())
            });
            Gradients {
                loss,
                gradients: gradients.collect(),
                input_gradient: to_batch_first(&d_input, features, size.steps, size.batch),
                output: self.output(&tape, size),
            }
        });
        self.tape = Some(tape);
        result
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
        let config = self.trainer.network.config().clone();
        below("example", example, size.batch)?;
        below("layer", layer, config.layers)?;
        let tape = self.load(input, None, size)?;
        let checked = self.load_targets(targets, size, &tape);
        self.tape = Some(tape);
        checked?;
        let steps = size.lengths.map_or(size.steps, |lengths| lengths[example]);
        let column = |t: usize| t * size.batch + example;
        let features = config.input;
        let values: Vec<f64> = match input {
            BatchInput::Values(values) => {
                let start = example * size.steps * features;
                values[start..start + steps * features].to_vec()
            }
            BatchInput::Tokens(_) => Vec::new(),
        };
        let tokens: Vec<u32> = match input {
            BatchInput::Values(_) => Vec::new(),
            BatchInput::Tokens(_) => (0..steps).map(|t| self.tokens[column(t)]).collect(),
        };
        let every = config.readout == Readout::Every;
        let rows = if every { steps } else { 1 };
        let place = |n: usize| if every { column(n) } else { example };
        let size_out = config.output;
        let mut microscope = Microscope::new(config, steps)?;
        let own_values: Vec<f64> = (0..rows)
            .flat_map(|n| (0..size_out).map(move |o| (n, o)))
            .filter_map(|(n, o)| self.target_values.get(place(n) * size_out + o).map(|value| value.to_f64()))
            .collect();
        let input = match input {
            BatchInput::Values(_) => Input::Dense(&values),
            BatchInput::Tokens(_) => Input::OneHot(&tokens),
        };
        let own_ids: Vec<u32>;
        let own_length;
        let target = match (targets, size.target_lengths) {
            (BatchTargets::Values(_), _) => Targets::Values(&own_values),
            (BatchTargets::Ids(_), Some(lengths)) => {
                let first: usize = lengths[..example].iter().sum();
                own_ids = self.target_ids[first..first + lengths[example]].to_vec();
                own_length = [lengths[example]];
                Targets::Labels { labels: &own_ids, lengths: &own_length }
            }
            (BatchTargets::Ids(_), None) => {
                own_ids = (0..rows).map(|n| self.target_ids[place(n)]).collect();
                Targets::Classes(&own_ids)
            }
        };
        microscope.look(self.trainer.network.weights(), input, target)?;
        let directions = self.trainer.network.recurrent().shape().directions();
        Ok(Trace::of(&microscope, layer * directions))
    }

    /// All parameters as a safetensors file.
    #[must_use]
    pub fn state_dict(&self) -> Vec<u8> {
        state_dict::save(&self.trainer.network)
    }

    /// Checks a batch of inputs and lays it out column by column; answers the tape for it.
    fn load(
        &mut self,
        input: BatchInput<'_>,
        initial: Option<Initial<'_>>,
        size: BatchSize<'_>,
    ) -> Result<NetworkTape<R>, Error> {
        let config = self.trainer.network.config();
        let (batch, steps) = (size.batch, size.steps);
        for (field, value) in [("batch", batch), ("steps", steps)] {
            if value == 0 {
                return Err(Error::InvalidConfig { field, expected: "at least 1".into(), given: "0".into() });
            }
        }
        let floats = config.layers * config.features() / config.hidden * config.cell.tape_floats(config.hidden);
        let bytes = floats.saturating_mul(size_of::<R>()).saturating_mul(batch).saturating_mul(steps);
        if bytes > MEMORY_LIMIT {
            return Err(Error::OutOfMemory { what: "batch", bytes });
        }
        let features = config.input;
        if let Some(lengths) = size.lengths {
            if lengths.len() != batch {
                return Err(ShapeError { what: "lengths", expected: [1, batch], got: [1, lengths.len()] }.into());
            }
            if let Some(long) = lengths.iter().find(|length| **length > steps || **length == 0) {
                let expected = format!("between 1 and {steps}");
                return Err(Error::InvalidConfig { field: "lengths", expected, given: long.to_string() });
            }
        }
        match input {
            BatchInput::Values(values) => {
                if values.len() != batch * steps * features {
                    let (expected, got) = ([batch * steps, features], [values.len() / features, features]);
                    return Err(ShapeError { what: "inputs", expected, got }.into());
                }
                if let Some(position) = values.iter().position(|value| !value.is_finite()) {
                    return Err(Error::InvalidConfig {
                        field: "inputs",
                        expected: "finite numbers".into(),
                        given: format!("{} at position {position}", values[position]),
                    });
                }
                from_batch_first(values, features, steps, batch, &mut self.values);
            }
            BatchInput::Tokens(tokens) => {
                if tokens.len() != batch * steps {
                    let (expected, got) = ([batch, steps], [1, tokens.len()]);
                    return Err(ShapeError { what: "inputs", expected, got }.into());
                }
                self.tokens.clear();
                let ids = (0..steps).flat_map(|t| (0..batch).map(move |b| tokens[b * steps + t]));
                // A negative id becomes one that is too large, and is refused by name below.
                self.tokens.extend(ids.map(|id| u32::try_from(id).unwrap_or(u32::MAX)));
            }
        }
        let fits = |tape: &NetworkTape<R>| tape.recurrent.steps == steps && tape.recurrent.batch == batch;
        let network = &self.trainer.network;
        let mut tape = self.tape.take().filter(fits).unwrap_or_else(|| network.tape(steps, batch));
        let loaded = match input {
            BatchInput::Tokens(_) if config.vocabulary.is_none() => Err(Error::InvalidConfig {
                field: "inputs",
                expected: "real values: the network has no embedding".into(),
                given: "token ids".into(),
            }),
            _ => network
                .check_input(&tape, as_input(input, &self.values, &self.tokens))
                .and_then(|()| set_initial(&mut tape, initial.unwrap_or_default(), size)),
        };
        tape.recurrent.set_lengths(size.lengths);
        match loaded {
            Ok(()) => Ok(tape),
            Err(error) => {
                self.tape = Some(tape);
                Err(error)
            }
        }
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
        match targets {
            BatchTargets::Values(values) => {
                if values.len() != size.batch * steps * config.output {
                    let rows = size.batch * steps;
                    let got = [values.len() / config.output, config.output];
                    return Err(ShapeError { what: "targets", expected: [rows, config.output], got }.into());
                }
                if let Some(position) = values.iter().position(|value| !value.is_finite()) {
                    return Err(Error::InvalidConfig {
                        field: "targets",
                        expected: "finite numbers".into(),
                        given: format!("{} at position {position}", values[position]),
                    });
                }
                self.target_ids.clear();
                from_batch_first(values, config.output, steps, size.batch, &mut self.target_values);
            }
            BatchTargets::Ids(ids) => {
                self.target_values.clear();
                self.target_ids.clear();
                // Negative ids, such as PyTorch's −100, mean: no target.
                let id = |id: i32| u32::try_from(id).unwrap_or(crate::loss::IGNORE);
                if size.target_lengths.is_some() {
                    self.target_ids.extend(ids.iter().map(|label| id(*label)));
                } else if ids.len() == size.batch * steps {
                    let places = (0..steps).flat_map(|t| (0..size.batch).map(move |b| b * steps + t));
                    let lengths = if steps > 1 { size.lengths } else { None };
                    self.target_ids.extend(places.map(|place| {
                        let is_past = lengths.is_some_and(|lengths| place % steps >= lengths[place / steps]);
                        if is_past { crate::loss::IGNORE } else { id(ids[place]) }
                    }));
                } else {
                    let (expected, got) = ([size.batch, steps], [1, ids.len()]);
                    return Err(ShapeError { what: "targets", expected, got }.into());
                }
            }
        }
        let targets = as_targets(targets, size, &self.target_values, &self.target_ids);
        self.trainer.network.check_targets(tape, targets)
    }

    fn states(&self, tape: &NetworkTape<R>, size: BatchSize<'_>) -> Vec<f64> {
        let config = self.trainer.network.config();
        let features = config.features();
        let mut states = to_batch_first(tape.recurrent.outputs(config.layers - 1), features, size.steps, size.batch);
        for (b, length) in size.lengths.into_iter().flatten().enumerate() {
            states[(b * size.steps + length) * features..(b + 1) * size.steps * features].fill(0.0);
        }
        states
    }

    fn output(&self, tape: &NetworkTape<R>, size: BatchSize<'_>) -> Vec<f64> {
        let (rows, columns) = tape.output.shape();
        to_batch_first(tape.output.as_slice(), rows, columns / size.batch, size.batch)
    }
}

/// Initial states `[L·D, B, H]`; zero if not given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Initial<'a> {
    /// h_0.
    pub hidden: Option<&'a [f64]>,
    /// c_0.
    pub cell: Option<&'a [f64]>,
}

fn below(field: &'static str, given: usize, limit: usize) -> Result<(), Error> {
    if given < limit {
        return Ok(());
    }
    Err(Error::InvalidConfig { field, expected: format!("below {limit}"), given: given.to_string() })
}
