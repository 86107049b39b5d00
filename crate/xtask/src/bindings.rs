//! The wasm module and its JS bindings, made by the library of exactly the locked wasm-bindgen.

use std::fs;
use std::path::PathBuf;

use wasm_bindgen_cli_support::Bindgen;

use crate::failure::{Context, Failure, Result};
use crate::fresh::{Fingerprint, Stage};
use crate::layout::Layout;
use crate::step::{run, step};
use crate::toolchain::{TARGET, WasmToolchain};

/// The name of the bindings' files.
pub const NAME: &str = "gatescope";

/// Compiles `gatescope-wasm` for the browser; cargo itself knows what is fresh.
pub fn compile(toolchain: &WasmToolchain) -> Result<PathBuf> {
    step("Compiling the core to WebAssembly", || {
        let mut command = toolchain.cargo("build");
        command.args(["--package", "gatescope-wasm", "--lib", "--release"]);
        run(&mut command, "the compiler says above what it does not like")
    })?;
    let wasm = toolchain.target().join(TARGET).join("release/gatescope_wasm.wasm");
    if wasm.exists() {
        Ok(wasm)
    } else {
        Err(Failure::new(format!("cargo made no {}", wasm.display()))
            .remedy("crate/wasm needs `crate-type = [\"cdylib\", \"rlib\"]`"))
    }
}

/// Generates the bindings of `wasm` (target web) into [`Layout::raw_bindings`].
pub fn generate(layout: &Layout, wasm: &PathBuf) -> Result<()> {
    let version = locked_version(layout)?;
    let stage = Stage {
        stamps: &layout.scratch(),
        name: "bindings",
        inputs: Fingerprint::new().word(&version).path(wasm)?.finish(),
        outputs: vec![layout.raw_bindings()],
    };
    stage.unless_fresh(|| {
        step(&format!("Generating the bindings (wasm-bindgen {version})"), || {
            let folder = layout.raw_bindings();
            // What an earlier version made must not linger.
            if folder.exists() {
                fs::remove_dir_all(&folder).or_fail(|| format!("empty {}", folder.display()))?;
            }
            let mut bindgen = Bindgen::new();
            bindgen
                .input_path(wasm)
                .out_name(NAME)
                .typescript(true)
                // The optimiser orders the functions by it, and then takes it out.
                .remove_name_section(false)
                .remove_producers_section(true);
            bindgen
                .web(true)
                .and_then(|bindgen| bindgen.generate(&folder))
                // `{:#}` shows the whole chain of causes.
                .map_err(|error| Failure::new(format!("wasm-bindgen: {error:#}")))
        })
    })?;
    Ok(())
}

/// The one version of wasm-bindgen in Cargo.lock, which must be that of its generator too.
fn locked_version(layout: &Layout) -> Result<String> {
    let path = layout.lock();
    let lock = fs::read_to_string(&path).or_fail(|| format!("read {}", path.display()))?;
    check_versions(&lock)
}

fn check_versions(lock: &str) -> Result<String> {
    let one = |name: &str| match versions(lock, name).as_slice() {
        [version] => Ok((*version).to_owned()),
        [] => Err(Failure::new(format!("Cargo.lock has no {name}"))),
        several => Err(Failure::new(format!("Cargo.lock has {name} {}", several.join(" and ")))),
    };
    let (runtime, generator) = (one("wasm-bindgen")?, one("wasm-bindgen-cli-support")?);
    if runtime == generator {
        return Ok(runtime);
    }
    Err(Failure::new(format!("Cargo.lock has wasm-bindgen {runtime}, but wasm-bindgen-cli-support {generator}"))
        .remedy("pin both to one `=` version in the workspace's Cargo.toml"))
}

/// The versions of a package in the text of a Cargo.lock.
fn versions<'a>(lock: &'a str, name: &str) -> Vec<&'a str> {
    let wanted = format!("name = \"{name}\"");
    let lines: Vec<&str> = lock.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == wanted)
        .filter_map(|pair| pair[1].strip_prefix("version = \"")?.strip_suffix('"'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(packages: &[(&str, &str)]) -> String {
        packages
            .iter()
            .map(|(name, version)| {
                format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"…\"\n\n")
            })
            .collect()
    }

    #[test]
    fn the_versions_of_runtime_and_generator_must_be_one() {
        let equal = lock(&[("wasm-bindgen", "0.2.1"), ("wasm-bindgen-cli-support", "0.2.1")]);
        assert_eq!(check_versions(&equal), Ok("0.2.1".into()));

        let unequal = lock(&[("wasm-bindgen", "0.2.1"), ("wasm-bindgen-cli-support", "0.2.2")]);
        let failure = check_versions(&unequal).expect_err("they differ").to_string();
        assert!(failure.contains("0.2.1") && failure.contains("0.2.2"), "{failure}");
    }

    #[test]
    fn a_package_that_is_missing_or_there_twice_is_named() {
        let missing = check_versions(&lock(&[("wasm-bindgen", "0.2.1")])).expect_err("missing");
        assert!(missing.to_string().contains("no wasm-bindgen-cli-support"));
        let twice = lock(&[("wasm-bindgen", "0.2.1"), ("wasm-bindgen", "0.3.0")]);
        let twice = check_versions(&twice).expect_err("two of them");
        assert!(twice.to_string().contains("0.2.1 and 0.3.0"));
    }

    #[test]
    fn this_workspace_is_pinned() {
        locked_version(&Layout::find()).expect("the versions in Cargo.lock agree");
    }
}
