//! `cargo xtask pack`: the npm package, as it would be published.

use std::fs;
use std::path::PathBuf;

use crate::failure::{Context, Failure, Result};
use crate::layout::Layout;
use crate::step::{note, run, step};
use crate::{fresh, node, site};

/// Builds the site, which holds the library, and packs it.
pub fn build_and_pack(layout: &Layout) -> Result<PathBuf> {
    site::build(layout)?;
    let package = pack(layout)?;
    note(&format!("The package is {}", layout.shown(&package)));
    Ok(package)
}

/// Packs what is built; answers the one package that is then in [`Layout::package`].
pub fn pack(layout: &Layout) -> Result<PathBuf> {
    let folder = layout.package();
    let _lock = site::lock(layout)?;
    step("Packing the npm package", || {
        // An earlier version must not linger.
        if folder.exists() {
            fs::remove_dir_all(&folder).or_fail(|| format!("empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).or_fail(|| format!("make the folder {}", folder.display()))?;
        let mut command = node::npm(&layout.www());
        command.args(["pack", "--loglevel=error", "--pack-destination"]).arg(&folder);
        run(&mut command, "npm says above what it does not like")
    })?;
    match fresh::files_under(&folder, &[])?.as_slice() {
        [package] => Ok(package.clone()),
        found => Err(Failure::new(format!("npm packed {} files instead of one", found.len()))),
    }
}
