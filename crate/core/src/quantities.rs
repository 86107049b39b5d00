//! The quantities of the microscope that a frame carries while somebody looks at them, and the charts they make.
//!
//! Which there are follows from what the cell records, so a reader that draws [`FrameLayout::quantities`] knows no cell.
//!
//! [`FrameLayout::quantities`]: crate::frame::FrameLayout::quantities

use crate::cell::{CellKind, Nonlinearity, Source};
use crate::frame::{Axis, ChannelKind, Quantity};
use crate::microscope::Live;

/// A `[T]` channel and where its numbers come from.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub name: String,
    pub kind: ChannelKind,
    pub symbol: String,
    pub reading: Reading,
}

/// One number of [`Live`] at a timestep. All of them live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    HiddenRatio,
    CellRatio,
    Product,
    JacobianNorm,
    LargestDirect,
    SmallestDirect,
    /// Of the weights in the order of [`Live::shares`].
    Contribution(usize),
    Cosine(usize),
    InputGradient,
    /// Of a gate or candidate, by row block: share of units below the lower threshold, above the upper, at either end.
    Shut(usize),
    Open(usize),
    Saturated(usize),
    SaturatedHidden,
    Inactive,
}

/// Name of the channel and of the quantity it belongs to, and its formula, for the shares in the weights' gradients.
const WEIGHTS: [(&str, &str, &str); 3] = [
    ("weightHh", "recurrentShare", "∂L/∂W_hh at t"),
    ("weightIh", "inputShare", "∂L/∂W_ih at t"),
    ("bias", "biasShare", "∂L/∂b at t"),
];

/// All series of a cell, in the order in which they lie in a frame.
pub(crate) fn series(cell: CellKind) -> Vec<Series> {
    let mut all = Vec::new();
    let mut add = |name: &str, kind: ChannelKind, symbol: &str, reading: Reading| {
        all.push(Series { name: name.to_owned(), kind, symbol: symbol.to_owned(), reading });
    };
    let (log10, share) = (ChannelKind::Log10Series, ChannelKind::ShareSeries);
    add("hiddenRatioLog10", log10, "‖∂L/∂hₜ‖ / ‖∂L/∂hₜ₊₁‖", Reading::HiddenRatio);
    if cell.has_cell_state() {
        add("cellRatioLog10", log10, "‖∂L/∂cₜ‖ / ‖∂L/∂cₜ₊₁‖", Reading::CellRatio);
    }
    add("jacobianProductLog10", log10, "‖∂h_T/∂hₜ‖", Reading::Product);
    add("jacobianNormLog10", log10, "‖Jₜ‖", Reading::JacobianNorm);
    if let Some(keep) = keep_symbol(cell) {
        add("largestDirect", share, &format!("max {keep}"), Reading::LargestDirect);
        add("smallestDirect", share, &format!("min {keep}"), Reading::SmallestDirect);
    }
    for (index, (name, _, symbol)) in WEIGHTS.into_iter().enumerate() {
        add(&format!("{name}ContributionLog10"), log10, symbol, Reading::Contribution(index));
        add(&format!("{name}Cosine"), ChannelKind::CosineSeries, "cos", Reading::Cosine(index));
    }
    add("inputGradientLog10", log10, "‖∂L/∂xₜ‖", Reading::InputGradient);
    for channel in cell.channels() {
        let Source::Gate(block) = channel.source else { continue };
        let (name, symbol) = (channel.name, channel.symbol);
        if channel.kind == ChannelKind::Gate {
            add(&format!("{name}Shut"), share, symbol, Reading::Shut(block));
            add(&format!("{name}Open"), share, symbol, Reading::Open(block));
        } else {
            add(&format!("{name}Saturated"), share, symbol, Reading::Saturated(block));
        }
    }
    match cell {
        CellKind::Rnn(Nonlinearity::Tanh) => add("hiddenSaturated", share, "h", Reading::SaturatedHidden),
        CellKind::Rnn(Nonlinearity::Relu) => add("hiddenInactive", share, "h = 0", Reading::Inactive),
        CellKind::Lstm | CellKind::Gru => {}
    }
    all
}

/// The charts of a cell: what can be looked at along t, each with its series, the first of which is the one that counts.
pub(crate) fn quantities(cell: CellKind) -> Vec<Quantity> {
    let all = series(cell);
    let named = |wanted: &dyn Fn(Reading) -> bool| -> Vec<String> {
        all.iter().filter(|series| wanted(series.reading)).map(|series| series.name.clone()).collect()
    };
    let mut charts = Vec::new();
    let mut add = |name: &str, axis: Axis, series: Vec<String>, cosine: Option<String>, live: bool| {
        if !series.is_empty() {
            charts.push(Quantity { name: name.to_owned(), axis, series, cosine, live });
        }
    };
    let states: &[&str] = if cell.has_cell_state() { &["hidden", "cell"] } else { &["hidden"] };
    let gradients = states.iter().map(|state| format!("{state}GradientLog10")).collect();
    add("gradient", Axis::Magnitude, gradients, None, false);
    let ratio = named(&|reading| matches!(reading, Reading::HiddenRatio | Reading::CellRatio));
    add("ratio", Axis::Factor, ratio, None, true);
    let jacobian = named(&|reading| matches!(reading, Reading::Product | Reading::JacobianNorm));
    add("jacobian", Axis::Magnitude, jacobian, None, true);
    let direct = named(&|reading| matches!(reading, Reading::LargestDirect | Reading::SmallestDirect));
    add("directPath", Axis::Share, direct, None, true);
    for (index, (channel, name, _)) in WEIGHTS.into_iter().enumerate() {
        let norm = named(&|reading| reading == Reading::Contribution(index));
        add(name, Axis::Magnitude, norm, Some(format!("{channel}Cosine")), true);
    }
    add("inputGradient", Axis::Magnitude, named(&|reading| reading == Reading::InputGradient), None, true);
    add("shut", Axis::Share, named(&|reading| matches!(reading, Reading::Shut(_) | Reading::Inactive)), None, true);
    add("open", Axis::Share, named(&|reading| matches!(reading, Reading::Open(_))), None, true);
    let saturated = named(&|reading| matches!(reading, Reading::Saturated(_) | Reading::SaturatedHidden));
    add("saturated", Axis::Share, saturated, None, true);
    charts
}

/// Letter of the gate that keeps the state.
fn keep_symbol(cell: CellKind) -> Option<&'static str> {
    let (keep, _) = cell.keep_and_admit_gates()?;
    cell.channels().iter().find(|channel| channel.source == Source::Gate(keep)).map(|channel| channel.symbol)
}

impl Reading {
    /// The number at timestep t (from 0); logarithms where the channel is one, NaN where there is none.
    pub(crate) fn at(self, live: &Live, t: usize) -> f64 {
        match self {
            Self::HiddenRatio => live.hidden_ratio_log10[t],
            Self::CellRatio => live.cell_ratio_log10[t],
            Self::Product => live.product_log10[t],
            Self::JacobianNorm => libm::log10(live.jacobian_norm[t]),
            Self::LargestDirect => live.direct_path[t][1],
            Self::SmallestDirect => live.direct_path[t][0],
            Self::Contribution(weight) => live.shares[weight].norm_log10[t],
            Self::Cosine(weight) => live.shares[weight].cosine[t],
            Self::InputGradient => live.input_gradient_log10[t],
            Self::Shut(gate) => live.gates[gate][t].low,
            Self::Open(gate) => live.gates[gate][t].high,
            Self::Saturated(gate) => live.gates[gate][t].saturated(),
            Self::SaturatedHidden => live.saturated_hidden[t],
            Self::Inactive => live.inactive_hidden[t],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_has_its_own_name_and_stands_in_exactly_one_chart() {
        for cell in
            [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm, CellKind::Gru]
        {
            let charts = quantities(cell);
            for series in series(cell) {
                let uses = charts.iter().flat_map(|chart| chart.series.iter().chain(&chart.cosine));
                assert_eq!(uses.filter(|name| **name == series.name).count(), 1, "{cell:?} {}", series.name);
            }
        }
    }
}
