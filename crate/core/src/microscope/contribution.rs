//! The share of every timestep in the gradients of the weights.
//!
//! ∂L/∂W = Σ_t δ_t x_tᵀ: each term is an outer product of a delta and what the weight is multiplied by.

use super::operator::dot;
use super::{Microscope, scaled_log10};
use crate::product::{Room, accumulate_outer};
use crate::vector::{largest_magnitude, norm};

/// What a weight is multiplied by at every timestep.
#[derive(Debug, Clone, Copy)]
pub enum Factors<'a> {
    /// Columns of this many rows, one a timestep.
    Dense(&'a [f64], usize),
    /// One-hot columns of this many rows, one a timestep.
    OneHot(&'a [u32], usize),
    /// 1: the weight is a bias.
    One,
}

impl Factors<'_> {
    fn rows(self) -> usize {
        match self {
            Self::Dense(_, rows) | Self::OneHot(_, rows) => rows,
            Self::One => 1,
        }
    }

    fn norm(self, t: usize) -> f64 {
        match self {
            Self::Dense(values, rows) => norm(&values[t * rows..(t + 1) * rows]),
            Self::OneHot(..) | Self::One => 1.0,
        }
    }
}

/// The terms of one weight's gradient, `[T]` each, and their sum; made once, filled for every example.
#[derive(Debug, Clone, Default)]
pub struct Shares {
    /// log10 of the Frobenius norm of timestep t's own term; −∞ for an exact zero.
    pub norm_log10: Vec<f64>,
    /// Cosine between that term and the sum, in [−1, 1]; 0 where either is zero. Right also where the term has vanished.
    pub cosine: Vec<f64>,
    /// log10 of the Frobenius norm of the sum.
    pub sum_log10: f64,
    /// The sum `[rows, columns]` (in the end divided by its norm), and δ at one common scale `[rows, T]`.
    sum: Vec<f64>,
    deltas: Vec<f64>,
    image: Vec<f64>,
    room: Room<f64>,
}

impl Shares {
    /// Fills in the terms δ_t·factorᵀ for `deltas` `[rows, T]`, each column to be multiplied by 2^`exponent(t)`.
    ///
    /// Cost: 4·rows·columns flops a timestep, live. Allocates only at first.
    pub fn fill(&mut self, deltas: &[f64], rows: usize, exponent: impl Fn(usize) -> i32, factors: Factors<'_>) {
        let (steps, columns) = (deltas.len() / rows.max(1), factors.rows());
        let column = |t: usize| &deltas[t * rows..(t + 1) * rows];
        self.sum.clear();
        self.sum.resize(rows * columns, 0.0);
        self.norm_log10.resize(steps, 0.0);
        self.cosine.resize(steps, 0.0);
        self.image.resize(rows, 0.0);
        // One scale for the sum: that of the largest delta. A term far below it is lost in the sum as it should be.
        let magnitude = |t: usize| {
            let largest = largest_magnitude(column(t));
            (largest > 0.0 && largest.is_finite()).then(|| libm::ilogb(largest) + exponent(t))
        };
        let common = (0..steps).filter_map(magnitude).max().unwrap_or(0);
        self.deltas.clear();
        for t in 0..steps {
            let shift = exponent(t) - common;
            if shift.abs() < 1000 {
                let factor = libm::scalbn(1.0, shift);
                self.deltas.extend(column(t).iter().map(|delta| delta * factor));
            } else {
                // The power itself is no number there, its product with a delta may be.
                self.deltas.extend(column(t).iter().map(|delta| libm::scalbn(*delta, shift)));
            }
        }
        match factors {
            Factors::Dense(values, _) => {
                accumulate_outer(&self.deltas, values, &mut self.sum, rows, columns, &mut self.room);
            }
            Factors::OneHot(tokens, _) => {
                for (delta, &token) in self.deltas.chunks_exact(rows).zip(tokens) {
                    add(&mut self.sum[token as usize * rows..(token as usize + 1) * rows], delta, 1.0);
                }
            }
            Factors::One => self.deltas.chunks_exact(rows).for_each(|delta| add(&mut self.sum, delta, 1.0)),
        }
        let sum_norm = norm(&self.sum);
        self.sum_log10 = scaled_log10(sum_norm, common);
        // Directions only from here on: products of small norms would leave the range.
        self.sum.iter_mut().for_each(|entry| *entry /= sum_norm);
        for t in 0..steps {
            let (delta_norm, factor_norm) = (norm(column(t)), factors.norm(t));
            // Two logarithms: the product may be too small for a number.
            self.norm_log10[t] = scaled_log10(delta_norm, exponent(t)) + libm::log10(factor_norm);
            let image = match factors {
                Factors::Dense(values, _) => {
                    self.image.fill(0.0);
                    for (part, &factor) in self.sum.chunks_exact(rows).zip(&values[t * columns..(t + 1) * columns]) {
                        add(&mut self.image, part, factor / factor_norm);
                    }
                    &self.image
                }
                Factors::OneHot(tokens, _) => &self.sum[tokens[t] as usize * rows..(tokens[t] as usize + 1) * rows],
                Factors::One => &self.sum[..],
            };
            let cosine = dot(column(t), image) / delta_norm;
            let is_zero = delta_norm == 0.0 || factor_norm == 0.0 || sum_norm == 0.0;
            self.cosine[t] = if is_zero { 0.0 } else { cosine.clamp(-1.0, 1.0) };
        }
    }
}

fn add(sum: &mut [f64], values: &[f64], factor: f64) {
    sum.iter_mut().zip(values).for_each(|(sum, &value)| *sum += value * factor);
}

impl Microscope {
    /// Timestep t's terms in ∂L/∂W_hh of a layer, factor by factor: δ_t = ∂L/∂(W_hh·h_{t−1}) `[G·H]` as stored values and
    /// their common binary exponent, and h_{t−1} `[H]`.
    #[must_use]
    pub fn recurrent_term(&self, layer: usize, t: usize) -> (&[f64], i32, &[f64]) {
        let record = &self.tape.recurrent.layers[layer];
        let deltas = record.recurrent_deltas();
        let (rows, hidden, before) = (deltas.nrows(), record.h.nrows(), record.before(t));
        (
            &deltas.as_slice()[t * rows..(t + 1) * rows],
            self.adjoints[layer].exponents[record.after(t)],
            &record.h.as_slice()[before * hidden..(before + 1) * hidden],
        )
    }

    /// ∂L/∂(W_ih·x_t) `[G·H]` as stored values and their common binary exponent.
    #[must_use]
    pub fn input_deltas(&self, layer: usize, t: usize) -> (&[f64], i32) {
        let record = &self.tape.recurrent.layers[layer];
        let rows = record.d_gates.nrows();
        (&record.d_gates.as_slice()[t * rows..(t + 1) * rows], self.adjoints[layer].exponents[record.after(t)])
    }

    /// The share of every timestep in ∂L/∂W_hh, ∂L/∂W_ih and ∂L/∂b_hh of a layer, into `shares` in this order. `inputs` is
    /// room for the layer's inputs.
    ///
    /// Cost: 4·G·H·(H + I) flops a timestep, live.
    pub fn weight_shares(&self, layer: usize, shares: &mut [Shares; 3], inputs: &mut Vec<f64>) {
        let record = &self.tape.recurrent.layers[layer];
        let hidden = record.h.nrows();
        let exponent = |t: usize| self.adjoints[layer].exponents[record.after(t)];
        let rows = record.d_gates.nrows();
        let recurrent = record.recurrent_deltas().as_slice();
        let states = Factors::Dense(record.predecessors(&record.h, 1), hidden);
        let [weight_hh, weight_ih, bias] = shares;
        weight_hh.fill(recurrent, rows, exponent, states);
        bias.fill(recurrent, rows, exponent, Factors::One);
        let size = self.places[layer].weight_ih.len() / rows;
        let is_first = layer < self.network.recurrent().shape().directions();
        let factors = if is_first && !self.tokens.is_empty() {
            Factors::OneHot(&self.tokens, size)
        } else {
            inputs.resize(size * self.steps(), 0.0);
            for (t, input) in inputs.chunks_exact_mut(size).enumerate() {
                self.layer_input(layer, t, input);
            }
            Factors::Dense(inputs, size)
        };
        weight_ih.fill(record.d_gates.as_slice(), rows, exponent, factors);
    }

    /// log10 ‖∂L/∂x_t‖ for every timestep, into `norms` `[T]`: x is what the layer sees, the example's input (of tokens their
    /// one-hot or embedded vectors) or the states of the layer below, and both directions count; −∞ for an exact zero.
    ///
    /// Cost: 2·G·H·I·D flops a timestep, live.
    pub fn input_gradient_log10(&self, layer: usize, norms: &mut [f64], room: &mut Vec<f64>) {
        let directions = self.network.recurrent().shape().directions();
        let first = layer / directions * directions;
        let layers = first..first + directions;
        let rows = self.tape.recurrent.layers[first].d_gates.nrows();
        for (t, log) in norms.iter_mut().enumerate() {
            let exponent = |index: usize| self.adjoints[index].exponents[self.tape.recurrent.layers[index].after(t)];
            let common = layers.clone().map(exponent).max().unwrap_or(0);
            room.clear();
            for index in layers.clone() {
                let weight = &self.network.weights()[self.places[index].weight_ih.clone()];
                room.resize(weight.len() / rows, 0.0);
                let deltas = self.tape.recurrent.layers[index].d_gates.column(t);
                let factor = libm::scalbn(1.0, exponent(index) - common);
                for (entry, column) in room.iter_mut().zip(weight.chunks_exact(rows)) {
                    *entry += dot(column, deltas.as_slice()) * factor;
                }
            }
            *log = scaled_log10(norm(room), common);
        }
    }
}
