//! One timestep taken apart: every operation's result, the gradient there, and what each of its inputs receives of it.
//!
//! The diagram of the cell is run forward and backward on the recorded states and total derivatives, so that every sum and
//! product of the pass lies open: ∂L/∂h_t is the loss's own part and one term for each operation of the next timestep that
//! reads h. The results are those of the recorded pass to rounding (tested), whatever surgery there is.

use super::operator::dot;
use super::{Microscope, State, adjoint::Adjoint};
use crate::cell::{Node, Nonlinearity, Operation, rnn_derivative};
use crate::network::Readout;
use crate::real::Real;
use crate::vector::norm;
use std::ops::Range;

/// What the operations of one timestep did. x has I numbers, everything else H; one node after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Results.
    pub values: Vec<f64>,
    /// ∂L/∂result; total derivatives for h_t and c_t, for a state before this timestep's share only. To be multiplied by
    /// 2^exponent.
    pub gradients: Vec<f64>,
    /// The same gradients' parts: what each input of each node receives from that node, node by node, input by input, each as
    /// long as the input. To be multiplied by 2^exponent.
    pub edges: Vec<f64>,
}

/// Everything that made h_t and c_t, and everything that ∂L/∂h_t and ∂L/∂c_t are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Timestep, from 0.
    pub t: usize,
    /// The unit whose weights are given.
    pub unit: usize,
    /// Common binary exponent of all gradients.
    pub exponent: i32,
    /// Timestep t.
    pub now: Moment,
    /// The timestep that reads this one's state, unless it is the last.
    pub next: Option<Moment>,
    /// The loss's own part of ∂L/∂h_t (with a gradient injected there, that), and of ∂L/∂c_t (zero but for an injection) `[H]`,
    /// to be multiplied by 2^exponent. The latter is empty without cell state.
    pub direct: [Vec<f64>; 2],
    /// Where `direct` comes straight from the readout: the unit's weights there and ∂L/∂outputs `[O]` each; else empty.
    pub readout: [Vec<f64>; 2],
    /// Of every block of weights: row `unit` of W_ih `[G·I]` and W_hh `[G·H]`, entry `unit` of b_ih and b_hh `[G]`, column
    /// `unit` of W_ih (zeros where there is none) and of W_hh `[G·H]`.
    pub weights: [Vec<f64>; 6],
}

impl Explanation {
    /// As one row of numbers: t, unit, exponent, 1 if there is a next timestep, O of `readout`; then the parts in the order of
    /// the fields.
    #[must_use]
    pub fn to_vec(&self) -> Vec<f64> {
        let whole = [self.t, self.unit].map(|index| index as f64);
        let next = f64::from(u8::from(self.next.is_some()));
        let mut all = vec![whole[0], whole[1], f64::from(self.exponent), next, self.readout[0].len() as f64];
        for Moment { values, gradients, edges } in std::iter::once(&self.now).chain(&self.next) {
            for part in [values, gradients, edges] {
                all.extend_from_slice(part);
            }
        }
        let parts = self.direct.iter().chain(&self.readout).chain(&self.weights);
        parts.for_each(|part| all.extend_from_slice(part));
        all
    }
}

/// Where the numbers of each node begin among those of all, and where they end.
fn places(nodes: &[Node], hidden: usize, input: usize) -> Vec<Range<usize>> {
    let mut end = 0;
    let width = |node: &Node| if node.operation == Operation::Input { input } else { hidden };
    nodes
        .iter()
        .map(|node| {
            let start = end;
            end += width(node);
            start..end
        })
        .collect()
}

fn scaled(values: &[f64], by: i32) -> impl Iterator<Item = f64> + '_ {
    values.iter().map(move |value| libm::scalbn(*value, by))
}

impl Microscope {
    /// What timestep t of a layer is made of, `unit`'s weights with it. `None` for a timestep or unit that is not there.
    ///
    /// Cost: some 12·G·H·(H + I) flops, on demand.
    #[must_use]
    pub fn explain(&self, layer: usize, t: usize, unit: usize) -> Option<Explanation> {
        let config = self.network.config();
        let (hidden, steps) = (config.hidden, self.steps());
        let (record, adjoint) = (self.tape.recurrent.layers.get(layer)?, self.adjoints.get(layer)?);
        if t >= steps || unit >= hidden {
            return None;
        }
        let exponent = adjoint.exponents[record.after(t)];
        // In the direction's own order.
        let next = if record.reverse { t.checked_sub(1) } else { Some(t + 1).filter(|next| *next < steps) };
        let (direct, scale) = adjoint.direct_at(t, hidden);
        let mut direct = [scaled(direct, scale - exponent).collect(), vec![0.0; record.c.nrows()]];
        if let Some(at) = self.surgery.injection.filter(|at| at.layer == layer && at.t == t && at.state == State::Cell)
        {
            direct[1][at.unit] = libm::scalbn(1.0, -exponent);
        }
        Some(Explanation {
            t,
            unit,
            exponent,
            now: self.moment(layer, t, exponent),
            next: next.map(|next| self.moment(layer, next, exponent)),
            direct,
            readout: self.readout_of(layer, t, unit, exponent),
            weights: self.weights_of(layer, unit),
        })
    }

    /// The diagram forward and backward at timestep t, gradients divided by 2^exponent.
    fn moment(&self, layer: usize, t: usize, exponent: i32) -> Moment {
        let nodes = self.cell().diagram();
        let hidden = self.network.config().hidden;
        let [weight_ih, weight_hh, bias_ih, bias_hh] = self.parts(layer);
        let rows = bias_ih.len();
        let input = weight_ih.len() / rows;
        let record = &self.tape.recurrent.layers[layer];
        let places = places(nodes, hidden, input);
        let total = places.last().map_or(0, |place| place.end);
        let held = || self.surgery.held(layer).iter();
        let holds = |node: &Node, unit: usize| {
            held().any(|held| Some(held.row / hidden) == node.block && held.row % hidden == unit)
        };
        let weights_of =
            |operation| if operation == Operation::Input { (weight_ih, bias_ih) } else { (weight_hh, bias_hh) };

        let mut values = vec![0.0; total];
        for (node, place) in nodes.iter().zip(&places) {
            let (before, rest) = values.split_at_mut(place.start);
            let out = &mut rest[..place.len()];
            let of = |k: usize| &before[places[node.inputs[k]].clone()];
            match node.operation {
                Operation::Input => self.layer_input(layer, t, out),
                Operation::PreviousHidden => out.copy_from_slice(record.h.column(record.before(t)).as_slice()),
                Operation::PreviousCell => out.copy_from_slice(record.c.column(record.before(t)).as_slice()),
                Operation::Linear => {
                    let first = node.block.unwrap_or(0) * hidden;
                    for &source in node.inputs {
                        let (weight, bias) = weights_of(nodes[source].operation);
                        let x = &before[places[source].clone()];
                        for (unit, out) in out.iter_mut().enumerate() {
                            let row = weight.iter().skip(first + unit).step_by(rows);
                            *out += bias[first + unit] + row.zip(x).map(|(w, x)| w * x).sum::<f64>();
                        }
                    }
                }
                operation => {
                    for (unit, out) in out.iter_mut().enumerate() {
                        let a = of(0)[unit];
                        *out = match operation {
                            Operation::Sigmoid => Real::sigmoid(a),
                            Operation::Tanh => Real::tanh(a),
                            // Written so that NaN stays NaN.
                            Operation::Relu if a < 0.0 => 0.0,
                            Operation::Multiply => a * of(1)[unit],
                            Operation::Add => a + of(1)[unit],
                            Operation::Complement => 1.0 - a,
                            Operation::Slope => slope(nodes[node.inputs[0]].operation, a),
                            _ => a,
                        };
                    }
                    if !matches!(operation, Operation::Sigmoid | Operation::Tanh) {
                        continue;
                    }
                    for held in held().filter(|held| Some(held.row / hidden) == node.block) {
                        out[held.row % hidden] = held.value(t);
                    }
                }
            }
        }

        let mut gradients = vec![0.0; total];
        let mut alive = false;
        for carried in nodes.iter().filter_map(|node| Some((node.operation, node.carries?))) {
            let state = if carried.0 == Operation::PreviousCell { State::Cell } else { State::Hidden };
            let (recorded, own) = self.gradient(layer, state, t);
            alive |= norm(recorded) != 0.0;
            for (gradient, value) in
                gradients[places[carried.1].clone()].iter_mut().zip(scaled(recorded, own - exponent))
            {
                *gradient = value;
            }
        }
        let is_state = |index: usize| nodes.iter().any(|node| node.carries == Some(index));
        // Made from the last node to the first, put in order afterwards.
        let mut edges: Vec<Vec<f64>> = Vec::new();
        for (node, place) in nodes.iter().zip(&places).rev() {
            let (before, rest) = gradients.split_at_mut(place.start);
            let d_out = &rest[..place.len()];
            for (k, &source) in node.inputs.iter().enumerate().rev() {
                let mut edge = vec![0.0; places[source].len()];
                let value_of = |input: usize| &values[places[node.inputs[input]].clone()];
                let cut = self.surgery.cut.is_some()
                    && node.operation == Operation::Multiply
                    && nodes[source].carries.is_some()
                    && nodes[node.inputs[1 - k]].block == self.surgery.cut;
                // Where nothing has come back nothing goes on, also where the timestep's own numbers are not finite.
                if alive && !cut && node.operation == Operation::Linear {
                    let first = node.block.unwrap_or(0) * hidden;
                    let (weight, _) = weights_of(nodes[source].operation);
                    for (edge, column) in edge.iter_mut().zip(weight.chunks_exact(rows)) {
                        *edge = dot(&column[first..first + hidden], d_out);
                    }
                } else if alive && !cut {
                    for (unit, edge) in edge.iter_mut().enumerate() {
                        let y = values[place.start + unit];
                        let local = match node.operation {
                            Operation::Sigmoid | Operation::Tanh if node.block.is_some() && holds(node, unit) => 0.0,
                            Operation::Sigmoid => y * (1.0 - y),
                            Operation::Tanh | Operation::Relu => slope(node.operation, y),
                            Operation::Multiply => value_of(1 - k)[unit],
                            Operation::Complement => -1.0,
                            Operation::Slope => 0.0,
                            _ => 1.0,
                        };
                        *edge = d_out[unit] * local;
                    }
                }
                if !is_state(source) {
                    let sums = before[places[source].clone()].iter_mut();
                    sums.zip(&edge).for_each(|(sum, part)| *sum += part);
                }
                edges.push(edge);
            }
        }
        edges.reverse();
        Moment { values, gradients, edges: edges.concat() }
    }

    /// W_ih `[G·H, I]`, W_hh `[G·H, H]`, b_ih and b_hh `[G·H]` of a layer, after any surgery.
    fn parts(&self, layer: usize) -> [&[f64]; 4] {
        let place = &self.places[layer];
        [&place.weight_ih, &place.weight_hh, &place.bias_ih, &place.bias_hh]
            .map(|part| &self.network.weights()[part.clone()])
    }

    fn weights_of(&self, layer: usize, unit: usize) -> [Vec<f64>; 6] {
        let [weight_ih, weight_hh, bias_ih, bias_hh] = self.parts(layer);
        let (rows, hidden) = (bias_ih.len(), self.network.config().hidden);
        let row = |weight: &[f64]| -> Vec<f64> {
            (unit..rows).step_by(hidden).flat_map(|row| weight.iter().skip(row).step_by(rows).copied()).collect()
        };
        let entry = |bias: &[f64]| -> Vec<f64> { bias.iter().skip(unit).step_by(hidden).copied().collect() };
        let column = |weight: &[f64]| -> Vec<f64> {
            weight.chunks_exact(rows).nth(unit).map_or_else(|| vec![0.0; rows], <[f64]>::to_vec)
        };
        [row(weight_ih), row(weight_hh), entry(bias_ih), entry(bias_hh), column(weight_ih), column(weight_hh)]
    }

    /// The readout's weights of a unit and ∂L/∂outputs, where the loss looks at this timestep of this layer.
    fn readout_of(&self, layer: usize, t: usize, unit: usize, exponent: i32) -> [Vec<f64>; 2] {
        let config = self.network.config();
        let directions = self.network.recurrent().shape().directions();
        let top = self.adjoints.len() - directions;
        let record = &self.tape.recurrent.layers[layer];
        let column = match config.readout {
            Readout::Every => Some(t),
            Readout::Last => (record.after(t) == record.last(self.steps())).then_some(0),
        };
        let Some(column) = column.filter(|_| layer >= top && self.surgery.injection.is_none()) else {
            return [Vec::new(), Vec::new()];
        };
        let weight = &self.network.weights()[self.readout[0].clone()];
        let first = ((layer - top) * config.hidden + unit) * config.output;
        let d_output = &self.tape.d_output.as_slice()[column * config.output..(column + 1) * config.output];
        [weight[first..first + config.output].to_vec(), scaled(d_output, -exponent).collect()]
    }
}

impl Adjoint {
    /// ∂L/∂out_t, the direct part `[H]`, and its binary exponent.
    fn direct_at(&self, t: usize, hidden: usize) -> (&[f64], i32) {
        (&self.direct[t * hidden..(t + 1) * hidden], self.direct_exponents[t])
    }
}

/// The derivative of an activation, expressed through its result.
fn slope(activation: Operation, result: f64) -> f64 {
    let nonlinearity = if activation == Operation::Relu { Nonlinearity::Relu } else { Nonlinearity::Tanh };
    rnn_derivative(nonlinearity, result)
}
