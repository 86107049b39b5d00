//! Stacked recurrent layers with their tape: PyTorch's `nn.RNN` and `nn.LSTM`.
//!
//! A sequence batch is a matrix `[features, T·B]`, column-major: timestep t is the contiguous column range
//! `t·B .. (t+1)·B`. States have one block more: slot 0 is the initial state, slot t + 1 the state after timestep t.
//! The input projection of all timesteps is one product, and so is every weight gradient.

use crate::cell::{CellKind, StepBackward, StepForward};
use crate::parameters::ParameterList;
use crate::product::{Packed, accumulate_outer};
use crate::real::Real;
use nalgebra::DMatrix;
use std::ops::Range;

/// A batch of input sequences, column `t·B + b`.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a, R> {
    /// Real-valued vectors `[I, T·B]`, column-major.
    Dense(&'a [R]),
    /// One-hot vectors, given by the index of the one: the product with W_ih picks a column.
    OneHot(&'a [u32]),
}

/// Parameters and packed weights of one layer.
#[derive(Debug, Clone)]
struct Layer<R> {
    input: usize,
    weight_ih: Range<usize>,
    weight_hh: Range<usize>,
    bias_ih: Range<usize>,
    bias_hh: Range<usize>,
    packed_ih: Packed<R>,
    packed_hh: Packed<R>,
    packed_hh_transposed: Packed<R>,
    /// Only needed where a gradient flows further down: above the first layer.
    packed_ih_transposed: Option<Packed<R>>,
}

/// What one layer records, and the gradients that flow back through it.
#[derive(Debug, Clone)]
pub struct LayerTape<R: Real> {
    /// What the cell records of its gates `[G·H, T·B]`.
    pub gates: DMatrix<R>,
    /// h `[H, (T+1)·B]`, slot 0 the initial state.
    pub h: DMatrix<R>,
    /// c `[H, (T+1)·B]`, slot 0 the initial state; zero rows for cells without cell state.
    pub c: DMatrix<R>,
    /// tanh(c) `[H, T·B]`, or zero rows.
    pub tanh_c: DMatrix<R>,
    /// ∂L/∂(pre-activations) `[G·H, T·B]`.
    pub d_gates: DMatrix<R>,
    /// ∂L/∂h, total derivative `[H, (T+1)·B]`; slot 0 is ∂L/∂h_0.
    pub d_h: DMatrix<R>,
    /// ∂L/∂c, total derivative `[H, (T+1)·B]`; slot 0 is ∂L/∂c_0. Zero rows for cells without cell state.
    pub d_c: DMatrix<R>,
}

/// The buffers of one batch of a fixed size; allocated once, used for every step.
#[derive(Debug, Clone)]
pub struct Tape<R: Real> {
    /// T.
    pub steps: usize,
    /// B.
    pub batch: usize,
    /// One for each layer.
    pub layers: Vec<LayerTape<R>>,
}

/// Stacked recurrent layers. The numbers themselves live in the network's flat parameter vector.
#[derive(Debug, Clone)]
pub struct Recurrent<R> {
    cell: CellKind,
    input: usize,
    hidden: usize,
    layers: Vec<Layer<R>>,
}

impl<R: Real> Recurrent<R> {
    /// Registers the parameters of `layers` layers under PyTorch's names, e.g. `lstm.weight_ih_l0`.
    #[must_use]
    pub fn new(cell: CellKind, input: usize, hidden: usize, layers: usize, parameters: &mut ParameterList) -> Self {
        let prefix = cell.name();
        let rows = cell.gates() * hidden;
        let layers = (0..layers)
            .map(|index| {
                let input = if index == 0 { input } else { hidden };
                Layer {
                    input,
                    weight_ih: parameters.matrix(format!("{prefix}.weight_ih_l{index}"), rows, input),
                    weight_hh: parameters.matrix(format!("{prefix}.weight_hh_l{index}"), rows, hidden),
                    bias_ih: parameters.vector(format!("{prefix}.bias_ih_l{index}"), rows),
                    bias_hh: parameters.vector(format!("{prefix}.bias_hh_l{index}"), rows),
                    packed_ih: Packed::zeros(rows, input),
                    packed_hh: Packed::zeros(rows, hidden),
                    packed_hh_transposed: Packed::zeros(hidden, rows),
                    packed_ih_transposed: (index > 0).then(|| Packed::zeros(input, rows)),
                }
            })
            .collect();
        Self { cell, input, hidden, layers }
    }

    /// The cell of every layer.
    #[must_use]
    pub fn cell(&self) -> CellKind {
        self.cell
    }

    /// H.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Buffers for sequences of `steps` timesteps in batches of `batch`, with zero initial states.
    #[must_use]
    pub fn tape(&self, steps: usize, batch: usize) -> Tape<R> {
        let (hidden, gates) = (self.hidden, self.cell.gates() * self.hidden);
        let state = if self.cell.has_cell_state() { hidden } else { 0 };
        let zeros = |rows: usize, slots: usize| DMatrix::from_element(rows, slots * batch, R::ZERO);
        let layer = LayerTape {
            gates: zeros(gates, steps),
            h: zeros(hidden, steps + 1),
            c: zeros(state, steps + 1),
            tanh_c: zeros(state, steps),
            d_gates: zeros(gates, steps),
            d_h: zeros(hidden, steps + 1),
            d_c: zeros(state, steps + 1),
        };
        Tape { steps, batch, layers: vec![layer; self.layers.len()] }
    }

    /// Brings the packed weights up to date with the flat parameter vector. Once per training step.
    pub fn pack(&mut self, weights: &[R]) {
        for layer in &mut self.layers {
            layer.packed_ih.pack(&weights[layer.weight_ih.clone()]);
            layer.packed_hh.pack(&weights[layer.weight_hh.clone()]);
            layer.packed_hh_transposed.pack_transposed(&weights[layer.weight_hh.clone()]);
            if let Some(packed) = &mut layer.packed_ih_transposed {
                packed.pack_transposed(&weights[layer.weight_ih.clone()]);
            }
        }
    }

    /// Runs all layers over all timesteps, from the initial states in slot 0 of the tape.
    ///
    /// # Panics
    /// When the input does not have T·B columns of I features.
    pub fn forward(&self, weights: &[R], input: Input<'_, R>, tape: &mut Tape<R>) {
        let (steps, batch) = (tape.steps, tape.batch);
        for (index, layer) in self.layers.iter().enumerate() {
            let (below, rest) = tape.layers.split_at_mut(index);
            let record = &mut rest[0];
            let input = match below.last() {
                None => input,
                Some(below) => Input::Dense(&below.h.as_slice()[self.hidden * batch..]),
            };
            self.project(layer, weights, input, record, steps * batch);
            for t in 0..steps {
                self.step(layer, record, t, batch);
            }
        }
    }

    /// `gates = W_ih·x + b_ih + b_hh` for all timesteps at once.
    fn project(&self, layer: &Layer<R>, weights: &[R], input: Input<'_, R>, record: &mut LayerTape<R>, columns: usize) {
        let rows = self.cell.gates() * self.hidden;
        let gates = record.gates.as_mut_slice();
        let (bias_ih, bias_hh) = (&weights[layer.bias_ih.clone()], &weights[layer.bias_hh.clone()]);
        let (first, others) = gates.split_at_mut(rows);
        for ((gate, &ih), &hh) in first.iter_mut().zip(bias_ih).zip(bias_hh) {
            *gate = ih + hh;
        }
        for column in others.chunks_exact_mut(rows) {
            column.copy_from_slice(first);
        }
        match input {
            Input::Dense(x) => layer.packed_ih.multiply_add(x, gates, columns),
            Input::OneHot(tokens) => {
                assert_eq!(tokens.len(), columns, "tokens");
                let weight_ih = &weights[layer.weight_ih.clone()];
                for (column, &token) in gates.chunks_exact_mut(rows).zip(tokens) {
                    let picked = &weight_ih[token as usize * rows..(token as usize + 1) * rows];
                    for (gate, &weight) in column.iter_mut().zip(picked) {
                        *gate += weight;
                    }
                }
            }
        }
    }

    fn step(&self, layer: &Layer<R>, record: &mut LayerTape<R>, t: usize, batch: usize) {
        let slot = self.hidden * batch;
        let block = self.cell.gates() * slot;
        let state = record.c.nrows() * batch;
        let (h_prev, h) = neighbours(record.h.as_mut_slice(), t, slot);
        let (c_prev, c) = neighbours(record.c.as_mut_slice(), t, state);
        self.cell.forward(StepForward {
            weight_hh: &layer.packed_hh,
            gates: &mut record.gates.as_mut_slice()[t * block..(t + 1) * block],
            h_prev,
            c_prev,
            h,
            c,
            tanh_c: &mut record.tanh_c.as_mut_slice()[t * state..(t + 1) * state],
            hidden: self.hidden,
        });
    }

    /// Backpropagation through time from the gradient of the last layer's outputs.
    ///
    /// Before the call, slots 1..=T of `d_h` of the **last** layer hold ∂L/∂out_t (the direct part). Afterwards `d_h`
    /// and `d_c` of all layers hold total derivatives, slot 0 those of the initial states, and the parameters'
    /// gradients have been *added* to `gradients`; ∂L/∂x `[I, T·B]` is written to `d_input` if asked for.
    pub fn backward(
        &self,
        weights: &[R],
        input: Input<'_, R>,
        tape: &mut Tape<R>,
        gradients: &mut [R],
        d_input: Option<&mut [R]>,
    ) {
        let (steps, batch) = (tape.steps, tape.batch);
        let slot = self.hidden * batch;
        for index in (0..self.layers.len()).rev() {
            let layer = &self.layers[index];
            self.begin_backward(&mut tape.layers[index], batch);
            for t in (0..steps).rev() {
                self.step_back(index, &mut tape.layers[index], t, batch);
            }
            let (below, rest) = tape.layers.split_at_mut(index);
            let record = &rest[0];
            let input = match below.last() {
                None => input,
                Some(below) => Input::Dense(&below.h.as_slice()[slot..]),
            };
            self.accumulate(layer, input, record, gradients);
            if let (Some(below), Some(packed)) = (below.last_mut(), &layer.packed_ih_transposed) {
                let d_out = &mut below.d_h.as_mut_slice()[slot..];
                d_out.fill(R::ZERO);
                packed.multiply_add(record.d_gates.as_slice(), d_out, steps * batch);
            }
        }
        if let (Some(d_input), Some(first)) = (d_input, self.layers.first()) {
            let mut packed = Packed::zeros(self.input, self.cell.gates() * self.hidden);
            packed.pack_transposed(&weights[first.weight_ih.clone()]);
            d_input.fill(R::ZERO);
            packed.multiply_add(tape.layers[0].d_gates.as_slice(), d_input, steps * batch);
        }
    }

    /// Clears what flows in from beyond the last timestep.
    pub(crate) fn begin_backward(&self, record: &mut LayerTape<R>, batch: usize) {
        record.d_h.as_mut_slice()[..self.hidden * batch].fill(R::ZERO);
        let state = record.c.nrows() * batch;
        let last = record.d_c.len() - state;
        record.d_c.as_mut_slice()[last..].fill(R::ZERO);
    }

    /// One timestep of one layer backward.
    pub(crate) fn step_back(&self, layer: usize, record: &mut LayerTape<R>, t: usize, batch: usize) {
        let slot = self.hidden * batch;
        let block = self.cell.gates() * slot;
        let state = record.c.nrows() * batch;
        let (d_h_prev, d_h) = neighbours(record.d_h.as_mut_slice(), t, slot);
        let (d_c_prev, d_c) = neighbours(record.d_c.as_mut_slice(), t, state);
        self.cell.backward(StepBackward {
            weight_hh_transposed: &self.layers[layer].packed_hh_transposed,
            gates: &record.gates.as_slice()[t * block..(t + 1) * block],
            h: &record.h.as_slice()[(t + 1) * slot..(t + 2) * slot],
            c_prev: &record.c.as_slice()[t * state..(t + 1) * state],
            tanh_c: &record.tanh_c.as_slice()[t * state..(t + 1) * state],
            d_h,
            d_c,
            d_gates: &mut record.d_gates.as_mut_slice()[t * block..(t + 1) * block],
            d_h_prev,
            d_c_prev,
            hidden: self.hidden,
        });
    }

    /// ∂L/∂(output of the layer below) at timestep t, added to `d_out` `[H, B]`.
    pub(crate) fn pass_down(&self, layer: usize, d_gates: &[R], d_out: &mut [R], batch: usize) {
        if let Some(packed) = &self.layers[layer].packed_ih_transposed {
            packed.multiply_add(d_gates, d_out, batch);
        }
    }

    fn accumulate(&self, layer: &Layer<R>, input: Input<'_, R>, record: &LayerTape<R>, gradients: &mut [R]) {
        let rows = self.cell.gates() * self.hidden;
        let d_gates = record.d_gates.as_slice();
        let columns = d_gates.len() / rows;
        let h_prev = &record.h.as_slice()[..self.hidden * columns];
        accumulate_outer(d_gates, h_prev, &mut gradients[layer.weight_hh.clone()], rows, self.hidden);
        let d_weight_ih = &mut gradients[layer.weight_ih.clone()];
        match input {
            Input::Dense(x) => accumulate_outer(d_gates, x, d_weight_ih, rows, layer.input),
            Input::OneHot(tokens) => {
                for (deltas, &token) in d_gates.chunks_exact(rows).zip(tokens) {
                    let picked = &mut d_weight_ih[token as usize * rows..(token as usize + 1) * rows];
                    for (gradient, &delta) in picked.iter_mut().zip(deltas) {
                        *gradient += delta;
                    }
                }
            }
        }
        let d_bias = &mut gradients[layer.bias_ih.clone()];
        for deltas in d_gates.chunks_exact(rows) {
            for (gradient, &delta) in d_bias.iter_mut().zip(deltas) {
                *gradient += delta;
            }
        }
        // Both biases are added to the same sum, so they have the same gradient.
        gradients.copy_within(layer.bias_ih.clone(), layer.bias_hh.start);
    }
}

/// Slots t and t + 1 of a state buffer.
fn neighbours<R>(states: &mut [R], t: usize, slot: usize) -> (&mut [R], &mut [R]) {
    states[t * slot..(t + 2) * slot].split_at_mut(slot)
}
