//! What looking costs: a lane that trains, and the frame that is drawn of it.

use criterion::{Criterion, criterion_group};
use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::experiment::LaneExperiment;
use gatescope::init::{Init, InitKind, initialise};
use gatescope::loss::{Loss, Targets};
use gatescope::microscope::{Live, LiveOptions, Microscope, Trace};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope::session::Session;
use std::time::{Duration, Instant};

/// A page asks for a frame after this much training.
const SLICE: Duration = Duration::from_millis(8);
/// Pairs of turns for the ratio.
const ROUNDS: usize = 41;

fn lanes() -> [(&'static str, Session); 2] {
    [("lstm", LaneExperiment::default()), ("rnn", LaneExperiment::default_rnn())]
        .map(|(name, experiment)| (name, Session::new(&experiment).expect("the default experiment runs")))
}

fn costs(criterion: &mut Criterion) {
    for (name, mut session) in lanes() {
        let mut group = criterion.benchmark_group(format!("lane of {name}"));
        group.bench_function("training step", |bencher| bencher.iter(|| session.train(1)));
        let mut frame = vec![0.0; session.info().layout.floats];
        group.bench_function("frame", |bencher| bencher.iter(|| session.copy_frame_into(&mut frame)));
    }
}

/// Prints how much longer training takes when a frame is drawn after every slice of it.
fn ratio() {
    for (name, mut session) in lanes() {
        let mut frame = vec![0.0; session.info().layout.floats];
        let mut ratios: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                while start.elapsed() < SLICE {
                    session.train(1);
                }
                let trained = start.elapsed();
                // A frame that cannot be filled shows in the lane's own tests.
                let _ = session.copy_frame_into(&mut frame);
                start.elapsed().as_secs_f64() / trained.as_secs_f64()
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        println!("lane of {name}: watched ÷ unwatched {:.3}", ratios[ROUNDS / 2]);
    }
}

/// One example of 100 timesteps under the microscope, 64 units.
fn example(cell: CellKind) -> Microscope {
    let config = NetworkConfig {
        cell,
        input: 16,
        hidden: 64,
        layers: 1,
        bidirectional: false,
        vocabulary: None,
        output: 4,
        readout: Readout::Last,
        loss: Loss::cross_entropy(),
    };
    let mut network = Network::<f64>::new(config.clone()).expect("a shape");
    let init = Init { kind: InitKind::Pytorch, spectral_radius: None, forget_bias: None };
    initialise(&mut network, &init, &mut Rng::new(1, Purpose::Initialisation)).expect("weights");
    let mut rng = Rng::new(1, Purpose::HeldOut);
    let tokens: Vec<u32> = (0..100).map(|_| rng.below(16) as u32).collect();
    let mut microscope = Microscope::new(config, 100).expect("a shape");
    microscope.look(network.weights(), Input::OneHot(&tokens), Targets::Classes(&[1])).expect("an example");
    microscope
}

/// The live set, the exact norms ‖∂h_T/∂h_t‖ of all products, and the whole trace, of which they are a part.
fn quantities(criterion: &mut Criterion) {
    for (name, cell) in [("lstm", CellKind::Lstm), ("rnn", CellKind::Rnn(Nonlinearity::Tanh))] {
        let microscope = example(cell);
        let mut group = criterion.benchmark_group(format!("H 64, T 100, {name}"));
        group.sample_size(20);
        let mut live = Live::new(&microscope, LiveOptions::default());
        group.bench_function("live quantities", |bencher| bencher.iter(|| live.update(&microscope)));
        group.bench_function("exact norms of the products", |bencher| {
            bencher.iter(|| {
                let mut product = microscope.jacobian_product(0, 64);
                let mut norms = 0.0;
                while product.step_back() {
                    norms += product.current_hidden().log10_norm();
                }
                norms
            });
        });
        group.bench_function("trace", |bencher| bencher.iter(|| Trace::of(&microscope, 0)));
    }
}

criterion_group!(microscope, costs, quantities);

fn main() {
    microscope();
    ratio();
    Criterion::default().configure_from_args().final_summary();
}
