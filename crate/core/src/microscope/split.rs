//! The two ways on which a gradient comes back to a state: straight along it, times the gate that keeps it, and all others.

use super::{Microscope, State, scaled_log10};
use crate::vector::norm;

impl Microscope {
    /// log10 of the 2-norms of the two parts of ∂L/∂s_t, s the state that a gate keeps (LSTM c, GRU h): what comes straight from
    /// t+1, f_{t+1} ⊙ ∂L/∂s_{t+1}, and the rest, through gates and W_hh and from the loss. `[T, 2]` row-major, −∞ for an exact
    /// zero; empty for a cell that keeps its state by no gate. Live: it only reads.
    pub fn kept_split_log10(&self, layer: usize) -> impl Iterator<Item = f64> + '_ {
        let keep = self.cell().keep_and_admit_gates().map(|(keep, _)| keep);
        let state = if self.cell().has_cell_state() { State::Cell } else { State::Hidden };
        let (hidden, steps) = (self.network.config().hidden, self.steps());
        let record = &self.tape.recurrent.layers[layer];
        let room = [vec![0.0; hidden], vec![0.0; hidden]];
        keep.into_iter().flat_map(move |keep| (0..steps).map(move |t| (keep, t))).flat_map({
            let [mut straight, mut rest] = room;
            move |(keep, t)| {
                let (total, exponent) = self.gradient(layer, state, t);
                let next = if record.reverse { t.checked_sub(1) } else { Some(t + 1).filter(|next| *next < steps) };
                straight.fill(0.0);
                if let Some(next) = next.filter(|_| self.surgery.cut.is_none()) {
                    let (later, own) = self.gradient(layer, state, next);
                    for (unit, part) in straight.iter_mut().enumerate() {
                        // An exact zero passes nothing on, whatever the gate is.
                        let kept = if later[unit] == 0.0 {
                            0.0
                        } else {
                            later[unit] * record.gates[(keep * hidden + unit, next)]
                        };
                        *part = libm::scalbn(kept, own - exponent);
                    }
                }
                for ((rest, total), straight) in rest.iter_mut().zip(total).zip(&straight) {
                    *rest = total - straight;
                }
                [scaled_log10(norm(&straight), exponent), scaled_log10(norm(&rest), exponent)]
            }
        })
    }
}
