//! The headless library against PyTorch: state dicts, batch-first calls, and clear answers to what does not fit.

use gatescope::loss::Loss;
use gatescope::model::{AnyModel, BatchInput, BatchSize, BatchTargets, Initial, Model};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::state_dict::{self, StateDict, StateDictError};
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, folder};
use gatescope_tests::reference::{model_config, widen};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::BTreeMap;

fn size(batch: usize, steps: usize) -> BatchSize<'static> {
    BatchSize { batch, steps, ..BatchSize::default() }
}

/// Models that PyTorch saved.
mod saved {
    use super::*;

    fn bytes(name: &str) -> Vec<u8> {
        std::fs::read(folder().join(format!("{name}.safetensors"))).expect("a state dict")
    }

    fn config(state: &StateDict, readout: Readout) -> NetworkConfig {
        let shape = state.shape;
        NetworkConfig {
            cell: shape.cell,
            input: shape.input,
            hidden: shape.hidden,
            layers: shape.layers,
            bidirectional: shape.bidirectional,
            vocabulary: shape.vocabulary,
            output: shape.output,
            readout,
            loss: Loss::cross_entropy(),
        }
    }

    fn load(name: &str, readout: Readout, double: bool) -> AnyModel {
        let state = state_dict::read(&bytes(name)).expect("a state dict");
        AnyModel::from_state_dict(&model_config(config(&state, readout)), &state, double).expect("a model")
    }

    fn compare_weights(fixture: &Fixture, tally: &mut Tally) {
        let state = state_dict::read(&bytes(fixture.name())).expect("a state dict");
        let mut network = Network::<f64>::new(config(&state, Readout::Last)).expect("a network");
        state.load_into(&mut network).expect("all of its tensors");
        for spec in network.parameters().specs() {
            let expected = fixture.get(&spec.name);
            assert_eq!(spec.shape(), expected.shape, "{}", spec.name);
            let got = spec.to_row_major(network.weights());
            tally.compare("weights", &spec.name, widen(&got), &expected.data, Tolerance::Absolute(0.0));
        }
    }

    /// What was saved is what was read, tensor by tensor and bit by bit.
    fn assert_round_trip(name: &str, readout: Readout) {
        let original = state_dict::read(&bytes(name)).expect("a state dict");
        for double in [false, true] {
            let model = load(name, readout, double);
            let again = state_dict::read(&model.state_dict()).expect("a state dict of the core's own");
            assert_eq!(again, original, "{name}, double: {double}");
        }
        // PyTorch's numbers are f32: the same file up to the order of its tensors.
        let own = load(name, readout, false).state_dict();
        let (own, theirs) = (SafeTensors::deserialize(&own).expect("a file"), bytes(name));
        let theirs = SafeTensors::deserialize(&theirs).expect("a file");
        assert_eq!(own.len(), theirs.len());
        for (name, view) in theirs.tensors() {
            assert!(own.tensor(&name).expect("the same names") == view, "{name}");
        }
    }

    #[test]
    fn the_classifier_gives_pytorchs_logits_in_both_precisions() {
        let fixture = Fixture::load("models/lstm_classifier");
        let mut tally = Tally::new(fixture.name());
        compare_weights(&fixture, &mut tally);
        assert_round_trip(fixture.name(), Readout::Last);
        let word = |id: u32| fixture.text(&format!("vocab/{id}"));
        let examples = fixture.below("examples");
        assert_eq!(examples.len(), 16);
        for (double, precision, limit) in [(true, "float64", 1e-10), (false, "float32", 1e-5)] {
            let mut model = load(fixture.name(), Readout::Last, double);
            let (mut padded, mut lengths, mut alone) = (Vec::new(), Vec::new(), Vec::new());
            for example in &examples {
                let path = format!("examples/{example}");
                let ids = fixture.get(&format!("{path}/tokens")).ids();
                let words: Vec<_> = ids.iter().map(|id| word(*id)).collect();
                assert_eq!(words.join(" "), fixture.text(&format!("{path}/text")));
                let tokens: Vec<i32> = ids.iter().map(|id| *id as i32).collect();
                let answer = model
                    .forward(BatchInput::Tokens(&tokens), size(1, tokens.len()), Initial::default())
                    .expect("the fixture's tokens");
                let field = format!("{path}/logits_{precision}");
                let expected = &fixture.get(&field).data;
                let got = answer.output.iter().copied();
                tally.compare(precision, &field, got, expected, Tolerance::Absolute(limit));
                alone.extend(answer.output);
                padded.extend(tokens.iter().copied().chain([0; 16]).take(16));
                lengths.push(tokens.len());
            }
            // All in one padded batch.
            let all = BatchSize { batch: examples.len(), steps: 16, lengths: Some(&lengths), target_lengths: None };
            let answer = model.forward(BatchInput::Tokens(&padded), all, Initial::default()).expect("the batch");
            let limit = Tolerance::Absolute(if double { 1e-13 } else { 1e-5 });
            tally.compare("batch", precision, answer.output, &alone, limit);
        }
        fixture.assert_all_compared();
        tally.print();
    }

    #[test]
    fn the_language_model_continues_a_text_as_pytorch_does() {
        let fixture = Fixture::load("models/lstm_char_lm");
        let mut tally = Tally::new(fixture.name());
        compare_weights(&fixture, &mut tally);
        assert_round_trip(fixture.name(), Readout::Every);
        let chars: Vec<&str> = (0..24).map(|k| fixture.text(&format!("chars/{k}"))).collect();
        let ids = |text: &str| -> Vec<i32> {
            let id = |c: char| chars.iter().position(|one| *one == c.to_string()).expect("a character");
            text.chars().map(|c| id(c) as i32).collect()
        };
        let prompt = ids(fixture.text("prompt"));
        let text = ids(&fixture.text("text").chars().take(201).collect::<String>());
        for (double, precision, limit) in [(true, "float64", 1e-10), (false, "float32", 1e-5)] {
            let mut model = load(fixture.name(), Readout::Every, double);
            let tokens = BatchInput::Tokens(&prompt);
            let mut answer = model.forward(tokens, size(1, prompt.len()), Initial::default()).expect("the prompt");
            let expected = fixture.get("prompt_logits_float64");
            let got = answer.output.iter().copied();
            tally.compare(precision, "prompt_logits", got, &expected.data, Tolerance::Absolute(limit));

            let mut continuation = String::new();
            let mut margin = f64::INFINITY;
            for _ in fixture.text("greedy").chars() {
                let logits = &answer.output[answer.output.len() - chars.len()..];
                let best = (0..chars.len()).fold(0, |best, c| if logits[c] > logits[best] { c } else { best });
                let others = (0..chars.len()).filter(|c| *c != best);
                margin = others.map(|c| logits[best] - logits[c]).fold(margin, f64::min);
                continuation.push_str(chars[best]);
                let initial = Initial { hidden: Some(&answer.hidden_last), cell: Some(&answer.cell_last) };
                answer = model.forward(BatchInput::Tokens(&[best as i32]), size(1, 1), initial).expect("a character");
            }
            assert_eq!(continuation, fixture.text("greedy"), "{precision}");
            let expected = [fixture.get("greedy_min_margin").scalar()];
            tally.compare("margin", precision, [margin], &expected, Tolerance::Absolute(1e-5));

            let (input, next) = (BatchInput::Tokens(&text[..200]), &text[1..]);
            let expected = fixture.get("first200_nll_float64");
            let losses = (0..200).map(|k| {
                // Every other character has no target.
                let target: Vec<i32> = next.iter().enumerate().map(|(n, id)| if n == k { *id } else { -100 }).collect();
                model.gradients(input, BatchTargets::Ids(&target), size(1, 200)).expect("the text").loss
            });
            let losses: Vec<f64> = losses.collect();
            tally.compare(precision, "first200_nll", losses, &expected.data, Tolerance::Absolute(limit));
            let mean = model.gradients(input, BatchTargets::Ids(next), size(1, 200)).expect("the text").loss;
            let bits = [fixture.get("first200_bits_per_char").scalar()];
            tally.compare(precision, "bits", [mean / std::f64::consts::LN_2], &bits, Tolerance::Absolute(limit));
        }
        fixture.assert_all_compared();
        tally.print();
    }

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
            let fits =
                matches!(&error, StateDictError::Shape { name: given, got, .. } if given == name && *got == shape);
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
}
