//! Going back in training: a restored lane is the lane that was saved, bit for bit.

use gatescope::Session;
use gatescope::checkpoint::{CheckpointError, VERSION};
use gatescope::error::Error;
use gatescope::experiment::{CellChoice, InitChoice, LaneExperiment, NonlinearityChoice, OptimizerChoice, TaskChoice};
use gatescope_tests::runs::{frame, lane};

/// Every cell with every optimiser, clipped and not, on both tasks.
fn experiments() -> Vec<LaneExperiment> {
    let cells = [
        (CellChoice::Rnn, NonlinearityChoice::Tanh),
        (CellChoice::Rnn, NonlinearityChoice::Relu),
        (CellChoice::Lstm, NonlinearityChoice::Tanh),
        (CellChoice::Gru, NonlinearityChoice::Tanh),
    ];
    let mut all = Vec::new();
    for (index, (cell, nonlinearity)) in cells.into_iter().enumerate() {
        for optimizer in [OptimizerChoice::Sgd, OptimizerChoice::Adam] {
            all.push(LaneExperiment {
                cell,
                nonlinearity,
                optimizer,
                forget_bias: None,
                task: if index % 2 == 0 { TaskChoice::Recall } else { TaskChoice::Sentiment },
                clip: (optimizer == OptimizerChoice::Adam).then_some(0.5),
                layers: 1.0 + (index / 2) as f64,
                length: 12.0,
                hidden: 9.0,
                batch: 5.0,
                ..LaneExperiment::default()
            });
        }
    }
    all
}

/// Everything that a lane shows and is, NaN included.
fn state(session: &mut Session) -> (Vec<u32>, Vec<u8>) {
    let bits = frame(session).iter().map(|value| value.to_bits()).collect();
    (bits, session.save())
}

#[test]
fn a_restored_lane_goes_on_like_the_straight_run() {
    for experiment in experiments() {
        let mut straight = lane(&experiment);
        let mut saved = Vec::new();
        for step in 0..60 {
            if [0, 1, 24, 25, 37].contains(&step) {
                saved.push((step, straight.save()));
            }
            straight.train(1);
        }
        let expected = state(&mut straight);
        let mut other = lane(&experiment);
        other.train(13);
        // Not in order: each is brought back over whatever the lane was before.
        for (step, bytes) in saved.iter().rev() {
            assert_eq!(other.restore(bytes), Ok(true));
            assert_eq!(other.status().step, *step);
            assert!(other.save() == *bytes, "saved again at {step}: {experiment:?}");
            other.train(60 - step);
            assert!(state(&mut other) == expected, "from {step}: {experiment:?}");
        }
    }
}

#[test]
fn any_step_is_brought_back_from_a_checkpoint_before_it() {
    for experiment in experiments() {
        let mut straight = lane(&experiment);
        let mut other = lane(&experiment);
        let mut checkpoint = straight.save();
        for step in 0..40 {
            if step % 16 == 0 {
                checkpoint = straight.save();
            }
            other.restore(&checkpoint).expect("a checkpoint of the same experiment");
            other.train(step % 16);
            assert!(state(&mut other) == state(&mut straight), "step {step}: {experiment:?}");
            straight.train(1);
        }
    }
}

#[test]
fn records_after_a_restoration_are_those_of_the_straight_run() {
    let experiment = LaneExperiment { length: 10.0, hidden: 8.0, ..LaneExperiment::default() };
    let mut straight = lane(&experiment);
    straight.train(30);
    let checkpoint = straight.save();
    straight.take_history();
    straight.train(30);
    let bits = |session: &mut Session| session.take_history().iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    let expected = bits(&mut straight);
    let mut other = lane(&experiment);
    other.train(3);
    other.restore(&checkpoint).expect("a checkpoint of the same experiment");
    other.train(30);
    assert_eq!(bits(&mut other), expected, "records of before the restoration are gone, all later ones are there");
}

/// A run that ends within a few hundred steps.
fn exploding() -> LaneExperiment {
    LaneExperiment {
        cell: CellChoice::Rnn,
        nonlinearity: NonlinearityChoice::Relu,
        init: InitChoice::Identity,
        forget_bias: None,
        spectral_radius: Some(2.0),
        optimizer: OptimizerChoice::Sgd,
        learning_rate: 1.0,
        clip: None,
        length: 60.0,
        ..LaneExperiment::default()
    }
}

#[test]
fn a_diverged_run_is_brought_back_to_its_end_from_any_checkpoint() {
    let mut straight = lane(&exploding());
    let mut saved = vec![straight.save()];
    while straight.status().diverged.is_none() {
        assert!(saved.len() < 500, "the run does not diverge");
        straight.train(1);
        saved.push(straight.save());
    }
    let expected = state(&mut straight);
    let mut other = lane(&exploding());
    for bytes in &saved {
        other.restore(bytes).expect("a checkpoint of the same experiment");
        other.train(500);
        assert_eq!(other.status().diverged, straight.status().diverged);
        assert!(state(&mut other) == expected);
    }
}

#[test]
fn another_learning_rate_goes_on_with_the_same_moments() {
    let experiment = LaneExperiment { length: 10.0, hidden: 8.0, ..LaneExperiment::default() };
    let mut first = lane(&experiment);
    first.train(20);
    let checkpoint = first.save();
    let mut branch = lane(&LaneExperiment { learning_rate: 0.02, ..experiment });
    assert_eq!(branch.restore(&checkpoint), Ok(true));
    assert!(branch.save() == checkpoint, "the same network, the same moments, the same data to come");
    branch.train(1);
    first.train(1);
    assert_eq!(
        branch.figures().loss.to_bits(),
        first.figures().loss.to_bits(),
        "the loss before the update is the same"
    );
    assert!(branch.network().weights() != first.network().weights());
}

#[test]
fn another_optimiser_begins_with_its_first_step() {
    let experiment = LaneExperiment { length: 10.0, hidden: 8.0, clip: None, ..LaneExperiment::default() };
    let mut adam = lane(&experiment);
    adam.train(20);
    let checkpoint = adam.save();
    let mut sgd = lane(&LaneExperiment { optimizer: OptimizerChoice::Sgd, ..experiment.clone() });
    assert_eq!(sgd.restore(&checkpoint), Ok(false));
    assert!(sgd.network().weights() == adam.network().weights());
    // Back to Adam: its first step moves a weight by the learning rate, whatever the gradient.
    let mut again = lane(&experiment);
    assert_eq!(again.restore(&sgd.save()), Ok(false));
    let before = again.network().weights().to_vec();
    again.train(1);
    let moved = |after: &[f32]| after.iter().zip(&before).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let rate = experiment.learning_rate as f32;
    assert!((moved(again.network().weights()) / rate - 1.0).abs() < 0.01, "Adam's first step");
    adam.train(1);
    assert!((moved(adam.network().weights()) / rate - 1.0).abs() > 0.02, "its twenty-first");
}

#[test]
fn a_checkpoint_is_as_large_as_it_says() {
    for experiment in experiments() {
        let mut session = lane(&experiment);
        session.train(3);
        let parameters = session.info().parameters;
        let vectors = if experiment.optimizer == OptimizerChoice::Adam { 4 } else { 2 };
        let tensors = session.network().parameters().specs().len();
        assert_eq!(session.save().len(), 192 + vectors * 4 * parameters + 16 * tensors);
    }
}

#[test]
fn ten_thousand_steps_of_the_default_experiment_fit_into_64_mb() {
    // What the page keeps: 32 checkpoints for every doubling of the step, 6 floats a step and 2 for each parameter, and of
    // every recorded step the norms of T timesteps.
    let mut bytes = 0;
    for experiment in [LaneExperiment::default_rnn(), LaneExperiment::default()] {
        let session = lane(&experiment);
        let info = session.info();
        let recorded = (1..=10_000_usize).filter(|step| step % (1 << step.ilog2().saturating_sub(5)) == 0).count();
        bytes += recorded * session.save().len()
            + 10_000 * (6 + 1 + 2 * info.layout.parameters.len()) * 4
            + recorded * info.layout.steps * 4;
    }
    assert!(bytes < 40_000_000, "{bytes} bytes, and 24 MB are for frames and runs that were left");
}

#[test]
fn whatever_is_no_checkpoint_is_refused_and_changes_nothing() {
    let experiment = LaneExperiment { length: 10.0, hidden: 8.0, ..LaneExperiment::default() };
    let mut session = lane(&experiment);
    session.train(10);
    let good = session.save();
    let refused = |bytes: &[u8]| {
        let mut other = lane(&experiment);
        other.train(4);
        let before = state(&mut other);
        let error = other.restore(bytes).expect_err("not a checkpoint of this lane");
        assert!(state(&mut other) == before, "unchanged");
        let Error::Checkpoint(error) = error else { panic!("{error:?}") };
        error
    };
    for length in (0..good.len()).step_by(7) {
        assert!(matches!(refused(&good[..length]), CheckpointError::Malformed(_)), "cut at {length}");
    }
    let edited = |at: usize, with: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    assert!(matches!(refused(&[good.as_slice(), &[0]].concat()), CheckpointError::Malformed(_)));
    assert!(matches!(refused(&edited(0, b"PNG!")), CheckpointError::Malformed(_)));
    assert_eq!(refused(&edited(4, &9_u32.to_le_bytes())), CheckpointError::Version(9));
    assert_ne!(VERSION, 9);
    let weights = good.len() - 4 * (8 + 4 * session.info().parameters);
    assert!(matches!(refused(&edited(weights, &u64::MAX.to_le_bytes())), CheckpointError::Malformed(_)));
    assert_eq!(refused(&edited(weights + 8 + 4 * 5, &f32::NAN.to_le_bytes())), CheckpointError::NonFinite(5));

    let smaller = LaneExperiment { hidden: 7.0, ..experiment.clone() };
    assert!(matches!(refused(&lane(&smaller).save()), CheckpointError::OtherNetwork { .. }));
}

#[test]
fn histograms_count_every_weight_within_the_smallest_power_of_two() {
    for experiment in experiments() {
        let mut session = lane(&experiment);
        session.train(5);
        let network = session.network();
        for (spec, shown) in network.parameters().specs().iter().zip(session.weight_histograms()) {
            let weights = &network.weights()[spec.range()];
            assert_eq!(shown.name, spec.name);
            assert_eq!(shown.counts.iter().sum::<u32>() as usize, weights.len());
            let largest = weights.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
            assert!(f64::from(largest) <= shown.limit, "{largest} {}", shown.limit);
            assert!(f64::from(largest) > shown.limit / 2.0 || shown.limit < 0.001);
            let width = 2.0 * shown.limit / shown.counts.len() as f64;
            for (bin, count) in shown.counts.iter().enumerate() {
                let (low, high) = (width * bin as f64 - shown.limit, width * (bin + 1) as f64 - shown.limit);
                let inside = weights.iter().filter(|weight| (low..high).contains(&f64::from(**weight))).count();
                assert!(inside.abs_diff(*count as usize) <= 1, "{}: {inside} {count}", spec.name);
            }
        }
    }
}
