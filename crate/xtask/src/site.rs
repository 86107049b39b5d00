//! The order in which the site is built.

use std::fs::File;
use std::thread;

use crate::failure::{Context, Result};
use crate::layout::Layout;
use crate::step::{note, seconds};
use crate::toolchain::WasmToolchain;
use crate::{bindings, fresh, generated, node, optimise};

/// Everything that type checks, unit tests and Vite need: packages, bindings, generated files.
pub fn prepare(layout: &Layout) -> Result<WasmToolchain> {
    // npm mostly waits for the network and the disk, the compiler for the processor.
    let (packages, compiled) = thread::scope(|scope| {
        let packages = scope.spawn(|| node::install(layout, &layout.www()));
        let compiled = WasmToolchain::obtain(layout)
            .and_then(|toolchain| bindings::compile(&toolchain).map(|wasm| (toolchain, wasm)));
        let packages = packages.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (packages, compiled)
    });
    let (toolchain, wasm) = compiled?;
    packages?;
    bindings::generate(layout, &wasm)?;
    optimise::optimise(layout)?;
    generated::generate(layout)?;
    Ok(toolchain)
}

/// Builds the static site into `www/dist`.
pub fn build(layout: &Layout) -> Result<WasmToolchain> {
    let start = std::time::Instant::now();
    let lock = lock(layout)?;
    let toolchain = prepare(layout)?;
    node::build_site(layout)?;
    drop(lock);
    note(&format!("The site is in www/dist ({})", seconds(start.elapsed())));
    Ok(toolchain)
}

/// Keeps a second `cargo xtask` from building in the same folders at the same time; released with the
/// file that it answers.
pub fn lock(layout: &Layout) -> Result<File> {
    let path = layout.scratch().join("lock");
    fresh::write_if_changed(&path, b"")?;
    let file = File::open(&path).or_fail(|| format!("open {}", path.display()))?;
    if file.try_lock().is_err() {
        note("Waiting for another `cargo xtask` to finish building");
        file.lock().or_fail(|| format!("lock {}", path.display()))?;
    }
    Ok(file)
}
