//! What `cargo xtask bench` can be asked for.

use crate::failure::{Failure, Result};

/// The systems that gatescope is measured beside.
pub const PEERS: [&str; 3] = ["tfjs", "burn", "torch"];

/// The workloads, smallest first (their sizes: `tests/bench/workloads.json`).
pub const WORKLOADS: [&str; 5] = ["W1", "W2", "W3", "W4", "W5"];

/// Rounds unless told otherwise.
const ROUNDS: u32 = 7;

/// The choices of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub rounds: u32,
    /// Only these workloads.
    pub only: Option<Vec<String>>,
    /// A look whether everything works: one round of short turns on the two smallest workloads.
    pub quick: bool,
    pub peers: Vec<String>,
    /// Install PyTorch where Python has none.
    pub with_torch: bool,
    /// Put the tables into README.md.
    pub write_readme: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rounds: ROUNDS,
            only: None,
            quick: false,
            peers: PEERS.map(str::to_owned).to_vec(),
            with_torch: false,
            write_readme: false,
        }
    }
}

impl Options {
    /// Reads the value of `--rounds`.
    pub fn rounds(&mut self, value: &str) -> Result<()> {
        self.rounds = value
            .parse()
            .ok()
            .filter(|rounds| (1..=1000).contains(rounds))
            .ok_or_else(|| Failure::new(format!("--rounds: `{value}` is no number from 1 to 1000")))?;
        Ok(())
    }

    /// Reads the value of `--only`, e.g. `W2` or `W1,W5`.
    pub fn only(&mut self, value: &str) -> Result<()> {
        self.only = Some(list("--only", value, &WORKLOADS)?);
        Ok(())
    }

    /// Reads the value of `--peers`, e.g. `tfjs,burn` or `none`.
    pub fn peers(&mut self, value: &str) -> Result<()> {
        self.peers = if value == "none" { Vec::new() } else { list("--peers", value, &PEERS)? };
        Ok(())
    }

    /// Refuses what contradicts itself.
    pub fn check(self) -> Result<Self> {
        if self.write_readme && (self.quick || self.only.is_some() || self.peers.len() < PEERS.len()) {
            return Err(Failure::new("--write-readme takes a whole run: without --quick, --only and --peers"));
        }
        if self.with_torch && !self.has("torch") {
            return Err(Failure::new("--with-torch contradicts --peers without torch"));
        }
        Ok(self)
    }

    /// Whether this peer is wanted.
    pub fn has(&self, peer: &str) -> bool {
        self.peers.iter().any(|name| name == peer)
    }

    /// The workloads of this run, if not all.
    pub fn workloads(&self) -> Option<Vec<String>> {
        let quick = || self.quick.then(|| WORKLOADS[..2].iter().map(|name| (*name).to_owned()).collect());
        self.only.clone().or_else(quick)
    }

    /// Rounds and milliseconds of a turn.
    pub fn pace(&self) -> (u32, u32) {
        if self.quick { (1, 20) } else { (self.rounds, 200) }
    }
}

fn list(option: &str, value: &str, known: &[&str]) -> Result<Vec<String>> {
    let names: Vec<String> = value.split(',').map(str::to_owned).collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(wrong) => Err(Failure::new(format!("{option}: `{wrong}` is none of {}", known.join(", ")))),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_wrong_names_are_named() {
        let mut options = Options::default();
        options.only("W2,W5").expect("both are there");
        assert_eq!(options.workloads(), Some(vec!["W2".to_owned(), "W5".to_owned()]));
        options.peers("none").expect("nobody");
        assert!(options.peers.is_empty());
        let failure = options.peers("tfjs,jax").expect_err("no such peer").to_string();
        assert!(failure.contains("jax") && failure.contains("tfjs, burn, torch"), "{failure}");
        assert!(options.only("W6").is_err() && options.only("").is_err());
        assert!(options.rounds("0").is_err() && options.rounds("many").is_err());
    }

    #[test]
    fn a_quick_run_is_one_short_round_on_two_workloads() {
        let options = Options { quick: true, ..Options::default() };
        assert_eq!(options.workloads().map(|names| names.len()), Some(2));
        assert_eq!(options.pace().0, 1);
    }

    #[test]
    fn only_a_whole_run_may_be_quoted() {
        let whole = Options { write_readme: true, ..Options::default() };
        assert!(whole.clone().check().is_ok());
        assert!(Options { quick: true, ..whole.clone() }.check().is_err());
        assert!(Options { peers: vec!["tfjs".into()], ..whole }.check().is_err());
    }
}
