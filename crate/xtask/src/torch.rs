//! `cargo xtask torch`: what the page shows, computed once more by PyTorch. Not a part of `test`, whose machines should not
//! have to load a gigabyte.

use std::path::PathBuf;
use std::process::Command;

use crate::browser::Browser;
use crate::failure::{Failure, Result};
use crate::layout::Layout;
use crate::parts::{Report, Tested};
use crate::step::{ask, run, step};
use crate::{site, testing};

/// Runs the code view's scripts and compares their gradients with the page's; answers whether all agree.
pub fn compare(layout: &Layout) -> Result<bool> {
    site::build(layout)?;
    let browser = Browser::obtain()?;
    let python = python(layout, "torch, safetensors.torch", true)?;
    let mut report = Report::default();
    report.part("scripts in PyTorch", || -> Result<Tested> {
        testing::in_browser(layout, &browser, "torch", &layout.dist(), &[("TORCH_PYTHON", &python)])
    });
    Ok(report.finish())
}

/// A Python that can import `modules` of PyTorch's: the system's, or one installed under `target` when that was asked for.
pub fn python(layout: &Layout, modules: &str, install: bool) -> Result<PathBuf> {
    let can = |python: &PathBuf| ask(Command::new(python).args(["-c", &format!("import {modules}")])).is_some();
    let folder = layout.measured().join("python");
    let own = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python3" });
    if let Some(python) = [PathBuf::from("python3"), own.clone()].into_iter().find(can) {
        return Ok(python);
    }
    if !install {
        return Err(Failure::new("torch not importable (`--with-torch` installs it)"));
    }
    step("Installing PyTorch into target/bench/python (large)", || {
        let remedy = "is the Python package index reachable, and Debian's python3-venv installed?";
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder), remedy)?;
        let packages = ["torch", "numpy", "safetensors", "packaging"];
        run(Command::new(&own).args(["-m", "pip", "install", "--quiet"]).args(packages), remedy)
    })?;
    if can(&own) { Ok(own) } else { Err(Failure::new("torch was installed and cannot be imported")) }
}
