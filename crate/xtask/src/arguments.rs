//! The command line (its meaning is public: see the help text).

use lexopt::{Arg, Parser, ValueExt as _};

use crate::failure::{Failure, Result};

pub const HELP: &str = "\
cargo xtask <command>

  serve [--port 8080] [--release-only]
              builds the page and serves it on 127.0.0.1; prints `serving http://127.0.0.1:PORT/`
              when it is ready. Port 0 takes a free one.
              --release-only: serves what is in www/dist as it is, building nothing
  test        builds everything, then runs every test: Rust native, Rust on wasm, JS, browser
  build       the static site into www/dist/
  pack        the npm package into target/npm/
  check       the fast part: fmt, clippy, layer rules, types, lint, unit tests
  bench       the benchmarks
  help        this text

Each command gets what it needs by itself: the wasm target, the pinned wasm-bindgen, npm packages,
for `test` also a browser. It takes Rust and Node 20.19 or newer.

GATESCOPE_WASM_TOOLCHAIN=installed|rustup|debian  insists on one way to the wasm target
CHROMIUM=/path/to/chromium                        the browser that the tests use
";

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Serve { port: u16, release_only: bool },
    Test,
    Build,
    Pack,
    Check,
    Bench,
    Help,
}

/// Reads the arguments after the program's name.
pub fn parse(mut parser: Parser) -> Result<Request> {
    let usage = |error: &dyn std::fmt::Display| Failure::new(error).remedy("see `cargo xtask help`");

    let mut command: Option<String> = None;
    let mut port = None;
    let mut release_only = false;
    while let Some(argument) = parser.next().map_err(|error| usage(&error))? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Request::Help),
            Arg::Long("port") => {
                let value = parser.value().and_then(|value| value.parse::<u16>());
                port = Some(value.map_err(|error| usage(&format!("--port: {error}")))?);
            }
            Arg::Long("release-only") => release_only = true,
            Arg::Value(value) if command.is_none() => {
                command = Some(value.to_string_lossy().into_owned());
            }
            other => return Err(usage(&other.unexpected())),
        }
    }

    let request = match command.as_deref() {
        Some("serve") => {
            return Ok(Request::Serve { port: port.unwrap_or(8080), release_only });
        }
        Some("test") => Request::Test,
        Some("build") => Request::Build,
        Some("pack") => Request::Pack,
        Some("check") => Request::Check,
        Some("bench") => Request::Bench,
        Some("help") | None => Request::Help,
        Some(other) => return Err(usage(&format!("there is no command `{other}`"))),
    };
    if port.is_some() || release_only {
        return Err(usage(&"--port and --release-only belong to `serve`"));
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(arguments: &[&str]) -> Result<Request> {
        parse(Parser::from_args(arguments))
    }

    #[test]
    fn serve_has_a_default_port() {
        assert_eq!(request(&["serve"]), Ok(Request::Serve { port: 8080, release_only: false }));
    }

    #[test]
    fn serve_reads_its_options_in_any_order() {
        let expected = Ok(Request::Serve { port: 9000, release_only: true });
        assert_eq!(request(&["serve", "--port", "9000", "--release-only"]), expected);
        assert_eq!(request(&["--release-only", "--port=9000", "serve"]), expected);
    }

    #[test]
    fn nothing_at_all_is_a_question_for_help() {
        assert_eq!(request(&[]), Ok(Request::Help));
        assert_eq!(request(&["--help"]), Ok(Request::Help));
    }

    #[test]
    fn wrong_arguments_are_refused_with_a_pointer_to_the_help() {
        for wrong in [
            &["fly"][..],
            &["serve", "--port", "99999"],
            &["serve", "--port"],
            &["serve", "--open"],
            &["build", "--port", "1"],
            &["build", "again"],
        ] {
            let failure = request(wrong).expect_err("must be refused").to_string();
            assert!(failure.contains("cargo xtask help"), "{wrong:?}: {failure}");
        }
    }
}
