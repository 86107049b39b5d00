//! Surgery on the shown example: every edit against finite differences of the edited network and against closed forms.

use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::eigenvalues::spectral_radius;
use gatescope::init::InitKind;
use gatescope::loss::Targets;
use gatescope::microscope::{Clamp, ClampTo, Dropped, Injection, Intervention, Microscope, State};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::parameters::ParameterSpec;
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope_tests::small::{config, started};
use nalgebra::DMatrix;
use proptest::prelude::*;

const TANH: CellKind = CellKind::Rnn(Nonlinearity::Tanh);
const CELLS: [CellKind; 4] = [TANH, CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm, CellKind::Gru];

/// A network with random weights and an input.
struct Patient {
    network: Network<f64>,
    x: Vec<f64>,
    steps: usize,
}

impl Patient {
    fn new(cell: CellKind, [hidden, layers, steps]: [usize; 3], bidirectional: bool, seed: u32) -> Self {
        let config = NetworkConfig { layers, bidirectional, readout: Readout::Every, ..config(cell, 2, hidden, 2) };
        let network = started(config, InitKind::Pytorch, seed);
        let mut rng = Rng::new(seed, Purpose::HeldOut);
        let x = (0..2 * steps).map(|_| rng.normal()).collect();
        Self { network, x, steps }
    }

    fn microscope(&self) -> Microscope {
        Microscope::new(self.network.config().clone(), self.steps).expect("the network's shape")
    }

    fn look(&self, microscope: &mut Microscope, intervention: &Intervention) -> Vec<Dropped> {
        let target = vec![0.5; 2 * self.steps];
        let (input, target) = (Input::Dense(&self.x), Targets::Values(&target));
        microscope.look_with(self.network.weights(), input, target, intervention).expect("the network's example")
    }
}

fn clamp(gate: &str, unit: Option<usize>, to: ClampTo) -> Clamp {
    Clamp { layer: 0, gate: gate.to_owned(), unit, to }
}

fn clamps(gate: &str, to: ClampTo) -> Intervention {
    Intervention { clamps: vec![clamp(gate, None, to)], ..Intervention::default() }
}

fn true_gradient(microscope: &Microscope, state: State, t: usize) -> Vec<f64> {
    let (values, exponent) = microscope.gradient(0, state, t);
    values.iter().map(|value| value * f64::from(exponent).exp2()).collect()
}

fn gates_of(cell: CellKind) -> &'static [&'static str] {
    match cell {
        CellKind::Rnn(_) => &[],
        CellKind::Lstm => &["input", "forget", "candidate", "output"],
        CellKind::Gru => &["reset", "update", "candidate"],
    }
}

#[test]
fn nothing_asked_changes_nothing() {
    for cell in CELLS {
        let patient = Patient::new(cell, [3, 2, 5], true, 4);
        let (mut plain, mut edited) = (patient.microscope(), patient.microscope());
        let target = vec![0.5; 10];
        plain.look(patient.network.weights(), Input::Dense(&patient.x), Targets::Values(&target)).expect("an example");
        assert!(patient.look(&mut edited, &Intervention::default()).is_empty());
        for layer in 0..4 {
            assert!(plain.gradient_log10(layer, State::Hidden).eq(edited.gradient_log10(layer, State::Hidden)));
        }
        assert_eq!(plain.loss(), edited.loss());
    }
}

/// With every gate held where it was, the forward pass repeats itself, though by other code.
#[test]
fn gates_held_at_their_recorded_values_leave_the_forward_pass_as_it_was() {
    for cell in [CellKind::Lstm, CellKind::Gru] {
        let patient = Patient::new(cell, [4, 2, 6], true, 5);
        let (mut plain, mut edited) = (patient.microscope(), patient.microscope());
        patient.look(&mut plain, &Intervention::default());
        for gate in gates_of(cell) {
            let all = (0..4).map(|layer| Clamp { layer, ..clamp(gate, None, ClampTo::Recorded) });
            let intervention = Intervention { clamps: all.collect(), ..Intervention::default() };
            assert!(patient.look(&mut edited, &intervention).is_empty());
            assert!((plain.loss() - edited.loss()).abs() < 1e-14);
            let far = plain.output().iter().zip(edited.output()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(far < 1e-14, "{cell:?} {gate}: {far:e}");
        }
    }
}

/// A gate that does not listen anyway may be held at what it was: no gradient of another quantity changes.
#[test]
fn holding_a_gate_that_does_not_listen_changes_no_gradient() {
    for cell in [CellKind::Lstm, CellKind::Gru] {
        // A GRU's candidate, the last, still listens through r ⊙ b_hn.
        let gates = &gates_of(cell)[..if cell == CellKind::Gru { 2 } else { 4 }];
        for (block, gate) in gates.iter().enumerate() {
            let mut patient = Patient::new(cell, [3, 1, 6], false, 14);
            let specs = patient.network.parameters().specs()[..3].to_vec();
            patient.network.update(|weights, _| {
                for spec in specs.iter().filter(|spec| spec.name.contains(".weight_")) {
                    let own = weights[spec.range()].iter_mut().enumerate();
                    own.filter(|(k, _)| k % spec.rows / 3 == block).for_each(|(_, weight)| *weight = 0.0);
                }
            });
            let (mut plain, mut held) = (patient.microscope(), patient.microscope());
            patient.look(&mut plain, &Intervention::default());
            patient.look(&mut held, &clamps(gate, ClampTo::Recorded));
            for (a, b) in plain.gradient_log10(0, State::Hidden).zip(held.gradient_log10(0, State::Hidden)) {
                assert!((a - b).abs() < 1e-12, "{cell:?} {gate}: {a} {b}");
            }
        }
    }
}

/// f ≡ 1, i ≡ 0: nothing but the carousel, on which nothing is lost.
#[test]
fn an_lstm_that_neither_forgets_nor_admits_hands_its_cell_gradient_back_unchanged() {
    let patient = Patient::new(CellKind::Lstm, [5, 1, 300], false, 6);
    let mut microscope = patient.microscope();
    let held = vec![clamp("forget", None, ClampTo::Open), clamp("input", None, ClampTo::Closed)];
    for unit in 0..5 {
        let injection = Some(Injection { layer: 0, t: 299, unit, state: State::Cell });
        let intervention = Intervention { clamps: held.clone(), injection, ..Intervention::default() };
        assert!(patient.look(&mut microscope, &intervention).is_empty());
        let expected: Vec<f64> = (0..5).map(|k| f64::from(u8::from(k == unit))).collect();
        for t in 0..300 {
            assert_eq!(true_gradient(&microscope, State::Cell, t), expected, "∂c_T/∂c_{t}");
        }
        assert!(microscope.gradient_norm_log10(0, State::Hidden).all(|log| log == f64::NEG_INFINITY));
    }
}

#[test]
fn a_clamped_gate_passes_nothing_to_its_weights_and_the_rest_of_the_jacobian_is_the_edited_networks() {
    for cell in [CellKind::Lstm, CellKind::Gru] {
        for (block, gate) in gates_of(cell).iter().enumerate() {
            for to in [ClampTo::Closed, ClampTo::Open, ClampTo::Recorded] {
                let patient = Patient::new(cell, [3, 1, 4], false, 7);
                let mut microscope = patient.microscope();
                let intervention = Intervention { clamps: vec![clamp(gate, Some(1), to)], ..Intervention::default() };
                assert!(patient.look(&mut microscope, &intervention).is_empty());
                for t in 0..4 {
                    let (deltas, _, _) = microscope.recurrent_term(0, t);
                    assert_eq!(deltas[block * 3 + 1], 0.0);
                }
            }
        }
    }
}

/// The Jacobian of step t acts as the backward pass does: λ_{t−1} = J_tᵀ λ_t + direct part.
#[test]
fn jacobians_and_the_backward_pass_agree_under_every_intervention() {
    for cell in CELLS {
        let patient = Patient::new(cell, [4, 1, 7], false, 8);
        let mut edits: Vec<Intervention> = gates_of(cell)
            .iter()
            .flat_map(|gate| [ClampTo::Closed, ClampTo::Open, ClampTo::Recorded].map(|to| clamps(gate, to)))
            .collect();
        edits.push(Intervention { spectral_radius: Some(1.7), ..Intervention::default() });
        edits.push(Intervention { forget_bias: Some(2.0), ..Intervention::default() });
        edits.push(Intervention { cut_cell_path: true, ..Intervention::default() });
        for edit in edits {
            let mut microscope = patient.microscope();
            let injection = Some(Injection { layer: 0, t: 6, unit: 2, state: State::Hidden });
            let dropped = patient.look(&mut microscope, &Intervention { injection, ..edit.clone() });
            assert_eq!(dropped.is_empty(), !matches!(cell, CellKind::Rnn(_)) || edit.spectral_radius.is_some());
            let mut product = microscope.jacobian_product(0, 4);
            for t in (0..7).rev() {
                let current = product.current_hidden();
                let row = current.mantissa.row(2) * f64::from(current.exponent).exp2();
                let got = true_gradient(&microscope, State::Hidden, t);
                for (got, expected) in got.iter().zip(row.iter()) {
                    assert!((got - expected).abs() < 1e-13, "{cell:?}, {edit:?}, t {t}: {got} {expected}");
                }
                product.step_back();
            }
        }
    }
}

#[test]
fn without_the_cell_path_the_cell_gradient_at_the_start_is_the_route_through_the_weights_alone() {
    let patient = Patient::new(CellKind::Lstm, [4, 1, 30], false, 9);
    let (mut whole, mut cut) = (patient.microscope(), patient.microscope());
    let injection = Some(Injection { layer: 0, t: 29, unit: 0, state: State::Hidden });
    let open = Intervention { injection, forget_bias: Some(5.0), ..Intervention::default() };
    patient.look(&mut whole, &open);
    patient.look(&mut cut, &Intervention { cut_cell_path: true, ..open });
    assert_eq!(whole.output(), cut.output(), "the forward pass stays");
    let start = |microscope: &Microscope| microscope.gradient_norm_log10(0, State::Cell).next().expect("t = 0");
    println!(
        "LSTM, b_f = 5, 29 steps: log10 ‖∂h_T/∂c_1‖ {:.2}, without the cell path {:.2}",
        start(&whole),
        start(&cut)
    );
    assert!(start(&whole) > -3.0 && start(&cut) < start(&whole) - 5.0);
}

#[test]
fn a_spectral_radius_is_met_and_a_forget_bias_counts_once() {
    for cell in CELLS {
        let patient = Patient::new(cell, [6, 2, 3], false, 10);
        let mut microscope = patient.microscope();
        patient.look(&mut microscope, &Intervention { spectral_radius: Some(1.3), ..Intervention::default() });
        for layer in 0..2 {
            for spectrum in microscope.recurrent_spectra(layer) {
                let radius = spectrum.expect("finite").radius().expect("eigenvalues");
                assert!((radius - 1.3).abs() < 1e-12, "{radius}");
            }
        }
        patient.look(&mut microscope, &Intervention::default());
        let spectra = microscope.recurrent_spectra(0);
        let block = patient.network.parameters().specs()[1].view(patient.network.weights()).rows(0, 6).into_owned();
        let own = spectra[0].as_ref().expect("finite").radius().expect("eigenvalues");
        assert!((own - spectral_radius(&block).expect("eigenvalues")).abs() < 1e-12, "the weights are as before");
    }
    let patient = Patient::new(CellKind::Lstm, [3, 1, 1], false, 11);
    let mut microscope = patient.microscope();
    let mut silent = patient.network.clone();
    silent.update(|weights, _| weights.fill(0.3));
    let silent = Patient { network: silent, x: vec![0.0; 2], steps: 1 };
    assert!(
        silent.look(&mut microscope, &Intervention { forget_bias: Some(1.0), ..Intervention::default() }).is_empty()
    );
    let forget = microscope.forward_values(0, &CellKind::Lstm.channels()[0]).next().expect("f");
    assert!((forget - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-15, "{forget}");
}

#[test]
fn what_has_no_place_is_dropped_and_named() {
    let patient = Patient::new(CellKind::Gru, [3, 1, 4], false, 12);
    let mut microscope = patient.microscope();
    let clamps = vec![
        clamp("update", Some(2), ClampTo::Open),
        clamp("update", Some(3), ClampTo::Open),
        clamp("forget", Some(0), ClampTo::Open),
        clamp("hidden", Some(0), ClampTo::Open),
        Clamp { layer: 1, ..clamp("update", None, ClampTo::Closed) },
    ];
    let injection = Injection { layer: 0, t: 4, unit: 0, state: State::Hidden };
    let asked = Intervention {
        clamps: clamps.clone(),
        injection: Some(injection),
        spectral_radius: Some(f64::NAN),
        forget_bias: Some(f64::INFINITY),
        cut_cell_path: true,
    };
    let mut expected = vec![Dropped::Injection(injection)];
    expected.extend(clamps[1..].iter().cloned().map(Dropped::Clamp));
    expected.extend([Dropped::SpectralRadius, Dropped::ForgetBias]);
    assert_eq!(patient.look(&mut microscope, &asked), expected);
    assert!(microscope.loss().is_finite());
    assert_eq!(microscope.forward_values(0, &CellKind::Gru.channels()[1]).nth(2), Some(1.0));
    // A plain RNN has neither gates nor a path to cut.
    let patient = Patient::new(TANH, [3, 1, 4], false, 12);
    let asked = Intervention { injection: None, spectral_radius: Some(0.9), forget_bias: Some(1.0), ..asked };
    let mut expected = vec![Dropped::CutCellPath];
    expected.extend(clamps.iter().cloned().map(Dropped::Clamp));
    expected.push(Dropped::ForgetBias);
    assert_eq!(patient.look(&mut patient.microscope(), &asked), expected);
}

#[test]
fn the_same_weights_run_over_any_number_of_timesteps() {
    let patient = Patient::new(CellKind::Lstm, [3, 1, 6], false, 13);
    let mut long = patient.microscope();
    patient.look(&mut long, &Intervention::default());
    let short = Patient { steps: 3, x: patient.x[..6].to_vec(), network: patient.network.clone() };
    let mut microscope = short.microscope();
    short.look(&mut microscope, &Intervention::default());
    assert_eq!(microscope.output().as_slice(), &long.output().as_slice()[..6]);
}

/// Central differences of h_{t,unit} in the directions of the input: ∂h/∂x = W_ihᵀ·δ, so every step back and every edit
/// counts.
fn difference_of_input(patient: &mut Patient, edit: &Intervention, at: Injection, index: usize) -> f64 {
    let epsilon = 1e-5;
    let mut value = |offset: f64| {
        let kept = patient.x[index];
        patient.x[index] += offset;
        let mut microscope = patient.microscope();
        patient.look(&mut microscope, edit);
        patient.x[index] = kept;
        let name = if at.state == State::Cell { "cellState" } else { "hidden" };
        let channel = microscope.cell().channels().iter().find(|channel| channel.name == name).expect("a state");
        let hidden = patient.network.config().hidden;
        microscope.forward_values(at.layer, channel).nth(at.t * hidden + at.unit).expect("t, unit")
    };
    (value(epsilon) - value(-epsilon)) / (2.0 * epsilon)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_injected_gradient_is_the_derivative_of_that_state_in_the_edited_network(
        kind in 0usize..3, hidden in 1usize..4, layers in 1usize..3, steps in 1usize..5, bidirectional: bool, seed in 0u32..1000,
        [gate, unit, to, of_cell, layer, t, index] in [0usize..1000, 0..1000, 0..1000, 0..1000, 0..1000, 0..1000, 0..1000],
    ) {
        let cell = [TANH, CellKind::Lstm, CellKind::Gru][kind];
        let mut patient = Patient::new(cell, [hidden, layers, steps], bidirectional, seed);
        let entries = layers * (1 + usize::from(bidirectional));
        // A gate held at its recorded value is a constant: differences of the input would move it, so 0 and 1 only.
        let to = [ClampTo::Closed, ClampTo::Open][to % 2];
        let clamps = gates_of(cell).get(gate % 5).map(|gate| Clamp {
            layer: layer % entries,
            ..clamp(gate, Some(unit % hidden), to)
        });
        let edit = Intervention {
            clamps: clamps.into_iter().collect(),
            spectral_radius: (seed % 2 == 0).then_some(1.2),
            forget_bias: (seed % 3 == 0 && cell != TANH).then_some(1.0),
            ..Intervention::default()
        };
        let state = if cell == CellKind::Lstm && of_cell % 2 == 0 { State::Cell } else { State::Hidden };
        let at = Injection { layer: t % entries, t: t % steps, unit: unit % hidden, state };
        let mut microscope = patient.microscope();
        let asked = Intervention { injection: Some(at), ..edit.clone() };
        prop_assert!(patient.look(&mut microscope, &asked).is_empty());
        // ∂L/∂x_t of the example, from the first layer's deltas and weights.
        let index = index % (2 * steps);
        let mut gradient = 0.0;
        for direction in 0..1 + usize::from(bidirectional) {
            let weight = weight_ih(&patient, direction);
            let (deltas, exponent) = microscope.input_deltas(direction, index / 2);
            let column = weight.column(index % 2);
            gradient += column.iter().zip(deltas).map(|(w, d)| w * d).sum::<f64>() * f64::from(exponent).exp2();
        }
        let expected = difference_of_input(&mut patient, &edit, at, index);
        prop_assert!((gradient - expected).abs() < 1e-8, "{:?} {:?}: {} {}", cell, asked, gradient, expected);
    }
}

/// W_ih of the first layer: what is held has no delta there.
fn weight_ih(patient: &Patient, direction: usize) -> DMatrix<f64> {
    let is_weight = |spec: &&ParameterSpec| spec.name.contains("weight_ih");
    let spec = patient.network.parameters().specs().iter().filter(is_weight).nth(direction);
    spec.expect("the first layer's").view(patient.network.weights()).into_owned()
}
