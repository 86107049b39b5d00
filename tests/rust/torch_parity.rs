//! Every fixture of PyTorch that applies: forward pass, gradients, adjoints at every timestep, losses, optimisers.

use gatescope::loss::{Columns, Loss, Targets};
use gatescope::microscope::{Microscope, State};
use gatescope::network::{Network, NetworkTape};
use gatescope::optim::{Clip, Optimizer, OptimizerKind};
use gatescope::real::Real;
use gatescope::recurrent::{Input, LayerTape};
use gatescope::vector::norm;
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{FIELDS_NOT_YET, Fixture, NOT_YET, applicable, names};
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
        // `initialisers` is compared by the tests of the initialisers, the rest below, folder by folder.
        let has_test = matches!(folder, "cells" | "dynamics" | "optim") || name == "losses" || name == "initialisers";
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
        let runs = fixture.below("runs");
        assert!(!runs.is_empty(), "{}", fixture.name());
        for run in runs {
            CellCheck::<R>::new(&fixture, format!("runs/{run}"), limits).run(&mut tally);
        }
        fixture.assert_all_compared();
        tally.print();
        total.absorb(&tally);
    }
    total.print();
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
                for (block, name) in ["i", "f", "g", "o"].into_iter().enumerate() {
                    compare(name, self.gate(layer, block));
                }
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

/// One sequence of a fixture alone, from a zero state: under the microscope and on a tape.
#[test]
fn the_microscope_sees_the_gradients_of_the_tape_and_of_pytorch_for_every_example() {
    let mut total = Tally::new("microscope, all of cells/");
    for fixture in applicable("cells/") {
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
            "candidate" => "g",
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
    let mut compare = |path: &str, loss: f64, gradient: &[R]| {
        let expected = fixture.get(&format!("{path}/mean/value")).scalar();
        tally.compare("loss", path, [loss], &[expected], Tolerance::OfEachOrOne(limits.gradients));
        let expected = &fixture.get(&format!("{path}/mean/grad")).data;
        tally.compare("gradients", path, widen(gradient), expected, Tolerance::OfLargest(limits.gradients));
    };
    let cases = fixture.below("cross_entropy");
    assert_eq!(cases.len(), 4);
    let paths = cases.iter().map(|case| format!("cross_entropy/{case}")).chain(["cross_entropy_sequence".to_owned()]);
    for path in paths {
        let logits = fixture.get(&format!("{path}/logits"));
        let classes = fixture.get(&format!("{path}/target")).ids();
        let size = *logits.shape.last().expect("a shape");
        let mut gradient = vec![R::ZERO; logits.data.len()];
        let targets = Targets::Classes(&classes);
        let loss = Loss::cross_entropy().evaluate(
            &cast::<R>(&logits.data),
            columns(size),
            targets,
            &mut gradient,
            &mut Vec::new(),
        );
        compare(&path, loss, &gradient);
    }
    let predicted = cast::<R>(&fixture.get("mse/pred").data);
    let values = cast::<R>(&fixture.get("mse/target").data);
    let mut gradient = vec![R::ZERO; predicted.len()];
    let loss = Loss::MeanSquaredError.evaluate(
        &predicted,
        columns(4),
        Targets::Values(&values),
        &mut gradient,
        &mut Vec::new(),
    );
    compare("mse", loss, &gradient);
    tally.print();
}

/// Columns that each stand for a sequence of their own.
fn columns(size: usize) -> Columns<'static> {
    Columns { size, batch: 1, lengths: None }
}

const OPTIMISERS: [(OptimizerKind, &str); 2] = [(OptimizerKind::sgd(), "sgd"), (OptimizerKind::adam(), "adam")];

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
    for (kind, name) in OPTIMISERS {
        let mut weights = cast::<R>(&fixture.get("p0").data);
        let size = weights.len();
        let rate = fixture.get(&format!("hyper/{name}/lr")).scalar();
        let mut optimizer = Optimizer::new(kind, rate, size);
        let field = format!("trajectories/{name}/{precision}");
        let trajectory = &fixture.get(&field).data;
        for (step, (gradients, expected)) in gradients.chunks(size).zip(trajectory.chunks(size)).enumerate() {
            assert!(optimizer.step(&mut weights, gradients));
            let field = format!("{field}, step {}", step + 1);
            tally.compare("parameters", &field, widen(&weights), expected, Tolerance::Absolute(limit));
        }
    }
    let mut clipped_cases = 0;
    for case in fixture.below("clip") {
        if fixture.text(&format!("clip/{case}/kind")) != "norm" {
            continue;
        }
        clipped_cases += 1;
        let value = |name: &str| fixture.get(&format!("clip/{case}/{name}"));
        let expected = value("clipped");
        let mut clipped = gradients[..expected.data.len()].to_vec();
        let total = norm(&clipped);
        tally.compare("norms", "total_norm", [total], &[value("total_norm").scalar()], Tolerance::OfEach(limit));
        let afterwards = Clip::Norm(value("max_norm").scalar()).apply(&mut clipped, total);
        tally.compare("clipped", "clipped", widen(&clipped), &expected.data, Tolerance::Absolute(limit));
        tally.compare("norms", "norm afterwards", [afterwards], &[norm(&clipped)], Tolerance::OfEach(limit));
    }
    assert_eq!(clipped_cases, 3);
    tally.print();
}

#[test]
fn ten_steps_of_training_match_pytorch_in_both_precisions() {
    let fixture = Fixture::load("optim/classifier");
    for (kind, name) in OPTIMISERS {
        for clip in ["none", "norm"] {
            let run = format!("{name}/{clip}");
            train::<f64>(&fixture, kind, &run, "float64", 1e-10);
            train::<f32>(&fixture, kind, &run, "float32", 5e-6);
        }
    }
    fixture.assert_all_compared();
}

fn train<R: Real>(fixture: &Fixture, kind: OptimizerKind, run: &str, precision: &str, limit: f64) {
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
    let rate = fixture.get(&format!("hyper/{name}/lr")).scalar();
    let threshold = fixture.find(&format!("meta/clip/{clip}")).map(gatescope_tests::fixture::Tensor::scalar);
    assert_eq!(threshold.is_some(), clip == "norm");
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
            if let Some(threshold) = threshold {
                Clip::Norm(threshold).apply(gradients, total);
            }
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
                other => panic!("no check for {other}"),
            }
            fixture.assert_all_compared();
            tally.print();
        }
    }
}
