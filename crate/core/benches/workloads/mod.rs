//! The workloads of `cargo xtask bench`, and networks to train on them.

use gatescope::init::{Init, InitKind, initialise};
use gatescope::loss::{CrossEntropy, Loss, Targets};
use gatescope::network::NetworkTape;
use gatescope::rng::{Purpose, Rng};
use gatescope::{CellKind, Input, Network, NetworkConfig, Nonlinearity, Readout};
use serde_json::Value;

/// One size of training step.
#[derive(Debug, Clone)]
pub struct Workload {
    pub name: String,
    pub input: usize,
    pub hidden: usize,
    pub steps: usize,
    pub batch: usize,
    pub output: usize,
}

/// W1 to W5.
pub fn workloads() -> Vec<Workload> {
    let text = include_str!("../../../../tests/bench/workloads.json");
    let plan: Value = serde_json::from_str(text).expect("workloads.json is JSON");
    let size = |value: &Value, name: &str| {
        value[name].as_u64().and_then(|size| usize::try_from(size).ok()).expect("workloads.json has all sizes")
    };
    let of = |value: &Value| Workload {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        input: size(value, "input"),
        hidden: size(value, "hidden"),
        steps: size(value, "steps"),
        batch: size(value, "batch"),
        output: size(&plan, "output"),
    };
    plan["workloads"].as_array().into_iter().flatten().map(of).collect()
}

/// The two cells that are compared everywhere.
pub const CELLS: [(&str, CellKind); 2] = [("lstm", CellKind::Lstm), ("rnn", CellKind::Rnn(Nonlinearity::Tanh))];

/// A fresh network with a batch.
pub struct Setting {
    pub network: Network<f32>,
    pub tape: NetworkTape<f32>,
    inputs: Vec<f32>,
    targets: Vec<u32>,
}

impl Setting {
    pub fn new(workload: &Workload, cell: CellKind) -> Self {
        let Workload { input, hidden, steps, batch, output, .. } = *workload;
        let config = NetworkConfig {
            cell,
            input,
            hidden,
            layers: 1,
            bidirectional: false,
            vocabulary: None,
            output,
            readout: Readout::Last,
            loss: Loss::CrossEntropy(CrossEntropy::default()),
        };
        let mut network = Network::new(config).expect("no size is zero");
        let mut rng = Rng::new(7, Purpose::Initialisation);
        let init = Init { kind: InitKind::Pytorch, spectral_radius: None, forget_bias: None };
        initialise(&mut network, &init, &mut rng).expect("PyTorch's initialisation always works");
        let tape = network.training_tape(steps, batch);
        let inputs = numbers(input * steps * batch);
        let targets = (0..batch as u32).map(|example| example % output as u32).collect();
        Self { network, tape, inputs, targets }
    }

    /// Network, tape and batch, to be used side by side.
    pub fn parts(&mut self) -> (&mut Network<f32>, &mut NetworkTape<f32>, Input<'_, f32>, Targets<'_, f32>) {
        (&mut self.network, &mut self.tape, Input::Dense(&self.inputs), Targets::Classes(&self.targets))
    }
}

/// Numbers in −1 … 1 without a pattern that a cache or a branch could learn.
pub fn numbers(count: usize) -> Vec<f32> {
    let mut state = 12_345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / 2_147_483_648.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}
