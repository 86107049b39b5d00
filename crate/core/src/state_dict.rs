//! Parameters as safetensors, under PyTorch's names: what `torch.save` of a model with `rnn`/`lstm`/`gru`, `fc` and
//! `embedding` holds, converted by the `safetensors` package.

mod file;

pub use file::ReadHeader;
pub use safetensors::tensor::{Dtype, TensorInfo};

use crate::cell::{CellKind, Nonlinearity};
use crate::network::Network;
use crate::parameters::ParameterList;
use crate::real::Real;
use safetensors::tensor::{SafeTensors, TensorView};
use std::collections::BTreeMap;

/// Why a state dict cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateDictError {
    /// The bytes are no safetensors file.
    #[error("not a safetensors file: {0}")]
    Malformed(String),
    /// A tensor is missing.
    #[error("{name}: missing; the state dict has {present}")]
    Missing {
        /// Its name.
        name: String,
        /// What is there.
        present: String,
    },
    /// A tensor that no parameter corresponds to.
    #[error("{name}: unexpected tensor; expected only {expected}")]
    Unexpected {
        /// Its name.
        name: String,
        /// What would be accepted.
        expected: String,
    },
    /// A tensor of another shape.
    #[error("{name}: expected shape {expected:?}, got {got:?}{hint}")]
    Shape {
        /// Its name.
        name: String,
        /// The shape that fits the other tensors.
        expected: Vec<usize>,
        /// The shape it has.
        got: Vec<usize>,
        /// What may be the matter.
        hint: &'static str,
    },
    /// A tensor of numbers that are not understood.
    #[error("{name}: expected F64, F32, F16 or BF16 numbers, got {got}")]
    Dtype {
        /// Its name.
        name: String,
        /// Its type.
        got: String,
    },
    /// A tensor with a number that is infinite or NaN.
    #[error("{name}: the number at position {position} is not finite")]
    NonFinite {
        /// Its name.
        name: String,
        /// Where in the tensor.
        position: usize,
    },
}

/// Tensors of a state dict in f64, and the network that they belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct StateDict {
    /// What the shapes say of the network.
    pub shape: InferredShape,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

/// What can be told from names and shapes. Whether an RNN is tanh or ReLU cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InferredShape {
    /// The cell, from the number of gates.
    pub cell: CellKind,
    /// I.
    pub input: usize,
    /// H.
    pub hidden: usize,
    /// L.
    pub layers: usize,
    /// Whether there are `_reverse` weights.
    pub bidirectional: bool,
    /// V, when there is an embedding.
    pub vocabulary: Option<usize>,
    /// O.
    pub output: usize,
}

/// All parameters of a network as a safetensors file, in the network's precision.
#[must_use]
pub fn save<R: Real>(network: &Network<R>) -> Vec<u8> {
    let weights: Vec<f64> = network.weights().iter().map(|value| value.to_f64()).collect();
    serialise(network.parameters(), &weights, size_of::<R>() == size_of::<f64>())
}

/// The same for both precisions; those of a `double` network are written as they are, others rounded to f32.
fn serialise(parameters: &ParameterList, weights: &[f64], double: bool) -> Vec<u8> {
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = parameters
        .specs()
        .iter()
        .map(|spec| {
            let numbers = spec.to_row_major(weights);
            let bytes = if double {
                numbers.iter().flat_map(|value| value.to_le_bytes()).collect()
            } else {
                numbers.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect()
            };
            (spec.name.clone(), spec.shape(), bytes)
        })
        .collect();
    file::write(if double { Dtype::F64 } else { Dtype::F32 }, tensors)
}

/// Reads a safetensors file and infers the network.
///
/// # Errors
/// When it is malformed, incomplete or inconsistent: see [`StateDictError`].
pub fn read(bytes: &[u8]) -> Result<StateDict, StateDictError> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| StateDictError::Malformed(error.to_string()))?;
    state_dict(file.tensors())
}

/// The same where something else than serde reads JSON: `header` reads the file's header.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], header: ReadHeader) -> Result<StateDict, StateDictError> {
    state_dict(file::tensors(bytes, header).map_err(StateDictError::Malformed)?)
}

fn state_dict(views: Vec<(String, TensorView<'_>)>) -> Result<StateDict, StateDictError> {
    let mut tensors = BTreeMap::new();
    for (name, view) in views {
        let numbers = numbers(&name, &view)?;
        if let Some(position) = numbers.iter().position(|value| !value.is_finite()) {
            return Err(StateDictError::NonFinite { name, position });
        }
        tensors.insert(name, (view.shape().to_vec(), numbers));
    }
    let shape = infer(&tensors)?;
    Ok(StateDict { shape, tensors })
}

impl StateDict {
    /// Writes the tensors into a network of the same shape.
    ///
    /// # Errors
    /// When a tensor is missing, superfluous or of another shape; the network is unchanged then.
    pub fn load_into<R: Real>(&self, network: &mut Network<R>) -> Result<(), StateDictError> {
        let values = self.values(network.parameters(), network.config().cell)?;
        network.copy_weights_from(&values);
        Ok(())
    }

    /// All numbers in the order of the parameters of a network of this cell.
    fn values(&self, parameters: &ParameterList, cell: CellKind) -> Result<Vec<f64>, StateDictError> {
        let specs = parameters.specs();
        // The module may be named otherwise than its cell (`rnn` for an LSTM): the names are then taken as the cell's.
        let own = cell.name();
        let given = module_name(&self.tensors)?;
        let theirs = |name: &str| match name.strip_prefix(own) {
            Some(rest) if rest.starts_with('.') => format!("{given}{rest}"),
            _ => name.to_owned(),
        };
        let names: Vec<String> = specs.iter().map(|spec| theirs(&spec.name)).collect();
        if let Some(name) = self.tensors.keys().find(|name| !names.contains(name)) {
            return Err(StateDictError::Unexpected { name: name.clone(), expected: names.join(", ") });
        }
        let mut values = vec![0.0; parameters.len()];
        for (spec, name) in specs.iter().zip(&names) {
            let (shape, numbers) = find(&self.tensors, name)?;
            if *shape != spec.shape() {
                return Err(wrong_shape(name, spec.shape(), shape));
            }
            spec.write_row_major(&mut values, numbers);
        }
        Ok(values)
    }
}

type Tensors = BTreeMap<String, (Vec<usize>, Vec<f64>)>;

fn numbers(name: &str, view: &TensorView<'_>) -> Result<Vec<f64>, StateDictError> {
    let bytes = view.data();
    Ok(match view.dtype() {
        Dtype::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
        Dtype::F32 => bytes.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
        // bfloat16 is the upper half of an f32.
        Dtype::BF16 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|b| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(*b)) << 16)))
            .collect(),
        Dtype::F16 => bytes.as_chunks().0.iter().map(|b| half_to_f64(u16::from_le_bytes(*b))).collect(),
        other => return Err(StateDictError::Dtype { name: name.to_owned(), got: other.to_string() }),
    })
}

/// IEEE binary16: 1 sign, 5 exponent (bias 15) and 10 mantissa bits.
fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    sign * match exponent {
        0 => libm::scalbn(mantissa, -24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => libm::scalbn(1024.0 + mantissa, exponent - 25),
    }
}

fn find<'a>(tensors: &'a Tensors, name: &str) -> Result<&'a (Vec<usize>, Vec<f64>), StateDictError> {
    tensors.get(name).ok_or_else(|| StateDictError::Missing {
        name: name.to_owned(),
        present: tensors.keys().cloned().collect::<Vec<_>>().join(", "),
    })
}

fn wrong_shape(name: &str, expected: Vec<usize>, got: &[usize]) -> StateDictError {
    let is_transposed = expected.len() == 2 && got.len() == 2 && expected[0] == got[1] && expected[1] == got[0];
    let hint = if is_transposed { " (transposed?)" } else { "" };
    StateDictError::Shape { name: name.to_owned(), expected, got: got.to_vec(), hint }
}

/// The dimensions of a matrix.
fn matrix(tensors: &Tensors, name: &str) -> Result<[usize; 2], StateDictError> {
    let (shape, _) = find(tensors, name)?;
    match shape[..] {
        [rows, columns] if rows > 0 && columns > 0 => Ok([rows, columns]),
        _ => Err(StateDictError::Shape {
            name: name.to_owned(),
            expected: vec![0, 0],
            got: shape.clone(),
            hint: " (a matrix is expected)",
        }),
    }
}

/// What stands before `.weight_hh_l0`.
fn module_name(tensors: &Tensors) -> Result<&str, StateDictError> {
    tensors.keys().find_map(|name| name.strip_suffix(".weight_hh_l0")).ok_or_else(|| StateDictError::Missing {
        name: "rnn.weight_hh_l0, lstm.weight_hh_l0 or gru.weight_hh_l0".to_owned(),
        present: tensors.keys().cloned().collect::<Vec<_>>().join(", "),
    })
}

fn infer(tensors: &Tensors) -> Result<InferredShape, StateDictError> {
    let module = module_name(tensors)?;
    let weight_hh = format!("{module}.weight_hh_l0");
    let [rows, hidden] = matrix(tensors, &weight_hh)?;
    let cell = match rows / hidden {
        1 if rows % hidden == 0 => CellKind::Rnn(Nonlinearity::Tanh),
        3 if rows % hidden == 0 => CellKind::Gru,
        4 if rows % hidden == 0 => CellKind::Lstm,
        _ => {
            // Transposed, it has one of the numbers of gates the other way round.
            let is_transposed = hidden % rows == 0 && matches!(hidden / rows, 3 | 4);
            let expected = if is_transposed { vec![hidden, rows] } else { vec![4 * hidden, hidden] };
            return Err(wrong_shape(&weight_hh, expected, &[rows, hidden]));
        }
    };
    let weight_ih = format!("{module}.weight_ih_l0");
    let [first_rows, first_input] = matrix(tensors, &weight_ih)?;
    if first_rows != rows {
        let expected = vec![rows, if first_input == rows { first_rows } else { first_input }];
        return Err(wrong_shape(&weight_ih, expected, &[first_rows, first_input]));
    }
    let layers = (0..).take_while(|layer| tensors.contains_key(&format!("{module}.weight_hh_l{layer}"))).count();
    let bidirectional = tensors.contains_key(&format!("{module}.weight_hh_l0_reverse"));
    let features = hidden * (1 + usize::from(bidirectional));
    let [output, read] = matrix(tensors, "fc.weight")?;
    if read != features {
        let expected = vec![if output == features { read } else { output }, features];
        return Err(wrong_shape("fc.weight", expected, &[output, read]));
    }
    let vocabulary = match tensors.get("embedding.weight") {
        None => None,
        Some(_) => {
            let [vocabulary, size] = matrix(tensors, "embedding.weight")?;
            if size != first_input {
                let expected = vec![if vocabulary == first_input { size } else { vocabulary }, first_input];
                return Err(wrong_shape("embedding.weight", expected, &[vocabulary, size]));
            }
            Some(vocabulary)
        }
    };
    Ok(InferredShape { cell, input: first_input, hidden, layers, bidirectional, vocabulary, output })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_read_exactly() {
        for (bits, value) in [
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x7BFF, 65504.0),
            (0x0400, 6.103_515_625e-5),
        ] {
            assert_eq!(half_to_f64(bits), value);
        }
        assert_eq!(half_to_f64(0xFC00), f64::NEG_INFINITY);
        assert!(half_to_f64(0x7E00).is_nan());
    }
}
