//! Running things so that a person can follow: what happens now, how long it took, what failed.
//!
//! Everything here speaks on stderr; stdout belongs to the results (the one line of `serve`, the
//! tests' own output).

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Context, Failure, Result};

/// Does one named piece of work and says how long it took.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("▸ {name}");
    let start = Instant::now();
    let result = work();
    // Steps may run side by side, so the end names its step again.
    let outcome = if result.is_ok() { '✓' } else { '✗' };
    eprintln!("{outcome} {name} ({})", seconds(start.elapsed()));
    result
}

/// Says one thing that needs no timing.
pub fn note(text: &str) {
    eprintln!("▸ {text}");
}

/// A duration as people read it: `0.4 s`, `2 min 5 s`.
pub fn seconds(duration: Duration) -> String {
    let total = duration.as_secs_f64();
    if total < 60.0 {
        format!("{total:.1} s")
    } else {
        format!("{} min {} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

/// Runs a command to its end, its whole output on stderr. `remedy`: what to do when it fails.
pub fn run(command: &mut Command, remedy: &str) -> Result<()> {
    let shown = shown(command);
    let status = command
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status()
        .or_fail(|| format!("start `{shown}`"))
        .map_err(|failure| failure.remedy(remedy))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{shown}` failed ({status})")).remedy(remedy)) }
}

/// The trimmed stdout of a command that answers a question; `None` when it is missing or fails.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// A command as it would be typed, shortened to one readable line.
pub fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut text = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for argument in command.get_args().map(OsStr::to_string_lossy) {
        text.push(' ');
        text.push_str(&argument);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(440)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn a_missing_program_is_no_answer() {
        assert_eq!(ask(&mut Command::new("surely-no-such-program")), None);
    }

    #[test]
    fn a_failing_command_says_what_to_do() {
        let failure = run(&mut Command::new("surely-no-such-program"), "install it").unwrap_err();
        assert!(failure.to_string().contains("what to do: install it"), "{failure}");
    }
}
