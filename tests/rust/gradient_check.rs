//! Finite differences for every number that has a gradient: parameters, inputs, initial states.
//!
//! The five-point difference (−f(2ε) + 8f(ε) − 8f(−ε) + f(−2ε)) / 12ε is off by O(ε⁴), so ε = 1e−4 leaves only rounding,
//! about 1e−16/ε. Where ReLU has a kink between the five points (some pre-activation changes its sign) there is nothing
//! to compare, and that number is passed over.

use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::loss::{CrossEntropy, Ctc, Loss, Targets};
use gatescope::network::{Network, NetworkConfig, NetworkTape, Readout};
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::RefCell;

const EPSILON: f64 = 1e-4;
/// Of max(1, largest entry of the gradient): rounding is some 1e−12.
const TOLERANCE: f64 = 1e-9;
/// Random shapes, with and without lengths, for every cell, loss, readout, stack and kind of input.
const CASES: u32 = 16;
/// ReLU: more than this share passed over would be no check.
const KINKS: f64 = 0.05;

#[test]
fn every_gradient_of_the_tanh_rnn_equals_its_finite_difference() {
    check_cell(CellKind::Rnn(Nonlinearity::Tanh));
}

#[test]
fn every_gradient_of_the_relu_rnn_equals_its_finite_difference() {
    check_cell(CellKind::Rnn(Nonlinearity::Relu));
}

#[test]
fn every_gradient_of_the_lstm_equals_its_finite_difference() {
    check_cell(CellKind::Lstm);
}

#[test]
fn every_gradient_of_the_gru_equals_its_finite_difference() {
    check_cell(CellKind::Gru);
}

#[test]
fn a_kink_between_the_five_points_is_recognised() {
    let (readout, loss) = (Readout::Last, Loss::MeanSquaredError);
    let cell = CellKind::Rnn(Nonlinearity::Relu);
    let config = NetworkConfig {
        cell,
        input: 1,
        hidden: 1,
        layers: 1,
        output: 1,
        bidirectional: false,
        vocabulary: None,
        readout,
        loss,
    };
    let shape =
        Shape { steps: 1, batch: 1, input: 1, hidden: 1, output: 1, is_one_hot: false, is_padded: false, seed: 1 };
    let mut problem = Problem::new(config, shape);
    let bias = problem.network.parameters().get("rnn.bias_ih_l0").expect("a bias").offset;
    for (pre_activation, is_smooth) in [(3.0, true), (1.5, false), (-0.5, false), (-3.0, true)] {
        problem.loss();
        let present = problem.tape.recurrent.layers[0].gates[(0, 0)];
        problem.add(Place::Parameter(bias), pre_activation * EPSILON - present);
        problem.loss();
        let active = problem.active();
        let difference = problem.difference(Place::Parameter(bias), &active);
        assert_eq!(difference.is_some(), is_smooth, "{pre_activation} ε");
    }
}

/// A random problem is decided by its shape and a seed.
#[derive(Debug, Clone, Copy)]
struct Shape {
    steps: usize,
    batch: usize,
    input: usize,
    hidden: usize,
    output: usize,
    is_one_hot: bool,
    /// Whether the sequences have lengths of their own.
    is_padded: bool,
    seed: u32,
}

#[derive(Debug, Default)]
struct Count {
    compared: usize,
    kinks: usize,
    worst: f64,
}

fn check_cell(cell: CellKind) {
    let mut combination = 0;
    let losses = [
        Loss::cross_entropy(),
        Loss::CrossEntropy(CrossEntropy { class_weights: None, label_smoothing: 0.2 }),
        Loss::MeanSquaredError,
        Loss::BinaryCrossEntropy { positive_weight: 1.5 },
    ];
    for loss in losses {
        for readout in [Readout::Last, Readout::Every] {
            for (layers, bidirectional) in STACKS {
                combination += 1;
                let (loss, vocabulary) = (loss.clone(), None);
                check_kind(&Kind { cell, loss, readout, layers, bidirectional, vocabulary }, combination);
            }
        }
    }
    // Labels need an output for every timestep.
    for (loss, vocabulary) in [
        (Loss::Ctc(Ctc::default()), None),
        (Loss::Ctc(Ctc { blank: 1, zero_infinity: true }), Some(3)),
        (Loss::cross_entropy(), Some(4)),
    ] {
        for (layers, bidirectional) in STACKS {
            combination += 1;
            let (loss, readout) = (loss.clone(), Readout::Every);
            check_kind(&Kind { cell, loss, readout, layers, bidirectional, vocabulary }, combination);
        }
    }
}

/// Layers, and whether they run in both directions.
const STACKS: [(usize, bool); 3] = [(1, false), (2, false), (2, true)];

/// What is checked with many shapes.
#[derive(Debug)]
struct Kind {
    cell: CellKind,
    loss: Loss,
    readout: Readout,
    layers: usize,
    bidirectional: bool,
    vocabulary: Option<usize>,
}

impl Kind {
    fn problem(&self, shape: Shape) -> Problem {
        let Shape { input, hidden, output, .. } = shape;
        let Self { cell, readout, layers, bidirectional, vocabulary, .. } = *self;
        // CTC needs a label beside the blank.
        let output = if matches!(self.loss, Loss::Ctc(_)) { output + 1 } else { output };
        let loss = self.loss.clone();
        let config = NetworkConfig { cell, input, hidden, layers, bidirectional, vocabulary, output, readout, loss };
        Problem::new(config, Shape { output, ..shape })
    }
}

fn check_kind(kind: &Kind, seed: u8) {
    let smallest =
        Shape { steps: 1, batch: 1, input: 1, hidden: 1, output: 1, is_one_hot: false, is_padded: false, seed: 1 };
    let count = RefCell::new(Count::default());
    let check = |shape: Shape| kind.problem(shape).check(&mut count.borrow_mut());
    check(smallest).expect("T = B = I = H = O = 1");
    check(Shape { output: 3, is_one_hot: true, ..smallest }).expect("T = B = I = H = 1, one-hot");
    let sizes = (1usize..=6, 1usize..=3, 1usize..=4, 1usize..=5, 1usize..=4);
    let shapes = (sizes, proptest::bool::ANY, proptest::bool::ANY, proptest::num::u32::ANY);
    let shapes = shapes.prop_map(|((steps, batch, input, hidden, output), is_one_hot, is_padded, seed)| Shape {
        steps,
        batch,
        input,
        hidden,
        output,
        is_one_hot,
        is_padded,
        seed,
    });
    let settings = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(settings, rng);
    let run = runner.run(&shapes, |shape| check(shape).map_err(TestCaseError::fail));
    run.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    let Count { compared, kinks, worst } = count.into_inner();
    println!("{kind:?}: {compared} numbers, {kinks} kinks, worst {worst:.1e}");
    assert!(compared > 500 && (kinks as f64) < KINKS * compared as f64);
}

/// A network with a batch: everything that a loss depends on.
struct Problem {
    network: Network<f64>,
    tape: NetworkTape<f64>,
    inputs: Vec<f64>,
    tokens: Option<Vec<u32>>,
    classes: Vec<u32>,
    values: Vec<f64>,
    labels: Vec<u32>,
    label_lengths: Vec<usize>,
    states: usize,
}

/// One of the numbers that a gradient is with respect to.
#[derive(Debug, Clone, Copy)]
enum Place {
    Parameter(usize),
    Input(usize),
    Hidden { layer: usize, index: usize },
    Cell { layer: usize, index: usize },
}

impl Problem {
    fn new(config: NetworkConfig, shape: Shape) -> Self {
        let mut rng = Rng::new(shape.seed, Purpose::Training);
        let mut network = Network::new(config.clone()).expect("a network");
        network.update(|weights, _| weights.fill_with(|| rng.uniform(-1.0, 1.0)));
        let mut tape = network.tape(shape.steps, shape.batch);
        let states = config.hidden * shape.batch;
        for layer in &mut tape.recurrent.layers {
            let first = layer.initial(shape.steps) * states;
            layer.h.as_mut_slice()[first..first + states].fill_with(|| rng.uniform(-1.0, 1.0));
            if config.cell.has_cell_state() {
                layer.c.as_mut_slice()[first..first + states].fill_with(|| rng.uniform(-1.0, 1.0));
            }
        }
        let lengths: Vec<usize> = match shape.is_padded {
            true => (0..shape.batch).map(|_| 1 + rng.below(shape.steps)).collect(),
            false => vec![shape.steps; shape.batch],
        };
        tape.recurrent.set_lengths(shape.is_padded.then_some(&lengths[..]));
        let columns = shape.steps * shape.batch;
        let ids = config.vocabulary.unwrap_or(config.input);
        let has_tokens = shape.is_one_hot || config.vocabulary.is_some();
        let tokens: Option<Vec<u32>> = has_tokens.then(|| (0..columns).map(|_| rng.below(ids) as u32).collect());
        let inputs = match &tokens {
            // There is nothing between two tokens: the numbers are in the embedding.
            Some(_) if config.vocabulary.is_some() => Vec::new(),
            Some(tokens) => {
                let one_hot = |token: usize| (0..config.input).map(move |k| f64::from(k == token));
                tokens.iter().flat_map(|token| one_hot(*token as usize)).collect()
            }
            None => (0..columns * config.input).map(|_| rng.uniform(-1.0, 1.0)).collect(),
        };
        let outputs = tape.output.ncols();
        let classes = (0..outputs).map(|_| rng.below(config.output) as u32).collect();
        let values = (0..outputs * config.output).map(|_| rng.uniform(-1.0, 1.0)).collect();
        let (mut labels, mut label_lengths) = (Vec::new(), Vec::new());
        if let Loss::Ctc(ctc) = config.loss {
            for length in lengths {
                // Never too many, even when all are the same and need blanks between them.
                let count = rng.below(length.div_ceil(2) + 1);
                let others: Vec<u32> = (0..config.output).filter(|id| *id != ctc.blank).map(|id| id as u32).collect();
                labels.extend((0..count).map(|_| others[rng.below(others.len())]));
                label_lengths.push(count);
            }
        }
        Self { network, tape, inputs, tokens, classes, values, labels, label_lengths, states }
    }

    /// The loss, from real-valued inputs even when they are one-hot: only so they can be changed.
    fn loss(&mut self) -> f64 {
        let input = match &self.tokens {
            Some(tokens) if self.network.config().vocabulary.is_some() => Input::OneHot(tokens),
            _ => Input::Dense(&self.inputs),
        };
        self.network.forward(input, &mut self.tape);
        let targets = match self.network.config().loss {
            Loss::CrossEntropy(_) => Targets::Classes(&self.classes),
            Loss::Ctc(_) => Targets::Labels { labels: &self.labels, lengths: &self.label_lengths },
            _ => Targets::Values(&self.values),
        };
        self.network.check_targets(&self.tape, targets).expect("targets that fit");
        self.network.loss(targets, &mut self.tape)
    }

    /// ∂L/∂x of the tape's last loss; all other gradients are left in the network and on the tape.
    fn backward(&mut self, is_one_hot: bool) -> Vec<f64> {
        let mut d_inputs = vec![f64::NAN; self.inputs.len()];
        let has_embedding = self.network.config().vocabulary.is_some();
        let input = match &self.tokens {
            Some(tokens) if is_one_hot || has_embedding => Input::OneHot(tokens),
            _ => Input::Dense(&self.inputs),
        };
        self.network.backward(input, &mut self.tape, (!has_embedding).then_some(&mut d_inputs));
        d_inputs
    }

    fn add(&mut self, place: Place, amount: f64) {
        match place {
            Place::Parameter(index) => self.network.update(|weights, _| weights[index] += amount),
            Place::Input(index) => self.inputs[index] += amount,
            Place::Hidden { layer, index } => self.tape.recurrent.layers[layer].h.as_mut_slice()[index] += amount,
            Place::Cell { layer, index } => self.tape.recurrent.layers[layer].c.as_mut_slice()[index] += amount,
        }
    }

    /// Which pre-activations of a ReLU network are positive.
    fn active(&self) -> Vec<bool> {
        match self.network.config().cell {
            CellKind::Rnn(Nonlinearity::Relu) => {
                self.tape.recurrent.layers.iter().flat_map(|layer| layer.gates.iter().map(|a| *a > 0.0)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The derivative with respect to one number; nothing where ReLU has a kink nearby.
    fn difference(&mut self, place: Place, active: &[bool]) -> Option<f64> {
        let mut sum = 0.0;
        let mut is_smooth = true;
        for (distance, weight) in [(-2.0, 1.0), (-1.0, -8.0), (1.0, 8.0), (2.0, -1.0)] {
            self.add(place, distance * EPSILON);
            sum += weight * self.loss();
            is_smooth &= self.active() == active;
            self.add(place, -distance * EPSILON);
        }
        is_smooth.then_some(sum / (12.0 * EPSILON))
    }

    fn check(mut self, count: &mut Count) -> Result<(), String> {
        self.loss();
        let active = self.active();
        let d_inputs = self.backward(false);
        let mut groups: Vec<(String, Vec<(Place, f64)>)> = Vec::new();
        let gradients = self.network.gradients();
        for spec in self.network.parameters().specs() {
            let entries = spec.range().map(|index| (Place::Parameter(index), gradients[index])).collect();
            groups.push((spec.name.clone(), entries));
        }
        let entries = d_inputs.iter().enumerate().map(|(index, value)| (Place::Input(index), *value)).collect();
        groups.push(("x".to_owned(), entries));
        for (layer, record) in self.tape.recurrent.layers.iter().enumerate() {
            let first = record.initial(self.tape.recurrent.steps) * self.states;
            let initial = |states: &[f64]| -> Vec<(usize, f64)> {
                states.iter().copied().enumerate().skip(first).take(self.states).collect()
            };
            let d_h = initial(record.d_h.as_slice()).into_iter();
            let entries = d_h.map(|(index, value)| (Place::Hidden { layer, index }, value)).collect();
            groups.push((format!("h0 of layer {layer}"), entries));
            let d_c = initial(record.d_c.as_slice()).into_iter();
            let entries = d_c.map(|(index, value)| (Place::Cell { layer, index }, value)).collect();
            groups.push((format!("c0 of layer {layer}"), entries));
        }
        self.check_one_hot(&groups)?;
        for (name, entries) in groups {
            let largest = entries.iter().fold(1.0, |m: f64, (_, gradient)| m.max(gradient.abs()));
            for (place, gradient) in entries {
                let Some(expected) = self.difference(place, &active) else {
                    count.kinks += 1;
                    continue;
                };
                let error = (gradient - expected).abs() / largest;
                if error.is_nan() || error > TOLERANCE {
                    return Err(format!("{name} {place:?}: gradient {gradient:e}, difference {expected:e}"));
                }
                count.compared += 1;
                count.worst = count.worst.max(error);
            }
        }
        Ok(())
    }

    /// Tokens and the one-hot vectors they stand for give the same outputs and gradients.
    fn check_one_hot(&mut self, groups: &[(String, Vec<(Place, f64)>)]) -> Result<(), String> {
        let Some(tokens) = self.tokens.clone().filter(|_| self.network.config().vocabulary.is_none()) else {
            return Ok(());
        };
        let output = self.tape.output.clone();
        self.network.forward(Input::OneHot(&tokens), &mut self.tape);
        if (&output - &self.tape.output).amax() > 1e-14 * output.amax().max(1.0) {
            return Err("one-hot outputs differ from dense ones".to_owned());
        }
        let d_inputs = self.backward(true);
        for (place, dense) in groups.iter().flat_map(|(_, entries)| entries) {
            let one_hot = match *place {
                Place::Parameter(index) => self.network.gradients()[index],
                Place::Input(index) => d_inputs[index],
                Place::Hidden { layer, index } => self.tape.recurrent.layers[layer].d_h.as_slice()[index],
                Place::Cell { layer, index } => self.tape.recurrent.layers[layer].d_c.as_slice()[index],
            };
            let is_equal = (one_hot - dense).abs() <= 1e-13 * dense.abs().max(1.0);
            if !is_equal {
                return Err(format!("{place:?}: gradient {one_hot:e} from tokens, {dense:e} from vectors"));
            }
        }
        Ok(())
    }
}
