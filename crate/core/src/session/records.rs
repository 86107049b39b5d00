//! What is told of every training step, kept until whoever watches takes it.

use super::{Figures, Session};
use crate::clipping::ParameterNorm;

/// Floats of one record of the history.
pub const RECORD: usize = 6;
/// Steps for which there is room from the start: whoever watches takes the records long before it is used up, so a
/// training step allocates nothing.
const ROOM: usize = 256;

/// Records that nobody has taken yet, one after another, each beginning with its training step.
#[derive(Debug)]
pub(super) struct Records {
    figures: Vec<f32>,
    norms: Vec<f32>,
}

impl Records {
    /// For a network of so many parameters.
    pub(super) fn new(parameters: usize) -> Self {
        Self { figures: Vec::with_capacity(ROOM * RECORD), norms: Vec::with_capacity(ROOM * (1 + 2 * parameters)) }
    }

    pub(super) fn clear(&mut self) {
        self.figures.clear();
        self.norms.clear();
    }

    /// What came of a step; `evaluated` when the held-out sequences were looked at after it.
    pub(super) fn tell(&mut self, figures: &Figures, evaluated: bool) {
        let held_out = if evaluated { figures.held_out_accuracy } else { f64::NAN };
        let Figures { loss, accuracy, gradient_norm, clipped_norm, .. } = *figures;
        let record = [figures.step as f64, loss, accuracy, gradient_norm, clipped_norm, held_out];
        self.figures.extend(record.map(|value| value as f32));
    }

    /// What clipping did in a step, also in one that was refused for it.
    pub(super) fn tell_norms(&mut self, step: usize, norms: &[ParameterNorm]) {
        self.norms.push(step as f32);
        self.norms.extend(norms.iter().flat_map(|norm| [norm.before as f32, norm.after as f32]));
    }
}

fn take(records: &mut Vec<f32>) -> Vec<f32> {
    let taken = records.clone();
    records.clear();
    taken
}

impl Session {
    /// Records since the last call, [`RECORD`] floats each: step, loss, accuracy, gradient norm, clipped norm, held-out
    /// accuracy (NaN where not evaluated).
    pub fn take_history(&mut self) -> Vec<f32> {
        take(&mut self.records.figures)
    }

    /// Norms of the gradient of each parameter in every step since the last call, `1 + 2P` floats a step: the step, then
    /// before and after clipping of each of [`FrameLayout::parameters`]. The step at which a run ends is among them when
    /// it came to gradients: what was not finite is so here, and every norm after clipping is NaN then. Live.
    ///
    /// [`FrameLayout::parameters`]: crate::frame::FrameLayout::parameters
    pub fn take_parameter_norms(&mut self) -> Vec<f32> {
        take(&mut self.records.norms)
    }
}
