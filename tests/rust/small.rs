//! Small networks with the weights that PyTorch would start them with, for laws that hold of any network.

use gatescope::cell::CellKind;
use gatescope::init::{Init, InitKind, initialise};
use gatescope::loss::Loss;
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::rng::{Purpose, Rng};

/// One layer in one direction, its last state read out for the mean squared error; what differs is written over it.
#[must_use]
pub fn config(cell: CellKind, input: usize, hidden: usize, output: usize) -> NetworkConfig {
    NetworkConfig {
        cell,
        input,
        hidden,
        layers: 1,
        bidirectional: false,
        vocabulary: None,
        output,
        readout: Readout::Last,
        loss: Loss::MeanSquaredError,
    }
}

/// A network of this shape with the weights of a start.
///
/// # Panics
/// When there is no such network.
#[must_use]
pub fn started(config: NetworkConfig, kind: InitKind, seed: u32) -> Network<f64> {
    let mut network = Network::new(config).expect("a shape");
    let init = Init { kind, spectral_radius: None, forget_bias: None };
    initialise(&mut network, &init, &mut Rng::new(seed, Purpose::Initialisation)).expect("weights");
    network
}
