//! What is read of a lane on demand: the memory map piece by piece, the spectra of the recurrent weights, half-lives.

use crate::cell::{CellKind, Source};
use crate::microscope::{Block, MapNorm, MapOptions, MemoryMap, Method, Microscope, Spectrum};
use crate::network::Network;
use serde::Serialize;

/// How the norms of a memory map are had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapMethod {
    /// From [`PROBES`] random vectors.
    Estimate,
    /// Every product in full.
    Exact,
}

/// Random vectors of an estimate.
pub const PROBES: usize = 4;

/// Begins the map log10 ‖∂h_t/∂h_s‖_F of a layer of the example that is under the microscope.
pub(crate) fn memory_map(microscope: &Microscope, layer: usize, method: MapMethod) -> MemoryMap {
    let method = match method {
        MapMethod::Estimate => Method::Probes(PROBES),
        MapMethod::Exact => Method::Exact,
    };
    MemoryMap::new(microscope, MapOptions { layer, block: Block::Hidden, norm: MapNorm::Frobenius, method })
}

/// What the recurrent weights do by themselves, and how long each unit keeps its state on the shown example.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Recurrence {
    /// The H×H blocks of W_hh in the order of the gates; RNN one.
    pub blocks: Vec<RecurrentBlock>,
    /// Half-life of each unit in timesteps, from the mean logarithm of the gate that keeps (LSTM f, GRU z); +∞ for one that
    /// is always open. Empty for cells without such a gate.
    pub half_lives: Vec<f64>,
}

/// Spectrum of one block of W_hh. NaN and no eigenvalues where a weight is not finite.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RecurrentBlock {
    /// Name of the gate's channel; `hidden` for a cell without gates.
    pub name: String,
    /// Letter of the gate.
    pub symbol: String,
    /// Largest singular value.
    pub sigma_max: f64,
    /// Smallest singular value.
    pub sigma_min: f64,
    /// ρ: largest modulus of the eigenvalues.
    pub radius: f64,
    /// Eigenvalues as (real, imaginary), the largest modulus first.
    pub eigenvalues: Vec<[f64; 2]>,
}

/// How the weights of one parameter are distributed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct WeightHistogram {
    /// PyTorch's name of the parameter.
    pub name: String,
    /// The bins divide [−limit, limit] evenly: the smallest power of two that holds every weight.
    pub limit: f64,
    /// Weights in each bin; [`BINS`] of them.
    pub counts: Vec<u32>,
    /// Mean of the weights.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
}

/// Bins of a histogram.
pub const BINS: usize = 40;
/// The finest limit of a histogram.
const FINEST: f64 = 1.0 / 1024.0;

/// The distribution of every parameter's weights.
pub(crate) fn histograms(network: &Network<f32>) -> Vec<WeightHistogram> {
    let specs = network.parameters().specs().iter();
    specs.map(|spec| histogram(&spec.name, &network.weights()[spec.range()])).collect()
}

fn histogram(name: &str, weights: &[f32]) -> WeightHistogram {
    let largest = weights.iter().fold(0.0, |most: f64, weight| most.max(f64::from(weight.abs())));
    let mut limit = FINEST;
    while limit < largest {
        limit *= 2.0;
    }
    let mut counts = vec![0; BINS];
    let (mut sum, mut square) = (0.0, 0.0);
    for weight in weights.iter().map(|weight| f64::from(*weight)) {
        let bin = (weight + limit) / (2.0 * limit) * BINS as f64;
        counts[(bin as usize).min(BINS - 1)] += 1;
        sum += weight;
        square += weight * weight;
    }
    let n = weights.len() as f64;
    let mean = sum / n;
    let deviation = (square / n - mean * mean).max(0.0).sqrt();
    WeightHistogram { name: name.to_owned(), limit, counts, mean, deviation }
}

/// Spectra and half-lives of a layer of the example that is under the microscope.
pub(crate) fn recurrence(microscope: &Microscope, layer: usize, cell: CellKind) -> Recurrence {
    let spectra = microscope.recurrent_spectra(layer).into_iter().enumerate();
    Recurrence {
        blocks: spectra.map(|(gate, spectrum)| block(cell, gate, spectrum)).collect(),
        half_lives: microscope.half_lives(layer),
    }
}

fn block(cell: CellKind, gate: usize, spectrum: Option<Spectrum>) -> RecurrentBlock {
    let channel = cell.channels().iter().find(|channel| channel.source == Source::Gate(gate));
    let (name, symbol) = channel.map_or(("hidden", "h"), |channel| (channel.name, channel.symbol));
    let radius = spectrum.as_ref().and_then(Spectrum::radius).unwrap_or(f64::NAN);
    let Spectrum { singular_values, eigenvalues } =
        spectrum.unwrap_or(Spectrum { singular_values: Vec::new(), eigenvalues: Vec::new() });
    RecurrentBlock {
        name: name.to_owned(),
        symbol: symbol.to_owned(),
        sigma_max: singular_values.first().copied().unwrap_or(f64::NAN),
        sigma_min: singular_values.last().copied().unwrap_or(f64::NAN),
        radius,
        eigenvalues,
    }
}
