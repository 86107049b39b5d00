// @ts-check
// gatescope as it is installed: the built library and its wasm, nothing else.
import { load } from './gatescope.js';

/** @type {import('./system.js').System} */
export const system = {
  open: async () => {
    gatescope = await load();
  },
  variants: () => ['library'],
  prepare: async (_variant, cell, { input, hidden, steps, batch }, { output, learningRate, seed }, { inputs, targets }) => {
    const optimizer = { kind: 'adam', learningRate };
    const net = gatescope.createNetwork({ cell, inputSize: input, hiddenSize: hidden, outputSize: output, optimizer, seed });
    return {
      train: async (repeat) => net.trainStep(inputs, targets, { batch, steps, repeat }).loss,
      free: () => net.free(),
    };
  },
};

/** @type {any} */
let gatescope;
