//! The readout taken apart: what the network says, what that is made of, and what of its loss comes back.

use super::Microscope;
use crate::loss::softmax;
use crate::network::Readout;

/// Everything that made the outputs of one column, and the loss's derivative there.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the readout sees: h of the last layer, with two directions one after the other `[D·H]`.
    pub features: Vec<f64>,
    /// fc.weight, column by column `[O, D·H]`.
    pub weights: Vec<f64>,
    /// fc.bias `[O]`.
    pub bias: Vec<f64>,
    /// Raw outputs `[O]`.
    pub outputs: Vec<f64>,
    /// Softmax of them `[O]`.
    pub probabilities: Vec<f64>,
    /// ∂L/∂outputs `[O]`.
    pub errors: Vec<f64>,
    /// L of the whole example.
    pub loss: f64,
}

impl Answer {
    /// As one row of numbers: O, D·H, L, then the parts in the order of the fields.
    #[must_use]
    pub fn to_vec(&self) -> Vec<f64> {
        let mut all = vec![self.bias.len() as f64, self.features.len() as f64, self.loss];
        let Self { features, weights, bias, outputs, probabilities, errors, .. } = self;
        for part in [features, weights, bias, outputs, probabilities, errors] {
            all.extend_from_slice(part);
        }
        all
    }
}

impl Microscope {
    /// What the outputs of a column are made of: of timestep `column`, or where only the last states are read out of those, 0.
    /// `None` for a column that is not there. Live: it only reads.
    #[must_use]
    pub fn answer(&self, column: usize) -> Option<Answer> {
        let config = self.network.config();
        if column >= self.tape.output.ncols() {
            return None;
        }
        let mut features = Vec::with_capacity(config.features());
        for record in &self.tape.recurrent.layers[self.adjoints.len() - config.features() / config.hidden..] {
            let slot = match config.readout {
                Readout::Last => record.last(self.steps()),
                Readout::Every => record.after(column),
            };
            features.extend_from_slice(record.h.column(slot).as_slice());
        }
        let [weights, bias] = self.readout.clone().map(|part| self.network.weights()[part].to_vec());
        let [outputs, errors] =
            [&self.tape.output, &self.tape.d_output].map(|all| all.column(column).as_slice().to_vec());
        let mut probabilities = outputs.clone();
        softmax(&mut probabilities);
        Some(Answer { features, weights, bias, outputs, probabilities, errors, loss: self.loss })
    }
}
