//! Running many parts to the end, failed ones too, and telling what came of each.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::counts::{Counts, Runner};
use crate::failing::failing;
use crate::failure::{Context, Failure, Result};
use crate::step::{seconds, shown};

/// What came of one part.
struct Part {
    name: String,
    counts: Counts,
    failure: Option<Failure>,
    failing: String,
    took: Duration,
}

/// All parts so far.
#[derive(Default)]
pub struct Report(Vec<Part>);

impl Report {
    /// Runs one part. Its counts are those of its tests; one without tests of its own is one test.
    /// "Exit 0 only if all ran and passed": a skipped test fails its part too.
    pub fn part(&mut self, name: &str, work: impl FnOnce() -> Result<Tested>) {
        println!("\n━━ {name}");
        let start = Instant::now();
        let Tested { mut counts, mut failure, failing } =
            work().unwrap_or_else(|failure| Tested { failure: Some(failure), ..Tested::default() });
        if failure.is_none() && counts.skipped > 0 {
            failure = Some(
                Failure::new(format!("{} tests were skipped", counts.skipped))
                    .remedy("everything is to run: make them run, or remove them"),
            );
        }
        if failure.is_none() && counts.passed == 0 {
            failure = Some(Failure::new("no test ran at all").remedy("are they where the runner looks?"));
        }
        if failure.is_some() {
            counts.failed = counts.failed.max(1);
        }
        if let Some(failure) = &failure {
            println!("\n{name} failed: {failure}");
        }
        self.0.push(Part { name: name.to_owned(), counts, failure, failing, took: start.elapsed() });
    }

    /// Prints the table and the last line; answers whether everything passed.
    pub fn finish(self) -> bool {
        println!("\n{}", self.table());
        for part in &self.0 {
            if let Some(failure) = &part.failure {
                println!("{}: {failure}\n{}\n", part.name, part.failing);
            }
        }
        let total = self.total();
        println!("{} passed, {} failed", total.passed, total.failed);
        self.passed()
    }

    fn passed(&self) -> bool {
        self.total().failed == 0
    }

    fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.0.iter().for_each(|part| total += part.counts);
        total
    }

    fn table(&self) -> String {
        let width = self.0.iter().map(|part| part.name.chars().count()).max().unwrap_or(0);
        let mut table = String::new();
        for part in &self.0 {
            let Counts { passed, failed, skipped } = part.counts;
            let verdict = if part.failure.is_some() { "FAILED" } else { "ok" };
            table.push_str(&format!("{:width$}  {verdict:6}  {passed:4} passed", part.name));
            for (number, what) in [(failed, "failed"), (skipped, "skipped")] {
                if number > 0 {
                    table.push_str(&format!(", {number} {what}"));
                }
            }
            table.push_str(&format!("  ({})\n", seconds(part.took)));
        }
        table
    }
}

/// What a part's own tests came to.
#[derive(Default)]
pub struct Tested {
    counts: Counts,
    failure: Option<Failure>,
    /// What the runner said of the tests that failed: the report repeats it at its end.
    failing: String,
}

impl Tested {
    /// `passed` things were looked at and are right.
    pub fn passed(passed: u32) -> Self {
        Self { counts: Counts { passed, ..Counts::default() }, ..Self::default() }
    }
}

/// Runs a command that tests nothing countable: it counts as one.
pub fn checked(command: &mut Command, remedy: &str) -> Result<Tested> {
    let (failure, _) = watched(command, remedy)?;
    let passed = u32::from(failure.is_none());
    Ok(Tested { failure, ..Tested::passed(passed) })
}

/// Runs a test runner and counts what it reports.
pub fn counted(command: &mut Command, runner: Runner, remedy: &str) -> Result<Tested> {
    let (failure, output) = watched(command, remedy)?;
    Ok(Tested { counts: runner.count(&output), failing: failing(runner, &output), failure })
}

/// Runs a command, showing its output as it comes and keeping it.
fn watched(command: &mut Command, remedy: &str) -> Result<(Option<Failure>, String)> {
    let name = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .or_fail(|| format!("start `{name}`"))
        .map_err(|failure| failure.remedy(remedy))?;
    let kept = Mutex::new(String::new());
    thread::scope(|scope| {
        let out = child.stdout.take();
        let err = child.stderr.take();
        scope.spawn(|| out.map(|pipe| pass_on(pipe, &mut io::stdout(), &kept)));
        scope.spawn(|| err.map(|pipe| pass_on(pipe, &mut io::stderr(), &kept)));
    });
    let status = child.wait().or_fail(|| format!("wait for `{name}`"))?;
    let failure = (!status.success()).then(|| Failure::new(format!("`{name}` failed ({status})")).remedy(remedy));
    // No thread that held it is left, and none panics while it holds it.
    let output = kept.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok((failure, output))
}

/// Copies lines on and keeps them. A terminal that went away does not stop the tests.
fn pass_on(pipe: impl Read, to: &mut impl Write, kept: &Mutex<String>) {
    let mut lines = BufReader::new(pipe);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let _ = to.write_all(&line).and_then(|()| to.flush());
        if let Ok(mut kept) = kept.lock() {
            kept.push_str(&String::from_utf8_lossy(&line));
        }
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(parts: Vec<Result<Tested>>) -> Report {
        let mut report = Report::default();
        for (number, tested) in parts.into_iter().enumerate() {
            report.part(&format!("part {number}"), || tested);
        }
        report
    }

    fn counts(passed: u32, failed: u32, skipped: u32) -> Counts {
        Counts { passed, failed, skipped }
    }

    fn tested(passed: u32, failed: u32, skipped: u32) -> Result<Tested> {
        let failure = (failed > 0).then(|| Failure::new("exit code 1"));
        Ok(Tested { counts: counts(passed, failed, skipped), failure, ..Tested::default() })
    }

    #[test]
    fn the_parts_counts_are_summed() {
        let report = report(vec![tested(3, 0, 0), Ok(Tested::passed(1)), tested(2, 2, 0)]);
        assert_eq!(report.total(), counts(6, 2, 0));
        assert!(!report.passed());
    }

    #[test]
    fn all_parts_passed_is_a_success() {
        assert!(report(vec![tested(3, 0, 0), Ok(Tested::passed(1))]).passed());
    }

    #[test]
    fn a_part_that_could_not_run_skipped_or_found_no_test_fails() {
        for bad in [Err(Failure::new("no browser")), tested(3, 0, 1), tested(0, 0, 0)] {
            let report = report(vec![tested(1, 0, 0), bad]);
            assert_eq!(report.total().failed, 1);
            assert!(report.table().contains("FAILED"));
        }
    }

    #[test]
    fn a_runner_that_dies_after_passing_tests_fails() {
        let died =
            Ok(Tested { counts: counts(5, 0, 0), failure: Some(Failure::new("exit code 101")), ..Tested::default() });
        assert_eq!(report(vec![died]).total(), counts(5, 1, 0));
    }

    #[test]
    fn a_watched_command_is_counted_and_its_exit_code_seen() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo '# pass 2'; echo '✖ bad (2ms)'; echo '# fail 1' >&2; exit 3"]);
        let tested = counted(&mut command, Runner::Node, "look").expect("it starts");
        assert_eq!(tested.counts, counts(2, 1, 0));
        assert!(tested.failure.is_some_and(|failure| failure.to_string().contains("look")));
        assert_eq!(tested.failing, "✖ bad (2ms)");
    }
}
