//! Fetching and building the systems that gatescope is measured beside. None of them is needed for anything else.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::failure::{Context, Failure, Result};
use crate::fresh::{Fingerprint, Stage};
use crate::layout::Layout;
use crate::step::{note, run, step};
use crate::toolchain::{TARGET, WasmToolchain};
use crate::{node, optimise};

/// The name of Burn's crate, as the compiler writes it.
const BURN: &str = "bench_burn";

/// Bundles TensorFlow.js with the code that trains with it; answers the files to serve.
pub fn tfjs(layout: &Layout) -> Result<Vec<PathBuf>> {
    let bench = layout.bench();
    node::install(layout, &bench)?;
    let (source, bundle) = (bench.join("page/tfjs.js"), layout.measured().join("tfjs/tfjs.js"));
    let stage = Stage {
        stamps: &layout.scratch(),
        name: "bench-tfjs",
        inputs: Fingerprint::new().path(&source)?.path(&bench.join("package-lock.json"))?.finish(),
        outputs: vec![bundle.clone()],
    };
    stage.unless_fresh(|| {
        step("Bundling TensorFlow.js", || {
            let mut command = Command::new(bench.join("node_modules/.bin/esbuild"));
            command.current_dir(&bench).arg(&source).args(["--bundle", "--minify", "--format=esm", "--target=es2022"]);
            // Node's modules, which it asks for only in Node.
            command.args(["fs", "path", "os", "worker_threads", "perf_hooks"].map(|name| format!("--external:{name}")));
            command.arg("--log-level=warning").arg(format!("--outfile={}", bundle.display()));
            run(&mut command, "esbuild says above what it does not like")
        })
    })?;
    let wasm = bench.join("node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm");
    Ok(vec![bundle, wasm])
}

/// Builds Burn for the browser as ours is built: SIMD, whole-program optimisation, `wasm-opt`.
pub fn burn(layout: &Layout, toolchain: &WasmToolchain) -> Result<Vec<PathBuf>> {
    let (package, target, folder) =
        (layout.bench().join("burn"), layout.measured().join("burn-target"), layout.measured().join("burn"));
    step("Compiling Burn to WebAssembly (some minutes, the first time)", || {
        let mut command = toolchain.cargo_in("build", &target);
        command.current_dir(&package).args(["--release", "--locked"]);
        run(&mut command, "the compiler says above what it does not like")
    })?;
    let wasm = target.join(TARGET).join("release").join(format!("{BURN}.wasm"));
    let files = vec![folder.join(format!("{BURN}.js")), folder.join(format!("{BURN}_bg.wasm"))];
    let stage = Stage {
        stamps: &layout.scratch(),
        name: "bench-burn",
        inputs: Fingerprint::new().path(&wasm)?.finish(),
        outputs: files.clone(),
    };
    stage.unless_fresh(|| {
        step("Generating Burn's bindings", || {
            let raw = layout.measured().join("burn-raw");
            let mut bindgen = Bindgen::new();
            bindgen.input_path(&wasm).out_name(BURN).typescript(false);
            bindgen
                .web(true)
                .and_then(|bindgen| bindgen.generate(&raw))
                .map_err(|error| Failure::new(format!("wasm-bindgen: {error:#}")))?;
            fs::create_dir_all(&folder).or_fail(|| format!("make the folder {}", folder.display()))?;
            let name = format!("{BURN}.js");
            fs::copy(raw.join(&name), folder.join(&name)).or_fail(|| format!("copy {name}"))?;
            let name = format!("{BURN}_bg.wasm");
            optimise::wasm_opt(layout, &raw.join(&name), &folder.join(&name))
        })
    })?;
    Ok(files)
}

/// Says that a peer takes no part, and goes on without it.
pub fn without(system: &'static str, failure: &Failure) -> super::report::Absent {
    note(&format!("Without {system}: {failure}"));
    let reason = failure.to_string().lines().next().unwrap_or_default().to_owned();
    super::report::Absent { system, reason }
}
