// @ts-check
// Burn in WebAssembly with SIMD: its two backends in pure Rust, its own LSTM and one with all gates in one product.
import initialise, { Training } from './bench_burn.js';

/** @type {import('./system.js').System} */
export const system = {
  open: async () => {
    await initialise({ module_or_path: new URL('./bench_burn_bg.wasm', import.meta.url) });
  },
  variants: (cell) => {
    const cells = cell === 'rnn' ? ['rnn'] : ['lstm', 'joined'];
    return ['flex', 'ndarray'].flatMap((backend) => cells.map((kind) => `${backend} ${kind}`));
  },
  prepare: async (variant, _cell, { input, hidden, steps, batch }, { output, learningRate }, { inputs, targets }) => {
    const [backend, kind] = variant.split(' ');
    const sizes = Uint32Array.of(input, hidden, steps, batch, output);
    const training = new Training(kind, backend, sizes, learningRate, inputs, targets);
    return {
      train: async (count) => training.train(count),
      free: () => training.free(),
    };
  },
};
