//! Reads a network's configuration.

use crate::error::GatescopeError;
use crate::reader::{Reader, invalid};
use gatescope::init::{ForgetBias, Init, InitKind};
use gatescope::loss::{CrossEntropy, Ctc};
use gatescope::model::ModelConfig;
use gatescope::optim::{Clip, OptimizerKind};
use gatescope::state_dict::InferredShape;
use gatescope::{CellKind, Loss, NetworkConfig, Nonlinearity, Readout};
use js_sys::Array;
use wasm_bindgen::JsValue;

type Result<T> = std::result::Result<T, GatescopeError>;

/// Number of timesteps that chrono initialisation assumes when it is not told: the contract of `forgetBias: 'chrono'`.
const CHRONO_STEPS: f64 = 100.0;

/// Everything about a network but its weights.
pub(crate) struct Options {
    pub config: ModelConfig,
    pub init: Init,
    pub seed: u32,
    pub double: bool,
}

/// Far above any useful hyperparameter, and still readable in a message.
const LARGEST: f64 = 1e12;
const SIZE: [f64; 2] = [1.0, 65_536.0];
const SEED: [f64; 2] = [0.0, 4_294_967_295.0];
const TRAINING: [&str; 8] = ["nonlinearity", "readout", "loss", "optimizer", "clip", "precision", "seed", "init"];
const SHAPE: [&str; 8] =
    ["cell", "inputSize", "vocabularySize", "embeddingSize", "hiddenSize", "layers", "bidirectional", "outputSize"];

/// Reads the configuration of a new network.
pub(crate) fn read(value: &JsValue) -> Result<Options> {
    let known: Vec<&str> = SHAPE.into_iter().chain(TRAINING).collect();
    let reader = Reader::new(value, "", &known)?;
    let cell = [CellKind::Lstm, CellKind::Rnn(Nonlinearity::Tanh), CellKind::Gru]
        [reader.choice("cell", &["lstm", "rnn", "gru"], Some(0))?];
    let has_embedding = reader.get("vocabularySize").is_some() || reader.get("embeddingSize").is_some();
    let (input, vocabulary) = if has_embedding {
        if let Some(size) = reader.get("inputSize") {
            return Err(invalid("inputSize", "nothing: with vocabularySize the input is the embedding", &size));
        }
        (
            reader.integer("embeddingSize", SIZE, None)?,
            Some(reader.integer("vocabularySize", [1.0, 16_777_216.0], None)?),
        )
    } else {
        (reader.integer("inputSize", SIZE, None)?, None)
    };
    let shape = InferredShape {
        cell,
        input,
        hidden: reader.integer("hiddenSize", [1.0, 4096.0], None)?,
        layers: reader.integer("layers", [1.0, 64.0], Some(1.0))?,
        bidirectional: reader.flag("bidirectional")?,
        vocabulary,
        output: reader.integer("outputSize", SIZE, None)?,
    };
    finish(&reader, shape)
}

/// Reads what a state dict does not tell.
pub(crate) fn read_beside(value: &JsValue, shape: InferredShape) -> Result<Options> {
    let reader =
        if value.is_undefined() || value.is_null() { Reader::empty("") } else { Reader::new(value, "", &TRAINING)? };
    finish(&reader, shape)
}

fn finish(reader: &Reader, shape: InferredShape) -> Result<Options> {
    let InferredShape { mut cell, input, hidden, layers, bidirectional, vocabulary, output } = shape;
    let nonlinearity =
        [Nonlinearity::Tanh, Nonlinearity::Relu][reader.choice("nonlinearity", &["tanh", "relu"], Some(0))?];
    if let CellKind::Rnn(own) = &mut cell {
        *own = nonlinearity;
    }
    let network = NetworkConfig {
        cell,
        input,
        hidden,
        layers,
        bidirectional,
        vocabulary,
        output,
        readout: [Readout::Last, Readout::Every][reader.choice("readout", &["last", "every"], Some(0))?],
        loss: loss(reader, output)?,
    };
    if matches!(network.loss, Loss::Ctc(_)) && network.readout == Readout::Last {
        return Err(invalid("readout", "\"every\": CTC needs an output at every timestep", &JsValue::from_str("last")));
    }
    let (optimizer, learning_rate) = optimizer(reader)?;
    let clip = reader.kind("clip", &["kind", "threshold"])?;
    let threshold = clip.number("threshold", [1e-30, LARGEST], 1.0)?;
    let clip = [Clip::None, Clip::Norm(threshold), Clip::Value(threshold)]
        [clip.choice("kind", &["none", "norm", "value"], Some(0))?];
    Ok(Options {
        config: ModelConfig { network, optimizer, learning_rate, clip },
        init: init(reader)?,
        seed: reader.integer("seed", SEED, Some(0.0))? as u32,
        double: reader.choice("precision", &["f32", "f64"], Some(0))? == 1,
    })
}

fn loss(reader: &Reader, outputs: usize) -> Result<Loss> {
    let loss =
        reader.kind("loss", &["kind", "classWeights", "labelSmoothing", "positiveWeight", "blank", "zeroInfinity"])?;
    Ok(match loss.choice("kind", &["crossEntropy", "bce", "mse", "ctc"], Some(0))? {
        0 => Loss::CrossEntropy(CrossEntropy {
            class_weights: match loss.get("classWeights") {
                None => None,
                Some(value) => Some(weights(&loss, &value, outputs)?),
            },
            label_smoothing: loss.number("labelSmoothing", [0.0, 1.0], 0.0)?,
        }),
        1 => Loss::BinaryCrossEntropy { positive_weight: loss.number("positiveWeight", [0.0, LARGEST], 1.0)? },
        2 => Loss::MeanSquaredError,
        _ => Loss::Ctc(Ctc {
            blank: loss.integer("blank", [0.0, outputs as f64 - 1.0], Some(0.0))?,
            zero_infinity: loss.flag("zeroInfinity")?,
        }),
    })
}

fn weights(loss: &Reader, value: &JsValue, outputs: usize) -> Result<Vec<f64>> {
    if !Array::is_array(value) || Array::from(value).length() as usize != outputs {
        return Err(invalid(&loss.field("classWeights"), &format!("a list of {outputs} numbers from 0"), value));
    }
    Array::from(value)
        .iter()
        .map(|weight| match weight.as_f64() {
            Some(number) if number.is_finite() && number >= 0.0 => Ok(number),
            _ => Err(invalid(&loss.field("classWeights"), "numbers from 0", &weight)),
        })
        .collect()
}

fn optimizer(reader: &Reader) -> Result<(OptimizerKind, f64)> {
    let optimizer = reader.kind(
        "optimizer",
        &["kind", "learningRate", "momentum", "nesterov", "weightDecay", "alpha", "beta1", "beta2", "epsilon"],
    )?;
    let decay = |default| optimizer.number("weightDecay", [0.0, LARGEST], default);
    let epsilon = optimizer.number("epsilon", [0.0, LARGEST], 1e-8)?;
    let share = |name, default| optimizer.number(name, [0.0, 1.0 - f64::EPSILON], default);
    let kind = optimizer.choice("kind", &["adam", "adamw", "sgd", "rmsprop"], Some(0))?;
    let choice = match kind {
        0 | 1 => OptimizerKind::Adam {
            beta1: share("beta1", 0.9)?,
            beta2: share("beta2", 0.999)?,
            epsilon,
            weight_decay: decay(if kind == 1 { 0.01 } else { 0.0 })?,
            decoupled: kind == 1,
        },
        2 => OptimizerKind::Sgd {
            momentum: optimizer.number("momentum", [0.0, LARGEST], 0.0)?,
            nesterov: optimizer.flag("nesterov")?,
            weight_decay: decay(0.0)?,
        },
        _ => OptimizerKind::RmsProp { alpha: share("alpha", 0.99)?, epsilon, weight_decay: decay(0.0)? },
    };
    let default = if kind == 3 { 1e-2 } else { 1e-3 };
    Ok((choice, optimizer.number("learningRate", [0.0, LARGEST], default)?))
}

fn init(reader: &Reader) -> Result<Init> {
    let init = reader.kind("init", &["kind", "spectralRadius", "forgetBias", "steps"])?;
    let kinds = [InitKind::Pytorch, InitKind::Xavier, InitKind::Orthogonal, InitKind::Identity];
    let steps = init.integer("steps", [1.0, 1e9], Some(CHRONO_STEPS))?;
    Ok(Init {
        kind: kinds[init.choice("kind", &["pytorch", "xavier", "orthogonal", "identity"], Some(0))?],
        spectral_radius: match init.get("spectralRadius") {
            None => None,
            Some(_) => Some(init.number("spectralRadius", [0.0, 1e6], 1.0)?),
        },
        forget_bias: match init.get("forgetBias") {
            None => None,
            Some(value) if value.as_string().as_deref() == Some("chrono") => Some(ForgetBias::Chrono { steps }),
            Some(value) => match value.as_f64() {
                Some(bias) if bias.is_finite() => Some(ForgetBias::Value(bias)),
                _ => return Err(invalid(&init.field("forgetBias"), "a number or \"chrono\"", &value)),
            },
        },
    })
}
