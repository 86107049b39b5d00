//! Backpropagation through time term by term, and what the textbook's one line computes.
//!
//! Written with one product per timestep, dL/dW = Σ_t (∂L/∂h_t) Π_{k=1..t} ∂h_k/∂h_{k−1} is not a gradient of a weight: its
//! product always runs back to the first state, so it is ∂L/∂h_0. The formula is (Pascanu, Mikolov & Bengio 2013, eqs. 3–5)
//!
//!   dL/dW = Σ_t Σ_{k≤t} (∂l_t/∂h_t) (J_t J_{t−1} … J_{k+1}) (∂⁺h_k/∂W),   L = Σ_t l_t(h_t),
//!
//! a triangle of terms: row t is whose loss, column k which use of the weights. The backward sweep adds up its columns.

use super::{Factors, Microscope, Shares, State, adjoint, scaled_log10};
use crate::loss::softmax;
use crate::vector::norm;

/// How far a computation is, in units of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Units done.
    pub done: usize,
    /// All units.
    pub total: usize,
}

impl Progress {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done >= self.total
    }
}

/// The terms of ∂L/∂W_hh of a layer for every pair (t, k), made row by row; drop it to cancel. It keeps the example it was
/// begun with.
///
/// L = Σ_t l_t is the loss as it depends on the last layer's outputs, linearised: l_t's gradient is the direct part of
/// ∂L/∂out_t. With a readout of the last state only, the triangle is one row. On demand: 4·G·H²·T²·L flops.
#[derive(Debug, Clone)]
pub struct PairContributions {
    microscope: Microscope,
    layer: usize,
    /// ∂l_t/∂out_t of the last layer's directions, `[D·H, T]`.
    direct: Vec<f64>,
    norm_log10: Vec<f64>,
    state_log10: Vec<f64>,
    literal_log10: Vec<f64>,
    previous_log10: Vec<f64>,
    total_log10: Vec<f64>,
    gradient_log10: f64,
    done: usize,
}

impl PairContributions {
    /// Of the gradient that was last sent back under this microscope, seen in this layer.
    #[must_use]
    pub fn new(microscope: &Microscope, layer: usize) -> Self {
        let mut microscope = microscope.clone();
        microscope.surgery.injection = None;
        let (steps, hidden) = (microscope.steps(), microscope.network.config().hidden);
        let top = microscope.adjoints.len() - microscope.network.recurrent().shape().directions();
        let mut direct = Vec::with_capacity(steps * hidden);
        for t in 0..steps {
            for adjoint in &microscope.adjoints[top..] {
                direct.extend_from_slice(&adjoint.direct[t * hidden..(t + 1) * hidden]);
            }
        }
        let unknown = |count: usize| vec![f64::NEG_INFINITY; count];
        let previous_log10 = (0..steps).map(|k| libm::log10(norm(microscope.recurrent_term(layer, k).2))).collect();
        let total = |k: usize| {
            let (deltas, exponent, state) = microscope.recurrent_term(layer, k);
            scaled_log10(norm(deltas) * norm(state), exponent)
        };
        let total_log10 = (0..steps).map(total).collect();
        let gradient_log10 = microscope.recurrent_gradient_log10(layer);
        let (norm_log10, state_log10, literal_log10) = (unknown(steps * steps), unknown(steps * steps), unknown(steps));
        Self {
            microscope,
            layer,
            direct,
            norm_log10,
            state_log10,
            literal_log10,
            previous_log10,
            total_log10,
            gradient_log10,
            done: 0,
        }
    }

    /// As [`new`](Self::new), but as if class `class` were asked for after every timestep, by the readout that there is and with
    /// softmax cross-entropy: the sum over t then has all its rows. Surgery stays, but for an injected gradient.
    #[must_use]
    pub fn of_every_step(microscope: &Microscope, layer: usize, class: u32) -> Self {
        let mut microscope = microscope.clone();
        let direct = microscope.direct_of_every_step(class);
        microscope.look_back(&direct);
        Self::new(&microscope, layer)
    }

    /// Rows done and to be done.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.microscope.steps() }
    }

    /// Does up to `budget` rows more, each one backward pass.
    pub fn advance(&mut self, budget: usize) -> Progress {
        for _ in 0..budget {
            if self.progress().is_complete() {
                break;
            }
            self.row(self.done);
            self.done += 1;
        }
        self.progress()
    }

    /// The timestep whose row was done last, as the microscope's own state: its terms, vector by vector, are
    /// [`Microscope::recurrent_term`], its adjoints [`Microscope::gradient`].
    #[must_use]
    pub fn last_row(&self) -> &Microscope {
        &self.microscope
    }

    /// log10 of the Frobenius norm of the term of loss t and use k, `[T, T]`, row t, column k, both from 0; −∞ where the loss
    /// does not depend on that use, or not yet done.
    #[must_use]
    pub fn norm_log10(&self) -> &[f64] {
        &self.norm_log10
    }

    /// log10 ‖∂l_t/∂h_k‖ = log10 ‖(∂l_t/∂h_t) J_t … J_{k+1}‖ `[T, T]`, likewise: what of a term is left before the last factor.
    #[must_use]
    pub fn state_log10(&self) -> &[f64] {
        &self.state_log10
    }

    /// log10 ‖h_{k−1}‖ `[T]`: each term is an outer product of ∂l_t/∂(W_hh·h_{k−1}) and this.
    #[must_use]
    pub fn previous_log10(&self) -> &[f64] {
        &self.previous_log10
    }

    /// log10 of the Frobenius norm of each column's sum `[T]`: use k's share in ∂L/∂W_hh, as one backward sweep finds it.
    #[must_use]
    pub fn total_log10(&self) -> &[f64] {
        &self.total_log10
    }

    /// log10 of the Frobenius norm of all terms' sum, ∂L/∂W_hh.
    #[must_use]
    pub fn gradient_log10(&self) -> f64 {
        self.gradient_log10
    }

    /// log10 ‖(∂l_t/∂h_t) J_t … J_1‖ `[T]`: the one-line formula's summands, each with its own loss's gradient. They are the
    /// parts of ∂L/∂h_0, and their sum is that.
    #[must_use]
    pub fn literal_log10(&self) -> &[f64] {
        &self.literal_log10
    }

    fn row(&mut self, t: usize) {
        let Microscope { network, tape, adjoints, surgery, .. } = &mut self.microscope;
        let (steps, hidden) = (tape.recurrent.steps, network.config().hidden);
        let features = network.config().features();
        adjoints.iter_mut().for_each(adjoint::Adjoint::clear_direct);
        let top = adjoints.len() - features / hidden;
        let own = self.direct[t * features..(t + 1) * features].chunks_exact(hidden);
        for (adjoint, own) in adjoints[top..].iter_mut().zip(own) {
            adjoint.direct[t * hidden..(t + 1) * hidden].copy_from_slice(own);
        }
        adjoint::sweep(network.recurrent(), &mut tape.recurrent, adjoints, surgery);
        for k in 0..steps {
            let (deltas, exponent, state) = self.microscope.recurrent_term(self.layer, k);
            self.norm_log10[t * steps + k] = scaled_log10(norm(deltas) * norm(state), exponent);
            let (values, exponent) = self.microscope.gradient(self.layer, State::Hidden, k);
            self.state_log10[t * steps + k] = scaled_log10(norm(values), exponent);
        }
        let (values, exponent) = self.microscope.initial_gradient(self.layer);
        self.literal_log10[t] = scaled_log10(norm(values), exponent);
    }
}

impl Microscope {
    /// ∂l_t/∂out_t `[D·H, T]` if `class` were asked for after every timestep.
    fn direct_of_every_step(&self, class: u32) -> Vec<f64> {
        let features = self.network.config().features();
        let [weight, bias] = self.readout.clone().map(|part| &self.network.weights()[part]);
        let mut direct = vec![0.0; features * self.steps()];
        let outputs = self.tape.recurrent.outputs(self.network.config().layers - 1);
        let mut errors = vec![0.0; bias.len()];
        for (direct, h) in direct.chunks_exact_mut(features).zip(outputs.chunks_exact(features)) {
            errors.copy_from_slice(bias);
            for (column, h) in weight.chunks_exact(bias.len()).zip(h) {
                errors.iter_mut().zip(column).for_each(|(sum, weight)| *sum += weight * h);
            }
            softmax(&mut errors);
            errors.iter_mut().skip(class as usize).take(1).for_each(|error| *error -= 1.0);
            for (direct, column) in direct.iter_mut().zip(weight.chunks_exact(bias.len())) {
                *direct = column.iter().zip(&errors).map(|(weight, error)| weight * error).sum();
            }
        }
        direct
    }

    fn recurrent_gradient_log10(&self, layer: usize) -> f64 {
        let record = &self.tape.recurrent.layers[layer];
        let deltas = record.recurrent_deltas();
        let exponent = |t: usize| self.adjoints[layer].exponents[record.after(t)];
        let mut shares = Shares::default();
        let states = Factors::Dense(record.predecessors(&record.h, 1), record.h.nrows());
        shares.fill(deltas.as_slice(), deltas.nrows(), exponent, states);
        shares.sum_log10
    }

    /// ∂L/∂h_0 `[H]` of a layer as stored values and their common binary exponent.
    #[must_use]
    pub fn initial_gradient(&self, layer: usize) -> (&[f64], i32) {
        let record = &self.tape.recurrent.layers[layer];
        let (hidden, slot) = (record.h.nrows(), record.initial(self.steps()));
        (&record.d_h.as_slice()[slot * hidden..(slot + 1) * hidden], self.adjoints[layer].exponents[slot])
    }
}
