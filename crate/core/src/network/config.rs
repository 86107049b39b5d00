//! The shape of a network, and what fits it.

use crate::cell::CellKind;
use crate::error::{Error, ShapeError, check_ids};
use crate::loss::Loss;
use crate::recurrent::Architecture;

/// Which hidden states the readout sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readout {
    /// Only the final states, of both directions one above the other: one output a sequence.
    Last,
    /// Every h_t: one output a timestep.
    Every,
}

/// Shape of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkConfig {
    /// Cell of every layer.
    pub cell: CellKind,
    /// I.
    pub input: usize,
    /// H.
    pub hidden: usize,
    /// L.
    pub layers: usize,
    /// Whether every layer also runs from the last timestep to the first.
    pub bidirectional: bool,
    /// V: if given, inputs are token ids below it, looked up in an embedding of I features.
    pub vocabulary: Option<usize>,
    /// O.
    pub output: usize,
    /// Which states are read.
    pub readout: Readout,
    /// What is minimised.
    pub loss: Loss,
}

impl NetworkConfig {
    pub(super) fn architecture(&self) -> Architecture {
        let Self { cell, input, hidden, layers, bidirectional, .. } = *self;
        Architecture { cell, input, hidden, layers, bidirectional }
    }

    /// D·H: features that the readout sees.
    #[must_use]
    pub fn features(&self) -> usize {
        self.hidden * self.architecture().directions()
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let Self { input, hidden, layers, output, vocabulary, .. } = *self;
        let sizes = [("input", input), ("hidden", hidden), ("layers", layers), ("output", output)];
        match sizes.into_iter().chain(vocabulary.map(|size| ("vocabulary", size))).find(|(_, size)| *size == 0) {
            Some((field, _)) => Err(Error::InvalidConfig { field, expected: "at least 1".into(), given: "0".into() }),
            None => Ok(()),
        }
    }

    /// Checks the number of real inputs for `columns` columns.
    pub(super) fn check_values(&self, given: usize, columns: usize) -> Result<(), Error> {
        if self.vocabulary.is_some() {
            return Err(Error::InvalidConfig {
                field: "inputs",
                expected: "token ids: the network has an embedding".into(),
                given: "real values".into(),
            });
        }
        if given == self.input * columns {
            return Ok(());
        }
        let (expected, got) = ([self.input, columns], [self.input, given / self.input]);
        Err(ShapeError { what: "inputs", expected, got }.into())
    }

    /// Checks the token ids of `columns` columns.
    pub(super) fn check_tokens(&self, tokens: &[u32], columns: usize) -> Result<(), Error> {
        if tokens.len() != columns {
            return Err(ShapeError { what: "inputs", expected: [1, columns], got: [1, tokens.len()] }.into());
        }
        check_ids("inputs", tokens.iter().copied().enumerate(), self.vocabulary.unwrap_or(self.input))
    }
}
