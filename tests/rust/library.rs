//! The headless library against PyTorch: state dicts, batch-first calls, and clear answers to what does not fit.

use gatescope::error::{Error, ShapeError};
use gatescope::loss::Loss;
use gatescope::model::{AnyModel, BatchInput, BatchSize, BatchTargets, Forward, Initial, Model};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::state_dict::{self, StateDict, StateDictError};
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, applicable, folder};
use gatescope_tests::reference::{Dimensions, classifier, model_config, model_of, sequence, short, widen};
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

/// Batch-first calls against the fixtures.
mod calls {
    use super::*;

    const PRECISIONS: [(bool, f64, f64); 2] = [(true, 1e-10, 1e-10), (false, 2e-6, 1e-5)];

    fn model(fixture: &Fixture, double: bool) -> AnyModel {
        let network: Network<f64> = classifier(fixture);
        let state = state_dict::read(&state_dict::save(&network)).expect("a state dict");
        AnyModel::from_state_dict(&model_config(network.config().clone()), &state, double).expect("a model")
    }

    #[test]
    fn forward_gradients_and_traces_match_pytorch_batch_first() {
        let fixtures: Vec<_> =
            applicable("cells/").into_iter().filter(|one| one.name().contains("_chapter_")).collect();
        assert_eq!(fixtures.len(), 5);
        for fixture in fixtures {
            for (double, states, gradients) in PRECISIONS {
                let mut tally = Tally::new(format!("{} {}", fixture.name(), if double { "f64" } else { "f32" }));
                let mut model = model(&fixture, double);
                for run in fixture.below("runs") {
                    compare_forward(&mut model, &fixture, run, Tolerance::OfLargest(states), &mut tally);
                }
                if fixture.has("runs/zero") {
                    compare_gradients(&mut model, &fixture, gradients, &mut tally);
                    compare_traces(&mut model, &fixture, &mut tally);
                }
                tally.print();
            }
        }
    }

    fn compare_forward(model: &mut AnyModel, fixture: &Fixture, run: &str, limit: Tolerance, tally: &mut Tally) {
        let Dimensions { batch, steps, .. } = Dimensions::of(fixture);
        let field = |name: &str| format!("runs/{run}/{name}");
        let has_cell_state = model.network().0.cell.has_cell_state();
        let initial = Initial {
            hidden: Some(&fixture.get(&field("h0")).data),
            cell: has_cell_state.then(|| fixture.get(&field("c0")).data.as_slice()),
        };
        let x = BatchInput::Values(&fixture.get("x").data);
        let answer = model.forward(x, size(batch, steps), initial).expect("the fixture's batch");
        let mut compare = |name: &str, got: &[f64]| {
            let expected = &fixture.get(&field(name)).data;
            tally.compare("forward", &field(name), got.iter().copied(), expected, limit);
        };
        compare("out", &answer.states);
        compare("h_n", &answer.hidden_last);
        compare("losses/b/logits", &answer.output);
        if has_cell_state {
            compare("c_n", &answer.cell_last);
        } else {
            assert!(answer.cell_last.is_empty());
        }
    }

    fn compare_gradients(model: &mut AnyModel, fixture: &Fixture, limit: f64, tally: &mut Tally) {
        let Dimensions { batch, steps, .. } = Dimensions::of(fixture);
        let classes: Vec<i32> = fixture.get("target").ids().iter().map(|id| *id as i32).collect();
        let x = BatchInput::Values(&fixture.get("x").data);
        let answer = model.gradients(x, BatchTargets::Ids(&classes), size(batch, steps)).expect("the fixture's batch");
        let path = "runs/zero/losses/b";
        let expected = [fixture.get(&format!("{path}/value")).scalar()];
        tally.compare("loss", path, [answer.loss], &expected, Tolerance::OfEachOrOne(limit));
        let expected = &fixture.get(&format!("{path}/logits")).data;
        tally.compare("forward", path, answer.output, expected, Tolerance::OfLargest(limit));
        assert_eq!(answer.gradients.len(), fixture.below("params").len() + fixture.below("head").len());
        for (name, shape, numbers) in answer.gradients {
            let field = format!("{path}/grad/{}", short(&name));
            let expected = fixture.get(&field);
            assert_eq!(shape, expected.shape, "{field}");
            tally.compare("gradients", &field, numbers, &expected.data, Tolerance::OfLargest(limit));
        }
        let field = format!("{path}/grad/x");
        let expected = &fixture.get(&field).data;
        tally.compare("gradients", &field, answer.input_gradient, expected, Tolerance::OfLargest(limit));
    }

    fn compare_traces(model: &mut AnyModel, fixture: &Fixture, tally: &mut Tally) {
        let Dimensions { batch, steps, layers, .. } = Dimensions::of(fixture);
        let classes: Vec<i32> = fixture.get("target").ids().iter().map(|id| *id as i32).collect();
        let x = BatchInput::Values(&fixture.get("x").data);
        // The fixture's weights and inputs are the same numbers in f32, and a trace is always made in f64.
        let limit = Tolerance::OfLargest(1e-10);
        for (example, layer) in (0..batch).flat_map(|b| (0..layers).map(move |layer| (b, layer))) {
            let targets = BatchTargets::Ids(&classes);
            let trace = model.trace(x, targets, size(batch, steps), example, layer).expect("the fixture's example");
            let candidate = if trace.cell == "gru" { "n" } else { "g" };
            let (h, adjoints) = (format!("layers/l{layer}"), format!("losses/b/l{layer}"));
            let share = batch as f64;
            for (field, got, factor) in [
                (format!("{h}/h"), &trace.hidden, 1.0),
                (format!("{h}/c"), &trace.cell_state, 1.0),
                (format!("{h}/i"), &trace.input, 1.0),
                (format!("{h}/f"), &trace.forget, 1.0),
                (format!("{h}/{candidate}"), &trace.candidate, 1.0),
                (format!("{h}/o"), &trace.output, 1.0),
                (format!("{h}/r"), &trace.reset, 1.0),
                (format!("{h}/z"), &trace.update, 1.0),
                // The fixture's loss is the mean over the batch, the trace's the example's own.
                (format!("{adjoints}/dL_dh"), &trace.hidden_gradient, share),
                (format!("{adjoints}/dL_dc"), &trace.cell_gradient, share),
                (format!("{adjoints}/dL_dc_state"), &trace.cell_state_gradient, share),
            ] {
                let field = format!("runs/zero/{field}");
                let Some(expected) = fixture.find(&field) else {
                    assert!(got.is_empty(), "{field} of a {}", trace.cell);
                    continue;
                };
                let expected: Vec<f64> = sequence(expected, example).iter().map(|value| value * factor).collect();
                tally.compare("trace", &format!("{field}, example {example}"), got.iter().copied(), &expected, limit);
            }
            assert_eq!((trace.steps, trace.loss.is_finite()), (steps, true));
        }
    }

    /// The fixture's batch from zero, which every refusal must leave as it was.
    fn plain(model: &mut AnyModel, fixture: &Fixture) -> Forward {
        let Dimensions { batch, steps, .. } = Dimensions::of(fixture);
        let x = BatchInput::Values(&fixture.get("x").data);
        model.forward(x, size(batch, steps), Initial::default()).expect("the fixture's batch")
    }

    /// The name that a refusal gives.
    fn name<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
        let error = result.expect_err("a refusal");
        println!("{error}");
        match error {
            Error::InvalidConfig { field, .. } => field,
            Error::Shape(ShapeError { what, .. })
            | Error::IdOutOfRange { what, .. }
            | Error::OutOfMemory { what, .. } => what,
            Error::Checkpoint(_) => "checkpoint",
        }
    }

    #[test]
    fn what_does_not_fit_is_named_and_the_model_still_works() {
        for (fixture, double) in [("lstm", true), ("lstm", false), ("gru", false), ("rnn_tanh", false)] {
            let fixture = Fixture::load(&format!("cells/{fixture}_chapter_1layer"));
            let mut model = model(&fixture, double);
            let Dimensions { batch, steps, .. } = Dimensions::of(&fixture);
            let has_cell_state = model.network().0.cell.has_cell_state();
            let x = fixture.get("x").data.clone();
            let input = BatchInput::Values(&x);
            let fits = size(batch, steps);
            let zero = Initial::default();
            let before = plain(&mut model, &fixture);
            let weights = model.state_dict();
            let after = |model: &mut AnyModel, given: &str, expected: &str| {
                assert_eq!(given, expected);
                assert_eq!(plain(model, &fixture), before, "after a wrong {expected}");
            };

            let with = |value: f64| {
                let mut bad = x.clone();
                bad[17] = value;
                bad
            };
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(with) {
                let given = name(model.forward(BatchInput::Values(&bad), fits, zero));
                after(&mut model, given, "inputs");
                let given = name(model.gradients(BatchInput::Values(&bad), BatchTargets::Ids(&[0, 1, 0]), fits));
                after(&mut model, given, "inputs");
                let given = name(model.train(BatchInput::Values(&bad), BatchTargets::Ids(&[0, 1, 0]), fits, 1));
                after(&mut model, given, "inputs");
            }
            let given = name(model.forward(BatchInput::Values(&x[1..]), fits, zero));
            after(&mut model, given, "inputs");
            let given = name(model.forward(BatchInput::Tokens(&[0; 15]), fits, zero));
            after(&mut model, given, "inputs");
            let given = name(model.forward(BatchInput::Values(&[]), size(0, steps), zero));
            after(&mut model, given, "batch");
            let given = name(model.forward(BatchInput::Values(&[]), size(batch, 0), zero));
            after(&mut model, given, "steps");
            for huge in [size(1 << 40, 1), size(usize::MAX, usize::MAX), size(1, usize::MAX)] {
                let given = name(model.forward(input, huge, zero));
                after(&mut model, given, "batch");
            }
            for lengths in [&[5, 5][..], &[5, 5, 5, 5], &[5, 6, 5], &[0, 5, 5], &[5, 5, usize::MAX]] {
                let sized = BatchSize { lengths: Some(lengths), ..fits };
                let given = name(model.forward(input, sized, zero));
                after(&mut model, given, "lengths");
                let given = name(model.trace(input, BatchTargets::Ids(&[0, 1, 0]), sized, 0, 0));
                after(&mut model, given, "lengths");
            }
            for bad in [&[0.5; 59][..], &[], &[f64::NAN; 60]] {
                let given = name(model.forward(input, fits, Initial { hidden: Some(bad), cell: None }));
                after(&mut model, given, "hidden");
                let given = name(model.forward(input, fits, Initial { hidden: None, cell: Some(&[1.0; 61]) }));
                after(&mut model, given, "cell");
            }
            if !has_cell_state {
                let given = name(model.forward(input, fits, Initial { hidden: None, cell: Some(&[1.0; 60]) }));
                after(&mut model, given, "cell");
            }
            for targets in [
                BatchTargets::Ids(&[0, 1]),
                BatchTargets::Ids(&[0, 1, 2]),
                BatchTargets::Ids(&[0; 15]),
                BatchTargets::Values(&[0.0; 6]),
                BatchTargets::Values(&[0.0; 5]),
                BatchTargets::Values(&[f64::NAN; 6]),
            ] {
                let given = name(model.gradients(input, targets, fits));
                after(&mut model, given, "targets");
                let given = name(model.train(input, targets, fits, 3));
                after(&mut model, given, "targets");
                let given = name(model.trace(input, targets, fits, 0, 0));
                after(&mut model, given, "targets");
            }
            let targets = BatchTargets::Ids(&[0, 1, 0]);
            let labels = BatchSize { target_lengths: Some(&[1, 1, 1]), ..fits };
            let given = name(model.gradients(input, targets, labels));
            after(&mut model, given, "targets");
            let given = name(model.trace(input, targets, fits, batch, 0));
            after(&mut model, given, "example");
            let given = name(model.trace(input, targets, fits, 0, 1));
            after(&mut model, given, "layer");
            // No column counts: PyTorch's mean of nothing, NaN, which no training step is done with.
            let nothing = model.train(input, BatchTargets::Ids(&[-100; 3]), fits, 2).expect("a batch that fits");
            assert_eq!(nothing.expect_err("a refused step").quantity, "loss");
            assert_eq!(model.steps_and_skipped(), (0, 1));
            assert_eq!(plain(&mut model, &fixture), before);
            assert_eq!(model.state_dict(), weights);
            let report = model.train(input, targets, fits, 3).expect("a batch that fits").expect("finite numbers");
            assert_eq!((report.step, model.steps_and_skipped()), (3, (3, 1)));
            assert_ne!(model.state_dict(), weights);
        }
    }

    #[test]
    fn tokens_that_do_not_exist_are_named() {
        let bytes = std::fs::read(folder().join("models/lstm_classifier.safetensors")).expect("a state dict");
        let state = state_dict::read(&bytes).expect("a state dict");
        let shape = state.shape;
        let config = model_config(NetworkConfig {
            cell: shape.cell,
            input: shape.input,
            hidden: shape.hidden,
            layers: shape.layers,
            bidirectional: shape.bidirectional,
            vocabulary: shape.vocabulary,
            output: shape.output,
            readout: Readout::Last,
            loss: Loss::cross_entropy(),
        });
        let mut model = Model::<f32>::from_state_dict(&config, &state).expect("a model");
        let good = |model: &mut Model<f32>| {
            model.forward(BatchInput::Tokens(&[54, 0, 7]), size(1, 3), Initial::default()).expect("tokens")
        };
        let before = good(&mut model);
        for (tokens, at) in [([55, 0, 7], 0), ([54, -1, 7], 1), ([54, 0, i32::MAX], 2), ([54, i32::MIN, 7], 1)] {
            let error =
                model.forward(BatchInput::Tokens(&tokens), size(1, 3), Initial::default()).expect_err("a refusal");
            let fits =
                matches!(error, Error::IdOutOfRange { what: "inputs", limit: 55, position, .. } if position == at);
            assert!(fits, "{tokens:?}: {error}");
            assert_eq!(good(&mut model), before);
        }
        let values = BatchInput::Values(&[0.0; 24]);
        assert!(matches!(model.forward(values, size(1, 3), Initial::default()), Err(Error::InvalidConfig { .. })));
        assert_eq!(good(&mut model), before);
    }

    /// A padded batch is its sequences one by one; and nothing of it is left for the next batch.
    #[test]
    fn a_padded_batch_is_its_sequences_one_by_one() {
        for cell in ["lstm", "gru", "rnn_tanh"] {
            let fixture = Fixture::load(&format!("cells/{cell}_chapter_1layer"));
            let Dimensions { batch, steps, input, classes, hidden, .. } = Dimensions::of(&fixture);
            let mut network: Network<f64> = classifier(&fixture);
            let config = NetworkConfig { readout: Readout::Every, ..network.config().clone() };
            let state = state_dict::read(&state_dict::save(&network)).expect("a state dict");
            network = Network::new(config).expect("the same shape, read at every timestep");
            state.load_into(&mut network).expect("the same shape");
            let mut model = model_of(&network);
            let x = &fixture.get("x").data;
            let lengths = [5, 2, 3];
            let sized = BatchSize { lengths: Some(&lengths), ..size(batch, steps) };
            // Targets past the end do not count, whatever they are.
            let targets: Vec<i32> = (0..batch * steps).map(|place| (place % classes) as i32).collect();
            let (input_batch, target_batch) = (BatchInput::Values(x), BatchTargets::Ids(&targets));
            let whole = model.gradients(input_batch, target_batch, sized).expect("the batch");
            let states = model.forward(input_batch, sized, Initial::default()).expect("the batch").states;
            let total: usize = lengths.iter().sum();
            let mut tally = Tally::new(format!("{cell}, padded"));
            let limit = Tolerance::OfLargest(1e-12);
            let (mut loss, mut sums) = (0.0, vec![Vec::new(); whole.gradients.len()]);
            for (b, &length) in lengths.iter().enumerate() {
                let own = BatchInput::Values(&x[b * steps * input..(b * steps + length) * input]);
                let ids = BatchTargets::Ids(&targets[b * steps..b * steps + length]);
                let alone = model.gradients(own, ids, size(1, length)).expect("a sequence");
                let share = length as f64 / total as f64;
                loss += share * alone.loss;
                for (sum, (_, _, numbers)) in sums.iter_mut().zip(&alone.gradients) {
                    sum.resize(numbers.len(), 0.0);
                    sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += share * number);
                }
                let d_x = whole.input_gradient[b * steps * input..(b + 1) * steps * input].iter().copied();
                let mut expected: Vec<f64> = alone.input_gradient.iter().map(|value| share * value).collect();
                expected.resize(steps * input, 0.0);
                tally.compare("input", "x", d_x, &expected, limit);
                let mut expected = model.forward(own, size(1, length), Initial::default()).expect("a sequence").states;
                expected.resize(steps * hidden, 0.0);
                let got = states[b * steps * hidden..(b + 1) * steps * hidden].iter().copied();
                tally.compare("states", "out", got, &expected, limit);
                let traced = model.trace(input_batch, target_batch, sized, b, 0).expect("an example");
                let traced_alone = model.trace(own, ids, size(1, length), 0, 0).expect("an example");
                assert_eq!(traced, traced_alone);
            }
            tally.compare("loss", "loss", [whole.loss], &[loss], limit);
            for ((name, _, numbers), sum) in whole.gradients.iter().zip(&sums) {
                tally.compare("gradients", name, numbers.iter().copied(), sum, limit);
            }
            let mut fresh = model_of(&network);
            let initial = Initial::default();
            let expected = fresh.forward(input_batch, size(batch, steps), initial).expect("the batch");
            assert_eq!(model.forward(input_batch, size(batch, steps), initial).expect("the batch"), expected);
            tally.print();
        }
    }
}
