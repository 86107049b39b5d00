//! RNN and LSTM on nalgebra: exact backpropagation through time, training, and a microscope for the gradients.
//!
//! Knows no browser, no clock, no file and no global random generator: the same experiment gives the same bits
//! natively and in WebAssembly.
//!
//! # Dimensions
//! B batch · T timesteps · I input features · H hidden units · O outputs · L layers · G gates of a cell (RNN 1, LSTM 4)
//!
//! Matrices are column-major. A sequence batch is `[features, T·B]`: timestep t is the column range `t·B .. (t+1)·B`.

#![forbid(unsafe_code)]

pub mod activation;
pub mod catalog;
pub mod cell;
pub mod checkpoint;
pub mod clipping;
pub mod eigenvalues;
pub mod error;
pub mod experiment;
pub mod fingerprint;
pub mod frame;
pub mod init;
pub mod inspection;
pub mod lanes;
pub mod loss;
pub mod microscope;
pub mod model;
pub mod network;
pub mod opening;
pub mod optim;
pub mod parameters;
pub mod product;
mod quantities;
pub mod real;
pub mod recurrent;
pub mod rng;
pub mod session;
mod snapshot;
pub mod state_dict;
pub mod task;
pub mod trainer;
#[cfg(feature = "typescript")]
mod typescript;
pub mod vector;

pub use cell::{CellKind, Nonlinearity};
pub use error::{Error, ShapeError};
pub use experiment::LaneExperiment;
pub use loss::{Loss, Targets};
pub use network::{Network, NetworkConfig, Readout};
pub use recurrent::Input;
pub use session::Session;
#[cfg(feature = "typescript")]
pub use typescript::typescript;
