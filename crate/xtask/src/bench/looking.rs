//! The tables of what looking costs: beside training, and each thing by itself.

use super::markdown::{Table, number};
use super::measured::{Looking, Named};
use super::report::{CELLS, judged, none};
use super::statistics::{median, ratios};

/// Share of its speed that training keeps while the live quantities are watched, at least.
const KEPT: f64 = 0.85;
/// Milliseconds that a piece is to take at most.
const AIMS: [(&str, f64); 1] = [("frame with the live quantities", 30.0)];

/// Empty when nothing was measured.
pub fn looking(lanes: &[Looking]) -> String {
    let Some(first) = lanes.first() else { return String::new() };
    let name = |lane: &Looking| CELLS.iter().find(|(cell, _)| *cell == lane.cell).map_or("", |(_, name)| name);
    let mut speeds = Table::new([
        "the app's worker, H 64, T 100, B 32",
        "unwatched, steps/s",
        "with frames ÷ unwatched",
        "with the live quantities ÷ unwatched",
    ]);
    for lane in lanes {
        let alone = Looking::of(&lane.speeds, "alone");
        let kept = |watching| median(&ratios(Looking::of(&lane.speeds, watching), alone));
        speeds.row(
            name(lane),
            [
                median(alone).map_or_else(none, number),
                kept("frames").map_or_else(none, number),
                judged(kept("live"), Some(KEPT)),
            ],
        );
    }
    let headings = lanes.iter().flat_map(|lane| [format!("{}, ms", name(lane)), "in training steps".into()]);
    let mut pieces = Table::new(std::iter::once("looking once, H 64, T 100".to_owned()).chain(headings));
    for Named { name, .. } in &first.pieces {
        pieces.row(name.as_str(), lanes.iter().flat_map(|lane| cost(lane, name)));
    }
    speeds.render() + &pieces.render()
}

/// Milliseconds of a piece, and how many training steps that is.
fn cost(lane: &Looking, name: &str) -> [String; 2] {
    let samples = Looking::of(&lane.pieces, name);
    let steps = median(&ratios(samples, Looking::of(&lane.pieces, "training step")));
    let aim = AIMS.iter().find(|(piece, _)| *piece == name).map(|(_, aim)| *aim);
    let time = median(samples).map_or_else(none, |time| match aim {
        Some(aim) => format!("{} {} {aim}", number(time), if time <= aim { "✓ ≤" } else { "✗ >" }),
        None => number(time),
    });
    [time, steps.map_or_else(none, number)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_and_what_a_piece_costs_are_medians_of_ratios() {
        let named = |name: &str, samples: &[f64]| Named { name: name.into(), samples: samples.to_vec() };
        let lane = Looking {
            cell: "lstm".into(),
            speeds: vec![
                named("alone", &[100.0, 50.0, 100.0]),
                named("frames", &[98.0, 49.0, 10.0]),
                named("live", &[90.0, 40.0, 80.0]),
            ],
            pieces: vec![
                named("training step", &[2.0, 4.0, 2.0]),
                named("frame with the live quantities", &[20.0, 40.0, 36.0]),
            ],
        };
        let text = looking(&[lane]);
        assert!(text.contains("| LSTM | 100 | 0.980 | 0.800 ✗ < 0.850 |"), "{text}");
        assert!(text.contains("| frame with the live quantities | 36.0 ✗ > 30 | 10.0 |"), "{text}");
        assert_eq!(looking(&[]), "");
    }
}
