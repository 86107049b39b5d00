//! What a training step would take if nothing but its arithmetic cost anything.

use serde::Deserialize;

/// The size of a training step's network and batch.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Size {
    pub input: u64,
    pub hidden: u64,
    pub steps: u64,
    pub batch: u64,
}

/// Nanoseconds of one operation of each kind, at best.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Costs {
    /// One floating-point operation in a register.
    pub peak: f64,
    /// One tanh of ours.
    pub tanh: f64,
    /// One sigmoid of ours.
    pub sigmoid: f64,
    /// One parameter's update.
    pub adam: f64,
}

impl Size {
    /// Floating-point operations of the matrix products: forward `W_ih·x` and `W_hh·h`, both weights' gradients, and the
    /// gradient for the states; the gradient for the inputs is not asked for. With the readout's three.
    pub fn operations(&self, cell: &str, outputs: u64) -> f64 {
        let Self { input, hidden, steps, batch } = *self;
        let rows = gates(cell) * hidden;
        let recurrent = 2 * rows * (2 * (input + hidden) + hidden) * steps * batch;
        let readout = 3 * 2 * outputs * hidden * batch;
        (recurrent + readout) as f64
    }

    /// Trainable numbers, with both biases as PyTorch has them.
    pub fn parameters(&self, cell: &str, outputs: u64) -> f64 {
        let rows = gates(cell) * self.hidden;
        (rows * (self.input + self.hidden + 2) + outputs * (self.hidden + 1)) as f64
    }

    /// Nanoseconds of one step at these costs: products, activations (LSTM: three sigmoids and two tanh a unit and
    /// timestep), Adam.
    pub fn limit(&self, cell: &str, outputs: u64, costs: &Costs) -> f64 {
        let units = (self.hidden * self.steps * self.batch) as f64;
        let activation = if cell == "lstm" { 3.0 * costs.sigmoid + 2.0 * costs.tanh } else { costs.tanh };
        self.operations(cell, outputs) * costs.peak + units * activation + self.parameters(cell, outputs) * costs.adam
    }

    /// Bytes of the tape: what each timestep of each sequence leaves for the way back, in f32.
    pub fn tape(&self, cell: &str) -> f64 {
        let kind = match cell {
            "lstm" => gatescope::CellKind::Lstm,
            _ => gatescope::CellKind::Rnn(gatescope::Nonlinearity::Tanh),
        };
        kind.training_floats(self.hidden as usize) as f64 * (self.steps * self.batch * 4) as f64
    }
}

fn gates(cell: &str) -> u64 {
    if cell == "lstm" { 4 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAVY: Size = Size { input: 64, hidden: 256, steps: 100, batch: 32 };
    const COSTS: Costs = Costs { peak: 1.0 / 58.0, tanh: 0.7, sigmoid: 1.7, adam: 0.5 };

    #[test]
    fn a_large_step_is_nearly_all_products() {
        assert_eq!(HEAVY.operations("lstm", 0), 2.0 * 1024.0 * 896.0 * 3200.0);
        let limit = HEAVY.limit("lstm", 10, &COSTS);
        assert!((105e6..108e6).contains(&limit), "{limit}");
        let products = HEAVY.operations("lstm", 10) * COSTS.peak;
        assert!(products / limit > 0.9);
    }

    #[test]
    fn an_rnn_has_a_quarter_of_an_lstms_products_and_one_activation() {
        assert_eq!(HEAVY.operations("rnn", 0) * 4.0, HEAVY.operations("lstm", 0));
        let only = |tanh, sigmoid| Costs { peak: 0.0, tanh, sigmoid, adam: 0.0 };
        let ratio = HEAVY.limit("lstm", 0, &only(1.0, 2.0)) / HEAVY.limit("rnn", 0, &only(1.0, 2.0));
        assert_eq!(ratio, 8.0, "3 · 2 + 2 · 1 to 1");
    }

    #[test]
    fn parameters_are_counted_as_the_core_has_them() {
        assert_eq!(HEAVY.parameters("lstm", 10), f64::from(1024 * (64 + 256 + 2) + 10 * 257));
    }

    #[test]
    fn the_tape_is_what_the_core_says() {
        assert_eq!(HEAVY.tape("lstm"), 8.0 * 256.0 * 3200.0 * 4.0);
    }
}
