//! What is read of a lane on demand, piece by piece: the memory map; spectra, singular values along t, Lyapunov exponents.

use crate::cell::{CellKind, Diagram, Source};
use crate::error::Error;
use crate::microscope::{
    Analysis, AnalysisPart, Block, Exponents, MapNorm, MapOptions, MemoryMap, Method, Microscope, PairContributions,
    Progress, Spectrum, Trace,
};
use crate::network::Network;
use crate::parameters::Form;
use crate::session::Session;
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

/// What is in work. Each has its own copy of weights and example: training may go on meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    map: Option<MemoryMap>,
    analysis: Option<Analysis>,
    terms: Option<PairContributions>,
}

/// What is read on demand.
impl Session {
    /// Begins the memory map log10 ‖∂h_t/∂h_s‖_F of the shown example with the present weights, in place of one in work.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn begin_map(&mut self, method: MapMethod) -> Result<Progress, Error> {
        let (microscope, layer) = self.looked()?;
        let map = memory_map(microscope, layer, method);
        let progress = map.progress();
        self.jobs.map = Some(map);
        Ok(progress)
    }

    /// Does at least `budget` entries more of the map in work; `None` if there is none.
    pub fn advance_map(&mut self, budget: usize) -> Option<Progress> {
        self.jobs.map.as_mut().map(|map| map.advance(budget))
    }

    /// The map in work `[T, T]`, row t, column s: log10 ‖∂h_t/∂h_s‖_F. What is not done yet is −∞.
    #[must_use]
    pub fn map(&self) -> Option<&[f64]> {
        self.jobs.map.as_ref().map(MemoryMap::values)
    }

    /// Lets go of the map in work.
    pub fn cancel_map(&mut self) {
        self.jobs.map = None;
    }

    /// Begins the analysis of the shown example with the present weights, in place of one in work.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn begin_analysis(&mut self) -> Result<Progress, Error> {
        let (microscope, layer) = self.looked()?;
        let analysis = Analysis::new(microscope, layer);
        let progress = analysis.progress();
        self.jobs.analysis = Some(analysis);
        Ok(progress)
    }

    /// Does a piece more of the analysis in work, and says which part comes next; `None` if there is none.
    pub fn advance_analysis(&mut self) -> Option<(Progress, AnalysisPart)> {
        let analysis = self.jobs.analysis.as_mut()?;
        Some((analysis.advance(), analysis.part()))
    }

    /// The parts of the analysis in work that are complete; `None` if there is none.
    #[must_use]
    pub fn recurrence(&self) -> Option<Recurrence> {
        let cell = self.network().config().cell;
        self.jobs.analysis.as_ref().map(|analysis| recurrence(analysis, cell))
    }

    /// Lets go of the analysis in work.
    pub fn cancel_analysis(&mut self) {
        self.jobs.analysis = None;
    }

    /// Timestep t (from 0) of the example as the last frame shows it, taken apart, with the weights of `unit`: the training step,
    /// then [`Explanation::to_vec`](crate::microscope::Explanation::to_vec). Empty for a timestep or unit that is not there.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn explain(&mut self, t: usize, unit: usize) -> Result<Vec<f64>, Error> {
        let (microscope, layer, step, _) = self.shown()?;
        Ok(dated(step, microscope.explain(layer, t, unit).map(|explanation| explanation.to_vec())))
    }

    /// The answer to the example as the last frame shows it, taken apart: the training step, the right class, then
    /// [`Answer::to_vec`](crate::microscope::Answer::to_vec).
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn explain_answer(&mut self) -> Result<Vec<f64>, Error> {
        let (microscope, _, step, class) = self.shown()?;
        let mut numbers = vec![step as f64, f64::from(class)];
        numbers.append(&mut microscope.answer(0).map_or_else(Vec::new, |answer| answer.to_vec()));
        Ok(numbers)
    }

    /// ∂h_t/∂h_s (both from 0) of the example as the last frame shows it, taken apart: the training step, then
    /// [`Chain::to_vec`](crate::microscope::Chain::to_vec). Empty where s is after t, or for a timestep that is not there.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn explain_chain(&mut self, s: usize, t: usize) -> Result<Vec<f64>, Error> {
        let (microscope, layer, step, _) = self.shown()?;
        Ok(dated(step, microscope.chain(layer, s, t).map(|chain| chain.to_vec())))
    }

    /// The Jacobian of timestep t (from 0) of the example as the last frame shows it, taken apart: the training step, then
    /// σ, u and v of [`Microscope::stretched`](crate::microscope::Microscope::stretched), then row `row`. Empty for a timestep or
    /// row that is not there.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn explain_jacobian(&mut self, t: usize, row: usize) -> Result<Vec<f64>, Error> {
        let (microscope, layer, step, _) = self.shown()?;
        let Some((found, entries)) = microscope.stretched(layer, t, row) else { return Ok(Vec::new()) };
        Ok([&[step as f64, found.sigma], &found.left[..], &found.right, &entries].concat())
    }

    /// Begins the terms of ∂L/∂W_hh for every pair of timesteps, of the example as the last frame shows it, in place of those in
    /// work: with the loss as it is, or as if it asked for the class after every timestep. They keep their own copy.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn begin_terms(&mut self, every_step: bool) -> Result<Progress, Error> {
        let (microscope, layer, _, class) = self.shown()?;
        let terms = if every_step {
            PairContributions::of_every_step(microscope, layer, class)
        } else {
            PairContributions::new(microscope, layer)
        };
        let progress = terms.progress();
        self.jobs.terms = Some(terms);
        Ok(progress)
    }

    /// Does up to `budget` rows more of the terms in work; `None` if there are none.
    pub fn advance_terms(&mut self, budget: usize) -> Option<Progress> {
        self.jobs.terms.as_mut().map(|terms| terms.advance(budget))
    }

    /// The terms in work, and lets go of them.
    pub fn take_terms(&mut self) -> Option<PairContributions> {
        self.jobs.terms.take()
    }

    /// Everything per timestep of the shown example in the shown layer, in f64, of the network as it is shown.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn trace(&mut self) -> Result<Trace, Error> {
        let (microscope, layer) = self.looked()?;
        Ok(Trace::of(microscope, layer))
    }

    /// The weights of the parameter with this index that lie in bin `bin` of [−limit, limit], as in its histogram: the training
    /// step, how many weights the parameter has, the bin's ends, then row, column (from 0, as PyTorch writes them) and value of
    /// each. Empty for a parameter or bin that is not there.
    #[must_use]
    pub fn explain_weights(&self, parameter: usize, limit: f64, bin: usize) -> Vec<f64> {
        let network = self.network();
        let Some(spec) = network.parameters().specs().get(parameter).filter(|_| bin < BINS) else { return Vec::new() };
        let weights = &network.weights()[spec.range()];
        let end = |k: usize| (2 * k) as f64 / BINS as f64 * limit - limit;
        let mut numbers = vec![self.figures().step as f64, weights.len() as f64, end(bin), end(bin + 1)];
        for (at, weight) in weights.iter().enumerate() {
            let value = f64::from(*weight);
            if bin_of(value, limit) == Some(bin) {
                let (row, column) = ((at % spec.rows) as f64, (at / spec.rows) as f64);
                // An embedding has a token's vector in a column; PyTorch writes it as a row.
                let place = if spec.form == Form::Transposed { [column, row] } else { [row, column] };
                numbers.extend_from_slice(&[place[0], place[1], value]);
            }
        }
        numbers
    }

    /// How the weights of every parameter are distributed.
    #[must_use]
    pub fn weight_histograms(&self) -> Vec<WeightHistogram> {
        histograms(self.network())
    }
}

/// The operations of a timestep of the last layer, with the names of its weights.
pub(crate) fn diagram(network: &Network<f32>) -> Diagram {
    let config = network.config();
    let layer = config.layers - 1;
    let input_size = if layer == 0 { config.input } else { config.hidden };
    let weights =
        ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map(|part| format!("{}.{part}_l{layer}", config.cell.name()));
    Diagram { nodes: config.cell.diagram(), input_size, weights }
}

fn memory_map(microscope: &Microscope, layer: usize, method: MapMethod) -> MemoryMap {
    let method = match method {
        MapMethod::Estimate => Method::Probes(PROBES),
        MapMethod::Exact => Method::Exact,
    };
    MemoryMap::new(microscope, MapOptions { layer, block: Block::Hidden, norm: MapNorm::Frobenius, method })
}

/// What the recurrent weights do by themselves, how long each unit keeps its state on the shown example, and what one
/// timestep of it does to a small change. Lists of parts that are not made yet are empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Recurrence {
    /// The H×H blocks of W_hh in the order of the gates; RNN one.
    pub blocks: Vec<RecurrentBlock>,
    /// Half-life of each unit in timesteps, from the mean logarithm of the gate that keeps (LSTM f, GRU z); +∞ for one that
    /// is always open. Empty for cells without such a gate.
    pub half_lives: Vec<f64>,
    /// Largest singular value of J_t = ∂s_t/∂s_{t−1} `[T]`, to full precision; NaN where it is not finite.
    pub largest: Vec<f64>,
    /// Smallest singular value of J_t `[T]`.
    pub smallest: Vec<f64>,
    /// log10 ‖∂h_T/∂h_t‖_F `[T]`, exact.
    pub product_log10: Vec<f64>,
    /// All finite-time Lyapunov exponents along the example, per timestep in natural logarithms, the largest first; −∞ where
    /// a Jacobian is singular.
    pub exponents: Vec<f64>,
    /// All singular values of J_t `[T, n]`, the largest first, n being H or with a cell state 2H.
    pub singular_values: Vec<f64>,
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

/// Numbers behind the training step that they are of; empty where there are none.
fn dated(step: usize, numbers: Option<Vec<f64>>) -> Vec<f64> {
    numbers.map_or_else(Vec::new, |mut numbers| {
        numbers.insert(0, step as f64);
        numbers
    })
}

/// Bins of a histogram.
pub const BINS: usize = 40;
/// The finest limit of a histogram.
const FINEST: f64 = 1.0 / 1024.0;

/// In which bin of [−limit, limit] a weight lies; `None` outside. The last bin holds the limit itself, too.
fn bin_of(weight: f64, limit: f64) -> Option<usize> {
    let bin = (weight + limit) / (2.0 * limit) * BINS as f64;
    (weight.abs() <= limit).then(|| (bin as usize).min(BINS - 1))
}

/// The distribution of every parameter's weights.
fn histograms(network: &Network<f32>) -> Vec<WeightHistogram> {
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
        if let Some(bin) = bin_of(weight, limit) {
            counts[bin] += 1;
        }
        sum += weight;
        square += weight * weight;
    }
    let n = weights.len() as f64;
    let mean = sum / n;
    let deviation = (square / n - mean * mean).max(0.0).sqrt();
    WeightHistogram { name: name.to_owned(), limit, counts, mean, deviation }
}

fn recurrence(analysis: &Analysis, cell: CellKind) -> Recurrence {
    let order = [AnalysisPart::Weights, AnalysisPart::Ends, AnalysisPart::Exponents, AnalysisPart::Singular];
    let done = order.iter().position(|part| *part == analysis.part()).unwrap_or(order.len());
    let after = |part: usize, values: &[f64]| if done > part { values.to_vec() } else { Vec::new() };
    let spectra = analysis.weights().iter().enumerate();
    Recurrence {
        blocks: spectra.map(|(gate, spectrum)| block(cell, gate, spectrum.clone())).collect(),
        half_lives: analysis.half_lives(),
        largest: after(1, analysis.largest()),
        smallest: after(1, analysis.smallest()),
        product_log10: after(1, analysis.product_log10()),
        exponents: analysis.exponents().map_or(Vec::new(), |Exponents { exponents, .. }| exponents),
        singular_values: after(3, analysis.singular_values()),
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
