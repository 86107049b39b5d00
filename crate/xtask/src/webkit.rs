//! `cargo xtask webkit`: the site in WebKit, Safari's engine, as Debian ships it. Not a part of `test`, which has to run where
//! there is no Debian.

use std::process::Command;

use crate::counts::Runner;
use crate::failure::Result;
use crate::layout::Layout;
use crate::parts::{Report, counted};
use crate::step::note;
use crate::{apt, node, site};

/// WebKit with its driver, and a screen that nobody sees.
const DEBIAN: [&str; 2] = ["webkit2gtk-driver", "xvfb"];

/// Opens the built site in WebKit and trains there; answers whether all is as in the other browsers.
pub fn test(layout: &Layout) -> Result<bool> {
    site::build(layout)?;
    if !apt::installed(&DEBIAN) {
        note(&format!("WebKit is not there: installing Debian's {}", DEBIAN.join(" and ")));
    }
    apt::install(&DEBIAN)?;
    let mut report = Report::default();
    report.part("WebKit", || {
        let mut command = Command::new("node");
        command.args(["--test", "webkit/webkit.test.js"]).current_dir(layout.tests());
        counted(node::plain_output(&mut command), Runner::Node, "mend what these tests name")
    });
    Ok(report.finish())
}
