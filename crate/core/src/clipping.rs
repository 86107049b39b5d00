//! What clipping does to the gradient of each parameter.

use crate::optim::Clip;
use crate::parameters::ParameterList;
use crate::real::Real;
use crate::vector::{all_finite, largest_magnitude, norm};

/// 2-norms of one parameter's gradient, or of all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterNorm {
    /// Before clipping.
    pub before: f64,
    /// After clipping.
    pub after: f64,
}

impl ParameterNorm {
    /// Before the first step.
    pub const NONE: Self = Self { before: f64::NAN, after: f64::NAN };
}

/// Norms of the gradient of every parameter before and after clipping, in the order of the list, into `norms`; returns the
/// global ones. `gradients` are those before clipping, of the batch's mean loss (as from `Network::gradients` between
/// backward and update).
///
/// Where a gradient is not finite, `before` says so for the parameter that has it, and every `after` is NaN: such a step
/// is not done (Pascanu, Mikolov & Bengio 2013 for the rule; PyTorch's `clip_grad_norm_` and `clip_grad_value_` for the
/// arithmetic). Live, in every training step: one pass over the gradients, which the global norm takes anyway (clipping by
/// value: two more); allocates nothing.
pub fn parameter_norms<R: Real>(
    parameters: &ParameterList,
    gradients: &[R],
    clip: Clip,
    norms: &mut [ParameterNorm],
) -> ParameterNorm {
    for (entry, spec) in norms.iter_mut().zip(parameters.specs()) {
        entry.before = norm(&gradients[spec.range()]);
    }
    // Norms of parts make the norm of the whole, and what is not finite in one is so in all.
    let global = norm_of(norms.iter().map(|entry| entry.before));
    for (entry, spec) in norms.iter_mut().zip(parameters.specs()) {
        entry.after = match clip {
            _ if !global.is_finite() => f64::NAN,
            Clip::None => entry.before,
            Clip::Norm(threshold) => entry.before * (threshold / (global + 1e-6)).min(1.0),
            Clip::Value(threshold) => clamped_norm(&gradients[spec.range()], threshold),
        };
    }
    ParameterNorm { before: global, after: norm_of(norms.iter().map(|entry| entry.after)) }
}

/// 2-norm of a few numbers, scaled by the largest.
fn norm_of(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let scale = values.clone().fold(0.0, |largest: f64, value| if value > largest { value } else { largest });
    let sum: f64 =
        values.clone().map(|value| if scale > 0.0 { (value / scale) * (value / scale) } else { value }).sum();
    // Infinity over infinity is NaN, which only a NaN among the values may make.
    if scale.is_infinite() && !values.clone().any(f64::is_nan) { f64::INFINITY } else { scale * sum.sqrt() }
}

/// 2-norm of finite values when every one has been brought into ±threshold.
fn clamped_norm<R: Real>(values: &[R], threshold: f64) -> f64 {
    let scale = largest_magnitude(values).to_f64().min(threshold);
    if scale <= 0.0 || !all_finite(values) {
        return if scale <= 0.0 { 0.0 } else { f64::NAN };
    }
    let square = |value: &R| {
        let ratio = value.to_f64().abs().min(threshold) / scale;
        ratio * ratio
    };
    scale * values.iter().map(square).sum::<f64>().sqrt()
}
