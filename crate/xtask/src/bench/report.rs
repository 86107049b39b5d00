//! The report: every table of a run, in Markdown.

use std::fmt::Write as _;

use super::limit::Costs;
use super::looking::looking;
use super::markdown::{Table, kilobytes, megabytes, number, percent};
use super::measured::{Aims, Measured, Steps, Workload, Workloads};
use super::statistics::{median, ratios, spread};

/// A line of the tables: a system, in those of its ways that count together.
struct Contestant {
    system: &'static str,
    title: &'static str,
    /// Whether these are the ways with a cell that was written here instead of the system's own.
    rewritten: bool,
    /// Whether ratios to it are aimed at.
    aims: fn(&Aims) -> Option<&[f64]>,
}

const CONTESTANTS: [Contestant; 5] = [
    Contestant { system: OURS, title: "**gatescope**", rewritten: false, aims: |_| None },
    Contestant {
        system: "tfjs",
        title: "TensorFlow.js, its better backend",
        rewritten: false,
        aims: |aims| Some(&aims.tfjs),
    },
    Contestant { system: "burn", title: "Burn in wasm, SIMD", rewritten: false, aims: |aims| Some(&aims.burn) },
    Contestant {
        system: "burn",
        title: "— its LSTM rewritten here, all gates in one product",
        rewritten: true,
        aims: |_| None,
    },
    Contestant { system: "torch", title: "PyTorch, native, 1 thread", rewritten: false, aims: |_| None },
];
const OURS: &str = "ours";
/// What a way is called that has a cell rewritten here.
const REWRITTEN: &str = "joined";
pub(super) const CELLS: [(&str, &str); 2] = [("lstm", "LSTM"), ("rnn", "tanh RNN")];

/// A peer that takes no part, and why.
pub struct Absent {
    pub system: &'static str,
    pub reason: String,
}

/// The whole report, without a heading of its own.
pub fn report(measured: &Measured, plan: &Workloads, absent: &[Absent]) -> String {
    let report = Report { measured, plan, absent };
    let mut text = report.conditions();
    for (cell, name) in CELLS {
        text.push_str(&report.speeds(cell, name));
        text.push_str(&report.ratios(cell, name));
    }
    text.push_str(&report.limits());
    text.push_str(&report.scaling());
    text.push_str(&looking(&measured.looking));
    text.push_str(&report.memory());
    text.push_str(&report.files());
    text.push_str(&report.notes());
    text
}

impl Contestant {
    fn is(&self, steps: &Steps) -> bool {
        steps.system == self.system && steps.variant.ends_with(REWRITTEN) == self.rewritten
    }
}

struct Report<'a> {
    measured: &'a Measured,
    plan: &'a Workloads,
    absent: &'a [Absent],
}

impl Report<'_> {
    fn conditions(&self) -> String {
        let Measured { date, browser, processor, cores, load, rounds, slice, .. } = self.measured;
        format!(
            "{date}; headless Chromium {browser}; {processor}, {cores} cores, load average {load:.1}; \
             {rounds} rounds, turns of {slice:.0} ms or one step. \
             A step is forward, backpropagation through time and Adam in f32: one layer, last hidden state → linear \
             → softmax cross-entropy over {} classes.\n\n",
            self.plan.output
        )
    }

    /// The workloads that were measured, each with its place in the lists of targets.
    fn workloads(&self) -> Vec<(usize, &Workload)> {
        let measured = |workload: &Workload| self.measured.steps.iter().any(|steps| steps.workload == workload.name);
        self.plan.workloads.iter().enumerate().filter(|(_, workload)| measured(workload)).collect()
    }

    fn heading(&self, first: &str) -> Table {
        let names = self.workloads().into_iter().map(|(_, workload)| format!("{} {}", workload.name, workload.about));
        Table::new(std::iter::once(first.to_owned()).chain(names))
    }

    /// What this one did of a workload, in the fastest of its ways.
    fn of(&self, one: &Contestant, cell: &str, workload: &Workload) -> Option<&Steps> {
        self.measured.of(cell, &workload.name, |steps| one.is(steps))
    }

    /// Whether this one has any figures for this cell.
    fn is_there(&self, one: &Contestant, cell: &str) -> bool {
        self.measured.steps.iter().any(|steps| one.is(steps) && steps.cell == cell)
    }

    /// Why a system has no figures.
    fn absence(&self, system: &str) -> String {
        let absent = self.absent.iter().find(|absent| absent.system == system).map(|absent| absent.reason.clone());
        let failed = || self.measured.failures.iter().find(|failed| failed.system == system);
        absent.or_else(|| failed().map(|failed| failed.reason.clone())).unwrap_or_else(|| "not asked for".into())
    }

    fn speeds(&self, cell: &str, name: &str) -> String {
        let mut table = self.heading(&format!("{name}, steps/s (quartiles)"));
        for one in &CONTESTANTS {
            if self.is_there(one, cell) {
                table.row(one.title, self.each(|_, workload| self.speed(one, cell, workload)));
            } else if !one.rewritten {
                table.row(one.title, [self.absence(one.system)]);
            }
        }
        table.row(
            "limit",
            self.each(|_, workload| median(&self.limit(cell, workload)).map_or_else(none, |limit| number(1e9 / limit))),
        );
        table.render()
    }

    fn speed(&self, one: &Contestant, cell: &str, workload: &Workload) -> String {
        let Some(spread) = self.of(one, cell, workload).and_then(|steps| spread(&steps.samples)) else {
            return none();
        };
        let [median, low, high] = [spread.median, spread.high, spread.low].map(|time| number(1e9 / time));
        format!("{median} ({low}–{high})")
    }

    fn ratios(&self, cell: &str, name: &str) -> String {
        let aims = self.plan.targets.of(cell);
        let mut table = self.heading(&format!("{name}, gatescope ÷ …"));
        for one in CONTESTANTS.iter().filter(|one| one.system != OURS && self.is_there(one, cell)) {
            table.row(
                one.title,
                self.each(|index, workload| {
                    let Some(peer) = self.of(one, cell, workload) else { return none() };
                    let aim = (one.aims)(aims).map(|aims| aims[index]);
                    let text = judged(self.against(cell, workload, &peer.samples), aim);
                    // What the limit itself would not reach cannot be reached.
                    let bound = median(&ratios(&peer.samples, &self.limit(cell, workload)));
                    match (bound, aim) {
                        (Some(bound), Some(aim)) if bound < aim => format!("{text}; the limit: {}", number(bound)),
                        _ => text,
                    }
                }),
            );
        }
        table.row(
            "limit",
            self.each(|index, workload| {
                judged(self.against(cell, workload, &self.limit(cell, workload)), Some(aims.limit[index]))
            }),
        );
        table.row(
            "share of the peak",
            self.each(|_, workload| {
                let operations = workload.size.operations(cell, self.plan.output);
                let products: Vec<f64> = self.measured.limits.iter().map(|costs| operations * costs.peak).collect();
                self.against(cell, workload, &products).map_or_else(none, percent)
            }),
        );
        table.render()
    }

    /// How many times as fast as something that takes `times` ours is.
    fn against(&self, cell: &str, workload: &Workload, times: &[f64]) -> Option<f64> {
        let ours = self.of(&CONTESTANTS[0], cell, workload)?;
        median(&ratios(times, &ours.samples))
    }

    /// Nanoseconds of a step at the limit, one entry a round.
    fn limit(&self, cell: &str, workload: &Workload) -> Vec<f64> {
        self.measured.limits.iter().map(|costs| workload.size.limit(cell, self.plan.output, costs)).collect()
    }

    fn each(&self, cell: impl Fn(usize, &Workload) -> String) -> Vec<String> {
        self.workloads().into_iter().map(|(index, workload)| cell(index, workload)).collect()
    }

    fn limits(&self) -> String {
        let mut table = Table::new(["the limit's parts, one thread of wasm", "median", "quartiles"]);
        let mut row = |name: &str, unit: &str, part: fn(&Costs) -> f64| {
            let samples: Vec<f64> = self.measured.limits.iter().map(part).collect();
            if let Some(spread) = spread(&samples) {
                let [low, median, high] = [spread.low, spread.median, spread.high].map(number);
                table.row(name, [format!("{median} {unit}"), format!("{low}–{high}")]);
            }
        };
        row("peak: 12 chains of simd128 multiply and add", "GFLOP/s", |costs| 1.0 / costs.peak);
        row("our tanh", "ns", |costs| costs.tanh);
        row("our sigmoid", "ns", |costs| costs.sigmoid);
        row("Adam, a parameter", "ns", |costs| costs.adam);
        table.render()
    }

    fn scaling(&self) -> String {
        if self.measured.scaling.is_empty() {
            return String::new();
        }
        let mut table = Table::new(["LSTM around W3", "× 1", "× 2", "× 4", "time × 2", "time × 4"]);
        for axis in ["T", "B", "H"] {
            let of = |factor: u32| -> Option<&Steps> {
                self.measured.scaling.iter().find(|steps| steps.workload == format!("{axis} × {factor}"))
            };
            let time = |factor| of(factor).and_then(|steps| median(&steps.samples));
            let growth = |factor| median(&ratios(&of(factor)?.samples, &of(1)?.samples));
            let milliseconds = |factor| time(factor).map_or_else(none, |time| format!("{} ms", number(time / 1e6)));
            let times = |factor| growth(factor).map_or_else(none, number);
            table.row(axis, [milliseconds(1), milliseconds(2), milliseconds(4), times(2), times(4)]);
        }
        table.render()
    }

    fn memory(&self) -> String {
        if self.measured.memory.is_empty() {
            return String::new();
        }
        let mut table =
            Table::new(["memory of training", "linear memory before", "after", "growth", "its tape", "growth ÷ tape"]);
        for memory in &self.measured.memory {
            let (growth, tape) = (memory.after - memory.before, memory.size.tape(&memory.cell));
            let name = CELLS.iter().find(|(cell, _)| *cell == memory.cell).map_or("", |(_, name)| name);
            let sizes = [memory.before, memory.after, growth, tape].map(megabytes);
            let ratio = growth / tape;
            let judged = format!("{ratio:.2} {} 2", if ratio <= 2.0 { "✓ ≤" } else { "✗ >" });
            table.row(format!("{}, {name}", memory.workload), sizes.into_iter().chain([judged]));
        }
        table.render()
    }

    fn files(&self) -> String {
        let mut table = Table::new(["to the first training step", "time (quartiles)", "files, raw", "gzip"]);
        for Contestant { system, title, .. } in CONTESTANTS.iter().filter(|one| !one.rewritten) {
            let files: Vec<_> = self.measured.sizes.iter().filter(|file| file.system == *system).collect();
            if files.is_empty() {
                continue;
            }
            let first = self.measured.first.iter().find(|first| first.system == *system);
            let time = first.and_then(|first| spread(&first.samples)).map_or_else(none, |spread| {
                let [low, median, high] = [spread.low, spread.median, spread.high].map(number);
                format!("{median} ms ({low}–{high})")
            });
            let raw = files.iter().map(|file| file.raw).sum();
            let gzip = files.iter().map(|file| file.gzip).sum();
            table.row(*title, [time, kilobytes(raw), kilobytes(gzip)]);
            for file in files {
                let name = format!("— `{}`", file.file);
                table.row(name, [String::new(), kilobytes(file.raw), kilobytes(file.gzip)]);
            }
        }
        table.render()
    }

    /// Which variant each system was measured with, and what could not be measured.
    fn notes(&self) -> String {
        let mut text = String::new();
        for one in &CONTESTANTS {
            let mut chosen: Vec<String> = Vec::new();
            for (cell, name) in CELLS {
                let variants: Vec<String> = self
                    .workloads()
                    .into_iter()
                    .filter_map(|(_, workload)| {
                        Some(format!("{} {}", workload.name, self.of(one, cell, workload)?.variant))
                    })
                    .collect();
                if !variants.is_empty() {
                    chosen.push(format!("{name}: {}", variants.join(", ")));
                }
            }
            if one.system != OURS && one.system != "torch" && !chosen.is_empty() {
                let title = one.title.trim_start_matches("— ");
                let _ = writeln!(text, "- {title}, the fastest of its ways: {}.", chosen.join("; "));
            }
        }
        if self.measured.sizes.iter().any(|file| file.system != OURS) {
            text.push_str("- The peers' files hold both of their backends.\n");
        }
        for failed in &self.measured.failures {
            let [system, variant, cell, workload] =
                [&failed.system, &failed.variant, &failed.cell, &failed.workload].map(String::as_str);
            let _ = writeln!(text, "- {system}, {variant}, {cell} {workload}: {}", failed.reason);
        }
        for absent in self.absent {
            let _ = writeln!(text, "- {}: {}", absent.system, absent.reason);
        }
        text
    }
}

/// A ratio beside what was aimed at.
pub(super) fn judged(ratio: Option<f64>, aim: Option<f64>) -> String {
    match (ratio, aim) {
        (None, _) => none(),
        (Some(ratio), None) => number(ratio),
        (Some(ratio), Some(aim)) => {
            let verdict = if ratio >= aim { "✓ ≥" } else { "✗ <" };
            format!("{} {verdict} {}", number(ratio), number(aim))
        }
    }
}

pub(super) fn none() -> String {
    "–".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    fn plan() -> Workloads {
        let aims = json!({ "tfjs": [2.0], "burn": [9.0], "limit": [0.5] });
        from_value(json!({
            "output": 10,
            "workloads": [{ "name": "W1", "about": "chapter", "input": 10, "hidden": 20, "steps": 5, "batch": 3 }],
            "targets": { "lstm": aims, "rnn": aims },
        }))
        .expect("a plan")
    }

    fn measured() -> Measured {
        let size = json!({ "input": 10, "hidden": 20, "steps": 5, "batch": 3 });
        let steps = |system: &str, samples: &[f64]| {
            json!({ "system": system, "variant": "way", "cell": "lstm", "workload": "W1", "size": size,
                "samples": samples })
        };
        from_value(json!({
            "date": "2025-01-01", "browser": "1", "processor": "p", "cores": 2, "load": 0.5, "rounds": 2, "slice": 20,
            "limits": [{ "peak": 0.02, "tanh": 1, "sigmoid": 1, "adam": 1 }],
            "steps": [
                steps("ours", &[1e4, 1e4, 1e4]), steps("tfjs", &[9e4, 9e4, 9e4]), steps("tfjs", &[3e4, 1e5, 3e4]),
            ],
            "failures": [{ "system": "burn", "variant": "v", "cell": "lstm", "workload": "W1", "reason": "it broke" }],
            "scaling": [],
            "looking": [],
            "memory": [{ "cell": "lstm", "workload": "W1", "size": size, "before": 0, "after": 12_000 }],
            "first": [{ "system": "ours", "samples": [40, 50, 60] }],
            "sizes": [{ "system": "ours", "file": "x.wasm", "raw": 200_000, "gzip": 80_000 }],
        }))
        .expect("measurements")
    }

    #[test]
    fn the_report_has_medians_ratios_and_verdicts() {
        let text = report(&measured(), &plan(), &[Absent { system: "torch", reason: "not importable".into() }]);
        assert!(text.contains("| **gatescope** | 100,000 (100,000–100,000) |"), "{text}");
        assert!(text.contains("| TensorFlow.js, its better backend | 3.00 ✓ ≥ 2.00 |"), "{text}");
        assert!(text.contains("| Burn in wasm, SIMD | it broke |"), "{text}");
        assert!(text.contains("| PyTorch, native, 1 thread | not importable |"), "{text}");
        assert!(text.contains("50.0 ms (45.0–55.0) | 200 kB | 80.0 kB"), "{text}");
        assert!(text.contains("1.25 ✓ ≤ 2"), "{text}");
    }

    #[test]
    fn a_cell_rewritten_for_a_peer_has_a_line_of_its_own_and_an_aim_beyond_the_limit_says_so() {
        let mut measured = measured();
        for (variant, time) in [("flex lstm", 2e4), ("flex joined", 1e4)] {
            let mut steps = measured.steps[1].clone();
            (steps.system, steps.variant, steps.samples) = ("burn".into(), variant.into(), vec![time; 3]);
            measured.steps.push(steps);
        }
        let text = report(&measured, &plan(), &[]);
        assert!(text.contains("| Burn in wasm, SIMD | 2.00 ✗ < 9.00; the limit: 2.44"), "{text}");
        assert!(text.contains("| — its LSTM rewritten here, all gates in one product | 1.00 |"), "{text}");
        assert!(text.contains("- Burn in wasm, SIMD, the fastest of its ways: LSTM: W1 flex lstm.\n"), "{text}");
    }

    #[test]
    fn what_was_not_measured_is_no_number() {
        assert_eq!(judged(None, Some(1.0)), "–");
        assert_eq!(judged(Some(0.4), Some(0.5)), "0.400 ✗ < 0.500");
        assert_eq!(judged(Some(0.4), None), "0.400");
    }
}
