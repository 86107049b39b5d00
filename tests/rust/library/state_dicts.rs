//! State dicts that do not fit are refused by name; every kind of float is read.

use super::{bytes, config};
use gatescope::model::Model;
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::state_dict::{self, StateDictError};
use gatescope_tests::reference::model_config;
use proptest::prelude::*;
use safetensors::tensor::{Dtype, SafeTensors, TensorInfo, TensorView};
use std::collections::BTreeMap;

type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn tensors() -> Tensors {
    let bytes = bytes("models/lstm_classifier");
    let file = SafeTensors::deserialize(&bytes).expect("a file");
    let tensors = file.tensors().into_iter();
    tensors.map(|(name, view)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()))).collect()
}

fn file(tensors: &Tensors) -> Vec<u8> {
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).expect("bytes of the shape"))
    });
    safetensors::serialize(views, None).expect("a file")
}

fn changed(change: impl FnOnce(&mut Tensors)) -> Vec<u8> {
    let mut tensors = tensors();
    change(&mut tensors);
    file(&tensors)
}

/// Reads and loads into a network that already has other weights; a refusal must leave them.
fn refusal(bytes: &[u8]) -> StateDictError {
    let original = state_dict::read(&file(&tensors())).expect("a state dict");
    let mut network = Network::<f64>::new(config(&original, Readout::Last)).expect("a network");
    network.update(|weights, _| weights.iter_mut().enumerate().for_each(|(k, weight)| *weight = k as f64));
    let before = network.weights().to_vec();
    let result = state_dict::read(bytes).and_then(|state| state.load_into(&mut network));
    assert_eq!(network.weights(), before, "a refused state dict changed the network");
    let error = result.expect_err("a refusal");
    println!("{error}");
    error
}

fn transpose(tensors: &mut Tensors, name: &str) {
    let (_, shape, bytes) = tensors.get_mut(name).expect("a tensor");
    let [rows, columns] = *shape.as_slice() else { panic!("a matrix") };
    let entry = |row: usize, column: usize| bytes[(row * columns + column) * 4..][..4].to_vec();
    let turned = (0..columns).flat_map(|column| (0..rows).map(move |row| (row, column)));
    *bytes = turned.flat_map(|(row, column)| entry(row, column)).collect();
    *shape = vec![columns, rows];
}

#[test]
fn a_missing_tensor_is_named() {
    for name in tensors().keys() {
        let error = refusal(&changed(|tensors| drop(tensors.remove(name))));
        match &error {
            StateDictError::Missing { name: missing, present } => {
                assert!(missing.contains(name), "{error}");
                assert!(present.contains("fc.") || present.contains("lstm."), "{error}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_superfluous_tensor_is_named() {
    for name in ["lstm.weight_hr_l0", "fc2.weight", "lstm.bias_ih_l1"] {
        let copy = |tensors: &mut Tensors| {
            let bias = tensors["fc.bias"].clone();
            tensors.insert(name.to_owned(), bias);
        };
        let error = refusal(&changed(copy));
        assert!(matches!(&error, StateDictError::Unexpected { name: given, .. } if given == name), "{error:?}");
    }
}

#[test]
fn a_transposed_matrix_is_named_and_recognised() {
    for name in ["embedding.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "fc.weight"] {
        let expected_shape = tensors()[name].1.clone();
        let error = refusal(&changed(|tensors| transpose(tensors, name)));
        let StateDictError::Shape { name: given, expected, got, hint } = &error else { panic!("{error:?}") };
        assert_eq!((given.as_str(), expected), (name, &expected_shape), "{error}");
        assert_eq!(got.iter().rev().copied().collect::<Vec<_>>(), expected_shape, "{error}");
        assert_eq!(*hint, " (transposed?)", "{error}");
    }
}

#[test]
fn a_tensor_of_another_shape_is_named() {
    for (name, shape) in [
        ("lstm.bias_ih_l0", vec![63]),
        ("lstm.bias_hh_l0", vec![64, 1]),
        ("fc.bias", vec![3]),
        ("fc.weight", vec![2, 15]),
        ("lstm.weight_ih_l0", vec![60, 8]),
        ("lstm.weight_hh_l0", vec![80, 16]),
        ("lstm.weight_hh_l0", vec![64 * 16]),
        ("lstm.weight_hh_l0", vec![0, 16]),
        ("embedding.weight", vec![55, 9]),
    ] {
        let reshape = |tensors: &mut Tensors| {
            let bytes = vec![0; shape.iter().product::<usize>() * 4];
            tensors.insert(name.to_owned(), (Dtype::F32, shape.clone(), bytes));
        };
        let error = refusal(&changed(reshape));
        let fits = matches!(&error, StateDictError::Shape { name: given, got, .. } if given == name && *got == shape);
        assert!(fits, "{name} {shape:?}: {error:?}");
    }
}

#[test]
fn numbers_that_are_not_finite_or_not_numbers_are_named() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let poison = |tensors: &mut Tensors| {
            let (_, _, bytes) = tensors.get_mut("lstm.weight_hh_l0").expect("a tensor");
            bytes[7 * 4..8 * 4].copy_from_slice(&bad.to_le_bytes());
        };
        let expected = StateDictError::NonFinite { name: "lstm.weight_hh_l0".to_owned(), position: 7 };
        assert_eq!(refusal(&changed(poison)), expected);
    }
    for dtype in [Dtype::I32, Dtype::U32] {
        let error = refusal(&changed(|tensors| tensors.get_mut("fc.bias").expect("a tensor").0 = dtype));
        assert!(matches!(&error, StateDictError::Dtype { name, .. } if name == "fc.bias"), "{error:?}");
    }
}

#[test]
fn bytes_that_are_cut_off_or_no_file_at_all_are_refused() {
    let whole = file(&tensors());
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().expect("eight bytes")) as usize;
    for length in (0..=header + 64).chain((header..whole.len()).step_by(97)).chain([whole.len() - 1]) {
        let error = state_dict::read(&whole[..length]).expect_err("a refusal");
        assert!(matches!(error, StateDictError::Malformed(_)), "{length} bytes: {error:?}");
    }
    assert!(matches!(refusal(&whole[..whole.len() - 1]), StateDictError::Malformed(_)));
    assert!(matches!(refusal(&[0xFF; 64]), StateDictError::Malformed(_)));
    assert!(matches!(refusal(b"PK\x03\x04 a pickle in a zip archive"), StateDictError::Malformed(_)));
    let nothing = refusal(&file(&BTreeMap::new()));
    assert!(matches!(nothing, StateDictError::Missing { .. }), "{nothing:?}");
}

/// Reads a header as a page does, checking nothing of what it says.
fn header(text: &str) -> Result<Vec<(String, TensorInfo)>, String> {
    let entries: BTreeMap<String, TensorInfo> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(entries.into_iter().collect())
}

/// A page reads the header by its own JSON; what of it is accepted is then the same as natively.
fn assert_read_alike(bytes: &[u8]) {
    let (own, crates) = (state_dict::read_with(bytes, header), state_dict::read(bytes));
    match (&own, &crates) {
        (Ok(own), Ok(crates)) => assert_eq!(own, crates),
        (Err(StateDictError::Malformed(_)), Err(StateDictError::Malformed(_))) => {}
        // Of several faults the one is found first, or the other: the crate's order is a hash map's.
        (Err(own), Err(crates)) => assert_eq!(std::mem::discriminant(own), std::mem::discriminant(crates)),
        _ => panic!("{own:?}, the crate: {crates:?}"),
    }
}

#[test]
fn files_are_read_by_ones_own_header_as_by_the_crate() {
    let whole = file(&tensors());
    let start = 8 + u64::from_le_bytes(whole[..8].try_into().expect("eight bytes")) as usize;
    for length in (0..start + 64).chain((start..=whole.len()).step_by(97)) {
        assert_read_alike(&whole[..length]);
    }
    assert_read_alike(&whole);
    assert_read_alike(&[&whole[..], &[0]].concat());
    let mut refused = 0;
    // Every digit of every size and place.
    for at in (0..start).filter(|at| whole[*at].is_ascii_digit()) {
        let mut bytes = whole.clone();
        bytes[at] = if bytes[at] == b'9' { b'1' } else { bytes[at] + 1 };
        assert_read_alike(&bytes);
        refused += usize::from(state_dict::read(&bytes).is_err());
    }
    assert!(refused > 50, "only {refused} were refused");
    for header in [
        "[]",
        "null",
        "{}",
        r#"{"a":1}"#,
        r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[18446744073709551615,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[1,1]}}"#,
        r#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"I64","shape":[],"data_offsets":[0,0]}}"#,
    ] {
        assert_read_alike(&[&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat());
    }
}

proptest! {
    #[test]
    fn a_file_with_bytes_changed_is_read_alike(changes in prop::collection::vec((0..900_usize, any::<u8>()), 1..4)) {
        let mut bytes = file(&tensors());
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        assert_read_alike(&bytes);
    }
}

#[test]
fn half_precision_is_accepted() {
    for dtype in [Dtype::BF16, Dtype::F16] {
        let mut rounded: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let shorten = |tensors: &mut Tensors| {
            for (name, (own, _, bytes)) in tensors.iter_mut() {
                let words: Vec<u32> =
                    bytes.chunks(4).map(|b| u32::from_le_bytes(b.try_into().expect("four bytes"))).collect();
                let halves = words.iter().map(|word| shortened(*word, dtype));
                *bytes = halves.clone().flat_map(|(bits, _)| bits.to_le_bytes()).collect();
                *own = dtype;
                rounded.insert(name.clone(), halves.map(|(_, value)| value).collect());
            }
        };
        let state = state_dict::read(&changed(shorten)).expect("half precision");
        let mut network = Network::<f64>::new(config(&state, Readout::Last)).expect("a network");
        state.load_into(&mut network).expect("half precision");
        for spec in network.parameters().specs() {
            assert_eq!(spec.to_row_major(network.weights()), rounded[&spec.name], "{dtype:?} {}", spec.name);
        }
    }
}

/// The upper bits of an f32 as a 16-bit number, and what that number is.
fn shortened(word: u32, dtype: Dtype) -> (u16, f64) {
    if dtype == Dtype::BF16 {
        return ((word >> 16) as u16, f64::from(f32::from_bits(word & 0xFFFF_0000)));
    }
    let exponent = (word >> 23 & 0xFF) as i32 - 127 + 15;
    assert!(exponent < 31, "a weight above 65504");
    if exponent <= 0 {
        return ((word >> 16 & 0x8000) as u16, 0.0);
    }
    let bits = (word >> 16 & 0x8000) | (exponent as u32) << 10 | (word >> 13 & 0x3FF);
    (bits as u16, f64::from(f32::from_bits(word & 0xFFFF_E000)))
}

#[test]
fn a_model_of_another_shape_is_refused() {
    let state = state_dict::read(&file(&tensors())).expect("a state dict");
    for change in [
        |config: &mut NetworkConfig| config.hidden = 15,
        |config: &mut NetworkConfig| config.layers = 2,
        |config: &mut NetworkConfig| config.bidirectional = true,
        |config: &mut NetworkConfig| config.vocabulary = None,
        |config: &mut NetworkConfig| config.vocabulary = Some(54),
        |config: &mut NetworkConfig| config.output = 3,
        |config: &mut NetworkConfig| config.cell = gatescope::CellKind::Gru,
    ] {
        let mut other = config(&state, Readout::Last);
        change(&mut other);
        let result = Model::<f32>::from_state_dict(&model_config(other.clone()), &state);
        assert!(result.is_err(), "{other:?}");
    }
}
