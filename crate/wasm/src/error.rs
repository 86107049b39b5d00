//! Failures as data: put into words on the page, in its language.

use gatescope::Error;
use gatescope::state_dict::StateDictError;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// Letters of each part of an error.
const LONGEST: usize = 300;

/// What a refused call throws.
#[derive(Debug, Serialize)]
pub(crate) struct GatescopeError {
    kind: &'static str,
    field: String,
    expected: String,
    given: String,
    message: String,
}

impl GatescopeError {
    /// An error about one field.
    pub(crate) fn new(kind: &'static str, field: &str, expected: &str, given: &str) -> Self {
        Self {
            kind,
            field: field.to_owned(),
            expected: expected.to_owned(),
            given: given.to_owned(),
            message: format!("{field}: expected {expected}, got {given}"),
        }
    }

    /// An answer that cannot be made a JavaScript value.
    pub(crate) fn unanswerable(error: serde_wasm_bindgen::Error) -> Self {
        Self::new("internal", "answer", "plain data", &error.to_string())
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

/// An error of the core as it is thrown. In one place: at every call it would be some hundred bytes.
#[inline(never)]
pub(crate) fn thrown<E: Into<GatescopeError>>(error: E) -> JsValue {
    error.into().into()
}

impl From<Error> for GatescopeError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let (kind, field, expected, given) = match error {
            Error::InvalidConfig { field, expected, given } => ("invalid-config", field.to_owned(), expected, given),
            Error::Shape(shape) => {
                ("shape-mismatch", shape.what.to_owned(), format!("{:?}", shape.expected), format!("{:?}", shape.got))
            }
            Error::IdOutOfRange { what, limit, got, .. } => {
                ("id-out-of-range", what.to_owned(), format!("an id from 0 up, below {limit}"), got.to_string())
            }
            Error::Checkpoint(error) => {
                ("bad-checkpoint", "checkpoint".to_owned(), "one of this lane".to_owned(), error.to_string())
            }
            Error::OutOfMemory { what, bytes } => {
                ("out-of-memory", what.to_owned(), "less memory".to_owned(), format!("{bytes} bytes"))
            }
        };
        Self { kind, field, expected, given, message }
    }
}

impl From<StateDictError> for GatescopeError {
    fn from(error: StateDictError) -> Self {
        let message = error.to_string();
        let (field, expected, given) = match error {
            StateDictError::Malformed(given) => ("bytes".to_owned(), "a safetensors file".to_owned(), given),
            StateDictError::Missing { name, present } => {
                let given = if present.is_empty() { "no tensor".to_owned() } else { format!("only {present}") };
                (name, "a tensor".to_owned(), given)
            }
            StateDictError::Unexpected { name, expected } => (name.clone(), expected, name),
            StateDictError::Shape { name, expected, got, .. } => (name, format!("{expected:?}"), format!("{got:?}")),
            StateDictError::Dtype { name, got } => (name, "F64, F32, F16 or BF16".to_owned(), got),
            StateDictError::NonFinite { name, position } => {
                (name, "finite numbers".to_owned(), format!("one that is not, at position {position}"))
            }
        };
        Self { kind: "bad-state-dict", field, expected, given, message }
    }
}

impl From<GatescopeError> for JsValue {
    fn from(mut error: GatescopeError) -> Self {
        for text in [&mut error.field, &mut error.expected, &mut error.given, &mut error.message] {
            // A file may hold names as long as it likes.
            if let Some((end, _)) = text.char_indices().nth(LONGEST) {
                text.replace_range(end.., "…");
            }
        }
        let serializer = serde_wasm_bindgen::Serializer::new();
        error.serialize(&serializer).unwrap_or_else(|_| JsValue::from_str(&error.message))
    }
}
