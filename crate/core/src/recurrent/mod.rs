//! Stacked recurrent layers with their tape: PyTorch's `nn.RNN`, `nn.LSTM` and `nn.GRU`.
//!
//! A sequence batch is a matrix `[features, T·B]`, column-major: timestep t is the contiguous column range
//! `t·B .. (t+1)·B`. The input projection of all timesteps is one product, and so is every weight gradient.

mod layer;
mod tape;
mod timesteps;

pub(crate) use layer::Layer;
pub use tape::{Keep, LayerTape, Tape};
pub(crate) use timesteps::way_back;

use crate::cell::CellKind;
use crate::parameters::ParameterList;
use crate::real::Real;

/// A batch of input sequences, column `t·B + b`.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a, R> {
    /// Real-valued vectors `[I, T·B]`, column-major.
    Dense(&'a [R]),
    /// One-hot vectors, given by the index of the one: the product with W_ih picks a column.
    OneHot(&'a [u32]),
}

/// Shape of a recurrent stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture {
    /// Cell of every layer.
    pub cell: CellKind,
    /// I.
    pub input: usize,
    /// H.
    pub hidden: usize,
    /// L.
    pub layers: usize,
    /// Whether every layer also runs from the last timestep to the first.
    pub bidirectional: bool,
}

impl Architecture {
    /// D: 2 when bidirectional.
    #[must_use]
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }
}

/// Stacked recurrent layers. The numbers themselves live in the network's flat parameter vector.
#[derive(Debug, Clone)]
pub struct Recurrent<R> {
    shape: Architecture,
    /// Layer l, direction d is entry `l·D + d`.
    layers: Vec<Layer<R>>,
}

impl<R: Real> Recurrent<R> {
    /// Registers the parameters under PyTorch's names, e.g. `lstm.weight_ih_l0`.
    #[must_use]
    pub fn new(shape: Architecture, parameters: &mut ParameterList) -> Self {
        let directions = shape.directions();
        let layers = (0..shape.layers * directions)
            .map(|index| Layer::new(&shape, index / directions, index % directions == 1, parameters))
            .collect();
        Self { shape, layers }
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> &Architecture {
        &self.shape
    }

    /// Layer l, direction d as entry `l·D + d`.
    pub(crate) fn layer(&self, index: usize) -> &Layer<R> {
        &self.layers[index]
    }

    /// Buffers for sequences of `steps` timesteps in batches of `batch`, with zero initial states.
    #[must_use]
    pub fn tape(&self, steps: usize, batch: usize, keep: Keep) -> Tape<R> {
        Tape::new(&self.shape, steps, batch, keep)
    }

    /// Brings the packed weights up to date with the flat parameter vector. Once per training step.
    pub fn pack(&mut self, weights: &[R]) {
        self.layers.iter_mut().for_each(|layer| layer.pack(weights));
    }

    /// Runs all layers over all timesteps, from the initial states on the tape.
    ///
    /// # Panics
    /// When the input does not have T·B columns of I features.
    pub fn forward(&self, weights: &[R], input: Input<'_, R>, tape: &mut Tape<R>) {
        let size = (tape.steps, tape.batch);
        let directions = self.shape.directions();
        for (index, layer) in self.layers.iter().enumerate() {
            let depth = index / directions;
            let (below, rest) = tape.layers.split_at_mut(index);
            let input = match (depth, directions) {
                (0, _) => input,
                (_, 1) => Input::Dense(below[index - 1].timesteps(&below[index - 1].h, tape.batch)),
                _ => Input::Dense(tape.joined[depth - 1].as_slice()),
            };
            layer.forward(weights, input, &mut rest[0], size, tape.lengths.as_deref());
            if index % directions == 1 {
                join(&tape.layers[index - 1..=index], tape.batch, tape.joined[depth].as_mut_slice());
            }
        }
    }

    /// Writes ∂L/∂out_t `[D·H, T·B]` (the direct part) as the starting point of [`backward`](Self::backward).
    ///
    /// # Panics
    /// When the length does not fit.
    pub fn set_output_gradient(&self, tape: &mut Tape<R>, d_outputs: &[R]) {
        let directions = self.shape.directions();
        let first = tape.layers.len() - directions;
        split(d_outputs, &mut tape.layers[first..], tape.batch);
    }

    /// Backpropagation through time.
    ///
    /// Before the call, the columns of `d_h` of the **last** layer that belong to timesteps hold ∂L/∂out_t (the direct
    /// part; see [`set_output_gradient`](Self::set_output_gradient)). Afterwards `d_h` and `d_c` of all layers hold total
    /// derivatives, as far as the tape keeps them, their initial slots those of the initial states, and the parameters'
    /// gradients have been *added* to `gradients`; ∂L/∂x `[I, T·B]` is written to `d_input` if asked for.
    pub fn backward(
        &self,
        weights: &[R],
        input: Input<'_, R>,
        tape: &mut Tape<R>,
        gradients: &mut [R],
        mut d_input: Option<&mut [R]>,
    ) {
        let Tape { steps, batch, layers, joined, d_joined, lengths, held, room } = tape;
        let size = (*steps, *batch);
        let directions = self.shape.directions();
        if let Some(d_input) = &mut d_input {
            d_input.fill(R::ZERO);
        }
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let depth = index / directions;
            let (below, rest) = layers.split_at_mut(index);
            let record = &mut rest[0];
            let slot = self.shape.hidden * *batch;
            // The reverse direction comes first on the way back and starts the sum.
            if depth > 0 && record.reverse {
                d_joined.fill(R::ZERO);
            }
            let (input, d_below) = match below.last_mut() {
                _ if depth == 0 => (input, d_input.as_deref_mut()),
                Some(below) if directions == 1 => {
                    let d_below = &mut below.d_h.as_mut_slice()[slot..];
                    d_below.fill(R::ZERO);
                    (Input::Dense(&below.h.as_slice()[slot..]), Some(d_below))
                }
                _ => (Input::Dense(joined[depth - 1].as_slice()), Some(d_joined.as_mut_slice())),
            };
            layer.begin_backward(record, *steps, *batch);
            let flow =
                layer::Flow { input, d_input: d_below, gradients: &mut *gradients, held: &mut *held, room: &mut *room };
            layer.backward(weights, record, size, lengths.as_deref(), flow);
            record.only_last = false;
            if depth > 0 && directions == 2 && !record.reverse {
                split(d_joined.as_slice(), &mut below[index - 2..], *batch);
            }
        }
    }
}

/// Puts the outputs of the directions of one layer one above the other `[D·H, T·B]`.
fn join<R: Real>(directions: &[LayerTape<R>], batch: usize, joined: &mut [R]) {
    let rows: usize = directions.iter().map(|record| record.h.nrows()).sum();
    let mut first = 0;
    for record in directions {
        let hidden = record.h.nrows();
        let outputs = record.timesteps(&record.h, batch).chunks_exact(hidden);
        for (target, output) in joined.chunks_exact_mut(rows).zip(outputs) {
            target[first..first + hidden].copy_from_slice(output);
        }
        first += hidden;
    }
}

/// The inverse of [`join`] for gradients: writes each direction's share into the timesteps of its `d_h`.
fn split<R: Real>(d_joined: &[R], directions: &mut [LayerTape<R>], batch: usize) {
    let rows: usize = directions.iter().map(|record| record.h.nrows()).sum();
    let mut first = 0;
    for record in directions {
        let hidden = record.h.nrows();
        let skip = if record.reverse { 0 } else { hidden * batch };
        let targets = record.d_h.as_mut_slice()[skip..].chunks_exact_mut(hidden);
        for (target, source) in targets.zip(d_joined.chunks_exact(rows)) {
            target.copy_from_slice(&source[first..first + hidden]);
        }
        first += hidden;
    }
}
