//! Sequences of different lengths and truncated backpropagation through time, against PyTorch.

use gatescope::loss::Loss;
use gatescope::model::{BatchInput, BatchSize, Initial, Model};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::real::Real;
use gatescope::recurrent::Input;
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, Tensor, applicable};
use gatescope_tests::reference::{cast, cell, model_of, short, time_major, widen, write_parameters};

/// The recurrent layer of a fixture; its readout is zero and has no part in the fixture's loss.
fn layer<R: Real>(fixture: &Fixture) -> Network<R> {
    let mut network = Network::new(NetworkConfig {
        cell: cell(fixture.text("meta/cell")),
        input: fixture.size("meta/I"),
        hidden: fixture.size("meta/H"),
        layers: 1,
        output: 1,
        bidirectional: false,
        vocabulary: None,
        readout: Readout::Every,
        loss: Loss::MeanSquaredError,
    })
    .expect("the fixture's shape");
    let hidden = fixture.size("meta/H");
    write_parameters(&mut network, |name| match name {
        "fc.weight" => vec![0.0; hidden],
        "fc.bias" => vec![0.0],
        _ => fixture.get(&format!("params/{}", short(name))).data.clone(),
    });
    network
}

fn dot<R: Real>(a: &[R], b: &[R]) -> f64 {
    assert_eq!(a.len(), b.len());
    widen(a).zip(widen(b)).map(|(a, b)| a * b).sum()
}

fn compare_gradients<R: Real>(
    network: &Network<R>,
    gradients: &[R],
    fixture: &Fixture,
    path: &str,
    limit: Tolerance,
    tally: &mut Tally,
) {
    let specs = network.parameters().specs().iter().filter(|spec| !spec.name.starts_with("fc."));
    for spec in specs {
        let field = format!("{path}/{}", short(&spec.name));
        let got = spec.to_row_major(gradients);
        tally.compare("gradients", &field, widen(&got), &fixture.get(&field).data, limit);
    }
}

#[test]
fn sequences_of_different_lengths_match_pytorch_in_both_precisions() {
    let fixtures: Vec<_> = applicable("sequences/").into_iter().filter(|one| one.name().ends_with("_packed")).collect();
    assert_eq!(fixtures.len(), 2);
    for fixture in fixtures {
        compare_packed::<f64>(&fixture, "f64", 1e-10, 1e-10);
        compare_packed::<f32>(&fixture, "f32", 2e-6, 1e-5);
        fixture.assert_all_compared();
    }
}

fn compare_packed<R: Real>(fixture: &Fixture, precision: &str, states: f64, gradients: f64) {
    let mut tally = Tally::new(format!("{} {precision}", fixture.name()));
    let (states, gradients) = (Tolerance::OfLargest(states), Tolerance::OfLargest(gradients));
    let network = layer::<R>(fixture);
    let x = fixture.get("x");
    let [batch, steps, _] = *x.shape.as_slice() else { panic!("[B, T, I]") };
    let lengths = fixture.get("lengths").sizes();
    let hidden = network.config().hidden;

    let mut model: Model<R> = model_of(&network);
    let size = BatchSize { batch, steps, lengths: Some(&lengths), target_lengths: None };
    let answer = model.forward(BatchInput::Values(&x.data), size, Initial::default()).expect("the fixture's batch");
    let out = &fixture.get("out").data;
    tally.compare("states", "out", answer.states.iter().copied(), out, states);
    for (b, length) in lengths.iter().enumerate() {
        let past = &answer.states[(b * steps + length) * hidden..(b + 1) * steps * hidden];
        assert!(past.iter().all(|value| *value == 0.0), "past the end of sequence {b}");
    }
    tally.compare("states", "h_last", answer.hidden_last, &fixture.get("h_last").data, states);
    if network.config().cell.has_cell_state() {
        tally.compare("states", "c_last", answer.cell_last, &fixture.get("c_last").data, states);
    }

    let mut tape = network.tape(steps, batch);
    tape.recurrent.set_lengths(Some(&lengths));
    let input = cast::<R>(&time_major(x));
    network.forward(Input::Dense(&input), &mut tape);
    let mut cotangent = cast::<R>(&time_major(fixture.get("cot_out")));
    for (column, values) in cotangent.chunks_mut(hidden).enumerate() {
        if column / batch >= lengths[column % batch] {
            values.fill(R::ZERO);
        }
    }
    // The last slot holds every sequence's state at its own end.
    let last = (steps - 1) * batch * hidden;
    let cot_h = cast::<R>(&fixture.get("cot_h").data);
    let outputs = tape.recurrent.outputs(0);
    let loss = dot(outputs, &cotangent) + dot(&outputs[last..], &cot_h);
    tally.compare("loss", "loss", [loss], &[fixture.get("loss").scalar()], one(gradients));
    for (value, more) in cotangent[last..].iter_mut().zip(&cot_h) {
        *value += *more;
    }
    let mut own = vec![R::ZERO; network.parameters().len()];
    let mut d_input = vec![R::ZERO; input.len()];
    let recurrent = network.recurrent();
    recurrent.set_output_gradient(&mut tape.recurrent, &cotangent);
    let weights = network.weights();
    recurrent.backward(weights, Input::Dense(&input), &mut tape.recurrent, &mut own, Some(&mut d_input));
    compare_gradients(&network, &own, fixture, "grad", gradients, &mut tally);
    tally.compare("gradients", "grad/x", widen(&d_input), &time_major(fixture.get("grad/x")), gradients);
    tally.print();
}

/// The same limit for a loss, which is one number.
fn one(limit: Tolerance) -> Tolerance {
    match limit {
        Tolerance::OfLargest(limit) => Tolerance::OfEachOrOne(limit),
        other => other,
    }
}

#[test]
fn truncated_backpropagation_matches_pytorch_in_both_precisions() {
    let fixtures: Vec<_> = applicable("sequences/").into_iter().filter(|one| one.name().ends_with("_tbptt")).collect();
    assert_eq!(fixtures.len(), 2);
    for fixture in fixtures {
        compare_truncated::<f64>(&fixture, "f64", Tolerance::OfLargest(1e-10));
        compare_truncated::<f32>(&fixture, "f32", Tolerance::OfLargest(1e-5));
        fixture.assert_all_compared();
    }
}

fn compare_truncated<R: Real>(fixture: &Fixture, precision: &str, limit: Tolerance) {
    let mut tally = Tally::new(format!("{} {precision}", fixture.name()));
    let network = layer::<R>(fixture);
    for (result, segment) in [("full", "meta/T"), ("truncated", "meta/segment")] {
        let (loss, gradients) = run_in_segments(&network, fixture, fixture.size(segment));
        let path = format!("results/{result}");
        let expected = [fixture.get(&format!("{path}/loss")).scalar()];
        tally.compare("loss", &path, [loss], &expected, one(limit));
        compare_gradients(&network, &gradients, fixture, &format!("{path}/grad"), limit, &mut tally);
    }
    tally.print();
}

/// The final state of a segment is the initial state of the next, into which no gradient flows back.
fn run_in_segments<R: Real>(network: &Network<R>, fixture: &Fixture, segment: usize) -> (f64, Vec<R>) {
    let (batch, total) = (fixture.size("meta/B"), fixture.size("meta/T"));
    let columns = |tensor: &Tensor| {
        let rows = tensor.shape[2];
        cast::<R>(&time_major(tensor)).chunks(rows * batch * segment).map(<[R]>::to_vec).collect::<Vec<_>>()
    };
    let (inputs, cotangents) = (columns(fixture.get("x")), columns(fixture.get("cot_out")));
    assert_eq!(inputs.len() * segment, total);
    let mut tape = network.tape(segment, batch);
    let mut gradients = vec![R::ZERO; network.parameters().len()];
    let mut loss = 0.0;
    for (input, cotangent) in inputs.iter().zip(&cotangents) {
        network.forward(Input::Dense(input), &mut tape);
        loss += dot(tape.recurrent.outputs(0), cotangent);
        let recurrent = network.recurrent();
        recurrent.set_output_gradient(&mut tape.recurrent, cotangent);
        recurrent.backward(network.weights(), Input::Dense(input), &mut tape.recurrent, &mut gradients, None);
        let record = &mut tape.recurrent.layers[0];
        for states in [&mut record.h, &mut record.c] {
            let slot = states.nrows() * batch;
            states.as_mut_slice().copy_within(segment * slot.., 0);
        }
    }
    (loss, gradients)
}
