//! What an experiment asks for, as the core's own parts: task, network, initialisation, optimiser.

use crate::experiment::{
    ChronoChoice, ForgetBiasChoice, InitChoice, LaneExperiment, LanguageChoice, OptimizerChoice, TaskChoice,
};
use crate::init::{ForgetBias, Init, InitKind};
use crate::loss::Loss;
use crate::network::{Network, NetworkConfig, Readout};
use crate::optim::{Clip, Optimizer, OptimizerKind};
use crate::task::{Language, Recall, Sentiment, Task};
use crate::trainer::Trainer;

/// A run from step 0 with the optimiser that the experiment names.
pub(super) fn make_trainer(experiment: &LaneExperiment, network: Network<f32>) -> Trainer<f32> {
    let kind = match experiment.optimizer {
        OptimizerChoice::Sgd => OptimizerKind::sgd(),
        OptimizerChoice::Adam => OptimizerKind::adam(),
    };
    let optimizer = Optimizer::new(kind, experiment.learning_rate, network.weights().len());
    Trainer::new(network, optimizer, experiment.clip.map_or(Clip::None, Clip::Norm))
}

/// What it learns.
pub(super) fn make_task(experiment: &LaneExperiment) -> Box<dyn Task> {
    let steps = experiment.length as usize;
    match experiment.task {
        TaskChoice::Recall => Box::new(Recall::new(steps, experiment.alphabet as usize)),
        TaskChoice::Sentiment => {
            let language = match experiment.language {
                LanguageChoice::English => Language::English,
                LanguageChoice::Chinese => Language::Chinese,
            };
            Box::new(Sentiment::new(language, steps))
        }
    }
}

/// Its network, a classifier of whole sequences.
pub(super) fn network_config(experiment: &LaneExperiment, task: &dyn Task) -> NetworkConfig {
    NetworkConfig {
        cell: experiment.cell_kind(),
        input: task.tokens().len(),
        hidden: experiment.hidden as usize,
        layers: experiment.layers as usize,
        bidirectional: false,
        vocabulary: None,
        output: task.classes().len(),
        readout: Readout::Last,
        loss: Loss::cross_entropy(),
    }
}

/// How its weights begin.
pub(super) fn make_init(experiment: &LaneExperiment) -> Init {
    Init {
        kind: match experiment.init {
            InitChoice::Pytorch => InitKind::Pytorch,
            InitChoice::Orthogonal => InitKind::Orthogonal,
            InitChoice::Identity => InitKind::Identity,
        },
        spectral_radius: experiment.spectral_radius,
        forget_bias: experiment.forget_bias.map(|bias| match bias {
            ForgetBiasChoice::Value(value) => ForgetBias::Value(value),
            ForgetBiasChoice::Chrono(ChronoChoice::Chrono) => ForgetBias::Chrono { steps: experiment.length as usize },
        }),
    }
}
