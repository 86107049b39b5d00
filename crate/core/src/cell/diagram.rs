//! A cell's timestep as data: its operations, what each is made of, and where a picture shows it. Whoever explains or draws a
//! cell reads this and knows no cell by name.

use serde::Serialize;

/// What an operation does with its inputs, unit by unit unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// x_t `[I]`: what the layer sees.
    Input,
    /// h_{t−1}.
    PreviousHidden,
    /// c_{t−1}.
    PreviousCell,
    /// Matrix times vector, and the biases: W_ih·x + b_ih of an [`Input`](Self::Input), W_hh·h + b_hh of a state, added up.
    Linear,
    /// σ.
    Sigmoid,
    /// tanh.
    Tanh,
    /// max(0, ·).
    Relu,
    /// Product of two.
    Multiply,
    /// Sum of two.
    Add,
    /// 1 − input.
    Complement,
    /// Derivative of tanh or ReLU, expressed through its output; no gradient flows through it.
    Slope,
}

/// One operation of a timestep; it comes after its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Name, unique in the cell; that of the channel where its result is one.
    pub name: &'static str,
    /// Its letter in formulas; empty for one that is written out.
    pub symbol: &'static str,
    /// What it does.
    pub operation: Operation,
    /// Of which nodes.
    pub inputs: &'static [usize],
    /// Row block of the weights ([`Operation::Linear`]), or of the gate whose activation this is.
    pub block: Option<usize>,
    /// The node whose result one timestep earlier this is.
    pub carries: Option<usize>,
    /// Column and row in a picture, from 0; `None` for one that is not drawn.
    pub at: Option<[u8; 2]>,
}

/// A cell's diagram as it crosses to whoever draws it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Diagram {
    /// The operations, in an order in which they can be done.
    pub nodes: &'static [Node],
    /// I of the layer that is shown.
    pub input_size: usize,
    /// Its weights by name, as in a state dict: W_ih, W_hh, b_ih, b_hh.
    pub weights: [String; 4],
}

const fn node(name: &'static str, symbol: &'static str, operation: Operation, inputs: &'static [usize]) -> Node {
    Node { name, symbol, operation, inputs, block: None, carries: None, at: None }
}

/// The first node: x_t.
pub(super) const fn input() -> Node {
    node("x", "x", Operation::Input, &[])
}

/// The state before, which node `carries` made one timestep earlier.
pub(super) const fn previous(symbol: &'static str, carries: usize) -> Node {
    let (name, operation) = match symbol.as_bytes() {
        b"c" => ("previousCell", Operation::PreviousCell),
        _ => ("previousHidden", Operation::PreviousHidden),
    };
    Node { carries: Some(carries), ..node(name, symbol, operation, &[]) }
}

/// Weights times inputs; `symbol` is the index that they wear.
pub(super) const fn linear(name: &'static str, symbol: &'static str, block: usize, inputs: &'static [usize]) -> Node {
    Node { block: Some(block), ..node(name, symbol, Operation::Linear, inputs) }
}

/// The activation of a gate: what block `block` of the tape records.
pub(super) const fn gate(
    name: &'static str,
    symbol: &'static str,
    operation: Operation,
    block: usize,
    inputs: &'static [usize],
) -> Node {
    Node { block: Some(block), ..node(name, symbol, operation, inputs) }
}

/// Any other operation.
pub(super) const fn step(
    name: &'static str,
    symbol: &'static str,
    operation: Operation,
    inputs: &'static [usize],
) -> Node {
    node(name, symbol, operation, inputs)
}

impl Node {
    pub(super) const fn at(self, column: u8, row: u8) -> Self {
        Self { at: Some([column, row]), ..self }
    }
}
