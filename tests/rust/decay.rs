//! What becomes of the gradient at initialisation and while clipping: beside PyTorch's figures and Pascanu's condition.

use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::clipping::{ParameterNorm, parameter_norms};
use gatescope::init::{ForgetBias, Init, InitKind, initialise};
use gatescope::loss::{Loss, Targets};
use gatescope::microscope::{Microscope, State};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::optim::{Clip, Optimizer, OptimizerKind};
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope::task::{Part, Recall, Task};
use gatescope::trainer::Trainer;

const TANH: CellKind = CellKind::Rnn(Nonlinearity::Tanh);
const RELU: CellKind = CellKind::Rnn(Nonlinearity::Relu);
const STEPS: usize = 100;
const LAGS: [usize; 5] = [1, 10, 20, 50, 99];

fn config(cell: CellKind, task: &Recall, hidden: usize) -> NetworkConfig {
    NetworkConfig {
        cell,
        input: task.tokens().len(),
        hidden,
        layers: 1,
        bidirectional: false,
        vocabulary: None,
        output: task.classes().len(),
        readout: Readout::Last,
        loss: Loss::cross_entropy(),
    }
}

/// A microscope on one recall sequence and a network as drawn.
fn drawn(cell: CellKind, init: &Init, steps: usize, seed: u32) -> Microscope {
    let task = Recall::new(steps, 4);
    let mut network = Network::<f64>::new(config(cell, &task, 32)).expect("a shape");
    initialise(&mut network, init, &mut Rng::new(seed, Purpose::Initialisation)).expect("an initialisation");
    let mut tokens = vec![0; steps];
    let class = task.sample(Part::HeldOut, &mut Rng::new(seed, Purpose::HeldOut), &mut tokens);
    let mut microscope = Microscope::new(network.config().clone(), steps).expect("a shape");
    let (input, target) = (Input::OneHot(&tokens), [class]);
    microscope.look(network.weights(), input, Targets::Classes(&target)).expect("a sequence of the task");
    microscope
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// Medians of log10(‖∂L/∂s_t‖ / ‖∂L/∂s_T‖) at the lags, over these seeds.
fn decay(cell: CellKind, init: &Init, state: State, seeds: std::ops::Range<u32>) -> [f64; 5] {
    let series: Vec<Vec<f64>> =
        seeds.map(|seed| drawn(cell, init, STEPS, seed).gradient_norm_log10(0, state).collect()).collect();
    LAGS.map(|lag| median(series.iter().map(|logs| logs[STEPS - 1 - lag] - logs[STEPS - 1]).collect()))
}

type Row = (&'static str, CellKind, Init, [f64; 5], Option<[f64; 5]>);

fn table() -> Vec<Row> {
    let init = |kind, forget_bias| Init { kind, spectral_radius: None, forget_bias };
    let pytorch = |forget_bias| init(InitKind::Pytorch, forget_bias);
    let one = Some(ForgetBias::Value(1.0));
    let chrono = Some(ForgetBias::Chrono { steps: STEPS });
    let (none, lstm) = (None, CellKind::Lstm);
    vec![
        ("tanh default", TANH, pytorch(none), [-0.2, -2.5, -5.0, -12.3, -24.3], None),
        ("tanh orthogonal", TANH, init(InitKind::Orthogonal, none), [-0.1, -0.6, -1.2, -3.1, -6.1], None),
        ("ReLU identity", RELU, init(InitKind::Identity, none), [-0.1, -0.1, -0.1, -0.2, -0.3], None),
        ("LSTM default", lstm, pytorch(none), [-0.8, -2.9, -4.9, -10.7, -20.4], Some([-0.3, -2.2, -4.2, -10.0, -19.7])),
        ("LSTM bias 1", lstm, pytorch(one), [-0.9, -1.8, -2.5, -4.8, -8.2], Some([-0.1, -1.0, -1.7, -3.9, -7.4])),
        ("LSTM chrono", lstm, pytorch(chrono), [-1.7, -2.2, -2.4, -2.8, -3.1], Some([0.0, -0.1, -0.2, -0.4, -0.7])),
        ("GRU default", CellKind::Gru, pytorch(none), [-0.3, -2.2, -4.2, -10.1, -19.8], None),
    ]
}

#[test]
fn gradients_decay_at_initialisation_as_in_pytorch() {
    println!("log10(‖∂L/∂s_t‖ / ‖∂L/∂s_T‖), loss at T only, H 32, recall, medians; PyTorch's (10 seeds) in brackets");
    println!("lags {LAGS:?}: our first 10 seeds | our first 200 seeds");
    let mut failures = Vec::new();
    for (name, cell, init, hidden, of_cell) in table() {
        let states = [(State::Hidden, Some(hidden)), (State::Cell, of_cell)];
        for (state, expected) in states.into_iter().filter_map(|(state, expected)| Some((state, expected?))) {
            let (ten, many) = (decay(cell, &init, state, 0..10), decay(cell, &init, state, 0..200));
            let mut line = format!("{name:<16} {}", if state == State::Cell { "c" } else { "h" });
            for (ten, expected) in ten.iter().zip(expected) {
                line += &format!("  {ten:6.2} ({expected:5.1})");
            }
            line += "  |";
            for many in many {
                line += &format!(" {many:6.2}");
            }
            for ((lag, expected), got) in LAGS.iter().zip(expected).zip(ten.iter().zip(many)) {
                for got in [*got.0, got.1] {
                    if (got - expected).abs() > (0.1 * expected.abs()).max(0.1) {
                        failures.push(format!("{name}, {state:?}, lag {lag}: {got:.2}, expected {expected}"));
                    }
                }
            }
            println!("{line}");
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// σ₁(W_hh) < 1/γ is enough for gradients to vanish, > 1/γ only necessary for them to explode; γ = 1 for tanh and ReLU
/// (Pascanu, Mikolov & Bengio 2013, § 2.1).
#[test]
fn the_largest_singular_value_of_the_recurrent_weights_bounds_what_a_step_back_can_do() {
    println!("H 32, 49 steps: ρ(W_hh), σ₁(W_hh), log10 ‖∂h_T/∂h_1‖ of tanh and ReLU, and 49·log10 σ₁");
    let steps = 50;
    let (mut exploded, mut vanished_above_one) = (0, 0);
    for radius in [0.3, 0.5, 0.7, 0.9, 1.1, 1.5, 2.0] {
        let mut products = Vec::new();
        let mut bound = f64::NAN;
        let mut largest = f64::NAN;
        for cell in [TANH, RELU] {
            let init = Init { kind: InitKind::Pytorch, spectral_radius: Some(radius), forget_bias: None };
            let microscope = drawn(cell, &init, steps, 3);
            let spectrum = microscope.recurrent_spectra(0).remove(0).expect("finite weights");
            assert!((spectrum.radius().expect("eigenvalues") - radius).abs() < 1e-12);
            largest = spectrum.singular_values[0];
            bound = (steps - 1) as f64 * largest.log10();
            let mut product = microscope.jacobian_product(0, 32);
            for lag in 0..steps {
                let log = product.current().log10_norm();
                assert!(log <= lag as f64 * largest.log10() + 1e-9, "lag {lag}: {log}");
                if lag == steps - 1 {
                    products.push(log);
                }
                product.step_back();
            }
            let last = products[products.len() - 1];
            assert!(largest >= 1.0 || last < 0.0, "sufficient for vanishing");
            exploded += usize::from(last > 0.0);
            vanished_above_one += usize::from(largest > 1.0 && last < -1.0);
        }
        println!("{radius:4.1}  {largest:5.2}  {:8.2} {:8.2}  {bound:8.2}", products[0], products[1]);
    }
    assert!(exploded > 0, "something must explode");
    assert!(vanished_above_one > 0, "more than 1 is not enough");
}

/// What came of training an identity ReLU network that explodes, by plain gradient descent on recall.
struct Run {
    done: usize,
    first_norm: f64,
    largest_norm: f64,
    accuracy: f64,
    refused: Option<&'static str>,
}

fn train_exploding(clip: Clip, seed: u32) -> Run {
    let (steps, batch, hidden) = (30, 32, 32);
    let task = Recall::new(steps, 4);
    let mut network = Network::<f32>::new(config(RELU, &task, hidden)).expect("a shape");
    let init = Init { kind: InitKind::Identity, spectral_radius: Some(1.2), forget_bias: None };
    initialise(&mut network, &init, &mut Rng::new(seed, Purpose::Initialisation)).expect("an initialisation");
    // Larger inputs, so that there is something to explode.
    let weight_ih = network.parameters().get("rnn.weight_ih_l0").expect("a weight").range();
    network.update(|weights, _| weights[weight_ih].iter_mut().for_each(|weight| *weight *= 100.0));
    let mut norms = vec![ParameterNorm::NONE; network.parameters().specs().len()];
    let mut tape = network.tape(steps, batch);
    let optimizer = Optimizer::new(OptimizerKind::sgd(), 0.01, network.weights().len());
    let mut trainer = Trainer::new(network, optimizer, clip);
    let mut rng = Rng::new(seed, Purpose::Training);
    let (mut tokens, mut classes) = (vec![0; steps * batch], vec![0; batch]);
    let mut sequence = vec![0; steps];
    let mut run = Run { done: 0, first_norm: f64::NAN, largest_norm: 0.0, accuracy: 0.0, refused: None };
    for _ in 0..1500 {
        for (b, class) in classes.iter_mut().enumerate() {
            *class = task.sample(Part::Training, &mut rng, &mut sequence);
            sequence.iter().enumerate().for_each(|(t, token)| tokens[t * batch + b] = *token);
        }
        match trainer.step(Input::OneHot(&tokens), Targets::Classes(&classes), &mut tape) {
            Err(refused) => {
                run.refused = Some(refused.quantity);
                break;
            }
            Ok(report) => {
                run.done = report.step;
                run.largest_norm = run.largest_norm.max(report.gradient_norm);
                if run.done == 1 {
                    run.first_norm = report.gradient_norm;
                }
                // The gradients are clipped by now: what is left of each parameter adds up to the clipped norm.
                let parameters = trainer.network.parameters();
                let global = parameter_norms(parameters, trainer.network.gradients(), Clip::None, &mut norms);
                let squares: f64 = norms.iter().map(|norm| norm.before * norm.before).sum();
                assert!((squares.sqrt() - global.before).abs() <= 1e-12 * global.before);
                assert!((global.before - report.clipped_norm).abs() <= 1e-5 * report.clipped_norm);
            }
        }
        let outputs = tape.output.as_slice().chunks_exact(4).zip(&classes);
        let right = outputs.filter(|(column, class)| column.iter().all(|value| *value <= column[**class as usize]));
        run.accuracy = 0.98 * run.accuracy + 0.02 * right.count() as f64 / batch as f64;
    }
    run
}

#[test]
fn clipping_rescues_a_run_that_explodes() {
    println!("ReLU RNN, ρ 1.2, recall T 30, plain gradient descent: steps done, gradient norms, accuracy (smoothed)");
    for (name, clip) in [("none", Clip::None), ("norm 1", Clip::Norm(1.0)), ("value .1", Clip::Value(0.1))] {
        let run = train_exploding(clip, 1);
        let Run { done, first_norm, largest_norm, accuracy, refused } = run;
        println!(
            "{name:<9} {done:>5} steps, first norm {first_norm:9.2e}, largest {largest_norm:9.2e}, accuracy {accuracy:.3}, refused: {refused:?}"
        );
        match clip {
            Clip::None => assert!(refused.is_some() || accuracy < 0.5, "it should not have learnt"),
            Clip::Norm(_) => assert!(refused.is_none() && accuracy > 0.9, "clipping should rescue it"),
            Clip::Value(_) => assert!(refused.is_none()),
        }
    }
}
