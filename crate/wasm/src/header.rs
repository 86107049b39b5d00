//! The header of a safetensors file, read by the page's own JSON.

use gatescope::state_dict::{Dtype, TensorInfo};
use js_sys::{Array, JSON, Object, Reflect};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use wasm_bindgen::{JsCast, JsValue};

/// What a file may say of itself, in words only.
const METADATA: &str = "__metadata__";

/// Name, type, shape and place of every tensor.
pub(crate) fn header(text: &str) -> Result<Vec<(String, TensorInfo)>, String> {
    let value = JSON::parse(text).map_err(|_| "its header is not JSON".to_owned())?;
    let object = value.dyn_ref::<Object>().filter(|object| !Array::is_array(object));
    let object = object.ok_or_else(|| "its header is no object".to_owned())?;
    let names = Object::keys(object).into_iter().filter_map(|name| name.as_string()).filter(|name| name != METADATA);
    names
        .map(|name| match get(object, &name).and_then(|value| info(&value)) {
            Some(info) => Ok((name, info)),
            None => Err(format!("its header does not say type, shape and place of {name}")),
        })
        .collect()
}

fn info(value: &JsValue) -> Option<TensorInfo> {
    let name = get(value, "dtype")?.as_string()?;
    let by_name: StrDeserializer<'_, Error> = name.as_str().into_deserializer();
    let [start, end] = sizes(&get(value, "data_offsets")?)?[..] else { return None };
    let shape = sizes(&get(value, "shape")?)?;
    Some(TensorInfo { dtype: Dtype::deserialize(by_name).ok()?, shape, data_offsets: (start, end) })
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok()
}

fn sizes(value: &JsValue) -> Option<Vec<usize>> {
    let size =
        |value: JsValue| value.as_f64().filter(|size| *size == f64::from(*size as u32)).map(|size| size as usize);
    value.dyn_ref::<Array>()?.iter().map(size).collect()
}
