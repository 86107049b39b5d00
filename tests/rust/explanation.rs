//! A timestep taken apart: its terms are the recorded pass's, add up to it, and are the derivatives that they are said to be.

use gatescope::cell::{CellKind, Node, Nonlinearity, Operation};
use gatescope::init::InitKind;
use gatescope::loss::Targets;
use gatescope::microscope::{Clamp, ClampTo, Explanation, Injection, Intervention, Microscope, Moment, State};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::real::Real;
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope_tests::small::{config, started};

const CELLS: [CellKind; 4] =
    [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm, CellKind::Gru];
const INPUT: usize = 3;
const STEPS: usize = 6;
const HIDDEN: usize = 4;
const OUTPUT: usize = 2;

fn network(cell: CellKind, layers: usize, bidirectional: bool) -> Network<f64> {
    let config =
        NetworkConfig { layers, bidirectional, readout: Readout::Every, ..config(cell, INPUT, HIDDEN, OUTPUT) };
    started(config, InitKind::Pytorch, 11)
}

fn example() -> (Vec<f64>, Vec<f64>) {
    let mut rng = Rng::new(5, Purpose::HeldOut);
    ((0..INPUT * STEPS).map(|_| rng.normal()).collect(), (0..OUTPUT * STEPS).map(|_| rng.normal()).collect())
}

fn looked(network: &Network<f64>, intervention: &Intervention) -> Microscope {
    let (x, y) = example();
    let mut microscope = Microscope::new(network.config().clone(), STEPS).unwrap();
    microscope.look_with(network.weights(), Input::Dense(&x), Targets::Values(&y), intervention).unwrap();
    microscope
}

/// Which numbers of a moment are whose, for a layer whose input has `input` numbers.
struct Reader {
    nodes: &'static [Node],
    input: usize,
}

impl Reader {
    fn width(&self, node: usize) -> usize {
        if self.nodes[node].operation == Operation::Input { self.input } else { HIDDEN }
    }

    fn values<'a>(&self, all: &'a [f64], node: usize) -> &'a [f64] {
        let start: usize = (0..node).map(|node| self.width(node)).sum();
        &all[start..start + self.width(node)]
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// What node `source` receives: by whom, and how much.
    fn received(&self, moment: &Moment, source: usize) -> Vec<(&'static str, Vec<f64>)> {
        let mut start = 0;
        let mut parts = Vec::new();
        for node in self.nodes {
            for &input in node.inputs {
                let end = start + self.width(input);
                if input == source {
                    parts.push((node.name, moment.edges[start..end].to_vec()));
                }
                start = end;
            }
        }
        assert!(source < self.nodes.len() && start == moment.edges.len());
        parts
    }
}

/// What the gradient of a state is made of: the loss's part, this timestep's own readers, the next timestep's.
fn paths(reader: &Reader, explanation: &Explanation, state: usize) -> Vec<(&'static str, Vec<f64>)> {
    let of_cell = reader.nodes[state].name == "cellState";
    let mut parts = vec![("loss", explanation.direct[usize::from(of_cell)].clone())];
    parts.extend(
        reader.received(&explanation.now, state).into_iter().filter(|(name, _)| *name != "activationDerivative"),
    );
    let carrier = reader.nodes.iter().position(|node| node.carries == Some(state)).unwrap();
    parts.extend(explanation.next.iter().flat_map(|next| reader.received(next, carrier)));
    parts
}

fn interventions(cell: CellKind) -> Vec<Intervention> {
    let mut all = vec![Intervention::default()];
    if cell.keep_and_admit_gates().is_some() {
        let gate = if cell == CellKind::Lstm { "forget" } else { "update" };
        let clamp = |gate: &str, unit, to| Clamp { layer: 0, gate: gate.to_owned(), unit, to };
        let clamps = vec![clamp(gate, None, ClampTo::Open), clamp("candidate", Some(1), ClampTo::Recorded)];
        all.push(Intervention { clamps, ..Intervention::default() });
        all.push(Intervention { cut_cell_path: true, ..Intervention::default() });
        let state = if cell.has_cell_state() { State::Cell } else { State::Hidden };
        all.push(Intervention {
            injection: Some(Injection { layer: 0, t: 3, unit: 2, state }),
            ..Intervention::default()
        });
    }
    all
}

/// Every cell, shallow and deep, in one direction and in both, as trained and under surgery: each layer and direction.
fn for_every_layer(check: impl Fn(CellKind, &Microscope, usize, &Reader)) {
    for cell in CELLS {
        for (layers, bidirectional) in [(1, false), (2, true)] {
            for intervention in interventions(cell) {
                let microscope = looked(&network(cell, layers, bidirectional), &intervention);
                for layer in 0..layers * (1 + usize::from(bidirectional)) {
                    let input = if layer < 1 + usize::from(bidirectional) { INPUT } else { 2 * HIDDEN };
                    check(cell, &microscope, layer, &Reader { nodes: cell.diagram(), input });
                }
            }
        }
    }
}

fn close(got: f64, wanted: f64, scale: f64) -> bool {
    (got - wanted).abs() <= 1e-12 * scale.max(wanted.abs())
}

#[test]
fn the_operations_reproduce_the_recorded_gates_and_states() {
    for_every_layer(|cell, microscope, layer, reader| {
        for channel in cell.channels() {
            let recorded: Vec<f64> = microscope.forward_values(layer, channel).collect();
            let node = reader.index(channel.name).expect("every channel is a node's");
            for t in 0..STEPS {
                let explanation = microscope.explain(layer, t, 0).unwrap();
                for (unit, value) in reader.values(&explanation.now.values, node).iter().enumerate() {
                    let wanted = recorded[t * HIDDEN + unit];
                    assert!(close(*value, wanted, 1.0), "{cell:?} {} t {t}: {value} {wanted}", channel.name);
                }
            }
        }
    });
}

#[test]
fn the_paths_of_a_gradient_add_up_to_the_recorded_total() {
    for_every_layer(|cell, microscope, layer, reader| {
        for (name, state) in [("hidden", State::Hidden), ("cellState", State::Cell)] {
            let Some(node) = reader.index(name) else { continue };
            for t in 0..STEPS {
                let explanation = microscope.explain(layer, t, 0).unwrap();
                let parts = paths(reader, &explanation, node);
                let (recorded, exponent) = microscope.gradient(layer, state, t);
                assert_eq!(exponent, explanation.exponent);
                for unit in 0..HIDDEN {
                    let terms = || parts.iter().map(|(_, part)| part[unit]);
                    let scale = terms().map(f64::abs).fold(0.0, f64::max);
                    let sum: f64 = terms().sum();
                    assert!(close(sum, recorded[unit], scale), "{cell:?} {name} t {t}: {parts:?} {recorded:?}");
                }
            }
        }
    });
}

#[test]
fn the_units_weights_give_its_dot_products_and_its_share_of_the_way_back() {
    for cell in CELLS {
        let microscope = looked(&network(cell, 1, false), &Intervention::default());
        let reader = Reader { nodes: cell.diagram(), input: INPUT };
        for unit in 0..HIDDEN {
            let explanation = microscope.explain(0, 2, unit).unwrap();
            let [row_ih, row_hh, bias_ih, bias_hh, _, column_hh] = &explanation.weights;
            let values = &explanation.now.values;
            for (index, node) in reader.nodes.iter().enumerate().filter(|(_, node)| node.operation == Operation::Linear)
            {
                let block = node.block.unwrap();
                let mut sum = 0.0;
                for &source in node.inputs {
                    let of_input = reader.nodes[source].operation == Operation::Input;
                    let (row, bias, width) =
                        if of_input { (row_ih, bias_ih, INPUT) } else { (row_hh, bias_hh, HIDDEN) };
                    let terms = row[block * width..].iter().zip(reader.values(values, source)).map(|(w, x)| w * x);
                    sum += bias[block] + terms.sum::<f64>();
                }
                assert!(close(reader.values(values, index)[unit], sum, 1.0), "{cell:?} {}", node.name);
                // ∂L/∂h_{t−1} of this unit through this node: a column of W_hh times its deltas.
                let deltas = reader.values(&explanation.now.gradients, index);
                for (name, part) in reader.received(&explanation.now, 1).iter().filter(|(name, _)| *name == node.name) {
                    let terms = column_hh[block * HIDDEN..].iter().zip(deltas).map(|(w, d)| w * d);
                    assert!(close(part[unit], terms.sum(), 1.0), "{cell:?} {name}");
                }
            }
        }
    }
}

/// A plain forward pass in which every reader of a state may be given another one: the loss where node `reader` of timestep `t`
/// sees its state changed by `by` in `unit`.
fn loss_with(network: &Network<f64>, reader: &str, t: usize, unit: usize, by: f64) -> f64 {
    let cell = network.config().cell;
    let (x, y) = example();
    let parameter = |name: &str| {
        let spec = network.parameters().specs().iter().find(|spec| spec.name.contains(name)).unwrap();
        &network.weights()[spec.range()]
    };
    let (w, u) = (parameter("weight_ih"), parameter("weight_hh"));
    let (b, d) = (parameter("bias_ih"), parameter("bias_hh"));
    let rows = b.len();
    let product = |weight: &[f64], row: usize, v: &[f64]| -> f64 {
        v.iter().enumerate().map(|(k, v)| weight[k * rows + row] * v).sum()
    };
    let (mut h, mut c) = (vec![0.0; HIDDEN], vec![0.0; HIDDEN]);
    let mut loss = 0.0;
    for now in 0..STEPS {
        let input = &x[now * INPUT..(now + 1) * INPUT];
        let seen = |by_whom: &str, state: &[f64]| {
            let mut state = state.to_vec();
            if by_whom == reader && now == t {
                state[unit] += by;
            }
            state
        };
        let from_input = |block: usize, j: usize| product(w, block * HIDDEN + j, input) + b[block * HIDDEN + j];
        let from_state = |block: usize, j: usize, by_whom: &str| {
            product(u, block * HIDDEN + j, &seen(by_whom, &h)) + d[block * HIDDEN + j]
        };
        let both = |block: usize, j: usize, by_whom: &str| from_input(block, j) + from_state(block, j, by_whom);
        let units = 0..HIDDEN;
        let next: Vec<(f64, f64)> = match cell {
            CellKind::Rnn(nonlinearity) => units
                .map(|j| {
                    let a = both(0, j, "hiddenSum");
                    (if nonlinearity == Nonlinearity::Tanh { a.tanh() } else { a.max(0.0) }, 0.0)
                })
                .collect(),
            CellKind::Lstm => units
                .map(|j| {
                    let [i, f, o] = [(0, "inputSum"), (1, "forgetSum"), (3, "outputSum")]
                        .map(|(k, n)| Real::sigmoid(both(k, j, n)));
                    let g = both(2, j, "candidateSum").tanh();
                    let c = f * seen("kept", &c)[j] + i * g;
                    let squashed =
                        if reader == "squashed" && now == t && j == unit { (c + by).tanh() } else { c.tanh() };
                    (o * squashed, c)
                })
                .collect(),
            CellKind::Gru => units
                .map(|j| {
                    let [r, z] = [(0, "resetSum"), (1, "updateSum")].map(|(k, n)| Real::sigmoid(both(k, j, n)));
                    let n = (from_input(2, j) + r * from_state(2, j, "recurrentCandidate")).tanh();
                    ((1.0 - z) * n + z * seen("kept", &h)[j], 0.0)
                })
                .collect(),
        };
        h = next.iter().map(|(h, _)| *h).collect();
        c = next.iter().map(|(_, c)| *c).collect();
        let (weight, bias) = (parameter("fc.weight"), parameter("fc.bias"));
        // The loss's own path.
        let read = seen("loss", &h);
        for o in 0..OUTPUT {
            let out = bias[o] + read.iter().enumerate().map(|(k, h)| weight[k * OUTPUT + o] * h).sum::<f64>();
            loss += (out - y[now * OUTPUT + o]).powi(2);
        }
    }
    loss / (OUTPUT * STEPS) as f64
}

#[test]
fn every_path_is_the_derivative_of_the_loss_through_that_reader_alone() {
    let mut worst = 0.0f64;
    for cell in CELLS {
        let network = network(cell, 1, false);
        let microscope = looked(&network, &Intervention::default());
        assert!((microscope.loss() - loss_with(&network, "", 0, 0, 0.0)).abs() < 1e-13, "{cell:?}");
        let reader = Reader { nodes: cell.diagram(), input: INPUT };
        for name in ["hidden", "cellState"] {
            let Some(node) = reader.index(name) else { continue };
            for t in 0..STEPS {
                let explanation = microscope.explain(0, t, 0).unwrap();
                let scale = f64::from(explanation.exponent).exp2();
                for (path, part) in paths(&reader, &explanation, node) {
                    if name == "cellState" && path == "loss" {
                        assert!(part.iter().all(|part| *part == 0.0));
                        continue;
                    }
                    // The readers of h_t, and the one that keeps c, stand one timestep later.
                    let at = if path == "loss" || path == "squashed" { t } else { t + 1 };
                    for (unit, part) in part.iter().enumerate() {
                        let step = 1e-5;
                        let [more, less] = [step, -step].map(|by| loss_with(&network, path, at, unit, by));
                        let difference = (part * scale - (more - less) / (2.0 * step)).abs();
                        worst = worst.max(difference);
                        assert!(
                            difference < 1e-9,
                            "{cell:?} {name} through {path}, t {t}, unit {unit}: {difference:e}"
                        );
                    }
                }
            }
        }
    }
    println!("paths against central differences: at most {worst:.1e} apart");
}

#[test]
fn the_readouts_weights_and_errors_give_the_losss_own_part() {
    for cell in CELLS {
        let microscope = looked(&network(cell, 2, true), &Intervention::default());
        for layer in 0..4 {
            for t in 0..STEPS {
                let explanation = microscope.explain(layer, t, 1).unwrap();
                let [weights, errors] = &explanation.readout;
                assert_eq!(weights.len(), if layer < 2 { 0 } else { OUTPUT });
                if layer < 2 {
                    continue;
                }
                let sum: f64 = weights.iter().zip(errors).map(|(w, e)| w * e).sum();
                assert!(close(sum, explanation.direct[0][1], 1e-3), "{cell:?} {sum} {}", explanation.direct[0][1]);
            }
        }
    }
}

#[test]
fn there_is_nothing_to_explain_outside() {
    let microscope = looked(&network(CellKind::Lstm, 1, false), &Intervention::default());
    assert!(microscope.explain(0, STEPS, 0).is_none());
    assert!(microscope.explain(0, 0, HIDDEN).is_none());
    assert!(microscope.explain(1, 0, 0).is_none());
    assert!(microscope.explain(0, STEPS - 1, 0).unwrap().next.is_none());
}

#[test]
fn the_two_parts_of_a_kept_states_gradient_are_its_paths() {
    for cell in [CellKind::Lstm, CellKind::Gru] {
        for intervention in interventions(cell) {
            let microscope = looked(&network(cell, 1, false), &intervention);
            let reader = Reader { nodes: cell.diagram(), input: INPUT };
            let state = reader.index(if cell == CellKind::Lstm { "cellState" } else { "hidden" }).unwrap();
            let split: Vec<f64> = microscope.kept_split_log10(0).collect();
            assert_eq!(split.len(), 2 * STEPS);
            for t in 0..STEPS {
                let explanation = microscope.explain(0, t, 0).unwrap();
                let parts = paths(&reader, &explanation, state);
                let norm = |straight: bool| {
                    let sum = (0..HIDDEN).map(|unit| {
                        let own =
                            parts.iter().filter(|(path, _)| (*path == "kept") == straight).map(|(_, part)| part[unit]);
                        own.sum::<f64>().powi(2)
                    });
                    sum.sum::<f64>().sqrt() * f64::from(explanation.exponent).exp2()
                };
                for (k, straight) in [true, false].into_iter().enumerate() {
                    let got = 10f64.powf(split[2 * t + k]);
                    assert!(
                        (got - norm(straight)).abs() <= 1e-12 * norm(true).max(norm(false)),
                        "{cell:?} t {t}: {got} {}",
                        norm(straight)
                    );
                }
            }
        }
    }
    let plain = looked(&network(CELLS[0], 1, false), &Intervention::default());
    assert_eq!(plain.kept_split_log10(0).count(), 0);
}
