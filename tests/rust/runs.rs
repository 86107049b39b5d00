//! Lanes for the tests of training.

use gatescope::Session;
use gatescope::experiment::LaneExperiment;

/// A lane before its first step.
///
/// # Panics
/// When the experiment is refused.
#[must_use]
pub fn lane(experiment: &LaneExperiment) -> Session {
    Session::new(experiment).unwrap_or_else(|error| panic!("{experiment:?}: {error}"))
}

/// A fresh frame of the lane.
///
/// # Panics
/// When the lane refuses a frame of its own layout.
#[must_use]
pub fn frame(session: &mut Session) -> Vec<f32> {
    let mut frame = vec![f32::MAX; session.info().layout.floats];
    session.copy_frame_into(&mut frame).expect("a frame of the layout's length");
    frame
}

/// The part of a frame that holds this channel.
#[must_use]
pub fn channel(session: &Session, frame: &[f32], name: &str) -> Vec<f32> {
    session.info().layout.slice(frame, name).to_vec()
}
