//! Debian's packages, where they can be installed.

use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::step::{ask, run, step};

/// Whether all of these packages are installed.
pub fn installed(packages: &[&str]) -> bool {
    packages.iter().all(|package| {
        ask(Command::new("dpkg-query").args(["-W", "-f=${Status}", package]))
            .is_some_and(|status| status == "install ok installed")
    })
}

/// Installs packages, as root or by `sudo` where that asks no password.
pub fn install(packages: &[&str]) -> Result<()> {
    if installed(packages) { Ok(()) } else { renew(packages) }
}

/// Installs packages, or the newest of what is installed already.
pub fn renew(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let by_hand = format!("as root: `apt-get update && apt-get install {list}`");
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(Failure::new(format!("this machine has no apt-get to install {list} with"))
            .remedy("install their like with this system's own package manager"));
    }
    let apt: &[&str] = if ask(Command::new("id").arg("-u")).as_deref() == Some("0") {
        &["apt-get"]
    } else if ask(Command::new("sudo").args(["-n", "true"])).is_some() {
        &["sudo", "-n", "apt-get"]
    } else {
        return Err(Failure::new(format!("installing {list} takes root")).remedy(by_hand));
    };
    let command = |arguments: &[&str]| {
        let mut command = Command::new(apt[0]);
        command.args(&apt[1..]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step(&format!("Installing Debian's {list}"), || {
        run(&mut command(&["update", "-qq"]), &by_hand)?;
        let quietly = "-oDpkg::Use-Pty=0";
        let arguments = ["install", "-y", "-qq", quietly, "--no-install-recommends"];
        run(command(&arguments).args(packages), &by_hand)
    })
}
