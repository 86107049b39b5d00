//! What can be wrong with what a caller hands in.

use crate::checkpoint::CheckpointError;

/// An operand of the wrong shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: expected {expected:?}, got {got:?}")]
pub struct ShapeError {
    /// Name of the operand.
    pub what: &'static str,
    /// `[rows, columns]` that fit.
    pub expected: [usize; 2],
    /// `[rows, columns]` that were given.
    pub got: [usize; 2],
}

/// Why a call was refused. The receiver is unchanged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A setting that cannot be used and that no nearest usable value could replace.
    #[error("{field}: expected {expected}, got {given}")]
    InvalidConfig {
        /// Name of the setting.
        field: &'static str,
        /// What would be accepted.
        expected: String,
        /// What was given.
        given: String,
    },
    /// An operand of the wrong shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A class or token id outside its range.
    #[error("{what}: expected an id from 0 up, below {limit}, got {got} at position {position}")]
    IdOutOfRange {
        /// Name of the operand.
        what: &'static str,
        /// The first id that is too large.
        limit: usize,
        /// The id that was given.
        got: i32,
        /// Where in the operand.
        position: usize,
    },
    /// Bytes that are no checkpoint of this lane.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The network and its tape do not fit in memory.
    #[error("out of memory: {bytes} bytes are needed for {what}")]
    OutOfMemory {
        /// What was to be allocated.
        what: &'static str,
        /// Its size.
        bytes: usize,
    },
}

/// Refuses the first of these `(position, id)` that is not below the limit.
pub(crate) fn check_ids(
    what: &'static str,
    mut ids: impl Iterator<Item = (usize, u32)>,
    limit: usize,
) -> Result<(), Error> {
    match ids.find(|(_, id)| *id as usize >= limit) {
        None => Ok(()),
        // Whoever hands in whole numbers has them with a sign.
        Some((position, id)) => {
            Err(Error::IdOutOfRange { what, limit, got: i32::try_from(id).unwrap_or(i32::MAX), position })
        }
    }
}
