//! Every choice, range and default that any user interface offers, and the clamping of what comes in.
//!
//! One table: the page's controls, the link and [`effective`] all read it.

use crate::experiment::{
    CellChoice, ForgetBiasChoice, InitChoice, LaneExperiment, LanguageChoice, NonlinearityChoice, Notice,
    OptimizerChoice, Reason, TaskChoice, Value,
};
use crate::task::Sentiment;
use serde::Serialize;

/// All settings of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// Version of the link format.
    pub version: u32,
    /// The settings, in the order in which they are offered.
    pub fields: Vec<Field>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Name in a configuration.
    pub name: String,
    /// Key in a link.
    pub link: String,
    /// What values it takes.
    pub kind: FieldKind,
    /// Smallest value.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Distance of neighbouring values on a linear control.
    pub step: Option<f64>,
    /// How a control should space the values.
    pub scale: Option<Scale>,
    /// The names to choose from; beside a number: names it may have instead.
    pub choices: Option<Vec<String>>,
    /// Whether it may be left out (`null`).
    pub nullable: bool,
    /// Value of the default experiment.
    #[cfg_attr(feature = "typescript", ts(type = "number | string | null"))]
    pub default: Value,
    /// Only these cells have it.
    pub cells: Option<Vec<CellChoice>>,
    /// Only these tasks have it.
    pub tasks: Option<Vec<TaskChoice>>,
}

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum FieldKind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// One of the names.
    Choice,
}

/// Spacing of a control's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly in the logarithm.
    Log,
}

impl Field {
    fn new(name: &str, link: &str, kind: FieldKind, default: Value) -> Self {
        Self {
            name: name.to_owned(),
            link: link.to_owned(),
            kind,
            min: None,
            max: None,
            step: None,
            scale: None,
            choices: None,
            nullable: false,
            default,
            cells: None,
            tasks: None,
        }
    }

    fn choice(name: &str, link: &str, choices: &[&'static str], default: &'static str) -> Self {
        Self { choices: Some(owned(choices)), ..Self::new(name, link, FieldKind::Choice, Value::Name(default)) }
    }

    fn integer(name: &str, link: &str, range: [f64; 2], default: f64) -> Self {
        let field = Self::new(name, link, FieldKind::Integer, Value::Number(default));
        Self { step: Some(1.0), scale: Some(Scale::Linear), ..field }.within(range)
    }

    fn number(name: &str, link: &str, range: [f64; 2], scale: Scale, default: Value) -> Self {
        Self { scale: Some(scale), ..Self::new(name, link, FieldKind::Number, default) }.within(range)
    }

    fn within(self, [min, max]: [f64; 2]) -> Self {
        Self { min: Some(min), max: Some(max), ..self }
    }

    fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    fn cells(self, cells: &[CellChoice]) -> Self {
        Self { cells: Some(cells.to_vec()), ..self }
    }

    fn tasks(self, tasks: &[TaskChoice]) -> Self {
        Self { tasks: Some(tasks.to_vec()), ..self }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const LENGTH: [f64; 2] = [1.0, 512.0];
const ALPHABET: [f64; 2] = [2.0, 8.0];
const HIDDEN: [f64; 2] = [1.0, 256.0];
const LAYERS: [f64; 2] = [1.0, 4.0];
const SPECTRAL_RADIUS: [f64; 2] = [0.0, 4.0];
const FORGET_BIAS: [f64; 2] = [-10.0, 10.0];
const LEARNING_RATE: [f64; 2] = [1e-5, 100.0];
const CLIP: [f64; 2] = [1e-3, 1e3];
const BATCH: [f64; 2] = [1.0, 128.0];
/// Memory for the tape of a training step, counted as if all of it could be looked at: two lanes stay well below what a browser gives one page.
const TAPE_BYTES: f64 = 96.0 * 1024.0 * 1024.0;
const SEED: [f64; 2] = [0.0, 4_294_967_295.0];

/// The table of settings.
#[must_use]
pub fn catalog() -> Catalog {
    let default = LaneExperiment::default();
    let fields = vec![
        Field::choice("task", "task", TaskChoice::NAMES, "recall"),
        Field::choice("language", "sentences", LanguageChoice::NAMES, "en").tasks(&[TaskChoice::Sentiment]),
        Field::choice("cell", "cell", CellChoice::NAMES, "lstm"),
        Field::integer("length", "T", LENGTH, default.length),
        Field::integer("alphabet", "k", ALPHABET, default.alphabet).tasks(&[TaskChoice::Recall]),
        Field::integer("hidden", "h", HIDDEN, default.hidden),
        Field::integer("layers", "L", LAYERS, default.layers),
        Field::choice("nonlinearity", "act", NonlinearityChoice::NAMES, "tanh").cells(&[CellChoice::Rnn]),
        Field::choice("init", "init", InitChoice::NAMES, "pytorch"),
        Field::number("spectralRadius", "rho", SPECTRAL_RADIUS, Scale::Linear, Value::Nothing)
            .nullable()
            .cells(&[CellChoice::Rnn]),
        Field {
            choices: Some(owned(&["chrono"])),
            ..Field::number("forgetBias", "fb", FORGET_BIAS, Scale::Linear, Value::Name("chrono"))
                .nullable()
                .cells(&[CellChoice::Lstm, CellChoice::Gru])
        },
        Field::choice("optimizer", "opt", OptimizerChoice::NAMES, "adam"),
        Field::number("learningRate", "lr", LEARNING_RATE, Scale::Log, Value::Number(default.learning_rate)),
        Field::number("clip", "clip", CLIP, Scale::Log, Value::Number(1.0)).nullable(),
        Field::integer("batch", "B", BATCH, default.batch),
        Field::integer("seed", "seed", SEED, default.seed),
    ];
    Catalog { version: 1, fields }
}

/// The experiment that is really run: every number within its range, settings that do not apply left out.
/// What was changed is named.
#[must_use]
pub fn effective(given: &LaneExperiment) -> (LaneExperiment, Vec<Notice>) {
    let mut notices = Vec::new();
    let default = LaneExperiment::default();
    let mut number = |field: &str, value: f64, [min, max]: [f64; 2], fallback: f64, whole: bool| -> f64 {
        let (effective, reason) = match value {
            v if !v.is_finite() => (fallback, Reason::NotFinite),
            v if v < min => (min, Reason::BelowMinimum),
            v if v > max => (max, Reason::AboveMaximum),
            v if whole && v.trunc() != v => (v.trunc(), Reason::NotWhole),
            v => return v,
        };
        notices.push(Notice {
            field: field.to_owned(),
            given: Value::Number(value),
            effective: Value::Number(effective),
            reason,
        });
        effective
    };
    let shortest = match given.task {
        TaskChoice::Recall => LENGTH[0],
        TaskChoice::Sentiment => Sentiment::SHORTEST as f64,
    };
    let mut experiment = LaneExperiment {
        length: number("length", given.length, [shortest, LENGTH[1]], default.length, true),
        alphabet: number("alphabet", given.alphabet, ALPHABET, default.alphabet, true),
        hidden: number("hidden", given.hidden, HIDDEN, default.hidden, true),
        layers: number("layers", given.layers, LAYERS, default.layers, true),
        spectral_radius: given.spectral_radius.map(|v| number("spectralRadius", v, SPECTRAL_RADIUS, 1.0, false)),
        forget_bias: given.forget_bias.map(|bias| match bias {
            ForgetBiasChoice::Value(v) => ForgetBiasChoice::Value(number("forgetBias", v, FORGET_BIAS, 1.0, false)),
            chrono @ ForgetBiasChoice::Chrono(_) => chrono,
        }),
        learning_rate: number("learningRate", given.learning_rate, LEARNING_RATE, default.learning_rate, false),
        clip: given.clip.map(|v| number("clip", v, CLIP, 1.0, false)),
        batch: number("batch", given.batch, BATCH, default.batch, true),
        seed: number("seed", given.seed, SEED, default.seed, true),
        ..given.clone()
    };
    let mut drop = |field: &str, given: Value| {
        notices.push(Notice {
            field: field.to_owned(),
            given,
            effective: Value::Nothing,
            reason: Reason::NotApplicable,
        });
    };
    if experiment.cell != CellChoice::Rnn
        && let Some(radius) = experiment.spectral_radius.take()
    {
        drop("spectralRadius", Value::Number(radius));
    }
    if experiment.cell_kind().keep_and_admit_gates().is_none()
        && let Some(bias) = experiment.forget_bias.take()
    {
        let given = match bias {
            ForgetBiasChoice::Value(value) => Value::Number(value),
            ForgetBiasChoice::Chrono(_) => Value::Name("chrono"),
        };
        drop("forgetBias", given);
    }
    let largest = largest_batch(&experiment);
    if experiment.batch > largest {
        notices.push(Notice {
            field: "batch".to_owned(),
            given: Value::Number(experiment.batch),
            effective: Value::Number(largest),
            reason: Reason::Memory,
        });
        experiment.batch = largest;
    }
    (experiment, notices)
}

/// How many sequences at a time fit into [`TAPE_BYTES`]; at least 1.
fn largest_batch(experiment: &LaneExperiment) -> f64 {
    let floats = experiment.cell_kind().tape_floats(experiment.hidden as usize);
    let sequence = (floats * size_of::<f32>()) as f64 * experiment.layers * experiment.length;
    (TAPE_BYTES / sequence).floor().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_experiment_is_taken_as_it_is() {
        for experiment in [LaneExperiment::default(), LaneExperiment::default_rnn()] {
            assert_eq!(effective(&experiment), (experiment, Vec::new()));
        }
    }

    #[test]
    fn everything_out_of_range_is_clamped_and_named() {
        let given = LaneExperiment {
            length: 0.0,
            hidden: 1e9,
            alphabet: 2.5,
            learning_rate: f64::NAN,
            clip: Some(-1.0),
            forget_bias: Some(ForgetBiasChoice::Value(f64::INFINITY)),
            spectral_radius: Some(2.0),
            ..LaneExperiment::default()
        };
        let (experiment, notices) = effective(&given);
        assert_eq!((experiment.length, experiment.hidden, experiment.alphabet), (1.0, 256.0, 2.0));
        assert_eq!((experiment.learning_rate, experiment.clip), (0.002, Some(1e-3)));
        assert_eq!(experiment.spectral_radius, None);
        let mut named: Vec<_> = notices.iter().map(|notice| (notice.field.as_str(), notice.reason)).collect();
        named.sort_by_key(|(field, _)| *field);
        assert_eq!(
            named,
            [
                ("alphabet", Reason::NotWhole),
                ("clip", Reason::BelowMinimum),
                ("forgetBias", Reason::NotFinite),
                ("hidden", Reason::AboveMaximum),
                ("learningRate", Reason::NotFinite),
                ("length", Reason::BelowMinimum),
                ("spectralRadius", Reason::NotApplicable),
            ]
        );
        assert_eq!(effective(&experiment), (experiment.clone(), Vec::new()));
    }

    #[test]
    fn the_largest_network_trains_on_fewer_sequences_at_a_time() {
        let given = LaneExperiment { length: 512.0, hidden: 256.0, layers: 4.0, ..LaneExperiment::default() };
        let (experiment, notices) = effective(&given);
        assert_eq!(experiment.batch, 3.0);
        assert_eq!(notices.iter().map(|notice| notice.reason).collect::<Vec<_>>(), [Reason::Memory]);
    }

    #[test]
    fn a_sentence_has_at_least_its_frame() {
        let given = LaneExperiment { task: TaskChoice::Sentiment, length: 1.0, ..LaneExperiment::default() };
        assert_eq!(effective(&given).0.length, 4.0);
    }
}
