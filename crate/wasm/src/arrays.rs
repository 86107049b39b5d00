//! Typed arrays and batch sizes as JavaScript hands them in.

use crate::error::GatescopeError;
use crate::memory::zeros;
use crate::reader::{in_words, shown};
use gatescope::model::{BatchInput, BatchSize, BatchTargets};
use js_sys::{Array, Float32Array, Float64Array, Int32Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};

type Result<T> = std::result::Result<T, GatescopeError>;

/// Inputs of a batch.
pub(crate) enum Inputs {
    Values(Vec<f64>),
    Tokens(Vec<i32>),
}

/// Targets of a batch.
pub(crate) enum Targets {
    Values(Vec<f64>),
    Ids(Vec<i32>),
}

/// The last argument of every call: how the arrays are cut, and what else is asked for.
pub(crate) struct Size {
    batch: usize,
    steps: usize,
    lengths: Option<Vec<usize>>,
    target_lengths: Option<Vec<usize>>,
    pub repeat: usize,
    pub example: usize,
    pub layer: usize,
    pub hidden: Option<Vec<f64>>,
    pub cell: Option<Vec<f64>>,
}

/// Floats of either precision.
fn floats(field: &str, value: &JsValue) -> Result<Option<Vec<f64>>> {
    if let Some(array) = value.dyn_ref::<Float64Array>() {
        let mut values = zeros(field, array.length() as usize)?;
        array.copy_to(&mut values);
        return Ok(Some(values));
    }
    let Some(array) = value.dyn_ref::<Float32Array>() else { return Ok(None) };
    let mut values = zeros::<f64>(field, array.length() as usize)?;
    // In pieces: the whole array need not be there twice.
    let mut piece = [0.0_f32; 4096];
    for (start, values) in (0..).step_by(piece.len()).zip(values.chunks_mut(piece.len())) {
        let piece = &mut piece[..values.len()];
        array.subarray(start, start + values.len() as u32).copy_to(piece);
        values.iter_mut().zip(piece).for_each(|(value, single)| *value = f64::from(*single));
    }
    Ok(Some(values))
}

fn ids(field: &str, array: &Int32Array) -> Result<Vec<i32>> {
    let mut ids = zeros(field, array.length() as usize)?;
    array.copy_to(&mut ids);
    Ok(ids)
}

fn wrong_type(field: &str, expected: &str, value: &JsValue) -> GatescopeError {
    GatescopeError::new("invalid-input", field, expected, &shown(value))
}

impl Inputs {
    pub(crate) fn read(value: &JsValue) -> Result<Self> {
        if let Some(tokens) = value.dyn_ref::<Int32Array>() {
            return ids("inputs", tokens).map(Self::Tokens);
        }
        floats("inputs", value)?
            .map(Self::Values)
            .ok_or_else(|| wrong_type("inputs", "a Float32Array, Float64Array or Int32Array", value))
    }

    pub(crate) fn view(&self) -> BatchInput<'_> {
        match self {
            Self::Values(values) => BatchInput::Values(values),
            Self::Tokens(tokens) => BatchInput::Tokens(tokens),
        }
    }
}

impl Targets {
    pub(crate) fn read(value: &JsValue) -> Result<Self> {
        if let Some(ids) = value.dyn_ref::<Int32Array>() {
            return self::ids("targets", ids).map(Self::Ids);
        }
        floats("targets", value)?
            .map(Self::Values)
            .ok_or_else(|| wrong_type("targets", "an Int32Array, Float32Array or Float64Array", value))
    }

    pub(crate) fn view(&self) -> BatchTargets<'_> {
        match self {
            Self::Values(values) => BatchTargets::Values(values),
            Self::Ids(ids) => BatchTargets::Ids(ids),
        }
    }
}

impl Size {
    pub(crate) fn read(value: &JsValue) -> Result<Self> {
        if !value.is_object() {
            return Err(GatescopeError::new("invalid-input", "size", "an object { batch, steps }", &shown(value)));
        }
        let get = |name: &str| {
            Reflect::get(value, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
        };
        let whole = |field: &str, value: &JsValue, least: f64| match value.as_f64() {
            Some(number) if number.trunc() == number && (least..=1e9).contains(&number) => Ok(number as usize),
            _ => {
                let expected = format!("a whole number from {}", in_words(least));
                Err(GatescopeError::new("invalid-input", field, &expected, &shown(value)))
            }
        };
        let integer = |name: &str, least: f64, default: Option<usize>| match (get(name), default) {
            (None, Some(default)) => Ok(default),
            (given, _) => whole(name, &given.unwrap_or(JsValue::UNDEFINED), least),
        };
        let list = |name: &str, least: f64| match get(name) {
            None => Ok(None),
            Some(list) => {
                Array::from(&list).iter().map(|value| whole(name, &value, least)).collect::<Result<_>>().map(Some)
            }
        };
        let state = |name: &str| match get(name) {
            None => Ok(None),
            Some(array) => match floats(name, &array)? {
                Some(values) => Ok(Some(values)),
                None => Err(wrong_type(name, "a Float32Array or Float64Array", &array)),
            },
        };
        Ok(Self {
            batch: integer("batch", 1.0, None)?,
            steps: integer("steps", 1.0, None)?,
            lengths: list("lengths", 1.0)?,
            target_lengths: list("targetLengths", 0.0)?,
            repeat: integer("repeat", 1.0, Some(1))?,
            example: integer("example", 0.0, Some(0))?,
            layer: integer("layer", 0.0, Some(0))?,
            hidden: state("hidden")?,
            cell: state("cell")?,
        })
    }

    pub(crate) fn view(&self) -> BatchSize<'_> {
        BatchSize {
            batch: self.batch,
            steps: self.steps,
            lengths: self.lengths.as_deref(),
            target_lengths: self.target_lengths.as_deref(),
        }
    }
}

/// As a `Float32Array`.
pub(crate) fn single(values: &[f64]) -> JsValue {
    let rounded: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    Float32Array::from(rounded.as_slice()).into()
}

/// As a `Float64Array`.
pub(crate) fn double(values: &[f64]) -> JsValue {
    Float64Array::from(values).into()
}
