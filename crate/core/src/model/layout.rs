//! Between PyTorch's batch-first, row-major arrays and the columns that the network computes with.

use super::{BatchInput, BatchSize, BatchTargets, Initial};
use crate::error::{Error, ShapeError};
use crate::loss::{IGNORE, Targets};
use crate::network::{NetworkConfig, NetworkTape};
use crate::real::Real;
use crate::recurrent::Input;

/// The class id that means: no target (PyTorch's `ignore_index`).
const IGNORED: i32 = -100;
/// Memory that a batch may take.
const MEMORY_LIMIT: usize = 1 << 30;

/// Checks all of a batch but its targets; a scalar of the network has `scalar` bytes.
pub(super) fn check_batch(
    config: &NetworkConfig,
    input: BatchInput<'_>,
    initial: Initial<'_>,
    size: BatchSize<'_>,
    scalar: usize,
) -> Result<(), Error> {
    let BatchSize { batch, steps, .. } = size;
    for (field, value) in [("batch", batch), ("steps", steps)] {
        if value == 0 {
            return Err(Error::InvalidConfig { field, expected: "at least 1".into(), given: "0".into() });
        }
    }
    let entries = config.layers * config.features() / config.hidden;
    let floats = entries * config.cell.training_floats(config.hidden);
    let bytes = floats.saturating_mul(scalar).saturating_mul(batch).saturating_mul(steps);
    if bytes > MEMORY_LIMIT {
        return Err(Error::OutOfMemory { what: "batch", bytes });
    }
    if let Some(lengths) = size.lengths {
        if lengths.len() != batch {
            return Err(ShapeError { what: "lengths", expected: [1, batch], got: [1, lengths.len()] }.into());
        }
        if let Some(long) = lengths.iter().find(|length| **length > steps || **length == 0) {
            let expected = format!("between 1 and {steps}");
            return Err(Error::InvalidConfig { field: "lengths", expected, given: long.to_string() });
        }
    }
    match input {
        BatchInput::Values(values) => {
            let features = config.input;
            if values.len() != batch * steps * features {
                let (expected, got) = ([batch * steps, features], [values.len() / features, features]);
                return Err(ShapeError { what: "inputs", expected, got }.into());
            }
            check_finite("inputs", values)?;
        }
        BatchInput::Tokens(tokens) => {
            if tokens.len() != batch * steps {
                let (expected, got) = ([batch, steps], [1, tokens.len()]);
                return Err(ShapeError { what: "inputs", expected, got }.into());
            }
            if config.vocabulary.is_none() {
                return Err(Error::InvalidConfig {
                    field: "inputs",
                    expected: "real values: the network has no embedding".into(),
                    given: "token ids".into(),
                });
            }
            check_not_negative("inputs", tokens, config.vocabulary.unwrap_or(config.input), &|_| false)?;
        }
    }
    let cell = if config.cell.has_cell_state() { config.hidden } else { 0 };
    for (what, given, rows) in [("hidden", initial.hidden, config.hidden), ("cell", initial.cell, cell)] {
        let Some(values) = given else { continue };
        if values.len() != entries * rows * batch {
            return Err(ShapeError { what, expected: [entries, rows * batch], got: [1, values.len()] }.into());
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Error::InvalidConfig {
                field: what,
                expected: "finite numbers".into(),
                given: "a number that is not finite".into(),
            });
        }
    }
    Ok(())
}

/// Checks the number of targets for `steps` outputs a sequence of `output` numbers, and that values are finite.
pub(super) fn check_batch_targets(
    targets: BatchTargets<'_>,
    size: BatchSize<'_>,
    steps: usize,
    output: usize,
) -> Result<(), Error> {
    let (expected, got) = match targets {
        BatchTargets::Values(values) if values.len() == size.batch * steps * output => {
            return check_finite("targets", values);
        }
        BatchTargets::Values(values) => ([size.batch * steps, output], [values.len() / output, output]),
        BatchTargets::Ids(ids) if size.target_lengths.is_some() => {
            return check_not_negative("targets", ids, output, &|_| false);
        }
        BatchTargets::Ids(ids) if ids.len() == size.batch * steps => {
            let may_be = |place: usize| ids[place] == IGNORED || is_past(size, steps, place);
            return check_not_negative("targets", ids, output, &may_be);
        }
        BatchTargets::Ids(ids) => ([size.batch, steps], [1, ids.len()]),
    };
    Err(ShapeError { what: "targets", expected, got }.into())
}

/// Refuses negative ids but where they `may_be`; what is too large is refused later.
fn check_not_negative(
    what: &'static str,
    ids: &[i32],
    limit: usize,
    may_be: &dyn Fn(usize) -> bool,
) -> Result<(), Error> {
    match ids.iter().enumerate().position(|(place, id)| *id < 0 && !may_be(place)) {
        None => Ok(()),
        Some(position) => Err(Error::IdOutOfRange { what, limit, got: ids[position], position }),
    }
}

/// Whether place `[B, T]` of `steps` targets a sequence is past the sequence's end.
fn is_past(size: BatchSize<'_>, steps: usize, place: usize) -> bool {
    steps > 1 && size.lengths.is_some_and(|lengths| place % steps >= lengths[place / steps])
}

/// An id that was found not to be negative, but where none is meant.
fn known(id: i32) -> u32 {
    u32::try_from(id).unwrap_or(IGNORE)
}

fn check_finite(field: &'static str, values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(position) => Err(Error::InvalidConfig {
            field,
            expected: "finite numbers".into(),
            given: format!("{} at position {position}", if values[position].is_nan() { "NaN" } else { "infinity" }),
        }),
    }
}

/// Token ids `[B, T]` row-major to `[T·B]`, sequence by sequence at every timestep.
pub(super) fn tokens_from_batch_first(source: &[i32], steps: usize, batch: usize, target: &mut Vec<u32>) {
    target.clear();
    let ids = (0..steps).flat_map(|t| (0..batch).map(move |b| source[b * steps + t]));
    target.extend(ids.map(known));
}

/// Class ids `[B, T]` likewise, [`IGNORE`] for [`IGNORED`] and past a sequence's end; labels of CTC as they are.
pub(super) fn ids_from_batch_first(source: &[i32], size: BatchSize<'_>, steps: usize, target: &mut Vec<u32>) {
    if size.target_lengths.is_some() {
        target.extend(source.iter().map(|label| known(*label)));
        return;
    }
    let places = (0..steps).flat_map(|t| (0..size.batch).map(move |b| b * steps + t));
    target.extend(places.map(|place| if is_past(size, steps, place) { IGNORE } else { known(source[place]) }));
}

pub(super) fn as_input<'a, R>(kind: BatchInput<'_>, values: &'a [R], tokens: &'a [u32]) -> Input<'a, R> {
    match kind {
        BatchInput::Values(_) => Input::Dense(values),
        BatchInput::Tokens(_) => Input::OneHot(tokens),
    }
}

pub(super) fn as_targets<'a, R>(
    kind: BatchTargets<'_>,
    size: BatchSize<'a>,
    values: &'a [R],
    ids: &'a [u32],
) -> Targets<'a, R> {
    match (kind, size.target_lengths) {
        (BatchTargets::Values(_), _) => Targets::Values(values),
        (BatchTargets::Ids(_), Some(lengths)) => Targets::Labels { labels: ids, lengths },
        (BatchTargets::Ids(_), None) => Targets::Classes(ids),
    }
}

/// `[B, T, F]` row-major to `[F, T·B]` column-major.
pub(super) fn from_batch_first<R: Real>(
    source: &[f64],
    features: usize,
    steps: usize,
    batch: usize,
    target: &mut Vec<R>,
) {
    target.clear();
    target.reserve(source.len());
    for t in 0..steps {
        for b in 0..batch {
            let start = (b * steps + t) * features;
            target.extend(source[start..start + features].iter().map(|value| R::from_f64(*value)));
        }
    }
}

/// `[F, T·B]` column-major to `[B, T, F]` row-major.
pub(super) fn to_batch_first<R: Real>(source: &[R], features: usize, steps: usize, batch: usize) -> Vec<f64> {
    let mut target = Vec::with_capacity(source.len());
    for b in 0..batch {
        for t in 0..steps {
            let start = (t * batch + b) * features;
            target.extend(source[start..start + features].iter().map(|value| value.to_f64()));
        }
    }
    target
}

/// Final hidden or cell states `[L·D, B, H]`.
pub(super) fn final_states<R: Real>(tape: &NetworkTape<R>, batch: usize, cell: bool) -> Vec<f64> {
    let steps = tape.recurrent.steps;
    let records = tape.recurrent.layers.iter();
    records
        .flat_map(|record| {
            let matrix = if cell { &record.c } else { &record.h };
            let slot = matrix.nrows() * batch;
            let last = record.last(steps);
            matrix.as_slice()[last * slot..(last + 1) * slot].iter().map(|value| value.to_f64())
        })
        .collect()
}

/// Writes initial states that [`check_batch`] has seen; zero if not given.
pub(super) fn set_initial<R: Real>(tape: &mut NetworkTape<R>, initial: Initial<'_>, size: BatchSize<'_>) {
    for (index, record) in tape.recurrent.layers.iter_mut().enumerate() {
        let initial_slot = record.initial(size.steps);
        for (states, given) in [(&mut record.h, initial.hidden), (&mut record.c, initial.cell)] {
            let slot = states.nrows() * size.batch;
            let target = &mut states.as_mut_slice()[initial_slot * slot..(initial_slot + 1) * slot];
            match given {
                None => target.fill(R::ZERO),
                Some(values) => {
                    for (target, value) in target.iter_mut().zip(&values[index * slot..]) {
                        *target = R::from_f64(*value);
                    }
                }
            }
        }
    }
}
