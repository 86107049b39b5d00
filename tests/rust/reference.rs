//! Networks and batches out of fixtures, from PyTorch's layout (batch first, row-major) into the core's and back.

use crate::fixture::{Fixture, Tensor};
use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::loss::Loss;
use gatescope::model::{Model, ModelConfig};
use gatescope::network::{Network, NetworkConfig, NetworkTape, Readout};
use gatescope::optim::{Clip, OptimizerKind};
use gatescope::real::Real;
use gatescope::state_dict;

/// Numbers in another precision.
#[must_use]
pub fn cast<R: Real>(values: &[f64]) -> Vec<R> {
    values.iter().map(|value| R::from_f64(*value)).collect()
}

/// Numbers as f64.
pub fn widen<R: Real>(values: &[R]) -> impl Iterator<Item = f64> + '_ {
    values.iter().map(|value| value.to_f64())
}

/// The cell that a fixture's `meta/cell` names.
///
/// # Panics
/// When the core has no such cell.
#[must_use]
pub fn cell(name: &str) -> CellKind {
    match name {
        "rnn_tanh" => CellKind::Rnn(Nonlinearity::Tanh),
        "rnn_relu" => CellKind::Rnn(Nonlinearity::Relu),
        "lstm" => CellKind::Lstm,
        "gru" => CellKind::Gru,
        other => panic!("no check for the cell {other}"),
    }
}

/// `[B, T, F]` row-major as `[F, T·B]` column-major, column t·B + b.
#[must_use]
pub fn time_major(tensor: &Tensor) -> Vec<f64> {
    let [batch, steps, features] = *tensor.shape.as_slice() else { panic!("[B, T, F], not {:?}", tensor.shape) };
    let mut result = Vec::with_capacity(tensor.data.len());
    for t in 0..steps {
        for b in 0..batch {
            let start = (b * steps + t) * features;
            result.extend_from_slice(&tensor.data[start..start + features]);
        }
    }
    result
}

/// Sequence b of `[B, T, F]` as `[F, T]` column-major.
#[must_use]
pub fn sequence(tensor: &Tensor, b: usize) -> Vec<f64> {
    let length = tensor.data.len() / tensor.shape[0];
    tensor.data[b * length..(b + 1) * length].to_vec()
}

/// The dimensions of a fixture in `cells/`.
#[derive(Debug, Clone, Copy)]
pub struct Dimensions {
    /// B.
    pub batch: usize,
    /// T.
    pub steps: usize,
    /// I.
    pub input: usize,
    /// H.
    pub hidden: usize,
    /// L.
    pub layers: usize,
    /// Number of classes.
    pub classes: usize,
}

impl Dimensions {
    /// As `meta` says.
    #[must_use]
    pub fn of(fixture: &Fixture) -> Self {
        let size = |name: &str| fixture.size(&format!("meta/{name}"));
        Self {
            batch: size("B"),
            steps: size("T"),
            input: size("I"),
            hidden: size("H"),
            layers: size("layers"),
            classes: size("classes"),
        }
    }
}

/// The network of a fixture in `cells/`, with its weights: classified from the last state.
///
/// # Panics
/// When the fixture lacks a parameter.
#[must_use]
pub fn classifier<R: Real>(fixture: &Fixture) -> Network<R> {
    let size = Dimensions::of(fixture);
    let mut network = Network::new(NetworkConfig {
        cell: cell(fixture.text("meta/cell")),
        input: size.input,
        hidden: size.hidden,
        layers: size.layers,
        output: size.classes,
        bidirectional: false,
        vocabulary: None,
        readout: Readout::Last,
        loss: Loss::cross_entropy(),
    })
    .expect("the fixture's shape");
    write_parameters(&mut network, |name| match name.strip_prefix("fc.") {
        Some(_) => fixture.get(&format!("head/{name}")).data.clone(),
        None => fixture.get(&format!("params/{}", short(name))).data.clone(),
    });
    network
}

/// A model with a network's weights, through a state dict: exactly the same numbers.
///
/// # Panics
/// When the state dict does not fit the network that wrote it.
#[must_use]
pub fn model_of<R: Real>(network: &Network<R>) -> Model<R> {
    let state = state_dict::read(&state_dict::save(network)).expect("a state dict of the network's own");
    Model::from_state_dict(&model_config(network.config().clone()), &state).expect("weights of the same shape")
}

/// A model of this shape with plain gradient descent.
#[must_use]
pub fn model_config(network: NetworkConfig) -> ModelConfig {
    ModelConfig { network, optimizer: OptimizerKind::sgd(), learning_rate: 0.1, clip: Clip::None }
}

/// Name of a recurrent parameter without the module: `lstm.weight_hh_l0` is `weight_hh_l0`.
#[must_use]
pub fn short(name: &str) -> &str {
    name.split_once('.').filter(|(module, _)| *module != "fc").map_or(name, |(_, rest)| rest)
}

/// Writes all parameters, row-major as PyTorch has them, by their names in the core.
pub fn write_parameters<R: Real>(network: &mut Network<R>, row_major: impl Fn(&str) -> Vec<f64>) {
    let specs = network.parameters().specs().to_vec();
    network.update(|weights, _| {
        for spec in &specs {
            spec.write_row_major(weights, &cast(&row_major(&spec.name)));
        }
    });
}

/// Writes a fixture's initial states `[L, B, H]` into slot 0 of a tape.
///
/// # Panics
/// When the sizes differ.
pub fn write_initial_states<R: Real>(tape: &mut NetworkTape<R>, h0: &Tensor, c0: Option<&Tensor>) {
    let slot = h0.data.len() / tape.recurrent.layers.len();
    for (index, layer) in tape.recurrent.layers.iter_mut().enumerate() {
        let range = index * slot..(index + 1) * slot;
        layer.h.as_mut_slice()[..slot].copy_from_slice(&cast(&h0.data[range.clone()]));
        if let Some(c0) = c0 {
            layer.c.as_mut_slice()[..slot].copy_from_slice(&cast(&c0.data[range]));
        }
    }
}
