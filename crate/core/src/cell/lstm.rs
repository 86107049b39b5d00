//! Long short-term memory with forget gate (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).
//!
//! i, f, o = σ(·), g = tanh(·); c_t = f ⊙ c_{t−1} + i ⊙ g; h_t = o ⊙ tanh(c_t). g is the chapter's C̃.

use super::diagram::{self, Node, Operation, input, linear, previous, step};
use super::{Cell, CellChannel, HeldStep, JacobianPoint, Source, StepBackward, StepForward};
use crate::frame::ChannelKind;
use crate::lanes::{Lanes, for_each};
use crate::real::Real;
use nalgebra::DMatrix;

/// Row block of the input gate.
pub(crate) const INPUT: usize = 0;
/// Row block of the forget gate.
pub(crate) const FORGET: usize = 1;
/// Row block of the candidate.
pub(crate) const CANDIDATE: usize = 2;
/// Row block of the output gate.
pub(crate) const OUTPUT: usize = 3;

/// An LSTM cell.
#[derive(Debug)]
pub(super) struct Lstm;

/// One column's gates, cut into its four blocks of H.
macro_rules! blocks {
    ($column:expr, $hidden:expr, $split:ident) => {{
        let (first, second) = $column.$split(2 * $hidden);
        let (input, forget) = first.$split($hidden);
        let (candidate, output) = second.$split($hidden);
        (input, forget, candidate, output)
    }};
}

impl Cell for Lstm {
    const GATES: usize = 4;
    const NEEDS_GATES: bool = true;
    const HAS_CELL_STATE: bool = true;
    const HAS_AUXILIARY: bool = true;
    const SEPARATE_RECURRENT: bool = false;
    const MERGED_BIASES: usize = 4;

    fn forward<R: Real>(&self, step: StepForward<'_, R>) {
        let hidden = step.hidden;
        let batch = step.h.len() / hidden;
        step.recurrent.write(step.gates, batch);
        let k = R::Lanes::constants();
        let states = step.c.chunks_exact_mut(hidden).zip(step.h.chunks_exact_mut(hidden));
        let tanh_c = step.auxiliary.chunks_exact_mut(hidden);
        let previous = step.c_prev.chunks_exact(hidden);
        for (((gates, (c, h)), tanh_c), c_prev) in
            step.gates.chunks_exact_mut(4 * hidden).zip(states).zip(tanh_c).zip(previous)
        {
            let (input, forget, candidate, output) = blocks!(gates, hidden, split_at_mut);
            // In two passes: all in one would be one long chain, and the processor waits for it to end.
            for_each([], [input, forget, candidate, output], |[], [i, f, g, o]| {
                [i.sigmoid(k), f.sigmoid(k), g.tanh(k), o.sigmoid(k)]
            });
            for_each([c_prev, input, forget, candidate, output], [c, tanh_c, h], |[c_prev, i, f, g, o], _| {
                let c = f * c_prev + i * g;
                let tanh_c = c.tanh(k);
                [c, tanh_c, o * tanh_c]
            });
        }
    }

    fn backward<R: Real>(&self, step: StepBackward<'_, R>) {
        let hidden = step.hidden;
        let batch = step.h.len() / hidden;
        let recorded = step.gates.chunks_exact(4 * hidden).zip(step.d_gates.chunks_exact_mut(4 * hidden));
        let adjoints = step.d_h.chunks_exact(hidden).zip(step.d_c.chunks_exact_mut(hidden));
        let states = step.auxiliary.chunks_exact(hidden).zip(step.c_prev.chunks_exact(hidden));
        for ((((gates, deltas), (d_h, d_c)), (tanh_c, c_prev)), d_c_prev) in
            recorded.zip(adjoints).zip(states).zip(step.d_c_prev.chunks_exact_mut(hidden))
        {
            let (input, forget, candidate, output) = blocks!(gates, hidden, split_at);
            let (d_input, d_forget, d_candidate, d_output) = blocks!(deltas, hidden, split_at_mut);
            let (one, least) = (R::Lanes::splat(R::ONE), R::Lanes::splat(R::NEGLIGIBLE));
            for_each(
                [input, forget, candidate, output, tanh_c, c_prev, d_h],
                [d_c, d_c_prev, d_input, d_forget, d_candidate, d_output],
                |[i, f, g, o, tanh_c, c_prev, d_h], [d_c, ..]| {
                    let d_h = d_h.flushed(least);
                    let total = d_c.flushed(least) + d_h * o * (one - tanh_c * tanh_c);
                    [
                        total,
                        total * f,
                        total * g * i * (one - i),
                        total * c_prev * f * (one - f),
                        total * i * (one - g * g),
                        d_h * tanh_c * o * (one - o),
                    ]
                },
            );
        }
        let (deltas, is_new) = (step.d_gates, step.d_h_prev_is_new);
        StepBackward::pass_back(step.weight_hh_transposed, deltas, step.d_h_prev, is_new, batch);
    }

    fn jacobian(&self, at: JacobianPoint<'_>, jacobian: &mut DMatrix<f64>) {
        let hidden = at.h.len();
        let (input, forget, candidate, output) = blocks!(at.gates, hidden, split_at);
        let (squashed, c_prev) = (&at.auxiliary[..hidden], &at.c_prev[..hidden]);
        let slope = |activated: f64| activated * (1.0 - activated);
        let through_cell = |unit: usize| output[unit] * (1.0 - squashed[unit] * squashed[unit]);
        let (from_hidden, from_cell) = jacobian.as_mut_slice().split_at_mut(2 * hidden * hidden);
        for (index, column) in from_hidden.chunks_exact_mut(2 * hidden).enumerate() {
            let weights = at.weight_hh.column(index);
            let (w_input, w_forget, w_candidate, w_output) = blocks!(weights.as_slice(), hidden, split_at);
            let (to_hidden, to_cell) = column.split_at_mut(hidden);
            for unit in 0..hidden {
                let (i, f, g, o) = (input[unit], forget[unit], candidate[unit], output[unit]);
                let cell = g * slope(i) * w_input[unit]
                    + c_prev[unit] * slope(f) * w_forget[unit]
                    + i * (1.0 - g * g) * w_candidate[unit];
                to_cell[unit] = cell;
                to_hidden[unit] = through_cell(unit) * cell + squashed[unit] * slope(o) * w_output[unit];
            }
        }
        from_cell.fill(0.0);
        for (unit, column) in from_cell.chunks_exact_mut(2 * hidden).enumerate() {
            column[unit] = through_cell(unit) * forget[unit];
            column[hidden + unit] = forget[unit];
        }
    }

    fn forward_held(&self, step: HeldStep<'_>) {
        let hidden = step.h.len();
        for (row, gate) in step.gates.iter_mut().enumerate() {
            let listening = step.projected[row] + step.recurrent[row];
            let activate = if row / hidden == CANDIDATE { <f64 as Real>::tanh } else { <f64 as Real>::sigmoid };
            *gate = step.held[row].unwrap_or_else(|| activate(listening));
        }
        let (input, forget, candidate, output) = blocks!(step.gates, hidden, split_at);
        for unit in 0..hidden {
            step.c[unit] = forget[unit] * step.c_prev[unit] + input[unit] * candidate[unit];
            step.auxiliary[unit] = Real::tanh(step.c[unit]);
            step.h[unit] = output[unit] * step.auxiliary[unit];
        }
    }

    fn channels(&self) -> &'static [CellChannel] {
        CHANNELS
    }

    fn diagram(&self) -> &'static [Node] {
        DIAGRAM
    }
}

/// The cell state runs along the top, the hidden state and the input come in below.
const DIAGRAM: &[Node] = &[
    input().at(0, 5),
    previous("h", 15).at(0, 4),
    previous("c", 13).at(0, 0),
    linear("forgetSum", "f", FORGET, &[0, 1]).at(1, 3),
    diagram::gate("forget", "f", Operation::Sigmoid, FORGET, &[3]).at(1, 2),
    linear("inputSum", "i", INPUT, &[0, 1]).at(2, 3),
    diagram::gate("input", "i", Operation::Sigmoid, INPUT, &[5]).at(2, 2),
    linear("candidateSum", "g", CANDIDATE, &[0, 1]).at(3, 3),
    diagram::gate("candidate", "g", Operation::Tanh, CANDIDATE, &[7]).at(3, 2),
    linear("outputSum", "o", OUTPUT, &[0, 1]).at(4, 3),
    diagram::gate("output", "o", Operation::Sigmoid, OUTPUT, &[9]).at(4, 2),
    step("kept", "", Operation::Multiply, &[4, 2]).at(1, 0),
    step("admitted", "", Operation::Multiply, &[6, 8]).at(3, 1),
    step("cellState", "c", Operation::Add, &[11, 12]).at(3, 0),
    step("squashed", "", Operation::Tanh, &[13]).at(5, 1),
    step("hidden", "h", Operation::Multiply, &[10, 14]).at(5, 2),
];

const CHANNELS: &[CellChannel] = &[
    gate("forget", ChannelKind::Gate, "f", FORGET),
    gate("input", ChannelKind::Gate, "i", INPUT),
    gate("output", ChannelKind::Gate, "o", OUTPUT),
    gate("candidate", ChannelKind::Signed, "g", CANDIDATE),
    CellChannel { name: "cellState", kind: ChannelKind::State, symbol: "c", source: Source::CellState },
    CellChannel { name: "hidden", kind: ChannelKind::Signed, symbol: "h", source: Source::Hidden },
];

const fn gate(name: &'static str, kind: ChannelKind, symbol: &'static str, block: usize) -> CellChannel {
    CellChannel { name, kind, symbol, source: Source::Gate(block) }
}
