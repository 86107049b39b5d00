//! `cargo xtask bench`: gatescope side by side with its peers, in one run of one browser.
//!
//! The driver (`tests/bench/run.js`) measures and writes every sample down; here it is prepared and judged.

mod limit;
mod looking;
mod markdown;
mod measured;
mod options;
mod peers;
mod readme;
mod report;
mod statistics;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::browser::Browser;
use crate::failure::{Context, Result};
use crate::layout::Layout;
use crate::server::Server;
use crate::step::{run, step};
use crate::toolchain::{TARGET, WasmToolchain};
use crate::{fresh, node, site, torch};
pub use options::Options;
use report::Absent;

/// Prepares everything, measures, and prints the report on stdout.
pub fn bench(layout: &Layout, options: &Options) -> Result<()> {
    let toolchain = site::build(layout)?;
    let browser = Browser::obtain()?;
    node::install(layout, &layout.tests())?;

    let mut absent = Vec::new();
    let mut files = vec![
        layout.dist().join("gatescope.js"),
        layout.dist().join("gatescope.wasm"),
        layout.dist().join("gatescope.worker.js"),
    ];
    let mut systems = vec!["ours"];
    let mut take = |system: &'static str, built: Result<Vec<PathBuf>>| match built {
        Ok(more) => {
            files.extend(more);
            systems.push(system);
        }
        Err(failure) => absent.push(peers::without(system, &failure)),
    };
    if options.has("tfjs") {
        take("tfjs", peers::tfjs(layout));
    }
    if options.has("burn") {
        take("burn", peers::burn(layout, &toolchain).map_err(|failure| failure.after("does not build here")));
    }
    let mut python = None;
    if options.has("torch") {
        match torch::python(layout, "torch", options.with_torch) {
            Ok(found) => python = Some(found),
            Err(failure) => absent.push(peers::without("torch", &failure)),
        }
    }
    let site = serve(layout, &files, &probe(layout, &toolchain)?)?;
    let server = Server::bind(0, &site)?;
    let (rounds, slice) = options.pace();
    let script = layout.bench().join("peers/torch_steps.py");
    let answer = layout.measured().join("measured.json");
    let plan = json!({
        "url": server.url()?,
        "chromium": browser.chromium,
        "site": site,
        "answer": answer,
        "rounds": rounds,
        "slice": slice,
        "full": options.only.is_none(),
        "only": options.workloads(),
        "systems": systems,
        "torch": python.map(|python| json!({ "python": python, "script": script })),
    });
    server.run_aside();
    measure(layout, &plan.to_string())?;
    tell(layout, options, &answer, &absent)
}

/// Compiles what the limit is made of.
fn probe(layout: &Layout, toolchain: &WasmToolchain) -> Result<PathBuf> {
    step("Compiling the probe of this machine's limits", || {
        let mut command = toolchain.cargo("build");
        command.args(["--package", "gatescope-probe", "--lib", "--release"]);
        run(&mut command, "the compiler says above what it does not like")
    })?;
    let wasm = toolchain.target().join(TARGET).join("release/gatescope_probe.wasm");
    let copy = layout.measured().join("probe.wasm");
    fs::create_dir_all(layout.measured()).or_fail(|| "make target/bench".into())?;
    fs::copy(&wasm, &copy).or_fail(|| format!("copy {}", layout.shown(&wasm)))?;
    Ok(copy)
}

/// Puts everything that the page loads into one folder.
fn serve(layout: &Layout, files: &[PathBuf], probe: &Path) -> Result<PathBuf> {
    let site = layout.measured().join("site");
    if site.exists() {
        fs::remove_dir_all(&site).or_fail(|| format!("empty {}", layout.shown(&site)))?;
    }
    // What was built replaces the source of the same name: `tfjs.js` is bundled.
    let mut sources = fresh::files_under(&layout.bench().join("page"), &[])?;
    sources.push(layout.bench().join("workloads.json"));
    sources.push(probe.to_path_buf());
    sources.extend_from_slice(files);
    let mut named: Vec<_> =
        sources.into_iter().map(|source| (source.file_name().unwrap_or_default().to_owned(), source)).collect();
    // The app's own way to a lane: the library has none.
    named.push(("lane.js".into(), layout.bindings().join("gatescope.js")));
    for (name, source) in named {
        let bytes = fs::read(&source).or_fail(|| format!("read {}", layout.shown(&source)))?;
        fresh::write(&site.join(name), &bytes)?;
    }
    Ok(site)
}

fn measure(layout: &Layout, plan: &str) -> Result<()> {
    let file = layout.measured().join("plan.json");
    fresh::write(&file, plan.as_bytes())?;
    step("Measuring", || {
        let mut command = Command::new("node");
        command.current_dir(layout.tests()).arg(layout.bench().join("run.js")).arg(&file);
        run(&mut command, "the driver says above what went wrong")
    })
}

/// Writes the report to stdout, to target/bench, and into the README if that was asked for.
fn tell(layout: &Layout, options: &Options, answer: &Path, absent: &[Absent]) -> Result<()> {
    let plan = measured::read(&layout.bench().join("workloads.json"))?;
    let text = report::report(&measured::read(answer)?, &plan, absent);
    print!("{text}");
    fresh::write(&layout.measured().join("report.md"), text.as_bytes())?;
    if options.write_readme {
        let path = layout.root.join("README.md");
        let readme = fs::read_to_string(&path).or_fail(|| "read README.md".into())?;
        fresh::write_if_changed(&path, readme::with_report(&readme, &text)?.as_bytes())?;
    }
    Ok(())
}
