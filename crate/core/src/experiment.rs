//! The settings of one lane: plain data, the same that a link holds.

use crate::cell::{CellKind, Nonlinearity};
use serde::{Deserialize, Serialize};

/// What a lane does. Field names are those of the public configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", default)]
pub struct LaneExperiment {
    /// What is learned.
    pub task: TaskChoice,
    /// Language of the sentences (task `sentiment`).
    pub language: LanguageChoice,
    /// T, timesteps.
    pub length: f64,
    /// Number of symbols to recall, and of distractors (task `recall`).
    pub alphabet: f64,
    /// The cell.
    pub cell: CellChoice,
    /// Activation function (cell `rnn`).
    pub nonlinearity: NonlinearityChoice,
    /// H, units a layer.
    pub hidden: f64,
    /// L, layers.
    pub layers: f64,
    /// Initialisation of the recurrent layers.
    pub init: InitChoice,
    /// ρ(W_hh) (cell `rnn`); `null` leaves it as initialised.
    pub spectral_radius: Option<f64>,
    /// Bias of the forget gate (cell `lstm`); `null` leaves it as initialised.
    pub forget_bias: Option<ForgetBiasChoice>,
    /// The optimiser.
    pub optimizer: OptimizerChoice,
    /// Its learning rate.
    pub learning_rate: f64,
    /// Threshold for the global gradient norm; `null` does not clip.
    pub clip: Option<f64>,
    /// B, sequences a training step.
    pub batch: f64,
    /// Seed of weights and data.
    pub seed: f64,
}

/// A closed list of names, as written in links and configurations.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// All of them, in the order in which they are offered.
            pub const NAMES: &'static [&'static str] = &[$($text),+];
            /// The same as values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

choices! {
    /// What is learned.
    TaskChoice {
        /// [`crate::task::Recall`]
        Recall = "recall",
        /// [`crate::task::Sentiment`]
        Sentiment = "sentiment"
    }
}
choices! {
    /// Language of the sentences.
    LanguageChoice {
        /// English.
        English = "en",
        /// Simplified Chinese.
        Chinese = "zh"
    }
}
choices! {
    /// The cell.
    CellChoice {
        /// Elman RNN.
        Rnn = "rnn",
        /// Long short-term memory.
        Lstm = "lstm",
        /// Gated recurrent unit.
        Gru = "gru"
    }
}
choices! {
    /// Activation function of the RNN.
    NonlinearityChoice {
        /// Hyperbolic tangent.
        Tanh = "tanh",
        /// max(0, x).
        Relu = "relu"
    }
}
choices! {
    /// Initialisation of the recurrent layers, see [`crate::init::InitKind`].
    InitChoice {
        /// PyTorch's default.
        Pytorch = "pytorch",
        /// Orthogonal.
        Orthogonal = "orthogonal",
        /// Identity.
        Identity = "identity"
    }
}
choices! {
    /// The optimiser.
    OptimizerChoice {
        /// Stochastic gradient descent.
        Sgd = "sgd",
        /// Adam.
        Adam = "adam"
    }
}
choices! {
    /// The forget bias that is no number.
    ChronoChoice {
        /// ln U(1, T − 1).
        Chrono = "chrono"
    }
}

/// Bias of the forget gate: a number or `"chrono"`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum ForgetBiasChoice {
    /// This number.
    Value(f64),
    /// Tallec & Ollivier 2018.
    Chrono(ChronoChoice),
}

impl Default for LaneExperiment {
    /// Delayed recall over 50 timesteps with an LSTM whose gates start open.
    fn default() -> Self {
        Self {
            task: TaskChoice::Recall,
            language: LanguageChoice::English,
            length: 50.0,
            alphabet: 4.0,
            cell: CellChoice::Lstm,
            nonlinearity: NonlinearityChoice::Tanh,
            hidden: 32.0,
            layers: 1.0,
            init: InitChoice::Pytorch,
            spectral_radius: None,
            forget_bias: Some(ForgetBiasChoice::Chrono(ChronoChoice::Chrono)),
            optimizer: OptimizerChoice::Adam,
            learning_rate: 0.002,
            clip: Some(1.0),
            batch: 32.0,
            seed: 7.0,
        }
    }
}

impl LaneExperiment {
    /// The cell with its activation function.
    #[must_use]
    pub fn cell_kind(&self) -> CellKind {
        match (self.cell, self.nonlinearity) {
            (CellChoice::Rnn, NonlinearityChoice::Tanh) => CellKind::Rnn(Nonlinearity::Tanh),
            (CellChoice::Rnn, NonlinearityChoice::Relu) => CellKind::Rnn(Nonlinearity::Relu),
            (CellChoice::Lstm, _) => CellKind::Lstm,
            (CellChoice::Gru, _) => CellKind::Gru,
        }
    }

    /// The default experiment's other lane: a tanh RNN, everything else alike.
    #[must_use]
    pub fn default_rnn() -> Self {
        Self { cell: CellChoice::Rnn, forget_bias: None, ..Self::default() }
    }
}

/// The value of a setting, to be put into words by whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A name.
    Name(&'static str),
    /// Left out.
    Nothing,
}

/// A setting that could not be taken as given.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Name of the setting.
    pub field: String,
    /// What was given.
    #[cfg_attr(feature = "typescript", ts(type = "number | string | null"))]
    pub given: Value,
    /// What is used instead.
    #[cfg_attr(feature = "typescript", ts(type = "number | string | null"))]
    pub effective: Value,
    /// Why.
    pub reason: Reason,
}

/// Why a setting was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// Below the smallest usable value.
    BelowMinimum,
    /// Above the largest usable value.
    AboveMaximum,
    /// Infinite or not a number.
    NotFinite,
    /// A fraction where a whole number is needed.
    NotWhole,
    /// The cell or the task has no such setting.
    NotApplicable,
    /// The sequences of a training step would not fit in memory.
    Memory,
}
