//! The microscope against closed forms, finite differences and itself; and what it says of numbers that are none.

use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::clipping::{ParameterNorm, parameter_norms};
use gatescope::init::InitKind;
use gatescope::loss::Targets;
use gatescope::microscope::{
    Block, Injection, Intervention, Live, LiveOptions, MapNorm, MapOptions, MemoryMap, Method, Microscope,
    PairContributions, Scaled, State, Trace, smallest_singular_value,
};
use gatescope::network::{Network, NetworkConfig};
use gatescope::optim::Clip;
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope_tests::small::{self, started as network};
use nalgebra::DMatrix;
use proptest::prelude::*;

const TANH: CellKind = CellKind::Rnn(Nonlinearity::Tanh);
const RELU: CellKind = CellKind::Rnn(Nonlinearity::Relu);

fn config(cell: CellKind, input: usize, hidden: usize, layers: usize, bidirectional: bool) -> NetworkConfig {
    NetworkConfig { layers, bidirectional, ..small::config(cell, input, hidden, 2) }
}

fn look(network: &Network<f64>, x: &[f64], steps: usize) -> Microscope {
    let mut microscope = Microscope::new(network.config().clone(), steps).expect("a shape");
    microscope.look(network.weights(), Input::Dense(x), Targets::Values(&[1.0, -1.0])).expect("an example");
    microscope
}

fn map(microscope: &Microscope, block: Block, norm: MapNorm, method: Method) -> Vec<f64> {
    let mut map = MemoryMap::new(microscope, MapOptions { layer: 0, block, norm, method });
    assert_eq!(map.options().method, method);
    while !map.advance(1000).is_complete() {}
    map.values().to_vec()
}

/// At rest tanh′ is 1, so the network is linear there.
fn at_rest(weight_hh: &DMatrix<f64>, steps: usize) -> Microscope {
    let hidden = weight_hh.nrows();
    let mut network = network(config(TANH, 1, hidden, 1, false), InitKind::Orthogonal, 3);
    let range = network.parameters().get("rnn.weight_hh_l0").expect("a weight").range();
    network.update(|weights, _| weights[range].copy_from_slice(weight_hh.as_slice()));
    look(&network, &vec![0.0; steps], steps)
}

#[test]
fn with_an_orthogonal_matrix_all_norms_of_a_linear_network_are_equal() {
    let (hidden, steps) = (12, 150);
    let network = network(config(TANH, 1, hidden, 1, false), InitKind::Orthogonal, 3);
    let weight = network.parameters().get("rnn.weight_hh_l0").expect("a weight").view(network.weights()).into_owned();
    let microscope = at_rest(&weight, steps);
    let norms: Vec<f64> = microscope.gradient_norm_log10(0, State::Hidden).collect();
    assert!(norms.iter().all(|log| (log - norms[0]).abs() < 1e-12));
    let spectral = map(&microscope, Block::Hidden, MapNorm::Spectral, Method::Exact);
    let frobenius = map(&microscope, Block::Hidden, MapNorm::Frobenius, Method::Exact);
    let probes = map(&microscope, Block::Hidden, MapNorm::Frobenius, Method::Probes(2));
    for t in 0..steps {
        for s in 0..steps {
            let index = t * steps + s;
            let expected = |log: f64| if s <= t { log } else { f64::NEG_INFINITY };
            for (values, log) in [(&spectral, 0.0), (&frobenius, 0.5 * 12f64.log10()), (&probes, 0.5 * 12f64.log10())] {
                let (got, expected) = (values[index], expected(log));
                assert!(got == expected || (got - expected).abs() < 1e-12, "{t} {s}: {got} {expected}");
            }
        }
    }
    let mut jacobian = DMatrix::zeros(hidden, hidden);
    microscope.jacobian(0, 7, &mut jacobian);
    assert!((smallest_singular_value(&jacobian) - 1.0).abs() < 1e-13);
    for count in [1, 4, hidden] {
        let exponents = microscope.lyapunov_exponents(0, count, 0).exponents;
        assert!(exponents.iter().all(|exponent| exponent.abs() < 1e-13), "{exponents:?}");
    }
}

#[test]
fn a_scalar_weight_gives_its_powers_over_thousands_of_decades() {
    for w in [0.5, 1e-3, 10.0] {
        let steps = 2001;
        let microscope = at_rest(&DMatrix::from_element(1, 1, w), steps);
        let norms: Vec<f64> = microscope.gradient_norm_log10(0, State::Hidden).collect();
        let maps = [Method::Exact, Method::Probes(3)].map(|m| map(&microscope, Block::Hidden, MapNorm::Frobenius, m));
        let mut live = Live::new(&microscope, LiveOptions::default());
        live.update(&microscope);
        let mut product = microscope.jacobian_product(0, 1);
        for t in (0..steps).rev() {
            let power = (steps - 1 - t) as f64 * f64::log10(w);
            let near = |got: f64| (got - power).abs() < 1e-9;
            assert!(near(norms[t] - norms[steps - 1]), "w {w}, t {t}: {}", norms[t]);
            assert!(maps.iter().all(|map| near(map[(steps - 1) * steps + t])));
            assert!(near(product.current().log10_norm()) && near(live.product_log10[t]));
            assert_eq!(live.jacobian_norm[t], w);
            product.step_back();
        }
        let exponent = microscope.lyapunov_exponents(0, 1, 0).exponents[0];
        assert!((exponent - w.ln()).abs() < 1e-12);
        println!("w = {w}: log10 of the first timestep's gradient over the last's {:.3}", norms[0] - norms[steps - 1]);
    }
}

#[test]
fn a_lost_direction_has_exponent_minus_infinity_and_the_others_stay_right() {
    let weight = DMatrix::from_row_slice(3, 3, &[0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25]);
    let exponents = at_rest(&weight, 40).lyapunov_exponents(0, 3, 0).exponents;
    assert!((exponents[0] - 0.5f64.ln()).abs() < 1e-12);
    assert!(exponents.contains(&f64::NEG_INFINITY), "{exponents:?}");
}

#[test]
fn probes_estimate_the_exact_map() {
    for cell in [TANH, RELU, CellKind::Lstm, CellKind::Gru] {
        let (hidden, steps) = (16, 30);
        let mut rng = Rng::new(8, Purpose::HeldOut);
        let x: Vec<f64> = (0..3 * steps).map(|_| rng.normal()).collect();
        let microscope = look(&network(config(cell, 3, hidden, 1, false), InitKind::Pytorch, 8), &x, steps);
        for block in [Block::Hidden, Block::State] {
            let exact = map(&microscope, block, MapNorm::Frobenius, Method::Exact);
            let (mut square, mut count) = (0.0, 0.0);
            for (estimate, exact) in map(&microscope, block, MapNorm::Frobenius, Method::Probes(8)).iter().zip(&exact) {
                assert_eq!(estimate.is_finite(), exact.is_finite());
                if exact.is_finite() {
                    let ratio = 10f64.powf(2.0 * (estimate - exact)) - 1.0;
                    square += ratio * ratio;
                    count += 1.0;
                }
            }
            // Var of one ±1 probe's square is at most 2‖PPᵀ‖_F² ≤ 2‖P‖_F⁴.
            let error = f64::sqrt(square / count);
            println!(
                "{:<5} {block:?}: relative error of the squares from 8 probes {error:.3} (at most {:.3})",
                cell.name(),
                0.5
            );
            assert!(error < 0.5 * 1.3, "{error}");
        }
    }
}

#[test]
fn shares_add_up_to_the_gradient_in_every_layer_and_direction() {
    for cell in [TANH, CellKind::Lstm, CellKind::Gru] {
        let steps = 9;
        let mut rng = Rng::new(2, Purpose::HeldOut);
        let x: Vec<f64> = (0..3 * steps).map(|_| rng.normal()).collect();
        let mut network = network(config(cell, 3, 5, 2, true), InitKind::Pytorch, 2);
        let microscope = look(&network, &x, steps);
        let mut tape = network.tape(steps, 1);
        network.forward(Input::Dense(&x), &mut tape);
        network.loss(Targets::Values(&[1.0, -1.0]), &mut tape);
        let mut d_input = vec![0.0; x.len()];
        network.backward(Input::Dense(&x), &mut tape, Some(&mut d_input));
        let mut shares = Default::default();
        for layer in 0..4 {
            microscope.weight_shares(layer, &mut shares, &mut Vec::new());
            let suffix = format!("_l{}{}", layer / 2, if layer % 2 == 1 { "_reverse" } else { "" });
            for (share, name) in shares.iter().zip([".weight_hh", ".weight_ih", ".bias_hh"]) {
                let is_it = |name_of: &str| name_of.ends_with(&format!("{name}{suffix}"));
                let spec = network.parameters().specs().iter().find(|spec| is_it(&spec.name)).expect("a parameter");
                let norm = spec.view(network.gradients()).norm();
                assert!((share.sum_log10 - norm.log10()).abs() < 1e-12, "{} {norm}", spec.name);
                // Each term's projection on the sum: together they are its length.
                let parts = share.norm_log10.iter().zip(&share.cosine).filter(|(log, _)| log.is_finite());
                let total: f64 = parts.map(|(log, cosine)| 10f64.powf(*log) * cosine).sum();
                assert!((total / norm - 1.0).abs() < 1e-12, "{}: {total} {norm}", spec.name);
            }
        }
        let mut norms = vec![0.0; steps];
        microscope.input_gradient_log10(1, &mut norms, &mut Vec::new());
        for (log, d_x) in norms.iter().zip(d_input.chunks_exact(3)) {
            let norm = d_x.iter().map(|value| value * value).sum::<f64>().sqrt();
            assert!((log - norm.log10()).abs() < 1e-12);
        }
    }
}

#[test]
fn tokens_have_the_shares_of_their_one_hot_vectors_and_embedded_ones_of_their_embedding() {
    let (steps, tokens) = (6, [0u32, 2, 2, 1, 0, 1]);
    let one_hot: Vec<f64> = tokens.iter().flat_map(|k| (0..3).map(move |i| f64::from(u8::from(i == *k)))).collect();
    for vocabulary in [None, Some(3)] {
        let network =
            network(NetworkConfig { vocabulary, ..config(CellKind::Lstm, 3, 4, 1, false) }, InitKind::Pytorch, 6);
        let mut seen = Microscope::new(network.config().clone(), steps).expect("a shape");
        let target = Targets::Values(&[1.0, -1.0]);
        seen.look(network.weights(), Input::OneHot(&tokens), target).expect("an example");
        let plain = NetworkConfig { vocabulary: None, ..network.config().clone() };
        let skip = network.weights().len() - Network::<f64>::new(plain.clone()).expect("a shape").weights().len();
        let table = network.weights()[..skip].to_vec();
        let dense: Vec<f64> = match vocabulary {
            None => one_hot.clone(),
            Some(_) => tokens.iter().flat_map(|k| table[*k as usize * 3..][..3].to_vec()).collect(),
        };
        let mut expected = Microscope::new(plain, steps).expect("a shape");
        expected.look(&network.weights()[skip..], Input::Dense(&dense), target).expect("an example");
        let (mut a, mut b): ([_; 3], [_; 3]) = Default::default();
        seen.weight_shares(0, &mut a, &mut Vec::new());
        expected.weight_shares(0, &mut b, &mut Vec::new());
        for (a, b) in a.iter().zip(&b) {
            let pairs = a.norm_log10.iter().chain(&a.cosine).zip(b.norm_log10.iter().chain(&b.cosine));
            assert!(pairs.into_iter().all(|(a, b): (&f64, &f64)| a == b || (a - b).abs() < 1e-12));
        }
    }
}

#[test]
fn before_a_timestep_that_is_not_finite_everything_is_right_and_it_is_named() {
    for cell in [TANH, CellKind::Lstm, CellKind::Gru] {
        for bad in [f64::NAN, f64::INFINITY] {
            let (steps, t_bad) = (10, 6);
            let mut rng = Rng::new(4, Purpose::HeldOut);
            let mut x: Vec<f64> = (0..3 * steps).map(|_| rng.normal()).collect();
            let network = network(config(cell, 3, 4, 1, false), InitKind::Pytorch, 4);
            let clean = look(&network, &x, steps);
            assert_eq!(clean.first_non_finite(0).forward, None);
            assert_eq!(clean.first_non_finite(0).backward, None);
            x[3 * t_bad] = bad;
            if bad.is_infinite() {
                // tanh and σ swallow an infinity; two of opposite signs make NaN.
                x[3 * t_bad + 1] = f64::NAN;
            }
            let mut microscope = look(&network, &x, steps);
            let found = microscope.first_non_finite(0);
            assert_eq!((found.forward, found.backward), (Some(t_bad), Some(steps - 1)), "{cell:?} {bad}");
            assert!(!microscope.loss().is_finite());
            let method = Method::Exact;
            let maps = [&clean, &microscope].map(|m| map(m, Block::State, MapNorm::Frobenius, method));
            for t in 0..steps {
                for s in 0..=t {
                    let [expected, got] = [&maps[0], &maps[1]].map(|map| map[t * steps + s]);
                    // The Jacobian of the bad timestep itself, and of those after it, is no number.
                    if s == t || t < t_bad {
                        assert_eq!(got, expected, "{cell:?}, t {t}, s {s}");
                    } else if s < t_bad {
                        assert!(got.is_nan(), "{cell:?}, t {t}, s {s}: {got}");
                    }
                }
            }
            let injection = Some(Injection { layer: 0, t: t_bad - 1, unit: 0, state: State::Hidden });
            let asked = Intervention { injection, ..Intervention::default() };
            let target = Targets::Values(&[1.0, -1.0]);
            microscope.look_with(network.weights(), Input::Dense(&x), target, &asked).expect("an example");
            let logs: Vec<f64> = microscope.gradient_norm_log10(0, State::Hidden).collect();
            assert!(logs[..t_bad].iter().all(|log| log.is_finite()), "{logs:?}");
            let mut live = Live::new(&microscope, LiveOptions::default());
            live.update(&microscope);
            assert!(live.jacobian_norm[..t_bad].iter().all(|norm| norm.is_finite()));
            assert!(live.jacobian_norm[t_bad].is_nan());
            assert!(microscope.recurrent_spectra(0).iter().all(Option::is_some));
            let exponents = microscope.lyapunov_exponents(0, 2, 0).exponents;
            assert!(exponents.iter().all(|exponent| exponent.is_nan()));
        }
    }
}

#[test]
fn one_timestep_and_no_gradient_at_all_are_no_special_cases() {
    for cell in [TANH, RELU, CellKind::Lstm, CellKind::Gru] {
        for hidden in [1, 3] {
            let mut network = network(config(cell, 2, hidden, 1, false), InitKind::Pytorch, 5);
            let readout = network.parameters().get("fc.weight").expect("a readout").range();
            network.update(|weights, _| weights[readout].fill(0.0));
            let microscope = look(&network, &[0.5, -0.5], 1);
            let mut live = Live::new(&microscope, LiveOptions::default());
            live.update(&microscope);
            assert_eq!(live.hidden_gradient_log10, [f64::NEG_INFINITY]);
            assert!(live.hidden_ratio_log10[0].is_nan());
            assert!(live.shares.iter().all(|share| share.norm_log10 == [f64::NEG_INFINITY] && share.cosine == [0.0]));
            assert_eq!(live.input_gradient_log10, [f64::NEG_INFINITY]);
            assert!((live.product_log10[0] - 0.5 * (hidden as f64).log10()).abs() < 1e-15);
            let mut pairs = PairContributions::new(&microscope, 0);
            assert!(pairs.advance(5).is_complete());
            assert_eq!(pairs.norm_log10(), [f64::NEG_INFINITY]);
            assert_eq!(pairs.literal_log10(), [f64::NEG_INFINITY]);
            let values = map(&microscope, Block::Hidden, MapNorm::Spectral, Method::Exact);
            assert!(values[0].abs() < 1e-15);
            assert_eq!(Trace::of(&microscope, 0).jacobian_product_log10, [0.0]);
        }
    }
}

#[test]
fn a_gate_that_is_always_open_remembers_for_ever_and_one_that_is_shut_not_at_all() {
    let network = network(config(CellKind::Lstm, 2, 3, 1, false), InitKind::Pytorch, 5);
    for (bias, expected) in [(1000.0, f64::INFINITY), (-1000.0, 0.0)] {
        let mut microscope = Microscope::new(network.config().clone(), 4).expect("a shape");
        let asked = Intervention { forget_bias: Some(bias), ..Intervention::default() };
        let (input, target) = (Input::Dense(&[0.5; 8]), Targets::Values(&[1.0, -1.0]));
        microscope.look_with(network.weights(), input, target, &asked).expect("an example");
        let lives = microscope.half_lives(0);
        assert!(lives.iter().all(|life| (life - expected).abs() < 1e-2 || *life == expected), "{lives:?}");
        assert_eq!(microscope.dead_units(0).map(Iterator::count), None);
    }
}

#[test]
fn a_dead_relu_unit_is_found() {
    let mut network = network(config(RELU, 2, 4, 1, false), InitKind::Pytorch, 5);
    let bias = network.parameters().get("rnn.bias_ih_l0").expect("a bias").range();
    network.update(|weights, _| weights[bias].copy_from_slice(&[9.0, -9.0, 9.0, -9.0]));
    let microscope = look(&network, &[0.1; 12], 6);
    assert_eq!(microscope.dead_units(0).expect("ReLU").collect::<Vec<_>>(), [1, 3]);
}

/// ∂(h_T, c_T)/∂(h_0, c_0) by central differences of the initial state.
fn difference(network: &Network<f64>, x: &[f64], steps: usize, start: &[f64], column: usize) -> Vec<f64> {
    let hidden = network.config().hidden;
    let epsilon = 1e-5;
    let end = |offset: f64| {
        let mut start = start.to_vec();
        start[column] += offset;
        let mut microscope = Microscope::new(network.config().clone(), steps).expect("a shape");
        let (h, c) = start.split_at(hidden);
        microscope.set_initial_state(0, h, c);
        microscope.look(network.weights(), Input::Dense(x), Targets::Values(&[1.0, -1.0])).expect("an example");
        let channels = microscope.cell().channels();
        let states = ["hidden", "cellState"].iter().filter_map(|name| channels.iter().find(|one| one.name == *name));
        states
            .flat_map(|one| microscope.forward_values(0, one).skip((steps - 1) * hidden).collect::<Vec<_>>())
            .collect()
    };
    let (up, down): (Vec<f64>, Vec<f64>) = (end(epsilon), end(-epsilon));
    up.iter().zip(&down).map(|(up, down)| (up - down) / (2.0 * epsilon)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_product_of_jacobians_is_the_derivative_by_the_initial_state(
        kind in 0usize..3, hidden in 1usize..6, steps in 1usize..7, seed in 0u32..1000, column in 0usize..100,
    ) {
        let cell = [TANH, CellKind::Lstm, CellKind::Gru][kind];
        let network = network(config(cell, 2, hidden, 1, false), InitKind::Pytorch, seed);
        let mut rng = Rng::new(seed, Purpose::HeldOut);
        let x: Vec<f64> = (0..2 * steps).map(|_| rng.normal()).collect();
        let n = hidden * if cell == CellKind::Lstm { 2 } else { 1 };
        let start: Vec<f64> = (0..n).map(|_| 0.5 * rng.normal()).collect();
        let mut microscope = Microscope::new(network.config().clone(), steps).expect("a shape");
        microscope.set_initial_state(0, &start[..hidden], &start[hidden..]);
        microscope.look(network.weights(), Input::Dense(&x), Targets::Values(&[1.0, -1.0])).expect("an example");
        let mut product = microscope.jacobian_product(0, n);
        while product.step_back() {}
        let Scaled { mantissa, exponent } = product.current();
        let column = column % n;
        let expected = difference(&network, &x, steps, &start, column);
        for (got, expected) in mantissa.column(column).iter().zip(expected) {
            let got = got * f64::from(exponent).exp2();
            prop_assert!((got - expected).abs() < 1e-8, "{:?}: {} {}", cell, got, expected);
        }
    }

    #[test]
    fn norms_by_parameter_are_those_of_the_clipped_gradient(
        seed in 0u32..1000, kind in 0usize..3, threshold in 0.001f64..10.0, scale in -30i32..30,
    ) {
        let network = network(config(CellKind::Gru, 2, 3, 2, true), InitKind::Pytorch, seed);
        let clip = [Clip::None, Clip::Norm(threshold), Clip::Value(threshold)][kind];
        let mut gradients: Vec<f64> = network.weights().iter().map(|weight| weight * 10f64.powi(scale)).collect();
        let mut norms = vec![ParameterNorm::NONE; network.parameters().specs().len()];
        let global = parameter_norms(network.parameters(), &gradients, clip, &mut norms);
        let own = |gradients: &[f64]| -> Vec<f64> {
            network.parameters().specs().iter().map(|spec| gatescope::vector::norm(&gradients[spec.range()])).collect()
        };
        let before = own(&gradients);
        let whole = gatescope::vector::norm(&gradients);
        prop_assert!((global.before - whole).abs() <= 1e-14 * whole);
        let clipped = clip.apply(&mut gradients, global.before);
        prop_assert!((global.after - clipped).abs() <= 1e-12 * clipped);
        for ((norm, before), after) in norms.iter().zip(before).zip(own(&gradients)) {
            prop_assert_eq!(norm.before, before);
            prop_assert!((norm.after - after).abs() <= 1e-12 * after.max(1e-300));
        }
    }
}

#[test]
fn a_gradient_that_is_not_finite_is_named_by_its_parameter() {
    let network = network(config(TANH, 2, 3, 1, false), InitKind::Pytorch, 1);
    let mut gradients = network.weights().to_vec();
    let bad = network.parameters().get("rnn.bias_ih_l0").expect("a bias").offset;
    gradients[bad] = f64::INFINITY;
    let mut norms = vec![ParameterNorm::NONE; network.parameters().specs().len()];
    let global = parameter_norms(network.parameters(), &gradients, Clip::Norm(1.0), &mut norms);
    assert!(global.before.is_infinite() && global.after.is_nan());
    let names: Vec<_> =
        network.parameters().specs().iter().zip(&norms).filter(|(_, norm)| !norm.before.is_finite()).collect();
    assert!(matches!(names.as_slice(), [(spec, _)] if spec.name == "rnn.bias_ih_l0"));
    assert!(norms.iter().all(|norm| norm.after.is_nan()));
}
