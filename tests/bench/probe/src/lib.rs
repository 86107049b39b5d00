//! What one thread of WebAssembly can do at most, for the limit that the benchmark compares a training step with.
//!
//! Each function does its work `count` times and answers a number made of all results, so that nothing can be left out.

use gatescope::lanes::{Lanes, Single, for_each};
use gatescope::optim::{Optimizer, OptimizerKind};
use std::hint::black_box;
use wide::f32x4;

/// Chains that do not wait for each other: enough to hide the latency of a product and a sum, few enough for V8's 16
/// vector registers.
const CHAINS: usize = 12;
/// Numbers of the activations' array: 4 KiB, well within the first-level cache.
const ACTIVATIONS: usize = 1024;
/// Parameters of the optimiser's vector: with gradients and moments 64 KiB.
const PARAMETERS: usize = 4096;

/// Multiplies and adds in [`CHAINS`] vector registers.
#[unsafe(no_mangle)]
pub extern "C" fn peak(count: u32) -> f32 {
    let mut sums: [f32x4; CHAINS] = std::array::from_fn(|chain| f32x4::splat(chain as f32));
    // Read from memory: V8 would write a constant anew, in three instructions, at each of its uses.
    let (factor, term) = black_box((f32x4::splat(0.999), f32x4::splat(0.001)));
    for _ in 0..count {
        for sum in &mut sums {
            *sum = *sum * factor + term;
        }
    }
    sums.iter().map(|sum| sum.reduce_add()).sum()
}

/// Our tanh over an array, as the cells call it.
#[unsafe(no_mangle)]
pub extern "C" fn tanh(count: u32) -> f32 {
    let constants = Single::constants();
    activation(count, |values| for_each([], [values], |[], [x]: [Single; 1]| [x.tanh(constants)]))
}

/// Our sigmoid over an array, as the cells call it.
#[unsafe(no_mangle)]
pub extern "C" fn sigmoid(count: u32) -> f32 {
    let constants = Single::constants();
    activation(count, |values| for_each([], [values], |[], [x]: [Single; 1]| [x.sigmoid(constants)]))
}

fn activation(count: u32, apply: impl Fn(&mut [f32])) -> f32 {
    let mut values: Vec<f32> = (0..ACTIVATIONS).map(|index| index as f32 / 128.0 - 4.0).collect();
    for _ in 0..count {
        apply(&mut values);
    }
    values.iter().sum()
}

/// Adam over a vector of parameters.
#[unsafe(no_mangle)]
pub extern "C" fn adam(count: u32) -> f32 {
    let mut weights = vec![0.5_f32; PARAMETERS];
    let gradients: Vec<f32> = (0..PARAMETERS).map(|index| index as f32 / 4096.0 - 0.4).collect();
    let mut optimizer = Optimizer::new(OptimizerKind::adam(), 1e-5, PARAMETERS);
    for _ in 0..count {
        optimizer.step(&mut weights, &gradients);
    }
    weights.iter().sum()
}
