//! Where a gradient has vanished in single precision: it becomes zero, not subnormal, and the weights' gradients do not notice.

use gatescope::loss::{Loss, Targets};
use gatescope::network::{Network, NetworkConfig};
use gatescope::real::Real;
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope::{CellKind, Nonlinearity};
use gatescope_tests::small::config;

const STEPS: usize = 400;
const BATCH: usize = 3;
const INPUT: usize = 5;
const HIDDEN: usize = 12;

/// The parameters' gradients, and ∂L/∂h of every timestep with the deltas that made it.
fn gradients<R: Real>(cell: CellKind) -> (Vec<R>, Vec<R>, Vec<R>) {
    let mut rng = Rng::new(11, Purpose::Training);
    let config = NetworkConfig { loss: Loss::cross_entropy(), ..config(cell, INPUT, HIDDEN, 4) };
    let mut network = Network::<R>::new(config).expect("a network");
    network.update(|weights, _| weights.fill_with(|| R::from_f64(rng.uniform(-0.3, 0.3))));
    let numbers: Vec<R> = (0..INPUT * STEPS * BATCH).map(|_| R::from_f64(rng.uniform(-1.0, 1.0))).collect();
    let mut tape = network.tape(STEPS, BATCH);
    network.forward(Input::Dense(&numbers), &mut tape);
    network.loss(Targets::Classes(&[0, 1, 2]), &mut tape);
    network.backward(Input::Dense(&numbers), &mut tape, None);
    let layer = &tape.recurrent.layers[0];
    (network.gradients().to_vec(), layer.d_h.as_slice().to_vec(), layer.d_gates.as_slice().to_vec())
}

#[test]
fn a_vanished_gradient_is_zero_and_the_sums_over_time_are_the_same() {
    for cell in [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm, CellKind::Gru] {
        let (single, d_h, deltas) = gradients::<f32>(cell);
        let (double, expected, _) = gradients::<f64>(cell);
        let largest = double.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        for (single, double) in single.iter().zip(&double) {
            assert!((f64::from(*single) - double).abs() <= 1e-5 * largest, "{cell:?}: {single} and {double}");
        }
        // As long as it can be told in single precision at all, the gradient itself is followed.
        for (single, double) in d_h.iter().zip(&expected).filter(|(_, double)| double.abs() > 1e-27) {
            assert!((f64::from(*single) / double - 1.0).abs() < 0.05, "{cell:?}: {single} and {double}");
        }
        assert!(
            expected[..HIDDEN * BATCH].iter().all(|value| *value != 0.0),
            "{cell:?}: double precision has vanished, too"
        );
        assert!(d_h[..HIDDEN * BATCH].iter().all(|value| *value == 0.0), "{cell:?}: nothing has vanished");
        let subnormal = |values: &[f32]| values.iter().filter(|value| value.is_subnormal()).count();
        assert_eq!(
            (subnormal(&d_h), subnormal(&deltas)),
            (0, 0),
            "{cell:?}: subnormal numbers in ∂L/∂h and in the deltas"
        );
    }
}
