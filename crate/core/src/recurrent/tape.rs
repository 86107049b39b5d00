//! The buffers of one batch: what the layers record on the way forward, and the gradients on the way back.

use super::Architecture;
use crate::cell::CellKind;
use crate::product::{BLOCK, Room};
use crate::real::Real;
use nalgebra::DMatrix;

/// What a tape keeps of what is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All that the cells record, and the gradients of every timestep: to be looked at.
    All,
    /// What the way back needs, and the gradients only of the timesteps in work, which so stay in the cache. With
    /// `only_last`, the gradient that the last layer's states get from above is in their last slot alone.
    Needed {
        /// Whether it is.
        only_last: bool,
    },
}

/// Timesteps whose deltas are made before they are taken up into the weights' gradients.
pub(super) fn at_a_time(batch: usize) -> usize {
    (BLOCK / batch.max(1)).max(1)
}

/// What one direction of one layer records, and the gradients that flow back through it.
///
/// States have one slot of B columns more than there are timesteps. Forward in time, slot 0 is the initial state and
/// slot t + 1 the state after timestep t; in a reverse direction slot T is the initial state and slot t the state after
/// timestep t. Where fewer gradients are kept than there are timesteps, they are written in turns over those that are done
/// with: the place of timestep or slot k is k modulo their number.
#[derive(Debug, Clone)]
pub struct LayerTape<R: Real> {
    /// What the cell records of its gates `[G·H, T·B]`, or zero rows where the way back does not need it.
    pub gates: DMatrix<R>,
    /// h `[H, (T+1)·B]`.
    pub h: DMatrix<R>,
    /// c `[H, (T+1)·B]`; zero rows for cells without cell state.
    pub c: DMatrix<R>,
    /// One more quantity that the cell records `[H, T·B]`, or zero rows.
    pub auxiliary: DMatrix<R>,
    /// ∂L/∂(W_ih·x) `[G·H, T·B]`, or of fewer timesteps.
    pub d_gates: DMatrix<R>,
    /// ∂L/∂(W_hh·h), of as many, where it differs from `d_gates`; else zero rows.
    pub d_recurrent: DMatrix<R>,
    /// ∂L/∂h, total derivative `[H, (T+1)·B]`, slots as in `h`, or fewer.
    pub d_h: DMatrix<R>,
    /// ∂L/∂c, total derivative (but of the initial state) `[H, (T+1)·B]`, slots as in `c`, or fewer.
    pub d_c: DMatrix<R>,
    /// How many timesteps of deltas, slots of `d_h` and slots of `d_c` there are.
    kept: [usize; 3],
    /// Room for one timestep's W_hh·h `[G·H, B]`, or zero rows.
    pub(super) scratch: DMatrix<R>,
    /// Room for one timestep's input and former state, one above the other `[I + H, B]`.
    pub(super) joined: Vec<R>,
    /// Whether the direct part of ∂L/∂h is in the last slot only, and the others hold nothing that is to be kept: true of the
    /// next way back only.
    pub(crate) only_last: bool,
    /// Whether this is the direction from the last timestep to the first.
    pub reverse: bool,
}

impl<R: Real> LayerTape<R> {
    fn new(
        cell: CellKind,
        (input, hidden): (usize, usize),
        (steps, batch): (usize, usize),
        reverse: bool,
        keep: Keep,
    ) -> Self {
        let kept = match keep {
            Keep::All => [steps, steps + 1, steps + 1],
            Keep::Needed { only_last } => [at_a_time(batch).min(steps), if only_last { 2 } else { steps + 1 }, 2],
        };
        let [deltas, d_h, d_c] = kept;
        let gates = cell.gates() * hidden;
        let rows = |present: bool, rows: usize| if present { rows } else { 0 };
        let state = rows(cell.has_cell_state(), hidden);
        let separate = rows(cell.has_separate_recurrent(), gates);
        let zeros = |rows: usize, slots: usize| DMatrix::from_element(rows, slots * batch, R::ZERO);
        Self {
            gates: zeros(rows(keep == Keep::All || cell.needs_gates(), gates), steps),
            h: zeros(hidden, steps + 1),
            c: zeros(state, steps + 1),
            auxiliary: zeros(rows(cell.has_auxiliary(), hidden), steps),
            d_gates: zeros(gates, deltas),
            d_recurrent: zeros(separate, deltas),
            d_h: zeros(hidden, d_h),
            d_c: zeros(state, d_c),
            kept,
            scratch: zeros(separate, 1),
            joined: vec![R::ZERO; if cell.has_separate_recurrent() { 0 } else { (input + hidden) * batch }],
            only_last: false,
            reverse,
        }
    }

    /// Slot of the state before timestep t.
    #[must_use]
    pub fn before(&self, t: usize) -> usize {
        t + usize::from(self.reverse)
    }

    /// Slot of the state after timestep t.
    #[must_use]
    pub fn after(&self, t: usize) -> usize {
        t + usize::from(!self.reverse)
    }

    /// Slot of the initial state of sequences of `steps` timesteps.
    #[must_use]
    pub fn initial(&self, steps: usize) -> usize {
        if self.reverse { steps } else { 0 }
    }

    /// Slot of the final state of sequences of `steps` timesteps.
    #[must_use]
    pub fn last(&self, steps: usize) -> usize {
        if self.reverse { 0 } else { steps }
    }

    /// Where the deltas of timestep t lie.
    pub(super) fn place_of_deltas(&self, t: usize) -> usize {
        t % self.kept[0]
    }

    /// Where ∂L/∂h of a slot lies.
    pub(crate) fn place_of_d_h(&self, slot: usize) -> usize {
        slot % self.kept[1]
    }

    /// Where ∂L/∂c of a slot lies.
    pub(super) fn place_of_d_c(&self, slot: usize) -> usize {
        slot % self.kept[2]
    }

    /// The columns of a state matrix, such as `h` or `d_h`, that belong to timesteps (all but the initial slot).
    #[must_use]
    pub fn timesteps<'a>(&self, states: &'a DMatrix<R>, batch: usize) -> &'a [R] {
        let slot = states.nrows() * batch;
        let all = states.as_slice();
        if self.reverse { &all[..all.len() - slot] } else { &all[slot..] }
    }

    /// The columns of a state matrix that are the states before each timestep.
    #[must_use]
    pub fn predecessors<'a>(&self, states: &'a DMatrix<R>, batch: usize) -> &'a [R] {
        let slot = states.nrows() * batch;
        let all = states.as_slice();
        if self.reverse { &all[slot..] } else { &all[..all.len() - slot] }
    }

    /// ∂L/∂(W_hh·h), stored apart or not.
    #[must_use]
    pub fn recurrent_deltas(&self) -> &DMatrix<R> {
        if self.d_recurrent.nrows() == 0 { &self.d_gates } else { &self.d_recurrent }
    }
}

/// The buffers of one batch of a fixed size; allocated once, used for every step.
#[derive(Debug, Clone)]
pub struct Tape<R: Real> {
    /// T.
    pub steps: usize,
    /// B.
    pub batch: usize,
    /// D entries a layer: layer l, direction d is entry `l·D + d`.
    pub layers: Vec<LayerTape<R>>,
    /// Outputs of both directions one above the other `[2H, T·B]`, one a layer; empty when D = 1.
    pub(super) joined: Vec<DMatrix<R>>,
    /// ∂L/∂`joined` of the layer in work `[2H, T·B]`.
    pub(super) d_joined: DMatrix<R>,
    /// Length of each sequence when they differ.
    pub(super) lengths: Option<Vec<usize>>,
    /// Adjoints of cell states that are carried over padding `[H, B]`.
    pub(super) held: Vec<R>,
    /// Room for the products that give the weights' gradients.
    pub(crate) room: Room<R>,
}

impl<R: Real> Tape<R> {
    pub(super) fn new(shape: &Architecture, steps: usize, batch: usize, keep: Keep) -> Self {
        let Architecture { cell, hidden, layers, .. } = *shape;
        let directions = shape.directions();
        let joined = if directions == 2 { layers } else { 0 };
        let both = || DMatrix::from_element(2 * hidden, steps * batch, R::ZERO);
        Self {
            steps,
            batch,
            layers: (0..layers * directions)
                .map(|index| {
                    let input = if index < directions { shape.input } else { hidden * directions };
                    let is_last = index >= (layers - 1) * directions;
                    let keep = match keep {
                        // What comes from the layer above is in all slots.
                        Keep::Needed { only_last } => Keep::Needed { only_last: only_last && is_last },
                        Keep::All => Keep::All,
                    };
                    LayerTape::new(cell, (input, hidden), (steps, batch), index % directions == 1, keep)
                })
                .collect(),
            joined: (0..joined).map(|_| both()).collect(),
            d_joined: if joined > 0 { both() } else { DMatrix::from_element(0, 0, R::ZERO) },
            lengths: None,
            held: vec![R::ZERO; if cell.has_cell_state() { hidden * batch } else { 0 }],
            room: Room::default(),
        }
    }

    /// Lets the sequences have different lengths, one for each, at most T: over the rest a sequence's state is carried
    /// unchanged, and no gradient reaches the weights. `None`: all have T timesteps.
    ///
    /// # Panics
    /// When there is not one length a sequence or one is above T.
    pub fn set_lengths(&mut self, lengths: Option<&[usize]>) {
        if let Some(lengths) = lengths {
            assert_eq!(lengths.len(), self.batch, "lengths");
            assert!(lengths.iter().all(|length| *length <= self.steps), "lengths above the number of timesteps");
        }
        self.lengths = lengths.map(<[usize]>::to_vec);
    }

    /// Length of each sequence when they differ.
    #[must_use]
    pub fn lengths(&self) -> Option<&[usize]> {
        self.lengths.as_deref()
    }

    /// Outputs of layer `layer` for every timestep `[D·H, T·B]`.
    #[must_use]
    pub fn outputs(&self, layer: usize) -> &[R] {
        match self.joined.get(layer) {
            Some(joined) => joined.as_slice(),
            None => self.layers[layer].timesteps(&self.layers[layer].h, self.batch),
        }
    }
}
