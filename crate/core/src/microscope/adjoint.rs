//! Backpropagation through time whose numbers never leave the range of f64.
//!
//! The backward pass is linear in the gradient, so at every timestep the gradient is rescaled by a power of two (exact)
//! that brings its largest entry near 1, and the exponent is kept. 0.5^2000 is a number here, not zero.

use crate::recurrent::{Layer, LayerTape, Recurrent, Tape};
use crate::vector::largest_magnitude;

/// Binary exponents of the gradients of one direction of one layer: true value = stored value · 2^exponent.
#[derive(Debug, Clone)]
pub struct Adjoint {
    /// One for each slot of the states, of `d_h` and `d_c` there; the deltas of timestep t have that of the state after t.
    pub exponents: Vec<i32>,
    /// ∂L/∂out_t, the direct part `[H, T]`.
    direct: Vec<f64>,
    /// Exponents of `direct`.
    direct_exponents: Vec<i32>,
}

impl Adjoint {
    pub(super) fn new(layer: &LayerTape<f64>, steps: usize) -> Self {
        Self {
            exponents: vec![0; steps + 1],
            direct: vec![0.0; layer.h.nrows() * steps],
            direct_exponents: vec![0; steps],
        }
    }
}

/// Backward through all layers of a tape with one sequence. The last layer's `d_h` holds the direct part of the gradient.
pub(super) fn run(recurrent: &Recurrent<f64>, tape: &mut Tape<f64>, adjoints: &mut [Adjoint]) {
    let (steps, hidden) = (tape.steps, recurrent.shape().hidden);
    let directions = recurrent.shape().directions();
    let top = tape.layers.len() - directions;
    for (record, adjoint) in tape.layers[top..].iter().zip(&mut adjoints[top..]) {
        adjoint.direct.copy_from_slice(record.timesteps(&record.d_h, 1));
        adjoint.direct_exponents.fill(0);
    }
    let mut passed = vec![0.0; directions * hidden];
    for first in (0..tape.layers.len()).step_by(directions).rev() {
        for index in first..first + directions {
            run_layer(recurrent.layer(index), &mut tape.layers[index], &mut adjoints[index], steps);
        }
        if first == 0 {
            continue;
        }
        let (below, above) = adjoints.split_at_mut(first);
        let below = &mut below[first - directions..];
        for adjoint in below.iter_mut() {
            adjoint.direct.fill(0.0);
            adjoint.direct_exponents.fill(0);
        }
        for (direction, adjoint) in above[..directions].iter().enumerate() {
            let record = &tape.layers[first + direction];
            for t in 0..steps {
                passed.fill(0.0);
                recurrent.layer(first + direction).pass_down(record.d_gates.column(t).as_slice(), &mut passed, 1);
                let exponent = adjoint.exponents[record.after(t)];
                for (below, share) in below.iter_mut().zip(passed.chunks_exact(hidden)) {
                    let direct = &mut below.direct[t * hidden..(t + 1) * hidden];
                    let sum = &mut below.direct_exponents[t];
                    *sum = add_scaled(direct, *sum, share, exponent);
                }
            }
        }
    }
}

fn run_layer(layer: &Layer<f64>, record: &mut LayerTape<f64>, adjoint: &mut Adjoint, steps: usize) {
    let hidden = record.h.nrows();
    record.d_h.fill(0.0);
    layer.begin_backward(record, steps, 1);
    let mut exponent = 0;
    for t in Layer::<f64>::way_back(record.reverse, steps) {
        let slot = record.after(t);
        let direct = &adjoint.direct[t * hidden..(t + 1) * hidden];
        exponent = rescale(record, slot, exponent, direct, adjoint.direct_exponents[t]);
        adjoint.exponents[slot] = exponent;
        layer.step_back(record, t, 1);
    }
    adjoint.exponents[record.initial(steps)] = exponent;
}

/// Binary exponent of the largest finite entry of these scaled values; `None` when all are zero.
fn magnitude(values: &[f64], exponent: i32) -> Option<i32> {
    let largest = largest_magnitude(values);
    (largest > 0.0 && largest.is_finite()).then(|| libm::ilogb(largest) + exponent)
}

/// Adds the direct part to what came back through time at this slot, both brought to one exponent, which is returned.
fn rescale(record: &mut LayerTape<f64>, slot: usize, exponent: i32, direct: &[f64], direct_exponent: i32) -> i32 {
    let rows = record.d_c.nrows();
    let d_c = &mut record.d_c.as_mut_slice()[slot * rows..(slot + 1) * rows];
    let hidden = record.d_h.nrows();
    let d_h = &mut record.d_h.as_mut_slice()[slot * hidden..(slot + 1) * hidden];
    let candidates = [magnitude(d_h, exponent), magnitude(d_c, exponent), magnitude(direct, direct_exponent)];
    let common = candidates.into_iter().flatten().max().unwrap_or(0);
    add_at(d_h, exponent, direct, direct_exponent, common);
    for value in d_c.iter_mut() {
        *value = libm::scalbn(*value, exponent - common);
    }
    common
}

/// `sum += values`, both scaled; returns the sum's new exponent.
fn add_scaled(sum: &mut [f64], sum_exponent: i32, values: &[f64], exponent: i32) -> i32 {
    let common = magnitude(sum, sum_exponent).into_iter().chain(magnitude(values, exponent)).max().unwrap_or(0);
    add_at(sum, sum_exponent, values, exponent, common);
    common
}

fn add_at(sum: &mut [f64], sum_exponent: i32, values: &[f64], exponent: i32, common: i32) {
    for (sum, &value) in sum.iter_mut().zip(values) {
        *sum = libm::scalbn(*sum, sum_exponent - common) + libm::scalbn(value, exponent - common);
    }
}
