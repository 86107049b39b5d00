//! Reads what a lane is told: its experiment, the surgery on it.
//!
//! Not by serde, whose deserialisers are several times as large: it reads every type from every other, and words every mistake.

use crate::error::GatescopeError;
use crate::reader::{Reader, invalid};
use gatescope::experiment::{
    CellChoice, ChronoChoice, ForgetBiasChoice, InitChoice, LaneExperiment, LanguageChoice, NonlinearityChoice,
    OptimizerChoice, TaskChoice,
};
use gatescope::microscope::{Clamp, ClampTo, Injection, Intervention, State};
use js_sys::Array;
use wasm_bindgen::JsValue;

type Result<T> = std::result::Result<T, GatescopeError>;

/// Layers, units and timesteps; those that a network does not have are dropped later.
const INDEX: [f64; 2] = [0.0, u32::MAX as f64];

/// What is left out is the default's; every number is one, clamping comes later.
pub(crate) fn experiment(value: &JsValue) -> Result<LaneExperiment> {
    let reader = Reader::open(value, "experiment")?;
    let default = LaneExperiment::default();
    let number = |name: &str, default| {
        let number = reader.any_number(name, Some(default))?;
        number.ok_or_else(|| invalid(&reader.field(name), "a number", &JsValue::NULL))
    };
    macro_rules! choice {
        ($name:literal, $choices:ident, $default:expr) => {
            $choices::ALL[reader.choice($name, $choices::NAMES, Some($default as usize))?]
        };
    }
    Ok(LaneExperiment {
        task: choice!("task", TaskChoice, default.task),
        language: choice!("language", LanguageChoice, default.language),
        length: number("length", default.length)?,
        alphabet: number("alphabet", default.alphabet)?,
        cell: choice!("cell", CellChoice, default.cell),
        nonlinearity: choice!("nonlinearity", NonlinearityChoice, default.nonlinearity),
        hidden: number("hidden", default.hidden)?,
        layers: number("layers", default.layers)?,
        init: choice!("init", InitChoice, default.init),
        spectral_radius: reader.any_number("spectralRadius", default.spectral_radius)?,
        forget_bias: match reader.raw("forgetBias") {
            _ if reader.lacks("forgetBias") => default.forget_bias,
            value if value.is_null() || value.is_undefined() => None,
            value if value.as_string().as_deref() == Some("chrono") => {
                Some(ForgetBiasChoice::Chrono(ChronoChoice::Chrono))
            }
            value => match value.as_f64() {
                Some(bias) => Some(ForgetBiasChoice::Value(bias)),
                None => return Err(invalid(&reader.field("forgetBias"), "a number or \"chrono\"", &value)),
            },
        },
        optimizer: choice!("optimizer", OptimizerChoice, default.optimizer),
        learning_rate: number("learningRate", default.learning_rate)?,
        clip: reader.any_number("clip", default.clip)?,
        batch: number("batch", default.batch)?,
        seed: number("seed", default.seed)?,
    })
}

/// `null` is none.
pub(crate) fn intervention(value: &JsValue) -> Result<Option<Intervention>> {
    if value.is_null() || value.is_undefined() {
        return Ok(None);
    }
    let reader = Reader::open(value, "intervention")?;
    let clamps = reader.raw("clamps");
    let clamps = match Array::is_array(&clamps) {
        true => Array::from(&clamps).iter().map(|value| clamp(&value)).collect::<Result<_>>()?,
        false if clamps.is_undefined() => Vec::new(),
        false => return Err(invalid(&reader.field("clamps"), "a list", &clamps)),
    };
    Ok(Some(Intervention {
        spectral_radius: reader.any_number("spectralRadius", None)?,
        forget_bias: reader.any_number("forgetBias", None)?,
        clamps,
        cut_cell_path: reader.flag("cutCellPath")?,
        injection: reader.get("injection").map(|value| injection(&value)).transpose()?,
    }))
}

fn clamp(value: &JsValue) -> Result<Clamp> {
    let reader = Reader::open(value, "clamps")?;
    let gate = reader.raw("gate");
    Ok(Clamp {
        layer: reader.integer("layer", INDEX, None)?,
        gate: gate.as_string().ok_or_else(|| invalid(&reader.field("gate"), "the name of a gate", &gate))?,
        unit: match reader.get("unit") {
            None => None,
            Some(_) => Some(reader.integer("unit", INDEX, None)?),
        },
        to: [ClampTo::Closed, ClampTo::Open, ClampTo::Recorded]
            [reader.choice("to", &["closed", "open", "recorded"], None)?],
    })
}

fn injection(value: &JsValue) -> Result<Injection> {
    let reader = Reader::open(value, "injection")?;
    Ok(Injection {
        layer: reader.integer("layer", INDEX, None)?,
        t: reader.integer("t", INDEX, None)?,
        unit: reader.integer("unit", INDEX, None)?,
        state: [State::Hidden, State::Cell][reader.choice("state", &["hidden", "cell"], None)?],
    })
}
