//! Between PyTorch's batch-first, row-major arrays and the columns that the network computes with.

use super::{BatchInput, BatchSize, BatchTargets, Initial};
use crate::error::{Error, ShapeError};
use crate::loss::Targets;
use crate::network::NetworkTape;
use crate::real::Real;
use crate::recurrent::{Input, LayerTape};
use nalgebra::DMatrix;

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

/// Final states `[L·D, B, H]`.
pub(super) fn final_states<R: Real>(
    tape: &NetworkTape<R>,
    batch: usize,
    states: impl Fn(&LayerTape<R>) -> &DMatrix<R>,
) -> Vec<f64> {
    let steps = tape.recurrent.steps;
    let records = tape.recurrent.layers.iter();
    records
        .flat_map(|record| {
            let matrix = states(record);
            let slot = matrix.nrows() * batch;
            let last = record.last(steps);
            matrix.as_slice()[last * slot..(last + 1) * slot].iter().map(|value| value.to_f64())
        })
        .collect()
}

pub(super) fn set_initial<R: Real>(
    tape: &mut NetworkTape<R>,
    initial: Initial<'_>,
    size: BatchSize<'_>,
) -> Result<(), Error> {
    let layers = tape.recurrent.layers.len();
    let steps = size.steps;
    for (what, given) in [("hidden", initial.hidden), ("cell", initial.cell)] {
        let rows = |record: &LayerTape<R>| if what == "hidden" { record.h.nrows() } else { record.c.nrows() };
        let slot = tape.recurrent.layers.first().map_or(0, rows) * size.batch;
        if let Some(values) = given.filter(|values| values.len() != layers * slot) {
            return Err(ShapeError { what, expected: [layers, slot], got: [1, values.len()] }.into());
        }
        if given.into_iter().flatten().any(|value| !value.is_finite()) {
            return Err(Error::InvalidConfig {
                field: what,
                expected: "finite numbers".into(),
                given: "a number that is not finite".into(),
            });
        }
        for (index, record) in tape.recurrent.layers.iter_mut().enumerate() {
            let first = record.initial(steps) * slot;
            let states = if what == "hidden" { &mut record.h } else { &mut record.c };
            let target = &mut states.as_mut_slice()[first..first + slot];
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
    Ok(())
}
