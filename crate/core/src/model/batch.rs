//! A batch as it comes from outside, batch first, and one example of it under the microscope.

use crate::error::Error;
use crate::loss::Targets;
use crate::microscope::Microscope;
use crate::network::{NetworkConfig, Readout};
use crate::recurrent::Input;

/// A batch of inputs, batch first.
#[derive(Debug, Clone, Copy)]
pub enum BatchInput<'a> {
    /// `[B, T, I]`.
    Values(&'a [f64]),
    /// Token ids `[B, T]`, for networks with an embedding.
    Tokens(&'a [i32]),
}

/// What the outputs should be, batch first.
#[derive(Debug, Clone, Copy)]
pub enum BatchTargets<'a> {
    /// Class ids, `[B]` or `[B, T]`; negative: no target. For CTC: all labels, one sequence after another.
    Ids(&'a [i32]),
    /// Values `[B, O]` or `[B, T, O]`.
    Values(&'a [f64]),
}

/// Size of a batch.
#[derive(Debug, Clone, Copy, Default)]
pub struct BatchSize<'a> {
    /// B.
    pub batch: usize,
    /// T.
    pub steps: usize,
    /// Timesteps of each sequence when they differ.
    pub lengths: Option<&'a [usize]>,
    /// CTC: labels of each sequence.
    pub target_lengths: Option<&'a [usize]>,
}

/// Initial states `[L·D, B, H]`; zero if not given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Initial<'a> {
    /// h_0.
    pub hidden: Option<&'a [f64]>,
    /// c_0.
    pub cell: Option<&'a [f64]>,
}

/// A batch whose targets are laid out column by column, in f64.
pub(super) struct Batch<'a> {
    pub(super) input: BatchInput<'a>,
    pub(super) targets: BatchTargets<'a>,
    pub(super) size: BatchSize<'a>,
    pub(super) tokens: &'a [u32],
    pub(super) target_values: Vec<f64>,
    pub(super) target_ids: &'a [u32],
}

impl Batch<'_> {
    /// Puts one example under the microscope.
    pub(super) fn look(&self, config: &NetworkConfig, weights: &[f64], example: usize) -> Result<Microscope, Error> {
        let size = self.size;
        let steps = size.lengths.map_or(size.steps, |lengths| lengths[example]);
        let column = |t: usize| t * size.batch + example;
        let tokens: Vec<u32>;
        let input = match self.input {
            BatchInput::Values(values) => {
                let start = example * size.steps * config.input;
                Input::Dense(&values[start..start + steps * config.input])
            }
            BatchInput::Tokens(_) => {
                tokens = (0..steps).map(|t| self.tokens[column(t)]).collect();
                Input::OneHot(&tokens)
            }
        };
        let every = config.readout == Readout::Every;
        let rows = if every { steps } else { 1 };
        let place = |n: usize| if every { column(n) } else { example };
        let mut microscope = Microscope::new(config.clone(), steps)?;
        let (values, ids, length);
        let target = match (self.targets, size.target_lengths) {
            (BatchTargets::Values(_), _) => {
                let output = config.output;
                values = (0..rows)
                    .flat_map(|n| &self.target_values[place(n) * output..(place(n) + 1) * output])
                    .copied()
                    .collect::<Vec<f64>>();
                Targets::Values(&values)
            }
            (BatchTargets::Ids(_), Some(lengths)) => {
                let first: usize = lengths[..example].iter().sum();
                length = [lengths[example]];
                Targets::Labels { labels: &self.target_ids[first..first + lengths[example]], lengths: &length }
            }
            (BatchTargets::Ids(_), None) => {
                ids = (0..rows).map(|n| self.target_ids[place(n)]).collect::<Vec<u32>>();
                Targets::Classes(&ids)
            }
        };
        microscope.look(weights, input, target)?;
        Ok(microscope)
    }
}
