//! A training run at one step as bytes: enough to go on from there bit for bit.
//!
//! Little-endian: `GSCP`, version u32, fingerprint of the network u64, optimiser u32, cause of divergence u32 and its step
//! u64, updates done u64, updates refused u64, state of the training stream 4 × u64, figures (step u64, then 7 × f64), β powers
//! 2 × f64; then four vectors, each its length as u64 and its f32: weights, weights before the last update, first moment,
//! second moment.

use crate::parameters::ParameterList;

/// The version that is written, and the only one that is read.
pub const VERSION: u32 = 2;
const MAGIC: [u8; 4] = *b"GSCP";

/// Why bytes are no checkpoint of this lane. The lane is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// No checkpoint at all, or a damaged one.
    #[error("not a checkpoint: {0}")]
    Malformed(&'static str),
    /// Written by another version.
    #[error("checkpoint version: expected {VERSION}, got {0}")]
    Version(u32),
    /// Of a network whose parameters have other names or shapes.
    #[error("checkpoint of a network with other parameters")]
    OtherParameters,
    /// Of a network with more or fewer parameters.
    #[error("checkpoint of another network: expected {expected} parameters, got {got}")]
    OtherNetwork {
        /// Parameters of this lane.
        expected: usize,
        /// Parameters of the checkpoint.
        got: usize,
    },
    /// A weight or moment that is not finite.
    #[error("checkpoint: a number that is not finite at position {0}")]
    NonFinite(usize),
}

/// Tells networks with other names or shapes of parameters apart (FNV-1a, 64 bits).
pub(crate) fn fingerprint(parameters: &ParameterList) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut feed = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    for spec in parameters.specs() {
        spec.name.bytes().for_each(&mut feed);
        [spec.rows, spec.columns].iter().flat_map(|size| (*size as u64).to_le_bytes()).for_each(&mut feed);
    }
    hash
}

/// Puts numbers one after another.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// Room for `bytes`, and the header.
    pub(crate) fn new(bytes: usize) -> Self {
        let mut writer = Self(Vec::with_capacity(bytes));
        writer.0.extend(MAGIC);
        writer.u32(VERSION);
        writer
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    // Written and read a dozen times each, and never in a hurry.
    #[inline(never)]
    pub(crate) fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    pub(crate) fn f64(&mut self, value: f64) {
        self.u64(value.to_bits());
    }

    #[inline(never)]
    pub(crate) fn floats(&mut self, values: &[f32]) {
        self.u64(values.len() as u64);
        for value in values {
            self.0.extend(value.to_le_bytes());
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes numbers one after another; what is missing is an error, never a zero.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Behind the header.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, CheckpointError> {
        let mut reader = Self(bytes);
        if reader.take::<4>()? != MAGIC {
            return Err(CheckpointError::Malformed("it begins with something else"));
        }
        match reader.u32()? {
            VERSION => Ok(reader),
            other => Err(CheckpointError::Version(other)),
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], CheckpointError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(CheckpointError::Malformed("it ends too early"))?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, CheckpointError> {
        self.take().map(u32::from_le_bytes)
    }

    #[inline(never)]
    pub(crate) fn u64(&mut self) -> Result<u64, CheckpointError> {
        self.take().map(u64::from_le_bytes)
    }

    /// A count of something.
    pub(crate) fn count(&mut self) -> Result<usize, CheckpointError> {
        usize::try_from(self.u64()?).map_err(|_| CheckpointError::Malformed("a count beyond all memory"))
    }

    pub(crate) fn f64(&mut self) -> Result<f64, CheckpointError> {
        self.u64().map(f64::from_bits)
    }

    /// A vector of finite numbers, copied only when all of them are there.
    #[inline(never)]
    pub(crate) fn floats(&mut self) -> Result<Vec<f32>, CheckpointError> {
        let len = self.count()?;
        let (head, rest) = len
            .checked_mul(4)
            .and_then(|bytes| self.0.split_at_checked(bytes))
            .ok_or(CheckpointError::Malformed("it ends too early"))?;
        self.0 = rest;
        let (quads, _) = head.as_chunks::<4>();
        let values: Vec<f32> = quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect();
        match values.iter().position(|value| !value.is_finite()) {
            Some(position) => Err(CheckpointError::NonFinite(position)),
            None => Ok(values),
        }
    }

    pub(crate) fn finish(self) -> Result<(), CheckpointError> {
        if self.0.is_empty() { Ok(()) } else { Err(CheckpointError::Malformed("it goes on after its end")) }
    }
}
