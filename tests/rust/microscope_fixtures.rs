//! The microscope's own quantities, example by example, against PyTorch: memory maps, terms of BPTT, gates, norms, exponents.

use gatescope::cell::CellKind;
use gatescope::loss::{Loss, Targets};
use gatescope::microscope::{
    Block, Live, LiveOptions, MapNorm, MapOptions, MemoryMap, Method, Microscope, PairContributions, State, Thresholds,
    gate_shares, half_lives, log_keep_to_end, smallest_singular_value,
};
use gatescope::network::{NetworkConfig, Readout};
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope::{Network, Nonlinearity};
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, applicable, is_of_gates};
use gatescope_tests::reference::{Dimensions, classifier, sequence, time_major, write_initial_states};
use nalgebra::DMatrix;

const LIMIT: Tolerance = Tolerance::OfLargest(1e-10);

/// Each example of a run under a microscope of its own, gradient sent back as asked.
fn examples(fixture: &Fixture, run: &str) -> Vec<Microscope> {
    let size = Dimensions::of(fixture);
    let network = classifier::<f64>(fixture);
    let classes = fixture.get("target").ids();
    let mut examples = Vec::new();
    for b in 0..size.batch {
        let mut microscope = Microscope::new(network.config().clone(), size.steps).expect("the fixture's shape");
        for layer in 0..size.layers {
            let start = (layer * size.batch + b) * size.hidden;
            let state = |name: &str| {
                let field = format!("runs/{run}/{name}");
                fixture.find(&field).map_or(Vec::new(), |states| states.data[start..start + size.hidden].to_vec())
            };
            microscope.set_initial_state(layer, &state("h0"), &state("c0"));
        }
        let x = sequence(fixture.get("x"), b);
        let target = Targets::Classes(&classes[b..=b]);
        microscope.look(network.weights(), Input::Dense(&x), target).expect("the fixture's example");
        examples.push(microscope);
    }
    examples
}

fn runs(mut each: impl FnMut(&Fixture, &str, Dimensions, &mut Tally)) {
    let mut total = Tally::new("all of cells/");
    for fixture in applicable("cells/").into_iter().filter(|fixture| fixture.has("runs")) {
        let mut tally = Tally::new(fixture.name());
        for run in fixture.below("runs") {
            each(&fixture, run, Dimensions::of(&fixture), &mut tally);
        }
        total.absorb(&tally);
    }
    total.print();
}

#[test]
fn gradient_norms_and_shares_of_the_weights_match_pytorch() {
    runs(|fixture, run, size, tally| {
        for loss in ["a", "b"] {
            let mut examples = examples(fixture, run);
            if loss == "a" {
                for (b, microscope) in examples.iter_mut().enumerate() {
                    microscope.look_back(&sequence(fixture.get("cot_out"), b));
                }
            }
            // Loss b is the mean over the batch, an example's own loss is not.
            let share = if loss == "a" { 1.0 } else { size.batch as f64 };
            for layer in 0..size.layers {
                let path = format!("runs/{run}/losses/{loss}/l{layer}");
                for (state, name) in [(State::Hidden, "dL_dh_norm"), (State::Cell, "dL_dc_norm")] {
                    let Some(expected) = fixture.find(&format!("{path}/{name}")) else { continue };
                    let norms = (0..size.steps).map(|t| {
                        let log = |m: &Microscope| m.gradient_norm_log10(layer, state).nth(t).expect("t");
                        examples.iter().map(|m| 10f64.powf(2.0 * log(m))).sum::<f64>().sqrt() / share
                    });
                    tally.compare("norms", &path, norms, &expected.data, Tolerance::OfEach(1e-10));
                }
                compare_terms(fixture, &format!("{path}/contrib_norm_weight_hh"), &examples, layer, share, tally);
                if size.batch == 1 {
                    compare_shares(fixture, &path, &examples[0], layer, tally);
                }
            }
        }
    });
}

/// Terms of all examples together: the norm of a sum of matrices of rank one.
fn compare_terms(fixture: &Fixture, field: &str, all: &[Microscope], layer: usize, share: f64, tally: &mut Tally) {
    let norms = (0..all[0].steps()).map(|t| batch_term(all, layer, t).norm() / share);
    tally.compare("terms", field, norms, &fixture.get(field).data, Tolerance::OfEach(1e-10));
}

fn batch_term(all: &[Microscope], layer: usize, t: usize) -> DMatrix<f64> {
    let term = |microscope: &Microscope| {
        let (deltas, exponent, state) = microscope.recurrent_term(layer, t);
        let deltas = DMatrix::from_column_slice(deltas.len(), 1, deltas) * f64::from(exponent).exp2();
        deltas * DMatrix::from_row_slice(1, state.len(), state)
    };
    all.iter().map(term).sum()
}

fn compare_shares(fixture: &Fixture, path: &str, microscope: &Microscope, layer: usize, tally: &mut Tally) {
    let mut shares = Default::default();
    microscope.weight_shares(layer, &mut shares, &mut Vec::new());
    for (share, name) in shares.iter().zip(["weight_hh", "weight_ih", "bias_hh"]) {
        let expected = &fixture.get(&format!("{path}/contrib_norm_{name}")).data;
        let norms = share.norm_log10.iter().map(|log| 10f64.powf(*log));
        tally.compare("shares", &format!("{path}, {name}"), norms, expected, Tolerance::OfEach(1e-10));
        let expected = &fixture.get(&format!("{path}/contrib_cos_{name}")).data;
        let cosines = share.cosine.iter().copied();
        tally.compare("cosines", &format!("{path}, {name}"), cosines, expected, Tolerance::Absolute(1e-10));
    }
}

#[test]
fn memory_maps_match_pytorchs_products_of_every_pair_of_timesteps() {
    let mut compared = 0;
    runs(|fixture, run, size, tally| {
        for layer in 0..size.layers {
            let field = format!("runs/{run}/layers/l{layer}/jac/pair_spec");
            let Some(expected) = fixture.find(&field) else { continue };
            for (b, microscope) in examples(fixture, run).iter().enumerate() {
                let (block, norm, method) = (Block::State, MapNorm::Spectral, Method::Exact);
                let mut map = MemoryMap::new(microscope, MapOptions { layer, block, norm, method });
                let mut calls = 0;
                while !map.advance(1).is_complete() {
                    calls += 1;
                }
                assert!(calls < size.steps * size.steps, "an entry at least a call");
                // The reference has the initial state as row and column 0.
                let all = sequence(expected, b);
                let kept = all.chunks_exact(size.steps + 1).skip(1).flat_map(|row| row[1..].to_vec());
                let got = map.values().iter().map(|log| 10f64.powf(*log));
                tally.compare("map", &field, got, &kept.collect::<Vec<_>>(), LIMIT);
                compared += 1;
            }
            let smallest = fixture.get(&format!("runs/{run}/layers/l{layer}/jac/step_smin"));
            for (b, microscope) in examples(fixture, run).iter().enumerate() {
                let mut jacobian = DMatrix::zeros(microscope.state_size(), microscope.state_size());
                let got = (0..size.steps).map(|t| {
                    microscope.jacobian(layer, t, &mut jacobian);
                    smallest_singular_value(&jacobian)
                });
                tally.compare("smallest", &field, got, &sequence(smallest, b), Tolerance::Absolute(1e-10));
            }
        }
        // So that there is something to print for the fixtures without matrices.
        tally.compare("rows", "T", [size.steps as f64], &[size.steps as f64], LIMIT);
    });
    assert!(compared >= 20, "{compared}");
}

#[test]
fn terms_of_every_pair_of_timesteps_match_pytorch_and_their_literal_product_is_the_gradient_of_the_first_state() {
    runs(|fixture, run, size, tally| {
        let mut examples = examples(fixture, run);
        for (b, microscope) in examples.iter_mut().enumerate() {
            microscope.look_back(&sequence(fixture.get("cot_out"), b));
        }
        for layer in 0..size.layers {
            let field = format!("runs/{run}/layers/l{layer}/pair_contrib_weight_hh");
            let Some(expected) = fixture.find(&field) else { continue };
            let mut pairs: Vec<_> = examples.iter().map(|m| PairContributions::new(m, layer)).collect();
            let (mut norms, mut literal) = (Vec::new(), vec![DMatrix::zeros(size.hidden, 1); size.batch]);
            for _ in 0..size.steps {
                for (pairs, sum) in pairs.iter_mut().zip(&mut literal) {
                    pairs.advance(1);
                    let (part, exponent) = pairs.last_row().initial_gradient(layer);
                    *sum += DMatrix::from_column_slice(size.hidden, 1, part) * f64::from(exponent).exp2();
                }
                let rows: Vec<_> = pairs.iter().map(|pairs| pairs.last_row().clone()).collect();
                norms.extend((0..size.steps).map(|k| batch_term(&rows, layer, k).norm()));
            }
            assert!(pairs.iter().all(|pairs| pairs.progress().is_complete()));
            if size.batch == 1 {
                let own = pairs[0].norm_log10().iter().map(|log| 10f64.powf(*log));
                tally.compare("pairs", &field, own, &expected.data, LIMIT);
            }
            tally.compare("pairs", &field, norms, &expected.data, LIMIT);
            for (microscope, literal) in examples.iter().zip(&literal) {
                let (total, exponent) = microscope.initial_gradient(layer);
                let total: Vec<_> = total.iter().map(|value| value * f64::from(exponent).exp2()).collect();
                tally.compare("literal", &field, literal.iter().copied(), &total, LIMIT);
            }
        }
    });
}

#[test]
fn gates_match_pytorch() {
    let mut compared = 0;
    for fixture in applicable("cells/").into_iter().filter(|fixture| fixture.has("runs")) {
        let mut tally = Tally::new(fixture.name());
        let size = Dimensions::of(&fixture);
        let network = classifier::<f64>(&fixture);
        let cell = network.config().cell;
        for run in fixture.below("runs") {
            let mut tape = network.tape(size.steps, size.batch);
            let c0 = cell.has_cell_state().then(|| fixture.get(&format!("runs/{run}/c0")));
            write_initial_states(&mut tape, fixture.get(&format!("runs/{run}/h0")), c0);
            network.forward(Input::Dense(&time_major(fixture.get("x"))), &mut tape);
            for layer in 0..size.layers {
                let tape = (cell, &tape.recurrent.layers[layer], size.batch);
                compared += compare_gates(&fixture, &format!("runs/{run}/layers/l{layer}"), tape, size, &mut tally);
            }
        }
        fixture.assert_compared(is_of_gates);
        if compared > 0 {
            tally.compare("gates", "fixture", [1.0], &[1.0], LIMIT);
            tally.print();
        }
    }
    assert!(compared > 0);
}

fn compare_gates(
    fixture: &Fixture,
    path: &str,
    tape: (CellKind, &gatescope::recurrent::LayerTape<f64>, usize),
    size: Dimensions,
    tally: &mut Tally,
) -> usize {
    let blocks: &[(&str, usize)] = match tape.0 {
        CellKind::Lstm => &[("i", 0), ("f", 1), ("o", 3)],
        CellKind::Gru => &[("r", 0), ("z", 1)],
        CellKind::Rnn(_) => &[],
    };
    for (name, gate) in blocks {
        let shares = |t| gate_shares(tape, *gate, t, Thresholds::KARPATHY);
        let parts: [(&str, &dyn Fn(usize) -> f64); 3] =
            [("mean", &|t| shares(t).mean), ("low", &|t| shares(t).low), ("high", &|t| shares(t).high)];
        for (part, of) in parts {
            let field = format!("{path}/gate_stats/{name}/{part}");
            tally.compare("gates", &field, (0..size.steps).map(of), &fixture.get(&field).data, LIMIT);
        }
    }
    if blocks.is_empty() {
        assert!(half_lives(tape, 0).is_empty() && log_keep_to_end(tape, 0).is_empty());
        return 0;
    }
    let field = format!("{path}/gate_stats/half_life");
    let all = (0..size.batch).flat_map(|b| half_lives(tape, b));
    tally.compare("half-lives", &field, all, &fixture.get(&field).data, Tolerance::OfEach(1e-10));
    if let Some(expected) = fixture.find(&format!("{path}/log_forget_to_end")) {
        let all = (0..size.batch).flat_map(|b| log_keep_to_end(tape, b));
        tally.compare("forget path", path, all, &expected.data, LIMIT);
    }
    1
}

/// The network runs by itself after a kick: h_{t+1} = tanh(g·W·h_t), W ~ N(0, 1/H).
#[test]
fn the_leading_exponent_of_random_tanh_networks_is_pytorchs_for_every_gain() {
    let fixtures = applicable("dynamics/lyapunov_random_tanh");
    let [fixture] = fixtures.as_slice() else { panic!("one fixture") };
    let (hidden, discard, counted, seeds) = (100, 500, 2500, 5);
    let config = NetworkConfig {
        cell: CellKind::Rnn(Nonlinearity::Tanh),
        input: hidden,
        hidden,
        layers: 1,
        bidirectional: false,
        vocabulary: None,
        output: 1,
        readout: Readout::Last,
        loss: Loss::MeanSquaredError,
    };
    let mut microscope = Microscope::new(config.clone(), discard + counted).expect("a network");
    println!("gain   λ₁ ours   PyTorch (sd)     ln ρ ours  PyTorch");
    for row in fixture.below("rows") {
        let field = |name: &str| fixture.get(&format!("rows/{row}/{name}")).scalar();
        let gain = field("gain");
        let (mut exponent, mut radius) = (0.0, 0.0);
        for seed in 0..seeds {
            let mut rng = Rng::new(seed, Purpose::Initialisation);
            let mut network = Network::<f64>::new(config.clone()).expect("a network");
            let range = |name: &str| network.parameters().get(name).expect("a parameter").range();
            let (weight_ih, weight_hh) = (range("rnn.weight_ih_l0"), range("rnn.weight_hh_l0"));
            network.update(|weights, _| {
                let identity = DMatrix::<f64>::identity(hidden, hidden);
                weights[weight_ih].copy_from_slice(identity.as_slice());
                weights[weight_hh].fill_with(|| gain * rng.normal() / (hidden as f64).sqrt());
            });
            let mut x = vec![0.0; hidden * (discard + counted)];
            x[..hidden].fill_with(|| rng.normal());
            let target = Targets::Values(&[0.0]);
            microscope.look(network.weights(), Input::Dense(&x), target).expect("a sequence");
            let own = microscope.lyapunov_exponents(0, 1, discard).exponents[0];
            let spectrum = microscope.recurrent_spectra(0).remove(0).expect("finite weights");
            let own_radius = spectrum.radius().expect("eigenvalues").ln();
            if own_radius < -0.01 {
                // Towards the rest point every trajectory shrinks by ρ a step; complex pairs turn on the way.
                assert!((own - own_radius).abs() < 3e-3, "gain {gain}, seed {seed}: {own} {own_radius}");
            }
            exponent += own / f64::from(seeds);
            radius += own_radius / f64::from(seeds);
        }
        let (mean, deviation) = (field("lambda_max_mean"), field("lambda_max_sd"));
        let expected_radius = field("ln_spectral_radius_mean");
        println!("{gain:<4} {exponent:>9.4} {mean:>9.4} ({deviation:.4}) {radius:>9.4} {expected_radius:>9.4}");
        // Means of five draws each.
        let allowed = 4.0 * deviation * (2.0 / f64::from(seeds)).sqrt() + 0.005;
        assert!((exponent - mean).abs() < allowed, "gain {gain}: {exponent}, PyTorch {mean} ± {allowed}");
        assert!((radius - expected_radius).abs() < 0.12, "gain {gain}: ln ρ {radius}");
    }
    fixture.assert_all_compared();
}

#[test]
fn live_quantities_equal_those_on_demand() {
    let fixture = Fixture::load("cells/lstm_chapter_1layer");
    for microscope in examples(&fixture, "zero") {
        let n = microscope.state_size();
        let mut live = Live::new(&microscope, LiveOptions { norm_steps: n, probes: 2000, ..LiveOptions::default() });
        live.update(&microscope);
        let trace = gatescope::microscope::Trace::of(&microscope, 0);
        let mut product = microscope.jacobian_product(0, live.saturated_hidden.len().max(20));
        for t in (0..microscope.steps()).rev() {
            assert!((live.jacobian_norm[t] / trace.jacobian_norm[t] - 1.0).abs() < 1e-10);
            let exact = product.current_hidden();
            let block = exact.mantissa.rows(0, 20).into_owned();
            let exact = gatescope::microscope::Scaled { mantissa: block, exponent: exact.exponent }.log10_frobenius();
            assert!((live.product_log10[t] - exact).abs() < 0.04, "t {t}: {} {exact}", live.product_log10[t]);
            assert_eq!(live.hidden_gradient_log10[t], trace.hidden_gradient_log10[t]);
            let weight_hh = 10f64.powf(live.shares[0].norm_log10[t]);
            assert!((weight_hh - trace.weight_contribution[t]).abs() <= 1e-12 * trace.weight_contribution[t]);
            product.step_back();
        }
    }
}
