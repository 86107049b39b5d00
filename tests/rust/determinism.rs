//! The same experiment gives the same bits, however it is driven and looked at.

use gatescope::experiment::{
    ChronoChoice, ForgetBiasChoice, InitChoice, LaneExperiment, LanguageChoice, NonlinearityChoice, OptimizerChoice,
    TaskChoice,
};
use gatescope::loss::Targets;
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope::task::{Part, Recall, Task};
use gatescope_tests::fixture::folder;
use gatescope_tests::hash::fnv;
use gatescope_tests::runs::{channel, frame, lane};
use serde::{Deserialize, Serialize};
use std::fs;

/// Small lanes that between them use both cells, both tasks, both optimisers and all initialisations.
fn lanes() -> Vec<LaneExperiment> {
    let small = LaneExperiment { length: 12.0, hidden: 10.0, batch: 8.0, ..LaneExperiment::default() };
    let small_rnn = LaneExperiment { length: 12.0, hidden: 10.0, batch: 8.0, ..LaneExperiment::default_rnn() };
    vec![
        small.clone(),
        small_rnn.clone(),
        LaneExperiment { layers: 2.0, forget_bias: Some(ForgetBiasChoice::Value(1.0)), ..small.clone() },
        LaneExperiment {
            task: TaskChoice::Sentiment,
            language: LanguageChoice::Chinese,
            init: InitChoice::Orthogonal,
            clip: None,
            ..small
        },
        LaneExperiment {
            nonlinearity: NonlinearityChoice::Relu,
            init: InitChoice::Identity,
            optimizer: OptimizerChoice::Sgd,
            spectral_radius: Some(0.9),
            task: TaskChoice::Sentiment,
            ..small_rnn
        },
    ]
}

/// Everything a lane tells of itself, as bits.
fn bits(session: &mut gatescope::Session) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let of = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect();
    (of(&frame(session)), of(&session.take_history()), of(session.network().weights()))
}

#[test]
fn the_fingerprint_tells_apart_runs_whose_weights_differ_and_only_those() {
    for experiment in lanes() {
        let at = |steps: usize, pieces: usize| {
            let mut session = lane(&experiment);
            for _ in 0..pieces {
                session.train(steps / pieces);
            }
            session.fingerprint()
        };
        assert_eq!(at(40, 1), at(40, 8), "{experiment:?}");
        assert_ne!(at(40, 1), at(41, 1), "{experiment:?}");
        let mut other = lane(&LaneExperiment { seed: experiment.seed + 1.0, ..experiment.clone() });
        other.train(40);
        assert_ne!(at(40, 1), other.fingerprint(), "{experiment:?}");
    }
}

#[test]
fn the_same_experiment_twice_gives_the_same_bits() {
    for experiment in lanes() {
        let run = || {
            let mut session = lane(&experiment);
            session.train(60);
            bits(&mut session)
        };
        assert!(run() == run(), "{experiment:?}");
    }
}

#[test]
fn training_in_slices_of_any_size_gives_the_same_bits() {
    for experiment in lanes() {
        let mut whole = lane(&experiment);
        whole.train(60);
        let expected = bits(&mut whole);
        for slice in [1, 7, 25, 59] {
            let mut session = lane(&experiment);
            let mut left = 60;
            while left > 0 {
                let steps = slice.min(left);
                assert_eq!(session.train(steps).step, 60 - left + steps);
                left -= steps;
            }
            assert!(bits(&mut session) == expected, "slices of {slice}: {experiment:?}");
        }
    }
}

#[test]
fn looking_changes_nothing() {
    for experiment in lanes() {
        let mut undisturbed = lane(&experiment);
        undisturbed.train(40);
        let expected = bits(&mut undisturbed);
        let mut watched = lane(&experiment);
        let mut history = Vec::new();
        for step in 0..40 {
            watched.select_example(step * 7);
            let first = frame(&mut watched);
            let again = frame(&mut watched);
            assert_eq!(fnv(&first), fnv(&again), "looking twice shows the same");
            let _ = (watched.info(), watched.status(), *watched.figures());
            watched.train(1);
            history.extend(watched.take_history());
        }
        watched.select_example(0);
        let (frame, _, weights) = bits(&mut watched);
        let history: Vec<u32> = history.iter().map(|value| value.to_bits()).collect();
        assert!((frame, history, weights) == expected, "{experiment:?}");
    }
}

#[test]
fn evaluating_at_any_time_changes_no_weight() {
    for experiment in lanes() {
        let mut undisturbed = lane(&experiment);
        undisturbed.train(30);
        let mut evaluated = lane(&experiment);
        for _ in 0..30 {
            evaluated.evaluate();
            evaluated.train(1);
        }
        assert!(evaluated.network().weights() == undisturbed.network().weights(), "{experiment:?}");
    }
}

#[test]
fn both_cells_of_a_seed_are_shown_the_same_held_out_examples() {
    for task in [TaskChoice::Recall, TaskChoice::Sentiment] {
        let lstm = LaneExperiment { length: 9.0, hidden: 5.0, task, ..LaneExperiment::default() };
        let rnn = LaneExperiment { length: 9.0, hidden: 3.0, task, ..LaneExperiment::default_rnn() };
        let other = LaneExperiment { seed: 8.0, ..lstm.clone() };
        let [mut lstm, mut rnn, mut other] = [lstm, rnn, other].map(|experiment| lane(&experiment));
        let mut differing = 0;
        for example in 0..256 {
            let show = |session: &mut gatescope::Session| {
                session.select_example(example);
                let frame = frame(session);
                let layout = session.info().layout;
                (channel(session, &frame, "tokens"), layout.scalar(&frame, "exampleTarget"))
            };
            let shown = show(&mut lstm);
            assert_eq!(shown, show(&mut rnn), "example {example}");
            differing += usize::from(shown != show(&mut other));
        }
        assert!(differing > 200, "another seed has other examples");
    }
}

/// The first batch, drawn here from the seed alone, gives exactly the loss that each cell reports for its first step.
#[test]
fn both_cells_of_a_seed_are_trained_on_the_same_sequences() {
    for experiment in [LaneExperiment::default(), LaneExperiment::default_rnn()] {
        let (steps, batch) = (50, 32);
        let mut rng = Rng::new(7, Purpose::Training);
        let task = Recall::new(steps, 4);
        let mut sequence = vec![0; steps];
        let (mut tokens, mut classes) = (vec![0; steps * batch], vec![0; batch]);
        for b in 0..batch {
            classes[b] = task.sample(Part::Training, &mut rng, &mut sequence);
            sequence.iter().enumerate().for_each(|(t, token)| tokens[t * batch + b] = *token);
        }
        let mut session = lane(&experiment);
        let network = session.network().clone();
        let mut tape = network.tape(steps, batch);
        network.forward(Input::OneHot(&tokens), &mut tape);
        let loss = network.loss(Targets::Classes(&classes), &mut tape);
        session.train(1);
        assert_eq!(session.figures().loss, loss, "{:?}", experiment.cell);
    }
}

/// Training steps of the checksums.
const GOLDEN_STEPS: usize = 50;

/// Checksums that native code and WebAssembly both have to reproduce.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Golden {
    note: String,
    steps: usize,
    lanes: Vec<GoldenLane>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct GoldenLane {
    experiment: LaneExperiment,
    /// FNV-1a, 64 bits, of the frame's floats, in hexadecimal.
    frame: String,
    /// The same of the history.
    history: String,
}

fn golden() -> Golden {
    let chrono = Some(ForgetBiasChoice::Chrono(ChronoChoice::Chrono));
    let mut experiments = vec![LaneExperiment::default_rnn(), LaneExperiment::default()];
    experiments.extend(lanes());
    experiments.push(LaneExperiment {
        task: TaskChoice::Sentiment,
        length: 20.0,
        layers: 2.0,
        hidden: 17.0,
        batch: 5.0,
        forget_bias: chrono,
        ..LaneExperiment::default()
    });
    let lanes = experiments.into_iter().map(|experiment| {
        let mut session = lane(&experiment);
        session.train(GOLDEN_STEPS);
        let frame = format!("{:016x}", fnv(&frame(&mut session)));
        let history = format!("{:016x}", fnv(&session.take_history()));
        GoldenLane { experiment, frame, history }
    });
    Golden {
        note: "Made by: UPDATE_GOLDEN=1 cargo test -p gatescope-tests --test determinism. FNV-1a (64 bits) of the f32 \
               bits, little-endian, every NaN as 0x7fc00000."
            .to_owned(),
        steps: GOLDEN_STEPS,
        lanes: lanes.collect(),
    }
}

#[test]
fn frames_and_histories_have_the_committed_checksums() {
    let file = folder().join("golden.json");
    let got = golden();
    // After a change that is meant to change the numbers.
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text = serde_json::to_string_pretty(&got).expect("JSON");
        fs::write(&file, text + "\n").expect("fixtures/golden.json");
    }
    let text = fs::read_to_string(&file).expect("fixtures/golden.json");
    let expected: Golden = serde_json::from_str(&text).expect("fixtures/golden.json");
    for (got, expected) in got.lanes.iter().zip(&expected.lanes) {
        assert_eq!(got, expected);
    }
    assert_eq!(got, expected);
}
