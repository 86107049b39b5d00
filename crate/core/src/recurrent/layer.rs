//! One direction of one layer: parameters, packed weights, and its passes over time.

use super::tape::LayerTape;
use super::{Architecture, Input};
use crate::cell::{CellKind, Product, StepBackward, StepForward};
use crate::lanes::{Lanes, for_each};
use crate::parameters::ParameterList;
use crate::product::{BLOCK, Packed, Room, Start, accumulate_outer, accumulate_outers};
use crate::real::Real;
use crate::vector::add;
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
    /// W_ih and W_hh side by side `[G·H, I + H]`.
    packed: Packed<R>,
    packed_hh_transposed: Packed<R>,
    /// b_ih, with as much of b_hh as is simply added to it `[G·H]`.
    bias: Vec<R>,
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
            packed: Packed::zeros(rows, input + hidden),
            packed_hh_transposed: Packed::zeros(hidden, rows),
            bias: vec![R::ZERO; rows],
            packed_ih_transposed: (index > 0).then(|| Packed::zeros(input, rows)),
        }
    }

    /// Brings the packed weights and the bias up to date.
    pub(super) fn pack(&mut self, weights: &[R]) {
        self.packed.pack_columns(0..self.input, &weights[self.weight_ih.clone()]);
        self.packed.pack_columns(self.input..self.input + self.hidden, &weights[self.weight_hh.clone()]);
        self.packed_hh_transposed.pack_transposed(&weights[self.weight_hh.clone()]);
        self.bias.copy_from_slice(&weights[self.bias_ih.clone()]);
        let merged = self.cell.merged_biases() * self.hidden;
        add(&mut self.bias[..merged], &weights[self.bias_hh.clone()][..merged]);
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
        // Where W_ih·x and W_hh·h are simply added up, they are one product a timestep, and the gates are written once.
        let joint = match input {
            Input::Dense(x) if !self.cell.has_separate_recurrent() => Some(x),
            _ => None,
        };
        if let Some(x) = joint {
            assert_eq!(x.len(), self.input * steps * batch, "input");
        } else {
            self.project(weights, input, record, steps * batch);
        }
        for k in 0..steps {
            let t = if record.reverse { steps - 1 - k } else { k };
            let x = joint.map(|x| &x[t * batch * self.input..(t + 1) * batch * self.input]);
            self.step(weights, x, record, t, batch);
            if let Some(lengths) = lengths {
                self.carry(record, t, batch, lengths);
            }
        }
    }

    /// `gates = W_ih·x + b_ih (+ b_hh)` for all timesteps at once.
    fn project(&self, weights: &[R], input: Input<'_, R>, record: &mut LayerTape<R>, columns: usize) {
        let rows = self.rows();
        let gates = record.gates.as_mut_slice();
        match input {
            Input::Dense(x) => {
                assert_eq!(x.len(), self.input * columns, "input");
                self.packed.multiply(0..self.input, x, Start::Column(&self.bias), gates, columns);
            }
            Input::OneHot(tokens) => {
                assert_eq!(tokens.len(), columns, "tokens");
                let weight_ih = &weights[self.weight_ih.clone()];
                for (column, &token) in gates.chunks_exact_mut(rows).zip(tokens) {
                    let picked = &weight_ih[token as usize * rows..(token as usize + 1) * rows];
                    for ((gate, &bias), &weight) in column.iter_mut().zip(&self.bias).zip(picked) {
                        *gate = bias + weight;
                    }
                }
            }
        }
    }

    /// One timestep forward; `x` `[I, B]` where its projection is not in the gates yet.
    fn step(&self, weights: &[R], x: Option<&[R]>, record: &mut LayerTape<R>, t: usize, batch: usize) {
        let slot = self.hidden * batch;
        let (before, after) = (record.before(t), record.after(t));
        let state = record.c.nrows() * batch;
        let auxiliary = record.auxiliary.nrows() * batch;
        let gates = one_slot(record.gates.as_mut_slice(), t, self.rows() * batch);
        let (h_prev, h) = two_slots(record.h.as_mut_slice(), before, after, slot);
        let (c_prev, c) = two_slots(record.c.as_mut_slice(), before, after, state);
        let (columns, operand, start): (_, &[R], _) = match x {
            None => {
                let start = if self.cell.has_separate_recurrent() { Start::Zero } else { Start::Result };
                (self.input..self.input + self.hidden, h_prev, start)
            }
            Some(x) => {
                join((x, self.input), (h_prev, self.hidden), &mut record.joined);
                (0..self.input + self.hidden, &record.joined, Start::Column(&self.bias))
            }
        };
        self.cell.forward(StepForward {
            recurrent: Product { weights: &self.packed, columns, operand, start },
            bias_hh: &weights[self.bias_hh.clone()],
            gates,
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

    /// All timesteps backward; `d_h` holds the direct part of the gradient before and the total after. Adds the gradients of
    /// all parameters, some timesteps at a time: while their deltas are in the cache.
    pub(super) fn backward(
        &self,
        input: Input<'_, R>,
        record: &mut LayerTape<R>,
        (steps, batch): (usize, usize),
        lengths: Option<&[usize]>,
        gradients: &mut [R],
        (held, room): (&mut [R], &mut Room<R>),
    ) {
        let at_a_time = (BLOCK / batch.max(1)).max(1);
        let mut done = 0;
        while done < steps {
            let count = at_a_time.min(steps - done);
            let timesteps = if record.reverse { done..done + count } else { steps - done - count..steps - done };
            for k in 0..count {
                let t = if record.reverse { timesteps.start + k } else { timesteps.end - 1 - k };
                match lengths {
                    None => self.step_back(record, t, batch),
                    Some(lengths) => {
                        self.hold(record, t, batch, lengths, held);
                        self.step_back(record, t, batch);
                        self.release(record, t, batch, lengths, held);
                    }
                }
            }
            self.accumulate(input, record, timesteps.start * batch..timesteps.end * batch, batch, gradients, room);
            done += count;
        }
    }

    /// One timestep backward.
    pub(crate) fn step_back(&self, record: &mut LayerTape<R>, t: usize, batch: usize) {
        let d_h_prev_is_new = record.only_last;
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
            d_h_prev_is_new,
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

    /// Adds these columns' share in the gradients of all parameters.
    fn accumulate(
        &self,
        input: Input<'_, R>,
        record: &LayerTape<R>,
        columns: Range<usize>,
        batch: usize,
        gradients: &mut [R],
        room: &mut Room<R>,
    ) {
        let rows = self.rows();
        let part = |rows: usize| columns.start * rows..columns.end * rows;
        let d_gates = &record.d_gates.as_slice()[part(rows)];
        let d_recurrent = &record.recurrent_deltas().as_slice()[part(rows)];
        let h_prev = &record.predecessors(&record.h, batch)[part(self.hidden)];
        let input = match input {
            Input::Dense(x) => Input::Dense(&x[part(self.input)]),
            Input::OneHot(tokens) => Input::OneHot(&tokens[columns.clone()]),
        };
        // The parameters of a layer lie behind each other in this order.
        let gradients = &mut gradients[self.weight_ih.start..self.bias_hh.end];
        let (d_weights, d_biases) = gradients.split_at_mut(self.weight_ih.len() + self.weight_hh.len());
        let (d_bias_ih, d_bias_hh) = d_biases.split_at_mut(rows);
        let separate = self.cell.has_separate_recurrent();
        let sums = match input {
            Input::Dense(x) if !separate => {
                accumulate_outers(d_gates, rows, [(x, self.input), (h_prev, self.hidden)], d_weights, room)
            }
            _ => {
                let (d_weight_ih, d_weight_hh) = d_weights.split_at_mut(self.weight_ih.len());
                if let Input::OneHot(tokens) = input {
                    for (deltas, &token) in d_gates.chunks_exact(rows).zip(tokens) {
                        add(&mut d_weight_ih[token as usize * rows..(token as usize + 1) * rows], deltas);
                    }
                }
                if separate {
                    let below = match input {
                        Input::Dense(x) => accumulate_outer(d_gates, x, d_weight_ih, rows, self.input, room),
                        Input::OneHot(_) => accumulate_outers(d_gates, rows, [], &mut [], room),
                    };
                    add(d_bias_ih, below);
                }
                accumulate_outer(d_recurrent, h_prev, d_weight_hh, rows, self.hidden, room)
            }
        };
        add(d_bias_hh, sums);
        if !separate {
            add(d_bias_ih, sums);
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

/// Puts x `[I, B]` above h `[H, B]`.
fn join<R: Real>((x, input): (&[R], usize), (h, hidden): (&[R], usize), joined: &mut [R]) {
    // Not copied: WebAssembly's `memory.copy`, which a loop that only copies becomes, is slow for a few numbers.
    let zero = R::Lanes::splat(R::ZERO);
    let parts = x.chunks_exact(input).zip(h.chunks_exact(hidden));
    for (column, (x, h)) in joined.chunks_exact_mut(input + hidden).zip(parts) {
        let (above, below) = column.split_at_mut(input);
        for_each([x], [above], |[x], _| [x + zero]);
        for_each([h], [below], |[h], _| [h + zero]);
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
