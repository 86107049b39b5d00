//! The command line (its meaning is public: see the help text).

use lexopt::{Arg, Parser, ValueExt as _};

use crate::bench::Options;
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
  bench [--rounds 7] [--only W1,W2,…] [--quick] [--peers tfjs,burn,torch|none] [--with-torch] [--write-readme]
              measures a training step in a headless Chromium, gatescope's beside its peers', and
              prints the tables. The peers are fetched and built for it, which takes some minutes
              the first time. (The pieces of the core natively: `cargo bench -p gatescope`)
              --quick: one short round of the two smallest workloads, to see that it works
              --with-torch: installs PyTorch into target/bench where Python has none
              --write-readme: puts the tables of a whole run into README.md
  torch       runs the scripts of the code view in PyTorch, which it installs into target/bench where
              Python has none, and compares their gradients with the page's
  webkit      opens the page, the element and the one file in WebKit, trains there and compares the bits;
              installs Debian's webkit2gtk-driver and xvfb where they are missing
  help        this text

Each command gets what it needs by itself: the wasm target, the pinned wasm-bindgen, npm packages,
for `test` (two), `bench` and `torch` also a browser. It takes Rust and Node 20.19 or newer.

GATESCOPE_WASM_TOOLCHAIN=installed|rustup|debian  insists on one way to the wasm target
CHROMIUM=/path/to/chromium                        the browser that the tests use
FIREFOX=/path/to/firefox                          the other engine that some of them use
";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Serve { port: u16, release_only: bool },
    Test,
    Build,
    Pack,
    Check,
    Bench(Options),
    Torch,
    WebKit,
    Help,
}

/// Reads the arguments after the program's name.
pub fn parse(mut parser: Parser) -> Result<Request> {
    let usage = |error: &dyn std::fmt::Display| Failure::new(error).remedy("see `cargo xtask help`");

    let mut command: Option<String> = None;
    let mut port = None;
    let mut release_only = false;
    let mut bench = Options::default();
    while let Some(argument) = parser.next().map_err(|error| usage(&error))? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Request::Help),
            Arg::Long("port") => {
                let value = parser.value().and_then(|value| value.parse::<u16>());
                port = Some(value.map_err(|error| usage(&format!("--port: {error}")))?);
            }
            Arg::Long("release-only") => release_only = true,
            Arg::Long("quick") => bench.quick = true,
            Arg::Long("with-torch") => bench.with_torch = true,
            Arg::Long("write-readme") => bench.write_readme = true,
            Arg::Long(name @ ("rounds" | "only" | "peers")) => {
                let read = match name {
                    "rounds" => Options::rounds,
                    "only" => Options::only,
                    _ => Options::peers,
                };
                let value = parser.value().and_then(|value| value.string()).map_err(|error| usage(&error))?;
                read(&mut bench, &value).map_err(|failure| usage(&failure))?;
            }
            Arg::Value(value) if command.is_none() => {
                command = Some(value.to_string_lossy().into_owned());
            }
            other => return Err(usage(&other.unexpected())),
        }
    }

    let for_serve = port.is_some() || release_only;
    let for_bench = bench != Options::default();
    let request = match command.as_deref() {
        Some("serve") => Request::Serve { port: port.unwrap_or(8080), release_only },
        Some("test") => Request::Test,
        Some("build") => Request::Build,
        Some("pack") => Request::Pack,
        Some("check") => Request::Check,
        Some("bench") => Request::Bench(bench.check().map_err(|failure| usage(&failure))?),
        Some("torch") => Request::Torch,
        Some("webkit") => Request::WebKit,
        Some("help") | None => Request::Help,
        Some(other) => return Err(usage(&format!("there is no command `{other}`"))),
    };
    if for_serve && !matches!(request, Request::Serve { .. }) {
        return Err(usage(&"--port and --release-only belong to `serve`"));
    }
    if for_bench && !matches!(request, Request::Bench(_)) {
        return Err(usage(&"--rounds, --only, --quick, --peers, --with-torch and --write-readme belong to `bench`"));
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
    fn bench_reads_its_options() {
        assert_eq!(request(&["bench"]), Ok(Request::Bench(Options::default())));
        let Ok(Request::Bench(options)) = request(&["bench", "--only=W2", "--peers", "none", "--rounds", "3"]) else {
            panic!("it is asked for");
        };
        assert_eq!((options.rounds, options.only, options.peers), (3, Some(vec!["W2".to_owned()]), Vec::new()));
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
            &["bench", "--rounds", "0"],
            &["bench", "--only", "W9"],
            &["bench", "--peers"],
            &["bench", "--port", "1"],
            &["serve", "--quick"],
            &["bench", "--quick", "--write-readme"],
        ] {
            let failure = request(wrong).expect_err("must be refused").to_string();
            assert!(failure.contains("cargo xtask help"), "{wrong:?}: {failure}");
        }
    }
}
