//! Recurrent cells: one file a cell, forward and backpropagation through time side by side.
//!
//! A cell is one timestep of a layer, on a whole batch. Matrices are column-major `[features, B]`, one column a sequence.
//! The input projection `W_ih·x` of all timesteps is already in `gates` when a step begins; what is recorded on the way
//! forward stays on the tape for the way back.

mod diagram;
mod gru;
mod lstm;
mod rnn;

pub use diagram::{Diagram, Node, Operation};
pub(crate) use rnn::derivative as rnn_derivative;

use crate::frame::ChannelKind;
use crate::product::{Packed, Start};
use crate::real::Real;
use nalgebra::{DMatrix, DMatrixView};
use std::ops::Range;

/// Activation function of the plain RNN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonlinearity {
    /// Hyperbolic tangent.
    Tanh,
    /// max(0, x), with derivative 0 at 0 as PyTorch has it.
    Relu,
}

/// Which cell a layer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Elman RNN: h' = φ(W_ih x + b_ih + W_hh h + b_hh).
    Rnn(Nonlinearity),
    /// Long short-term memory with forget gate, gates in the order i, f, g, o.
    Lstm,
    /// Gated recurrent unit in PyTorch's variant, gates in the order r, z, n.
    Gru,
}

/// A product of weights and states that is still to be done.
#[derive(Debug)]
pub struct Product<'a, R> {
    /// Weights `[G·H, …]`.
    pub weights: &'a Packed<R>,
    /// Which columns of them.
    pub columns: Range<usize>,
    /// What they are multiplied by `[columns, B]`.
    pub operand: &'a [R],
    /// What it is added to.
    pub start: Start<'a, R>,
}

impl<R: Real> Product<'_, R> {
    /// Writes it to `target` `[G·H, B]`.
    fn write(self, target: &mut [R], batch: usize) {
        self.weights.multiply(self.columns, self.operand, self.start, target, batch);
    }
}

/// One timestep forward.
#[derive(Debug)]
pub struct StepForward<'a, R> {
    /// What is summed before the gates' activations: all, or only W_hh·h_{t−1} where [`Cell::SEPARATE_RECURRENT`].
    pub recurrent: Product<'a, R>,
    /// b_hh `[G·H]`; its first [`Cell::MERGED_BIASES`] blocks are already added.
    pub bias_hh: &'a [R],
    /// In: W_ih·x + b_ih (+ b_hh where merged), unless `recurrent` brings it `[G·H, B]`. Out: what the cell records (activated
    /// gates; the RNN its pre-activation). Without [`Cell::NEEDS_GATES`] what comes in is in `h`, and this may be empty.
    pub gates: &'a mut [R],
    /// h_{t−1} `[H, B]`.
    pub h_prev: &'a [R],
    /// c_{t−1} `[H, B]`, empty for cells without cell state.
    pub c_prev: &'a [R],
    /// Out: h_t `[H, B]`.
    pub h: &'a mut [R],
    /// Out: c_t `[H, B]`, empty for cells without cell state.
    pub c: &'a mut [R],
    /// Out: one more recorded quantity `[H, B]` (LSTM: tanh(c_t); GRU: W_hn·h + b_hn), empty for cells without.
    pub auxiliary: &'a mut [R],
    /// Room for W_hh·h_{t−1} `[G·H, B]`, empty unless [`Cell::SEPARATE_RECURRENT`].
    pub scratch: &'a mut [R],
    /// H.
    pub hidden: usize,
}

/// One timestep backward.
#[derive(Debug)]
pub struct StepBackward<'a, R> {
    /// W_hhᵀ `[H, G·H]`.
    pub weight_hh_transposed: &'a Packed<R>,
    /// What the forward step recorded `[G·H, B]`; empty where it recorded nothing.
    pub gates: &'a [R],
    /// h_t `[H, B]`.
    pub h: &'a [R],
    /// h_{t−1} `[H, B]`.
    pub h_prev: &'a [R],
    /// c_{t−1} `[H, B]` or empty.
    pub c_prev: &'a [R],
    /// What the forward step left there `[H, B]` or empty.
    pub auxiliary: &'a [R],
    /// ∂L/∂h_t, total `[H, B]`.
    pub d_h: &'a [R],
    /// In: ∂L/∂c_t with h_t held fixed. Out: ∂L/∂c_t, total. `[H, B]` or empty.
    pub d_c: &'a mut [R],
    /// Out: ∂L/∂(W_ih·x) `[G·H, B]`.
    pub d_gates: &'a mut [R],
    /// Out: ∂L/∂(W_hh·h_{t−1}) `[G·H, B]`, empty unless [`Cell::SEPARATE_RECURRENT`]: then it equals `d_gates`.
    pub d_recurrent: &'a mut [R],
    /// ∂L/∂h_{t−1} `[H, B]`: this step's share is added.
    pub d_h_prev: &'a mut [R],
    /// Whether nothing is there yet: this step's share is written.
    pub d_h_prev_is_new: bool,
    /// Out: ∂L/∂c_{t−1} with h_{t−1} held fixed `[H, B]` or empty.
    pub d_c_prev: &'a mut [R],
    /// H.
    pub hidden: usize,
}

impl<R: Real> StepBackward<'_, R> {
    /// Sends deltas `[G·H, B]` of the recurrent product back to h_{t−1}.
    fn pass_back(weights: &Packed<R>, deltas: &[R], d_h_prev: &mut [R], is_new: bool, batch: usize) {
        let start = if is_new { Start::Zero } else { Start::Result };
        weights.multiply(0..deltas.len() / batch, deltas, start, d_h_prev, batch);
    }
}

/// One timestep of one sequence, as recorded: where a Jacobian is taken.
#[derive(Debug, Clone, Copy)]
pub struct JacobianPoint<'a> {
    /// W_hh `[G·H, H]`.
    pub weight_hh: DMatrixView<'a, f64>,
    /// What the forward step recorded `[G·H]`.
    pub gates: &'a [f64],
    /// h_t `[H]`.
    pub h: &'a [f64],
    /// h_{t−1} `[H]`.
    pub h_prev: &'a [f64],
    /// c_{t−1} `[H]` or empty.
    pub c_prev: &'a [f64],
    /// The auxiliary quantity `[H]` or empty.
    pub auxiliary: &'a [f64],
}

/// One timestep of one sequence forward from given pre-activations, some gates held at given values (the microscope's
/// surgery). What is recorded is what [`StepForward`] records.
#[derive(Debug)]
pub struct HeldStep<'a> {
    /// W_ih·x + b_ih (+ b_hh where merged) `[G·H]`.
    pub projected: &'a [f64],
    /// W_hh·h_{t−1} `[G·H]`.
    pub recurrent: &'a [f64],
    /// b_hh `[G·H]`, as in [`StepForward`].
    pub bias_hh: &'a [f64],
    /// The value of each gate that is held, `None` for those that listen `[G·H]`.
    pub held: &'a [Option<f64>],
    /// h_{t−1} `[H]`.
    pub h_prev: &'a [f64],
    /// c_{t−1} `[H]` or empty.
    pub c_prev: &'a [f64],
    /// Out: what the cell records `[G·H]`.
    pub gates: &'a mut [f64],
    /// Out: h_t `[H]`.
    pub h: &'a mut [f64],
    /// Out: c_t `[H]` or empty.
    pub c: &'a mut [f64],
    /// Out: the auxiliary quantity `[H]` or empty.
    pub auxiliary: &'a mut [f64],
}

/// What every cell can do.
pub trait Cell {
    /// G: rows of W_ih and W_hh in units of H.
    const GATES: usize;
    /// Whether the way back needs what is recorded of the gates.
    const NEEDS_GATES: bool;
    /// Whether there is a cell state c beside h.
    const HAS_CELL_STATE: bool;
    /// Whether one more quantity `[H, T·B]` is recorded.
    const HAS_AUXILIARY: bool;
    /// Whether W_hh·h enters other than added to W_ih·x, so that the two have different gradients.
    const SEPARATE_RECURRENT: bool;
    /// How many blocks of b_hh are simply added to b_ih.
    const MERGED_BIASES: usize;

    /// Computes h_t (and c_t) and records what the way back needs.
    fn forward<R: Real>(&self, step: StepForward<'_, R>);

    /// Computes the deltas of the gates and passes the gradient on to t − 1.
    fn backward<R: Real>(&self, step: StepBackward<'_, R>);

    /// J_t = ∂s_t/∂s_{t−1}, row = output; s = h, or with a cell state (h, c) one above the other, h and c independent.
    /// Every entry of `jacobian` `[n, n]` is written.
    fn jacobian(&self, at: JacobianPoint<'_>, jacobian: &mut DMatrix<f64>);

    /// As [`forward`](Self::forward), for one sequence in f64 and with gates that are held.
    fn forward_held(&self, step: HeldStep<'_>);

    /// The forward quantities that a picture of this cell shows, top to bottom.
    fn channels(&self) -> &'static [CellChannel];

    /// The operations of a timestep, each after its inputs.
    fn diagram(&self) -> &'static [Node];
}

/// A forward quantity that a cell records, `[T, H]`.
#[derive(Debug, Clone, Copy)]
pub struct CellChannel {
    /// Name, as in the public trace.
    pub name: &'static str,
    /// How it is to be read.
    pub kind: ChannelKind,
    /// Its letter in formulas.
    pub symbol: &'static str,
    /// Where it lies on the tape.
    pub source: Source,
}

/// Where on the tape a quantity lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Block `0..G` of the recorded gates.
    Gate(usize),
    /// h_t.
    Hidden,
    /// c_t.
    CellState,
    /// φ′ at the recorded pre-activation: 1 − h² (tanh) or the step function (ReLU).
    ActivationDerivative,
}

/// Entries of a matrix with their (row, column).
fn entries(matrix: &mut DMatrix<f64>) -> impl Iterator<Item = ((usize, usize), &mut f64)> {
    let rows = matrix.nrows().max(1);
    matrix.iter_mut().enumerate().map(move |(index, entry)| ((index % rows, index / rows), entry))
}

/// Calls the same method on whichever cell this is: the one place that lists the cells.
macro_rules! dispatch {
    ($kind:expr, $cell:ident => $body:expr) => {
        match $kind {
            CellKind::Rnn(nonlinearity) => {
                let $cell = rnn::Rnn { nonlinearity };
                $body
            }
            CellKind::Lstm => {
                let $cell = lstm::Lstm;
                $body
            }
            CellKind::Gru => {
                let $cell = gru::Gru;
                $body
            }
        }
    };
}

/// What is fixed about a cell.
#[derive(Debug, Clone, Copy)]
struct Constants {
    gates: usize,
    needs_gates: bool,
    has_cell_state: bool,
    has_auxiliary: bool,
    separate_recurrent: bool,
    merged_biases: usize,
}

fn constants<C: Cell>(_: &C) -> Constants {
    Constants {
        gates: C::GATES,
        needs_gates: C::NEEDS_GATES,
        has_cell_state: C::HAS_CELL_STATE,
        has_auxiliary: C::HAS_AUXILIARY,
        separate_recurrent: C::SEPARATE_RECURRENT,
        merged_biases: C::MERGED_BIASES,
    }
}

impl CellKind {
    fn constants(self) -> Constants {
        dispatch!(self, cell => constants(&cell))
    }

    /// G: rows of W_ih and W_hh in units of H (RNN 1, GRU 3, LSTM 4).
    #[must_use]
    pub fn gates(self) -> usize {
        self.constants().gates
    }

    /// See [`Cell::NEEDS_GATES`].
    #[must_use]
    pub fn needs_gates(self) -> bool {
        self.constants().needs_gates
    }

    /// Whether there is a cell state c beside h.
    #[must_use]
    pub fn has_cell_state(self) -> bool {
        self.constants().has_cell_state
    }

    /// See [`Cell::HAS_AUXILIARY`].
    #[must_use]
    pub fn has_auxiliary(self) -> bool {
        self.constants().has_auxiliary
    }

    /// See [`Cell::SEPARATE_RECURRENT`].
    #[must_use]
    pub fn has_separate_recurrent(self) -> bool {
        self.constants().separate_recurrent
    }

    /// See [`Cell::MERGED_BIASES`].
    #[must_use]
    pub fn merged_biases(self) -> usize {
        self.constants().merged_biases
    }

    /// Numbers that one timestep of one sequence leaves on the tape of a layer that can be looked at: gates and states, and
    /// their gradients.
    #[must_use]
    pub fn tape_floats(self, hidden: usize) -> usize {
        let Constants { gates, has_cell_state, has_auxiliary, separate_recurrent, .. } = self.constants();
        let blocks = 2 * gates
            + 2
            + 2 * usize::from(has_cell_state)
            + usize::from(has_auxiliary)
            + gates * usize::from(separate_recurrent);
        blocks * hidden
    }

    /// Numbers that one timestep of one sequence leaves on the tape of a layer that is only trained: what the way back needs,
    /// and what comes to the state from above.
    #[must_use]
    pub fn training_floats(self, hidden: usize) -> usize {
        let Constants { gates, needs_gates, has_cell_state, has_auxiliary, .. } = self.constants();
        let blocks = gates * usize::from(needs_gates) + 2 + usize::from(has_cell_state) + usize::from(has_auxiliary);
        blocks * hidden
    }

    /// PyTorch's name of the module in a state dict, also the cell's name everywhere else.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rnn(_) => "rnn",
            Self::Lstm => "lstm",
            Self::Gru => "gru",
        }
    }

    /// Block of the gate that keeps the old state (LSTM: f, GRU: z), and of the one that admits the new (LSTM: i), for
    /// cells that have them.
    #[must_use]
    pub fn keep_and_admit_gates(self) -> Option<(usize, Option<usize>)> {
        match self {
            Self::Rnn(_) => None,
            Self::Lstm => Some((lstm::FORGET, Some(lstm::INPUT))),
            Self::Gru => Some((gru::UPDATE, None)),
        }
    }

    /// See [`Cell::channels`].
    #[must_use]
    pub fn channels(self) -> &'static [CellChannel] {
        dispatch!(self, cell => cell.channels())
    }

    /// See [`Cell::diagram`].
    #[must_use]
    pub fn diagram(self) -> &'static [Node] {
        dispatch!(self, cell => cell.diagram())
    }

    /// See [`Cell::jacobian`].
    pub fn jacobian(self, at: JacobianPoint<'_>, jacobian: &mut DMatrix<f64>) {
        dispatch!(self, cell => cell.jacobian(at, jacobian));
    }

    /// See [`Cell::forward_held`].
    pub fn forward_held(self, step: HeldStep<'_>) {
        dispatch!(self, cell => cell.forward_held(step));
    }

    /// See [`Cell::forward`].
    #[inline]
    pub fn forward<R: Real>(self, step: StepForward<'_, R>) {
        dispatch!(self, cell => cell.forward(step));
    }

    /// See [`Cell::backward`].
    #[inline]
    pub fn backward<R: Real>(self, step: StepBackward<'_, R>) {
        dispatch!(self, cell => cell.backward(step));
    }
}
