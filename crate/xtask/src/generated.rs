//! Files that the page takes from the core: types, catalog, the words of the sentences, the opening trace.

use gatescope::task::{Grammar, Language};
use serde::Serialize;
use serde_json::json;

use crate::failure::{Context, Result};
use crate::fresh::{self, Fingerprint, Stage};
use crate::layout::Layout;
use crate::step::step;

const HEADER: &str = "// Made by `cargo xtask` from the Rust types; changes here are lost.\n\n";

/// Writes whatever of them is missing or stale.
pub fn generate(layout: &Layout) -> Result<()> {
    let types = format!("{HEADER}{}", gatescope::typescript());
    fresh::write_if_changed(&layout.generated().join("types.d.ts"), types.as_bytes())?;

    write_json(layout, "catalog.json", &gatescope::catalog::catalog())?;
    let [en, zh] = [Language::English, Language::Chinese].map(Grammar::of);
    write_json(layout, "grammar.json", &json!({ "en": en, "zh": zh }))?;

    opening(layout)
}

fn write_json(layout: &Layout, name: &str, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value).or_fail(|| format!("write {name}"))?;
    text.push(b'\n');
    fresh::write_if_changed(&layout.generated().join(name), &text)?;
    Ok(())
}

/// A number with no more digits than it takes to read the same f32 back; null for what is none, as the page expects.
fn shortest(value: f32) -> Option<f64> {
    value.to_string().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Trains the experiment that the page opens on. xtask was compiled from these very sources, so their
/// contents stand for the code that runs here.
fn opening(layout: &Layout) -> Result<()> {
    let core = layout.core();
    let (json, bin) = (layout.public().join("opening.json"), layout.public().join("opening.bin"));
    let stage = Stage {
        stamps: &layout.scratch(),
        name: "opening",
        inputs: Fingerprint::new()
            .path(&core.join("src"))?
            .path(&core.join("Cargo.toml"))?
            .path(&layout.root.join("crate/xtask/src/generated.rs"))?
            .path(&layout.lock())?
            .finish(),
        outputs: vec![json.clone(), bin.clone()],
    };
    stage.unless_fresh(|| {
        step("Training the opening experiment", || {
            let mut floats = Vec::new();
            let mut lanes = Vec::new();
            for lane in gatescope::opening::opening().or_fail(|| "train the opening experiment".into())? {
                lanes.push(json!({
                    "info": lane.info,
                    "history": lane.history.iter().map(|value| shortest(*value)).collect::<Vec<_>>(),
                    "fingerprint": format!("{:016x}", lane.fingerprint),
                    "byteOffset": floats.len(),
                    "floats": lane.frame.len(),
                }));
                floats.extend(byte_planes(&lane.frame));
            }
            let text = serde_json::to_vec(&json!({ "lanes": lanes })).or_fail(|| "write the opening as JSON".into())?;
            fresh::write(&json, &text)?;
            fresh::write(&bin, &floats)
        })
    })?;
    Ok(())
}

/// All first bytes, then all second ones, and so on: bytes of one kind lie together, and compress better.
fn byte_planes(floats: &[f32]) -> impl Iterator<Item = u8> {
    (0..4).flat_map(move |place| floats.iter().map(move |value| value.to_le_bytes()[place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_planes_hold_one_byte_of_each_number_after_another() {
        let planes: Vec<u8> = byte_planes(&[f32::from_bits(0x0403_0201), f32::from_bits(0x1413_1211)]).collect();
        assert_eq!(planes, [0x01, 0x11, 0x02, 0x12, 0x03, 0x13, 0x04, 0x14]);
    }

    #[test]
    fn a_number_of_the_history_is_short_and_comes_back_to_the_bit() {
        for value in [1.394_237_5f32, 0.1, 1.0 / 3.0, f32::MAX, f32::MIN_POSITIVE, 300.0] {
            let written = serde_json::to_string(&shortest(value)).expect("JSON");
            assert!(written.len() <= 14, "{written}");
            assert_eq!(written.parse::<f64>().expect("a number") as f32, value);
        }
        assert_eq!(shortest(f32::NAN), None);
    }
}
