//! Both precisions behind one type.

use super::{BatchInput, BatchSize, BatchTargets, Forward, Gradients, Initial, Model, ModelConfig};
use crate::error::Error;
use crate::init::Init;
use crate::microscope::Trace;
use crate::network::NetworkConfig;
use crate::state_dict::{StateDict, StateDictError};
use crate::trainer::{NonFinite, Report};

/// A model in one of the two precisions. All generic code is instantiated here, once: a crate that used [`Model`] itself
/// would compile it a second time.
#[derive(Debug, Clone)]
pub enum AnyModel {
    /// In f32.
    Single(Model<f32>),
    /// In f64.
    Double(Model<f64>),
}

/// Calls the same method in whichever precision this is.
macro_rules! either {
    ($model:expr, $inner:ident => $body:expr) => {
        match $model {
            AnyModel::Single($inner) => $body,
            AnyModel::Double($inner) => $body,
        }
    };
}

impl AnyModel {
    /// See [`Model::new`].
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(config: &ModelConfig, init: &Init, seed: u32, double: bool) -> Result<Self, Error> {
        Ok(if double {
            Self::Double(Model::new(config, init, seed)?)
        } else {
            Self::Single(Model::new(config, init, seed)?)
        })
    }

    /// See [`Model::from_state_dict`].
    ///
    /// # Errors
    /// When a tensor does not fit.
    pub fn from_state_dict(config: &ModelConfig, state: &StateDict, double: bool) -> Result<Self, StateDictError> {
        Ok(if double {
            Self::Double(Model::from_state_dict(config, state)?)
        } else {
            Self::Single(Model::from_state_dict(config, state)?)
        })
    }

    /// See [`Model::train`].
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn train(
        &mut self,
        input: BatchInput<'_>,
        targets: BatchTargets<'_>,
        size: BatchSize<'_>,
        repeat: usize,
    ) -> Result<Result<Report, NonFinite>, Error> {
        either!(self, model => model.train(input, targets, size, repeat))
    }

    /// See [`Model::forward`].
    ///
    /// # Errors
    /// When an operand does not fit.
    pub fn forward(
        &mut self,
        input: BatchInput<'_>,
        size: BatchSize<'_>,
        initial: Initial<'_>,
    ) -> Result<Forward, Error> {
        either!(self, model => model.forward(input, size, initial))
    }

    /// See [`Model::gradients`].
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn gradients(
        &mut self,
        input: BatchInput<'_>,
        targets: BatchTargets<'_>,
        size: BatchSize<'_>,
    ) -> Result<Gradients, Error> {
        either!(self, model => model.gradients(input, targets, size))
    }

    /// See [`Model::trace`].
    ///
    /// # Errors
    /// When the batch does not fit, or example or layer do not exist.
    pub fn trace(
        &mut self,
        input: BatchInput<'_>,
        targets: BatchTargets<'_>,
        size: BatchSize<'_>,
        example: usize,
        layer: usize,
    ) -> Result<Trace, Error> {
        either!(self, model => model.trace(input, targets, size, example, layer))
    }

    /// See [`Model::state_dict`].
    #[must_use]
    pub fn state_dict(&self) -> Vec<u8> {
        either!(self, model => model.state_dict())
    }

    /// Shape of the network and its number of trainable scalars.
    #[must_use]
    pub fn network(&self) -> (&NetworkConfig, usize) {
        either!(self, model => (model.network().config(), model.network().weights().len()))
    }

    /// Whether it computes in f64.
    #[must_use]
    pub fn is_double(&self) -> bool {
        matches!(self, Self::Double(_))
    }

    /// Updates done, and training steps refused because a number was not finite.
    #[must_use]
    pub fn steps_and_skipped(&self) -> (usize, usize) {
        either!(self, model => (model.steps(), model.skipped()))
    }
}
