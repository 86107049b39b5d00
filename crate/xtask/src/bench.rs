//! `cargo xtask bench`: the benchmarks of the workspace.

use std::process::Command;

use crate::failure::{Failure, Result};
use crate::fresh;
use crate::layout::Layout;
use crate::step::run;
use crate::toolchain::cargo;

/// Runs `cargo bench`, if there is anything to run.
pub fn bench(layout: &Layout) -> Result<()> {
    let found = fresh::files_under(&layout.core().join("benches"), &[])?;
    if found.is_empty() {
        return Err(Failure::new("there are no benchmarks yet: crate/core/benches is empty"));
    }
    let mut command = Command::new(cargo());
    command.current_dir(&layout.root).args(["bench", "--package", "gatescope", "--benches"]);
    run(&mut command, "the output above says what is wrong")
}
