//! One direction of one layer: parameters, packed weights, and its passes over time.

mod backward;

pub(super) use backward::Flow;

use super::tape::LayerTape;
use super::timesteps::{blocks, in_turn, one_slot, two_slots};
use super::{Architecture, Input};
use crate::cell::{CellKind, Product, StepForward};
use crate::lanes::{Lanes, for_each};
use crate::parameters::ParameterList;
use crate::product::{Packed, Start};
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
        }
        for timesteps in blocks(steps, batch, record.reverse) {
            if joint.is_none() {
                self.project(weights, input, record, timesteps.clone(), batch);
            }
            for t in in_turn(timesteps, record.reverse) {
                let x = joint.map(|x| &x[t * batch * self.input..(t + 1) * batch * self.input]);
                self.step(weights, x, record, t, batch);
                if let Some(lengths) = lengths {
                    self.carry(record, t, batch, lengths);
                }
            }
        }
    }

    /// `W_ih·x + b_ih (+ b_hh)` for some timesteps at once, to where the cell expects it.
    fn project(
        &self,
        weights: &[R],
        input: Input<'_, R>,
        record: &mut LayerTape<R>,
        timesteps: Range<usize>,
        batch: usize,
    ) {
        let rows = self.rows();
        let count = timesteps.len() * batch;
        let columns = timesteps.start * batch..timesteps.end * batch;
        let target = if self.cell.needs_gates() {
            &mut record.gates.as_mut_slice()[columns.start * rows..columns.end * rows]
        } else {
            let first = record.after(timesteps.start) * batch;
            &mut record.h.as_mut_slice()[first * rows..(first + count) * rows]
        };
        match input {
            Input::Dense(x) => {
                let x = &x[columns.start * self.input..columns.end * self.input];
                self.packed.multiply(0..self.input, x, Start::Column(&self.bias), target, count);
            }
            Input::OneHot(tokens) => {
                let weight_ih = &weights[self.weight_ih.clone()];
                for (column, &token) in target.chunks_exact_mut(rows).zip(&tokens[columns]) {
                    let picked = &weight_ih[token as usize * rows..(token as usize + 1) * rows];
                    for ((sum, &bias), &weight) in column.iter_mut().zip(&self.bias).zip(picked) {
                        *sum = bias + weight;
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
        let recorded = record.gates.nrows() * batch;
        let gates = one_slot(record.gates.as_mut_slice(), t, recorded);
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
