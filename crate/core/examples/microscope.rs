//! What the quantities of the microscope cost beside one training step: `cargo run --release --example microscope`.

use gatescope::microscope::{
    Analysis, AnalysisPart, Block, Live, LiveOptions, MapNorm, MapOptions, MemoryMap, Method, Microscope,
    PairContributions, Trace, smallest_singular_value,
};
use gatescope::optim::{Clip, Optimizer, OptimizerKind};
use gatescope::rng::{Purpose, Rng};
use gatescope::trainer::Trainer;
use gatescope::{CellKind, Input, Loss, Network, NetworkConfig, Nonlinearity, Readout, Targets};
use std::time::Instant;

const BATCH: usize = 32;

/// Shortest time in milliseconds: what else the machine does only adds.
fn time(repeats: usize, mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..repeats).map(once).fold(f64::INFINITY, f64::min)
}

fn main() {
    for (cell, hidden, steps) in [
        (CellKind::Lstm, 64, 100),
        (CellKind::Gru, 64, 100),
        (CellKind::Rnn(Nonlinearity::Tanh), 64, 100),
        (CellKind::Lstm, 32, 50),
    ] {
        costs(cell, hidden, steps);
    }
}

fn costs(cell: CellKind, hidden: usize, steps: usize) {
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
    let mut network = Network::<f32>::new(config.clone()).expect("a network");
    network.update(|weights, _| weights.fill_with(|| rng.uniform(-0.125, 0.125) as f32));
    let mut tape = network.tape(steps, BATCH);
    let tokens: Vec<u32> = (0..steps * BATCH).map(|_| rng.below(8) as u32).collect();
    let optimizer = Optimizer::new(OptimizerKind::adam(), 1e-3, network.weights().len());
    let mut trainer = Trainer::new(network, optimizer, Clip::Norm(1.0));
    let training = time(25, || {
        let targets = Targets::Classes(&[1; BATCH]);
        trainer.step(Input::OneHot(&tokens), targets, &mut tape).expect("a step");
    });
    println!("{} H {hidden} T {steps}: one training step of {BATCH} sequences, f32: {training:.2} ms", cell.name());
    let weights = trainer.network.weights();
    let mut microscope = Microscope::new(config, steps).expect("a network");
    let row = |name: &str, milliseconds: f64| {
        println!("  {name:<58} {milliseconds:9.2} ms  {:8.2} × the training step", milliseconds / training);
    };
    let (input, target) = (Input::OneHot(&tokens[..steps]), Targets::Classes(&[1]));
    row("look (forward, backward, f64)", time(25, || microscope.look(weights, input, target).expect("an example")));
    let live = |norm_steps, probes| {
        let options = LiveOptions { norm_steps, probes, ..LiveOptions::default() };
        let mut live = Live::new(&microscope, options);
        time(25, || live.update(&microscope))
    };
    row("live: norms, ratios, shares, gates", live(0, 0));
    row("live: the same and ‖∂h_T/∂h_t‖ from 4 probes", live(0, 4));
    row("live: the same and ‖J_t‖ from 8 Lanczos steps", live(8, 4));
    let mut full = Live::new(&microscope, LiveOptions { norm_steps: 200, ..LiveOptions::default() });
    row("live, with ‖J_t‖ to full precision", time(8, || full.update(&microscope)));
    let mut short = Live::new(&microscope, LiveOptions::default());
    short.update(&microscope);
    let errors = short.jacobian_norm.iter().zip(&full.jacobian_norm).map(|(short, full)| 1.0 - short / full);
    println!("    8 steps fall short of ‖J_t‖ by at most {:.2} %", 100.0 * errors.fold(0.0, f64::max));
    row("4 Lyapunov exponents", time(8, || drop(microscope.lyapunov_exponents(0, 4, 0))));
    row("all Lyapunov exponents", time(3, || drop(microscope.lyapunov_exponents(0, usize::MAX, 0))));
    row("exact ‖∂h_T/∂h_t‖_F", time(8, || products(&microscope, hidden, false)));
    row("exact ‖∂h_T/∂h_t‖_2", time(8, || products(&microscope, hidden, true)));
    row("the trace, all of it", time(3, || drop(Trace::of(&microscope, 0))));
    let mut jacobian = nalgebra::DMatrix::zeros(microscope.state_size(), microscope.state_size());
    row("Jacobians alone", time(8, || (0..steps).for_each(|t| microscope.jacobian(0, t, &mut jacobian))));
    let smallest = time(3, || {
        for t in 0..steps {
            microscope.jacobian(0, t, &mut jacobian);
            let _ = smallest_singular_value(&jacobian);
        }
    });
    row("smallest singular value of every J_t", smallest);
    let map = |norm, method| {
        let options = MapOptions { layer: 0, block: Block::Hidden, norm, method };
        time(3, || {
            let mut map = MemoryMap::new(&microscope, options);
            while !map.advance(1000).is_complete() {}
        })
    };
    row("memory map, 4 probes", map(MapNorm::Frobenius, Method::Probes(4)));
    row("memory map, exact, Frobenius", map(MapNorm::Frobenius, Method::Exact));
    if steps <= 50 {
        row("memory map, exact, spectral", map(MapNorm::Spectral, Method::Exact));
    }
    row("pair contributions", time(3, || assert!(PairContributions::new(&microscope, 0).advance(steps).is_complete())));
    let mut parts = [0.0f64; 4];
    let mut analysis = Analysis::new(&microscope, 0);
    while analysis.part() != AnalysisPart::Done {
        let (part, start) = (analysis.part() as usize, Instant::now());
        analysis.advance();
        parts[part] += start.elapsed().as_secs_f64() * 1e3;
    }
    for (name, milliseconds) in
        ["spectra of W_hh", "ends and products", "exponents", "all singular values"].iter().zip(parts)
    {
        row(&format!("analysis: {name}"), milliseconds);
    }
    row("spectra of W_hh", time(3, || drop(microscope.recurrent_spectra(0))));
}

/// All norms of the product from T back.
fn products(microscope: &Microscope, hidden: usize, spectral: bool) {
    let mut product = microscope.jacobian_product(0, hidden);
    loop {
        let block = product.current_hidden();
        if spectral {
            block.log10_norm()
        } else {
            block.log10_frobenius()
        };
        if !product.step_back() {
            break;
        }
    }
}
