//! What one timestep stretches most: σ, u and v of its Jacobian against nalgebra's decomposition, on random networks of every cell.

use gatescope::Session;
use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::experiment::{CellChoice, LaneExperiment};
use gatescope::init::InitKind;
use gatescope::loss::{Loss, Targets};
use gatescope::microscope::{Intervention, Microscope};
use gatescope::network::{Network, NetworkConfig};
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope_tests::small::{config, started};
use nalgebra::{DMatrix, DVector};

const CELLS: [CellKind; 4] =
    [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm, CellKind::Gru];
const STEPS: usize = 5;

fn network(cell: CellKind, hidden: usize, seed: u32) -> Network<f64> {
    let config = NetworkConfig { bidirectional: true, loss: Loss::cross_entropy(), ..config(cell, 3, hidden, 2) };
    started(config, InitKind::Pytorch, seed)
}

fn looked(network: &Network<f64>, intervention: &Intervention) -> Microscope {
    let mut rng = Rng::new(8, Purpose::HeldOut);
    let x: Vec<f64> = (0..3 * STEPS).map(|_| rng.normal()).collect();
    let mut microscope = Microscope::new(network.config().clone(), STEPS).unwrap();
    let target = Targets::Classes(&[1]);
    microscope.look_with(network.weights(), Input::Dense(&x), target, intervention).unwrap();
    microscope
}

/// The largest relative difference of what is told of a timestep from the decomposition of its Jacobian; checks everything else.
fn compare(microscope: &Microscope, layer: usize, t: usize) -> f64 {
    let n = microscope.state_size();
    let mut jacobian = DMatrix::zeros(n, n);
    microscope.jacobian(layer, t, &mut jacobian);
    let svd = jacobian.clone().svd(true, true);
    let order = svd.singular_values.argmax().0;
    let expected = svd.singular_values[order];
    let mut u = DVector::zeros(n);
    let mut v = DVector::zeros(n);
    let mut sigma = f64::NAN;
    for row in 0..n {
        let (found, entries) = microscope.stretched(layer, t, row).unwrap();
        assert_eq!(entries, jacobian.row(row).iter().copied().collect::<Vec<_>>());
        if row > 0 {
            // Every row comes with the same vectors, bit for bit.
            assert_eq!((sigma, u.as_slice(), v.as_slice()), (found.sigma, &found.left[..], &found.right[..]));
        }
        (sigma, u, v) = (found.sigma, DVector::from_vec(found.left), DVector::from_vec(found.right));
    }
    if expected == 0.0 {
        assert!(sigma == 0.0 && u.amax() == 0.0 && v.amax() == 0.0);
        return 0.0;
    }
    assert!((u.norm() - 1.0).abs() < 1e-13 && (v.norm() - 1.0).abs() < 1e-13);
    // The terms that are shown: Σ u_i·(Jv)_i, each (Jv)_i = Σ J_ij·v_j.
    let mut sum = 0.0;
    for row in 0..n {
        let component: f64 = (0..n).map(|column| jacobian[(row, column)] * v[column]).sum();
        assert!((component - sigma * u[row]).abs() < 1e-13 * sigma);
        sum += u[row] * component;
    }
    assert!((jacobian.transpose() * &u - &v * sigma).amax() < 1e-12 * sigma);
    // The vectors are nalgebra's but for the sign, where the next singular value is well below.
    let second = svd.singular_values.iter().enumerate().filter(|one| one.0 != order).map(|one| *one.1);
    let gap = 1.0 - second.fold(0.0, f64::max) / expected;
    let (u_svd, v_svd) = (svd.u.unwrap().column(order).into_owned(), svd.v_t.unwrap().row(order).transpose());
    let sign = v.dot(&v_svd).signum();
    if gap > 1e-3 {
        assert!((&u - u_svd * sign).amax() < 1e-10 && (&v - v_svd * sign).amax() < 1e-10, "{gap:e}");
    }
    ((sigma - expected) / expected).abs().max(((sum - sigma) / sigma).abs())
}

#[test]
fn value_and_vectors_are_those_of_the_decomposition_for_every_cell_and_size() {
    let mut worst = 0.0f64;
    for cell in CELLS {
        for hidden in [1, 2, 5, 16, 33] {
            for seed in 0..3 {
                let microscope = looked(&network(cell, hidden, seed), &Intervention::default());
                for layer in 0..2 {
                    for t in 0..STEPS {
                        worst = worst.max(compare(&microscope, layer, t));
                    }
                    assert!(microscope.stretched(layer, STEPS, 0).is_none());
                    assert!(microscope.stretched(layer, 0, microscope.state_size()).is_none());
                }
            }
        }
    }
    println!("sigma and its terms differ from the decomposition by at most {worst:e} of itself");
    assert!(worst < 1e-13, "{worst:e}");
}

#[test]
fn what_lets_nothing_through_has_no_direction_and_no_nan() {
    // A ReLU whose biases keep every unit at zero.
    let mut dead = network(CellKind::Rnn(Nonlinearity::Relu), 4, 1);
    let biases: Vec<_> =
        dead.parameters().specs().iter().filter(|spec| spec.is("bias_ih")).map(|spec| spec.range()).collect();
    assert_eq!(biases.len(), 2);
    dead.update(|weights, _| biases.iter().for_each(|range| weights[range.clone()].fill(-100.0)));
    let microscope = looked(&dead, &Intervention::default());
    for t in 0..STEPS {
        let (found, entries) = microscope.stretched(0, t, 2).unwrap();
        assert_eq!((found.sigma, found.left, found.right, entries), (0.0, vec![0.0; 4], vec![0.0; 4], vec![0.0; 4]));
    }
    // All singular values alike: J = diag(φ′) of nothing but the identity, which every direction is as good for.
    let mut even = network(CellKind::Rnn(Nonlinearity::Relu), 4, 1);
    let weights: Vec<_> =
        even.parameters().specs().iter().filter(|spec| spec.is("weight_hh")).map(|spec| spec.range()).collect();
    even.update(|values, _| {
        weights.iter().for_each(|range| {
            values[range.clone()].fill(0.0);
            values[range.clone()].iter_mut().step_by(5).for_each(|entry| *entry = 0.5);
        });
        biases.iter().for_each(|range| values[range.clone()].fill(100.0));
    });
    let microscope = looked(&even, &Intervention::default());
    let (found, _) = microscope.stretched(0, 0, 0).unwrap();
    assert!((found.sigma - 0.5).abs() < 1e-15 && found.right.iter().all(|entry| entry.is_finite()));
    assert!((DVector::from_vec(found.right).norm() - 1.0).abs() < 1e-14);
    // A cut cell path takes its columns, and a weight that is not finite leaves no number.
    let cut = Intervention { cut_cell_path: true, ..Intervention::default() };
    for cell in [CellKind::Lstm, CellKind::Gru] {
        let microscope = looked(&network(cell, 5, 2), &cut);
        assert!((0..STEPS).all(|t| compare(&microscope, 0, t) < 1e-13));
    }
    let mut bad = network(CellKind::Lstm, 3, 1);
    bad.update(|weights, _| weights[0] = f64::NAN);
    let (found, _) = looked(&bad, &Intervention::default()).stretched(0, 1, 0).unwrap();
    assert!(found.sigma.is_nan() && found.left == [0.0; 6] && found.right == [0.0; 6]);
}

#[test]
fn a_lane_tells_the_number_of_its_analysis_which_the_frame_has_from_below() {
    for cell in [CellChoice::Rnn, CellChoice::Lstm, CellChoice::Gru] {
        let experiment = LaneExperiment { cell, length: 20.0, hidden: 12.0, ..LaneExperiment::default() };
        let mut session = Session::new(&experiment).unwrap();
        session.watch(true);
        session.train(5);
        let layout = session.info().layout;
        let mut frame = vec![0.0; layout.floats];
        session.copy_frame_into(&mut frame).unwrap();
        let offset = layout.channels.iter().find(|channel| channel.name == "jacobianNormLog10").unwrap().offset;
        session.begin_analysis().unwrap();
        while !session.advance_analysis().unwrap().0.is_complete() {}
        let exact = session.recurrence().unwrap().largest;
        for t in 0..20 {
            let numbers = session.explain_jacobian(t, 0).unwrap();
            assert_eq!((numbers[0], (numbers.len() - 2) % 3), (5.0, 0));
            let sigma = numbers[1];
            assert!((sigma / exact[t] - 1.0).abs() < 1e-13, "{cell:?} {t}: {sigma} {}", exact[t]);
            let chart = 10f64.powf(f64::from(frame[offset + t]));
            assert!(chart < sigma * (1.0 + 1e-6) && chart > 0.9 * sigma, "{cell:?} {t}: {chart} {sigma}");
        }
        assert!(session.explain_jacobian(20, 0).unwrap().is_empty());
    }
}
