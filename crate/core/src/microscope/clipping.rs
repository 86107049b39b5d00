//! What clipping does to the gradient of each parameter.

use crate::optim::Clip;
use crate::parameters::ParameterList;
use crate::real::Real;
use crate::vector::{all_finite, largest_magnitude, norm};

/// 2-norms of one parameter's gradient.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ParameterNorm {
    /// Before clipping.
    pub before: f64,
    /// After clipping.
    pub after: f64,
}

/// Norms of the gradient of every parameter before and after clipping, in the order of the list, into `norms`; returns the
/// global ones. `gradients` are those before clipping, of the batch's mean loss (as from `Network::gradients` between
/// backward and update).
///
/// Where a gradient is not finite, `before` says so for the parameter that has it, and every `after` is NaN: such a step
/// is not done (Pascanu, Mikolov & Bengio 2013 for the rule; PyTorch's `clip_grad_norm_` and `clip_grad_value_` for the
/// arithmetic). Live: it reads the gradients three times and allocates nothing.
pub fn parameter_norms<R: Real>(
    parameters: &ParameterList,
    gradients: &[R],
    clip: Clip,
    norms: &mut [ParameterNorm],
) -> ParameterNorm {
    let global = norm(gradients);
    let after = |part: &[R], before: f64| match clip {
        _ if !global.is_finite() => f64::NAN,
        Clip::None => before,
        Clip::Norm(threshold) => before * (threshold / (global + 1e-6)).min(1.0),
        Clip::Value(threshold) => clamped_norm(part, threshold),
    };
    for (entry, spec) in norms.iter_mut().zip(parameters.specs()) {
        let part = &gradients[spec.range()];
        let before = norm(part);
        *entry = ParameterNorm { before, after: after(part, before) };
    }
    ParameterNorm { before: global, after: after(gradients, global) }
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
