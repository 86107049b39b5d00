//! A tape that keeps only what training needs gives the bits of one that keeps everything.

use gatescope::loss::{Loss, Targets};
use gatescope::network::{Network, NetworkConfig, NetworkTape, Readout};
use gatescope::recurrent::Input;
use gatescope::rng::{Purpose, Rng};
use gatescope::{CellKind, Nonlinearity};

/// More sequences and timesteps than are taken up into the weights' gradients at a time, and no whole number of such parts.
const STEPS: usize = 23;
const BATCH: usize = 40;
const INPUT: usize = 5;
const OUTPUT: usize = 3;

/// Bits of the loss, the outputs, the states, the parameters' gradients and the inputs'.
type Bits = (u64, [Vec<u64>; 4]);

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn run(
    network: &mut Network<f64>,
    mut tape: NetworkTape<f64>,
    input: Input<'_, f64>,
    classes: &[u32],
    lengths: Option<&[usize]>,
) -> [Bits; 2] {
    tape.recurrent.set_lengths(lengths);
    let layers = network.config().layers;
    // Twice: what the first way back leaves must not show in the second.
    [(); 2].map(|()| {
        network.forward(input, &mut tape);
        let loss = network.loss(Targets::Classes(classes), &mut tape);
        let mut d_input = vec![0.0; INPUT * STEPS * BATCH];
        network.backward(input, &mut tape, Some(&mut d_input));
        let output = bits(tape.output.as_slice());
        (loss.to_bits(), [output, bits(tape.recurrent.outputs(layers - 1)), bits(network.gradients()), bits(&d_input)])
    })
}

#[test]
fn a_training_tape_gives_the_bits_of_a_whole_one() {
    let mut rng = Rng::new(3, Purpose::Training);
    let numbers: Vec<f64> = (0..INPUT * STEPS * BATCH).map(|_| rng.uniform(-1.0, 1.0)).collect();
    let tokens: Vec<u32> = (0..STEPS * BATCH).map(|_| rng.below(INPUT) as u32).collect();
    let classes: Vec<u32> = (0..STEPS * BATCH).map(|_| rng.below(OUTPUT) as u32).collect();
    let lengths: Vec<usize> = (0..BATCH).map(|_| 1 + rng.below(STEPS)).collect();
    let cells = [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm, CellKind::Gru];
    for cell in cells {
        for (readout, columns) in [(Readout::Last, BATCH), (Readout::Every, STEPS * BATCH)] {
            for (layers, bidirectional) in [(1, false), (1, true), (2, false), (2, true)] {
                let (loss, vocabulary) = (Loss::cross_entropy(), None);
                let config = NetworkConfig {
                    cell,
                    input: INPUT,
                    hidden: 6,
                    layers,
                    bidirectional,
                    vocabulary,
                    output: OUTPUT,
                    readout,
                    loss,
                };
                let mut network = Network::new(config.clone()).expect("a network");
                network.update(|weights, _| weights.fill_with(|| rng.uniform(-0.5, 0.5)));
                for lengths in [None, Some(&lengths[..])] {
                    for input in [Input::Dense(&numbers[..]), Input::OneHot(&tokens)] {
                        let (whole, lean) = (network.tape(STEPS, BATCH), network.training_tape(STEPS, BATCH));
                        let classes = &classes[..columns];
                        let [whole, lean] = [whole, lean].map(|tape| run(&mut network, tape, input, classes, lengths));
                        assert!(whole == lean && whole[0] == whole[1], "{config:?}, {lengths:?}, {input:?}");
                    }
                }
            }
        }
    }
}
