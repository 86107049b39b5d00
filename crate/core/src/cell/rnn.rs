//! The Elman RNN: h_t = φ(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh), φ = tanh or ReLU (Elman 1990; PyTorch's `nn.RNN`).

use super::diagram::{Node, Operation, input, linear, previous, step};
use super::{Cell, CellChannel, HeldStep, JacobianPoint, Nonlinearity, Source, StepBackward, StepForward, entries};
use crate::frame::ChannelKind;
use crate::lanes::{Lanes, for_each};
use crate::real::Real;
use nalgebra::DMatrix;

/// A plain recurrent cell.
#[derive(Debug)]
pub(super) struct Rnn {
    pub nonlinearity: Nonlinearity,
}

impl Cell for Rnn {
    const GATES: usize = 1;
    const NEEDS_GATES: bool = false;
    const HAS_CELL_STATE: bool = false;
    const HAS_AUXILIARY: bool = false;
    const SEPARATE_RECURRENT: bool = false;
    const MERGED_BIASES: usize = 1;

    fn forward<R: Real>(&self, step: StepForward<'_, R>) {
        let batch = step.h.len() / step.hidden;
        step.recurrent.write(step.h, batch);
        if !step.gates.is_empty() {
            step.gates.copy_from_slice(step.h);
        }
        match self.nonlinearity {
            Nonlinearity::Tanh => {
                let k = R::Lanes::constants();
                for_each([], [step.h], |[], [a]| [a.tanh(k)]);
            }
            Nonlinearity::Relu => {
                let zero = R::Lanes::splat(R::ZERO);
                // NaN is not below zero and stays NaN.
                for_each([], [step.h], |[], [a]| [zero.where_negative(a, a)]);
            }
        }
    }

    fn backward<R: Real>(&self, step: StepBackward<'_, R>) {
        let batch = step.h.len() / step.hidden;
        let (zero, one) = (R::Lanes::splat(R::ZERO), R::Lanes::splat(R::ONE));
        let least = R::Lanes::splat(R::NEGLIGIBLE);
        match self.nonlinearity {
            Nonlinearity::Tanh => {
                for_each([step.d_h, step.h], [step.d_gates], |[d_h, h], _| [d_h.flushed(least) * (one - h * h)])
            }
            Nonlinearity::Relu => {
                for_each([step.d_h, step.h], [step.d_gates], |[d_h, h], _| {
                    [d_h.flushed(least) * one.where_negative(zero - h, zero)]
                });
            }
        }
        let (deltas, is_new) = (step.d_gates, step.d_h_prev_is_new);
        StepBackward::pass_back(step.weight_hh_transposed, deltas, step.d_h_prev, is_new, batch);
    }

    fn jacobian(&self, at: JacobianPoint<'_>, jacobian: &mut DMatrix<f64>) {
        for ((row, column), entry) in entries(jacobian) {
            *entry = derivative(self.nonlinearity, at.h[row]) * at.weight_hh[(row, column)];
        }
    }

    /// A plain RNN has no gate that could be held.
    fn forward_held(&self, step: HeldStep<'_>) {
        let inputs = step.projected.iter().zip(step.recurrent);
        for ((gate, h), (&projected, &recurrent)) in step.gates.iter_mut().zip(step.h).zip(inputs) {
            *gate = projected + recurrent;
            *h = match self.nonlinearity {
                Nonlinearity::Tanh => Real::tanh(*gate),
                // Written so that NaN stays NaN.
                Nonlinearity::Relu if *gate < 0.0 => 0.0,
                Nonlinearity::Relu => *gate,
            };
        }
    }

    fn channels(&self) -> &'static [CellChannel] {
        match self.nonlinearity {
            Nonlinearity::Tanh => TANH_CHANNELS,
            Nonlinearity::Relu => RELU_CHANNELS,
        }
    }

    fn diagram(&self) -> &'static [Node] {
        match self.nonlinearity {
            Nonlinearity::Tanh => const { &diagram(Operation::Tanh) },
            Nonlinearity::Relu => const { &diagram(Operation::Relu) },
        }
    }
}

const fn diagram(activation: Operation) -> [Node; 5] {
    [
        input().at(0, 2),
        previous("h", 3).at(0, 0),
        linear("hiddenSum", "h", 0, &[0, 1]).at(1, 1),
        step("hidden", "h", activation, &[2]).at(2, 1),
        step("activationDerivative", "φ′", Operation::Slope, &[3]),
    ]
}

const TANH_CHANNELS: &[CellChannel] = &[DERIVATIVE, hidden(ChannelKind::Signed)];
const RELU_CHANNELS: &[CellChannel] = &[DERIVATIVE, hidden(ChannelKind::State)];

const DERIVATIVE: CellChannel = CellChannel {
    name: "activationDerivative",
    kind: ChannelKind::Gate,
    symbol: "φ′",
    source: Source::ActivationDerivative,
};

const fn hidden(kind: ChannelKind) -> CellChannel {
    CellChannel { name: "hidden", kind, symbol: "h", source: Source::Hidden }
}

/// φ′ expressed through h = φ(a): 1 − h² for tanh; 1 where h > 0 for ReLU, 0 at 0.
#[inline(always)]
pub(crate) fn derivative<R: Real>(nonlinearity: Nonlinearity, h: R) -> R {
    match nonlinearity {
        Nonlinearity::Tanh => R::ONE - h * h,
        Nonlinearity::Relu => {
            if h > R::ZERO {
                R::ONE
            } else {
                R::ZERO
            }
        }
    }
}
