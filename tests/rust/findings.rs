//! What training must not contradict, in a small version beside the figures of PyTorch runs of the same tasks.

use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::experiment::{ChronoChoice, ForgetBiasChoice, InitChoice, LaneExperiment, NonlinearityChoice};
use gatescope::init::{Init, InitKind, initialise};
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
