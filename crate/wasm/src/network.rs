//! The headless library's network: batch-first typed arrays in, typed arrays out.

use crate::arrays::{self, Inputs, Size, Targets};
use crate::error::{GatescopeError, thrown};
use crate::memory;
use crate::options::{self, Options};
use gatescope::microscope::Trace;
use gatescope::model::{AnyModel, Forward, Gradients, Initial};
use gatescope::state_dict;
use gatescope::{CellKind, Loss, Nonlinearity, Readout, trainer};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

/// A recurrent network with readout, loss and optimiser.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Network {
    model: AnyModel,
}

#[wasm_bindgen]
impl Network {
    /// A network with fresh weights.
    ///
    /// # Errors
    /// A `GatescopeError` when a field of the configuration cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &JsValue) -> Result<Network, JsValue> {
        let options = options::read(config)?;
        let Options { config, init, seed, double } = &options;
        memory::check_network(&config.network, *double)?;
        let model = AnyModel::new(config, init, *seed, *double).map_err(thrown)?;
        Ok(Self { model })
    }

    /// A network with the weights of a safetensors state dict; cell, sizes, layers and directions are inferred.
    ///
    /// # Errors
    /// A `GatescopeError` when the state dict or a field of the configuration cannot be used.
    #[wasm_bindgen(js_name = fromStateDict)]
    pub fn from_state_dict(bytes: &[u8], config: &JsValue) -> Result<Network, JsValue> {
        let state = state_dict::read_with(bytes, crate::header::header).map_err(thrown)?;
        let options = options::read_beside(config, state.shape)?;
        memory::check_network(&options.config.network, options.double)?;
        let model = AnyModel::from_state_dict(&options.config, &state, options.double).map_err(thrown)?;
        Ok(Self { model })
    }

    /// One training step, or `repeat` of them on the same batch: `{ loss, gradientNorm, clippedNorm, step, skipped }`.
    ///
    /// # Errors
    /// A `GatescopeError` when the batch does not fit.
    #[wasm_bindgen(js_name = trainStep)]
    pub fn train_step(&mut self, inputs: &JsValue, targets: &JsValue, size: &JsValue) -> Result<JsValue, JsValue> {
        let (inputs, targets, size) = (Inputs::read(inputs)?, Targets::read(targets)?, self.size(size)?);
        let outcome = self.model.train(inputs.view(), targets.view(), size.view(), size.repeat).map_err(thrown)?;
        let (steps, skipped) = self.model.steps_and_skipped();
        let (loss, gradient_norm, clipped_norm) = match outcome {
            Ok(trainer::Report { loss, gradient_norm, clipped_norm, .. }) => (loss, gradient_norm, clipped_norm),
            Err(trainer::NonFinite { loss, gradient_norm, .. }) => (loss, gradient_norm, f64::NAN),
        };
        let answer = Object::new();
        for (name, value) in [
            ("loss", loss),
            ("gradientNorm", gradient_norm),
            ("clippedNorm", clipped_norm),
            ("step", steps as f64),
            ("skipped", skipped as f64),
        ] {
            set(&answer, name, &value.into());
        }
        Ok(answer.into())
    }

    /// Forward pass: `{ states, hiddenLast, cellLast, output }`.
    ///
    /// # Errors
    /// A `GatescopeError` when an operand does not fit.
    pub fn forward(&mut self, inputs: &JsValue, size: &JsValue) -> Result<JsValue, JsValue> {
        let (inputs, size) = (Inputs::read(inputs)?, Size::read(size)?);
        memory::check_batch(self.model.network().0, size.view())?;
        let initial = Initial { hidden: size.hidden.as_deref(), cell: size.cell.as_deref() };
        let Forward { states, hidden_last, cell_last, output } =
            self.model.forward(inputs.view(), size.view(), initial).map_err(thrown)?;
        let answer = Object::new();
        for (name, values) in
            [("states", states), ("hiddenLast", hidden_last), ("cellLast", cell_last), ("output", output)]
        {
            set(&answer, name, &self.array(&values));
        }
        Ok(answer.into())
    }

    /// Loss and gradients: `{ loss, output, gradients: { [name]: { shape, data } }, inputGradient }`.
    ///
    /// # Errors
    /// A `GatescopeError` when the batch does not fit.
    pub fn gradients(&mut self, inputs: &JsValue, targets: &JsValue, size: &JsValue) -> Result<JsValue, JsValue> {
        let (inputs, targets, size) = (Inputs::read(inputs)?, Targets::read(targets)?, self.size(size)?);
        let Gradients { loss, output, gradients, input_gradient } =
            self.model.gradients(inputs.view(), targets.view(), size.view()).map_err(thrown)?;
        let named = Object::new();
        for (name, shape, data) in gradients {
            let gradient = Object::new();
            let shape: Array = shape.into_iter().map(|size| JsValue::from(size as u32)).collect();
            set(&gradient, "shape", &shape);
            set(&gradient, "data", &self.array(&data));
            set(&named, &name, &gradient);
        }
        let answer = Object::new();
        set(&answer, "loss", &loss.into());
        set(&answer, "output", &self.array(&output));
        set(&answer, "gradients", &named);
        set(&answer, "inputGradient", &self.array(&input_gradient));
        Ok(answer.into())
    }

    /// Everything per timestep of one example and one layer, computed in f64: a `Trace`.
    ///
    /// # Errors
    /// A `GatescopeError` when the batch does not fit or example or layer do not exist.
    pub fn trace(&mut self, inputs: &JsValue, targets: &JsValue, size: &JsValue) -> Result<JsValue, JsValue> {
        let (inputs, targets, size) = (Inputs::read(inputs)?, Targets::read(targets)?, self.size(size)?);
        memory::check_trace(self.model.network().0, size.view().steps)?;
        let trace =
            self.model.trace(inputs.view(), targets.view(), size.view(), size.example, size.layer).map_err(thrown)?;
        Ok(trace_to_js(&trace))
    }

    /// All parameters as a safetensors file under PyTorch's names.
    #[wasm_bindgen(js_name = stateDict)]
    #[must_use]
    pub fn state_dict(&self) -> Vec<u8> {
        self.model.state_dict()
    }

    /// What the network is: cell, sizes, number of parameters.
    #[must_use]
    pub fn config(&self) -> JsValue {
        let (config, parameters) = self.model.network();
        let answer = Object::new();
        set(&answer, "cell", &config.cell.name().into());
        if let CellKind::Rnn(nonlinearity) = config.cell {
            let name = match nonlinearity {
                Nonlinearity::Tanh => "tanh",
                Nonlinearity::Relu => "relu",
            };
            set(&answer, "nonlinearity", &name.into());
        }
        let input = if config.vocabulary.is_some() { "embeddingSize" } else { "inputSize" };
        for (name, value) in [
            (input, Some(config.input)),
            ("vocabularySize", config.vocabulary),
            ("hiddenSize", Some(config.hidden)),
            ("layers", Some(config.layers)),
            ("outputSize", Some(config.output)),
            ("parameters", Some(parameters)),
        ] {
            if let Some(value) = value {
                set(&answer, name, &JsValue::from(value as u32));
            }
        }
        set(&answer, "bidirectional", &config.bidirectional.into());
        let readout = match config.readout {
            Readout::Last => "last",
            Readout::Every => "every",
        };
        set(&answer, "readout", &readout.into());
        let precision = if self.model.is_double() { "f64" } else { "f32" };
        set(&answer, "precision", &precision.into());
        answer.into()
    }

    /// The size of a batch with targets: CTC cannot do without the labels' lengths.
    fn size(&self, value: &JsValue) -> Result<Size, GatescopeError> {
        let size = Size::read(value)?;
        let config = self.model.network().0;
        memory::check_batch(config, size.view())?;
        let needs_lengths = matches!(config.loss, Loss::Ctc(_));
        if needs_lengths && size.view().target_lengths.is_none() {
            let expected = "the number of labels of each sequence";
            return Err(GatescopeError::new("invalid-input", "targetLengths", expected, "nothing"));
        }
        Ok(size)
    }

    /// Numbers in the network's precision.
    fn array(&self, values: &[f64]) -> JsValue {
        if self.model.is_double() { arrays::double(values) } else { arrays::single(values) }
    }
}

/// Sets a property of a plain object, which cannot fail.
fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

pub(crate) fn trace_to_js(trace: &Trace) -> JsValue {
    let answer = Object::new();
    set(&answer, "steps", &JsValue::from(trace.steps as u32));
    set(&answer, "hiddenSize", &JsValue::from(trace.hidden_size as u32));
    set(&answer, "cell", &trace.cell.into());
    for (name, values) in [
        ("hidden", &trace.hidden),
        ("cellState", &trace.cell_state),
        ("input", &trace.input),
        ("forget", &trace.forget),
        ("candidate", &trace.candidate),
        ("output", &trace.output),
        ("reset", &trace.reset),
        ("update", &trace.update),
        ("preActivation", &trace.pre_activation),
        ("hiddenGradient", &trace.hidden_gradient),
        ("cellGradient", &trace.cell_gradient),
        ("cellStateGradient", &trace.cell_state_gradient),
        ("hiddenGradientNorm", &trace.hidden_gradient_norm),
        ("cellGradientNorm", &trace.cell_gradient_norm),
        ("hiddenGradientLog10", &trace.hidden_gradient_log10),
        ("cellGradientLog10", &trace.cell_gradient_log10),
        ("jacobianNorm", &trace.jacobian_norm),
        ("jacobianProductLog10", &trace.jacobian_product_log10),
        ("weightContribution", &trace.weight_contribution),
    ] {
        set(&answer, name, &arrays::double(values));
    }
    set(&answer, "loss", &trace.loss.into());
    answer.into()
}
