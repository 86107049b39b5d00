//! Calls with what does not fit, after which the model still works.

use super::{bytes, config, model, size};
use gatescope::error::{Error, ShapeError};
use gatescope::model::{AnyModel, BatchInput, BatchSize, BatchTargets, Forward, Initial, Model};
use gatescope::network::Readout;
use gatescope::state_dict;
use gatescope_tests::fixture::Fixture;
use gatescope_tests::reference::{Dimensions, model_config};

/// The fixture's batch from zero, which every refusal must leave as it was.
fn plain(model: &mut AnyModel, fixture: &Fixture) -> Forward {
    let Dimensions { batch, steps, .. } = Dimensions::of(fixture);
    let x = BatchInput::Values(&fixture.get("x").data);
    model.forward(x, size(batch, steps), Initial::default()).expect("the fixture's batch")
}

/// The name that a refusal gives.
fn name<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    let error = result.expect_err("a refusal");
    println!("{error}");
    match error {
        Error::InvalidConfig { field, .. } => field,
        Error::Shape(ShapeError { what, .. }) | Error::IdOutOfRange { what, .. } | Error::OutOfMemory { what, .. } => {
            what
        }
        Error::Checkpoint(_) => "checkpoint",
    }
}

#[test]
fn what_does_not_fit_is_named_and_the_model_still_works() {
    for (fixture, double) in [("lstm", true), ("lstm", false), ("gru", false), ("rnn_tanh", false)] {
        let fixture = Fixture::load(&format!("cells/{fixture}_chapter_1layer"));
        let mut model = model(&fixture, double);
        let Dimensions { batch, steps, .. } = Dimensions::of(&fixture);
        let has_cell_state = model.network().0.cell.has_cell_state();
        let x = fixture.get("x").data.clone();
        let input = BatchInput::Values(&x);
        let fits = size(batch, steps);
        let zero = Initial::default();
        let before = plain(&mut model, &fixture);
        let weights = model.state_dict();
        let after = |model: &mut AnyModel, given: &str, expected: &str| {
            assert_eq!(given, expected);
            assert_eq!(plain(model, &fixture), before, "after a wrong {expected}");
        };

        let with = |value: f64| {
            let mut bad = x.clone();
            bad[17] = value;
            bad
        };
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(with) {
            let given = name(model.forward(BatchInput::Values(&bad), fits, zero));
            after(&mut model, given, "inputs");
            let given = name(model.gradients(BatchInput::Values(&bad), BatchTargets::Ids(&[0, 1, 0]), fits));
            after(&mut model, given, "inputs");
            let given = name(model.train(BatchInput::Values(&bad), BatchTargets::Ids(&[0, 1, 0]), fits, 1));
            after(&mut model, given, "inputs");
        }
        let given = name(model.forward(BatchInput::Values(&x[1..]), fits, zero));
        after(&mut model, given, "inputs");
        let given = name(model.forward(BatchInput::Tokens(&[0; 15]), fits, zero));
        after(&mut model, given, "inputs");
        let given = name(model.forward(BatchInput::Values(&[]), size(0, steps), zero));
        after(&mut model, given, "batch");
        let given = name(model.forward(BatchInput::Values(&[]), size(batch, 0), zero));
        after(&mut model, given, "steps");
        for huge in [size(1 << 40, 1), size(usize::MAX, usize::MAX), size(1, usize::MAX)] {
            let given = name(model.forward(input, huge, zero));
            after(&mut model, given, "batch");
        }
        for lengths in [&[5, 5][..], &[5, 5, 5, 5], &[5, 6, 5], &[0, 5, 5], &[5, 5, usize::MAX]] {
            let sized = BatchSize { lengths: Some(lengths), ..fits };
            let given = name(model.forward(input, sized, zero));
            after(&mut model, given, "lengths");
            let given = name(model.trace(input, BatchTargets::Ids(&[0, 1, 0]), sized, 0, 0));
            after(&mut model, given, "lengths");
        }
        for bad in [&[0.5; 59][..], &[], &[f64::NAN; 60]] {
            let given = name(model.forward(input, fits, Initial { hidden: Some(bad), cell: None }));
            after(&mut model, given, "hidden");
            let given = name(model.forward(input, fits, Initial { hidden: None, cell: Some(&[1.0; 61]) }));
            after(&mut model, given, "cell");
        }
        if !has_cell_state {
            let given = name(model.forward(input, fits, Initial { hidden: None, cell: Some(&[1.0; 60]) }));
            after(&mut model, given, "cell");
        }
        for targets in [
            BatchTargets::Ids(&[0, 1]),
            BatchTargets::Ids(&[0, 1, 2]),
            BatchTargets::Ids(&[0, -1, 0]),
            BatchTargets::Ids(&[0, 1, i32::MIN]),
            BatchTargets::Ids(&[0; 15]),
            BatchTargets::Values(&[0.0; 6]),
            BatchTargets::Values(&[0.0; 5]),
            BatchTargets::Values(&[f64::NAN; 6]),
        ] {
            let given = name(model.gradients(input, targets, fits));
            after(&mut model, given, "targets");
            let given = name(model.train(input, targets, fits, 3));
            after(&mut model, given, "targets");
            let given = name(model.trace(input, targets, fits, 0, 0));
            after(&mut model, given, "targets");
        }
        let targets = BatchTargets::Ids(&[0, 1, 0]);
        let labels = BatchSize { target_lengths: Some(&[1, 1, 1]), ..fits };
        let given = name(model.gradients(input, targets, labels));
        after(&mut model, given, "targets");
        let given = name(model.trace(input, targets, fits, batch, 0));
        after(&mut model, given, "example");
        let given = name(model.trace(input, targets, fits, 0, 1));
        after(&mut model, given, "layer");
        // No column counts: PyTorch's mean of nothing, NaN, which no training step is done with.
        let nothing = model.train(input, BatchTargets::Ids(&[-100; 3]), fits, 2).expect("a batch that fits");
        assert_eq!(nothing.expect_err("a refused step").quantity, "loss");
        assert_eq!(model.steps_and_skipped(), (0, 1));
        assert_eq!(plain(&mut model, &fixture), before);
        assert_eq!(model.state_dict(), weights);
        let report = model.train(input, targets, fits, 3).expect("a batch that fits").expect("finite numbers");
        assert_eq!((report.step, model.steps_and_skipped()), (3, (3, 1)));
        assert_ne!(model.state_dict(), weights);
    }
}

#[test]
fn tokens_that_do_not_exist_are_named() {
    let state = state_dict::read(&bytes("models/lstm_classifier")).expect("a state dict");
    let config = model_config(config(&state, Readout::Last));
    let mut model = Model::<f32>::from_state_dict(&config, &state).expect("a model");
    let good = |model: &mut Model<f32>| {
        model.forward(BatchInput::Tokens(&[54, 0, 7]), size(1, 3), Initial::default()).expect("tokens")
    };
    let before = good(&mut model);
    for (tokens, at) in [([55, 0, 7], 0), ([54, -1, 7], 1), ([54, 0, i32::MAX], 2), ([54, i32::MIN, 7], 1)] {
        let error = model.forward(BatchInput::Tokens(&tokens), size(1, 3), Initial::default()).expect_err("a refusal");
        assert_eq!(error, Error::IdOutOfRange { what: "inputs", limit: 55, got: tokens[at], position: at });
        assert_eq!(good(&mut model), before);
    }
    let values = BatchInput::Values(&[0.0; 24]);
    assert!(matches!(model.forward(values, size(1, 3), Initial::default()), Err(Error::InvalidConfig { .. })));
    assert_eq!(good(&mut model), before);
}
