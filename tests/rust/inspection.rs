//! What a lane is asked on demand: its memory map, made piece by piece, and what its recurrent weights do.

use gatescope::experiment::{CellChoice, LaneExperiment};
use gatescope::inspection::{MapMethod, PROBES, Recurrence};
use gatescope::microscope::{
    AnalysisPart, Block, MapNorm, MapOptions, MemoryMap, Method, Microscope, PairContributions, Trace,
};
use gatescope::{Input, Session, Targets};

fn lane(cell: CellChoice, length: f64, hidden: f64) -> LaneExperiment {
    LaneExperiment { cell, length, hidden, ..LaneExperiment::default() }
}

/// The map in full, `budget` entries at a time, and the number of calls.
fn map_of(session: &mut Session, method: MapMethod, budget: usize) -> (Vec<f64>, usize) {
    let mut progress = session.begin_map(method).unwrap();
    let mut calls = 0;
    while !progress.is_complete() {
        progress = session.advance_map(budget).unwrap();
        calls += 1;
    }
    (session.map().unwrap().to_vec(), calls)
}

/// The analysis in full.
fn recurrence_of(session: &mut Session) -> Recurrence {
    let total = session.begin_analysis().unwrap().total;
    loop {
        let (progress, part) = session.advance_analysis().unwrap();
        assert!(progress.total == total && progress.is_complete() == (part == AnalysisPart::Done));
        if progress.is_complete() {
            return session.recurrence().unwrap();
        }
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_map_made_in_pieces_is_the_one_made_at_once_also_when_training_goes_on() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        for method in [MapMethod::Estimate, MapMethod::Exact] {
            let mut session = Session::new(&lane(cell, 30.0, 24.0)).unwrap();
            session.train(3);
            let (whole, _) = map_of(&mut session, method, usize::MAX);
            let (pieces, calls) = map_of(&mut session, method, 1);
            assert!(calls > 1 && bits(&whole) == bits(&pieces), "{cell:?} {method:?}: {calls} calls");
            // The job has its own copy: training does not reach it.
            let mut progress = session.begin_map(method).unwrap();
            while !progress.is_complete() {
                session.train(1);
                session.select_example(session.status().step);
                progress = session.advance_map(1).unwrap();
            }
            assert_eq!(bits(session.map().unwrap()), bits(&whole), "{cell:?} {method:?}");
        }
    }
}

#[test]
fn training_is_the_same_whether_a_map_is_made_or_not() {
    let [mut plain, mut watched] = [(); 2].map(|()| Session::new(&lane(CellChoice::Lstm, 20.0, 16.0)).unwrap());
    for _ in 0..5 {
        plain.train(2);
        map_of(&mut watched, MapMethod::Estimate, 1);
        recurrence_of(&mut watched);
        watched.train(2);
    }
    assert_eq!(plain.network().weights(), watched.network().weights());
}

#[test]
fn the_last_row_agrees_with_the_public_trace_and_the_estimate_with_the_map() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        let (steps, hidden) = (25, 16);
        let mut session = Session::new(&lane(cell, steps as f64, hidden as f64)).unwrap();
        session.train(4);
        let (exact, _) = map_of(&mut session, MapMethod::Exact, 100);
        let (estimate, _) = map_of(&mut session, MapMethod::Estimate, 100);
        // The first held-out example, read from the frame: the same sequence under a microscope of our own.
        let layout = session.info().layout;
        let mut frame = vec![0.0; layout.floats];
        session.copy_frame_into(&mut frame).unwrap();
        let tokens = &layout.channels.iter().find(|channel| channel.name == "tokens").unwrap();
        let tokens: Vec<u32> = frame[tokens.offset..][..steps].iter().map(|token| *token as u32).collect();
        let mut microscope = Microscope::new(session.network().config().clone(), steps).unwrap();
        microscope.look(session.network().weights(), Input::OneHot(&tokens), Targets::Classes(&[0])).unwrap();
        let options = MapOptions { layer: 0, block: Block::Hidden, norm: MapNorm::Spectral, method: Method::Exact };
        let mut spectral = MemoryMap::new(&microscope, options);
        spectral.advance(usize::MAX);
        let trace: Trace = Trace::of(&microscope, 0);
        for s in 0..steps {
            let (row, product) = ((steps - 1) * steps + s, trace.jacobian_product_log10[s]);
            assert!((spectral.values()[row] - product).abs() < 1e-9, "{cell:?} {s}");
            // ‖P‖₂ ≤ ‖P‖_F ≤ √H ‖P‖₂.
            let above = exact[row] - product;
            assert!((-1e-9..=0.5 * f64::from(hidden).log10() + 1e-9).contains(&above), "{cell:?} {s}: {above}");
        }
        for t in 0..steps {
            let diagonal = exact[t * steps + t];
            assert!((diagonal - 0.5 * f64::from(hidden).log10()).abs() < 1e-12, "{cell:?} {t}: {diagonal}");
            for s in 0..steps {
                let (exact, estimate) = (exact[t * steps + s], estimate[t * steps + s]);
                assert!(s <= t || exact == f64::NEG_INFINITY);
                // Relative error of the square: standard deviation at most √(2/4).
                assert!(s > t || (exact - estimate).abs() < 0.8, "{cell:?} {t} {s}: {exact} {estimate}");
            }
        }
        assert_eq!(PROBES, 4);
    }
}

#[test]
fn a_map_is_cancelled_and_begun_again() {
    let mut session = Session::new(&lane(CellChoice::Rnn, 40.0, 32.0)).unwrap();
    assert_eq!(session.advance_map(1), None);
    assert_eq!(session.map(), None);
    let begun = session.begin_map(MapMethod::Exact).unwrap();
    assert_eq!((begun.done, begun.total), (0, 40 * 41 / 2));
    assert!(!session.advance_map(1).unwrap().is_complete());
    session.cancel_map();
    assert_eq!((session.advance_map(1), session.map()), (None, None));
    assert_eq!(map_of(&mut session, MapMethod::Exact, 50).0.len(), 1600);
}

#[test]
fn one_timestep_has_one_entry() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm] {
        let mut session = Session::new(&lane(cell, 1.0, 4.0)).unwrap();
        let steps = session.info().layout.steps;
        let (map, _) = map_of(&mut session, MapMethod::Exact, 1);
        assert_eq!(map.len(), steps * steps);
        assert!((map[0] - 0.5 * 4f64.log10()).abs() < 1e-12);
    }
}

#[test]
fn an_overflowing_run_has_entries_that_are_not_finite_and_no_trap() {
    let experiment = LaneExperiment {
        nonlinearity: gatescope::experiment::NonlinearityChoice::Relu,
        spectral_radius: Some(3.0),
        clip: None,
        learning_rate: 100.0,
        optimizer: gatescope::experiment::OptimizerChoice::Sgd,
        ..lane(CellChoice::Rnn, 512.0, 16.0)
    };
    let mut session = Session::new(&experiment).unwrap();
    session.train(50);
    for method in [MapMethod::Estimate, MapMethod::Exact] {
        let (map, _) = map_of(&mut session, method, 10_000);
        let steps = session.info().layout.steps;
        let below = (0..steps).flat_map(|t| map[t * steps..=t * steps + t].iter());
        assert!(below.clone().all(|value| *value != f64::INFINITY));
        assert!(below.clone().any(|value| !value.is_finite() || *value > 100.0), "{method:?}: nothing exploded");
    }
    recurrence_of(&mut session);
}

#[test]
fn blocks_are_named_by_their_gates_and_half_lives_are_the_keeping_gates() {
    for (cell, names) in [
        (CellChoice::Rnn, &["hidden"][..]),
        (CellChoice::Lstm, &["input", "forget", "candidate", "output"][..]),
        (CellChoice::Gru, &["reset", "update", "candidate"][..]),
    ] {
        let mut session = Session::new(&lane(cell, 12.0, 8.0)).unwrap();
        let found = recurrence_of(&mut session);
        assert_eq!(found.blocks.iter().map(|block| block.name.as_str()).collect::<Vec<_>>(), names);
        for block in &found.blocks {
            assert_eq!(block.eigenvalues.len(), 8);
            assert!(block.sigma_min <= block.radius && block.radius <= block.sigma_max);
        }
        assert_eq!(found.half_lives.len(), if cell == CellChoice::Rnn { 0 } else { 8 });
        assert!(found.half_lives.iter().all(|value| *value > 0.0));
    }
}

/// The shown example under a microscope of our own, read from the frame.
fn own_microscope(session: &mut Session) -> Microscope {
    let layout = session.info().layout;
    let mut frame = vec![0.0; layout.floats];
    session.copy_frame_into(&mut frame).unwrap();
    let tokens: Vec<u32> = layout.slice(&frame, "tokens").iter().map(|token| *token as u32).collect();
    let class = layout.scalar(&frame, "exampleTarget").unwrap() as u32;
    let mut microscope = Microscope::new(session.network().config().clone(), layout.steps).unwrap();
    microscope.look(session.network().weights(), Input::OneHot(&tokens), Targets::Classes(&[class])).unwrap();
    microscope
}

#[test]
fn an_analysis_made_in_pieces_is_what_the_microscope_says_at_once() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        let mut session = Session::new(&lane(cell, 15.0, 9.0)).unwrap();
        session.train(4);
        let microscope = own_microscope(&mut session);
        let found = recurrence_of(&mut session);
        let n = microscope.state_size();
        let mut product = microscope.jacobian_product(0, 9);
        for t in (0..15).rev() {
            let far = (found.product_log10[t] - product.current_hidden().log10_frobenius()).abs();
            assert!(far < 1e-13, "{cell:?} {t}: {far:e}");
            product.step_back();
            let mut jacobian = nalgebra::DMatrix::zeros(n, n);
            microscope.jacobian(0, t, &mut jacobian);
            let expected = jacobian.svd(false, false).singular_values;
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-11 * expected.max();
            assert!(near(found.largest[t], expected.max()) && near(found.smallest[t], expected.min()), "{cell:?} {t}");
            let all = &found.singular_values[t * n..(t + 1) * n];
            assert!(all.iter().zip(expected.iter()).all(|(a, b)| near(*a, *b)), "{cell:?} {t}: {all:?} {expected}");
        }
        let mut exponents = microscope.lyapunov_exponents(0, n, 0).exponents;
        exponents.sort_by(|a, b| b.total_cmp(a));
        assert_eq!(found.exponents, exponents, "{cell:?}");
        assert_eq!(found.half_lives, microscope.half_lives(0));
    }
}

#[test]
fn parts_that_are_not_complete_are_not_told_and_a_cancelled_analysis_is_gone() {
    let mut session = Session::new(&lane(CellChoice::Lstm, 6.0, 5.0)).unwrap();
    assert_eq!(session.recurrence(), None);
    session.begin_analysis().unwrap();
    let mut told = Vec::new();
    loop {
        let (_, part) = session.advance_analysis().unwrap();
        let found = session.recurrence().unwrap();
        let lengths = [found.largest.len(), found.exponents.len(), found.singular_values.len()];
        let expected = match part {
            AnalysisPart::Weights | AnalysisPart::Ends => [0, 0, 0],
            AnalysisPart::Exponents => [6, 0, 0],
            AnalysisPart::Singular => [6, 10, 0],
            AnalysisPart::Done => [6, 10, 60],
        };
        assert_eq!(lengths, expected, "{part:?}");
        told.push(part);
        if part == AnalysisPart::Done {
            break;
        }
    }
    assert!(told.len() > 22, "{told:?}");
    session.cancel_analysis();
    assert!(session.recurrence().is_none() && session.advance_analysis().is_none());
}

#[test]
fn another_length_is_shown_with_the_same_weights_and_training_keeps_its_own() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        let [mut plain, mut other] = [(); 2].map(|()| Session::new(&lane(cell, 12.0, 8.0)).unwrap());
        plain.train(6);
        other.train(3);
        other.select_example(5);
        other.begin_map(MapMethod::Estimate).unwrap();
        other.show_length(Some(31.0)).unwrap();
        assert!(other.map().is_none(), "a map of the old length is cancelled");
        assert_eq!((other.info().layout.steps, other.info().experiment.length), (31, 12.0));
        // What is shown is what a lane of that length shows of these weights: its own example, passes and norms.
        let mut long = Session::new(&lane(cell, 31.0, 8.0)).unwrap();
        long.select_example(5);
        let layout = other.info().layout;
        let [mut shown, mut expected] = [(); 2].map(|()| vec![0.0; layout.floats]);
        other.copy_frame_into(&mut shown).unwrap();
        long.copy_frame_into(&mut expected).unwrap();
        assert_eq!(layout.slice(&shown, "tokens"), layout.slice(&expected, "tokens"));
        let microscope = own_microscope(&mut other);
        let norms: Vec<f32> =
            microscope.gradient_norm_log10(0, gatescope::microscope::State::Hidden).map(|value| value as f32).collect();
        assert_eq!(layout.slice(&shown, "hiddenGradientLog10"), norms);
        other.train(3);
        assert_eq!(plain.network().weights(), other.network().weights(), "{cell:?}");
        other.show_length(None).unwrap();
        assert_eq!(other.info().layout.steps, 12);
        // Beyond what an experiment may ask for it is clamped.
        other.show_length(Some(f64::INFINITY)).unwrap();
        assert!(other.info().layout.steps <= 1000);
        other.show_length(Some(-3.0)).unwrap();
        assert!(other.info().layout.steps >= 1);
    }
}

/// A lane of five units that has trained so many steps and shown what came of it.
fn shown(cell: CellChoice, length: f64, steps: usize) -> Session {
    let mut session = Session::new(&lane(cell, length, 5.0)).unwrap();
    session.train(steps);
    let mut frame = vec![0.0; session.info().layout.floats];
    session.copy_frame_into(&mut frame).unwrap();
    session
}

#[test]
fn a_lane_explains_the_frame_it_showed_last_also_when_it_has_trained_on() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        let mut session = shown(cell, 12.0, 3);
        let shown = session.explain(4, 2).unwrap();
        assert_eq!(shown[..3], [3.0, 4.0, 2.0]);
        session.train(2);
        assert_eq!(session.explain(4, 2).unwrap(), shown);
        session.begin_analysis().unwrap();
        assert_eq!(session.explain(4, 2).unwrap()[0], 5.0, "something else was looked at since");
        assert!(session.explain(12, 0).unwrap().is_empty() && session.explain(0, 5).unwrap().is_empty());
    }
}

#[test]
fn with_the_loss_at_the_end_the_triangle_is_one_row_and_with_it_everywhere_it_is_full() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        let mut session = shown(cell, 9.0, 2);
        let mut terms_of = |every: bool| -> PairContributions {
            session.begin_terms(every).unwrap();
            while !session.advance_terms(1).unwrap().is_complete() {}
            session.take_terms().unwrap()
        };
        let (last, every) = (terms_of(false), terms_of(true));
        for t in 0..9 {
            for k in 0..9 {
                // h_0 is zero, so the first use of W_hh has no term.
                let there = k <= t && k > 0;
                assert_eq!(every.norm_log10()[t * 9 + k].is_finite(), there, "{cell:?} {t} {k}");
                assert_eq!(last.norm_log10()[t * 9 + k].is_finite(), there && t == 8, "{cell:?} {t} {k}");
                assert_eq!(every.state_log10()[t * 9 + k].is_finite(), k <= t);
                if there {
                    // A term is a rank-one matrix.
                    assert!(
                        every.norm_log10()[t * 9 + k]
                            < every.state_log10()[t * 9 + k] + every.previous_log10()[k] + 3.0
                    );
                }
            }
        }
        // The last loss is the same one, so is its row.
        for k in 0..9 {
            let (a, b) = (last.norm_log10()[72 + k], every.norm_log10()[72 + k]);
            assert!(a == b || (a - b).abs() < 1e-12, "{cell:?} {k}: {a} {b}");
        }
        // With one loss a column is one term; with all of them a column's sum is no larger than its terms together.
        for k in 1..9 {
            assert!((last.total_log10()[k] - last.norm_log10()[72 + k]).abs() < 1e-12, "{cell:?} {k}");
            let column: f64 = (0..9).map(|t| 10f64.powf(every.norm_log10()[t * 9 + k])).sum();
            assert!(10f64.powf(every.total_log10()[k]) <= column * (1.0 + 1e-12), "{cell:?} {k}");
        }
        // All terms of one loss add up to the gradient: no larger than their norms together.
        let sum: f64 = last.norm_log10().iter().map(|log| 10f64.powf(*log)).sum();
        assert!(10f64.powf(last.gradient_log10()) <= sum * (1.0 + 1e-12), "{cell:?}");
        assert!(session.take_terms().is_none());
    }
}
