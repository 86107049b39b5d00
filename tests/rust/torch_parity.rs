//! Every fixture of PyTorch that applies: forward pass, gradients, adjoints at every timestep, losses, optimisers.

use gatescope::cell::CellKind;
use gatescope::loss::{Columns, CrossEntropy, Ctc, IGNORE, Loss, Targets, greedy_decode};
use gatescope::microscope::{Microscope, State};
use gatescope::network::{Network, NetworkTape};
use gatescope::optim::{Clip, Optimizer, OptimizerKind};
use gatescope::real::Real;
use gatescope::recurrent::{Input, LayerTape};
use gatescope::vector::{largest_magnitude, norm};
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{FIELDS_NOT_YET, Fixture, NOT_YET, Tensor, applicable, is_of_microscope, names};
use gatescope_tests::reference::{
    Dimensions, cast, classifier, sequence, short, time_major, widen, write_initial_states, write_parameters,
};

/// What a precision has to reach.
#[derive(Clone, Copy)]
struct Limits {
    precision: &'static str,
    states: f64,
    gradients: f64,
}

const DOUBLE: Limits = Limits { precision: "f64", states: 1e-10, gradients: 1e-10 };
const SINGLE: Limits = Limits { precision: "f32", states: 2e-6, gradients: 1e-5 };

#[test]
fn every_fixture_is_compared_or_listed_as_not_yet_applicable() {
    let all = names("");
    for listed in NOT_YET {
        assert!(all.iter().any(|name| name == listed), "{listed} is listed but does not exist");
    }
    for name in all.iter().filter(|name| !NOT_YET.contains(&name.as_str())) {
        let folder = name.split_once('/').map_or("", |(folder, _)| folder);
        // `initialisers`, `models` and `sequences` are compared by tests of their own, the rest below, folder by folder.
        let has_test = matches!(folder, "cells" | "dynamics" | "models" | "optim" | "sequences")
            || name == "losses"
            || name == "initialisers";
        assert!(has_test, "{name} is compared by no test and not listed");
    }
    for (file, part) in FIELDS_NOT_YET {
        let exists = names(file).iter().any(|name| Fixture::load(name).mentions(part));
        assert!(exists, "no fixture {file}* has a field {part}");
    }
}

#[test]
fn cells_match_pytorch_in_double_precision() {
    compare_cells::<f64>(DOUBLE);
}

#[test]
fn cells_match_pytorch_in_single_precision() {
    compare_cells::<f32>(SINGLE);
}

fn compare_cells<R: Real>(limits: Limits) {
    let mut total = Tally::new(format!("all of cells/ in {}", limits.precision));
    for fixture in applicable("cells/") {
        let mut tally = Tally::new(format!("{} {}", fixture.name(), limits.precision));
        if fixture.has("runs") {
            for run in fixture.below("runs") {
                CellCheck::<R>::new(&fixture, format!("runs/{run}"), limits).run(&mut tally);
            }
        } else {
            compare_bidirectional::<R>(&fixture, limits, &mut tally);
        }
        // The other fields are compared by the tests of the microscope.
        fixture.assert_compared(|path| !is_of_microscope(path));
        tally.print();
        total.absorb(&tally);
    }
    total.print();
}

/// What the fixtures call the recorded gates, block by block.
fn gate_names(cell: CellKind) -> &'static [&'static str] {
    match cell {
        CellKind::Rnn(_) => &[],
        CellKind::Lstm => &["i", "f", "g", "o"],
        CellKind::Gru => &["r", "z", "n"],
    }
}

/// One run of one fixture in `cells/`.
struct CellCheck<'a, R: Real> {
    fixture: &'a Fixture,
    path: String,
    limits: Limits,
    size: Dimensions,
    network: Network<R>,
    tape: NetworkTape<R>,
}

impl<'a, R: Real> CellCheck<'a, R> {
    fn new(fixture: &'a Fixture, path: String, limits: Limits) -> Self {
        let size = Dimensions::of(fixture);
        let network = classifier(fixture);
        let mut tape = network.tape(size.steps, size.batch);
        let c0 = network.config().cell.has_cell_state().then(|| fixture.get(&format!("{path}/c0")));
        write_initial_states(&mut tape, fixture.get(&format!("{path}/h0")), c0);
        Self { fixture, path, limits, size, network, tape }
    }

    fn run(mut self, tally: &mut Tally) {
        let x = cast::<R>(&time_major(self.fixture.get("x")));
        self.network.forward(Input::Dense(&x), &mut self.tape);
        self.compare_forward(tally);
        self.run_classification(&x, tally);
        self.run_cotangent(&x, tally);
    }

    fn states(&self) -> Tolerance {
        Tolerance::OfLargest(self.limits.states)
    }

    fn gradients(&self) -> Tolerance {
        Tolerance::OfLargest(self.limits.gradients)
    }

    fn slot(&self) -> usize {
        self.size.hidden * self.size.batch
    }

    fn compare_forward(&self, tally: &mut Tally) {
        let (slot, path) = (self.slot(), &self.path);
        let layers = &self.tape.recurrent.layers;
        let out = &layers[layers.len() - 1].h.as_slice()[slot..];
        let expected = time_major(self.fixture.get(&format!("{path}/out")));
        tally.compare("states", &format!("{path}/out"), widen(out), &expected, self.states());
        let last = |state: &'a str, of: fn(&LayerTape<R>) -> &[R]| {
            let field = format!("{path}/{state}");
            let got = layers.iter().flat_map(|layer| widen(&of(layer)[of(layer).len() - slot..]));
            (field.clone(), got.collect::<Vec<_>>(), self.fixture.get(&field))
        };
        let (field, got, expected) = last("h_n", |layer| layer.h.as_slice());
        tally.compare("states", &field, got, &expected.data, self.states());
        let has_cell_state = self.network.config().cell.has_cell_state();
        if has_cell_state {
            let (field, got, expected) = last("c_n", |layer| layer.c.as_slice());
            tally.compare("states", &field, got, &expected.data, self.states());
        }
        for (index, layer) in layers.iter().enumerate() {
            let mut compare = |name: &str, got: Vec<f64>| {
                let field = format!("{path}/layers/l{index}/{name}");
                let expected = time_major(self.fixture.get(&field));
                tally.compare("states", &field, got, &expected, self.states());
            };
            compare("h", widen(&layer.h.as_slice()[slot..]).collect());
            if has_cell_state {
                compare("c", widen(&layer.c.as_slice()[slot..]).collect());
            }
            for (block, name) in gate_names(self.network.config().cell).iter().enumerate() {
                compare(name, self.gate(layer, block));
            }
        }
    }

    /// One block of the recorded gates, `[H, T·B]`.
    fn gate(&self, layer: &LayerTape<R>, block: usize) -> Vec<f64> {
        let hidden = self.size.hidden;
        let columns = layer.gates.as_slice().chunks_exact(layer.gates.nrows());
        columns.flat_map(|column| widen(&column[block * hidden..(block + 1) * hidden])).collect()
    }

    fn run_classification(&mut self, x: &[R], tally: &mut Tally) {
        let path = format!("{}/losses/b", self.path);
        let logits = self.fixture.get(&format!("{path}/logits"));
        let got = widen(self.tape.output.as_slice());
        tally.compare("states", &format!("{path}/logits"), got, &logits.data, self.states());
        let classes = self.fixture.get("target").ids();
        let targets = Targets::Classes(&classes);
        self.network.check_targets(&self.tape, targets).expect("the fixture's targets");
        let loss = self.network.loss(targets, &mut self.tape);
        self.compare_loss(&path, loss, tally);
        let mut d_input = vec![R::ZERO; x.len()];
        self.network.backward(Input::Dense(x), &mut self.tape, Some(&mut d_input));
        self.compare_gradients(&path, self.network.gradients(), &d_input, tally);
    }

    fn run_cotangent(&mut self, x: &[R], tally: &mut Tally) {
        let path = format!("{}/losses/a", self.path);
        let cotangent = cast::<R>(&time_major(self.fixture.get("cot_out")));
        let slot = self.slot();
        let last = self.tape.recurrent.layers.len() - 1;
        let record = &mut self.tape.recurrent.layers[last];
        let products = widen(&record.h.as_slice()[slot..]).zip(widen(&cotangent));
        let loss = products.map(|(out, cotangent)| out * cotangent).sum();
        record.d_h.as_mut_slice()[slot..].copy_from_slice(&cotangent);
        self.compare_loss(&path, loss, tally);
        let mut gradients = vec![R::ZERO; self.network.parameters().len()];
        let mut d_input = vec![R::ZERO; x.len()];
        let recurrent = self.network.recurrent();
        let weights = self.network.weights();
        recurrent.backward(weights, Input::Dense(x), &mut self.tape.recurrent, &mut gradients, Some(&mut d_input));
        self.compare_gradients(&path, &gradients, &d_input, tally);
    }

    fn compare_loss(&self, path: &str, loss: f64, tally: &mut Tally) {
        let field = format!("{path}/value");
        let expected = self.fixture.get(&field).scalar();
        tally.compare("loss", &field, [loss], &[expected], Tolerance::OfEachOrOne(self.limits.gradients));
    }

    fn compare_gradients(&self, path: &str, gradients: &[R], d_input: &[R], tally: &mut Tally) {
        let mut compared = 0;
        for spec in self.network.parameters().specs() {
            let field = format!("{path}/grad/{}", short(&spec.name));
            // The readout has no part in the first loss.
            if let Some(expected) = self.fixture.find(&field) {
                let got = spec.to_row_major(gradients);
                tally.compare("gradients", &field, widen(&got), &expected.data, self.gradients());
                compared += 1;
            }
        }
        assert!(compared >= 4 * self.size.layers, "{path}: only {compared} parameters");
        let field = format!("{path}/grad/x");
        let expected = time_major(self.fixture.get(&field));
        tally.compare("gradients", &field, widen(d_input), &expected, self.gradients());
        let slot = self.slot();
        let layers = &self.tape.recurrent.layers;
        let mut initial = |name: &str, of: fn(&LayerTape<R>) -> &[R]| {
            let field = format!("{path}/grad/{name}");
            let expected = self.fixture.get(&field);
            let got = layers.iter().flat_map(|layer| widen(&of(layer)[..slot]));
            tally.compare("gradients", &field, got, &expected.data, self.gradients());
        };
        initial("h0", |layer| layer.d_h.as_slice());
        let has_cell_state = self.network.config().cell.has_cell_state();
        if has_cell_state {
            initial("c0", |layer| layer.d_c.as_slice());
        }
        for (index, layer) in layers.iter().enumerate() {
            let path = format!("{path}/l{index}");
            self.compare_adjoint(&format!("{path}/dL_dh"), &layer.d_h.as_slice()[slot..], tally);
            if has_cell_state {
                let d_c = &layer.d_c.as_slice()[slot..];
                self.compare_adjoint(&format!("{path}/dL_dc"), d_c, tally);
                // With h_t held fixed: what comes back through f of the next timestep, and nothing at the end.
                let forget = self.gate(layer, 1);
                let state = (0..d_c.len()).map(|k| match d_c.get(k + slot) {
                    Some(next) => next.to_f64() * forget[k + slot],
                    None => 0.0,
                });
                let field = format!("{path}/dL_dc_state");
                let expected = time_major(self.fixture.get(&field));
                tally.compare("adjoints", &field, state, &expected, self.gradients());
            }
        }
    }

    /// An adjoint at every timestep `[H, T·B]`, and its norm over batch and units.
    fn compare_adjoint(&self, field: &str, got: &[R], tally: &mut Tally) {
        let expected = time_major(self.fixture.get(field));
        tally.compare("adjoints", field, widen(got), &expected, self.gradients());
        let field = format!("{field}_norm");
        let norms = got.chunks_exact(self.slot()).map(norm);
        let expected = &self.fixture.get(&field).data;
        tally.compare("norms", &field, norms, expected, Tolerance::OfEach(self.limits.gradients));
    }
}

/// Both directions of one layer: outputs, final states and all gradients of L = sum(out · cot_out).
fn compare_bidirectional<R: Real>(fixture: &Fixture, limits: Limits, tally: &mut Tally) {
    let size = |name: &str| fixture.size(&format!("meta/{name}"));
    let (hidden, steps, batch) = (size("H"), size("T"), size("B"));
    let mut network = Network::<R>::new(gatescope::NetworkConfig {
        cell: gatescope_tests::reference::cell(fixture.text("meta/cell")),
        input: size("I"),
        hidden,
        layers: size("layers"),
        output: 1,
        bidirectional: true,
        vocabulary: None,
        readout: gatescope::Readout::Every,
        loss: Loss::MeanSquaredError,
    })
    .expect("the fixture's shape");
    write_parameters(&mut network, |name| match name {
        "fc.weight" => vec![0.0; 2 * hidden],
        "fc.bias" => vec![0.0],
        _ => fixture.get(&format!("params/{}", short(name))).data.clone(),
    });
    let mut tape = network.tape(steps, batch);
    let slot = hidden * batch;
    for (direction, record) in tape.recurrent.layers.iter_mut().enumerate() {
        let initial = record.initial(steps) * slot;
        for (states, field) in [(&mut record.h, "h0"), (&mut record.c, "c0")] {
            let given = &fixture.get(field).data[direction * slot..(direction + 1) * slot];
            states.as_mut_slice()[initial..initial + slot].copy_from_slice(&cast(given));
        }
    }
    let x = cast::<R>(&time_major(fixture.get("x")));
    network.forward(Input::Dense(&x), &mut tape);
    let (states, gradients) = (Tolerance::OfLargest(limits.states), Tolerance::OfLargest(limits.gradients));
    let out = tape.recurrent.outputs(0);
    tally.compare("states", "out", widen(out), &time_major(fixture.get("out")), states);
    let cotangent = cast::<R>(&time_major(fixture.get("cot_out")));
    let loss = widen(out).zip(widen(&cotangent)).map(|(out, cotangent)| out * cotangent).sum();
    let expected = [fixture.get("loss").scalar()];
    tally.compare("loss", "loss", [loss], &expected, Tolerance::OfEachOrOne(limits.gradients));
    let recurrent = network.recurrent();
    recurrent.set_output_gradient(&mut tape.recurrent, &cotangent);
    let mut own = vec![R::ZERO; network.parameters().len()];
    let mut d_input = vec![R::ZERO; x.len()];
    recurrent.backward(network.weights(), Input::Dense(&x), &mut tape.recurrent, &mut own, Some(&mut d_input));
    for spec in network.parameters().specs().iter().filter(|spec| !spec.name.starts_with("fc.")) {
        let field = format!("grad/{}", short(&spec.name));
        let got = spec.to_row_major(&own);
        tally.compare("gradients", &field, widen(&got), &fixture.get(&field).data, gradients);
    }
    tally.compare("gradients", "grad/x", widen(&d_input), &time_major(fixture.get("grad/x")), gradients);
    let records = &tape.recurrent.layers;
    let mut compare = |kind, field: &str, of: fn(&LayerTape<R>, usize) -> (&[R], usize), tolerance| {
        let got = records.iter().flat_map(|record| {
            let (states, index) = of(record, steps);
            widen(&states[index * slot..(index + 1) * slot])
        });
        tally.compare(kind, field, got, &fixture.get(field).data, tolerance);
    };
    compare("states", "h_n", |record, steps| (record.h.as_slice(), record.last(steps)), states);
    compare("states", "c_n", |record, steps| (record.c.as_slice(), record.last(steps)), states);
    compare("gradients", "grad/h0", |record, steps| (record.d_h.as_slice(), record.initial(steps)), gradients);
    compare("gradients", "grad/c0", |record, steps| (record.d_c.as_slice(), record.initial(steps)), gradients);
}

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

#[test]
fn losses_match_pytorch_in_both_precisions() {
    let fixture = Fixture::load("losses");
    compare_losses::<f64>(&fixture, DOUBLE);
    compare_losses::<f32>(&fixture, SINGLE);
    fixture.assert_all_compared();
}

fn compare_losses<R: Real>(fixture: &Fixture, limits: Limits) {
    let mut tally = Tally::new(format!("losses {}", limits.precision));
    let cases = fixture.below("cross_entropy");
    assert_eq!(cases.len(), 4);
    let paths = cases.iter().map(|case| format!("cross_entropy/{case}")).chain(["cross_entropy_sequence".to_owned()]);
    for path in paths {
        compare_cross_entropy::<R>(fixture, &path, limits, &mut tally);
    }
    compare_binary_cross_entropy::<R>(fixture, limits, &mut tally);
    let predicted = cast::<R>(&fixture.get("mse/pred").data);
    let values = cast::<R>(&fixture.get("mse/target").data);
    let answer = evaluate(&Loss::MeanSquaredError, &predicted, columns(4), Targets::Values(&values));
    answer.compare(fixture, "mse/mean", limits, &mut tally);
    answer.times(values.len()).compare(fixture, "mse/sum", limits, &mut tally);
    compare_ctc::<R>(fixture, limits, &mut tally);
    tally.print();
}

/// A loss and its gradient.
struct Answer<R> {
    value: f64,
    gradient: Vec<R>,
}

impl<R: Real> Answer<R> {
    /// The core has the reduction `mean` only: the sum is the mean times what it was divided by.
    fn times(&self, count: usize) -> Self {
        let factor = R::from_f64(count as f64);
        let gradient = self.gradient.iter().map(|value| *value * factor).collect();
        Self { value: self.value * count as f64, gradient }
    }

    fn compare(&self, fixture: &Fixture, path: &str, limits: Limits, tally: &mut Tally) {
        let expected = &fixture.get(&format!("{path}/value")).data;
        tally.compare("loss", path, [self.value], expected, Tolerance::OfEachOrOne(limits.gradients));
        if let Some(expected) = fixture.find(&format!("{path}/grad")) {
            let limit = Tolerance::OfLargest(limits.gradients);
            tally.compare("gradients", path, widen(&self.gradient), &expected.data, limit);
        }
    }
}

/// The reduction `none`: every part was evaluated alone. The sum under the logarithm is rounded at the magnitude of the
/// outputs, so a small loss of large outputs is only as good as they are.
fn compare_parts<R: Real>(
    outputs: &[R],
    parts: &[Answer<R>],
    fixture: &Fixture,
    path: &str,
    limits: Limits,
    tally: &mut Tally,
) {
    let values = parts.iter().map(|part| part.value);
    let limit = Tolerance::Absolute(limits.states * largest_magnitude(outputs).to_f64().max(1.0));
    tally.compare("loss alone", path, values, &fixture.get(&format!("{path}/value")).data, limit);
    let gradient = parts.iter().flat_map(|part| widen(&part.gradient));
    let expected = &fixture.get(&format!("{path}/grad")).data;
    tally.compare("gradients", path, gradient, expected, Tolerance::OfLargest(limits.gradients));
}

fn evaluate<R: Real>(loss: &Loss, outputs: &[R], columns: Columns<'_>, targets: Targets<'_, R>) -> Answer<R> {
    loss.check(targets, columns, outputs.len() / columns.size).expect("the fixture's targets");
    let mut gradient = vec![R::ZERO; outputs.len()];
    let value = loss.evaluate(outputs, columns, targets, &mut gradient, &mut Vec::new());
    Answer { value, gradient }
}

fn compare_cross_entropy<R: Real>(fixture: &Fixture, path: &str, limits: Limits, tally: &mut Tally) {
    let logits = fixture.get(&format!("{path}/logits"));
    let size = *logits.shape.last().expect("a shape");
    let outputs = cast::<R>(&logits.data);
    let classes = fixture.get(&format!("{path}/target")).ids();
    let plain = Loss::cross_entropy();
    let mean = evaluate(&plain, &outputs, columns(size), Targets::Classes(&classes));
    mean.compare(fixture, &format!("{path}/mean"), limits, tally);
    if fixture.has(&format!("{path}/sum")) {
        mean.times(classes.len()).compare(fixture, &format!("{path}/sum"), limits, tally);
    }
    if fixture.has(&format!("{path}/none")) {
        let alone = outputs.chunks(size).zip(classes.chunks(1));
        let parts = alone.map(|(column, class)| evaluate(&plain, column, columns(size), Targets::Classes(class)));
        compare_parts(&outputs, &parts.collect::<Vec<_>>(), fixture, &format!("{path}/none"), limits, tally);
    }
    if fixture.has(&format!("{path}/smooth_0_1")) {
        let loss = Loss::CrossEntropy(CrossEntropy { label_smoothing: 0.1, ..CrossEntropy::default() });
        let answer = evaluate(&loss, &outputs, columns(size), Targets::Classes(&classes));
        answer.compare(fixture, &format!("{path}/smooth_0_1"), limits, tally);
    }
    if let Some(weights) = fixture.find(&format!("{path}/class_weight")) {
        let class_weights = Some(weights.data.clone());
        let loss = Loss::CrossEntropy(CrossEntropy { class_weights, ..CrossEntropy::default() });
        let answer = evaluate(&loss, &outputs, columns(size), Targets::Classes(&classes));
        answer.compare(fixture, &format!("{path}/weighted_mean"), limits, tally);
    }
    if let Some(classes) = fixture.find(&format!("{path}/target_ignore")) {
        let classes = classes.ids();
        assert!(classes.contains(&IGNORE));
        let answer = evaluate(&plain, &outputs, columns(size), Targets::Classes(&classes));
        answer.compare(fixture, &format!("{path}/ignore_mean"), limits, tally);
    }
}

fn compare_binary_cross_entropy<R: Real>(fixture: &Fixture, limits: Limits, tally: &mut Tally) {
    let outputs = cast::<R>(&fixture.get("bce_with_logits/logits").data);
    let values = cast::<R>(&fixture.get("bce_with_logits/target").data);
    let plain = Loss::BinaryCrossEntropy { positive_weight: 1.0 };
    let answer = evaluate(&plain, &outputs, columns(1), Targets::Values(&values));
    answer.compare(fixture, "bce_with_logits/mean", limits, tally);
    let alone = outputs.chunks(1).zip(values.chunks(1));
    let parts = alone.map(|(output, value)| evaluate(&plain, output, columns(1), Targets::Values(value)));
    compare_parts(&outputs, &parts.collect::<Vec<_>>(), fixture, "bce_with_logits/none", limits, tally);
    let positive_weight = fixture.get("bce_with_logits/pos_weight").scalar();
    let loss = Loss::BinaryCrossEntropy { positive_weight };
    let answer = evaluate(&loss, &outputs, columns(1), Targets::Values(&values));
    answer.compare(fixture, "bce_with_logits/pos_weight_mean", limits, tally);
}

/// CTC of one sequence with PyTorch's reduction `sum`: the core's mean divides by the number of labels, at least 1.
fn ctc_alone<R: Real>(ctc: Ctc, outputs: &[R], size: usize, labels: &[u32]) -> Answer<R> {
    let targets = Targets::Labels { labels, lengths: &[labels.len()] };
    evaluate(&Loss::Ctc(ctc), outputs, columns(size), targets).times(labels.len().max(1))
}

fn compare_ctc<R: Real>(fixture: &Fixture, limits: Limits, tally: &mut Tally) {
    let cases = fixture.below("ctc");
    assert_eq!(cases.len(), 7);
    let paths = cases.iter().map(|case| format!("ctc/{case}")).chain(["ctc_last_blank".to_owned()]);
    let mut impossible = 0;
    for path in paths {
        let logits = fixture.get(&format!("{path}/logits"));
        let size = *logits.shape.last().expect("a shape");
        let outputs = cast::<R>(&logits.data);
        let labels = fixture.get(&format!("{path}/target")).ids();
        let blank = fixture.size(&format!("{path}/blank"));
        let answer = ctc_alone(Ctc { blank, zero_infinity: false }, &outputs, size, &labels);
        answer.compare(fixture, &path, limits, tally);
        let Some(safe_value) = fixture.find(&format!("{path}/zero_infinity_value")) else { continue };
        // PyTorch's gradient is NaN there; the core's is 0, as if the sequence did not count.
        impossible += 1;
        assert!(answer.value == f64::INFINITY && answer.gradient.iter().all(|value| *value == R::ZERO));
        let safe = ctc_alone(Ctc { blank, zero_infinity: true }, &outputs, size, &labels);
        tally.compare("loss", &path, [safe.value], &safe_value.data, Tolerance::Absolute(0.0));
        let expected = &fixture.get(&format!("{path}/zero_infinity_grad")).data;
        tally.compare("gradients", &path, widen(&safe.gradient), expected, Tolerance::Absolute(0.0));
    }
    assert_eq!(impossible, 1);
    compare_ctc_batch::<R>(fixture, limits, tally);
    let outputs = cast::<R>(&fixture.get("ctc_greedy/logits").data);
    // A blank that no class is: the best class of a column alone.
    let best: Vec<u32> = outputs.chunks(4).flat_map(|column| greedy_decode(column, 4, usize::MAX)).collect();
    assert_eq!(best, fixture.get("ctc_greedy/argmax").ids());
    let decoded = greedy_decode(&outputs, 4, fixture.size("ctc_greedy/blank"));
    assert_eq!(decoded, fixture.get("ctc_greedy/decoded").ids());
}

fn compare_ctc_batch<R: Real>(fixture: &Fixture, limits: Limits, tally: &mut Tally) {
    let logits = fixture.get("ctc_batch/logits_TNC");
    let [steps, batch, size] = *logits.shape.as_slice() else { panic!("[T, B, O]") };
    let outputs = cast::<R>(&logits.data);
    let lengths = fixture.get("ctc_batch/input_lengths").sizes();
    let label_lengths = fixture.get("ctc_batch/target_lengths").sizes();
    let padded = fixture.get("ctc_batch/targets_padded");
    let ids = padded.ids();
    let own = |b: usize| ids[b * padded.shape[1]..][..label_lengths[b]].to_vec();
    let labels: Vec<u32> = (0..batch).flat_map(own).collect();
    let ctc = Ctc { blank: fixture.size("ctc_batch/blank"), zero_infinity: false };
    let targets = Targets::Labels { labels: &labels, lengths: &label_lengths };
    let mean = evaluate(&Loss::Ctc(ctc), &outputs, Columns { size, batch, lengths: Some(&lengths) }, targets);
    mean.compare(fixture, "ctc_batch/mean", limits, tally);
    // `none` and `sum`: every sequence alone, and their sum.
    let mut alone = Answer { value: 0.0, gradient: vec![R::ZERO; outputs.len()] };
    let mut values = Vec::new();
    for b in 0..batch {
        let place = |t: usize| (t * batch + b) * size..(t * batch + b + 1) * size;
        let sequence: Vec<R> = (0..lengths[b]).flat_map(|t| outputs[place(t)].to_vec()).collect();
        let answer = ctc_alone(ctc, &sequence, size, &own(b));
        for (t, gradient) in answer.gradient.chunks(size).enumerate() {
            alone.gradient[place(t)].copy_from_slice(gradient);
        }
        alone.value += answer.value;
        values.push(answer.value);
    }
    assert!(lengths.iter().any(|length| *length < steps));
    alone.compare(fixture, "ctc_batch/sum", limits, tally);
    let expected = &fixture.get("ctc_batch/none/value").data;
    tally.compare("loss", "ctc_batch/none", values, expected, Tolerance::OfEachOrOne(limits.gradients));
    let expected = &fixture.get("ctc_batch/none/grad").data;
    let limit = Tolerance::OfLargest(limits.gradients);
    tally.compare("gradients", "ctc_batch/none", widen(&alone.gradient), expected, limit);
}

/// Columns that each stand for a sequence of their own.
fn columns(size: usize) -> Columns<'static> {
    Columns { size, batch: 1, lengths: None }
}

/// The optimiser of a fixture, with its hyperparameters, and its learning rate. What PyTorch's defaults are, the core's
/// defaults must be.
fn optimiser(fixture: &Fixture, name: &str) -> (OptimizerKind, f64) {
    let given = |field: &str| fixture.find(&format!("hyper/{name}/{field}")).map(Tensor::scalar);
    let decay = given("weight_decay");
    let kind = match name {
        "sgd" | "sgd_momentum" | "sgd_nesterov" | "sgd_weight_decay" => OptimizerKind::Sgd {
            momentum: given("momentum").unwrap_or(0.0),
            nesterov: name == "sgd_nesterov",
            weight_decay: decay.unwrap_or(0.0),
        },
        "rmsprop" => OptimizerKind::RmsProp {
            alpha: given("alpha").expect("α"),
            epsilon: given("eps").expect("ε"),
            weight_decay: decay.unwrap_or(0.0),
        },
        "adam" | "adam_l2" | "adamw" => OptimizerKind::Adam {
            beta1: given("beta1").expect("β₁"),
            beta2: given("beta2").expect("β₂"),
            epsilon: given("eps").expect("ε"),
            weight_decay: decay.unwrap_or(0.0),
            decoupled: name == "adamw",
        },
        other => panic!("no check for the optimiser {other}"),
    };
    match name {
        "sgd" => assert_eq!(kind, OptimizerKind::sgd()),
        "rmsprop" => assert_eq!(kind, OptimizerKind::rmsprop()),
        "adam" => assert_eq!(kind, OptimizerKind::adam()),
        _ => {}
    }
    (kind, given("lr").expect("a learning rate"))
}

#[test]
fn optimisers_and_clipping_match_pytorch_in_both_precisions() {
    let fixture = Fixture::load("optim/raw");
    compare_optimisers::<f64>(&fixture, "float64", 1e-10);
    compare_optimisers::<f32>(&fixture, "float32", 2e-6);
    fixture.assert_all_compared();
}

fn compare_optimisers<R: Real>(fixture: &Fixture, precision: &str, limit: f64) {
    let mut tally = Tally::new(format!("{} {precision}", fixture.name()));
    let gradients = cast::<R>(&fixture.get("grads").data);
    let names = fixture.below("trajectories");
    assert_eq!(names.len(), 8);
    for name in names {
        let mut weights = cast::<R>(&fixture.get("p0").data);
        let size = weights.len();
        let (kind, rate) = optimiser(fixture, name);
        let mut optimizer = Optimizer::new(kind, rate, size);
        let field = format!("trajectories/{name}/{precision}");
        let trajectory = &fixture.get(&field).data;
        for (step, (gradients, expected)) in gradients.chunks(size).zip(trajectory.chunks(size)).enumerate() {
            assert!(optimizer.step(&mut weights, gradients));
            let field = format!("{field}, step {}", step + 1);
            // Momentum carries a parameter to 23, where an f32 is itself no finer than the limit.
            tally.compare("parameters", &field, widen(&weights), expected, Tolerance::OfEachOrOne(limit));
        }
    }
    let mut clipped_cases = 0;
    for case in fixture.below("clip") {
        clipped_cases += 1;
        let value = |name: &str| fixture.get(&format!("clip/{case}/{name}"));
        let expected = value("clipped");
        let mut clipped = gradients[..expected.data.len()].to_vec();
        let total = norm(&clipped);
        let clip = match fixture.text(&format!("clip/{case}/kind")) {
            "norm" => {
                let expected = [value("total_norm").scalar()];
                tally.compare("norms", "total_norm", [total], &expected, Tolerance::OfEach(limit));
                Clip::Norm(value("max_norm").scalar())
            }
            "value" => Clip::Value(value("clip_value").scalar()),
            other => panic!("no check for clipping by {other}"),
        };
        let afterwards = clip.apply(&mut clipped, total);
        tally.compare("clipped", "clipped", widen(&clipped), &expected.data, Tolerance::Absolute(limit));
        tally.compare("norms", "norm afterwards", [afterwards], &[norm(&clipped)], Tolerance::OfEach(limit));
    }
    assert_eq!(clipped_cases, 4);
    tally.print();
}

#[test]
fn ten_steps_of_training_match_pytorch_in_both_precisions() {
    let fixture = Fixture::load("optim/classifier");
    let names = fixture.below("runs");
    assert_eq!(names.len(), 8);
    for name in names {
        for clip in fixture.below(&format!("runs/{name}")) {
            let run = format!("{name}/{clip}");
            train::<f64>(&fixture, &run, "float64", 1e-10);
            train::<f32>(&fixture, &run, "float32", 5e-6);
        }
    }
    fixture.assert_all_compared();
}

fn train<R: Real>(fixture: &Fixture, run: &str, precision: &str, limit: f64) {
    let mut tally = Tally::new(format!("{} {run} {precision}", fixture.name()));
    let size = |name: &str| fixture.size(&format!("meta/{name}"));
    let (name, clip) = run.split_once('/').expect("optimiser and clipping");
    let mut network = Network::<R>::new(gatescope::NetworkConfig {
        cell: gatescope_tests::reference::cell(fixture.text("meta/cell")),
        input: size("I"),
        hidden: size("H"),
        layers: 1,
        output: size("classes"),
        bidirectional: false,
        vocabulary: None,
        readout: gatescope::Readout::Last,
        loss: Loss::cross_entropy(),
    })
    .expect("the fixture's shape");
    let theirs = |name: &str| if name.starts_with("fc.") { name.to_owned() } else { format!("rnn.{}", short(name)) };
    write_parameters(&mut network, |name| fixture.get(&format!("init/{}", theirs(name))).data.clone());
    let mut tape = network.tape(size("T"), size("B"));
    let x = cast::<R>(&time_major(fixture.get("x")));
    let classes = fixture.get("target").ids();
    let (kind, rate) = optimiser(fixture, name);
    let threshold = fixture.find(&format!("meta/clip/{clip}")).map(Tensor::scalar);
    let clip = match (clip, threshold) {
        ("none", None) => Clip::None,
        ("norm", Some(threshold)) => Clip::Norm(threshold),
        ("value", Some(threshold)) => Clip::Value(threshold),
        other => panic!("no check for {other:?}"),
    };
    let mut optimizer = Optimizer::<R>::new(kind, rate, network.parameters().len());
    let path = format!("runs/{run}/{precision}");
    let (losses, norms) = (fixture.get(&format!("{path}/loss")), fixture.find(&format!("{path}/grad_norm")));
    assert_eq!(losses.data.len(), 10);
    let specs = network.parameters().specs().to_vec();
    for step in 1..=10 {
        network.forward(Input::Dense(&x), &mut tape);
        let loss = network.loss(Targets::Classes(&classes), &mut tape);
        let (field, expected) = (format!("{path}/loss, step {step}"), [losses.data[step - 1]]);
        tally.compare("loss", &field, [loss], &expected, Tolerance::OfEachOrOne(limit));
        network.backward(Input::Dense(&x), &mut tape, None);
        let total = norm(network.gradients());
        // PyTorch's norms are given in double precision only.
        let norms = norms.unwrap_or_else(|| fixture.get(&format!("runs/{run}/float64/grad_norm")));
        let field = format!("{path}/grad_norm, step {step}");
        tally.compare("norms", &field, [total], &[norms.data[step - 1]], Tolerance::OfEachOrOne(limit));
        let finite = network.update(|weights, gradients| {
            clip.apply(gradients, total);
            optimizer.step(weights, gradients)
        });
        assert!(finite);
        for spec in &specs {
            let field = format!("{path}/params/{step}/{}", theirs(&spec.name));
            let double = format!("runs/{run}/float64/params/{step}/{}", theirs(&spec.name));
            let got = spec.to_row_major(network.weights());
            match (fixture.find(&field).or_else(|| fixture.find(&double)), step) {
                (Some(expected), _) => {
                    tally.compare("parameters", &field, widen(&got), &expected.data, Tolerance::Absolute(limit));
                }
                (None, 1 | 2 | 10) => panic!("{} has no field {field}", fixture.name()),
                (None, _) => {}
            }
        }
    }
    tally.print();
}

/// Jacobian products over thousands of timesteps, taken row by row from the microscope.
mod dynamics {
    use super::{Fixture, Input, Microscope, Network, Real, State, Tally, Targets, Tolerance};
    use gatescope::loss::Loss;
    use gatescope::network::{NetworkConfig, Readout};
    use gatescope::vector::{all_finite, largest_magnitude};
    use gatescope_tests::fixture::applicable;
    use gatescope_tests::reference::{cast, cell, sequence, write_parameters};
    use nalgebra::DMatrix;
    use std::f64::consts::{LN_2, LN_10};

    /// Numbers with a binary exponent of their own: value · 2^exponent.
    type Scaled = (Vec<f64>, i32);

    /// The fixture's recurrence with the last state as outputs, and one timestep before it that sets the initial state.
    struct Probe {
        microscope: Microscope,
        weights: Vec<f64>,
        input: Vec<f64>,
        steps: usize,
        hidden: usize,
    }

    impl Probe {
        /// `initial` must be within reach of a first timestep. `reads_cell` adds a timestep whose output is tanh(c_T).
        fn new(fixture: &Fixture, initial: &[f64], reads_cell: bool, output_scale: f64) -> Self {
            let kind = cell(fixture.text("meta/cell"));
            let size = |name: &str| fixture.size(&format!("meta/{name}"));
            let (hidden, inputs, steps) = (size("H"), size("I"), size("T"));
            // Behind the fixture's inputs: one to set each unit, one to open the gates for reading c.
            let wide = inputs + hidden + 1;
            let config = NetworkConfig {
                cell: kind,
                input: wide,
                hidden,
                layers: 1,
                output: hidden,
                bidirectional: false,
                vocabulary: None,
                readout: Readout::Last,
                loss: Loss::MeanSquaredError,
            };
            let mut network = Network::<f64>::new(config.clone()).expect("the fixture's shape");
            write_parameters(&mut network, |name| {
                let field = match name.split_once('.') {
                    Some(("fc", "weight")) => return (DMatrix::identity(hidden, hidden) * output_scale).data.into(),
                    Some(("fc", _)) => return vec![0.0; hidden],
                    Some((_, field)) => field,
                    None => name,
                };
                let given = &fixture.get(&format!("params/{field}")).data;
                if field.starts_with("bias") {
                    assert!(given.iter().all(|bias| *bias == 0.0), "a first timestep would not reach the state");
                }
                if !field.starts_with("weight_ih") {
                    return given.clone();
                }
                let rows = given.chunks(inputs).enumerate();
                rows.flat_map(|(row, weights)| {
                    let unit = |k: usize| f64::from(k == row % hidden && kind.gates() == 1);
                    // i closed, f and o open beyond rounding.
                    let gate = if kind.gates() == 4 { [-800.0, 800.0, 0.0, 800.0][row / hidden] } else { 0.0 };
                    weights.iter().copied().chain((0..hidden).map(unit)).chain([gate]).collect::<Vec<_>>()
                })
                .collect()
            });
            let mut input = vec![0.0; inputs];
            input.extend_from_slice(initial);
            input.push(0.0);
            for x in sequence(fixture.get("x"), 0).chunks(inputs) {
                input.extend_from_slice(x);
                input.resize(input.len() + hidden + 1, 0.0);
            }
            if reads_cell {
                input.resize(input.len() + wide - 1, 0.0);
                input.push(1.0);
            }
            let total = input.len() / wide;
            assert_eq!(total, steps + 1 + usize::from(reads_cell));
            let microscope = Microscope::new(config, total).expect("the fixture's shape");
            Self { microscope, weights: network.weights().to_vec(), input, steps: total, hidden }
        }

        fn look(&mut self, targets: &[f64]) {
            let targets = Targets::Values(targets);
            self.microscope.look(&self.weights, Input::Dense(&self.input), targets).expect("the fixture's sequence");
        }

        /// Makes L's gradient with respect to output `unit` 1 and all others 0.
        fn pick(&mut self, unit: usize) {
            self.look(&vec![0.0; self.hidden]);
            let mut targets = self.microscope.output().as_slice().to_vec();
            targets[unit] -= self.hidden as f64 / 2.0;
            self.look(&targets);
        }

        fn gradient(&self, state: State, t: usize) -> Scaled {
            let (values, exponent) = self.microscope.gradient(0, state, t);
            (values.to_vec(), exponent)
        }

        fn values(&self, channel: &str) -> Vec<f64> {
            let channels = self.microscope.cell().channels();
            let channel = channels.iter().find(|one| one.name == channel).expect("a channel");
            self.microscope.forward_values(0, channel).collect()
        }
    }

    /// ln of Frobenius and spectral norm of a matrix given by rows.
    fn log_norms(rows: &[Scaled]) -> [f64; 2] {
        let top = |(values, exponent): &Scaled| {
            let largest = largest_magnitude(values);
            (largest > 0.0).then(|| binary_exponent(largest) + exponent)
        };
        let common = rows.iter().filter_map(top).max().expect("a row that is not zero");
        let matrix = DMatrix::from_fn(rows.len(), rows[0].0.len(), |row, column| {
            let (values, exponent) = &rows[row];
            scale(values[column], exponent - common)
        });
        [matrix.norm(), matrix.singular_values().max()].map(|norm| norm.ln() + f64::from(common) * LN_2)
    }

    fn binary_exponent(value: f64) -> i32 {
        value.log2().floor() as i32
    }

    /// value · 2^exponent, also where 2^exponent is no number.
    fn scale(value: f64, exponent: i32) -> f64 {
        let half = exponent / 2;
        value * f64::from(half).exp2() * f64::from(exponent - half).exp2()
    }

    fn compare(fixture: &Fixture, rows: impl Fn(usize) -> Vec<Scaled>, tally: &mut Tally) {
        let lags = &fixture.get("k").data;
        let (frobenius, spectral) = (&fixture.get("ln_prod_frob").data, &fixture.get("ln_prod_spec").data);
        for (index, k) in lags.iter().enumerate() {
            let [got_frobenius, got_spectral] = log_norms(&rows(*k as usize));
            let limit = Tolerance::OfEachOrOne(1e-10);
            tally.compare(
                "ln ‖·‖_F",
                &format!("ln_prod_frob, k {k}"),
                [got_frobenius],
                &frobenius[index..=index],
                limit,
            );
            tally.compare("ln ‖·‖_2", &format!("ln_prod_spec, k {k}"), [got_spectral], &spectral[index..=index], limit);
        }
    }

    /// The product of the Jacobians themselves, factor by factor from the last timestep of the fixture.
    fn compare_product(fixture: &Fixture, probe: &Probe, tally: &mut Tally) {
        let (frobenius, spectral) = (&fixture.get("ln_prod_frob").data, &fixture.get("ln_prod_spec").data);
        let lags = &fixture.get("k").data;
        let mut product = probe.microscope.jacobian_product(0, probe.microscope.state_size());
        let mut compared = 0;
        for k in (0..=fixture.size("meta/T")).rev() {
            if let Some(index) = lags.iter().position(|lag| *lag as usize == k) {
                let current = product.current();
                let got =
                    [current.mantissa.norm().ln() + f64::from(current.exponent) * LN_2, current.log10_norm() * LN_10];
                let expected = [frobenius[index], spectral[index]];
                tally.compare("product", &format!("k {k}"), got, &expected, Tolerance::OfEachOrOne(1e-10));
                compared += 1;
            }
            assert!(product.step_back());
        }
        assert_eq!(compared, lags.len());
    }

    /// h is the whole state: a row of the product is ∂h_T,j/∂h_k.
    fn compare_rnn(fixture: &Fixture, initial: &[f64], output_scale: f64, tally: &mut Tally) {
        let mut probe = Probe::new(fixture, initial, false, output_scale);
        let mut rows: Vec<Vec<Scaled>> = vec![Vec::new(); probe.steps];
        let mut logs = Vec::new();
        for unit in 0..probe.hidden {
            probe.pick(unit);
            for (t, rows) in rows.iter_mut().enumerate() {
                let (mut values, exponent) = probe.gradient(State::Hidden, t);
                values.iter_mut().for_each(|value| *value /= output_scale);
                rows.push((values, exponent));
            }
            logs.push(probe.microscope.gradient_norm_log10(0, State::Hidden).collect::<Vec<_>>());
        }
        compare(fixture, |k| rows[k].clone(), tally);
        compare_product(fixture, &probe, tally);
        // The logarithms that a frame shows are those of the rows: together they give the same norm.
        for (index, k) in fixture.get("k").data.iter().enumerate() {
            let rows = logs.iter().map(|log| log[*k as usize] * LN_10 - output_scale.ln()).collect::<Vec<_>>();
            let top = rows.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let norm = top + rows.iter().map(|row| (2.0 * (row - top)).exp()).sum::<f64>().ln() / 2.0;
            let expected = [fixture.get("ln_prod_frob").data[index]];
            tally.compare("shown log10", &format!("k {k}"), [norm], &expected, Tolerance::OfEachOrOne(1e-10));
        }
        let largest = fixture.get("h_T");
        if largest.data.iter().all(|value| value.is_finite()) {
            let h = probe.values("hidden");
            let got = h[h.len() - probe.hidden..].iter().copied();
            tally.compare("states", "h_T", got, &largest.data, Tolerance::OfLargest(1e-10));
        }
    }

    /// The state is (h, c): a row of the product is ∂h_T,j or ∂c_T,j with respect to (h_k, c_k), each holding the other.
    fn compare_lstm(fixture: &Fixture, tally: &mut Tally) {
        let hidden = fixture.size("meta/H");
        let last = fixture.size("meta/T");
        let initial = fixture.get("h0").data.clone();
        assert!(initial.iter().all(|value| *value == 0.0), "a first timestep would not reach the state");
        let mut rows: Vec<Vec<Scaled>> = vec![Vec::new(); last + 1];
        for reads_cell in [false, true] {
            let mut probe = Probe::new(fixture, &initial, reads_cell, 1.0);
            for unit in 0..hidden {
                probe.pick(unit);
                let forget = probe.values("forget");
                // Reading through tanh(c_T) multiplies the row by its derivative there.
                let factor = if reads_cell { probe.gradient(State::Cell, last + 1) } else { (vec![1.0; hidden], 0) };
                for (k, rows) in rows.iter_mut().enumerate() {
                    let (mut row, exponent) = probe.gradient(State::Hidden, k);
                    if k + 1 < probe.steps {
                        let (d_c, next) = probe.gradient(State::Cell, k + 1);
                        let f = &forget[(k + 1) * hidden..(k + 2) * hidden];
                        row.extend(d_c.iter().zip(f).map(|(d_c, f)| scale(d_c * f, next - exponent)));
                    } else {
                        row.resize(2 * hidden, 0.0);
                    }
                    row.iter_mut().for_each(|value| *value /= factor.0[unit]);
                    rows.push((row, exponent - factor.1));
                }
            }
            if !reads_cell {
                compare_product(fixture, &probe, tally);
                let h = probe.values("hidden");
                let got = h[h.len() - hidden..].iter().copied();
                tally.compare("states", "h_T", got, &fixture.get("h_T").data, Tolerance::OfLargest(1e-10));
            }
        }
        compare(fixture, |k| rows[k].clone(), tally);
    }

    /// The 1-based timestep whose state is the first with an entry that is not finite.
    fn first_overflow<R: Real>(fixture: &Fixture) -> Option<usize> {
        let size = |name: &str| fixture.size(&format!("meta/{name}"));
        let (hidden, steps) = (size("H"), size("T"));
        let mut network = Network::<R>::new(NetworkConfig {
            cell: cell(fixture.text("meta/cell")),
            input: size("I"),
            hidden,
            layers: 1,
            output: 1,
            bidirectional: false,
            vocabulary: None,
            readout: Readout::Last,
            loss: Loss::MeanSquaredError,
        })
        .expect("the fixture's shape");
        write_parameters(&mut network, |name| match name.split_once('.') {
            Some(("fc", "weight")) => vec![0.0; hidden],
            Some(("fc", _)) => vec![0.0],
            _ => fixture.get(&format!("params/{}", super::short(name))).data.clone(),
        });
        let mut tape = network.tape(steps, 1);
        super::write_initial_states(&mut tape, fixture.get("h0"), None);
        let x = cast::<R>(&sequence(fixture.get("x"), 0));
        network.forward(Input::Dense(&x), &mut tape);
        let states = tape.recurrent.layers[0].h.as_slice().chunks(hidden);
        states.enumerate().position(|(_, state)| !all_finite(state))
    }

    fn compare_explosion(fixture: &Fixture, tally: &mut Tally) {
        let compare = |got: Option<usize>, field: &str| {
            let (got, expected) = (got.expect("an overflow"), fixture.size(field));
            assert!(got.abs_diff(expected) <= 2, "{}: {field}: got {got}, expected {expected} ± 2", fixture.name());
            println!("{}: {field}: got {got}, expected {expected} ± 2", fixture.name());
        };
        compare(first_overflow::<f64>(fixture), "first_nonfinite_step_float64");
        compare(first_overflow::<f32>(fixture), "first_nonfinite_step_float32");
        // Without biases and inputs ReLU is homogeneous: a start 2^1000 times smaller has the same Jacobians, and stays finite.
        let initial: Vec<f64> = fixture.get("h0").data.iter().map(|h| scale(*h, -1000)).collect();
        let mut probe = Probe::new(fixture, &initial, false, 1.0);
        probe.look(&vec![0.0; initial.len()]);
        let output_scale = f64::from(-binary_exponent(largest_magnitude(probe.microscope.output().as_slice()))).exp2();
        compare_rnn(fixture, &initial, output_scale, tally);
    }

    #[test]
    fn gradients_over_thousands_of_timesteps_match_pytorch_where_f64_underflows_and_overflows() {
        for fixture in applicable("dynamics/") {
            let mut tally = Tally::new(fixture.name());
            match fixture.name() {
                "dynamics/vanish_rnn_tanh" => {
                    let initial = fixture.get("h0").data.clone();
                    assert!(initial.iter().all(|value| *value == 0.0), "a first timestep would not reach the state");
                    compare_rnn(&fixture, &initial, 1.0, &mut tally);
                }
                "dynamics/vanish_lstm" => compare_lstm(&fixture, &mut tally),
                "dynamics/explode_rnn_relu" => compare_explosion(&fixture, &mut tally),
                // By the tests of the microscope.
                name if name.starts_with("dynamics/lyapunov_") => continue,
                other => panic!("no check for {other}"),
            }
            fixture.assert_all_compared();
            tally.print();
        }
    }
}
