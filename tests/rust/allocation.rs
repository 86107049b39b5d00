//! A lane allocates its buffers once: training steps allocate nothing.

use gatescope::experiment::{LaneExperiment, LanguageChoice, TaskChoice};
use gatescope::microscope::{Live, LiveOptions, Microscope};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::{CellKind, Input, Loss, Targets};
use gatescope_tests::runs::{frame, lane};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Calls for memory by this thread; other threads of the test runner do not disturb.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
struct Counting;

fn count() {
    // A thread that is ending has no counter any more, and nothing to count.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: everything is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn calls_during<T>(work: impl FnOnce() -> T) -> usize {
    let before = CALLS.get();
    let result = work();
    let calls = CALLS.get() - before;
    drop(result);
    calls
}

fn experiments() -> Vec<(&'static str, LaneExperiment)> {
    let sentiment = LaneExperiment { task: TaskChoice::Sentiment, length: 20.0, ..LaneExperiment::default() };
    vec![
        ("recall, lstm", LaneExperiment::default()),
        ("recall, rnn", LaneExperiment::default_rnn()),
        ("recall, two layers", LaneExperiment { layers: 2.0, length: 10.0, ..LaneExperiment::default() }),
        ("sentiment, zh", LaneExperiment { language: LanguageChoice::Chinese, ..sentiment.clone() }),
        ("sentiment, en", sentiment),
    ]
}

#[test]
fn the_counter_counts() {
    assert_eq!(calls_during(|| vec![1u8; 100]), 1);
    assert_eq!(calls_during(|| 1 + 1), 0);
}

#[test]
fn a_training_step_allocates_nothing_after_the_first() {
    for (name, experiment) in experiments() {
        let mut session = lane(&experiment);
        session.train(1);
        // As a page does it: some steps, then the history is taken. 60 steps hold two evaluations.
        let calls: Vec<_> = (0..60)
            .map(|step| {
                if step % 10 == 0 {
                    session.take_history();
                }
                calls_during(|| session.train(1).step)
            })
            .collect();
        assert_eq!(calls.iter().sum::<usize>(), 0, "{name}: allocations of each step: {calls:?}");
    }
}

#[test]
fn looking_allocates_no_more_than_a_few_small_buffers() {
    for (name, experiment) in experiments() {
        let mut session = lane(&experiment);
        let mut shown = frame(&mut session);
        let calls = calls_during(|| session.copy_frame_into(&mut shown));
        println!("{name}: {calls} allocations a frame");
        assert!(calls <= 4, "{name}: {calls} allocations");
    }
}

#[test]
fn live_quantities_of_the_microscope_allocate_nothing_after_the_first_time() {
    for (cell, layers, bidirectional) in [(CellKind::Lstm, 2, true), (CellKind::Gru, 1, false)] {
        let config = NetworkConfig {
            cell,
            input: 5,
            hidden: 9,
            layers,
            bidirectional,
            vocabulary: None,
            output: 2,
            readout: Readout::Last,
            loss: Loss::cross_entropy(),
        };
        let network = Network::<f32>::new(config.clone()).expect("a network");
        let weights: Vec<f32> = (0..network.weights().len()).map(|k| ((k % 17) as f32 - 8.0) / 20.0).collect();
        let mut microscope = Microscope::new(config, 20).expect("a network");
        let mut live = Live::new(&microscope, LiveOptions::default());
        let tokens: Vec<u32> = (0..20).map(|t| t % 5).collect();
        let mut calls = (0..3).map(|_| {
            calls_during(|| {
                let (input, target) = (Input::OneHot(&tokens), Targets::Classes(&[1]));
                microscope.look(&weights, input, target).expect("an example");
                live.update(&microscope);
            })
        });
        calls.next();
        assert_eq!(calls.collect::<Vec<_>>(), [0, 0], "{cell:?}");
    }
}
