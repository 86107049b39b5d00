//! Surgery on the shown example: what is changed before it runs forward and backward again.

use super::{Microscope, State};
use crate::cell::{CellKind, Source};
use crate::eigenvalues::spectral_radius;
use crate::loss::Targets;
use crate::network::NetworkConfig;
use crate::real::Real;
use crate::recurrent::Input;
use crate::{Error, recurrent::LayerTape};
use serde::Deserialize;

/// Changes to a network under the microscope; the trained weights stay what they are. The default changes nothing.
///
/// A length other than the trained one needs no entry here: a microscope for other timesteps looks at the same weights.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", default)]
pub struct Intervention {
    /// Every H×H block of every W_hh is scaled to this spectral radius, ≥ 0.
    pub spectral_radius: Option<f64>,
    /// b_ih + b_hh of the gate that keeps the old state (LSTM: f, GRU: z) becomes this, in every unit of every layer.
    pub forget_bias: Option<f64>,
    /// Gates that no longer listen to their inputs. Of several for one gate the last counts.
    pub clamps: Vec<Clamp>,
    /// No gradient along the path on which a state is kept: ∂c_t/∂c_{t−1} = diag(f_t) (GRU: the diag(z_t) of ∂h_t/∂h_{t−1})
    /// is taken as 0, as by `detach()` in PyTorch. All forward values stay; what is left is the route through W_hh.
    /// To cut the path forward as well, clamp the gate to [`ClampTo::Closed`].
    pub cut_cell_path: bool,
    /// The gradient that is sent back instead of the loss's.
    pub injection: Option<Injection>,
}

/// One gate held. It passes no gradient to its pre-activation, so none to the weights behind it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Clamp {
    /// Layer l, direction d as entry `l·D + d`.
    pub layer: usize,
    /// Name of the gate's channel: `input`, `forget`, `candidate`, `output`; `reset`, `update`, `candidate`.
    pub gate: String,
    /// Which unit; `None`: all.
    pub unit: Option<usize>,
    /// At which value.
    pub to: ClampTo,
}

/// Where a gate is held, at every timestep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum ClampTo {
    /// 0.
    Closed,
    /// 1.
    Open,
    /// What it was at each timestep before any intervention.
    Recorded,
}

/// ∂L/∂(state of one unit after one timestep) = 1, all else 0: L is that state itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Injection {
    /// Layer l, direction d as entry `l·D + d`.
    pub layer: usize,
    /// Timestep, from 0.
    pub t: usize,
    /// Unit.
    pub unit: usize,
    /// h_t, or c_t.
    pub state: State,
}

/// A part of an intervention that this network has no place for; all other parts were carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum Dropped {
    /// Not a radius, or the eigenvalues of a block of W_hh cannot be had or are all zero: then no block is scaled.
    SpectralRadius,
    /// The cell keeps its state by no gate, or the bias is not finite.
    ForgetBias,
    /// No such layer, gate or unit here.
    Clamp(Clamp),
    /// The cell keeps its state by no gate.
    CutCellPath,
    /// No such layer, timestep, unit or state here.
    Injection(Injection),
}

impl Dropped {
    /// The part's name in an [`Intervention`] as JavaScript writes it; for a clamp its gate.
    #[must_use]
    pub fn part(&self) -> &str {
        match self {
            Self::SpectralRadius => "spectralRadius",
            Self::ForgetBias => "forgetBias",
            Self::Clamp(clamp) => &clamp.gate,
            Self::CutCellPath => "cutCellPath",
            Self::Injection(_) => "injection",
        }
    }
}

/// A gate that is held: its row among the `[G·H]` of the layer, and the value at every timestep.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub row: usize,
    pub to: ClampTo,
    /// `[T]` for [`ClampTo::Recorded`], else empty.
    pub recorded: Vec<f64>,
}

impl Held {
    pub fn value(&self, t: usize) -> f64 {
        match self.to {
            ClampTo::Closed => 0.0,
            ClampTo::Open => 1.0,
            ClampTo::Recorded => self.recorded.get(t).copied().unwrap_or(f64::NAN),
        }
    }
}

/// An intervention as far as it fits a network.
#[derive(Debug, Clone, Default)]
pub(super) struct Surgery {
    /// For each layer; empty without any.
    pub held: Vec<Vec<Held>>,
    /// Block of the gate whose direct path is cut.
    pub cut: Option<usize>,
    pub injection: Option<Injection>,
}

impl Surgery {
    pub fn held(&self, layer: usize) -> &[Held] {
        self.held.get(layer).map_or(&[], Vec::as_slice)
    }

    /// Takes what fits; adds the rest to `dropped`.
    fn resolve(asked: &Intervention, config: &NetworkConfig, steps: usize, dropped: &mut Vec<Dropped>) -> Self {
        let layers = config.layers * (1 + usize::from(config.bidirectional));
        let mut surgery = Self::default();
        if asked.cut_cell_path {
            surgery.cut = config.cell.keep_and_admit_gates().map(|(keep, _)| keep);
            dropped.extend(surgery.cut.is_none().then_some(Dropped::CutCellPath));
        }
        surgery.injection = asked.injection.filter(|at| {
            let has_state = at.state == State::Hidden || config.cell.has_cell_state();
            has_state && at.layer < layers && at.t < steps && at.unit < config.hidden
        });
        if surgery.injection.is_none() {
            dropped.extend(asked.injection.map(Dropped::Injection));
        }
        for clamp in &asked.clamps {
            let is_unit = clamp.unit.is_none_or(|unit| unit < config.hidden);
            let Some(block) = gate_block(config.cell, &clamp.gate).filter(|_| is_unit && clamp.layer < layers) else {
                dropped.push(Dropped::Clamp(clamp.clone()));
                continue;
            };
            surgery.held.resize(layers, Vec::new());
            let held = &mut surgery.held[clamp.layer];
            for unit in clamp.unit.map_or(0..config.hidden, |unit| unit..unit + 1) {
                let row = block * config.hidden + unit;
                held.retain(|held| held.row != row);
                held.push(Held { row, to: clamp.to, recorded: Vec::new() });
            }
        }
        surgery
    }

    fn needs_record(&self) -> bool {
        self.held.iter().flatten().any(|held| held.to == ClampTo::Recorded)
    }

    fn record(&mut self, layers: &[LayerTape<f64>]) {
        for (held, layer) in self.held.iter_mut().zip(layers) {
            for held in held.iter_mut().filter(|held| held.to == ClampTo::Recorded) {
                held.recorded = layer.gates.row(held.row).iter().copied().collect();
            }
        }
    }
}

/// Row block of the gate whose channel has this name. A plain RNN's pre-activation is no gate.
fn gate_block(cell: CellKind, name: &str) -> Option<usize> {
    cell.channels().iter().filter(|channel| channel.name == name).find_map(|channel| match channel.source {
        Source::Gate(block) => Some(block),
        Source::Hidden | Source::CellState | Source::ActivationDerivative => None,
    })
}

impl Microscope {
    /// As [`look`](Self::look), with an intervention; names the parts of it for which there is no place here.
    /// Every other call then speaks of the network as it is after the intervention, until the next look.
    ///
    /// Cost: one forward and one backward pass, with clamps up to three; a spectral radius some 25·G·H³ flops a layer more.
    ///
    /// # Errors
    /// When input or target do not fit.
    pub fn look_with<R: Real>(
        &mut self,
        weights: &[R],
        input: Input<'_, f64>,
        target: Targets<'_, f64>,
        intervention: &Intervention,
    ) -> Result<Vec<Dropped>, Error> {
        self.check(input, target)?;
        self.network.copy_weights_from(weights);
        self.remember(input);
        let mut dropped = Vec::new();
        self.surgery = Surgery::resolve(intervention, self.network.config(), self.steps(), &mut dropped);
        if self.surgery.needs_record() {
            self.network.forward(input, &mut self.tape);
            self.surgery.record(&self.tape.recurrent.layers);
        }
        self.edit_weights(intervention, &mut dropped);
        if self.surgery.held.is_empty() {
            self.network.forward(input, &mut self.tape);
        } else {
            self.forward_held();
        }
        self.finish(target);
        Ok(dropped)
    }

    /// Scales W_hh, sets the bias, and empties the rows behind held gates: what nobody listens to passes no gradient.
    fn edit_weights(&mut self, asked: &Intervention, dropped: &mut Vec<Dropped>) {
        let (hidden, cell) = (self.network.config().hidden, self.cell());
        let (places, surgery) = (&self.places, &self.surgery);
        let rows = cell.gates() * hidden;
        self.network.update(|weights, _| {
            if let Some(radius) = asked.spectral_radius {
                let mut factors = Vec::new();
                for place in places {
                    for gate in 0..cell.gates() {
                        let all = nalgebra::DMatrixView::from_slice(&weights[place.weight_hh.clone()], rows, hidden);
                        let block = all.rows(gate * hidden, hidden).into_owned();
                        let present = spectral_radius(&block);
                        factors.push(radius / present.unwrap_or(0.0));
                    }
                }
                if radius >= 0.0 && factors.iter().all(|factor| factor.is_finite()) {
                    let mut factors = factors.chunks_exact(cell.gates());
                    for place in places {
                        let factors = factors.next().unwrap_or_default();
                        for column in weights[place.weight_hh.clone()].chunks_exact_mut(rows) {
                            for (block, factor) in column.chunks_exact_mut(hidden).zip(factors) {
                                block.iter_mut().for_each(|weight| *weight *= factor);
                            }
                        }
                    }
                } else {
                    dropped.push(Dropped::SpectralRadius);
                }
            }
            if let Some(bias) = asked.forget_bias {
                match cell.keep_and_admit_gates().filter(|_| bias.is_finite()) {
                    None => dropped.push(Dropped::ForgetBias),
                    Some((keep, _)) => {
                        for place in places {
                            let units = keep * hidden..(keep + 1) * hidden;
                            weights[place.bias_ih.clone()][units.clone()].fill(bias);
                            weights[place.bias_hh.clone()][units].fill(0.0);
                        }
                    }
                }
            }
            for (index, place) in places.iter().enumerate() {
                for held in surgery.held(index) {
                    for range in [&place.weight_ih, &place.weight_hh, &place.bias_ih, &place.bias_hh] {
                        weights[range.clone()].iter_mut().skip(held.row).step_by(rows).for_each(|weight| *weight = 0.0);
                    }
                }
            }
        });
    }
}
