//! The readout taken apart: its parts make the outputs that were recorded, and its errors are the loss's derivatives.

use gatescope::Session;
use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::experiment::{CellChoice, LaneExperiment};
use gatescope::init::InitKind;
use gatescope::loss::{Loss, Targets};
use gatescope::microscope::{Answer, Microscope};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope_tests::small::{config, started};

const CELLS: [CellKind; 3] = [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Lstm, CellKind::Gru];
const INPUT: usize = 3;
const STEPS: usize = 6;
const OUTPUT: usize = 4;

fn network(cell: CellKind, bidirectional: bool, readout: Readout) -> Network<f64> {
    let config = NetworkConfig {
        layers: 2,
        bidirectional,
        readout,
        loss: Loss::cross_entropy(),
        ..config(cell, INPUT, 5, OUTPUT)
    };
    started(config, InitKind::Pytorch, 12)
}

fn looked(network: &Network<f64>) -> (Microscope, Vec<u32>) {
    let mut rng = Rng::new(6, Purpose::HeldOut);
    let x: Vec<f64> = (0..INPUT * STEPS).map(|_| rng.normal()).collect();
    let columns = if network.config().readout == Readout::Last { 1 } else { STEPS };
    let classes: Vec<u32> = (0..columns).map(|column| (column * 3 % OUTPUT) as u32).collect();
    let mut microscope = Microscope::new(network.config().clone(), STEPS).unwrap();
    microscope.look(network.weights(), Input::Dense(&x), Targets::Classes(&classes)).unwrap();
    (microscope, classes)
}

fn for_every_readout(check: impl Fn(&Network<f64>, &Microscope, &[Answer], &[u32])) {
    for cell in CELLS {
        for bidirectional in [false, true] {
            for readout in [Readout::Last, Readout::Every] {
                let network = network(cell, bidirectional, readout);
                let (microscope, classes) = looked(&network);
                let answers: Vec<Answer> = (0..classes.len()).map(|at| microscope.answer(at).unwrap()).collect();
                assert!(microscope.answer(classes.len()).is_none());
                check(&network, &microscope, &answers, &classes);
            }
        }
    }
}

#[test]
fn weights_states_and_bias_make_the_recorded_outputs_and_those_the_probabilities_and_the_loss() {
    for_every_readout(|_, microscope, answers, classes| {
        let mut loss = 0.0;
        for (at, (answer, class)) in answers.iter().zip(classes).enumerate() {
            for (row, output) in answer.outputs.iter().enumerate() {
                let weights = answer.weights.iter().skip(row).step_by(OUTPUT);
                let sum: f64 = weights.zip(&answer.features).map(|(w, h)| w * h).sum();
                assert!((sum + answer.bias[row] - output).abs() < 1e-14, "{sum} {output}");
                assert_eq!(*output, microscope.output()[(row, at)]);
            }
            let whole: f64 = answer.outputs.iter().map(|output| output.exp()).sum();
            for (probability, output) in answer.probabilities.iter().zip(&answer.outputs) {
                assert!((probability - output.exp() / whole).abs() < 1e-14);
            }
            loss -= answer.probabilities[*class as usize].ln() / classes.len() as f64;
            for (k, (error, probability)) in answer.errors.iter().zip(&answer.probabilities).enumerate() {
                let wanted = (probability - f64::from(u8::from(k == *class as usize))) / classes.len() as f64;
                assert!((error - wanted).abs() < 1e-15);
            }
        }
        assert!((answers[0].loss - loss).abs() < 1e-13, "{} {loss}", answers[0].loss);
    });
}

#[test]
fn the_errors_are_the_derivatives_of_the_loss_by_central_differences() {
    let mut worst = 0.0f64;
    for_every_readout(|network, _, answers, _| {
        let bias = network.parameters().get("fc.bias").unwrap().range();
        for k in 0..OUTPUT {
            // A change of fc.bias changes this output of every column alike.
            let step = 1e-5;
            let [more, less] = [step, -step].map(|by| {
                let mut changed = network.clone();
                changed.update(|weights, _| weights[bias.start + k] += by);
                looked(&changed).0.loss()
            });
            let error: f64 = answers.iter().map(|answer| answer.errors[k]).sum();
            assert!((error - (more - less) / (2.0 * step)).abs() < 1e-9, "{k}: {error}");
        }
    });
    // What comes back to one state of the last timestep alone is its column of the weights times the errors.
    for cell in CELLS {
        let network = network(cell, false, Readout::Last);
        let (microscope, _) = looked(&network);
        let answer = microscope.answer(0).unwrap();
        for unit in 0..5 {
            let explanation = microscope.explain(1, STEPS - 1, unit).unwrap();
            let sum: f64 = (0..OUTPUT).map(|k| answer.weights[unit * OUTPUT + k] * answer.errors[k]).sum();
            let recorded = explanation.direct[0][unit] * f64::from(explanation.exponent).exp2();
            worst = worst.max((sum - recorded).abs());
        }
    }
    assert!(worst < 1e-15, "{worst:e}");
}

#[test]
fn a_lane_takes_the_answer_of_the_frame_apart_also_when_it_has_trained_on() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        let given = LaneExperiment { cell, length: 9.0, hidden: 5.0, ..LaneExperiment::default() };
        let mut session = Session::new(&given).unwrap();
        session.train(3);
        let layout = session.info().layout;
        let mut frame = vec![0.0; layout.floats];
        session.copy_frame_into(&mut frame).unwrap();
        let shown = session.explain_answer().unwrap();
        let channel = layout.channels.iter().find(|channel| channel.name == "probabilities").unwrap();
        let scalars = layout.channels.iter().find(|channel| channel.name == "scalars").unwrap();
        let scalar =
            |name: &str| f64::from(frame[scalars.offset + layout.scalars.iter().position(|one| one == name).unwrap()]);
        let [step, class, outputs, features, loss] = shown[..5] else { panic!("{shown:?}") };
        assert_eq!([step, class, features], [3.0, scalar("exampleTarget"), 5.0]);
        assert_eq!(outputs as usize, channel.cols);
        assert_eq!(f64::from(loss as f32), scalar("exampleLoss"));
        let rows = outputs as usize;
        assert_eq!(shown.len(), 5 + 5 + rows * 5 + 4 * rows);
        for k in 0..rows {
            assert_eq!(shown[5 + 5 + rows * 5 + 2 * rows + k] as f32, frame[channel.offset + k]);
        }
        session.train(2);
        assert_eq!(session.explain_answer().unwrap(), shown);
    }
}
