// @ts-check
// TensorFlow.js: both of its backends that compute on the processor, each with its layers and with a loop over basic
// operations (all gates and all timesteps' input projections in one product, gradients by its automatic differentiation).
import '@tensorflow/tfjs-backend-cpu';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import * as layers from '@tensorflow/tfjs-layers';

/** @type {import('./system.js').System} */
export const system = {
  open: async () => {
    wasm.setWasmPaths(new URL('./', import.meta.url).href);
    // One thread, as the others.
    wasm.setThreadsCount(1);
    await tf.setBackend('wasm');
  },
  variants: () => ['wasm operations', 'wasm layers', 'cpu operations', 'cpu layers'],
  prepare: async (variant, cell, workload, common, batch) => {
    const [backend, style] = variant.split(' ');
    await tf.setBackend(backend);
    const prepare = style === 'layers' ? withLayers : withOperations;
    const { train, free } = prepare(cell, workload, common, batch);
    return {
      train: async (steps) => {
        if (tf.getBackend() !== backend) await tf.setBackend(backend);
        return train(steps);
      },
      free,
    };
  },
};

/**
 * @param {string} cell
 * @param {import('./data.js').Workload} workload
 * @param {import('./system.js').Common} common
 * @param {import('./data.js').Batch} data
 */
function withOperations(cell, { input, hidden, steps, batch }, { output, learningRate }, { inputs, targets }) {
  const gates = cell === 'lstm' ? 4 : 1;
  const uniform = (/** @type {number[]} */ shape) => tf.variable(tf.randomUniform(shape, -(hidden ** -0.5), hidden ** -0.5));
  const weights = {
    input: uniform([input, gates * hidden]),
    hidden: uniform([hidden, gates * hidden]),
    bias: uniform([gates * hidden]),
    readout: uniform([hidden, output]),
    readoutBias: uniform([output]),
  };
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  const x = tf.tidy(() => tf.tensor3d(inputs, [batch, steps, input]).transpose([1, 0, 2]).reshape([steps * batch, input]));
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(targets, 'int32'), output).toFloat());

  const loss = () => {
    const projected = tf.add(tf.matMul(/** @type {tf.Tensor2D} */ (x), weights.input), weights.bias);
    let h = tf.zeros([batch, hidden]);
    let c = tf.zeros([batch, hidden]);
    for (const slice of tf.split(projected, steps)) {
      const sum = tf.add(slice, tf.matMul(h, weights.hidden));
      if (gates === 1) {
        h = tf.tanh(sum);
        continue;
      }
      const [i, f, g, o] = tf.split(sum, 4, 1);
      c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    }
    const logits = tf.add(tf.matMul(h, weights.readout), weights.readoutBias);
    return /** @type {tf.Scalar} */ (tf.losses.softmaxCrossEntropy(y, logits));
  };
  return {
    train: (/** @type {number} */ count) => {
      let last = NaN;
      for (let step = 0; step < count; step++) {
        const value = optimizer.minimize(loss, step + 1 === count);
        if (value) last = value.dataSync()[0];
        value?.dispose();
      }
      return last;
    },
    free: () => {
      optimizer.dispose();
      tf.dispose([x, y, ...Object.values(weights)]);
    },
  };
}

/**
 * @param {string} cell
 * @param {import('./data.js').Workload} workload
 * @param {import('./system.js').Common} common
 * @param {import('./data.js').Batch} data
 */
function withLayers(cell, { input, hidden, steps, batch }, { output, learningRate }, { inputs, targets }) {
  const shape = { units: hidden, inputShape: [steps, input] };
  const model = layers.sequential();
  model.add(cell === 'lstm' ? layers.layers.lstm({ ...shape, recurrentActivation: 'sigmoid' }) : layers.layers.simpleRNN(shape));
  model.add(layers.layers.dense({ units: output, activation: 'softmax' }));
  model.compile({ optimizer: tf.train.adam(learningRate, 0.9, 0.999, 1e-8), loss: 'categoricalCrossentropy' });
  const x = tf.tensor3d(inputs, [batch, steps, input]);
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(targets, 'int32'), output).toFloat());
  return {
    train: async (/** @type {number} */ count) => {
      let last = NaN;
      for (let step = 0; step < count; step++) last = Number(await model.trainOnBatch(x, y));
      return last;
    },
    free: () => {
      model.dispose();
      tf.dispose([x, y]);
    },
  };
}
