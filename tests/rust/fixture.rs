//! Reference numbers of PyTorch: two file formats, one look-up by path.
//!
//! A fixture remembers what was looked up, so that a test can tell which of its fields nobody compares.

use gatescope::loss::IGNORE;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Fixtures of what the core does not compute. Building it means taking its files off this list.
pub const NOT_YET: &[&str] = &[];

/// Fields of the other fixtures that the core does not compute yet: start of the file's name, part of the field's path.
pub const FIELDS_NOT_YET: &[(&str, &str)] = &[];

/// Whether the tests of the microscope compare this field of a fixture in `cells/`.
#[must_use]
pub fn is_of_microscope(path: &str) -> bool {
    is_of_gates(path)
        || ["/jac/", "/contrib_norm_", "/contrib_cos_", "/pair_contrib_"].iter().any(|part| path.contains(part))
}

/// Whether such a field is about what the gates say of memory.
#[must_use]
pub fn is_of_gates(path: &str) -> bool {
    ["/gate_stats/", "/log_forget_to_end"].iter().any(|part| path.contains(part))
}

/// Fields that describe a fixture and are no result.
const DESCRIPTION: &[&str] = &["meta/", "hyper/"];

/// Numbers with a shape, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Dimensions; empty for a single number.
    pub shape: Vec<usize>,
    /// The numbers; the last dimension varies fastest.
    pub data: Vec<f64>,
}

impl Tensor {
    /// The numbers as class or token ids; negative ones, such as PyTorch's −100, mean: no target.
    #[must_use]
    pub fn ids(&self) -> Vec<u32> {
        self.data.iter().map(|value| if *value < 0.0 { IGNORE } else { *value as u32 }).collect()
    }

    /// The numbers as sizes.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        self.data.iter().map(|value| *value as usize).collect()
    }

    /// The only number.
    ///
    /// # Panics
    /// When there are several.
    #[must_use]
    pub fn scalar(&self) -> f64 {
        assert_eq!(self.data.len(), 1, "a single number");
        self.data[0]
    }
}

/// One fixture: everything in it by its path, such as `runs/zero/losses/a/grad/weight_hh_l0`.
#[derive(Debug)]
pub struct Fixture {
    name: String,
    texts: BTreeMap<String, String>,
    tensors: BTreeMap<String, Tensor>,
    read: RefCell<BTreeSet<String>>,
}

/// The folder of the fixtures.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Names of all fixtures whose name starts like this, sorted: path in the folder, without extension.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn names(prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).expect("fixture folder") {
            let path = entry.expect("fixture folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let relative = path.strip_prefix(folder()).expect("inside the folder").with_extension("");
                let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
                names.push(parts.join("/"));
            }
        }
    }
    names.retain(|name| name.starts_with(prefix) && name != "golden");
    names.sort();
    names
}

/// The fixtures that apply to what the core can do, out of those whose name starts like this.
#[must_use]
pub fn applicable(prefix: &str) -> Vec<Fixture> {
    let applies = |name: &String| !NOT_YET.contains(&name.as_str());
    names(prefix).iter().filter(|name| applies(name)).map(|name| Fixture::load(name)).collect()
}

impl Fixture {
    /// Reads `NAME.json` and, if there is one, `NAME.safetensors`.
    ///
    /// # Panics
    /// When a file is missing or malformed.
    #[must_use]
    pub fn load(name: &str) -> Self {
        let json = folder().join(format!("{name}.json"));
        let text = fs::read_to_string(&json).unwrap_or_else(|error| panic!("{name}.json: {error}"));
        let mut value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}.json: {error}"));
        let mut fixture =
            Self { name: name.to_owned(), texts: BTreeMap::new(), tensors: BTreeMap::new(), read: RefCell::default() };
        let index = value.as_object_mut().and_then(|fields| fields.remove("tensors"));
        fixture.collect(String::new(), &value);
        if let Some(index) = index {
            let bytes = fs::read(json.with_extension("safetensors")).unwrap_or_else(|e| panic!("{name}: {e}"));
            fixture.collect_binary(&bytes, &index);
        }
        fixture
    }

    fn collect(&mut self, path: String, value: &Value) {
        let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
        match value {
            Value::Object(fields) => match (fields.get("shape"), fields.get("data")) {
                (Some(Value::Array(shape)), Some(Value::Array(data))) => {
                    let shape = shape.iter().map(|size| size.as_u64().expect("a size") as usize).collect();
                    let data = data.iter().map(|value| number(value).expect("a number")).collect();
                    self.insert(path, shape, data);
                }
                _ => fields.iter().for_each(|(key, value)| self.collect(inside(key), value)),
            },
            Value::Array(items) => match items.iter().map(number).collect::<Option<Vec<_>>>() {
                Some(data) => self.insert(path, vec![data.len()], data),
                None => items.iter().enumerate().for_each(|(k, item)| self.collect(inside(&k.to_string()), item)),
            },
            Value::Null | Value::Bool(_) => {}
            other => match (number(other), other) {
                (Some(value), _) => self.insert(path, Vec::new(), vec![value]),
                (None, Value::String(text)) => drop(self.texts.insert(path, text.clone())),
                _ => {}
            },
        }
    }

    fn collect_binary(&mut self, bytes: &[u8], index: &Value) {
        let name = self.name.clone();
        let tensors = SafeTensors::deserialize(bytes).unwrap_or_else(|error| panic!("{name}.safetensors: {error}"));
        for (path, tensor) in tensors.iter() {
            let words = tensor.data().chunks_exact(8).map(|word| word.try_into().expect("eight bytes"));
            let data = match tensor.dtype() {
                Dtype::F64 => words.map(f64::from_le_bytes).collect(),
                Dtype::I64 => words.map(|word| i64::from_le_bytes(word) as f64).collect(),
                Dtype::F32 => {
                    let words = tensor.data().chunks_exact(4).map(|word| word.try_into().expect("four bytes"));
                    words.map(|word| f64::from(f32::from_le_bytes(word))).collect()
                }
                other => panic!("{name}: {path} has type {other:?}"),
            };
            self.insert(path.to_owned(), tensor.shape().to_vec(), data);
        }
        for path in index.as_object().expect("an index of names").keys() {
            assert!(self.tensors.contains_key(path), "{name}.safetensors has no {path}");
        }
    }

    fn insert(&mut self, path: String, shape: Vec<usize>, data: Vec<f64>) {
        assert_eq!(shape.iter().product::<usize>(), data.len(), "{}: shape of {path}", self.name);
        let former = self.tensors.insert(path, Tensor { shape, data });
        assert!(former.is_none(), "{}: a field twice", self.name);
    }

    /// The fixture's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What lies at this path, if anything.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Tensor> {
        let tensor = self.tensors.get(path)?;
        self.read.borrow_mut().insert(path.to_owned());
        Some(tensor)
    }

    /// What lies at this path.
    ///
    /// # Panics
    /// When nothing does.
    #[must_use]
    pub fn get(&self, path: &str) -> &Tensor {
        self.find(path).unwrap_or_else(|| panic!("{} has no field {path}", self.name))
    }

    /// The number at this path as a size.
    #[must_use]
    pub fn size(&self, path: &str) -> usize {
        self.get(path).scalar() as usize
    }

    /// The text at this path.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.texts.get(path).unwrap_or_else(|| panic!("{} has no text {path}", self.name))
    }

    /// Whether anything lies below this path.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.tensors.keys().any(|name| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    /// The names of the next level below this path, in order.
    #[must_use]
    pub fn below(&self, path: &str) -> Vec<&str> {
        let rest = self.tensors.keys().filter_map(|name| name.strip_prefix(path)?.strip_prefix('/'));
        let names: BTreeSet<&str> = rest.filter_map(|rest| rest.split('/').next()).collect();
        names.into_iter().collect()
    }

    /// Fails unless every field was looked up, except those that [`FIELDS_NOT_YET`] lists.
    ///
    /// # Panics
    /// With the names of the fields that nobody compared, or that are listed though they were compared.
    pub fn assert_all_compared(&self) {
        self.assert_compared(|_| true);
    }

    /// As [`assert_all_compared`](Self::assert_all_compared), for some of the fields: others are compared elsewhere.
    ///
    /// # Panics
    /// As there.
    pub fn assert_compared(&self, concerns: impl Fn(&str) -> bool) {
        let read = self.read.borrow();
        let is_result = |path: &str| !DESCRIPTION.iter().any(|prefix| path.starts_with(prefix));
        for path in self.tensors.keys().filter(|path| is_result(path) && concerns(path)) {
            let listed = FIELDS_NOT_YET.iter().any(|(file, part)| self.name.starts_with(file) && path.contains(part));
            match (read.contains(path), listed) {
                (false, false) => panic!("{}: {path} is not compared with anything", self.name),
                (true, true) => panic!("{}: {path} is compared: take it off the list of fields", self.name),
                _ => {}
            }
        }
    }

    /// Whether a field contains this text in its path.
    #[must_use]
    pub fn mentions(&self, part: &str) -> bool {
        self.tensors.keys().any(|path| path.contains(part))
    }
}

/// A number, also where JSON has none and text stands for it.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            "nan" => Some(f64::NAN),
            _ => None,
        },
        _ => None,
    }
}
