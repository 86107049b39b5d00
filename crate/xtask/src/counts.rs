//! How many tests ran, read from what the test runners print.

use std::ops::AddAssign;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    /// Skipped, ignored, to do: there, but not run.
    pub skipped: u32,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The runners whose summaries are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// `test result: ok. 5 passed; 0 failed; 1 ignored; …`, a line a test binary; wasm-bindgen's runner
    /// says the same.
    Cargo,
    /// `ℹ pass 5` (or `# pass 5`), a line a count; nested suites are not counted twice.
    Node,
    /// `5 passed (3.1s)`, a line a count.
    Playwright,
}

impl Runner {
    pub fn count(self, output: &str) -> Counts {
        let mut counts = Counts::default();
        for line in output.lines() {
            counts += match self {
                Self::Cargo => cargo(line),
                Self::Node => node(line),
                Self::Playwright => playwright(line),
            };
        }
        counts
    }
}

fn cargo(line: &str) -> Counts {
    let mut counts = Counts::default();
    // Tests may print before it on the same line.
    if let Some((_, summary)) = line.split_once("test result: ") {
        for part in summary.split(['.', ';']) {
            add(&mut counts, part);
        }
    }
    counts
}

fn node(line: &str) -> Counts {
    let mut counts = Counts::default();
    let words: Vec<&str> = line.split_whitespace().collect();
    if let ["ℹ" | "#", what, number] = words[..] {
        add(&mut counts, &format!("{number} {what}"));
    }
    counts
}

fn playwright(line: &str) -> Counts {
    let mut counts = Counts::default();
    // A summary line is a number, words, and at most a time: `2 did not run`, `5 passed (3.1s)`.
    let line = line.trim();
    let line = line.split_once(" (").map_or(line, |(line, _)| line);
    if line.split_whitespace().count() <= 4 {
        add(&mut counts, line);
    }
    counts
}

/// Adds a count such as `5 passed`.
fn add(counts: &mut Counts, text: &str) {
    let Some((number, what)) = text.trim().split_once(' ') else {
        return;
    };
    let Ok(number) = number.parse::<u32>() else {
        return;
    };
    match what {
        "passed" | "pass" => counts.passed += number,
        // A test that passes only at the second try is not to be trusted.
        "failed" | "fail" | "cancelled" | "flaky" | "interrupted" => counts.failed += number,
        "ignored" | "skipped" | "todo" | "did not run" => counts.skipped += number,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32, skipped: u32) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn cargos_summaries_are_added_up() {
        let output = "running 5 tests\n\
            test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n\
            test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 7 filtered out\n\
            I mention 9 passed; in passing\n";
        assert_eq!(Runner::Cargo.count(output), counts(6, 3, 1));
    }

    #[test]
    fn nodes_summary_is_read_in_both_reporters() {
        let spec =
            "✔ a test (1ms)\nℹ tests 12\nℹ suites 2\nℹ pass 10\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\n";
        assert_eq!(Runner::Node.count(spec), counts(10, 1, 1));
        assert_eq!(Runner::Node.count("# pass 3\n# fail 0\n"), counts(3, 0, 0));
    }

    #[test]
    fn playwrights_summary_is_read() {
        let output = "Running 4 tests using 1 worker\n  ✓  1 page.spec.js:3 › opens (1.2s)\n\n  \
            1 failed\n    page.spec.js:9 › trains\n  1 flaky\n  1 skipped\n  2 did not run\n  12 passed (3.4s)\n";
        assert_eq!(Runner::Playwright.count(output), counts(12, 2, 3));
    }
}
