//! What training must not contradict, in a small version beside the figures of PyTorch runs of the same tasks.

use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::experiment::{ChronoChoice, ForgetBiasChoice, InitChoice, LaneExperiment, NonlinearityChoice};
use gatescope::init::{ForgetBias, Init, InitKind, initialise};
use gatescope::loss::{Loss, Targets};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::optim::{Clip, Optimizer, OptimizerKind};
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope::trainer::Trainer;
use gatescope_tests::runs::lane;

/// Training steps until the held-out accuracy is .99, and the best accuracy, within 1500.
fn recall(experiment: &LaneExperiment) -> (Option<usize>, f64) {
    let mut session = lane(&LaneExperiment { length: 21.0, ..experiment.clone() });
    let mut best: f64 = 0.0;
    while session.status().step < 1500 {
        let status = session.train(25);
        assert_eq!(status.diverged, None);
        best = best.max(session.figures().held_out_accuracy);
        if best >= 0.99 {
            return (Some(status.step), best);
        }
    }
    (None, best)
}

/// Over 20 timesteps, initial forgetting decides, not the family of the cell.
#[test]
fn recall_over_twenty_timesteps_separates_the_cells_by_how_they_start_to_forget() {
    let rnn = LaneExperiment { learning_rate: 0.001, ..LaneExperiment::default_rnn() };
    let lstm = |forget_bias| LaneExperiment { learning_rate: 0.003, forget_bias, ..LaneExperiment::default() };
    let identity = LaneExperiment { init: InitChoice::Identity, nonlinearity: NonlinearityChoice::Relu, ..rnn.clone() };
    let rows = [
        ("tanh", rnn, "250, 2 of 3"),
        ("ReLU identity", identity, "100"),
        ("LSTM default", lstm(None), "1900, 1 of 2"),
        ("LSTM bias 1", lstm(Some(ForgetBiasChoice::Value(1.0))), "450"),
        ("LSTM chrono", lstm(Some(ForgetBiasChoice::Chrono(ChronoChoice::Chrono))), "50"),
    ];
    println!("recall, lag 20: steps to 99 % held-out within 1500 (best accuracy); PyTorch's median");
    let mut steps = Vec::new();
    for (name, experiment, pytorch) in rows {
        let (step, best) = recall(&experiment);
        println!("{name:<14} {step:?} ({best:.2}); {pytorch}");
        steps.push(step.unwrap_or(usize::MAX));
    }
    let [tanh, identity, default, one, chrono] = *steps.as_slice() else { panic!("five rows") };
    assert!(chrono < one && one < default, "the longer it remembers at first, the sooner it learns: {steps:?}");
    assert!(identity < default && tanh < default, "ungated networks are ahead of a gated one that forgets: {steps:?}");
}

/// Mean squared error, smoothed, after training on the adding problem over 30 timesteps; baseline 1/6.
fn adding(cell: CellKind, learning_rate: f64, updates: usize) -> f64 {
    let (steps, batch) = (30, 32);
    let config = NetworkConfig {
        cell,
        input: 2,
        hidden: 32,
        layers: 1,
        bidirectional: false,
        vocabulary: None,
        output: 1,
        readout: Readout::Last,
        loss: Loss::MeanSquaredError,
    };
    let mut network = Network::<f32>::new(config).expect("a shape");
    let init = Init { kind: InitKind::Pytorch, spectral_radius: None, forget_bias: None };
    initialise(&mut network, &init, &mut Rng::new(1, Purpose::Initialisation)).expect("weights");
    let optimizer = Optimizer::new(OptimizerKind::adam(), learning_rate, network.weights().len());
    let mut tape = network.tape(steps, batch);
    let mut trainer = Trainer::new(network, optimizer, Clip::Norm(1.0));
    let mut rng = Rng::new(1, Purpose::Training);
    let (mut x, mut sums) = (vec![0.0f32; 2 * steps * batch], vec![0.0f32; batch]);
    let mut smoothed = f64::NAN;
    for _ in 0..updates {
        for (b, sum) in sums.iter_mut().enumerate() {
            let marked = [rng.below(steps / 2), steps / 2 + rng.below(steps / 2)];
            *sum = 0.0;
            for t in 0..steps {
                let value = rng.unit() as f32;
                let is_marked = marked.contains(&t);
                x[2 * (t * batch + b)] = value;
                x[2 * (t * batch + b) + 1] = f32::from(u8::from(is_marked));
                *sum += if is_marked { value } else { 0.0 };
            }
        }
        let report = trainer.step(Input::Dense(&x), Targets::Values(&sums), &mut tape).expect("a finite step");
        smoothed = if smoothed.is_nan() { report.loss } else { 0.98 * smoothed + 0.02 * report.loss };
    }
    smoothed
}

/// Lags from short to long let even a forgetful LSTM find its way; a tanh RNN stays near the baseline.
#[test]
fn the_adding_problem_is_learnt_by_an_lstm_as_pytorch_starts_it_and_not_by_a_tanh_network() {
    let updates = 1200;
    let lstm = adding(CellKind::Lstm, 0.005, updates);
    let tanh = adding(CellKind::Rnn(Nonlinearity::Tanh), 0.001, updates);
    println!("adding, T 30, H 32, {updates} steps: MSE of LSTM default {lstm:.4}, tanh {tanh:.4}; baseline .167");
    assert!(lstm < 0.02, "{lstm}");
    assert!(tanh > 4.0 * lstm, "{tanh}");
}

/// Symbols, letters of their alphabet, and timesteps between the last symbol and the first that is to be given back.
#[derive(Clone, Copy)]
struct Copying {
    symbols: usize,
    alphabet: usize,
    delay: usize,
}

/// The best share of symbols given back, over the last 25 batches at any time, within this many training steps.
///
/// S symbols, D − 1 blanks, a delimiter, S blanks; the target is blank for D + S steps, then the symbols (Arjovsky, Shah &
/// Bengio 2016).
fn copying(cell: CellKind, forget_bias: Option<ForgetBias>, learning_rate: f64, task: Copying, updates: usize) -> f64 {
    let Copying { symbols, alphabet, delay } = task;
    let (batch, steps) = (32, 2 * symbols + delay);
    let (blank, delimiter) = (alphabet, alphabet + 1);
    let config = NetworkConfig {
        cell,
        input: alphabet + 2,
        hidden: 64,
        layers: 1,
        bidirectional: false,
        vocabulary: None,
        output: alphabet + 1,
        readout: Readout::Every,
        loss: Loss::cross_entropy(),
    };
    let mut network = Network::<f32>::new(config).expect("a shape");
    let init = Init { kind: InitKind::Pytorch, spectral_radius: None, forget_bias };
    initialise(&mut network, &init, &mut Rng::new(1, Purpose::Initialisation)).expect("weights");
    let optimizer = Optimizer::new(OptimizerKind::adam(), learning_rate, network.weights().len());
    let mut tape = network.tape(steps, batch);
    let mut trainer = Trainer::new(network, optimizer, Clip::Norm(1.0));
    let mut rng = Rng::new(1, Purpose::Training);
    let (mut ids, mut targets) = (vec![blank as u32; steps * batch], vec![blank as u32; steps * batch]);
    let (mut recent, mut best) = (std::collections::VecDeque::new(), 0.0);
    for _ in 0..updates {
        for b in 0..batch {
            ids[(symbols + delay - 1) * batch + b] = delimiter as u32;
            for k in 0..symbols {
                let symbol = rng.below(alphabet);
                ids[k * batch + b] = symbol as u32;
                targets[(symbols + delay + k) * batch + b] = symbol as u32;
            }
        }
        trainer.step(Input::OneHot(&ids), Targets::Classes(&targets), &mut tape).expect("a finite step");
        let asked = (symbols + delay) * batch..steps * batch;
        let logits = tape.output.as_slice().chunks_exact(alphabet + 1);
        let right =
            logits.zip(&targets).skip(asked.start).filter(|(logits, target)| is_largest(logits, **target as usize));
        recent.push_back(right.count() as f64 / asked.len() as f64);
        if recent.len() > 25 {
            recent.pop_front();
            best = f64::max(best, recent.iter().sum::<f64>() / 25.0);
        }
    }
    best
}

fn is_largest(logits: &[f32], index: usize) -> bool {
    logits.iter().enumerate().all(|(k, value)| k == index || *value < logits[index])
}

/// Ten symbols of eight are too many for every cell in the time in which the gated ones learn three of four; after 5000 steps
/// (not run here) none has 99 % either: .95 the LSTM, .84 the GRU, .14 the tanh network.
#[test]
fn the_full_copy_is_solved_by_no_cell_in_the_time_in_which_gates_solve_the_small_one() {
    let small = Copying { symbols: 3, alphabet: 4, delay: 20 };
    let full = Copying { symbols: 10, alphabet: 8, delay: 20 };
    let updates = 1500;
    println!(
        "copy, delay 20, H 64, {updates} steps: best share of symbols; PyTorch: small .99 at 500 (GRU), 900 (LSTM chrono)"
    );
    let rows = [
        ("tanh", CellKind::Rnn(Nonlinearity::Tanh), None, 0.001),
        ("LSTM chrono", CellKind::Lstm, Some(ForgetBias::Chrono { steps: 26 }), 0.01),
        ("GRU", CellKind::Gru, None, 0.01),
    ];
    let mut shares = Vec::new();
    for (name, cell, forget_bias, learning_rate) in rows {
        let pair = [small, full].map(|task| copying(cell, forget_bias, learning_rate, task, updates));
        println!("{name:<12} 3 of 4: {:.2}, 10 of 8: {:.2}", pair[0], pair[1]);
        shares.push(pair);
    }
    for [_, full] in &shares {
        assert!(*full < 0.9, "nothing solves it: {shares:?}");
    }
    assert!(shares[1][0] > 0.95 && shares[2][0] > 0.95, "gates carry three symbols: {shares:?}");
    assert!(shares[0][0] < 0.9, "without gates not even three: {shares:?}");
}
