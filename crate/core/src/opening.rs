//! The trained trace that the page opens on: the default experiment, run natively when the page is built.

use crate::error::Error;
use crate::experiment::LaneExperiment;
use crate::session::{LaneInfo, Session};

/// Training steps of the opening.
pub const STEPS: usize = 300;

/// One lane of the opening.
#[derive(Debug, Clone)]
pub struct OpeningLane {
    /// What a live lane would answer.
    pub info: LaneInfo,
    /// Records as of [`Session::take_history`].
    pub history: Vec<f32>,
    /// One frame.
    pub frame: Vec<f32>,
    /// As of [`Session::fingerprint`].
    pub fingerprint: u64,
}

/// The lanes of the default experiment after [`STEPS`] training steps: the RNN, then the LSTM.
///
/// # Errors
/// When a lane cannot be made.
pub fn opening() -> Result<Vec<OpeningLane>, Error> {
    [LaneExperiment::default_rnn(), LaneExperiment::default()]
        .iter()
        .map(|experiment| {
            let mut session = Session::new(experiment)?;
            session.train(STEPS);
            session.watch(true);
            let info = session.info();
            let mut frame = vec![0.0; info.layout.floats];
            session.copy_frame_into(&mut frame)?;
            Ok(OpeningLane { info, history: session.take_history(), frame, fingerprint: session.fingerprint() })
        })
        .collect()
}
