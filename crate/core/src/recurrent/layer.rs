//! One direction of one layer: parameters, packed weights, and its passes over time.

use super::tape::LayerTape;
use super::{Architecture, Input};
use crate::cell::{CellKind, StepBackward, StepForward};
use crate::parameters::ParameterList;
use crate::product::{Packed, Room, accumulate_outer};
use crate::real::Real;
use nalgebra::DMatrixView;
use std::ops::Range;

/// Parameters and packed weights of one direction of one layer.
#[derive(Debug, Clone)]
pub(crate) struct Layer<R> {
    cell: CellKind,
    hidden: usize,
    input: usize,
    weight_ih: Range<usize>,
    weight_hh: Range<usize>,
    bias_ih: Range<usize>,
    bias_hh: Range<usize>,
    packed_ih: Packed<R>,
    packed_hh: Packed<R>,
    packed_hh_transposed: Packed<R>,
    /// Only needed where a gradient flows further down: above the first layer, or into an embedding.
    packed_ih_transposed: Option<Packed<R>>,
}

impl<R: Real> Layer<R> {
    /// Registers the parameters of layer `index` under PyTorch's names, e.g. `lstm.weight_ih_l0_reverse`.
    pub(super) fn new(shape: &Architecture, index: usize, reverse: bool, parameters: &mut ParameterList) -> Self {
        let Architecture { cell, hidden, .. } = *shape;
        let input = if index == 0 { shape.input } else { hidden * shape.directions() };
        let rows = cell.gates() * hidden;
        let suffix = if reverse { "_reverse" } else { "" };
        let name = |parameter: &str| format!("{}.{parameter}_l{index}{suffix}", cell.name());
        Self {
            cell,
            hidden,
            input,
            weight_ih: parameters.matrix(name("weight_ih"), rows, input),
            weight_hh: parameters.matrix(name("weight_hh"), rows, hidden),
            bias_ih: parameters.vector(name("bias_ih"), rows),
            bias_hh: parameters.vector(name("bias_hh"), rows),
            packed_ih: Packed::zeros(rows, input),
            packed_hh: Packed::zeros(rows, hidden),
            packed_hh_transposed: Packed::zeros(hidden, rows),
            packed_ih_transposed: (index > 0).then(|| Packed::zeros(input, rows)),
        }
    }

    /// Brings the packed weights up to date.
    pub(super) fn pack(&mut self, weights: &[R]) {
        self.packed_ih.pack(&weights[self.weight_ih.clone()]);
        self.packed_hh.pack(&weights[self.weight_hh.clone()]);
        self.packed_hh_transposed.pack_transposed(&weights[self.weight_hh.clone()]);
        if let Some(packed) = &mut self.packed_ih_transposed {
            packed.pack_transposed(&weights[self.weight_ih.clone()]);
        }
    }

    /// W_hh `[G·H, H]` in the flat parameter vector.
    pub(crate) fn weight_hh<'a>(&self, weights: &'a [R]) -> DMatrixView<'a, R> {
        DMatrixView::from_slice(&weights[self.weight_hh.clone()], self.rows(), self.hidden)
    }

    fn rows(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// Runs over all timesteps in this direction.
    pub(super) fn forward(
        &self,
        weights: &[R],
        input: Input<'_, R>,
        record: &mut LayerTape<R>,
        (steps, batch): (usize, usize),
        lengths: Option<&[usize]>,
    ) {
        self.project(weights, input, record, steps * batch);
        for k in 0..steps {
            let t = if record.reverse { steps - 1 - k } else { k };
            self.step(weights, record, t, batch);
            if let Some(lengths) = lengths {
                self.carry(record, t, batch, lengths);
            }
        }
    }

    /// `gates = W_ih·x + b_ih (+ b_hh)` for all timesteps at once.
    fn project(&self, weights: &[R], input: Input<'_, R>, record: &mut LayerTape<R>, columns: usize) {
        let rows = self.rows();
        let gates = record.gates.as_mut_slice();
        let (bias_ih, bias_hh) = (&weights[self.bias_ih.clone()], &weights[self.bias_hh.clone()]);
        let (first, others) = gates.split_at_mut(rows);
        first.copy_from_slice(bias_ih);
        let merged = self.cell.merged_biases() * self.hidden;
        for (gate, &bias) in first[..merged].iter_mut().zip(bias_hh) {
            *gate += bias;
        }
        for column in others.chunks_exact_mut(rows) {
            column.copy_from_slice(first);
        }
        match input {
            Input::Dense(x) => self.packed_ih.multiply_add(x, gates, columns),
            Input::OneHot(tokens) => {
                assert_eq!(tokens.len(), columns, "tokens");
                let weight_ih = &weights[self.weight_ih.clone()];
                for (column, &token) in gates.chunks_exact_mut(rows).zip(tokens) {
                    let picked = &weight_ih[token as usize * rows..(token as usize + 1) * rows];
                    for (gate, &weight) in column.iter_mut().zip(picked) {
                        *gate += weight;
                    }
                }
            }
        }
    }

    fn step(&self, weights: &[R], record: &mut LayerTape<R>, t: usize, batch: usize) {
        let slot = self.hidden * batch;
        let (before, after) = (record.before(t), record.after(t));
        let state = record.c.nrows() * batch;
        let auxiliary = record.auxiliary.nrows() * batch;
        let (h_prev, h) = two_slots(record.h.as_mut_slice(), before, after, slot);
        let (c_prev, c) = two_slots(record.c.as_mut_slice(), before, after, state);
        self.cell.forward(StepForward {
            weight_hh: &self.packed_hh,
            bias_hh: &weights[self.bias_hh.clone()],
            gates: one_slot(record.gates.as_mut_slice(), t, self.rows() * batch),
            h_prev,
            c_prev,
            h,
            c,
            auxiliary: one_slot(record.auxiliary.as_mut_slice(), t, auxiliary),
            scratch: record.scratch.as_mut_slice(),
            hidden: self.hidden,
        });
    }

    /// Where a sequence is over (or, in reverse, has not begun), its state is the one before.
    fn carry(&self, record: &mut LayerTape<R>, t: usize, batch: usize, lengths: &[usize]) {
        let (before, after) = (record.before(t) * batch, record.after(t) * batch);
        for b in (0..batch).filter(|b| t >= lengths[*b]) {
            for states in [&mut record.h, &mut record.c] {
                let rows = states.nrows();
                let start = (before + b) * rows;
                states.as_mut_slice().copy_within(start..start + rows, (after + b) * rows);
            }
        }
    }

    /// Clears what flows in from beyond the last step of this direction.
    pub(crate) fn begin_backward(&self, record: &mut LayerTape<R>, steps: usize, batch: usize) {
        let (initial, last) = (record.initial(steps), record.last(steps));
        let state = record.c.nrows() * batch;
        one_slot(record.d_h.as_mut_slice(), initial, self.hidden * batch).fill(R::ZERO);
        one_slot(record.d_c.as_mut_slice(), last, state).fill(R::ZERO);
    }

    /// Timesteps in the order of the way back.
    pub(crate) fn way_back(reverse: bool, steps: usize) -> impl Iterator<Item = usize> {
        (0..steps).map(move |k| if reverse { k } else { steps - 1 - k })
    }

    /// All timesteps backward; `d_h` holds the direct part of the gradient before and the total after.
    pub(super) fn backward(
        &self,
        record: &mut LayerTape<R>,
        (steps, batch): (usize, usize),
        lengths: Option<&[usize]>,
        held: &mut [R],
    ) {
        for t in Self::way_back(record.reverse, steps) {
            match lengths {
                None => self.step_back(record, t, batch),
                Some(lengths) => {
                    self.hold(record, t, batch, lengths, held);
                    self.step_back(record, t, batch);
                    self.release(record, t, batch, lengths, held);
                }
            }
        }
    }

    /// One timestep backward.
    pub(crate) fn step_back(&self, record: &mut LayerTape<R>, t: usize, batch: usize) {
        let slot = self.hidden * batch;
        let (before, after) = (record.before(t), record.after(t));
        let state = record.c.nrows() * batch;
        let auxiliary = record.auxiliary.nrows() * batch;
        let separate = record.d_recurrent.nrows() * batch;
        let (d_h_prev, d_h) = two_slots(record.d_h.as_mut_slice(), before, after, slot);
        let (d_c_prev, d_c) = two_slots(record.d_c.as_mut_slice(), before, after, state);
        self.cell.backward(StepBackward {
            weight_hh_transposed: &self.packed_hh_transposed,
            gates: &record.gates.as_slice()[t * self.rows() * batch..(t + 1) * self.rows() * batch],
            h: &record.h.as_slice()[after * slot..(after + 1) * slot],
            h_prev: &record.h.as_slice()[before * slot..(before + 1) * slot],
            c_prev: &record.c.as_slice()[before * state..(before + 1) * state],
            auxiliary: &record.auxiliary.as_slice()[t * auxiliary..(t + 1) * auxiliary],
            d_h,
            d_c,
            d_gates: one_slot(record.d_gates.as_mut_slice(), t, self.rows() * batch),
            d_recurrent: one_slot(record.d_recurrent.as_mut_slice(), t, separate),
            d_h_prev,
            d_c_prev,
            hidden: self.hidden,
        });
    }

    /// Takes the gradients of carried states past the step, so that the cell sees zeros there.
    fn hold(&self, record: &mut LayerTape<R>, t: usize, batch: usize, lengths: &[usize], held: &mut [R]) {
        let hidden = self.hidden;
        let (before, after) = (record.before(t), record.after(t));
        let (d_h_prev, d_h) = two_slots(record.d_h.as_mut_slice(), before, after, hidden * batch);
        for b in (0..batch).filter(|b| t >= lengths[*b]) {
            let columns = b * hidden..(b + 1) * hidden;
            for (previous, current) in d_h_prev[columns.clone()].iter_mut().zip(&mut d_h[columns.clone()]) {
                *previous += *current;
                *current = R::ZERO;
            }
            if record.d_c.nrows() > 0 {
                let d_c = &mut one_slot(record.d_c.as_mut_slice(), after, hidden * batch)[columns.clone()];
                held[columns].copy_from_slice(d_c);
                d_c.fill(R::ZERO);
            }
        }
    }

    fn release(&self, record: &mut LayerTape<R>, t: usize, batch: usize, lengths: &[usize], held: &[R]) {
        if record.d_c.nrows() == 0 {
            return;
        }
        let before = record.before(t);
        let d_c_prev = one_slot(record.d_c.as_mut_slice(), before, self.hidden * batch);
        for b in (0..batch).filter(|b| t >= lengths[*b]) {
            let columns = b * self.hidden..(b + 1) * self.hidden;
            d_c_prev[columns.clone()].copy_from_slice(&held[columns]);
        }
    }

    /// Adds the gradients of all parameters, each as one product over all timesteps.
    pub(super) fn accumulate(
        &self,
        input: Input<'_, R>,
        record: &LayerTape<R>,
        batch: usize,
        gradients: &mut [R],
        room: &mut Room<R>,
    ) {
        let rows = self.rows();
        let d_gates = record.d_gates.as_slice();
        let d_recurrent = record.recurrent_deltas().as_slice();
        let h_prev = record.predecessors(&record.h, batch);
        accumulate_outer(d_recurrent, h_prev, &mut gradients[self.weight_hh.clone()], rows, self.hidden, room);
        let d_weight_ih = &mut gradients[self.weight_ih.clone()];
        match input {
            Input::Dense(x) => accumulate_outer(d_gates, x, d_weight_ih, rows, self.input, room),
            Input::OneHot(tokens) => {
                for (deltas, &token) in d_gates.chunks_exact(rows).zip(tokens) {
                    add(&mut d_weight_ih[token as usize * rows..(token as usize + 1) * rows], deltas);
                }
            }
        }
        for (bias, deltas) in [(&self.bias_ih, d_gates), (&self.bias_hh, d_recurrent)] {
            let d_bias = &mut gradients[bias.clone()];
            deltas.chunks_exact(rows).for_each(|deltas| add(d_bias, deltas));
        }
    }

    /// ∂L/∂(input) added to `d_input` `[I, n]`, from `d_gates` `[G·H, n]`. Only above the first layer.
    pub(crate) fn pass_down(&self, d_gates: &[R], d_input: &mut [R], columns: usize) {
        if let Some(packed) = &self.packed_ih_transposed {
            packed.multiply_add(d_gates, d_input, columns);
        }
    }

    /// ∂L/∂x of the first layer added to `d_input` `[I, T·B]`; packs the weights for it.
    pub(super) fn input_gradient(&self, weights: &[R], record: &LayerTape<R>, d_input: &mut [R], columns: usize) {
        let mut packed = Packed::zeros(self.input, self.rows());
        packed.pack_transposed(&weights[self.weight_ih.clone()]);
        packed.multiply_add(record.d_gates.as_slice(), d_input, columns);
    }
}

fn add<R: Real>(target: &mut [R], values: &[R]) {
    for (target, &value) in target.iter_mut().zip(values) {
        *target += value;
    }
}

fn one_slot<R>(values: &mut [R], index: usize, slot: usize) -> &mut [R] {
    &mut values[index * slot..(index + 1) * slot]
}

/// Two neighbouring slots, in the order asked for.
fn two_slots<R>(values: &mut [R], first: usize, second: usize, slot: usize) -> (&mut [R], &mut [R]) {
    let lower = first.min(second);
    let (low, high) = values[lower * slot..(lower + 2) * slot].split_at_mut(slot);
    if first < second { (low, high) } else { (high, low) }
}
