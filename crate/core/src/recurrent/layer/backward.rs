//! The way back through one direction of one layer.

use super::Layer;
use crate::cell::StepBackward;
use crate::product::{Packed, Room, accumulate_outer, accumulate_outers};
use crate::real::Real;
use crate::recurrent::Input;
use crate::recurrent::tape::LayerTape;
use crate::recurrent::timesteps::{blocks, in_turn, one_slot, two_slots};
use crate::vector::add;
use nalgebra::DMatrix;
use std::borrow::Cow;
use std::ops::Range;

/// What [`Layer::backward`] works with beside the layer's own record.
pub(in crate::recurrent) struct Flow<'a, R> {
    pub input: Input<'a, R>,
    /// ∂L/∂input `[I, T·B]`, to be added to.
    pub d_input: Option<&'a mut [R]>,
    /// Of all parameters, to be added to.
    pub gradients: &'a mut [R],
    /// Room for the gradients of carried cell states `[H, B]`.
    pub held: &'a mut [R],
    /// Room for the products.
    pub room: &'a mut Room<R>,
}

impl<R: Real> Layer<R> {
    /// Clears what flows in from beyond the last step of this direction.
    pub(crate) fn begin_backward(&self, record: &mut LayerTape<R>, steps: usize, batch: usize) {
        let slot = self.hidden * batch;
        let state = record.c.nrows() * batch;
        // Else it is written before it is added to.
        if !record.only_last {
            let initial = record.place_of_d_h(record.initial(steps));
            one_slot(record.d_h.as_mut_slice(), initial, slot).fill(R::ZERO);
        }
        let last = record.place_of_d_c(record.last(steps));
        one_slot(record.d_c.as_mut_slice(), last, state).fill(R::ZERO);
    }

    /// All timesteps backward; `d_h` holds the direct part of the gradient before and the total after. Adds the gradients of
    /// all parameters, some timesteps at a time: while their deltas are in the cache.
    pub(in crate::recurrent) fn backward(
        &self,
        weights: &[R],
        record: &mut LayerTape<R>,
        (steps, batch): (usize, usize),
        lengths: Option<&[usize]>,
        mut flow: Flow<'_, R>,
    ) {
        let transposed = flow.d_input.is_some().then(|| self.weight_ih_transposed(weights));
        for timesteps in blocks(steps, batch, !record.reverse) {
            let columns = timesteps.start * batch..timesteps.end * batch;
            self.pack_operands(record, columns.clone(), batch, &mut flow);
            for t in in_turn(timesteps.clone(), !record.reverse) {
                match lengths {
                    None => self.step_back(record, t, batch, record.only_last),
                    Some(lengths) => {
                        self.hold(record, t, batch, lengths, flow.held);
                        self.step_back(record, t, batch, false);
                        self.release(record, t, batch, lengths, flow.held);
                    }
                }
            }
            if let (Some(transposed), Some(d_input)) = (&transposed, &mut flow.d_input) {
                let d_gates = deltas(record, &record.d_gates, timesteps.clone(), batch);
                let d_input = &mut d_input[columns.start * self.input..columns.end * self.input];
                transposed.multiply_add(d_gates, d_input, columns.len());
            }
            self.accumulate(record, timesteps, batch, &mut flow);
        }
    }

    /// One timestep backward. `is_new`: whether nothing is in ∂L/∂h_{t−1} yet that is to be kept.
    pub(crate) fn step_back(&self, record: &mut LayerTape<R>, t: usize, batch: usize, is_new: bool) {
        let slot = self.hidden * batch;
        let (before, after) = (record.before(t), record.after(t));
        let gates = record.gates.nrows() * batch;
        let state = record.c.nrows() * batch;
        let auxiliary = record.auxiliary.nrows() * batch;
        let separate = record.d_recurrent.nrows() * batch;
        let place = record.place_of_deltas(t);
        let [d_h_before, d_h_after] = [before, after].map(|slot| record.place_of_d_h(slot));
        let [d_c_before, d_c_after] = [before, after].map(|slot| record.place_of_d_c(slot));
        let (d_h_prev, d_h) = two_slots(record.d_h.as_mut_slice(), d_h_before, d_h_after, slot);
        let (d_c_prev, d_c) = two_slots(record.d_c.as_mut_slice(), d_c_before, d_c_after, state);
        self.cell.backward(StepBackward {
            weight_hh_transposed: &self.packed_hh_transposed,
            gates: &record.gates.as_slice()[t * gates..(t + 1) * gates],
            h: &record.h.as_slice()[after * slot..(after + 1) * slot],
            h_prev: &record.h.as_slice()[before * slot..(before + 1) * slot],
            c_prev: &record.c.as_slice()[before * state..(before + 1) * state],
            auxiliary: &record.auxiliary.as_slice()[t * auxiliary..(t + 1) * auxiliary],
            d_h,
            d_c,
            d_gates: one_slot(record.d_gates.as_mut_slice(), place, self.rows() * batch),
            d_recurrent: one_slot(record.d_recurrent.as_mut_slice(), place, separate),
            d_h_prev,
            d_h_prev_is_new: is_new,
            d_c_prev,
            hidden: self.hidden,
        });
    }

    /// Takes the gradients of carried states past the step, so that the cell sees zeros there.
    fn hold(&self, record: &mut LayerTape<R>, t: usize, batch: usize, lengths: &[usize], held: &mut [R]) {
        let hidden = self.hidden;
        let (before, after) = (record.before(t), record.after(t));
        let [d_h_before, d_h_after] = [before, after].map(|slot| record.place_of_d_h(slot));
        let d_c_after = record.place_of_d_c(after);
        let (d_h_prev, d_h) = two_slots(record.d_h.as_mut_slice(), d_h_before, d_h_after, hidden * batch);
        if record.only_last {
            d_h_prev.fill(R::ZERO);
        }
        for b in (0..batch).filter(|b| t >= lengths[*b]) {
            let columns = b * hidden..(b + 1) * hidden;
            for (previous, current) in d_h_prev[columns.clone()].iter_mut().zip(&mut d_h[columns.clone()]) {
                *previous += *current;
                *current = R::ZERO;
            }
            if record.d_c.nrows() > 0 {
                let d_c = &mut one_slot(record.d_c.as_mut_slice(), d_c_after, hidden * batch)[columns.clone()];
                held[columns].copy_from_slice(d_c);
                d_c.fill(R::ZERO);
            }
        }
    }

    fn release(&self, record: &mut LayerTape<R>, t: usize, batch: usize, lengths: &[usize], held: &[R]) {
        if record.d_c.nrows() == 0 {
            return;
        }
        let before = record.place_of_d_c(record.before(t));
        let d_c_prev = one_slot(record.d_c.as_mut_slice(), before, self.hidden * batch);
        for b in (0..batch).filter(|b| t >= lengths[*b]) {
            let columns = b * self.hidden..(b + 1) * self.hidden;
            d_c_prev[columns.clone()].copy_from_slice(&held[columns]);
        }
    }

    /// Packs what the deltas of these timesteps will be multiplied by. Before the way back goes through them, since it fetches
    /// their states in the order in which they lie, and the way back in the other.
    fn pack_operands(&self, record: &LayerTape<R>, columns: Range<usize>, batch: usize, flow: &mut Flow<'_, R>) {
        let h_prev = &record.predecessors(&record.h, batch)[columns.start * self.hidden..columns.end * self.hidden];
        match flow.input {
            Input::Dense(x) if !self.cell.has_separate_recurrent() => {
                let x = &x[columns.start * self.input..columns.end * self.input];
                flow.room.pack([(x, self.input), (h_prev, self.hidden)], columns.len());
            }
            _ => flow.room.pack([(h_prev, self.hidden)], columns.len()),
        }
    }

    /// Adds these timesteps' share in the gradients of all parameters.
    fn accumulate(&self, record: &LayerTape<R>, timesteps: Range<usize>, batch: usize, flow: &mut Flow<'_, R>) {
        let rows = self.rows();
        let columns = timesteps.start * batch..timesteps.end * batch;
        let d_gates = deltas(record, &record.d_gates, timesteps.clone(), batch);
        let d_recurrent = deltas(record, record.recurrent_deltas(), timesteps, batch);
        let room = &mut *flow.room;
        // The parameters of a layer lie behind each other in this order.
        let gradients = &mut flow.gradients[self.weight_ih.start..self.bias_hh.end];
        let (d_weights, d_biases) = gradients.split_at_mut(self.weight_ih.len() + self.weight_hh.len());
        let (d_bias_ih, d_bias_hh) = d_biases.split_at_mut(rows);
        let separate = self.cell.has_separate_recurrent();
        // Of what is packed: both weights, or W_hh alone.
        let both = matches!(flow.input, Input::Dense(_)) && !separate;
        let packed = if both { 0 } else { self.weight_ih.len() };
        let sums = room.accumulate(d_recurrent, rows, &mut d_weights[packed..]);
        add(d_bias_hh, sums);
        if !separate {
            add(d_bias_ih, sums);
        }
        let d_weight_ih = &mut d_weights[..self.weight_ih.len()];
        match flow.input {
            Input::OneHot(tokens) => {
                for (deltas, &token) in d_gates.chunks_exact(rows).zip(&tokens[columns]) {
                    add(&mut d_weight_ih[token as usize * rows..(token as usize + 1) * rows], deltas);
                }
                if separate {
                    add(d_bias_ih, accumulate_outers(d_gates, rows, [], &mut [], room));
                }
            }
            Input::Dense(x) if separate => {
                let x = &x[columns.start * self.input..columns.end * self.input];
                add(d_bias_ih, accumulate_outer(d_gates, x, d_weight_ih, rows, self.input, room));
            }
            Input::Dense(_) => {}
        }
    }

    /// ∂L/∂(input) added to `d_input` `[I, n]`, from `d_gates` `[G·H, n]`. Only above the first layer.
    pub(crate) fn pass_down(&self, d_gates: &[R], d_input: &mut [R], columns: usize) {
        if let Some(packed) = &self.packed_ih_transposed {
            packed.multiply_add(d_gates, d_input, columns);
        }
    }

    /// W_ihᵀ: what is kept of it, or packed for this once.
    fn weight_ih_transposed(&self, weights: &[R]) -> Cow<'_, Packed<R>> {
        match &self.packed_ih_transposed {
            Some(packed) => Cow::Borrowed(packed),
            None => {
                let mut packed = Packed::zeros(self.input, self.rows());
                packed.pack_transposed(&weights[self.weight_ih.clone()]);
                Cow::Owned(packed)
            }
        }
    }
}

/// Some timesteps of deltas, as [`blocks`] puts them together.
fn deltas<'a, R: Real>(record: &LayerTape<R>, of: &'a DMatrix<R>, timesteps: Range<usize>, batch: usize) -> &'a [R] {
    let slot = of.nrows() * batch;
    let first = record.place_of_deltas(timesteps.start);
    &of.as_slice()[first * slot..(first + timesteps.len()) * slot]
}
