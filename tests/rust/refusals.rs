//! Networks that cannot be, and calls with what does not fit: a clear answer, and what was there before stays.

use gatescope::CellKind;
use gatescope::error::{Error, ShapeError};
use gatescope::loss::{Loss, Targets};
use gatescope::microscope::Microscope;
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::recurrent::Input;

fn config(loss: Loss, readout: Readout) -> NetworkConfig {
    NetworkConfig {
        cell: CellKind::Lstm,
        input: 3,
        hidden: 2,
        layers: 1,
        output: 4,
        bidirectional: false,
        vocabulary: None,
        readout,
        loss,
    }
}

#[test]
fn a_network_without_inputs_units_layers_or_outputs_is_refused_by_name() {
    let whole = config(Loss::cross_entropy(), Readout::Last);
    let broken = [
        ("input", NetworkConfig { input: 0, ..whole.clone() }),
        ("hidden", NetworkConfig { hidden: 0, ..whole.clone() }),
        ("layers", NetworkConfig { layers: 0, ..whole.clone() }),
        ("output", NetworkConfig { output: 0, ..whole.clone() }),
    ];
    for (name, config) in broken {
        let error = Network::<f32>::new(config.clone()).expect_err(name);
        assert!(matches!(&error, Error::InvalidConfig { field, .. } if *field == name), "{error}");
        assert!(Microscope::new(config, 5).is_err());
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused_with_what_would() {
    let network = Network::<f32>::new(config(Loss::cross_entropy(), Readout::Last)).expect("a network");
    let tape = network.tape(5, 2);
    assert_eq!(network.check_input(&tape, Input::OneHot(&[2; 10])), Ok(()));
    assert_eq!(network.check_input(&tape, Input::Dense(&[f32::NAN; 30])), Ok(()), "values are the caller's");
    let mut tokens = [0; 10];
    tokens[7] = 3;
    let error = Error::IdOutOfRange { what: "inputs", limit: 3, got: 3, position: 7 };
    assert_eq!(network.check_input(&tape, Input::OneHot(&tokens)), Err(error));
    tokens[7] = u32::MAX;
    assert!(network.check_input(&tape, Input::OneHot(&tokens)).is_err());
    for wrong in [0, 9, 11] {
        let error = ShapeError { what: "inputs", expected: [1, 10], got: [1, wrong] };
        assert_eq!(network.check_input(&tape, Input::OneHot(&vec![0; wrong])), Err(error.into()));
    }
    for wrong in [0, 29, 31, 60] {
        let error = network.check_input(&tape, Input::Dense(&vec![0.0; wrong])).expect_err("a wrong length");
        assert!(matches!(error, Error::Shape(ShapeError { what: "inputs", expected: [3, 10], .. })), "{error}");
    }
}

#[test]
fn targets_that_do_not_fit_are_refused_with_what_would() {
    for (readout, columns) in [(Readout::Last, 2), (Readout::Every, 10)] {
        let network = Network::<f64>::new(config(Loss::cross_entropy(), readout)).expect("a network");
        let tape = network.tape(5, 2);
        let check = |classes: &[u32]| network.check_targets(&tape, Targets::Classes(classes));
        let mut classes = vec![3; columns];
        assert_eq!(check(&classes), Ok(()));
        classes[1] = 4;
        let error = Error::IdOutOfRange { what: "targets", limit: 4, got: 4, position: 1 };
        assert_eq!(check(&classes), Err(error));
        let error = ShapeError { what: "targets", expected: [1, columns], got: [1, columns + 1] };
        assert_eq!(check(&vec![0; columns + 1]), Err(error.into()));
        let error = network.check_targets(&tape, Targets::Values(&vec![0.0; 4 * columns])).expect_err("the other kind");
        assert!(matches!(error, Error::InvalidConfig { field: "targets", .. }), "{error}");

        let network = Network::<f64>::new(config(Loss::MeanSquaredError, readout)).expect("a network");
        let check = |values: &[f64]| network.check_targets(&tape, Targets::Values(values));
        assert_eq!(check(&vec![0.0; 4 * columns]), Ok(()));
        let error = check(&vec![0.0; 4 * columns + 1]).expect_err("a wrong length");
        assert!(matches!(error, Error::Shape(ShapeError { what: "targets", .. })), "{error}");
        let error = network.check_targets(&tape, Targets::Classes(&classes)).expect_err("the other kind");
        assert!(matches!(error, Error::InvalidConfig { field: "targets", .. }), "{error}");
    }
}

#[test]
fn the_microscope_refuses_an_example_that_does_not_fit_and_keeps_the_last_one() {
    let config = config(Loss::cross_entropy(), Readout::Last);
    let weights = vec![0.25; Network::<f32>::new(config.clone()).expect("a network").weights().len()];
    let mut microscope = Microscope::new(config, 3).expect("a microscope");
    microscope.look(&weights, Input::OneHot(&[0, 1, 2]), Targets::Classes(&[1])).expect("an example");
    let (loss, output) = (microscope.loss(), microscope.output().clone());
    let wrong: [(&[u32], &[u32]); 5] =
        [(&[0, 1], &[1]), (&[0, 1, 3], &[1]), (&[], &[1]), (&[0, 1, 2], &[4]), (&[0, 1, 2], &[])];
    for (tokens, classes) in wrong {
        let looked = microscope.look(&weights, Input::OneHot(tokens), Targets::Classes(classes));
        assert!(looked.is_err(), "{tokens:?} {classes:?}");
        assert_eq!((microscope.loss(), microscope.output()), (loss, &output));
    }
}
