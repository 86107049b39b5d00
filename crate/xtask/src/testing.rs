//! `cargo xtask test`: every test there is.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::browser::{Browser, firefox};
use crate::counts::Runner;
use crate::failure::{Failure, Result};
use crate::layout::Layout;
use crate::parts::{Report, Tested, checked, counted};
use crate::server::Server;
use crate::step::{ask, run, step};
use crate::toolchain::{WasmToolchain, cargo};
use crate::{consumers, layers, node, package, site};

/// The package of the tests.
const TESTS: &str = "gatescope-tests";

/// Builds, runs every part to the end, and answers whether all of them passed.
pub fn test(layout: &Layout) -> Result<bool> {
    let mut report = Report::default();
    let mut built = Err(Failure::new("the site was not built"));
    report.part("build", || {
        built = site::build(layout);
        built.as_ref().map(|_| Tested::passed(1)).map_err(Clone::clone)
    });
    let mut browser = Err(Failure::new("no browser"));
    report.part("browser at hand", || {
        browser = Browser::obtain();
        browser.as_ref().map(|_| Tested::passed(1)).map_err(Clone::clone)
    });

    report.part("layers", || layers::check(layout).map(|_| Tested::passed(1)));
    report.part("Rust, native", || native(layout));
    report.part("Rust, on wasm", || on_wasm(layout, needed(&built)?, needed(&browser)?));
    report.part("JS types", || needed(&built).and_then(|_| types(layout)));
    report.part("JS units", || needed(&built).and_then(|_| units(layout)));
    report.part("browser, end to end", || {
        needed(&built)?;
        in_browser(layout, needed(&browser)?, "page", &layout.dist(), &[])
    });
    report.part("another engine (Firefox)", || {
        needed(&built)?;
        in_browser(layout, needed(&browser)?, "firefox", &layout.dist(), &[("FIREFOX", &firefox()?)])
    });
    let mut consumers = Err(Failure::new("the package was not installed"));
    report.part("package, installed", || {
        needed(&built)?;
        consumers = package::pack(layout).and_then(|package| consumers::prepare(layout, &package));
        consumers.as_ref().map(|_| Tested::passed(1)).map_err(Clone::clone)
    });
    report.part("package, in Node", || {
        let mut command = consumers::node_tests(needed(&consumers)?);
        counted(node::plain_output(&mut command), Runner::Node, "mend what these tests name")
    });
    report.part("package, in a browser", || {
        in_browser(layout, needed(&browser)?, "package", &needed(&consumers)?.site, &[])
    });
    Ok(report.finish())
}

/// What an earlier part made, or why this one cannot run.
fn needed<T>(made: &Result<T>) -> Result<&T> {
    made.as_ref().map_err(|failure| Failure::new(format!("it needs what failed before: {failure}")))
}

fn native(layout: &Layout) -> Result<Tested> {
    let mut command = Command::new(cargo());
    command.current_dir(&layout.root).args(["test", "--workspace", "--no-fail-fast"]);
    // What tests measure, they print; it belongs into the log also when they pass.
    command.args(["--", "--show-output"]);
    counted(&mut command, Runner::Cargo, "mend what these tests name")
}

/// The tests under tests/wasm, in the browser.
fn on_wasm(layout: &Layout, toolchain: &WasmToolchain, browser: &Browser) -> Result<Tested> {
    let names = wasm_tests(layout)?;
    let runner = test_runner(layout)?;
    let mut command = toolchain.cargo("test");
    command.args(["--package", TESTS, "--release", "--no-fail-fast"]);
    for name in names {
        command.args(["--test", &name]);
    }
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    browser.drive(layout, &mut command)?;
    counted(&mut command, Runner::Cargo, "mend what these tests name")
}

/// The names of the test targets whose source is under tests/wasm.
fn wasm_tests(layout: &Layout) -> Result<Vec<String>> {
    let metadata =
        ask(Command::new(cargo()).current_dir(&layout.root).args(["metadata", "--no-deps", "--format-version", "1"]))
            .and_then(|text| serde_json::from_str::<Value>(&text).ok())
            .ok_or_else(|| Failure::new("`cargo metadata` failed").remedy("run it by hand"))?;
    let names = targets_under(&metadata, &layout.tests().join("wasm"));
    if names.is_empty() {
        return Err(Failure::new(format!("the package {TESTS} has no test target under tests/wasm")));
    }
    Ok(names)
}

fn targets_under(metadata: &Value, folder: &Path) -> Vec<String> {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    list(metadata, "packages")
        .iter()
        .filter(|package| package["name"] == TESTS)
        .flat_map(|package| list(package, "targets"))
        .filter(|target| target["src_path"].as_str().is_some_and(|path| Path::new(path).starts_with(folder)))
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect()
}

/// Compiles wasm-bindgen's own test runner (see `bin/wasm-test-runner.rs`); answers how to call it.
fn test_runner(layout: &Layout) -> Result<std::path::PathBuf> {
    step("Compiling the wasm test runner", || {
        let mut command = Command::new(cargo());
        command.current_dir(&layout.root).arg("build").arg("--target-dir").arg(layout.target()).args([
            "--package",
            "xtask",
            "--bin",
            "wasm-test-runner",
            "--features",
            "wasm-test-runner",
        ]);
        run(&mut command, "the compiler says above what it does not like")
    })?;
    Ok(layout.target().join("debug/wasm-test-runner").with_extension(std::env::consts::EXE_EXTENSION))
}

/// `tsc` over the page's JSDoc.
pub fn types(layout: &Layout) -> Result<Tested> {
    checked(&mut node::script(&layout.www(), "check"), "tsc names the lines above")
}

/// The page's unit tests.
pub fn units(layout: &Layout) -> Result<Tested> {
    let mut command = node::script(&layout.www(), "test");
    counted(node::plain_output(&mut command), Runner::Node, "mend what these tests name")
}

/// One of Playwright's projects, on a folder that is served as `cargo xtask serve` does.
pub fn in_browser(
    layout: &Layout,
    browser: &Browser,
    project: &str,
    folder: &Path,
    environment: &[(&str, &Path)],
) -> Result<Tested> {
    let tests = layout.tests();
    node::install(layout, &tests)?;
    let server = Server::bind(0, folder)?;
    let url = server.url()?;
    server.run_aside();
    let mut command = Command::new(tests.join("node_modules/.bin/playwright"));
    command
        .current_dir(&tests)
        .args(["test", "--reporter=list", "--project", project])
        .env("CHROMIUM", &browser.chromium)
        .env("BASE_URL", url)
        .env("GATESCOPE_DIST", layout.dist())
        .env("GATESCOPE_CONSUMERS", layout.consumers())
        .envs(environment.iter().copied());
    counted(node::plain_output(&mut command), Runner::Playwright, "mend what these tests name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_test_targets_under_the_folder_run_on_wasm() {
        let metadata = json!({ "packages": [
            { "name": "other", "targets": [{ "name": "no", "src_path": "/w/tests/wasm/no.rs" }] },
            { "name": TESTS, "targets": [
                { "name": "boundary", "src_path": "/w/tests/wasm/boundary.rs" },
                { "name": "learning", "src_path": "/w/tests/rust/learning.rs" },
            ] },
        ] });
        assert_eq!(targets_under(&metadata, Path::new("/w/tests/wasm")), ["boundary"]);
    }
}
