//! `wasm-opt` of the npm package `binaryen`: some per cent off the download, mostly by the order of the functions.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::bindings;
use crate::failure::{Context, Failure, Result};
use crate::fresh::{self, Fingerprint, Stage};
use crate::layout::Layout;
use crate::step::{run, step};

/// What rustc's output may contain: SIMD by our choice, the rest is rustc's own baseline for wasm32.
/// No relaxed SIMD: its results differ between machines.
const FLAGS: [&str; 15] = [
    "-O2",
    // The compiler has inlined what is hot; more of it makes nothing faster and compresses worse.
    "--one-caller-inline-max-function-size=0",
    "--converge",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    // The two precisions of a function next to each other: they compress into little more than one.
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
];

/// Optimises the bindings' wasm and puts all of the bindings where the page imports them.
pub fn optimise(layout: &Layout) -> Result<()> {
    let package = layout.www().join("node_modules/binaryen");
    let (raw, finished) = (layout.raw_bindings(), layout.bindings());
    let stage = Stage {
        stamps: &layout.scratch(),
        name: "optimise",
        inputs: Fingerprint::new().word(&FLAGS.join(" ")).path(&package.join("package.json"))?.path(&raw)?.finish(),
        outputs: vec![finished.clone()],
    };
    stage.unless_fresh(|| {
        step("Optimising the WebAssembly (wasm-opt)", || {
            let wasm = format!("{}_bg.wasm", bindings::NAME);
            let optimised = layout.scratch().join(&wasm);
            wasm_opt(layout, &raw.join(&wasm), &optimised)?;
            if finished.exists() {
                fs::remove_dir_all(&finished).or_fail(|| format!("empty {}", finished.display()))?;
            }
            for file in fresh::files_under(&raw, &[])? {
                // `files_under(raw)` answers paths under `raw`.
                let name = file.strip_prefix(&raw).unwrap_or(&file).to_path_buf();
                let source = if name.as_os_str() == wasm.as_str() { &optimised } else { &file };
                let bytes = fs::read(source).or_fail(|| format!("read {}", source.display()))?;
                fresh::write(&finished.join(name), &bytes)?;
            }
            let sizes = [raw.join(&wasm), optimised].map(|path| fs::metadata(path).map(|data| data.len()));
            if let [Ok(before), Ok(after)] = sizes {
                eprintln!("  {} kB → {} kB", before / 1000, after / 1000);
                if after == 0 {
                    return Err(Failure::new("wasm-opt made an empty file"));
                }
            }
            Ok(())
        })
    })?;
    Ok(())
}

/// `wasm-opt` from one file to another.
pub fn wasm_opt(layout: &Layout, from: &Path, to: &Path) -> Result<()> {
    let tool = layout.www().join("node_modules/.bin/wasm-opt");
    run(
        Command::new(tool).args(FLAGS).arg(from).arg("-o").arg(to),
        "`binaryen` must be among www/package.json's devDependencies",
    )
}
