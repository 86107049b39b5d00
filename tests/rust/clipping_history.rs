//! What clipping did to every parameter in every step of a run: told once, complete, and the same however it is taken.

use gatescope::Session;
use gatescope::experiment::{CellChoice, InitChoice, LaneExperiment, NonlinearityChoice, OptimizerChoice};
use gatescope_tests::runs::{frame, lane};

/// Clipped often, clipped never, not clipped at all.
fn experiments() -> Vec<LaneExperiment> {
    let small =
        LaneExperiment { length: 12.0, hidden: 7.0, batch: 5.0, forget_bias: None, ..LaneExperiment::default() };
    vec![
        LaneExperiment { clip: Some(0.3), ..small.clone() },
        LaneExperiment { cell: CellChoice::Gru, layers: 2.0, clip: Some(100.0), ..small.clone() },
        LaneExperiment { cell: CellChoice::Rnn, clip: None, optimizer: OptimizerChoice::Sgd, ..small },
    ]
}

fn width(session: &Session) -> usize {
    1 + 2 * session.network().parameters().specs().len()
}

fn bits(records: &[f32]) -> Vec<u32> {
    records.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn every_step_tells_the_norms_of_every_parameter_before_and_after_clipping() {
    for experiment in experiments() {
        let mut session = lane(&experiment);
        let width = width(&session);
        let mut clipped = 0;
        for step in 1..=60_u32 {
            session.train(1);
            let record = session.take_parameter_norms();
            assert_eq!((record.len(), record[0]), (width, step as f32));
            let shown = frame(&mut session);
            let layout = session.info().layout;
            assert_eq!(bits(&record[1..]), bits(layout.slice(&shown, "parameterNorms")), "those of the frame");
            let whole = |which: usize| {
                let squares = record[1 + which..].iter().step_by(2).map(|norm| f64::from(*norm).powi(2));
                squares.sum::<f64>().sqrt()
            };
            let figures = *session.figures();
            assert!((whole(0) / figures.gradient_norm - 1.0).abs() < 1e-6, "{experiment:?}");
            assert!((whole(1) / figures.clipped_norm - 1.0).abs() < 1e-6, "{experiment:?}");
            // PyTorch's rule: one factor for all.
            let factor = experiment.clip.map_or(1.0, |limit| (limit / (figures.gradient_norm + 1e-6)).min(1.0));
            for pair in record[1..].chunks_exact(2) {
                assert!((f64::from(pair[1]) - factor * f64::from(pair[0])).abs() <= 1e-6 * f64::from(pair[0]));
            }
            clipped += usize::from(factor < 1.0);
        }
        println!("{:?} clip {:?}: {clipped} of 60 steps clipped", experiment.cell, experiment.clip);
        assert_eq!(clipped > 0, experiment.clip == Some(0.3));
    }
}

#[test]
fn taken_at_once_or_step_by_step_or_after_a_restoration_they_are_the_same() {
    for experiment in experiments() {
        let mut straight = lane(&experiment);
        straight.train(50);
        let all = straight.take_parameter_norms();
        assert!(straight.take_parameter_norms().is_empty(), "told once");
        let mut other = lane(&experiment);
        let mut parts = Vec::new();
        for _ in 0..20 {
            other.train(1);
            parts.extend(other.take_parameter_norms());
        }
        let checkpoint = other.save();
        other.train(7);
        other.restore(&checkpoint).expect("a checkpoint of the same lane");
        other.train(30);
        parts.extend(other.take_parameter_norms());
        assert_eq!(bits(&parts), bits(&all), "{experiment:?}");
        assert_eq!(all.len(), 50 * width(&straight));
    }
}

#[test]
fn the_step_at_which_a_run_ends_tells_which_gradient_was_not_finite() {
    let exploding = |length: f64| LaneExperiment {
        cell: CellChoice::Rnn,
        nonlinearity: NonlinearityChoice::Relu,
        init: InitChoice::Identity,
        forget_bias: None,
        spectral_radius: Some(2.0),
        clip: None,
        length,
        ..LaneExperiment::default()
    };
    // The gradient of W_hh sums T terms, each about as large as the loss: there are lengths at which only it overflows.
    let ends = (120..150).map(|length| {
        let mut session = lane(&exploding(f64::from(length)));
        let end = session.train(20).diverged;
        (session, end)
    });
    let found = ends.into_iter().find(|(_, end)| end.as_ref().is_some_and(|end| end.quantity == "gradientNorm"));
    let (mut session, end) = found.map(|(session, end)| (session, end.expect("found"))).expect("such a length");
    let width = width(&session);
    let records = session.take_parameter_norms();
    let last = records.chunks_exact(width).last().expect("a record");
    println!("T = {}: ends at step {}: {last:?}", session.info().layout.steps, end.step);
    assert_eq!(last[0], end.step as f32);
    assert!(last[1..].iter().step_by(2).any(|before| !before.is_finite()));
    assert!(last[2..].iter().step_by(2).all(|after| after.is_nan()));
    assert!(records[..records.len() - width].iter().all(|value| value.is_finite()), "and all others are finite");
}
