//! Initial weights, drawn in f64 (so that f32 and f64 networks of one seed start alike) from our own generator.

use crate::eigenvalues::spectral_radius;
use crate::error::Error;
use crate::network::{Network, NetworkConfig};
use crate::parameters::{ParameterList, ParameterSpec};
use crate::real::Real;
use crate::rng::Rng;
use nalgebra::DMatrix;

/// How the recurrent layers start. The readout always starts as PyTorch's `nn.Linear`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitKind {
    /// Everything U(−k, k), k = 1/√H: PyTorch's default for `nn.RNN` and `nn.LSTM`.
    Pytorch,
    /// Every weight Xavier-uniform (Glorot & Bengio 2010) by its blocks of H rows, biases 0.
    Xavier,
    /// Every H×H block of W_hh a random orthogonal matrix (Haar), W_ih Xavier-uniform, biases 0.
    Orthogonal,
    /// Every H×H block of W_hh the identity, W_ih ~ N(0, 0.001²), biases 0 (IRNN: Le, Jaitly & Hinton 2015).
    Identity,
}

/// Initial bias of the gate that keeps the old state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ForgetBias {
    /// b_f = this value, all of it in `bias_ih` (PyTorch adds both vectors).
    Value(f64),
    /// b_f = ln U(1, max(T − 1, 2)), b_i = −b_f, all other recurrent biases 0 (Tallec & Ollivier 2018).
    Chrono {
        /// T.
        steps: usize,
    },
}

/// Everything that decides the initial weights besides the seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Init {
    /// The distribution.
    pub kind: InitKind,
    /// If given, every H×H block of W_hh is scaled to this spectral radius.
    pub spectral_radius: Option<f64>,
    /// If given, replaces the bias of the gate that keeps the old state (cells that have one).
    pub forget_bias: Option<ForgetBias>,
}

/// Draws all parameters of `network`.
///
/// # Errors
/// When a spectral radius is asked for and a block's eigenvalues cannot be had or are all zero.
pub fn initialise<R: Real>(network: &mut Network<R>, init: &Init, rng: &mut Rng) -> Result<(), Error> {
    let weights = draw(network.config(), network.parameters(), init, rng)?;
    network.copy_weights_from(&weights);
    Ok(())
}

/// The weights in f64, whatever the network's precision.
fn draw(config: &NetworkConfig, parameters: &ParameterList, init: &Init, rng: &mut Rng) -> Result<Vec<f64>, Error> {
    let (cell, hidden, features) = (config.cell, config.hidden, config.features());
    let specs = parameters.specs();
    let mut weights = vec![0.0; parameters.len()];
    for spec in specs {
        let target = &mut weights[spec.range()];
        let is_embedding = spec.name == "embedding.weight";
        if !is_embedding && (init.kind == InitKind::Pytorch || spec.name.starts_with("fc.")) {
            let fan_in = if spec.name.starts_with("fc.") { features } else { hidden };
            let bound = 1.0 / (fan_in as f64).sqrt();
            // PyTorch draws row by row; the order of draws is ours, so it is column by column here.
            target.fill_with(|| rng.uniform(-bound, bound));
        } else if is_embedding {
            // PyTorch's `nn.Embedding`.
            target.fill_with(|| rng.normal());
        } else if spec.is("weight_hh") && init.kind != InitKind::Xavier {
            fill_blocks(target, spec, hidden, || match init.kind {
                InitKind::Identity => DMatrix::identity(hidden, hidden),
                _ => orthogonal(hidden, rng),
            });
        } else if spec.is("weight_") {
            let xavier = (6.0 / (hidden + spec.columns) as f64).sqrt();
            target.fill_with(|| match init.kind {
                InitKind::Identity => 0.001 * rng.normal(),
                _ => rng.uniform(-xavier, xavier),
            });
        }
        if let (Some(radius), true) = (init.spectral_radius, spec.is("weight_hh")) {
            scale_blocks(target, spec, hidden, radius)?;
        }
    }
    if let (Some(bias), Some(gates)) = (init.forget_bias, cell.keep_and_admit_gates()) {
        write_forget_bias(&mut weights, specs, hidden, bias, gates, rng);
    }
    Ok(weights)
}

/// Writes a fresh H×H matrix into every row block of a `[G·H, H]` weight.
fn fill_blocks(target: &mut [f64], spec: &ParameterSpec, hidden: usize, mut block: impl FnMut() -> DMatrix<f64>) {
    for first in (0..spec.rows).step_by(hidden) {
        let block = block();
        for column in 0..hidden {
            for row in 0..hidden {
                target[column * spec.rows + first + row] = block[(row, column)];
            }
        }
    }
}

/// Scales every H×H block to the given spectral radius.
fn scale_blocks(target: &mut [f64], spec: &ParameterSpec, hidden: usize, radius: f64) -> Result<(), Error> {
    for first in (0..spec.rows).step_by(hidden) {
        let block = DMatrix::from_fn(hidden, hidden, |row, column| target[column * spec.rows + first + row]);
        let present = spectral_radius(&block).filter(|present| *present > 0.0).ok_or_else(|| Error::InvalidConfig {
            field: "spectralRadius",
            expected: "a recurrent matrix whose eigenvalues are not all zero".into(),
            given: format!("{} of {hidden} units", spec.name),
        })?;
        for column in 0..hidden {
            for row in 0..hidden {
                target[column * spec.rows + first + row] *= radius / present;
            }
        }
    }
    Ok(())
}

/// A random orthogonal matrix: Q of a Gaussian's QR with the signs of R's diagonal taken in (Mezzadri 2007).
fn orthogonal(size: usize, rng: &mut Rng) -> DMatrix<f64> {
    let gaussian = DMatrix::from_fn(size, size, |_, _| rng.normal());
    let qr = gaussian.qr();
    let (mut q, r) = qr.unpack();
    for (mut column, diagonal) in q.column_iter_mut().zip(r.diagonal().iter()) {
        if *diagonal < 0.0 {
            column.neg_mut();
        }
    }
    q
}

fn write_forget_bias(
    weights: &mut [f64],
    specs: &[ParameterSpec],
    hidden: usize,
    bias: ForgetBias,
    (keep, admit): (usize, Option<usize>),
    rng: &mut Rng,
) {
    for spec in specs.iter().filter(|spec| spec.is("bias_")) {
        let values = &mut weights[spec.range()];
        let is_first = spec.is("bias_ih");
        match bias {
            ForgetBias::Value(value) => {
                values[keep * hidden..(keep + 1) * hidden].fill(if is_first { value } else { 0.0 });
            }
            ForgetBias::Chrono { steps } => {
                values.fill(0.0);
                if is_first {
                    for unit in 0..hidden {
                        let bias = libm::log(rng.uniform(1.0, steps.saturating_sub(1).max(2) as f64));
                        values[keep * hidden + unit] = bias;
                        if let Some(admit) = admit {
                            values[admit * hidden + unit] = -bias;
                        }
                    }
                }
            }
        }
    }
}
