//! Failures as data: put into words on the page, in its language.

use gatescope::Error;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// What a refused call throws.
#[derive(Debug, Serialize)]
pub(crate) struct LaneError {
    kind: &'static str,
    field: String,
    expected: String,
    given: String,
    message: String,
}

impl LaneError {
    /// Something that is not of the declared type at all.
    pub(crate) fn malformed(error: serde_wasm_bindgen::Error) -> Self {
        Self {
            kind: "invalid-config",
            field: "experiment".to_owned(),
            expected: "a LaneExperiment".to_owned(),
            given: error.to_string(),
            message: error.to_string(),
        }
    }

    /// A frame buffer of the wrong length.
    pub(crate) fn buffer_length(expected: usize, given: u32) -> Self {
        Self {
            kind: "shape-mismatch",
            field: "buffer".to_owned(),
            expected: expected.to_string(),
            given: given.to_string(),
            message: format!("buffer: expected {expected} floats, got {given}"),
        }
    }
}

impl From<Error> for LaneError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let (kind, field, expected, given) = match error {
            Error::InvalidConfig { field, expected, given } => ("invalid-config", field.to_owned(), expected, given),
            Error::Shape(shape) => {
                ("shape-mismatch", shape.what.to_owned(), format!("{:?}", shape.expected), format!("{:?}", shape.got))
            }
            Error::IdOutOfRange { what, limit, got, .. } => {
                ("id-out-of-range", what.to_owned(), format!("below {limit}"), got.to_string())
            }
            Error::OutOfMemory { what, bytes } => {
                ("out-of-memory", what.to_owned(), "less memory".to_owned(), format!("{bytes} bytes"))
            }
        };
        Self { kind, field, expected, given, message }
    }
}

impl From<LaneError> for JsValue {
    fn from(error: LaneError) -> Self {
        let serializer = serde_wasm_bindgen::Serializer::new();
        error.serialize(&serializer).unwrap_or_else(|_| JsValue::from_str(&error.message))
    }
}
