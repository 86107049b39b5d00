//! Backpropagation through time whose numbers never leave the range of f64.
//!
//! The backward pass is linear in the gradient, so at every timestep the gradient is rescaled by a power of two (exact)
//! that brings its largest entry near 1, and the exponent is kept. 0.5^2000 is a number here, not zero. The scale is one
//! for all units of a layer: an entry more than 300 decades below the largest of its own timestep is 0.

use super::State;
use super::intervention::Surgery;
use crate::recurrent::{Layer, LayerTape, Recurrent, Tape, way_back};
use crate::vector::largest_magnitude;

/// Binary exponents of the gradients of one direction of one layer: true value = stored value · 2^exponent.
#[derive(Debug, Clone)]
pub struct Adjoint {
    /// One for each slot of the states, of `d_h` and `d_c` there; the deltas of timestep t have that of the state after t.
    pub exponents: Vec<i32>,
    /// ∂L/∂out_t, the direct part `[H, T]`.
    pub(super) direct: Vec<f64>,
    /// Exponents of `direct`.
    pub(super) direct_exponents: Vec<i32>,
    /// Room for what one timestep hands to the layer below.
    passed: Vec<f64>,
}

impl Adjoint {
    pub(super) fn new(layer: &LayerTape<f64>, steps: usize, directions: usize) -> Self {
        let hidden = layer.h.nrows();
        Self {
            exponents: vec![0; steps + 1],
            direct: vec![0.0; hidden * steps],
            direct_exponents: vec![0; steps],
            passed: vec![0.0; directions * hidden],
        }
    }

    pub(super) fn clear_direct(&mut self) {
        self.direct.fill(0.0);
        self.direct_exponents.fill(0);
    }
}

/// Backward through all layers of a tape with one sequence. The last layer's `d_h` holds the direct part of the gradient,
/// unless one is injected.
pub(super) fn run(recurrent: &Recurrent<f64>, tape: &mut Tape<f64>, adjoints: &mut [Adjoint], surgery: &Surgery) {
    adjoints.iter_mut().for_each(Adjoint::clear_direct);
    match surgery.injection {
        Some(at) if at.state == State::Hidden => {
            adjoints[at.layer].direct[at.t * recurrent.shape().hidden + at.unit] = 1.0;
        }
        Some(_) => {}
        None => {
            let top = tape.layers.len() - recurrent.shape().directions();
            for (record, adjoint) in tape.layers[top..].iter().zip(&mut adjoints[top..]) {
                adjoint.direct.copy_from_slice(record.timesteps(&record.d_h, 1));
            }
        }
    }
    sweep(recurrent, tape, adjoints, surgery);
}

/// Backward from the direct parts that are there; those of all layers but the last are added to.
pub(super) fn sweep(recurrent: &Recurrent<f64>, tape: &mut Tape<f64>, adjoints: &mut [Adjoint], surgery: &Surgery) {
    let (steps, hidden) = (tape.steps, recurrent.shape().hidden);
    let directions = recurrent.shape().directions();
    for first in (0..tape.layers.len()).step_by(directions).rev() {
        for index in first..first + directions {
            run_layer(recurrent.layer(index), index, &mut tape.layers[index], &mut adjoints[index], steps, surgery);
        }
        if first == 0 {
            continue;
        }
        let (below, above) = adjoints.split_at_mut(first);
        let below = &mut below[first - directions..];
        for (direction, adjoint) in above[..directions].iter_mut().enumerate() {
            let record = &tape.layers[first + direction];
            for t in 0..steps {
                adjoint.passed.fill(0.0);
                let deltas = record.d_gates.column(t);
                recurrent.layer(first + direction).pass_down(deltas.as_slice(), &mut adjoint.passed, 1);
                let exponent = adjoint.exponents[record.after(t)];
                for (below, share) in below.iter_mut().zip(adjoint.passed.chunks_exact(hidden)) {
                    let direct = &mut below.direct[t * hidden..(t + 1) * hidden];
                    let sum = &mut below.direct_exponents[t];
                    *sum = add_scaled(direct, *sum, share, exponent);
                }
            }
        }
    }
}

fn run_layer(
    layer: &Layer<f64>,
    index: usize,
    record: &mut LayerTape<f64>,
    adjoint: &mut Adjoint,
    steps: usize,
    surgery: &Surgery,
) {
    let hidden = record.h.nrows();
    record.d_h.fill(0.0);
    layer.begin_backward(record, steps, 1);
    let seed = surgery.injection.filter(|at| at.layer == index && at.state == State::Cell);
    let mut exponent = 0;
    for t in way_back(record.reverse, steps) {
        let slot = record.after(t);
        let direct = &adjoint.direct[t * hidden..(t + 1) * hidden];
        exponent = rescale(record, slot, exponent, direct, adjoint.direct_exponents[t]);
        if let Some(seed) = seed.filter(|at| at.t == t) {
            // Nothing has come back so far: the exponent is 0.
            record.d_c[(seed.unit, slot)] = 1.0;
        }
        adjoint.exponents[slot] = exponent;
        if pass_over(record, t) {
            continue;
        }
        layer.step_back(record, t, 1, false);
        operate(record, index, t, surgery);
    }
    adjoint.exponents[record.initial(steps)] = exponent;
}

/// Where nothing has come back, nothing goes further, even if the timestep's own numbers are not finite. Whether it was so.
fn pass_over(record: &mut LayerTape<f64>, t: usize) -> bool {
    let (before, after) = (record.before(t), record.after(t));
    let is_zero = |states: &nalgebra::DMatrix<f64>| states.column(after).iter().all(|value| *value == 0.0);
    if !is_zero(&record.d_h) || !is_zero(&record.d_c) {
        return false;
    }
    record.d_gates.column_mut(t).fill(0.0);
    record.d_recurrent.column_mut(t).fill(0.0);
    record.d_c.column_mut(before).fill(0.0);
    true
}

/// Takes out what held gates and a cut path must not pass on.
fn operate(record: &mut LayerTape<f64>, index: usize, t: usize, surgery: &Surgery) {
    for held in surgery.held(index) {
        // The weights behind a held gate are zero, so nothing has gone further than this.
        record.d_gates[(held.row, t)] = 0.0;
        if record.d_recurrent.nrows() > 0 {
            record.d_recurrent[(held.row, t)] = 0.0;
        }
    }
    let Some(keep) = surgery.cut else { return };
    let (before, after) = (record.before(t), record.after(t));
    if record.d_c.nrows() > 0 {
        record.d_c.column_mut(before).fill(0.0);
    } else {
        let hidden = record.d_h.nrows();
        for unit in 0..hidden {
            let kept = record.d_h[(unit, after)] * record.gates[(keep * hidden + unit, t)];
            record.d_h[(unit, before)] -= kept;
        }
    }
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
    let scaled = scaling(exponent - common);
    d_c.iter_mut().for_each(|value| *value = scaled(*value));
    common
}

/// `sum += values`, both scaled; returns the sum's new exponent.
fn add_scaled(sum: &mut [f64], sum_exponent: i32, values: &[f64], exponent: i32) -> i32 {
    let common = magnitude(sum, sum_exponent).into_iter().chain(magnitude(values, exponent)).max().unwrap_or(0);
    add_at(sum, sum_exponent, values, exponent, common);
    common
}

fn add_at(sum: &mut [f64], sum_exponent: i32, values: &[f64], exponent: i32, common: i32) {
    let (scaled_sum, scaled) = (scaling(sum_exponent - common), scaling(exponent - common));
    for (sum, &value) in sum.iter_mut().zip(values) {
        *sum = scaled_sum(*sum) + scaled(value);
    }
}

/// Multiplies by 2^exponent: by one product where that is a normal number, which is as exact and much faster.
fn scaling(exponent: i32) -> impl Fn(f64) -> f64 {
    let factor = (-1022..=1023).contains(&exponent).then(|| f64::from_bits(((exponent + 1023) as u64) << 52));
    move |value| factor.map_or_else(|| libm::scalbn(value, exponent), |factor| value * factor)
}
