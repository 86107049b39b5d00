//! Models that PyTorch saved.

use super::{bytes, config, load, size};
use gatescope::model::{BatchInput, BatchSize, BatchTargets, Initial};
use gatescope::network::{Network, Readout};
use gatescope::state_dict;
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::Fixture;
use gatescope_tests::reference::widen;
use safetensors::tensor::SafeTensors;

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
    let bytes_of_own = load(name, readout, false).state_dict();
    let (own, theirs) = (SafeTensors::deserialize(&bytes_of_own).expect("a file"), bytes(name));
    let written = safetensors::serialize(own.tensors(), None).expect("a file");
    assert!(written == bytes_of_own, "{name}: other bytes than the crate writes");
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
