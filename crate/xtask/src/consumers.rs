//! Projects that use the npm package as others will: each is copied under `target`, the packed package is installed into
//! the copy, and the bundlers' pages are built. What browsers are to open lies in one folder then.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Result};
use crate::layout::Layout;
use crate::step::{run, step};
use crate::{fresh, node};

/// Projects that npm installs something in.
const PROJECTS: [&str; 3] = ["node", "vite", "webpack"];

/// Those of them that build a page into their `dist`.
const BUNDLED: [&str; 2] = ["vite", "webpack"];

/// The projects, ready to be tested.
#[derive(Debug, Clone)]
pub struct Consumers {
    /// The project whose tests run in Node.
    pub node: PathBuf,
    /// All pages, a folder each.
    pub site: PathBuf,
}

/// Sets up everything anew but the packages from the registry, which stay while the lockfiles do.
pub fn prepare(layout: &Layout, package: &Path) -> Result<Consumers> {
    let all = layout.consumers();
    let site = all.join("site");
    for project in PROJECTS {
        let folder = all.join(project);
        sources(layout, project, &folder)?;
        node::install(layout, &folder)?;
        install(&folder, project, package)?;
    }
    if site.exists() {
        fs::remove_dir_all(&site).or_fail(|| format!("empty {}", site.display()))?;
    }
    for project in BUNDLED {
        step(&format!("Building the page of {project}"), || {
            run(&mut node::script(&all.join(project), "build"), "the bundler says above what it does not like")
        })?;
        copy(&all.join(project).join("dist"), &site.join(project))?;
    }
    plain(layout, &all, &site)?;
    across(layout, &site)?;
    Ok(Consumers { node: all.join("node"), site })
}

/// The project itself, what it shares with the others, and the repository's files that it reads.
fn sources(layout: &Layout, project: &str, folder: &Path) -> Result<()> {
    let from = layout.tests().join("consumers");
    for file in fresh::files_under(folder, &[])? {
        fs::remove_file(&file).or_fail(|| format!("remove {}", file.display()))?;
    }
    copy(&from.join(project), folder)?;
    for file in ["experiment.js", "readme.js"] {
        copy(&from.join("shared").join(file), &folder.join(file))?;
    }
    copy(&layout.www().join("README.md"), &folder.join("package-README.md"))?;
    if BUNDLED.contains(&project) {
        copy(&from.join("shared/hosting"), folder)?;
        return copy(&from.join("shared/bundled"), folder);
    }
    copy(&layout.root.join("README.md"), &folder.join("README.md"))?;
    copy(&layout.tests().join("fixtures/models"), &folder.join("models"))
}

/// Installs the package from its file; nothing else is to be fetched for it.
fn install(folder: &Path, project: &str, package: &Path) -> Result<()> {
    step(&format!("Installing the package into {project}"), || {
        let mut command = node::npm(folder);
        command
            .args(["install", "--no-save", "--offline", "--no-audit", "--no-fund"])
            .arg("--loglevel=error")
            .arg(package);
        run(&mut command, "it must install without the registry: has it got a dependency?")
    })
}

/// The page without a bundler: the package's files lie beside it as they are.
fn plain(layout: &Layout, all: &Path, site: &Path) -> Result<()> {
    let page = site.join("plain");
    let tests = layout.tests().join("consumers");
    copy(&tests.join("plain"), &page)?;
    copy(&tests.join("shared/experiment.js"), &page.join("experiment.js"))?;
    copy(&tests.join("shared/index.html"), &site.join("index.html"))?;
    copy(&tests.join("shared/hosting"), &page)?;
    copy(&all.join("node/node_modules/gatescope/dist"), &page.join("gatescope"))
}

/// The pages whose widget comes from another origin: as an element, and in a frame.
fn across(layout: &Layout, site: &Path) -> Result<()> {
    let tests = layout.tests().join("consumers");
    for project in ["foreign", "framed"] {
        let page = site.join(project);
        copy(&tests.join(project), &page)?;
        copy(&tests.join("shared/hosting"), &page)?;
    }
    Ok(())
}

/// Copies a file, or all sources of a folder.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in fresh::files_under(from, &[])? {
        let bytes = fs::read(&file).or_fail(|| format!("read {}", file.display()))?;
        let name = file.strip_prefix(from).unwrap_or(&file);
        let target = if from.is_dir() { to.join(name) } else { to.to_path_buf() };
        fresh::write(&target, &bytes)?;
    }
    Ok(())
}

/// The tests of the project that runs in Node.
pub fn node_tests(consumers: &Consumers) -> Command {
    node::script(&consumers.node, "test")
}
