//! Backpropagation through time whose numbers never leave the range of f64.
//!
//! The backward pass is linear in the gradient, so at every timestep the gradient is rescaled by a power of two (exact)
//! that brings its largest entry near 1, and the exponent is kept. 0.5^2000 is a number here, not zero.

use crate::recurrent::{LayerTape, Recurrent, Tape};
use crate::vector::largest_magnitude;

/// Binary exponents of one layer's gradients: true value = stored value · 2^exponent.
#[derive(Debug, Clone)]
pub struct Adjoint {
    /// One for each slot of the states: of `d_h` and `d_c` at slot s, and of `d_gates` at timestep s − 1.
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
    let hidden = recurrent.hidden();
    if let (Some(layer), Some(adjoint)) = (tape.layers.last(), adjoints.last_mut()) {
        adjoint.direct.copy_from_slice(&layer.d_h.as_slice()[hidden..]);
        adjoint.direct_exponents.fill(0);
    }
    for index in (0..tape.layers.len()).rev() {
        let (below, rest) = adjoints.split_at_mut(index);
        let adjoint = &mut rest[0];
        run_layer(recurrent, index, &mut tape.layers[index], adjoint, tape.steps);
        if let Some(below) = below.last_mut() {
            let record = &tape.layers[index];
            let rows = record.d_gates.nrows();
            below.direct.fill(0.0);
            for (t, direct) in below.direct.chunks_exact_mut(hidden).enumerate() {
                recurrent.pass_down(index, &record.d_gates.as_slice()[t * rows..(t + 1) * rows], direct, 1);
            }
            below.direct_exponents.copy_from_slice(&adjoint.exponents[1..]);
        }
    }
}

fn run_layer(
    recurrent: &Recurrent<f64>,
    index: usize,
    record: &mut LayerTape<f64>,
    adjoint: &mut Adjoint,
    steps: usize,
) {
    let hidden = recurrent.hidden();
    record.d_h.fill(0.0);
    recurrent.begin_backward(record, 1);
    let mut exponent = 0;
    for t in (0..steps).rev() {
        let direct = &adjoint.direct[t * hidden..(t + 1) * hidden];
        exponent = rescale(record, t + 1, exponent, direct, adjoint.direct_exponents[t]);
        adjoint.exponents[t + 1] = exponent;
        recurrent.step_back(index, record, t, 1);
    }
    adjoint.exponents[0] = exponent;
}

/// Adds the direct part to what came back through time at this slot, both brought to one exponent, which is returned.
fn rescale(record: &mut LayerTape<f64>, slot: usize, exponent: i32, direct: &[f64], direct_exponent: i32) -> i32 {
    let mut d_h = record.d_h.column_mut(slot);
    let mut d_c = record.d_c.column_mut(slot);
    let d_h = d_h.as_mut_slice();
    let d_c = d_c.as_mut_slice();
    let largest = |values: &[f64], exponent: i32| {
        let magnitude = largest_magnitude(values);
        (magnitude > 0.0 && magnitude.is_finite()).then(|| libm::ilogb(magnitude) + exponent)
    };
    let candidates = [largest(d_h, exponent), largest(d_c, exponent), largest(direct, direct_exponent)];
    let common = candidates.into_iter().flatten().max().unwrap_or(0);
    for (value, &direct) in d_h.iter_mut().zip(direct) {
        *value = libm::scalbn(*value, exponent - common) + libm::scalbn(direct, direct_exponent - common);
    }
    for value in d_c.iter_mut() {
        *value = libm::scalbn(*value, exponent - common);
    }
    common
}
