//! Gated recurrent unit (Cho et al. 2014) in PyTorch's variant: the reset gate acts after the recurrent product, and z
//! keeps the old state.
//!
//! r, z = σ(·); q = W_hn h + b_hn; n = tanh(W_in x + b_in + r ⊙ q); h' = (1 − z) ⊙ n + z ⊙ h.

use super::diagram::{self, Node, Operation, input, linear, previous, step};
use super::{Cell, CellChannel, HeldStep, JacobianPoint, Source, StepBackward, StepForward, entries};
use crate::frame::ChannelKind;
use crate::lanes::{Lanes, for_each};
use crate::real::Real;
use nalgebra::DMatrix;

/// Row block of the reset gate.
pub(crate) const RESET: usize = 0;
/// Row block of the update gate.
pub(crate) const UPDATE: usize = 1;
/// Row block of the candidate n.
pub(crate) const CANDIDATE: usize = 2;

/// A GRU cell. Its auxiliary quantity is q.
#[derive(Debug)]
pub(super) struct Gru;

impl Cell for Gru {
    const GATES: usize = 3;
    const NEEDS_GATES: bool = true;
    const HAS_CELL_STATE: bool = false;
    const HAS_AUXILIARY: bool = true;
    const SEPARATE_RECURRENT: bool = true;
    // r multiplies b_hn, so the candidate's block cannot be merged.
    const MERGED_BIASES: usize = 2;

    fn forward<R: Real>(&self, step: StepForward<'_, R>) {
        let hidden = step.hidden;
        let batch = step.h.len() / hidden;
        let one = R::Lanes::splat(R::ONE);
        let k = R::Lanes::constants();
        step.recurrent.write(step.scratch, batch);
        let bias = &step.bias_hh[CANDIDATE * hidden..];
        let recorded = step.gates.chunks_exact_mut(3 * hidden).zip(step.scratch.chunks_exact(3 * hidden));
        let states = step.h.chunks_exact_mut(hidden).zip(step.h_prev.chunks_exact(hidden));
        for (((gates, recurrent), (h, h_prev)), q) in recorded.zip(states).zip(step.auxiliary.chunks_exact_mut(hidden))
        {
            let (reset_update, candidate) = gates.split_at_mut(2 * hidden);
            let (recurrent_gates, recurrent_candidate) = recurrent.split_at(2 * hidden);
            for_each([recurrent_gates], [reset_update], |[recurrent], [gate]| [(gate + recurrent).sigmoid(k)]);
            let (reset, update) = reset_update.split_at(hidden);
            for_each(
                [recurrent_candidate, bias, reset, update, h_prev],
                [candidate, q, h],
                |[recurrent, bias, r, z, previous], [n, ..]| {
                    let q = recurrent + bias;
                    let n = (n + r * q).tanh(k);
                    [n, q, (one - z) * n + z * previous]
                },
            );
        }
    }

    fn backward<R: Real>(&self, step: StepBackward<'_, R>) {
        let hidden = step.hidden;
        let batch = step.h.len() / hidden;
        let (one, least) = (R::Lanes::splat(R::ONE), R::Lanes::splat(R::NEGLIGIBLE));
        if step.d_h_prev_is_new {
            step.d_h_prev.fill(R::ZERO);
        }
        let deltas = step.d_gates.chunks_exact_mut(3 * hidden).zip(step.d_recurrent.chunks_exact_mut(3 * hidden));
        let adjoints = step.d_h.chunks_exact(hidden).zip(step.d_h_prev.chunks_exact_mut(hidden));
        let states = step.auxiliary.chunks_exact(hidden).zip(step.h_prev.chunks_exact(hidden));
        for (((gates, (d_gates, d_recurrent)), (d_h, d_h_prev)), (q, h_prev)) in
            step.gates.chunks_exact(3 * hidden).zip(deltas).zip(adjoints).zip(states)
        {
            let (reset, rest) = gates.split_at(hidden);
            let (update, candidate) = rest.split_at(hidden);
            let (d_reset, rest) = d_gates.split_at_mut(hidden);
            let (d_update, d_candidate) = rest.split_at_mut(hidden);
            let (d_shared, d_q) = d_recurrent.split_at_mut(2 * hidden);
            for_each(
                [reset, update, candidate, q, h_prev, d_h],
                [d_reset, d_update, d_candidate, d_q, d_h_prev],
                |[r, z, n, q, h_prev, d_h], [.., d_h_prev]| {
                    let d_h = d_h.flushed(least);
                    let d_n = d_h * (one - z) * (one - n * n);
                    [d_n * q * r * (one - r), d_h * (h_prev - n) * z * (one - z), d_n, d_n * r, d_h_prev + d_h * z]
                },
            );
            d_shared[..hidden].copy_from_slice(d_reset);
            d_shared[hidden..].copy_from_slice(d_update);
        }
        step.weight_hh_transposed.multiply_add(step.d_recurrent, step.d_h_prev, batch);
    }

    fn jacobian(&self, at: JacobianPoint<'_>, jacobian: &mut DMatrix<f64>) {
        let hidden = at.h.len();
        let gate = |block: usize, unit: usize| at.gates[block * hidden + unit];
        let weight = |block: usize, unit: usize, column: usize| at.weight_hh[(block * hidden + unit, column)];
        for ((unit, column), entry) in entries(jacobian) {
            let (r, z, n) = (gate(RESET, unit), gate(UPDATE, unit), gate(CANDIDATE, unit));
            let candidate =
                r * weight(CANDIDATE, unit, column) + at.auxiliary[unit] * r * (1.0 - r) * weight(RESET, unit, column);
            *entry = (at.h_prev[unit] - n) * z * (1.0 - z) * weight(UPDATE, unit, column)
                + (1.0 - z) * (1.0 - n * n) * candidate
                + if unit == column { z } else { 0.0 };
        }
    }

    fn forward_held(&self, step: HeldStep<'_>) {
        let hidden = step.h.len();
        for unit in 0..hidden {
            let [reset, update, candidate] = [RESET, UPDATE, CANDIDATE].map(|block| block * hidden + unit);
            let gate =
                |row: usize| step.held[row].unwrap_or_else(|| Real::sigmoid(step.projected[row] + step.recurrent[row]));
            let (r, z) = (gate(reset), gate(update));
            let q = step.recurrent[candidate] + step.bias_hh[candidate];
            let n = step.held[candidate].unwrap_or_else(|| Real::tanh(step.projected[candidate] + r * q));
            step.auxiliary[unit] = q;
            step.h[unit] = (1.0 - z) * n + z * step.h_prev[unit];
            (step.gates[reset], step.gates[update], step.gates[candidate]) = (r, z, n);
        }
    }

    fn channels(&self) -> &'static [CellChannel] {
        CHANNELS
    }

    fn diagram(&self) -> &'static [Node] {
        DIAGRAM
    }
}

/// The state runs along the top, as the LSTM's cell state does.
const DIAGRAM: &[Node] = &[
    input().at(0, 5),
    previous("h", 14).at(0, 0),
    linear("resetSum", "r", RESET, &[0, 1]).at(1, 4),
    diagram::gate("reset", "r", Operation::Sigmoid, RESET, &[2]).at(1, 3),
    linear("updateSum", "z", UPDATE, &[0, 1]).at(4, 4),
    diagram::gate("update", "z", Operation::Sigmoid, UPDATE, &[4]).at(4, 3),
    linear("recurrentCandidate", "n", CANDIDATE, &[1]).at(2, 4),
    linear("inputCandidate", "n", CANDIDATE, &[0]).at(3, 4),
    step("admitted", "", Operation::Multiply, &[3, 6]).at(2, 3),
    step("candidateSum", "", Operation::Add, &[7, 8]).at(3, 3),
    diagram::gate("candidate", "n", Operation::Tanh, CANDIDATE, &[9]).at(3, 2),
    step("complement", "", Operation::Complement, &[5]).at(4, 2),
    step("kept", "", Operation::Multiply, &[5, 1]).at(5, 0),
    step("renewed", "", Operation::Multiply, &[11, 10]).at(4, 1),
    step("hidden", "h", Operation::Add, &[13, 12]).at(6, 0),
];

const CHANNELS: &[CellChannel] = &[
    gate("reset", ChannelKind::Gate, "r", RESET),
    gate("update", ChannelKind::Gate, "z", UPDATE),
    gate("candidate", ChannelKind::Signed, "n", CANDIDATE),
    CellChannel { name: "hidden", kind: ChannelKind::Signed, symbol: "h", source: Source::Hidden },
];

const fn gate(name: &'static str, kind: ChannelKind, symbol: &'static str, block: usize) -> CellChannel {
    CellChannel { name, kind, symbol, source: Source::Gate(block) }
}
