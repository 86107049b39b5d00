//! The boundary as JavaScript sees it, in a browser.

#![cfg(target_arch = "wasm32")]

use gatescope::experiment::{InitChoice, LaneExperiment, NonlinearityChoice, OptimizerChoice};
use gatescope::session::RECORD;
use gatescope_tests::hash::fnv;
use gatescope_wasm::Lane;
use js_sys::{Float32Array, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn js(experiment: &LaneExperiment) -> JsValue {
    serde_wasm_bindgen::to_value(experiment).expect("an experiment is plain data")
}

fn lane(experiment: &LaneExperiment) -> Lane {
    Lane::new(js(experiment)).expect("the experiment can be run")
}

fn get(object: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(object.clone(), |value, key| Reflect::get(&value, &key.into()).expect("an object"))
}

fn number(object: &JsValue, path: &str) -> f64 {
    get(object, path).as_f64().unwrap_or_else(|| panic!("{path} is no number"))
}

fn text(object: &JsValue, path: &str) -> String {
    get(object, path).as_string().unwrap_or_else(|| panic!("{path} is no text"))
}

fn frame(lane: &mut Lane) -> Vec<f32> {
    let floats = number(&lane.info().expect("info"), "layout.floats") as u32;
    let buffer = Float32Array::new_with_length(floats);
    lane.copy_frame_into(&buffer).expect("the buffer fits");
    buffer.to_vec()
}

#[wasm_bindgen_test]
fn a_lane_describes_itself() {
    let info = lane(&LaneExperiment::default()).info().expect("info");
    assert_eq!(text(&info, "layout.cell"), "lstm");
    assert_eq!(number(&info, "layout.steps"), 50.0);
    assert_eq!(number(&info, "layout.hiddenSize"), 32.0);
    assert_eq!(text(&info, "layout.channels.0.name"), "forget");
    assert_eq!(text(&info, "layout.channels.0.kind"), "gate");
    assert_eq!(text(&info, "experiment.forgetBias"), "chrono");
    assert!(get(&info, "experiment.spectralRadius").is_null());
    assert_eq!(number(&info, "notices.length"), 0.0);
}

#[wasm_bindgen_test]
fn training_gives_the_bits_that_were_computed_natively() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../fixtures/golden.json")).expect("JSON");
    let steps = golden["steps"].as_u64().expect("steps") as u32;
    for entry in golden["lanes"].as_array().expect("lanes") {
        let experiment: LaneExperiment = serde_json::from_value(entry["experiment"].clone()).expect("an experiment");
        let mut lane = lane(&experiment);
        lane.train(steps).expect("status");
        let hash = |values: &[f32]| format!("{:016x}", fnv(values));
        assert_eq!(hash(&frame(&mut lane)), entry["frame"].as_str().expect("a hash"), "{experiment:?}");
        assert_eq!(hash(&lane.take_history().to_vec()), entry["history"].as_str().expect("a hash"), "{experiment:?}");
    }
}

#[wasm_bindgen_test]
fn history_has_one_record_a_step_and_is_handed_over_once() {
    let mut lane = lane(&LaneExperiment { length: 5.0, ..LaneExperiment::default() });
    assert_eq!(number(&lane.train(30).expect("status"), "step"), 30.0);
    let history = lane.take_history().to_vec();
    assert_eq!(history.len(), 30 * RECORD);
    assert!(history.chunks_exact(RECORD).enumerate().all(|(k, record)| record[0] == (k + 1) as f32));
    assert_eq!(history.chunks_exact(RECORD).filter(|record| !record[RECORD - 1].is_nan()).count(), 1);
    assert_eq!(lane.take_history().length(), 0);
}

#[wasm_bindgen_test]
fn numbers_out_of_range_are_clamped_and_named() {
    let lane = lane(&LaneExperiment { hidden: 1e6, length: 0.0, ..LaneExperiment::default() });
    let info = lane.info().expect("info");
    assert_eq!(number(&info, "experiment.hidden"), 256.0);
    assert_eq!(number(&info, "experiment.length"), 1.0);
    assert_eq!(number(&info, "notices.length"), 2.0);
    assert_eq!(text(&info, "notices.0.reason"), "belowMinimum");
}

#[wasm_bindgen_test]
fn what_is_no_experiment_is_refused_with_a_typed_error() {
    let experiment = js(&LaneExperiment::default());
    Reflect::set(&experiment, &"cell".into(), &"transformer".into()).expect("an object");
    for bad in [experiment, JsValue::from_str("lstm"), JsValue::from_f64(f64::NAN), JsValue::NULL] {
        let error = Lane::new(bad).expect_err("it is no experiment");
        assert_eq!(text(&error, "kind"), "invalid-config");
        assert!(!text(&error, "message").is_empty());
    }
    // Left-out settings are the default's.
    assert!(Lane::new(Object::new().into()).is_ok());
}

#[wasm_bindgen_test]
fn a_buffer_of_the_wrong_length_is_refused_and_the_lane_goes_on() {
    let mut lane = lane(&LaneExperiment { length: 3.0, ..LaneExperiment::default() });
    let error = lane.copy_frame_into(&Float32Array::new_with_length(7)).expect_err("too short");
    assert_eq!(text(&error, "kind"), "shape-mismatch");
    assert_eq!(text(&error, "given"), "7");
    assert!(frame(&mut lane).iter().any(|value| *value != 0.0));
}

#[wasm_bindgen_test]
fn a_run_that_diverges_says_so_and_shows_finite_numbers() {
    let mut lane = lane(&LaneExperiment {
        nonlinearity: NonlinearityChoice::Relu,
        init: InitChoice::Identity,
        optimizer: OptimizerChoice::Sgd,
        learning_rate: 100.0,
        clip: None,
        ..LaneExperiment::default_rnn()
    });
    let status = lane.train(1000).expect("status");
    let at = number(&status, "diverged.step");
    assert_eq!(number(&status, "step"), at - 1.0);
    assert!(!text(&status, "diverged.quantity").is_empty());
    assert_eq!(number(&lane.train(10).expect("status"), "step"), at - 1.0);
    let shown = frame(&mut lane);
    let steps = number(&lane.info().expect("info"), "layout.steps") as usize;
    assert!(shown[..steps * 32].iter().all(|value| value.is_finite()));
}
