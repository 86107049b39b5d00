//! Jacobian products over thousands of timesteps, taken row by row from the microscope.

use gatescope::loss::{Loss, Targets};
use gatescope::microscope::{Microscope, State};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::real::Real;
use gatescope::recurrent::Input;
use gatescope::vector::{all_finite, largest_magnitude};
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, applicable};
use gatescope_tests::reference::{cast, cell, sequence, short, write_initial_states, write_parameters};
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
        tally.compare("ln ‖·‖_F", &format!("ln_prod_frob, k {k}"), [got_frobenius], &frobenius[index..=index], limit);
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
            let got = [current.mantissa.norm().ln() + f64::from(current.exponent) * LN_2, current.log10_norm() * LN_10];
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
        _ => fixture.get(&format!("params/{}", short(name))).data.clone(),
    });
    let mut tape = network.tape(steps, 1);
    write_initial_states(&mut tape, fixture.get("h0"), None);
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
