/**
 * The same small experiment for every consumer: trains, looks, saves, loads. Plain data comes back, to be compared bit for
 * bit; it names nothing outside itself.
 * @param {import('gatescope').Gatescope} gs
 */
export function experiment(gs) {
  const size = { batch: 4, steps: 12 };
  const x = Float32Array.from({ length: 4 * 12 * 3 }, (_, k) => ((k * 37) % 23) / 23 - 0.5);
  const y = Int32Array.of(0, 1, 1, 0);
  return ['rnn', 'lstm', 'gru'].map((cell) => {
    const net = gs.createNetwork({
      cell, inputSize: 3, hiddenSize: 8, layers: 2, bidirectional: cell === 'gru', outputSize: 2,
      optimizer: { kind: 'adam', learningRate: 0.01 }, clip: { kind: 'norm', threshold: 1 }, seed: 11,
    });
    const losses = Array.from({ length: 100 }, () => net.trainStep(x, y, size).loss);
    const trace = net.trace(x, y, { ...size, example: 2, layer: 0 });
    const again = gs.networkFromStateDict(net.stateDict());
    const output = again.forward(x, size).output;
    again.free();
    net.free();
    return {
      losses,
      output: Array.from(output),
      gradients: Array.from(trace.hiddenGradientLog10),
      jacobians: Array.from(trace.jacobianProductLog10),
    };
  });
}
