//! What the driver measured (`tests/bench/run.js` writes it), and what was hoped for.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::limit::{Costs, Size};
use super::statistics::median;
use crate::failure::{Context, Result};

/// Every sample of one run.
#[derive(Debug, Clone, Deserialize)]
pub struct Measured {
    pub date: String,
    pub browser: String,
    pub processor: String,
    pub cores: u32,
    /// Load average when it ended.
    pub load: f64,
    pub rounds: u32,
    pub slice: f64,
    /// One entry a round.
    pub limits: Vec<Costs>,
    pub steps: Vec<Steps>,
    pub failures: Vec<Failed>,
    pub scaling: Vec<Steps>,
    pub looking: Vec<Looking>,
    pub memory: Vec<Memory>,
    pub first: Vec<First>,
    pub sizes: Vec<FileSize>,
}

/// The training steps of one system on one network.
#[derive(Debug, Clone, Deserialize)]
pub struct Steps {
    pub system: String,
    pub variant: String,
    pub cell: String,
    pub workload: String,
    /// Nanoseconds a step, one entry a round.
    pub samples: Vec<f64>,
}

/// A variant of a system that could not do a workload.
#[derive(Debug, Clone, Deserialize)]
pub struct Failed {
    pub system: String,
    pub variant: String,
    pub cell: String,
    pub workload: String,
    pub reason: String,
}

/// What looking at a lane of this cell costs.
#[derive(Debug, Clone, Deserialize)]
pub struct Looking {
    pub cell: String,
    /// Training steps a second of the app's worker: `alone`, with `frames`, with the `live` quantities in them.
    pub speeds: Vec<Named>,
    /// Milliseconds of a training step, and of everything that can be looked at.
    pub pieces: Vec<Named>,
}

/// Samples of one thing, one a round.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub name: String,
    pub samples: Vec<f64>,
}

impl Looking {
    /// The samples of one of these.
    pub fn of<'a>(list: &'a [Named], name: &str) -> &'a [f64] {
        list.iter().find(|named| named.name == name).map_or(&[], |named| &named.samples)
    }
}

/// Linear memory of our module before and after a network was made and trained.
#[derive(Debug, Clone, Deserialize)]
pub struct Memory {
    pub cell: String,
    pub workload: String,
    pub size: Size,
    pub before: f64,
    pub after: f64,
}

/// From the request for a page to the end of the first training step.
#[derive(Debug, Clone, Deserialize)]
pub struct First {
    pub system: String,
    /// Milliseconds.
    pub samples: Vec<f64>,
}

/// What one file of a system weighs.
#[derive(Debug, Clone, Deserialize)]
pub struct FileSize {
    pub system: String,
    pub file: String,
    pub raw: f64,
    pub gzip: f64,
}

/// `tests/bench/workloads.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Workloads {
    pub output: u64,
    pub workloads: Vec<Workload>,
    pub targets: Targets,
}

/// One size of training step.
#[derive(Debug, Clone, Deserialize)]
pub struct Workload {
    pub name: String,
    pub about: String,
    #[serde(flatten)]
    pub size: Size,
}

/// The ratios that are aimed at, by cell.
#[derive(Debug, Clone, Deserialize)]
pub struct Targets {
    pub lstm: Aims,
    pub rnn: Aims,
}

/// Ours ÷ each, one entry a workload.
#[derive(Debug, Clone, Deserialize)]
pub struct Aims {
    pub tfjs: Vec<f64>,
    pub burn: Vec<f64>,
    pub limit: Vec<f64>,
}

impl Targets {
    /// The aims of this cell.
    pub fn of(&self, cell: &str) -> &Aims {
        if cell == "lstm" { &self.lstm } else { &self.rnn }
    }
}

impl Measured {
    /// The steps on this network of those who count, of the fastest, if anybody did them.
    pub fn of(&self, cell: &str, workload: &str, counts: impl Fn(&Steps) -> bool) -> Option<&Steps> {
        self.steps
            .iter()
            .filter(|steps| counts(steps) && steps.cell == cell && steps.workload == workload)
            .filter_map(|steps| Some((steps, median(&steps.samples)?)))
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
            .map(|(steps, _)| steps)
    }
}

/// Reads a JSON file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).or_fail(|| format!("read {}", path.display()))?;
    serde_json::from_str(&text).or_fail(|| format!("understand {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::super::options::WORKLOADS;
    use super::*;
    use crate::layout::Layout;

    #[test]
    fn the_workloads_and_their_targets_are_complete() {
        let found: Workloads = read(&Layout::find().bench().join("workloads.json")).expect("it is JSON");
        let names: Vec<&str> = found.workloads.iter().map(|workload| workload.name.as_str()).collect();
        assert_eq!(names, WORKLOADS);
        for aims in [&found.targets.lstm, &found.targets.rnn] {
            for list in [&aims.tfjs, &aims.burn, &aims.limit] {
                assert_eq!(list.len(), names.len());
            }
        }
    }
}
