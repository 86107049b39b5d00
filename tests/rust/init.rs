//! Initial weights: statistics as PyTorch's, exact properties where there are any.

use gatescope::cell::{CellKind, Nonlinearity};
use gatescope::init::{ForgetBias, Init, InitKind, initialise};
use gatescope::network::{Network, NetworkConfig, Readout};
use gatescope::real::Real;
use gatescope::rng::{Purpose, Rng};
use gatescope::{Error, Loss};
use gatescope_tests::fixture::Fixture;
use nalgebra::{DMatrix, linalg::SVD};

const TANH: CellKind = CellKind::Rnn(Nonlinearity::Tanh);
const PYTORCH: Init = Init { kind: InitKind::Pytorch, spectral_radius: None, forget_bias: None };
const ORTHOGONAL: Init = Init { kind: InitKind::Orthogonal, ..PYTORCH };
const IDENTITY: Init = Init { kind: InitKind::Identity, ..PYTORCH };

fn try_network<R: Real>(cell: CellKind, size: [usize; 3], init: Init, seed: u32) -> Result<Network<R>, Error> {
    let [input, hidden, layers] = size;
    let (readout, loss) = (Readout::Last, Loss::cross_entropy());
    let mut network = Network::new(NetworkConfig {
        cell,
        input,
        hidden,
        layers,
        output: 3,
        bidirectional: false,
        vocabulary: None,
        readout,
        loss,
    })?;
    initialise(&mut network, &init, &mut Rng::new(seed, Purpose::Initialisation))?;
    Ok(network)
}

/// `[input, hidden, layers]`, weights drawn from this seed.
fn network(cell: CellKind, size: [usize; 3], init: Init, seed: u32) -> Network<f64> {
    try_network(cell, size, init, seed).expect("a network")
}

fn parameter(network: &Network<f64>, name: &str) -> DMatrix<f64> {
    let name = format!("{}.{name}", network.config().cell.name());
    let spec = network.parameters().get(&name).unwrap_or_else(|| panic!("no {name}"));
    spec.view(network.weights()).into_owned()
}

/// The square blocks of a weight, one a gate.
fn blocks(weight: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
    let size = weight.ncols();
    (0..weight.nrows() / size).map(|block| weight.rows(block * size, size).into_owned()).collect()
}

fn spectral_radius(matrix: &DMatrix<f64>) -> f64 {
    matrix.complex_eigenvalues().iter().map(|z| z.norm()).fold(0.0, f64::max)
}

/// What a fixture says of a matrix, in its words.
fn statistics(matrix: &DMatrix<f64>) -> [(&'static str, f64); 7] {
    let singular = SVD::new(matrix.clone(), false, false).singular_values;
    let size = matrix.nrows();
    [
        ("mean", matrix.mean()),
        ("std", matrix.variance().sqrt()),
        ("max_abs", matrix.amax()),
        ("spectral_radius", spectral_radius(matrix)),
        ("spectral_norm", singular.max()),
        ("smallest_singular_value", singular.min()),
        ("orthogonality_error_max", (matrix.transpose() * matrix - DMatrix::identity(size, size)).amax()),
    ]
}

#[test]
fn statistics_of_the_draws_are_pytorchs() {
    let fixture = Fixture::load("initialisers");
    let mut compared = 0;
    for row in fixture.below("rows") {
        let path = format!("rows/{row}");
        let hidden = fixture.size(&format!("{path}/H"));
        // Draws a gate; the LSTM's four blocks are four draws.
        let seeds = if hidden > 64 { 1..=2 } else { 1..=6 };
        let init = fixture.text(&format!("{path}/init"));
        let (init, weight) = match init {
            "pytorch_default_uniform" => (PYTORCH, "weight_hh_l0"),
            "orthogonal" => (ORTHOGONAL, "weight_hh_l0"),
            "identity" => (IDENTITY, "weight_hh_l0"),
            // Where W_hh is orthogonal, W_ih is Xavier-uniform, gate by gate.
            "xavier_uniform" => (ORTHOGONAL, "weight_ih_l0"),
            // Nothing draws from these yet.
            "xavier_normal" | "kaiming_uniform_relu" => continue,
            other => panic!("no check for {other}"),
        };
        let cells = [TANH, CellKind::Lstm];
        let networks = cells
            .iter()
            .flat_map(|cell| seeds.clone().map(move |seed| network(*cell, [hidden, hidden, 1], init, seed)));
        let draws: Vec<_> = networks.flat_map(|network| blocks(&parameter(&network, weight))).collect();
        let own = draws.len() as f64;
        let all: Vec<_> = draws.iter().map(statistics).collect();
        for index in 0..all[0].len() {
            let name = all[0][index].0;
            let got = all.iter().map(|one| one[index].1).sum::<f64>() / own;
            let [expected, deviation] = *fixture.get(&format!("{path}/{name}")).data.as_slice() else {
                panic!("{path}/{name}")
            };
            // The mean of our draws against the mean of PyTorch's: far sharper than 4 deviations of one draw.
            let theirs = fixture.get(&format!("{path}/draws")).scalar();
            let allowed = (4.0 * deviation * (1.0 / own + 1.0 / theirs).sqrt()).max(1e-12);
            let error = (got - expected).abs();
            assert!(
                error <= allowed,
                "H {hidden}, {init:?}, {name}: {got} of {own} draws, expected {expected} ± {allowed}"
            );
            compared += 1;
        }
    }
    println!("{compared} statistics of the initialisers");
    assert_eq!(compared, 4 * 4 * 7);
}

#[test]
fn pytorchs_default_keeps_every_parameter_within_one_over_the_root_of_the_hidden_size() {
    for cell in [TANH, CellKind::Lstm] {
        let network = network(cell, [5, 25, 2], PYTORCH, 3);
        for spec in network.parameters().specs() {
            let values = spec.view(network.weights()).into_owned();
            assert!(values.amax() <= 0.2, "{}", spec.name);
            assert!(values.amax() > 0.0, "{} is filled", spec.name);
        }
    }
}

#[test]
fn every_block_of_an_orthogonal_start_is_orthogonal_and_biases_are_zero() {
    for hidden in [1, 2, 3, 20, 65] {
        for cell in [TANH, CellKind::Lstm] {
            let network = network(cell, [4, hidden, 2], ORTHOGONAL, 5);
            for layer in 0..2 {
                for block in blocks(&parameter(&network, &format!("weight_hh_l{layer}"))) {
                    let error = (block.transpose() * &block - DMatrix::identity(hidden, hidden)).amax();
                    assert!(error < 1e-13, "H {hidden}: {error:e}");
                }
                assert_eq!(parameter(&network, &format!("bias_ih_l{layer}")).amax(), 0.0);
                assert_eq!(parameter(&network, &format!("bias_hh_l{layer}")).amax(), 0.0);
            }
        }
    }
}

#[test]
fn both_signs_of_the_determinant_occur_among_orthogonal_draws() {
    let determinants: Vec<_> = (0..40)
        .map(|seed| parameter(&network(TANH, [1, 5, 1], ORTHOGONAL, seed), "weight_hh_l0").determinant())
        .collect();
    let positive = determinants.iter().filter(|determinant| **determinant > 0.0).count();
    assert!((8..=32).contains(&positive), "{positive} of 40");
}

/// Uniform over all orthogonal matrices (Haar): the trace has mean 0 and mean square 1 (Diaconis & Shahshahani 1994),
/// whereas a QR factorisation without regard to signs favours one side.
#[test]
fn orthogonal_draws_favour_no_direction() {
    let count = 600;
    let traces: Vec<_> =
        (0..count).map(|seed| parameter(&network(TANH, [1, 6, 1], ORTHOGONAL, seed), "weight_hh_l0").trace()).collect();
    let mean = traces.iter().sum::<f64>() / f64::from(count);
    let square = traces.iter().map(|trace| trace * trace).sum::<f64>() / f64::from(count);
    // The trace is close to a standard normal number: its square has variance 2.
    let root = f64::from(count).sqrt();
    assert!(mean.abs() < 4.0 / root && (square - 1.0).abs() < 4.0 * 2f64.sqrt() / root, "{mean} {square}");
}

#[test]
fn an_identity_start_is_the_identity_exactly_with_small_inputs_and_no_bias() {
    for cell in [CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm] {
        let network = network(cell, [50, 40, 2], IDENTITY, 5);
        for layer in 0..2 {
            for block in blocks(&parameter(&network, &format!("weight_hh_l{layer}"))) {
                assert_eq!(block, DMatrix::identity(40, 40));
            }
            let input = parameter(&network, &format!("weight_ih_l{layer}"));
            let count = input.len() as f64;
            assert!(input.mean().abs() < 4.0 * 0.001 / count.sqrt());
            assert!((input.variance().sqrt() / 0.001 - 1.0).abs() < 4.0 / (2.0 * count).sqrt());
            assert_eq!(parameter(&network, &format!("bias_ih_l{layer}")).amax(), 0.0);
            assert_eq!(parameter(&network, &format!("bias_hh_l{layer}")).amax(), 0.0);
        }
    }
}

#[test]
fn a_spectral_radius_is_met_exactly_by_every_initialisation() {
    for kind in [InitKind::Pytorch, InitKind::Orthogonal, InitKind::Identity] {
        for hidden in [1, 2, 7, 32] {
            for radius in [0.0, 0.3, 1.0, 4.0] {
                let init = Init { kind, spectral_radius: Some(radius), forget_bias: None };
                let network = network(TANH, [3, hidden, 2], init, 11);
                for layer in 0..2 {
                    let got = spectral_radius(&parameter(&network, &format!("weight_hh_l{layer}")));
                    assert!((got - radius).abs() < 1e-12 * radius.max(1.0), "{kind:?}, H {hidden}: {got}");
                }
            }
        }
    }
}

/// Gelfand: ρ(W) = lim ‖Wⁿ‖^(1/n), which needs no eigenvalues.
#[test]
fn a_spectral_radius_is_the_growth_rate_of_powers() {
    let init = Init { spectral_radius: Some(1.3), ..PYTORCH };
    let weight = parameter(&network(TANH, [3, 24, 1], init, 2), "weight_hh_l0");
    let mut power = weight.clone();
    let mut log = 0.0;
    let doublings = 12;
    for _ in 0..doublings {
        let norm = power.norm();
        log = 2.0 * (log + norm.ln());
        power /= norm;
        power = &power * &power;
    }
    let rate = ((log + power.norm().ln()) / f64::from(1 << doublings)).exp();
    assert!((rate / 1.3 - 1.0).abs() < 2e-3, "{rate}");
}

#[test]
fn a_forget_bias_counts_once_in_every_layer_and_leaves_the_other_gates_alone() {
    for layers in [1, 2, 4] {
        for value in [-2.0, 0.0, 1.0] {
            let with = network(
                CellKind::Lstm,
                [3, 6, layers],
                Init { forget_bias: Some(ForgetBias::Value(value)), ..PYTORCH },
                9,
            );
            let without = network(CellKind::Lstm, [3, 6, layers], PYTORCH, 9);
            for layer in 0..layers {
                let sum = |network: &Network<f64>| {
                    parameter(network, &format!("bias_ih_l{layer}")) + parameter(network, &format!("bias_hh_l{layer}"))
                };
                let (with, without) = (sum(&with), sum(&without));
                assert!(with.rows(6, 6).iter().all(|bias| *bias == value), "layer {layer}: {:?}", with.rows(6, 6));
                assert_eq!(with.rows(0, 6), without.rows(0, 6), "i of layer {layer}");
                assert_eq!(with.rows(12, 12), without.rows(12, 12), "g and o of layer {layer}");
            }
        }
    }
}

#[test]
fn chrono_draws_forget_biases_between_zero_and_ln_of_t_minus_one_and_negates_them_for_the_input_gate() {
    let hidden = 200;
    for steps in [1, 2, 3, 50, 512] {
        let init = Init { forget_bias: Some(ForgetBias::Chrono { steps }), ..PYTORCH };
        let network = network(CellKind::Lstm, [3, hidden, 2], init, 13);
        for layer in 0..2 {
            assert_eq!(parameter(&network, &format!("bias_hh_l{layer}")).amax(), 0.0);
            let bias = parameter(&network, &format!("bias_ih_l{layer}"));
            let (input, forget) = (bias.rows(0, hidden), bias.rows(hidden, hidden));
            assert_eq!(input, -forget.into_owned());
            assert_eq!(bias.rows(2 * hidden, 2 * hidden).amax(), 0.0);
            let longest = (steps.max(3) - 1) as f64;
            assert!(forget.iter().all(|bias| (0.0..=longest.ln()).contains(bias)), "T {steps}");
            // e^b is uniform: its mean is the middle, its deviation the width over √12.
            let mean = forget.iter().map(|bias| bias.exp()).sum::<f64>() / hidden as f64;
            let allowed = 4.0 * (longest - 1.0) / (12.0 * hidden as f64).sqrt();
            assert!((mean - (1.0 + longest) / 2.0).abs() < allowed, "T {steps}: mean e^b {mean}");
        }
    }
}

#[test]
fn a_forget_bias_means_nothing_to_a_cell_without_a_forget_gate() {
    let with = network(TANH, [3, 6, 2], Init { forget_bias: Some(ForgetBias::Value(5.0)), ..PYTORCH }, 9);
    assert_eq!(with.weights(), network(TANH, [3, 6, 2], PYTORCH, 9).weights());
}

#[test]
fn networks_of_one_seed_start_alike_in_both_precisions_and_differently_for_another_seed() {
    for init in [PYTORCH, ORTHOGONAL, IDENTITY] {
        let double = network(CellKind::Lstm, [3, 6, 2], init, 9);
        let single = try_network::<f32>(CellKind::Lstm, [3, 6, 2], init, 9).expect("a network");
        let narrowed: Vec<f32> = double.weights().iter().map(|weight| *weight as f32).collect();
        assert_eq!(single.weights(), narrowed);
        assert_ne!(double.weights(), network(CellKind::Lstm, [3, 6, 2], init, 10).weights());
    }
}
