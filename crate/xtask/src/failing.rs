//! What the test runners say of the tests that failed: their names and the beginning of each message. The report
//! repeats it at its end, where it is still read when a long log was cut.

use crate::counts::Runner;

/// The lines kept of each test's message, and of all of them.
const LINES_PER_TEST: usize = 12;
const LINES: usize = 120;

/// The failed tests in a runner's output, a paragraph each; empty when it names none.
pub fn failing(runner: Runner, output: &str) -> String {
    let begins = match runner {
        Runner::Cargo => cargo,
        Runner::Node => node,
        Runner::Playwright => playwright,
    };
    let mut kept: Vec<&str> = Vec::new();
    // How many lines the test at hand may still add; none before the first one.
    let mut left = 0;
    for line in output.lines().map(str::trim_end) {
        match begins(line) {
            Line::Test => left = LINES_PER_TEST,
            Line::End => left = 0,
            Line::Other => {}
        }
        if left > 0 && !line.is_empty() && kept.len() < LINES {
            kept.push(line);
            left -= 1;
        }
    }
    kept.join("\n")
}

/// What a line of a runner's output is to us.
enum Line {
    /// The first line of a failed test.
    Test,
    /// After it no failed test is spoken of.
    End,
    Other,
}

/// `thread 'name' panicked at …` and what follows it; wasm-bindgen's runner says `panicked at …` below the name.
fn cargo(line: &str) -> Line {
    if line.contains("' panicked at ") || line.starts_with("panicked at ") || line.ends_with(" ... FAILED") {
        Line::Test
    } else if ["---- ", "failures:", "test "].iter().any(|start| line.starts_with(start)) {
        Line::End
    } else {
        Line::Other
    }
}

/// `✖ name (1ms)`, repeated with its message under `✖ failing tests:`.
fn node(line: &str) -> Line {
    let line = line.trim_start();
    if line.starts_with("✖ ") && line.ends_with(')') || line.starts_with("not ok ") {
        Line::Test
    } else if ["✔ ", "▶ ", "ℹ ", "# ", "ok ", "✖ "].iter().any(|start| line.starts_with(start)) {
        Line::End
    } else {
        Line::Other
    }
}

/// `  1) [page] › page.spec.js:9:1 › name ────` and its message, up to the summary.
fn playwright(line: &str) -> Line {
    let words = line.trim_start();
    let numbered = words.split_once(") ").is_some_and(|(number, rest)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && rest.contains(" › ")
    });
    let summary = words.split_once(' ').is_some_and(|(number, what)| {
        number.bytes().all(|byte| byte.is_ascii_digit()) && (what == "failed" || what.starts_with("passed"))
    });
    match (numbered, summary) {
        (true, _) => Line::Test,
        (_, true) => Line::End,
        _ => Line::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playwrights_messages_are_kept_and_its_list_left_out() {
        let output = "  ✓  1 [page] › a.spec.js:3:1 › opens (1.2s)\n  ✘  2 [page] › a.spec.js:9:1 › trains (3s)\n\n\n\
            \x20 1) [page] › a.spec.js:9:1 › trains ─────\n\n    Error: expected 1\n\n    Received: 2\n\n\
            \x20 1 failed\n    [page] › a.spec.js:9:1 › trains ────\n  1 passed (3.4s)\n";
        let told = "  1) [page] › a.spec.js:9:1 › trains ─────\n    Error: expected 1\n    Received: 2";
        assert_eq!(failing(Runner::Playwright, output), told);
    }

    #[test]
    fn cargos_panics_are_kept() {
        let output = "test good ... ok\ntest bad ... FAILED\ntest fine ... ok\n\nfailures:\n\n---- bad stdout ----\nit printed this\n\
            thread 'bad' panicked at a.rs:3:5:\nassertion failed\n\n\nfailures:\n    bad\n\ntest result: FAILED. 1 passed\n";
        let told = "test bad ... FAILED\nthread 'bad' panicked at a.rs:3:5:\nassertion failed";
        assert_eq!(failing(Runner::Cargo, output), told);
    }

    #[test]
    fn nodes_messages_are_kept() {
        let output = "✔ good (1ms)\nℹ pass 1\nℹ fail 1\n\n✖ failing tests:\n\ntest at a.test.js:3:1\n✖ bad (2ms)\n  \
            AssertionError: 1 is not 2\n";
        assert_eq!(failing(Runner::Node, output), "✖ bad (2ms)\n  AssertionError: 1 is not 2");
    }

    #[test]
    fn nothing_failed_nothing_is_told_and_a_long_message_is_cut() {
        assert_eq!(failing(Runner::Playwright, "  ✓  1 [page] › a.spec.js:3:1 › opens (1s)\n  1 passed (2s)\n"), "");
        let long = format!("  1) [page] › a.spec.js:9:1 › trains\n{}", "    line\n".repeat(500));
        assert_eq!(failing(Runner::Playwright, &long).lines().count(), LINES_PER_TEST);
    }
}
