//! Outputs, states, gates and all gradients of the fixtures in `cells/`.

use crate::{DOUBLE, Limits, SINGLE};
use gatescope::cell::CellKind;
use gatescope::loss::{Loss, Targets};
use gatescope::network::{Network, NetworkTape};
use gatescope::real::Real;
use gatescope::recurrent::{Input, LayerTape};
use gatescope::vector::norm;
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, applicable, is_of_microscope};
use gatescope_tests::reference::{
    Dimensions, cast, classifier, short, time_major, widen, write_initial_states, write_parameters,
};

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
