//! `cargo xtask check`: what is fast enough to run before every commit.

use std::process::Command;

use crate::counts::Runner;
use crate::failure::{Failure, Result};
use crate::layout::Layout;
use crate::parts::{Report, Tested, checked, counted};
use crate::toolchain::cargo;
use crate::{layers, node, site, testing};

/// Runs every part to the end and answers whether all of them passed.
pub fn check(layout: &Layout) -> Result<bool> {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(cargo());
        command.current_dir(&layout.root).args(arguments);
        command
    };
    let mut report = Report::default();
    report.part("format", || checked(&mut cargo(&["fmt", "--all", "--check"]), "`cargo fmt --all`"));
    report.part("layers", || layers::check(layout).map(|_| Tested::passed(1)));
    report.part("clippy", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
        checked(&mut cargo(&arguments), "clippy names the lines above")
    });
    report.part("Rust units", || {
        let arguments = ["test", "--package", "gatescope", "--package", "xtask", "--lib", "--bins"];
        counted(&mut cargo(&arguments), Runner::Cargo, "mend what these tests name")
    });

    // Types and unit tests read the bindings and the generated files.
    let mut prepared = Err(Failure::new("not prepared"));
    report.part("bindings and generated files", || {
        let _lock = site::lock(layout)?;
        prepared = site::prepare(layout).map(|_| ());
        prepared.clone().map(|()| Tested::passed(1))
    });
    let needed = || prepared.clone().map_err(|_| Failure::new("it needs the bindings and generated files"));
    report.part("JS types", || needed().and_then(|()| testing::types(layout)));
    if node::has_script(&layout.www(), "lint") {
        report.part("JS lint", || {
            needed()?;
            checked(&mut node::script(&layout.www(), "lint"), "the linter names the lines above")
        });
    }
    report.part("JS units", || needed().and_then(|()| testing::units(layout)));
    Ok(report.finish())
}
