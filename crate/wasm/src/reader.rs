//! Reads a JavaScript object field by field, so that an error can name the field.

use crate::error::GatescopeError;
use js_sys::{Array, Number, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

type Result<T> = std::result::Result<T, GatescopeError>;

/// A configuration object, or one nested in it.
pub(crate) struct Reader {
    object: Object,
    path: String,
}

impl Reader {
    /// An object with settings, whatever else it has.
    pub fn open(value: &JsValue, path: &str) -> Result<Self> {
        match value.dyn_ref::<Object>() {
            Some(object) if !Array::is_array(value) && !value.is_function() => {
                Ok(Self { object: object.clone(), path: path.to_owned() })
            }
            _ => Err(invalid(if path.is_empty() { "config" } else { path }, "an object", value)),
        }
    }

    /// An object with no settings but the known ones.
    pub fn new(value: &JsValue, path: &str, known: &[&str]) -> Result<Self> {
        let reader = Self::open(value, path)?;
        for key in Object::keys(&reader.object) {
            let name = key.as_string().unwrap_or_default();
            if !known.contains(&name.as_str()) {
                return Err(invalid(&reader.field(&name), &format!("one of {}", known.join(", ")), &key));
            }
        }
        Ok(reader)
    }

    /// No settings at all.
    pub fn empty(path: &str) -> Self {
        Self { object: Object::new(), path: path.to_owned() }
    }

    pub fn field(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The value, unless it is missing, `undefined` or `null`.
    pub fn get(&self, name: &str) -> Option<JsValue> {
        Some(self.raw(name)).filter(|value| !value.is_undefined() && !value.is_null())
    }

    /// The value, also `undefined` and `null`.
    pub fn raw(&self, name: &str) -> JsValue {
        Reflect::get(&self.object, &name.into()).unwrap_or_default()
    }

    /// Whether there is no such setting, not even an `undefined` one.
    pub fn lacks(&self, name: &str) -> bool {
        !Reflect::has(&self.object, &name.into()).unwrap_or(false)
    }

    /// A number of any size, also NaN; `null` and `undefined`: none.
    pub fn any_number(&self, name: &str, default: Option<f64>) -> Result<Option<f64>> {
        match self.raw(name) {
            _ if self.lacks(name) => Ok(default),
            value if value.is_null() || value.is_undefined() => Ok(None),
            value => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(invalid(&self.field(name), "a number", &value)),
            },
        }
    }

    pub fn number(&self, name: &str, [min, max]: [f64; 2], default: f64) -> Result<f64> {
        let Some(value) = self.get(name) else { return Ok(default) };
        match value.as_f64() {
            Some(number) if (min..=max).contains(&number) => Ok(number),
            _ => Err(invalid(
                &self.field(name),
                &format!("a number from {} to {}", in_words(min), in_words(max)),
                &value,
            )),
        }
    }

    pub fn integer(&self, name: &str, [min, max]: [f64; 2], default: Option<f64>) -> Result<usize> {
        let expected = format!("a whole number from {} to {}", in_words(min), in_words(max));
        match (self.get(name), default) {
            (None, Some(default)) => Ok(default as usize),
            (None, None) => Err(invalid(&self.field(name), &expected, &JsValue::UNDEFINED)),
            (Some(value), _) => match value.as_f64() {
                Some(number) if number.trunc() == number && (min..=max).contains(&number) => Ok(number as usize),
                _ => Err(invalid(&self.field(name), &expected, &value)),
            },
        }
    }

    pub fn flag(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| invalid(&self.field(name), "true or false", &value)),
        }
    }

    /// Index of the chosen name.
    pub fn choice(&self, name: &str, choices: &[&str], default: Option<usize>) -> Result<usize> {
        let value = self.raw(name);
        let text = value.as_string();
        let chosen = choices.iter().position(|choice| text.as_deref() == Some(choice));
        let left_out = value.is_undefined() || value.is_null();
        chosen
            .or(default.filter(|_| left_out))
            .ok_or_else(|| invalid(&self.field(name), &format!("one of {}", choices.join(", ")), &value))
    }

    pub fn nested(&self, name: &str, known: &[&str]) -> Result<Self> {
        match self.get(name) {
            None => Ok(Self::empty(&self.field(name))),
            Some(value) => Self::new(&value, &self.field(name), known),
        }
    }

    /// A nested object `{ kind, … }`, or the kind alone as a string.
    pub fn kind(&self, name: &str, known: &[&str]) -> Result<Self> {
        match self.get(name) {
            Some(value) if value.is_string() => {
                let object = Object::new();
                let _ = Reflect::set(&object, &"kind".into(), &value);
                Ok(Self { object, path: self.field(name) })
            }
            _ => self.nested(name, known),
        }
    }
}

pub(crate) fn invalid(field: &str, expected: &str, given: &JsValue) -> GatescopeError {
    GatescopeError::new("invalid-config", field, expected, &shown(given))
}

/// A number as JavaScript writes it, which has the code for it anyway.
pub(crate) fn in_words(number: f64) -> String {
    Number::from(number).to_string_with_radix(10).map_or_else(|_| String::new(), String::from)
}

/// A value as a person would write it, shortened.
pub(crate) fn shown(value: &JsValue) -> String {
    let text = match (value.as_string(), value.as_f64()) {
        (Some(text), _) => format!("\"{text}\""),
        (_, Some(number)) => in_words(number),
        _ if value.is_undefined() => "nothing".to_owned(),
        _ if value.is_function() => "a function".to_owned(),
        _ if value.is_symbol() => "a symbol".to_owned(),
        _ if value.is_bigint() => "a bigint".to_owned(),
        _ => js_sys::JSON::stringify(value)
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_else(|| format!("{value:?}")),
    };
    match text.char_indices().nth(SHOWN_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// As much of a value as an error shows.
const SHOWN_LETTERS: usize = 60;
