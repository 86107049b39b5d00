//! What the microscope sees of the fixtures in `cells/`: the same as the tape, and as PyTorch.

use gatescope::cell::CellKind;
use gatescope::loss::Targets;
use gatescope::microscope::{Microscope, State};
use gatescope::network::Network;
use gatescope::recurrent::{Input, LayerTape};
use gatescope::vector::norm;
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, applicable};
use gatescope_tests::reference::{Dimensions, classifier, sequence};

/// One sequence of a fixture alone, from a zero state: under the microscope and on a tape.
#[test]
fn the_microscope_sees_the_gradients_of_the_tape_and_of_pytorch_for_every_example() {
    let mut total = Tally::new("microscope, all of cells/");
    for fixture in applicable("cells/").into_iter().filter(|fixture| fixture.has("runs")) {
        let size = Dimensions::of(&fixture);
        let mut tally = Tally::new(format!("{} microscope", fixture.name()));
        let mut network: Network<f64> = classifier(&fixture);
        let mut microscope = Microscope::new(network.config().clone(), size.steps).expect("the fixture's shape");
        let mut tape = network.tape(size.steps, 1);
        for b in 0..size.batch {
            let x = sequence(fixture.get("x"), b);
            let (input, class) = (Input::Dense(&x[..]), [fixture.get("target").ids()[b]]);
            microscope.look(network.weights(), input, Targets::Classes(&class)).expect("the fixture's example");
            network.forward(input, &mut tape);
            let loss = network.loss(Targets::Classes(&class), &mut tape);
            network.backward(input, &mut tape, None);
            assert_eq!(microscope.loss(), loss, "{}", fixture.name());
            for layer in 0..size.layers {
                compare_with_tape(&microscope, layer, &tape.recurrent.layers[layer], &mut tally);
                if fixture.has("runs/zero") {
                    compare_with_fixture(&microscope, layer, b, &fixture, &mut tally);
                }
            }
        }
        tally.print();
        total.absorb(&tally);
    }
    total.print();
}

const STATES: [(State, &str); 2] = [(State::Hidden, "dL_dh"), (State::Cell, "dL_dc")];

fn seen(microscope: &Microscope, layer: usize, state: State, t: usize) -> Vec<f64> {
    let (values, exponent) = microscope.gradient(layer, state, t);
    values.iter().map(|value| value * f64::from(exponent).exp2()).collect()
}

fn states_of(microscope: &Microscope) -> &'static [(State, &'static str)] {
    if microscope.cell().has_cell_state() { &STATES } else { &STATES[..1] }
}

fn compare_with_tape(microscope: &Microscope, layer: usize, record: &LayerTape<f64>, tally: &mut Tally) {
    let hidden = record.h.nrows();
    for &(state, name) in states_of(microscope) {
        let values = if state == State::Hidden { record.d_h.as_slice() } else { record.d_c.as_slice() };
        let logs: Vec<f64> = microscope.gradient_norm_log10(layer, state).collect();
        let units: Vec<f64> = microscope.gradient_log10(layer, state).collect();
        for (t, values) in values[hidden..].chunks_exact(hidden).enumerate() {
            let field = format!("tape, layer {layer}, {name}, t {t}");
            let got = seen(microscope, layer, state, t);
            tally.compare("tape", &field, got, values, Tolerance::OfLargest(1e-13));
            tally.compare("logarithms", &field, [logs[t]], &[norm(values).log10()], Tolerance::Absolute(1e-12));
            let got = units[t * hidden..(t + 1) * hidden].iter().map(|log| 10f64.powf(*log));
            let expected: Vec<f64> = values.iter().map(|value| value.abs()).collect();
            tally.compare("logarithms", &field, got, &expected, Tolerance::OfLargest(1e-12));
        }
    }
}

fn compare_with_fixture(microscope: &Microscope, layer: usize, b: usize, fixture: &Fixture, tally: &mut Tally) {
    let size = Dimensions::of(fixture);
    for &(state, name) in states_of(microscope) {
        let field = format!("runs/zero/losses/b/l{layer}/{name}");
        // The fixture's loss is the mean over the batch, the microscope's the example's own.
        let share = size.batch as f64;
        let expected: Vec<f64> = sequence(fixture.get(&field), b).iter().map(|value| value * share).collect();
        let got: Vec<f64> = (0..size.steps).flat_map(|t| seen(microscope, layer, state, t)).collect();
        tally.compare("pytorch", &format!("{field}, example {b}"), got, &expected, Tolerance::OfLargest(1e-10));
    }
    for channel in microscope.cell().channels() {
        let name = match channel.name {
            "forget" => "f",
            "input" => "i",
            "output" => "o",
            "candidate" if microscope.cell() == CellKind::Gru => "n",
            "candidate" => "g",
            "reset" => "r",
            "update" => "z",
            "cellState" => "c",
            "hidden" | "activationDerivative" => "h",
            other => panic!("no check for the channel {other}"),
        };
        let mut expected = sequence(fixture.get(&format!("runs/zero/layers/l{layer}/{name}")), b);
        if channel.name == "activationDerivative" {
            let is_tanh = fixture.text("meta/cell") == "rnn_tanh";
            expected.iter_mut().for_each(|h| *h = if is_tanh { 1.0 - *h * *h } else { f64::from(*h > 0.0) });
        }
        let got = microscope.forward_values(layer, channel);
        let field = format!("channel {}, layer {layer}, example {b}", channel.name);
        tally.compare("channels", &field, got, &expected, Tolerance::OfLargest(1e-10));
    }
}
