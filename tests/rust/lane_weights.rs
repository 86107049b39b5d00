//! A lane's weights come out as a state dict and go in again, and its trace is the frame's in full precision.

use gatescope::experiment::LaneExperiment;
use gatescope::state_dict;
use gatescope_tests::runs::{channel, frame, lane};

fn small() -> LaneExperiment {
    LaneExperiment { length: 12.0, hidden: 8.0, batch: 8.0, ..LaneExperiment::default() }
}

#[test]
fn weights_of_a_trained_lane_make_another_one_show_the_same_numbers() {
    let (mut trained, mut fresh) = (lane(&small()), lane(&LaneExperiment { seed: 99.0, ..small() }));
    trained.train(30);
    let bytes = trained.state_dict();
    fresh.load_weights(&state_dict::read(&bytes).expect("our own file")).expect("the same network");
    assert_eq!(fresh.state_dict(), bytes);
    assert_eq!(fresh.status().step, 0);
    assert_eq!(fresh.network().weights(), trained.network().weights());
}

#[test]
fn a_lane_with_its_own_first_weights_put_back_trains_as_if_nothing_had_been() {
    let (mut once, mut again) = (lane(&small()), lane(&small()));
    let first = state_dict::read(&again.state_dict()).expect("our own file");
    again.train(7);
    again.load_weights(&first).expect("the same network");
    once.train(20);
    again.train(20);
    assert_eq!(again.state_dict(), once.state_dict());
    // As bits: what has not been evaluated yet is NaN, which equals nothing.
    let bits = |values: Vec<f32>| -> Vec<u32> { values.into_iter().map(f32::to_bits).collect() };
    assert_eq!(bits(frame(&mut again)), bits(frame(&mut once)));
}

#[test]
fn weights_of_another_network_are_refused_and_change_nothing() {
    let mut target = lane(&small());
    target.train(5);
    let before = target.state_dict();
    let other = lane(&LaneExperiment { hidden: 9.0, ..small() }).state_dict();
    assert!(target.load_weights(&state_dict::read(&other).expect("our own file")).is_err());
    assert_eq!(target.state_dict(), before);
    assert_eq!(target.status().step, 5);
}

#[test]
fn the_trace_holds_the_numbers_of_the_frame() {
    let mut session = lane(&small());
    session.train(10);
    let shown = frame(&mut session);
    let trace = session.trace().expect("the shown example fits");
    for (name, exact) in [("hidden", &trace.hidden), ("cellState", &trace.cell_state), ("forget", &trace.forget)] {
        let rounded: Vec<f32> = exact.iter().map(|value| *value as f32).collect();
        assert_eq!(rounded.len(), 12 * 8, "{name}");
        assert_eq!(rounded, channel(&session, &shown, name), "{name}");
    }
}
