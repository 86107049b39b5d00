//! The boundary: lanes (the app) and networks (the library) as JavaScript classes. Thin and synchronous; numbers cross as typed arrays, copied once.

mod arrays;
mod error;
mod experiment;
mod header;
mod memory;
mod network;
mod options;
mod reader;

pub use network::Network;

use error::{GatescopeError, thrown};
use gatescope::inspection::MapMethod;
use gatescope::session::Session;
use js_sys::{Float32Array, Float64Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Installs the panic hook: without it a panic's message would be only "unreachable".
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
    }));
}

/// One lane: a network, its task and its training.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Lane {
    session: Session,
    frame: Vec<f32>,
}

#[wasm_bindgen]
impl Lane {
    /// A lane before its first training step.
    ///
    /// # Errors
    /// A `GatescopeError` when the experiment is not one or cannot be run. Numbers out of range are no error: they are
    /// clamped and named in `info().notices`.
    #[wasm_bindgen(constructor)]
    pub fn new(experiment: JsValue) -> Result<Lane, JsValue> {
        let experiment = experiment::experiment(&experiment)?;
        let session = Session::new(&experiment).map_err(thrown)?;
        let frame = vec![0.0; session.info().layout.floats];
        Ok(Lane { session, frame })
    }

    /// `LaneInfo`: layout, effective experiment, notices, texts.
    ///
    /// # Errors
    /// Never in practice: only when the answer cannot be converted.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        to_js(&self.session.info())
    }

    /// `LaneStatus`: how far the lane is.
    ///
    /// # Errors
    /// Never in practice: only when the answer cannot be converted.
    pub fn status(&self) -> Result<JsValue, JsValue> {
        to_js(&self.session.status())
    }

    /// Does up to `steps` training steps; stops early when the run diverged. Returns the `LaneStatus`.
    ///
    /// # Errors
    /// Never in practice: only when the answer cannot be converted.
    pub fn train(&mut self, steps: u32) -> Result<JsValue, JsValue> {
        to_js(&self.session.train(steps as usize))
    }

    /// Records since the last call, 6 floats each: step, loss, accuracy, gradientNorm, clippedNorm, heldOutAccuracy.
    #[wasm_bindgen(js_name = takeHistory)]
    pub fn take_history(&mut self) -> Float32Array {
        Float32Array::from(self.session.take_history().as_slice())
    }

    /// Norms of each parameter's gradient in every step since the last call, 1 + 2P floats a step: the step, then before
    /// and after clipping of each of the layout's parameters.
    #[wasm_bindgen(js_name = takeParameterNorms)]
    pub fn take_parameter_norms(&mut self) -> Float32Array {
        Float32Array::from(self.session.take_parameter_norms().as_slice())
    }

    /// Checksum of the training step and all weights, 16 hexadecimal digits: equal where the same bits were reached.
    pub fn fingerprint(&self) -> String {
        format!("{:016x}", self.session.fingerprint())
    }

    /// Chooses the held-out example that is shown, 0..=255.
    #[wasm_bindgen(js_name = selectExample)]
    pub fn select_example(&mut self, index: u32) {
        self.session.select_example(index as usize);
    }

    /// Whether frames carry the channels of the microscope, from the next one on.
    pub fn watch(&mut self, watched: bool) {
        self.session.watch(watched);
    }

    /// Shows examples of this many timesteps with the weights there are, `undefined`: of the trained length. The layout in
    /// `info()` is another then.
    ///
    /// # Errors
    /// Never in practice: only when the network cannot be looked at.
    #[wasm_bindgen(js_name = showLength)]
    pub fn show_length(&mut self, length: Option<f64>) -> Result<(), JsValue> {
        self.session.show_length(length).map_err(thrown)?;
        self.frame = vec![0.0; self.session.info().layout.floats];
        Ok(())
    }

    // Surgery: begin.

    /// Changes the network that is shown, from the next frame on (`Intervention`), or shows it as trained (`null`).
    /// Training goes on with the weights it has.
    ///
    /// # Errors
    /// A `GatescopeError` when the intervention is not one.
    pub fn intervene(&mut self, intervention: JsValue) -> Result<(), JsValue> {
        self.session.set_intervention(experiment::intervention(&intervention)?);
        Ok(())
    }

    /// Parts of the intervention that the last frame's network has no place for, by name.
    pub fn dropped(&self) -> Vec<String> {
        self.session.dropped().iter().map(|dropped| dropped.part().to_owned()).collect()
    }

    /// log10 ‖∂L/∂h_t‖ of the last frame's example without the intervention; empty when there was none.
    #[wasm_bindgen(js_name = gradientBefore)]
    pub fn gradient_before(&self) -> Float32Array {
        Float32Array::from(self.session.gradient_before())
    }

    // Surgery: end.

    /// Runs the shown example forward and backward in f64 and copies the frame into `buffer`.
    ///
    /// # Errors
    /// A `GatescopeError` when `buffer` does not have `layout.floats` entries.
    #[wasm_bindgen(js_name = copyFrameInto)]
    pub fn copy_frame_into(&mut self, buffer: &Float32Array) -> Result<(), JsValue> {
        if buffer.length() as usize != self.frame.len() {
            return Err(GatescopeError::buffer_length(self.frame.len(), buffer.length()).into());
        }
        self.session.copy_frame_into(&mut self.frame).map_err(thrown)?;
        buffer.copy_from(&self.frame);
        Ok(())
    }
}

/// Going back in training.
#[wasm_bindgen]
impl Lane {
    /// The lane as it is now, as bytes: enough to go on from here bit for bit.
    pub fn save(&self) -> Vec<u8> {
        self.session.save()
    }

    /// Brings a saved lane back. Returns whether the optimiser goes on, too: one of another kind begins anew.
    ///
    /// # Errors
    /// A `GatescopeError` when the bytes are no checkpoint of this lane; it is then unchanged.
    pub fn restore(&mut self, checkpoint: &[u8]) -> Result<bool, JsValue> {
        self.session.restore(checkpoint).map_err(thrown)
    }
}

/// What is read on demand.
#[wasm_bindgen]
impl Lane {
    /// Begins the memory map of the shown example with the present weights, in place of one in work; returns the number of
    /// its entries.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    #[wasm_bindgen(js_name = beginMap)]
    pub fn begin_map(&mut self, exact: bool) -> Result<u32, JsValue> {
        let method = if exact { MapMethod::Exact } else { MapMethod::Estimate };
        Ok(self.session.begin_map(method).map_err(thrown)?.total as u32)
    }

    /// Does at least `budget` entries more of the map in work; returns how many are done.
    #[wasm_bindgen(js_name = advanceMap)]
    pub fn advance_map(&mut self, budget: u32) -> u32 {
        self.session.advance_map(budget as usize).map_or(0, |progress| progress.done as u32)
    }

    /// Copies the map `[T, T]`, row t, column s, into `buffer`.
    ///
    /// # Errors
    /// A `GatescopeError` when `buffer` does not have T·T entries, or when there is no map.
    #[wasm_bindgen(js_name = copyMapInto)]
    pub fn copy_map_into(&self, buffer: &Float32Array) -> Result<(), JsValue> {
        let values: Vec<f32> = self.session.map().unwrap_or_default().iter().map(|value| *value as f32).collect();
        if buffer.length() as usize != values.len() {
            return Err(GatescopeError::buffer_length(values.len(), buffer.length()).into());
        }
        buffer.copy_from(&values);
        Ok(())
    }

    /// Lets go of the map in work.
    #[wasm_bindgen(js_name = cancelMap)]
    pub fn cancel_map(&mut self) {
        self.session.cancel_map();
    }

    /// Timestep t (from 0) as the last frame shows it, taken apart, with the weights of `unit` (`engine/explanation.js` reads
    /// it). Empty for a timestep or unit that is not there.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn explain(&mut self, t: u32, unit: u32) -> Result<Float64Array, JsValue> {
        numbers(self.session.explain(t as usize, unit as usize))
    }

    /// The answer as the last frame shows it, taken apart (`draw/answer.js` reads it).
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    #[wasm_bindgen(js_name = explainAnswer)]
    pub fn explain_answer(&mut self) -> Result<Float64Array, JsValue> {
        numbers(self.session.explain_answer())
    }

    /// ∂h_t/∂h_s (both from 0) as the last frame shows it, taken apart (`draw/chain.js` reads it). Empty where there is none.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    #[wasm_bindgen(js_name = explainChain)]
    pub fn explain_chain(&mut self, s: u32, t: u32) -> Result<Float64Array, JsValue> {
        numbers(self.session.explain_chain(s as usize, t as usize))
    }

    /// The Jacobian of timestep t (from 0) as the last frame shows it by what it stretches most, and row `row` of it
    /// (`draw/stretch.js` reads it). Empty for a timestep or row that is not there.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    #[wasm_bindgen(js_name = explainJacobian)]
    pub fn explain_jacobian(&mut self, t: u32, row: u32) -> Result<Float64Array, JsValue> {
        numbers(self.session.explain_jacobian(t as usize, row as usize))
    }

    /// The weights in one bar of a parameter's histogram (`draw/weightsIn.js` reads it). Empty where there is none.
    #[wasm_bindgen(js_name = explainWeights)]
    #[must_use]
    pub fn explain_weights(&self, parameter: u32, limit: f64, bin: u32) -> Float64Array {
        Float64Array::from(self.session.explain_weights(parameter as usize, limit, bin as usize).as_slice())
    }

    /// Begins the terms of ∂L/∂W_hh for every pair of timesteps, in place of those in work; returns the number of rows.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    #[wasm_bindgen(js_name = beginTerms)]
    pub fn begin_terms(&mut self, every_step: bool) -> Result<u32, JsValue> {
        Ok(self.session.begin_terms(every_step).map_err(thrown)?.total as u32)
    }

    /// Does up to `budget` rows more of the terms in work; returns how many are done.
    #[wasm_bindgen(js_name = advanceTerms)]
    pub fn advance_terms(&mut self, budget: u32) -> u32 {
        self.session.advance_terms(budget as usize).map_or(0, |progress| progress.done as u32)
    }

    /// The terms in work, all log10 of norms: `[T, T]` of the terms, `[T, T]` of ∂l_t/∂h_k, `[T]` of the one-line formula's
    /// summands, `[T]` of h_{k−1}, `[T]` of each column's sum, and that of ∂L/∂W_hh. Lets go of them; empty if there are none.
    #[wasm_bindgen(js_name = takeTerms)]
    pub fn take_terms(&mut self) -> Float64Array {
        let Some(terms) = self.session.take_terms() else { return Float64Array::new_with_length(0) };
        let sum = [terms.gradient_log10()];
        let rows = [terms.literal_log10(), terms.previous_log10(), terms.total_log10()];
        let parts = [&[terms.norm_log10(), terms.state_log10()], &rows[..], &[&sum[..]]].concat().concat();
        Float64Array::from(parts.as_slice())
    }

    /// Begins the analysis of the shown example with the present weights, in place of one in work; returns the number of its
    /// pieces.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    #[wasm_bindgen(js_name = beginAnalysis)]
    pub fn begin_analysis(&mut self) -> Result<u32, JsValue> {
        Ok(self.session.begin_analysis().map_err(thrown)?.total as u32)
    }

    /// Does a piece more of the analysis in work; returns how many are done and which part comes next, 0..=4: weights,
    /// singular values at both ends along t, Lyapunov exponents, all singular values along t, nothing.
    #[wasm_bindgen(js_name = advanceAnalysis)]
    pub fn advance_analysis(&mut self) -> Vec<u32> {
        self.session.advance_analysis().map_or(vec![0, 4], |(progress, part)| vec![progress.done as u32, part as u32])
    }

    /// `Recurrence`: the parts of the analysis in work that are complete; `null` if there is none.
    ///
    /// # Errors
    /// Never in practice: only when the answer cannot be converted.
    pub fn recurrence(&self) -> Result<JsValue, JsValue> {
        to_js(&self.session.recurrence())
    }

    /// Lets go of the analysis in work.
    #[wasm_bindgen(js_name = cancelAnalysis)]
    pub fn cancel_analysis(&mut self) {
        self.session.cancel_analysis();
    }

    /// `WeightHistogram[]`: how the weights of every parameter are distributed.
    ///
    /// # Errors
    /// Never in practice: only when the answer cannot be converted.
    pub fn weights(&self) -> Result<JsValue, JsValue> {
        to_js(&self.session.weight_histograms())
    }

    /// Everything per timestep of the shown example: the `Trace` of the library.
    ///
    /// # Errors
    /// Never in practice: only when the example does not fit the network.
    pub fn trace(&mut self) -> Result<JsValue, JsValue> {
        Ok(network::trace_to_js(&self.session.trace().map_err(thrown)?))
    }

    /// The weights as a safetensors file.
    #[wasm_bindgen(js_name = stateDict)]
    pub fn state_dict(&self) -> Vec<u8> {
        self.session.state_dict()
    }

    /// Begins anew, at training step 0, from the weights of a safetensors file.
    ///
    /// # Errors
    /// A `GatescopeError` when it is none, or none of this network; the lane is as before then.
    #[wasm_bindgen(js_name = loadStateDict)]
    pub fn load_state_dict(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        let state = gatescope::state_dict::read_with(bytes, header::header).map_err(thrown)?;
        self.session.load_weights(&state).map_err(thrown)?;
        Ok(())
    }
}

/// Never inlined: once for all that is taken apart.
#[inline(never)]
fn numbers(read: Result<Vec<f64>, gatescope::Error>) -> Result<Float64Array, JsValue> {
    Ok(Float64Array::from(read.map_err(thrown)?.as_slice()))
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    // `null` rather than `undefined`, so that a message looks the same after a structured clone and as JSON.
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true);
    value.serialize(&serializer).map_err(|error| GatescopeError::unanswerable(error).into())
}
