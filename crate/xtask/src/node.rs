//! Node, npm and the packages.

use std::env;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::fresh::{Fingerprint, Stage};
use crate::layout::Layout;
use crate::step::{ask, run, step};

/// The oldest Node that will do (major, minor): what Vite asks for.
const OLDEST: (u32, u32) = (20, 19);

/// `npm`, to be run in `folder`.
pub fn npm(folder: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    command
}

/// Installs the packages of `folder` as its lockfile says, if it has not been done.
pub fn install(layout: &Layout, folder: &Path) -> Result<()> {
    let shown = layout.shown(folder).to_string();
    let lock = folder.join("package-lock.json");
    if !lock.exists() {
        return Err(Failure::new(format!("{shown} has no package-lock.json"))
            .remedy(format!("`npm install --package-lock-only` in {shown}, and commit the file")));
    }
    let node = node_version()?;
    let installed = folder.join("node_modules/.package-lock.json");
    if !complete(folder, &installed) {
        // Without npm's own list of what it installed, the stage runs again.
        let _ = std::fs::remove_file(&installed);
    }
    let stage = Stage {
        stamps: &layout.scratch(),
        name: &format!("npm-{}", shown.replace(['/', '\\'], "-")),
        inputs: Fingerprint::new()
            .word(&node)
            .path(&folder.join("package.json"))?
            .path(&lock)?
            .path(&folder.join(".npmrc"))?
            .finish(),
        // npm writes this file last; hashing all packages would take longer than it is worth.
        outputs: vec![installed],
    };
    stage.unless_fresh(|| {
        step(&format!("Installing the npm packages of {shown}"), || {
            let mut command = npm(folder);
            command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
            // The browser comes from the system (see `browser.rs`), never from a package's download.
            command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
            run(&mut command, "is the npm registry reachable? does package-lock.json match package.json?")
        })
    })?;
    Ok(())
}

/// Whether each package that npm installed in `folder` is still there, by its list of them.
fn complete(folder: &Path, installed: &Path) -> bool {
    let list = std::fs::read(installed).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    list.as_ref()
        .and_then(|list| list["packages"].as_object())
        .is_some_and(|packages| packages.keys().all(|path| folder.join(path).join("package.json").exists()))
}

/// `npm run <script>` in `folder`.
pub fn script(folder: &Path, name: &str) -> Command {
    let mut command = npm(folder);
    command.args(["run", "--silent", name]);
    command
}

/// Whether `folder`'s package.json has the script.
pub fn has_script(folder: &Path, name: &str) -> bool {
    std::fs::read(folder.join("package.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .is_some_and(|package| package["scripts"][name].is_string())
}

/// Builds the site with Vite, if anything under www changed since.
pub fn build_site(layout: &Layout) -> Result<()> {
    let (www, dist) = (layout.www(), layout.dist());
    let stage = Stage {
        stamps: &layout.scratch(),
        name: "site",
        inputs: Fingerprint::new().word(&node_version()?).path_except(&www, &["test"])?.finish(),
        outputs: vec![dist.clone()],
    };
    stage.unless_fresh(|| {
        step("Building the site (Vite)", || {
            run(&mut script(&www, "build"), "Vite says above what it does not like")?;
            match ["index.html", "gatescope.wasm"].iter().find(|name| !dist.join(name).exists()) {
                None => Ok(()),
                Some(name) => Err(Failure::new(format!("the build ended without www/dist/{name}"))
                    .remedy("www's Vite configuration has to put it there")),
            }
        })
    })?;
    Ok(())
}

fn node_version() -> Result<String> {
    let (major, minor) = OLDEST;
    let remedy = format!("install Node {major}.{minor} or newer (https://nodejs.org, or your system's package)");
    let version = ask(Command::new("node").arg("--version"))
        .ok_or_else(|| Failure::new("there is no Node on the PATH").remedy(&remedy))?;
    match parse_version(&version) {
        Some(found) if found >= OLDEST => Ok(version),
        _ => Err(Failure::new(format!("Node {version} is too old")).remedy(&remedy)),
    }
}

/// `v20.11.1` → (20, 11)
fn parse_version(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Asks for output without colours: it is read by a program (and kept in a log) before a person sees it.
pub fn plain_output(command: &mut Command) -> &mut Command {
    if env::var_os("FORCE_COLOR").is_none() {
        command.env("NO_COLOR", "1");
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_version_is_read() {
        assert_eq!(parse_version("v20.19.1\n"), Some((20, 19)));
        assert_eq!(parse_version("v9.0.0"), Some((9, 0)));
        assert_eq!(parse_version("20"), None);
        assert_eq!(parse_version(""), None);
    }
}
