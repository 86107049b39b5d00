//! The microscope against PyTorch: Jacobians, their products, and what every timestep adds to a weight's gradient.

use gatescope::cell::JacobianPoint;
use gatescope::loss::{Loss, Targets};
use gatescope::microscope::{Microscope, Scaled, Trace, largest_singular_value};
use gatescope::network::{Network, NetworkConfig, NetworkTape, Readout};
use gatescope::recurrent::{Input, LayerTape};
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, applicable, is_of_gates, is_of_microscope};
use gatescope_tests::reference::{
    Dimensions, cell, classifier, sequence, short, time_major, write_initial_states, write_parameters,
};
use nalgebra::{DMatrix, DMatrixView};

const LIMIT: Tolerance = Tolerance::OfLargest(1e-10);

#[test]
fn jacobians_and_contributions_match_pytorch() {
    let mut total = Tally::new("microscope, all of cells/");
    for fixture in applicable("cells/").into_iter().filter(|fixture| fixture.has("runs")) {
        let mut tally = Tally::new(fixture.name());
        for run in fixture.below("runs") {
            Check::new(&fixture, format!("runs/{run}")).run(&mut tally);
        }
        // The microscope looks at examples that begin in the zero state.
        let examples = if fixture.has("runs/zero") { Dimensions::of(&fixture).batch } else { 0 };
        for b in 0..examples {
            compare_traces(&fixture, b, &mut tally);
        }
        fixture.assert_compared(|path| is_of_microscope(path) && !is_of_gates(path));
        tally.print();
        total.absorb(&tally);
    }
    total.print();
}

/// One run of one fixture on a tape, all examples at once.
struct Check<'a> {
    fixture: &'a Fixture,
    path: String,
    size: Dimensions,
    network: Network<f64>,
    tape: NetworkTape<f64>,
    x: Vec<f64>,
}

impl<'a> Check<'a> {
    fn new(fixture: &'a Fixture, path: String) -> Self {
        let size = Dimensions::of(fixture);
        let network = classifier(fixture);
        let mut tape = network.tape(size.steps, size.batch);
        let c0 = network.config().cell.has_cell_state().then(|| fixture.get(&format!("{path}/c0")));
        write_initial_states(&mut tape, fixture.get(&format!("{path}/h0")), c0);
        Self { fixture, path, size, network, tape, x: time_major(fixture.get("x")) }
    }

    fn run(mut self, tally: &mut Tally) {
        self.network.forward(Input::Dense(&self.x), &mut self.tape);
        for layer in 0..self.size.layers {
            self.compare_jacobians(layer, tally);
        }
        let classes = self.fixture.get("target").ids();
        self.network.loss(Targets::Classes(&classes), &mut self.tape);
        self.network.backward(Input::Dense(&self.x), &mut self.tape, None);
        self.compare_contributions("b", tally);
        let cotangent = time_major(self.fixture.get("cot_out"));
        self.backward_from(&cotangent);
        self.compare_contributions("a", tally);
        self.compare_pairs(&cotangent, tally);
    }

    /// Backpropagation of sum(out · cotangent).
    fn backward_from(&mut self, cotangent: &[f64]) {
        let recurrent = self.network.recurrent();
        let mut gradients = vec![0.0; self.network.parameters().len()];
        recurrent.set_output_gradient(&mut self.tape.recurrent, cotangent);
        let input = Input::Dense(&self.x[..]);
        recurrent.backward(self.network.weights(), input, &mut self.tape.recurrent, &mut gradients, None);
    }

    /// J_t of example b.
    fn jacobian(&self, layer: usize, t: usize, b: usize) -> DMatrix<f64> {
        let record = &self.tape.recurrent.layers[layer];
        let column = |matrix: &'_ DMatrix<f64>, slot: usize| {
            let (rows, index) = (matrix.nrows(), slot * self.size.batch + b);
            index * rows..(index + 1) * rows
        };
        let spec = self.network.parameters().specs().iter().find(|spec| spec.name.ends_with(&hh(layer)));
        let (before, after) = (record.before(t), record.after(t));
        let config = self.network.config();
        let n = config.hidden * (1 + usize::from(config.cell.has_cell_state()));
        let mut jacobian = DMatrix::from_element(n, n, f64::NAN);
        config.cell.jacobian(
            JacobianPoint {
                weight_hh: spec.expect("the recurrent weights").view(self.network.weights()),
                gates: &record.gates.as_slice()[column(&record.gates, t)],
                h: &record.h.as_slice()[column(&record.h, after)],
                h_prev: &record.h.as_slice()[column(&record.h, before)],
                c_prev: &record.c.as_slice()[column(&record.c, before)],
                auxiliary: &record.auxiliary.as_slice()[column(&record.auxiliary, t)],
            },
            &mut jacobian,
        );
        jacobian
    }

    fn compare_jacobians(&self, layer: usize, tally: &mut Tally) {
        let path = format!("{}/layers/l{layer}/jac", self.path);
        if !self.fixture.has(&path) {
            return;
        }
        let Dimensions { batch, steps, hidden, .. } = self.size;
        for b in 0..batch {
            let jacobians: Vec<_> = (0..steps).map(|t| self.jacobian(layer, t, b)).collect();
            let n = jacobians[0].nrows();
            let mut compare = |kind, name: &str, got: Vec<f64>| {
                let field = format!("{path}/{name}");
                // What is there of the largest sizes is what no matrix is needed for.
                if let Some(expected) = self.fixture.find(&field) {
                    // A smallest singular value is only as exact as the largest is large, here about 1.
                    let limit = if kind == "smallest" { Tolerance::Absolute(1e-10) } else { LIMIT };
                    tally.compare(kind, &format!("{field}, example {b}"), got, &sequence(expected, b), limit);
                }
            };
            let each = |of: fn(&DMatrix<f64>) -> f64| jacobians.iter().map(of).collect::<Vec<_>>();
            compare("jacobians", "step", jacobians.iter().flat_map(row_major).collect());
            compare("norms", "step_spec", each(largest_singular_value));
            compare("norms", "step_frob", each(DMatrix::norm));
            compare("eigenvalues", "step_radius", each(|j| j.complex_eigenvalues().map(|value| value.norm()).max()));
            compare("smallest", "step_smin", each(|j| j.singular_values().min()));
            // pairs[t][k] = ∂s_t/∂s_k.
            let pairs: Vec<Vec<DMatrix<f64>>> = (0..=steps)
                .map(|t| {
                    let mut products = vec![DMatrix::identity(n, n)];
                    for k in (0..t).rev() {
                        products.insert(0, &products[0] * &jacobians[k]);
                    }
                    products
                })
                .collect();
            let products = &pairs[steps];
            let each = |of: &dyn Fn(&DMatrix<f64>) -> f64| products.iter().map(of).collect::<Vec<_>>();
            compare("products", "prod", products.iter().flat_map(row_major).collect());
            compare("norms", "prod_spec", each(&largest_singular_value));
            compare("norms", "prod_frob", each(&DMatrix::norm));
            let block = |at: usize| {
                move |p: &DMatrix<f64>| largest_singular_value(&p.view((at, at), (hidden, hidden)).into_owned())
            };
            compare("norms", "prod_hh_spec", each(&block(0)));
            if n > hidden {
                compare("norms", "prod_cc_spec", each(&block(hidden)));
            }
            if self.fixture.find(&format!("{path}/pair_spec")).is_some() {
                let norm = |t: usize, k: usize| pairs[t].get(k).map_or(0.0, largest_singular_value);
                let got = (0..=steps).flat_map(|t| (0..=steps).map(move |k| (t, k))).map(|(t, k)| norm(t, k));
                compare("norms", "pair_spec", got.collect());
            }
        }
    }

    /// Timestep t's terms of the gradients of weight_ih, weight_hh and bias_hh, summed over the batch.
    fn terms(&self, layer: usize, t: usize) -> [(&'static str, DMatrix<f64>); 3] {
        let Dimensions { batch, hidden, input, .. } = self.size;
        let record = &self.tape.recurrent.layers[layer];
        let columns = t * batch..(t + 1) * batch;
        let at = |values: &[f64], rows: usize| -> DMatrix<f64> {
            DMatrixView::from_slice(&values[columns.start * rows..columns.end * rows], rows, batch).into_owned()
        };
        let below = match layer.checked_sub(1) {
            None => at(&self.x, input),
            Some(layer) => at(self.tape.recurrent.outputs(layer), hidden),
        };
        let d_gates = at(record.d_gates.as_slice(), record.d_gates.nrows());
        let recurrent = recurrent_term(record, t, batch);
        let deltas = at(record.recurrent_deltas().as_slice(), record.d_gates.nrows());
        let bias = DMatrix::from_column_slice(deltas.nrows(), 1, deltas.column_sum().as_slice());
        [("weight_ih", d_gates * below.transpose()), ("weight_hh", recurrent), ("bias_hh", bias)]
    }

    fn compare_contributions(&self, loss: &str, tally: &mut Tally) {
        for layer in 0..self.size.layers {
            let path = format!("{}/losses/{loss}/l{layer}", self.path);
            let terms: Vec<_> = (0..self.size.steps).map(|t| self.terms(layer, t)).collect();
            for index in 0..3 {
                let name = terms[0][index].0;
                let norms = terms.iter().map(|terms| terms[index].1.norm());
                let field = format!("{path}/contrib_norm_{name}");
                let expected = &self.fixture.get(&field).data;
                tally.compare("contributions", &field, norms, expected, Tolerance::OfEach(1e-10));
                let full: DMatrix<f64> = terms.iter().map(|terms| &terms[index].1).sum();
                let cosine = |term: &DMatrix<f64>| match term.norm() * full.norm() {
                    0.0 => 0.0,
                    product => term.dot(&full) / product,
                };
                let field = format!("{path}/contrib_cos_{name}");
                let cosines = terms.iter().map(|terms| cosine(&terms[index].1));
                let expected = &self.fixture.get(&field).data;
                tally.compare("cosines", &field, cosines, expected, Tolerance::Absolute(1e-10));
            }
        }
    }

    /// What timestep k adds to the gradient of timestep t's own part of the loss.
    fn compare_pairs(&mut self, cotangent: &[f64], tally: &mut Tally) {
        let Dimensions { batch, steps, hidden, layers, .. } = self.size;
        let field = |layer: usize| format!("{}/layers/l{layer}/pair_contrib_weight_hh", self.path);
        let layers: Vec<usize> = (0..layers).filter(|layer| self.fixture.find(&field(*layer)).is_some()).collect();
        let fields: Vec<String> = layers.iter().map(|layer| field(*layer)).collect();
        let mut norms = vec![Vec::new(); layers.len()];
        for t in 0..steps {
            let own = t * batch * hidden..(t + 1) * batch * hidden;
            let mut part = vec![0.0; cotangent.len()];
            part[own.clone()].copy_from_slice(&cotangent[own]);
            self.backward_from(&part);
            for (norms, layer) in norms.iter_mut().zip(&layers) {
                let record = &self.tape.recurrent.layers[*layer];
                norms.extend((0..steps).map(|k| recurrent_term(record, k, batch).norm()));
            }
        }
        for (field, norms) in fields.iter().zip(norms) {
            tally.compare("contributions", field, norms, &self.fixture.get(field).data, LIMIT);
        }
    }
}

fn hh(layer: usize) -> String {
    format!(".weight_hh_l{layer}")
}

fn row_major(matrix: &DMatrix<f64>) -> Vec<f64> {
    matrix.transpose().as_slice().to_vec()
}

/// Timestep t's term of the gradient of weight_hh.
fn recurrent_term(record: &LayerTape<f64>, t: usize, batch: usize) -> DMatrix<f64> {
    let states = record.predecessors(&record.h, batch);
    let (rows, columns) = (record.h.nrows(), t * batch..(t + 1) * batch);
    let states = DMatrixView::from_slice(&states[columns.start * rows..columns.end * rows], rows, batch);
    record.recurrent_deltas().columns_range(columns) * states.transpose()
}

/// A matrix whose power of two has been multiplied in.
fn plain(scaled: &Scaled) -> DMatrix<f64> {
    &scaled.mantissa * f64::from(scaled.exponent).exp2()
}

/// One example from a zero state: what the microscope's own calls and the public trace say.
fn compare_traces(fixture: &Fixture, b: usize, tally: &mut Tally) {
    let size = Dimensions::of(fixture);
    let check = {
        let mut check = Check::new(fixture, "runs/zero".to_owned());
        check.network.forward(Input::Dense(&check.x), &mut check.tape);
        check
    };
    let mut microscope = Microscope::new(check.network.config().clone(), size.steps).expect("the fixture's shape");
    let (x, class) = (sequence(fixture.get("x"), b), [fixture.get("target").ids()[b]]);
    let targets = Targets::Classes(&class);
    microscope.look(check.network.weights(), Input::Dense(&x), targets).expect("the fixture's example");
    let n = microscope.state_size();
    for layer in 0..size.layers {
        let path = format!("runs/zero/layers/l{layer}/jac");
        let trace = Trace::of(&microscope, layer);
        let mut jacobian = DMatrix::from_element(n, n, f64::NAN);
        for t in 0..size.steps {
            microscope.jacobian(layer, t, &mut jacobian);
            let field = format!("layer {layer}, t {t}, example {b}");
            let expected = check.jacobian(layer, t, b);
            tally.compare("tape", &field, jacobian.iter().copied(), expected.as_slice(), Tolerance::OfLargest(1e-13));
        }
        if fixture.has(&path) {
            let per_example = |name: &str| sequence(fixture.get(&format!("{path}/{name}")), b);
            let spectral = per_example("prod_spec");
            let field = format!("{path}, example {b}");
            tally.compare("trace", &field, trace.jacobian_norm.iter().copied(), &per_example("step_spec"), LIMIT);
            let mut product = microscope.jacobian_product(layer, n);
            let matrices = fixture.find(&format!("{path}/prod")).map(|products| sequence(products, b));
            for k in (0..=size.steps).rev() {
                let current = product.current();
                let field = format!("{field}, k {k}");
                tally.compare(
                    "trace",
                    &field,
                    [current.log10_norm()],
                    &[spectral[k].log10()],
                    Tolerance::Absolute(1e-10),
                );
                if let Some(matrices) = &matrices {
                    let expected = &matrices[k * n * n..(k + 1) * n * n];
                    tally.compare("products", &field, row_major(&plain(&current)), expected, LIMIT);
                }
                assert_eq!(product.step_back(), k > 0);
            }
            let hidden_block = if n > size.hidden { per_example("prod_hh_spec") } else { spectral };
            let expected: Vec<f64> = hidden_block[1..].iter().map(|norm| norm.log10()).collect();
            let got = trace.jacobian_product_log10.iter().copied();
            tally.compare("trace", &format!("{field}, logarithms"), got, &expected, Tolerance::Absolute(1e-10));
        }
        let path = format!("runs/zero/losses/b/l{layer}");
        // The fixture's loss is the mean over the batch, the trace's the example's own.
        if let Some(expected) = fixture.find(&format!("{path}/dL_dc_state")) {
            let expected: Vec<f64> = sequence(expected, b).iter().map(|value| value * size.batch as f64).collect();
            let got = trace.cell_state_gradient.iter().copied();
            tally.compare("trace", &format!("{path}/dL_dc_state, example {b}"), got, &expected, LIMIT);
        } else {
            assert!(trace.cell_state_gradient.is_empty());
        }
        if size.batch == 1 {
            let field = format!("{path}/contrib_norm_weight_hh");
            let got = trace.weight_contribution.iter().copied();
            tally.compare("trace", &field, got, &fixture.get(&field).data, Tolerance::OfEach(1e-10));
        }
    }
}

/// Every Jacobian of 400 timesteps counts: Q_t R_t = J_t Q_{t−1}, exponent i is the mean of ln |R_t[i, i]|.
#[test]
fn lyapunov_exponents_match_pytorch() {
    let fixtures = applicable("dynamics/lyapunov_").into_iter().filter(|fixture| fixture.has("params"));
    let fixtures: Vec<_> = fixtures.collect();
    assert_eq!(fixtures.len(), 3);
    for fixture in fixtures {
        let mut tally = Tally::new(fixture.name());
        let hidden = fixture.size("meta/H");
        let config = NetworkConfig {
            cell: cell(fixture.text("meta/cell")),
            input: fixture.size("meta/I"),
            hidden,
            layers: 1,
            output: 1,
            bidirectional: false,
            vocabulary: None,
            readout: Readout::Last,
            loss: Loss::MeanSquaredError,
        };
        let mut network = Network::<f64>::new(config.clone()).expect("the fixture's shape");
        write_parameters(&mut network, |name| match name {
            "fc.weight" => vec![0.0; hidden],
            "fc.bias" => vec![0.0],
            _ => fixture.get(&format!("params/{}", short(name))).data.clone(),
        });
        let steps = fixture.size("meta/T");
        let mut microscope = Microscope::new(config, steps).expect("the fixture's shape");
        let x = sequence(fixture.get("x"), 0);
        microscope.look(network.weights(), Input::Dense(&x), Targets::Values(&[0.0])).expect("the fixture's sequence");
        let exponents = microscope.lyapunov_exponents(0, microscope.state_size(), 0).exponents;
        let sum = exponents.iter().sum();
        let limit = Tolerance::Absolute(1e-10);
        tally.compare("exponents", "exponents", exponents, &fixture.get("exponents").data, limit);
        tally.compare("exponents", "sum_exponents", [sum], &[fixture.get("sum_exponents").scalar()], limit);
        fixture.assert_all_compared();
        tally.print();
    }
}
