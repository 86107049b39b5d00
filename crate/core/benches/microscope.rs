//! What looking costs natively, each quantity beside a training step of 32 sequences. (`cargo xtask bench` measures in the
//! browser how much of its speed a lane keeps while it is looked at.)

use criterion::{Criterion, criterion_group, criterion_main};
use gatescope::experiment::LaneExperiment;
use gatescope::microscope::{
    Analysis, AnalysisPart, Block, Live, LiveOptions, MapNorm, MapOptions, MemoryMap, Method, Microscope,
    PairContributions, Trace, smallest_singular_value,
};
use gatescope::optim::{Clip, Optimizer, OptimizerKind};
use gatescope::rng::{Purpose, Rng};
use gatescope::trainer::Trainer;
use gatescope::{CellKind, Input, Loss, Network, NetworkConfig, Nonlinearity, Readout, Session, Targets};
use nalgebra::DMatrix;
use std::hint::black_box;

const BATCH: usize = 32;

/// The lanes the page opens on: a step of training, and a frame.
fn lanes(criterion: &mut Criterion) {
    for (name, experiment) in [("lstm", LaneExperiment::default()), ("rnn", LaneExperiment::default_rnn())] {
        let mut session = Session::new(&experiment).expect("the default experiment runs");
        let mut group = criterion.benchmark_group(format!("lane of {name}"));
        group.bench_function("training step", |bencher| bencher.iter(|| session.train(1)));
        let mut frame = vec![0.0; session.info().layout.floats];
        group.bench_function("frame", |bencher| bencher.iter(|| session.copy_frame_into(&mut frame)));
    }
}

fn quantities(criterion: &mut Criterion) {
    for (cell, hidden, steps) in [
        (CellKind::Lstm, 64, 100),
        (CellKind::Gru, 64, 100),
        (CellKind::Rnn(Nonlinearity::Tanh), 64, 100),
        (CellKind::Lstm, 32, 50),
    ] {
        let mut group = criterion.benchmark_group(format!("{}, H {hidden}, T {steps}", cell.name()));
        group.sample_size(10);
        let (mut trainer, tokens) = setting(cell, hidden, steps);
        let mut tape = trainer.network.tape(steps, BATCH);
        group.bench_function("training step", |bencher| {
            bencher.iter(|| trainer.step(Input::OneHot(&tokens), Targets::Classes(&[1; BATCH]), &mut tape));
        });
        let mut microscope = Microscope::new(trainer.network.config().clone(), steps).expect("a network");
        let mut look = || {
            let input = Input::OneHot(&tokens[..steps]);
            microscope.look(trainer.network.weights(), input, Targets::Classes(&[1])).expect("an example");
        };
        group.bench_function("look: forward, backward, f64", |bencher| bencher.iter(&mut look));
        let microscope = &microscope;
        let mut measure = |name: &str, work: &mut dyn FnMut()| {
            group.bench_function(name, |bencher| bencher.iter(&mut *work));
        };

        for (name, norm_steps, probes) in [
            ("live: norms, ratios, shares, gates", 0, 0),
            ("live: and ‖∂h_T∕∂h_t‖ from 4 probes", 0, 4),
            ("live: and ‖J_t‖ from 8 Lanczos steps", 8, 4),
            ("live: and ‖J_t‖ to full precision", 200, 4),
        ] {
            let mut live = Live::new(microscope, LiveOptions { norm_steps, probes, ..LiveOptions::default() });
            measure(name, &mut || live.update(microscope));
        }
        measure("4 Lyapunov exponents", &mut || drop(microscope.lyapunov_exponents(0, 4, 0)));
        measure("all Lyapunov exponents", &mut || drop(microscope.lyapunov_exponents(0, usize::MAX, 0)));
        measure("exact ‖∂h_T∕∂h_t‖_F", &mut || products(microscope, hidden, false));
        measure("exact ‖∂h_T∕∂h_t‖_2", &mut || products(microscope, hidden, true));
        measure("trace", &mut || drop(Trace::of(microscope, 0)));
        let mut jacobian = DMatrix::zeros(microscope.state_size(), microscope.state_size());
        measure("Jacobians", &mut || (0..steps).for_each(|t| microscope.jacobian(0, t, &mut jacobian)));
        measure("Jacobians and their smallest singular values", &mut || {
            for t in 0..steps {
                microscope.jacobian(0, t, &mut jacobian);
                black_box(smallest_singular_value(&jacobian));
            }
        });
        for (name, norm, method) in [
            ("memory map, 4 probes", MapNorm::Frobenius, Method::Probes(4)),
            ("memory map, exact, Frobenius", MapNorm::Frobenius, Method::Exact),
            ("memory map, exact, spectral", MapNorm::Spectral, Method::Exact),
        ] {
            // The exact spectral map of the larger networks takes minutes for its ten samples.
            if norm == MapNorm::Spectral && steps > 50 {
                continue;
            }
            measure(name, &mut || {
                let mut map = MemoryMap::new(microscope, MapOptions { layer: 0, block: Block::Hidden, norm, method });
                while !map.advance(1000).is_complete() {}
            });
        }
        measure("contributions of all pairs", &mut || {
            assert!(PairContributions::new(microscope, 0).advance(steps).is_complete());
        });
        measure("spectra of W_hh", &mut || drop(microscope.recurrent_spectra(0)));
        measure("spectra, all parts", &mut || {
            let mut analysis = Analysis::new(microscope, 0);
            while analysis.part() != AnalysisPart::Done {
                analysis.advance();
            }
        });
    }
}

/// A network with small random weights, and random tokens for a batch.
fn setting(cell: CellKind, hidden: usize, steps: usize) -> (Trainer<f32>, Vec<u32>) {
    let config = NetworkConfig {
        cell,
        input: 8,
        hidden,
        layers: 1,
        bidirectional: false,
        vocabulary: None,
        output: 4,
        readout: Readout::Last,
        loss: Loss::cross_entropy(),
    };
    let mut rng = Rng::new(1, Purpose::Initialisation);
    let mut network = Network::<f32>::new(config).expect("a network");
    network.update(|weights, _| weights.fill_with(|| rng.uniform(-0.125, 0.125) as f32));
    let tokens = (0..steps * BATCH).map(|_| rng.below(8) as u32).collect();
    let optimizer = Optimizer::new(OptimizerKind::adam(), 1e-3, network.weights().len());
    (Trainer::new(network, optimizer, Clip::Norm(1.0)), tokens)
}

/// All norms of the product from T back.
fn products(microscope: &Microscope, hidden: usize, spectral: bool) {
    let mut product = microscope.jacobian_product(0, hidden);
    loop {
        let block = product.current_hidden();
        black_box(if spectral { block.log10_norm() } else { block.log10_frobenius() });
        if !product.step_back() {
            break;
        }
    }
}

criterion_group!(microscope, lanes, quantities);
criterion_main!(microscope);
