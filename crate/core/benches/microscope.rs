//! What looking costs: a lane that trains, and the frame that is drawn of it.

use criterion::{Criterion, criterion_group};
use gatescope::experiment::LaneExperiment;
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

criterion_group!(microscope, costs);

fn main() {
    microscope();
    ratio();
    Criterion::default().configure_from_args().final_summary();
}
