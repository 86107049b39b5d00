// Uses all of the declarations; what must not compile is marked.
import {
  GatescopeError, load,
  type GatescopeErrorCode, type GradientsResult, type Network, type NetworkConfig, type Trace, type TrainReport,
} from 'gatescope';

const config: NetworkConfig = {
  cell: 'lstm', inputSize: 2, hiddenSize: 3, layers: 2, bidirectional: true, outputSize: 2, readout: 'every',
  loss: { kind: 'crossEntropy', labelSmoothing: 0.1, classWeights: [1, 2] },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true }, clip: { kind: 'norm', threshold: 1 },
  init: { kind: 'orthogonal', forgetBias: 'chrono' }, precision: 'f64', seed: 1,
};

export async function main(wasm: Uint8Array): Promise<number> {
  const gs = await load(wasm);
  await load(new URL('file:///gatescope.wasm'));
  await load('gatescope.wasm');
  const net: Network = gs.createNetwork(config);
  const size = { batch: 1, steps: 3, lengths: [3] };
  const [x, y] = [new Float64Array(6), new Int32Array(3)];
  const report: TrainReport = net.trainStep(x, y, { ...size, repeat: 2 });
  const { output, states }: { output: Float32Array | Float64Array; states: ArrayLike<number> } = net.forward(x, { ...size, hidden: new Float32Array(12) });
  const all: GradientsResult = net.gradients(x, y, size);
  const weight: readonly number[] | undefined = all.gradients['lstm.weight_hh_l0']?.shape;
  const trace: Trace = net.trace(x, y, { ...size, example: 0, layer: 1 });
  const again = gs.networkFromStateDict(net.stateDict(), { loss: 'crossEntropy', optimizer: 'adamw', clip: 'none' });
  again.free();
  try {
    // @ts-expect-error there is no such cell
    gs.createNetwork({ ...config, cell: 'transformer' });
    // @ts-expect-error sizes are needed
    net.forward(x);
    // @ts-expect-error plain arrays are not taken
    net.trainStep([1, 2], y, size);
    // @ts-expect-error what a network is does not change
    net.config = again.config;
    // @ts-expect-error no such setting
    gs.createNetwork({ ...config, hiddenUnits: 3 });
  } catch (error) {
    if (!(error instanceof GatescopeError)) throw error;
    const code: GatescopeErrorCode = error.code;
    // @ts-expect-error there is no such code
    if (error.code === 'oops') return 0;
    console.log(code, error.field, error.expected, error.given);
  }
  const name: 'rnn' | 'lstm' | 'gru' = net.config.cell;
  console.log(name, weight, output.length, states.length);
  return report.loss + (trace.hiddenGradientLog10[0] ?? 0);
}
