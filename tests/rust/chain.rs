//! Entries of the memory map and bars of the weights' histograms, taken apart.

use gatescope::Session;
use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::experiment::{CellChoice, LaneExperiment};
use gatescope::init::InitKind;
use gatescope::inspection::{BINS, MapMethod};
use gatescope::loss::{Loss, Targets};
use gatescope::microscope::{Microscope, largest_singular_value};
use gatescope::network::NetworkConfig;
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope_tests::small::{config, started};
use nalgebra::DMatrix;

const CELLS: [CellKind; 3] = [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Lstm, CellKind::Gru];
const HIDDEN: usize = 5;
const STEPS: usize = 7;

fn looked(cell: CellKind) -> Microscope {
    let config = NetworkConfig { bidirectional: true, loss: Loss::cross_entropy(), ..config(cell, 3, HIDDEN, 2) };
    let network = started(config, InitKind::Pytorch, 5);
    let mut rng = Rng::new(8, Purpose::HeldOut);
    let x: Vec<f64> = (0..3 * STEPS).map(|_| rng.normal()).collect();
    let mut microscope = Microscope::new(network.config().clone(), STEPS).unwrap();
    microscope.look(network.weights(), Input::Dense(&x), Targets::Classes(&[1])).unwrap();
    microscope
}

#[test]
fn a_chain_is_the_product_of_the_exact_jacobians_and_stays_below_that_of_their_norms() {
    for cell in CELLS {
        let microscope = looked(cell);
        let n = microscope.state_size();
        for layer in 0..2 {
            let place = |k: usize| if layer == 1 { STEPS - 1 - k } else { k };
            for t in 0..STEPS {
                assert!(microscope.chain(layer, t + 1, t).is_none() && microscope.chain(layer, 0, STEPS).is_none());
                for s in 0..=t {
                    let chain = microscope.chain(layer, s, t).unwrap();
                    let mut product = DMatrix::identity(n, n);
                    let mut jacobian = DMatrix::zeros(n, n);
                    let mut bound = (HIDDEN as f64).sqrt();
                    assert_eq!(
                        (chain.factors.len(), chain.left_log10.len(), chain.columns.len()),
                        (t - s, t - s, HIDDEN)
                    );
                    for (index, k) in (s + 1..=t).rev().enumerate() {
                        microscope.jacobian(layer, place(k), &mut jacobian);
                        product *= &jacobian;
                        let sigma = largest_singular_value(&jacobian);
                        bound *= sigma;
                        assert!((chain.factors[index] - sigma).abs() < 1e-12 * sigma);
                        let left = product.view((0, 0), (HIDDEN, HIDDEN)).norm();
                        assert!((chain.left_log10[index] - left.log10()).abs() < 1e-12, "{cell:?} {t} {s} {k}");
                    }
                    let hidden = product.view((0, 0), (HIDDEN, HIDDEN));
                    for (unit, column) in chain.columns.iter().enumerate() {
                        let whole = column * f64::from(chain.exponent).exp2();
                        assert!((whole - hidden.column(unit).norm()).abs() < 1e-13, "{cell:?} {t} {s} {unit}");
                    }
                    assert!((chain.log10 - hidden.norm().log10()).abs() < 1e-12);
                    assert!((chain.bound_log10 - bound.log10()).abs() < 1e-12);
                    assert!(chain.log10 <= chain.bound_log10 + 1e-12);
                }
            }
        }
    }
}

fn lane(cell: CellChoice) -> Session {
    let experiment = LaneExperiment { cell, length: 40.0, hidden: 12.0, ..LaneExperiment::default() };
    let mut session = Session::new(&experiment).unwrap();
    session.train(5);
    let mut frame = vec![0.0; session.info().layout.floats];
    session.copy_frame_into(&mut frame).unwrap();
    session
}

#[test]
fn an_entry_taken_apart_is_that_of_the_exact_map_also_where_little_is_left() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        let mut session = lane(cell);
        let mut progress = session.begin_map(MapMethod::Exact).unwrap();
        while !progress.is_complete() {
            progress = session.advance_map(1000).unwrap();
        }
        let map = session.map().unwrap().to_vec();
        for (s, t) in [(0, 39), (0, 0), (10, 30), (38, 39), (3, 25)] {
            let numbers = session.explain_chain(s, t).unwrap();
            assert_eq!((numbers[0], numbers[1], numbers[2]), (5.0, (t - s) as f64, 12.0));
            assert!(
                (numbers[3] - map[t * 40 + s]).abs() < 1e-12,
                "{cell:?} {s} {t}: {} {}",
                numbers[3],
                map[t * 40 + s]
            );
            assert_eq!(numbers.len(), 6 + 2 * (t - s) + 12);
            // Nothing lies between a state and itself, and what is left at the end is the entry.
            if s < t {
                assert!((numbers[6 + 2 * (t - s) - 1] - numbers[3]).abs() < 1e-12);
            }
        }
        assert!(session.explain_chain(5, 4).unwrap().is_empty() && session.explain_chain(0, 40).unwrap().is_empty());
    }
}

#[test]
fn the_bars_of_a_histogram_hold_its_counts_and_every_weight_is_in_one() {
    let session = lane(CellChoice::Lstm);
    let network = session.network();
    for (index, histogram) in session.weight_histograms().into_iter().enumerate() {
        let spec = &network.parameters().specs()[index];
        assert_eq!(spec.name, histogram.name);
        let matrix = spec.view(network.weights());
        let mut found = 0;
        let mut last = -histogram.limit;
        for bin in 0..BINS {
            let numbers = session.explain_weights(index, histogram.limit, bin);
            let (head, listed) = numbers.split_at(4);
            let [step, all, from, to] = head.try_into().unwrap();
            assert_eq!((step, all), (5.0, matrix.len() as f64));
            assert!(from == last && from < to, "{from} {to}");
            assert_eq!(listed.len(), 3 * histogram.counts[bin] as usize);
            for weight in listed.chunks(3) {
                let [row, column, value] = weight.try_into().unwrap();
                assert_eq!(f64::from(matrix[(row as usize, column as usize)]), value);
                assert!((from..=to).contains(&value));
            }
            last = to;
            found += listed.len() / 3;
        }
        assert_eq!((found, last), (matrix.len(), histogram.limit));
        // What lies outside of a narrower histogram is in no bar of it.
        let in_bar = |bin| session.explain_weights(index, histogram.limit / 4.0, bin).len() / 3 - 1;
        let narrow: usize = (0..BINS).map(in_bar).sum();
        let inside = matrix.iter().filter(|weight| f64::from(weight.abs()) <= histogram.limit / 4.0).count();
        assert_eq!(narrow, inside);
        assert!(session.explain_weights(index, histogram.limit, BINS).is_empty());
    }
    assert!(session.explain_weights(99, 1.0, 0).is_empty());
}
