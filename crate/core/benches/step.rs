//! A training step on each workload, whole and in its two passes.

#[allow(dead_code, missing_docs)]
mod workloads;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gatescope::optim::{Clip, Optimizer, OptimizerKind};
use gatescope::trainer::Trainer;
use workloads::{CELLS, Setting, workloads};

const LEARNING_RATE: f64 = 1e-5;

fn passes(criterion: &mut Criterion) {
    for (cell, kind) in CELLS {
        let mut group = criterion.benchmark_group(format!("passes of {cell}"));
        for workload in workloads() {
            let mut setting = Setting::new(&workload, kind);
            let (network, tape, input, targets) = setting.parts();
            group.throughput(Throughput::Elements((workload.steps * workload.batch) as u64));
            group.bench_function(BenchmarkId::new("forward", &workload.name), |bencher| {
                bencher.iter(|| network.forward(input, tape));
            });
            network.forward(input, tape);
            network.loss(targets, tape);
            group.bench_function(BenchmarkId::new("backward", &workload.name), |bencher| {
                bencher.iter(|| network.backward(input, tape, None));
            });
        }
    }
}

fn whole(criterion: &mut Criterion) {
    for (cell, kind) in CELLS {
        let mut group = criterion.benchmark_group(format!("training step of {cell}"));
        for workload in workloads() {
            let mut setting = Setting::new(&workload, kind);
            let optimizer = Optimizer::new(OptimizerKind::adam(), LEARNING_RATE, setting.network.weights().len());
            let mut trainer = Trainer::new(setting.network.clone(), optimizer, Clip::None);
            let (_, tape, input, targets) = setting.parts();
            group.bench_function(BenchmarkId::from_parameter(&workload.name), |bencher| {
                bencher.iter(|| trainer.step(input, targets, tape));
            });
        }
    }
}

criterion_group!(steps, passes, whole);
criterion_main!(steps);
