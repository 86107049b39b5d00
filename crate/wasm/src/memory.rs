//! Refuses what does not fit before it is allocated: a failed allocation would be a trap.

use crate::error::GatescopeError;
use crate::reader::in_words;
use gatescope::model::BatchSize;
use gatescope::{NetworkConfig, Readout};

/// Memory that a network may take: half of what wasm can address, so that batches find room beside it.
const NETWORK_LIMIT: f64 = 2_147_483_648.0;
/// Memory that one array of a call, its batch or its trace may take.
const ARRAY_LIMIT: usize = 1 << 30;
/// Numbers kept for each parameter: itself, its gradient, two moments, packed forward and backward, one in passing.
const COPIES: f64 = 7.0;

/// Checks that a network of this shape can be made.
///
/// # Errors
/// When it takes more memory than there is.
pub(crate) fn check_network(config: &NetworkConfig, double: bool) -> Result<(), GatescopeError> {
    let bytes = parameters(config) * COPIES * if double { 8.0 } else { 4.0 };
    within("network", NETWORK_LIMIT, bytes)?;
    room_for::<u8>("network", bytes as usize).map(drop)
}

/// Checks that a batch of this size can be computed with; what the layers record of it, the core checks.
///
/// # Errors
/// When its inputs, states and outputs take more memory than there is.
pub(crate) fn check_batch(config: &NetworkConfig, size: BatchSize<'_>) -> Result<(), GatescopeError> {
    let timesteps = size.batch as f64 * size.steps as f64;
    let outputs = if config.readout == Readout::Every { timesteps } else { size.batch as f64 };
    // Each as the caller's, as the network's and as its gradient.
    let floats = timesteps * (config.input + config.features()) as f64 + outputs * config.output as f64;
    within("batch", ARRAY_LIMIT as f64, 3.0 * 8.0 * floats)
}

/// Checks that one example can be looked at: in f64, beside the network itself.
///
/// # Errors
/// When that takes more memory than there is.
pub(crate) fn check_trace(config: &NetworkConfig, steps: usize) -> Result<(), GatescopeError> {
    let state = 2.0 * config.hidden as f64;
    let jacobians = 4.0 * state * state;
    let recorded =
        (config.cell.tape_floats(config.hidden) * config.layers) as f64 * if config.bidirectional { 2.0 } else { 1.0 };
    let answer = 16.0 * config.hidden as f64;
    let floats = 4.0 * parameters(config) + jacobians + steps as f64 * (recorded + answer);
    within("trace", ARRAY_LIMIT as f64, 8.0 * floats)?;
    room_for::<u8>("trace", (8.0 * floats) as usize).map(drop)
}

fn within(what: &str, limit: f64, bytes: f64) -> Result<(), GatescopeError> {
    if bytes <= limit { Ok(()) } else { Err(out_of_memory(what, limit, bytes)) }
}

/// An array of zeros to copy a caller's numbers into.
///
/// # Errors
/// When it is longer than memory allows.
pub(crate) fn zeros<T: Clone + Default>(field: &str, length: usize) -> Result<Vec<T>, GatescopeError> {
    if length > ARRAY_LIMIT / 8 {
        return Err(out_of_memory(field, ARRAY_LIMIT as f64, length as f64 * 8.0));
    }
    let mut values = room_for(field, length)?;
    values.resize(length, T::default());
    Ok(values)
}

fn room_for<T>(field: &str, length: usize) -> Result<Vec<T>, GatescopeError> {
    let mut values = Vec::new();
    match values.try_reserve_exact(length) {
        Ok(()) => Ok(values),
        Err(_) => Err(out_of_memory(field, 0.0, (length * size_of::<T>()) as f64)),
    }
}

/// Trainable numbers of a network, in floating point: the product may be far beyond what a usize holds.
fn parameters(config: &NetworkConfig) -> f64 {
    let [input, hidden, layers, output] =
        [config.input, config.hidden, config.layers, config.output].map(|size| size as f64);
    let directions = if config.bidirectional { 2.0 } else { 1.0 };
    let gates = match config.cell.name() {
        "lstm" => 4.0,
        "gru" => 3.0,
        _ => 1.0,
    };
    let layer = |input: f64| directions * gates * hidden * (input + hidden + 2.0);
    let embedding = config.vocabulary.map_or(0.0, |vocabulary| vocabulary as f64 * input);
    let above = (layers - 1.0) * layer(directions * hidden);
    embedding + layer(input) + above + output * (directions * hidden + 1.0)
}

fn out_of_memory(field: &str, limit: f64, bytes: f64) -> GatescopeError {
    let megabytes = |bytes: f64| format!("{} MB", in_words((bytes / 1e6).ceil()));
    let expected = if limit > 0.0 { format!("at most {}", megabytes(limit)) } else { "what fits in memory".to_owned() };
    GatescopeError::new("out-of-memory", field, &expected, &megabytes(bytes))
}
