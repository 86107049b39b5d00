//! The pieces of a training step: products, activations, Adam.

#[allow(dead_code, missing_docs)]
mod workloads;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gatescope::lanes::{Lanes, Single, for_each};
use gatescope::optim::{Optimizer, OptimizerKind};
use gatescope::product::{Packed, Room, accumulate_outer};
use std::hint::black_box;
use workloads::{Workload, numbers, workloads};

/// `W_hh·h` of one timestep.
fn product(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("product");
    for Workload { name, hidden, batch, .. } in workloads() {
        let rows = 4 * hidden;
        let mut packed = Packed::zeros(rows, hidden);
        packed.pack(&numbers(rows * hidden));
        let (states, mut gates) = (numbers(hidden * batch), vec![0.0; rows * batch]);
        group.throughput(Throughput::Elements((2 * rows * hidden * batch) as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| packed.multiply_add(black_box(&states), &mut gates, batch));
        });
    }
}

/// `dW_hh` of all timesteps at once.
fn outer_product(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("outer product");
    for Workload { name, hidden, steps, batch, .. } in workloads() {
        let (rows, columns) = (4 * hidden, steps * batch);
        let (deltas, states) = (numbers(rows * columns), numbers(hidden * columns));
        let mut gradient = vec![0.0; rows * hidden];
        let mut room = Room::default();
        group.throughput(Throughput::Elements((2 * rows * hidden * columns) as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                accumulate_outer(black_box(&deltas), black_box(&states), &mut gradient, rows, hidden, &mut room);
            });
        });
    }
}

/// A function over an array that stays in the first-level cache.
macro_rules! activation {
    ($group:expr, $name:literal, $function:ident) => {{
        let mut values = numbers(ACTIVATIONS);
        let constants = Single::constants();
        $group.bench_function($name, |bencher| {
            bencher.iter(|| for_each([], [black_box(&mut values)], |[], [x]: [Single; 1]| [x.$function(constants)]));
        });
    }};
}

const ACTIVATIONS: usize = 1024;

fn activations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("activation");
    group.throughput(Throughput::Elements(ACTIVATIONS as u64));
    activation!(group, "tanh", tanh);
    activation!(group, "sigmoid", sigmoid);
}

fn adam(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Adam");
    for parameters in [4_096, 330_000] {
        let gradients = numbers(parameters);
        let mut weights = numbers(parameters);
        let mut optimizer = Optimizer::new(OptimizerKind::adam(), 1e-5, parameters);
        group.throughput(Throughput::Elements(parameters as u64));
        group.bench_function(BenchmarkId::from_parameter(parameters), |bencher| {
            bencher.iter(|| optimizer.step(&mut weights, black_box(&gradients)));
        });
    }
}

criterion_group!(pieces, product, outer_product, activations, adam);
criterion_main!(pieces);
