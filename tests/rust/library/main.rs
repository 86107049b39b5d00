//! The headless library against PyTorch: state dicts, batch-first calls, and clear answers to what does not fit.

mod calls;
mod refusals;
mod saved;
mod state_dicts;

use gatescope::loss::Loss;
use gatescope::model::{AnyModel, BatchSize};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::state_dict::{self, StateDict};
use gatescope_tests::fixture::{Fixture, folder};
use gatescope_tests::reference::{classifier, model_config};

fn size(batch: usize, steps: usize) -> BatchSize<'static> {
    BatchSize { batch, steps, ..BatchSize::default() }
}

/// The network of a fixture in either precision.
fn model(fixture: &Fixture, double: bool) -> AnyModel {
    let network: Network<f64> = classifier(fixture);
    let state = state_dict::read(&state_dict::save(&network)).expect("a state dict");
    AnyModel::from_state_dict(&model_config(network.config().clone()), &state, double).expect("a model")
}

/// A state dict that PyTorch saved.
fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(format!("{name}.safetensors"))).expect("a state dict")
}

/// The network that a state dict belongs to.
fn config(state: &StateDict, readout: Readout) -> NetworkConfig {
    let shape = state.shape;
    NetworkConfig {
        cell: shape.cell,
        input: shape.input,
        hidden: shape.hidden,
        layers: shape.layers,
        bidirectional: shape.bidirectional,
        vocabulary: shape.vocabulary,
        output: shape.output,
        readout,
        loss: Loss::cross_entropy(),
    }
}

/// A model with the weights of a state dict that PyTorch saved.
fn load(name: &str, readout: Readout, double: bool) -> AnyModel {
    let state = state_dict::read(&bytes(name)).expect("a state dict");
    AnyModel::from_state_dict(&model_config(config(&state, readout)), &state, double).expect("a model")
}
