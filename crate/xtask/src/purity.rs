//! What the core may not know: the browser, the clock, files and everything else outside.

use std::process::Command;

use crate::failure::{Failure, Result};
use crate::layout::Layout;
use crate::step::ask;
use crate::toolchain;

/// Crates that would tie the core to a browser.
const BROWSER_CRATES: [&str; 5] = ["wasm-bindgen", "js-sys", "web-sys", "serde-wasm-bindgen", "wasm-bindgen-futures"];

/// Parts of `std` that the core does without: clocks, files, the outside world.
const OUTSIDE: [&str; 6] = ["std::time", "std::fs", "std::env", "std::net", "std::process", "std::io"];

/// The browser's crates that the core depends on, also through others.
pub fn browser_crates(layout: &Layout) -> Result<Vec<String>> {
    Ok(browser_crates_in(&dependencies(layout)?))
}

/// The rules that one file of the core breaks.
pub fn violations(source: &str) -> Vec<String> {
    source
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter_map(|(number, line)| {
            let module = OUTSIDE.iter().find(|module| line.contains(**module))?;
            Some(format!("line {}: the core may not use `{module}`", number + 1))
        })
        .collect()
}

/// The names of all crates that the core brings into the browser.
fn dependencies(layout: &Layout) -> Result<String> {
    ask(Command::new(toolchain::cargo()).current_dir(&layout.root).args([
        "tree",
        "--package",
        "gatescope",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--target",
        toolchain::TARGET,
    ]))
    .ok_or_else(|| Failure::new("`cargo tree --package gatescope` failed").remedy("run it by hand"))
}

fn browser_crates_in(tree: &str) -> Vec<String> {
    let mut found: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| BROWSER_CRATES.contains(name))
        .map(|name| format!("crate/core/Cargo.toml: the core may not depend on `{name}`"))
        .collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_knows_no_browser_clock_or_file() {
        assert!(violations("use std::collections::HashMap;\n// std::fs is not used\n").is_empty());
        assert_eq!(violations("\nuse std::time::Instant;").len(), 1);
        assert!(browser_crates_in("gatescope v0.1.0 (/x)\nnalgebra v0.35.0\n").is_empty());
        assert_eq!(browser_crates_in("gatescope v0.1.0\njs-sys v0.3.1\njs-sys v0.3.1 (*)\n").len(), 1);
    }
}
