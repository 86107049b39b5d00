//! Batch-first calls give PyTorch's numbers.

use super::{model, size};
use gatescope::model::{AnyModel, BatchInput, BatchSize, BatchTargets, Forward, Initial};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::state_dict;
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, applicable};
use gatescope_tests::reference::{Dimensions, classifier, model_of, sequence, short};

const PRECISIONS: [(bool, f64, f64); 2] = [(true, 1e-10, 1e-10), (false, 2e-6, 1e-5)];

#[test]
fn forward_gradients_and_traces_match_pytorch_batch_first() {
    let fixtures: Vec<_> = applicable("cells/").into_iter().filter(|one| one.name().contains("_chapter_")).collect();
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
        let Forward { states, output, .. } = model.forward(input_batch, sized, Initial::default()).expect("the batch");
        assert_eq!(output, whole.output);
        let readout = network.parameters().specs().iter().find(|spec| spec.name == "fc.bias").expect("a readout");
        let bias = &network.weights()[readout.range()];
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
            let Forward { states: mut expected, output: mut read, .. } =
                model.forward(own, size(1, length), Initial::default()).expect("a sequence");
            // PyTorch pads with states of zeros, of which the readout makes its bias.
            (length..steps).for_each(|_| read.extend(bias));
            let got = output[b * steps * classes..(b + 1) * steps * classes].iter().copied();
            tally.compare("output", "fc", got, &read, limit);
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
