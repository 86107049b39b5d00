//! The benchmark's training step in Burn: forward, backpropagation, Adam; f32, on one thread.
//!
//! Burn has an LSTM but no plain RNN, and its LSTM makes eight small products a timestep. So that Burn is shown at its
//! best there is a second LSTM, made of the same public operations with all gates in one product; the benchmark keeps
//! whichever is faster, on whichever of Burn's two backends in pure Rust is.

use burn::module::Module;
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::nn::{Linear, LinearConfig, Lstm, LstmConfig};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Int, Tensor, TensorData};
use wasm_bindgen::prelude::*;

/// How the states follow from each other.
#[derive(Module, Debug)]
enum Recurrent {
    /// Burn's own module.
    Lstm(Lstm),
    /// All gates in one product.
    Joined(Joined),
}

/// W_ih and W_hh as two linear layers: one gate a plain RNN, four an LSTM.
#[derive(Module, Debug)]
struct Joined {
    input: Linear,
    hidden: Linear,
    size: usize,
    gates: usize,
}

impl Joined {
    fn new(input: usize, size: usize, gates: usize, device: &Device) -> Self {
        Self {
            input: LinearConfig::new(input, gates * size).init(device),
            hidden: LinearConfig::new(size, gates * size).init(device),
            size,
            gates,
        }
    }

    /// The last hidden state `[B, H]` of `[B, T, I]`.
    fn last(&self, inputs: Tensor<3>) -> Tensor<2> {
        let [batch, _, _] = inputs.dims();
        let device = inputs.device();
        let projected = self.input.forward(inputs);
        let mut h = Tensor::zeros([batch, self.size], &device);
        let mut c = Tensor::zeros([batch, self.size], &device);
        for projected in projected.iter_dim(1) {
            let gates = projected.squeeze_dim::<2>(1) + self.hidden.forward(h);
            if self.gates == 1 {
                h = gates.tanh();
                continue;
            }
            let [input, forget, candidate, output] =
                std::array::from_fn(|gate| gates.clone().narrow(1, gate * self.size, self.size));
            c = sigmoid(forget) * c + sigmoid(input) * candidate.tanh();
            h = sigmoid(output) * c.clone().tanh();
        }
        h
    }
}

#[derive(Module, Debug)]
struct Model {
    recurrent: Recurrent,
    readout: Linear,
}

impl Model {
    fn logits(&self, inputs: Tensor<3>) -> Tensor<2> {
        let last = match &self.recurrent {
            Recurrent::Lstm(lstm) => lstm.forward(inputs, None).1.hidden,
            Recurrent::Joined(joined) => joined.last(inputs),
        };
        self.readout.forward(last)
    }
}

/// A model, its optimiser and one batch.
#[wasm_bindgen]
pub struct Training {
    model: Option<Model>,
    optimizer: ModuleOptimizer,
    learning_rate: f64,
    loss: CrossEntropyLoss,
    inputs: Tensor<3>,
    targets: Tensor<1, Int>,
}

#[wasm_bindgen]
impl Training {
    /// `cell`: `rnn`, `lstm` (Burn's module) or `joined` (LSTM with all gates in one product); `backend`: `ndarray` or
    /// `flex`; `sizes`: I, H, T, B, O; `inputs` `[B, T, I]`, `targets` `[B]`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        cell: &str,
        backend: &str,
        sizes: &[u32],
        learning_rate: f64,
        inputs: Vec<f32>,
        targets: Vec<i32>,
    ) -> Self {
        let sizes: Vec<usize> = sizes.iter().map(|size| *size as usize).collect();
        let [input, hidden, steps, batch, output] = sizes[..] else { panic!("five sizes") };
        #[allow(deprecated)]
        let plain = if backend == "ndarray" { Device::ndarray() } else { Device::flex() };
        let device = plain.autodiff();
        let recurrent = match cell {
            "rnn" => Recurrent::Joined(Joined::new(input, hidden, 1, &device)),
            "joined" => Recurrent::Joined(Joined::new(input, hidden, 4, &device)),
            _ => Recurrent::Lstm(LstmConfig::new(input, hidden, true).init(&device)),
        };
        Self {
            model: Some(Model { recurrent, readout: LinearConfig::new(hidden, output).init(&device) }),
            optimizer: AdamConfig::new().init(),
            learning_rate,
            loss: CrossEntropyLossConfig::new().init(&device),
            inputs: Tensor::from_data(TensorData::new(inputs, [batch, steps, input]), &device),
            targets: Tensor::from_data(TensorData::new(targets, [batch]), &device),
        }
    }

    /// Does training steps; answers the loss before the last one.
    pub fn train(&mut self, steps: usize) -> f32 {
        let mut last = f32::NAN;
        for step in 0..steps {
            let Some(model) = self.model.take() else { break };
            let loss = self.loss.forward(model.logits(self.inputs.clone()), self.targets.clone());
            if step + 1 == steps {
                last = loss.clone().into_scalar();
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            self.model = Some(self.optimizer.step(self.learning_rate, model, gradients));
        }
        last
    }
}
