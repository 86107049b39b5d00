//! Every control at its extreme, and runs that diverge: no panic, and always a clear answer.

use gatescope::Session;
use gatescope::catalog::{FieldKind, catalog};
use gatescope::error::{Error, ShapeError};
use gatescope::experiment::{
    ChronoChoice, ForgetBiasChoice, InitChoice, LaneExperiment, LanguageChoice, NonlinearityChoice, OptimizerChoice,
    TaskChoice,
};
use gatescope::frame::ChannelKind;
use gatescope_tests::hash::fnv;
use gatescope_tests::runs::{frame, lane};
use std::collections::BTreeMap;

const CHRONO: Option<ForgetBiasChoice> = Some(ForgetBiasChoice::Chrono(ChronoChoice::Chrono));

/// Quick to run: what is not at its extreme is small.
fn small() -> LaneExperiment {
    LaneExperiment { length: 8.0, hidden: 6.0, batch: 4.0, ..LaneExperiment::default() }
}

fn small_rnn() -> LaneExperiment {
    LaneExperiment { length: 8.0, hidden: 6.0, batch: 4.0, ..LaneExperiment::default_rnn() }
}

fn relu() -> LaneExperiment {
    LaneExperiment { nonlinearity: NonlinearityChoice::Relu, ..small_rnn() }
}

/// Fails unless every number of the frame can be drawn: finite and within its kind's range, or the −∞ of an exact zero.
fn assert_drawable(session: &mut Session, context: &str) {
    session.watch(true);
    let frame = frame(session);
    let layout = session.info().layout;
    for channel in &layout.channels {
        let fits = |value: f32| match channel.kind {
            ChannelKind::Gate | ChannelKind::Distribution => (0.0..=1.0).contains(&value),
            ChannelKind::Signed => (-1.0..=1.0).contains(&value),
            ChannelKind::State => value.is_finite(),
            ChannelKind::Gradient | ChannelKind::Log10Series | ChannelKind::Split => {
                value.is_finite() || value == f32::NEG_INFINITY
            }
            ChannelKind::Tokens => value >= 0.0 && (value as usize) < session.info().tokens.len(),
            ChannelKind::ShareSeries => (0.0..=1.0).contains(&value),
            ChannelKind::CosineSeries => (-1.0..=1.0).contains(&value),
            // Figures that do not exist yet are NaN.
            ChannelKind::Scalars | ChannelKind::ParameterNorms => !value.is_infinite(),
        };
        // The ratio to the next timestep does not exist at T, nor between two zeros, and over a zero it is infinite.
        let fits = |value: f32| fits(value) || (channel.name.contains("Ratio") && !value.is_finite());
        let values = layout.slice(&frame, &channel.name);
        if let Some(place) = values.iter().position(|value| !fits(*value)) {
            panic!("{context}: {} [{place}] of {} is {}", channel.name, values.len(), values[place]);
        }
    }
    for name in ["step", "exampleLoss", "exampleTarget", "examplePrediction"] {
        assert!(layout.scalar(&frame, name).is_some_and(f32::is_finite), "{context}: {name}");
    }
}

fn is_finite(session: &Session) -> bool {
    session.network().weights().iter().all(|weight| weight.is_finite())
}

/// Trains and looks; whatever happens, the lane stays usable.
fn assert_robust(experiment: &LaneExperiment, steps: usize) -> Session {
    let mut session = lane(experiment);
    assert_drawable(&mut session, &format!("before training: {experiment:?}"));
    let status = session.train(steps);
    assert!(status.diverged.is_some() || status.step == steps, "{status:?}: {experiment:?}");
    assert!(is_finite(&session), "weights: {experiment:?}");
    assert_drawable(&mut session, &format!("{status:?}: {experiment:?}"));
    session
}

/// Sets the number of this name, if it is one.
fn set(experiment: &mut LaneExperiment, name: &str, value: f64) -> bool {
    match name {
        "length" => experiment.length = value,
        "alphabet" => experiment.alphabet = value,
        "hidden" => experiment.hidden = value,
        "layers" => experiment.layers = value,
        "spectralRadius" => experiment.spectral_radius = Some(value),
        "forgetBias" => experiment.forget_bias = Some(ForgetBiasChoice::Value(value)),
        "learningRate" => experiment.learning_rate = value,
        "clip" => experiment.clip = Some(value),
        "batch" => experiment.batch = value,
        "seed" => experiment.seed = value,
        _ => return false,
    }
    true
}

/// Both cells, both activations, both tasks.
fn bases() -> Vec<LaneExperiment> {
    [small(), small_rnn(), relu()]
        .into_iter()
        .flat_map(|experiment| {
            let sentiment =
                LaneExperiment { task: TaskChoice::Sentiment, language: LanguageChoice::Chinese, ..experiment.clone() };
            [experiment, sentiment]
        })
        .collect()
}

#[test]
fn every_number_of_the_catalog_works_at_both_ends_of_its_range() {
    let mut tried = 0;
    for field in catalog().fields {
        if field.kind == FieldKind::Choice {
            continue;
        }
        for end in [field.min, field.max].map(|end| end.expect("a number has a range")) {
            for mut experiment in bases() {
                assert!(set(&mut experiment, &field.name, end), "no test sets {}", field.name);
                assert_robust(&experiment, 3);
                tried += 1;
            }
        }
    }
    println!("{tried} experiments at an end of a range");
    assert!(tried >= 100);
}

#[test]
fn numbers_beyond_every_range_are_clamped_and_named_and_the_lane_runs() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -1e300, 1e300, 0.5] {
        for field in catalog().fields.iter().filter(|field| field.kind != FieldKind::Choice) {
            // Sizes only at their lower end here: all at their upper end together would take long.
            let is_size = ["length", "hidden", "layers", "batch"].contains(&field.name.as_str());
            for mut experiment in bases() {
                set(&mut experiment, &field.name, value);
                let session = if is_size { lane(&experiment) } else { assert_robust(&experiment, 1) };
                let info = session.info();
                let (min, max) = (field.min.expect("a range"), field.max.expect("a range"));
                let is_inside = (min..=max).contains(&value) && (field.kind == FieldKind::Number || value == 1.0);
                let is_named = info.notices.iter().any(|notice| notice.field == field.name);
                let applies = field.cells.as_ref().is_none_or(|cells| cells.contains(&experiment.cell));
                assert_eq!(is_named, !is_inside || !applies, "{} = {value}: {:?}", field.name, info.notices);
            }
        }
    }
}

#[test]
fn one_timestep_one_unit_one_sequence_learns_recall_of_what_it_just_saw() {
    for experiment in [small(), small_rnn()] {
        let tiny =
            LaneExperiment { length: 1.0, hidden: 1.0, batch: 1.0, alphabet: 2.0, learning_rate: 0.1, ..experiment };
        let mut session = assert_robust(&tiny, 500);
        session.evaluate();
        assert_eq!(session.figures().held_out_accuracy, 1.0, "{:?}", tiny.cell);
    }
}

#[test]
fn the_largest_network_over_the_longest_sequence_runs() {
    let large = LaneExperiment { length: 512.0, hidden: 256.0, layers: 4.0, batch: 1.0, ..LaneExperiment::default() };
    let rnn = LaneExperiment { length: 512.0, hidden: 256.0, layers: 4.0, batch: 1.0, ..LaneExperiment::default_rnn() };
    for experiment in [large, rnn] {
        assert_robust(&experiment, 1);
    }
}

#[test]
fn every_combination_of_choices_runs() {
    for base in bases() {
        for init in [InitChoice::Pytorch, InitChoice::Orthogonal, InitChoice::Identity] {
            for optimizer in [OptimizerChoice::Sgd, OptimizerChoice::Adam] {
                for layers in [1.0, 2.0] {
                    for forget_bias in [None, CHRONO] {
                        assert_robust(&LaneExperiment { init, optimizer, layers, forget_bias, ..base.clone() }, 26);
                    }
                }
            }
        }
    }
}

/// Runs that cannot go on.
fn explosions() -> Vec<LaneExperiment> {
    let wild = LaneExperiment {
        optimizer: OptimizerChoice::Sgd,
        learning_rate: 100.0,
        clip: None,
        length: 40.0,
        hidden: 16.0,
        ..relu()
    };
    vec![
        wild.clone(),
        LaneExperiment { task: TaskChoice::Sentiment, ..wild.clone() },
        LaneExperiment { layers: 3.0, ..wild.clone() },
        LaneExperiment { spectral_radius: Some(4.0), ..wild.clone() },
        LaneExperiment { spectral_radius: Some(1.5), learning_rate: 0.1, length: 100.0, ..wild.clone() },
        LaneExperiment { spectral_radius: Some(3.0), optimizer: OptimizerChoice::Adam, length: 80.0, ..wild.clone() },
        LaneExperiment { init: InitChoice::Identity, length: 200.0, ..wild },
    ]
}

#[test]
fn a_run_that_explodes_says_where_and_keeps_finite_weights_and_a_finite_frame() {
    for experiment in explosions() {
        let mut session = lane(&experiment);
        let mut diverged = None;
        let mut weights = vec![session.network().weights().to_vec()];
        for step in 0..2000 {
            let status = session.train(1);
            weights.push(session.network().weights().to_vec());
            if let Some(divergence) = status.diverged {
                assert_eq!((status.step, divergence.step), (step, step + 1), "the step that could not be done");
                diverged = Some(divergence);
                break;
            }
        }
        let divergence = diverged.unwrap_or_else(|| panic!("does not explode: {experiment:?}"));
        println!("step {}: {} of {experiment:?}", divergence.step, divergence.quantity);
        assert!(["loss", "gradientNorm", "weights"].contains(&divergence.quantity.as_str()), "{divergence:?}");
        assert!(is_finite(&session), "{experiment:?}");
        // After n updates: if the last weights gave no finite loss or gradient, back to the ones before them.
        let updates = divergence.step - 1;
        let worked = if divergence.quantity == "weights" { updates } else { updates.saturating_sub(1) };
        assert!(session.network().weights() == weights[worked], "back to the last weights that worked");
        assert_drawable(&mut session, &format!("{experiment:?}"));
    }
}

/// The faster the states grow, the earlier in a training step the first number overflows: the weights, the gradient (a
/// product of states and what flows back), the loss.
#[test]
fn each_quantity_that_can_overflow_is_named() {
    let mut named = BTreeMap::new();
    for hundredths in (200..400).step_by(2) {
        let experiment = LaneExperiment {
            optimizer: OptimizerChoice::Sgd,
            clip: None,
            spectral_radius: Some(f64::from(hundredths) / 100.0),
            length: 100.0,
            learning_rate: 100.0,
            ..relu()
        };
        let mut session = lane(&experiment);
        let before = session.network().weights().to_vec();
        if let Some(divergence) = session.train(1).diverged {
            assert!(session.network().weights() == before, "radius {hundredths} %: {divergence:?}");
            *named.entry(divergence.quantity).or_insert(0) += 1;
        }
    }
    println!("{named:?}");
    assert_eq!(named.keys().map(String::as_str).collect::<Vec<_>>(), ["gradientNorm", "loss", "weights"]);
}

#[test]
fn training_a_run_that_has_diverged_changes_nothing() {
    for experiment in explosions() {
        let mut session = lane(&experiment);
        let status = session.train(2000);
        assert!(status.diverged.is_some());
        let recorded = session.take_history().len() / 6;
        assert_eq!(recorded, status.step, "a record a step that was done");
        let (shown, weights) = (fnv(&frame(&mut session)), session.network().weights().to_vec());
        for steps in [0, 1, 100] {
            assert_eq!(session.train(steps), status);
            assert_eq!(session.status(), status);
            assert!(session.network().weights() == weights);
            assert_eq!(fnv(&frame(&mut session)), shown);
            assert!(session.take_history().is_empty());
        }
    }
}

#[test]
fn the_highest_learning_rate_never_leaves_a_non_finite_number_behind() {
    for base in bases() {
        for optimizer in [OptimizerChoice::Sgd, OptimizerChoice::Adam] {
            for clip in [None, Some(1.0)] {
                assert_robust(&LaneExperiment { optimizer, clip, learning_rate: 100.0, ..base.clone() }, 200);
            }
        }
    }
}

/// The states of this network leave the range of f32, in the longest sequence that of f64, trained or not: no weights to
/// go back to would help.
#[test]
fn a_network_that_overflows_before_its_first_step_says_so_and_keeps_its_weights() {
    for length in [150.0, 512.0] {
        let experiment = LaneExperiment { spectral_radius: Some(4.0), length, ..relu() };
        let mut session = lane(&experiment);
        let weights = session.network().weights().to_vec();
        let status = session.train(5);
        let divergence = status.diverged.expect("an overflow");
        assert_eq!((status.step, divergence.step, divergence.quantity.as_str()), (0, 1, "loss"));
        assert!(session.network().weights() == weights && is_finite(&session));
        let frame = frame(&mut session);
        let layout = session.info().layout;
        // What overflowed is infinite or not a number; nothing else is touched by it.
        assert!(layout.slice(&frame, "activationDerivative").iter().all(|value| *value == 0.0 || *value == 1.0));
        let hidden = layout.slice(&frame, "hidden");
        assert!(hidden.iter().take_while(|value| value.is_finite()).count() > 60 * 6, "T {length}: the first states");
        assert!(hidden.iter().all(|value| *value >= 0.0), "T {length}: infinite, but not NaN");
        assert!(layout.slice(&frame, "tokens").iter().all(|value| value.is_finite()));
        assert_eq!(layout.scalar(&frame, "step"), Some(0.0));
    }
}

#[test]
fn a_frame_of_the_wrong_length_is_refused_and_left_as_it_is() {
    let mut session = lane(&small());
    let floats = session.info().layout.floats;
    for wrong in [0, 1, floats - 1, floats + 1] {
        let mut buffer = vec![7.0; wrong];
        let expected = ShapeError { what: "frame", expected: [1, floats], got: [1, wrong] };
        assert_eq!(session.copy_frame_into(&mut buffer), Err(Error::Shape(expected)));
        assert!(buffer.iter().all(|value| *value == 7.0));
    }
    assert_eq!(session.copy_frame_into(&mut vec![7.0; floats]), Ok(()));
}

#[test]
fn the_shown_example_is_taken_modulo_their_number() {
    let mut session = lane(&small());
    session.select_example(3);
    let third = frame(&mut session);
    session.select_example(256 + 3);
    assert_eq!(fnv(&frame(&mut session)), fnv(&third));
    session.select_example(usize::MAX);
    assert_drawable(&mut session, "the last example there could be");
}

#[test]
fn names_that_do_not_exist_are_refused_with_those_that_do() {
    for (field, text) in
        [("task", "sorting"), ("cell", "transformer"), ("init", ""), ("optimizer", "ADAM"), ("forgetBias", "much")]
    {
        let json = format!("{{\"{field}\": \"{text}\"}}");
        let error = serde_json::from_str::<LaneExperiment>(&json).expect_err(field).to_string();
        assert!(field == "forgetBias" || error.contains("expected"), "{field}: {error}");
    }
    let given: LaneExperiment = serde_json::from_str("{\"forgetBias\": \"chrono\", \"length\": 7}").expect("a choice");
    assert_eq!((given.forget_bias, given.length), (CHRONO, 7.0));
}
