//! Where things are: every path that xtask knows, in one place.

use std::env;
use std::path::{Path, PathBuf};

/// The folders of the workspace.
#[derive(Debug, Clone)]
pub struct Layout {
    pub root: PathBuf,
}

impl Layout {
    /// The workspace that `cargo xtask` was called in.
    pub fn find() -> Self {
        // Cargo says at run time where the package is; a binary started by hand falls back on where
        // it was compiled.
        let package =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.ancestors().nth(2).unwrap_or(&package).to_path_buf();
        Self { root }
    }

    pub fn lock(&self) -> PathBuf {
        self.root.join("Cargo.lock")
    }

    pub fn core(&self) -> PathBuf {
        self.root.join("crate/core")
    }

    /// Cargo's output. Always this folder, so that every later step knows where to look.
    pub fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// xtask's own scratch: stamps, bindings before optimising, the driver's settings.
    pub fn scratch(&self) -> PathBuf {
        self.target().join("xtask")
    }

    pub fn www(&self) -> PathBuf {
        self.root.join("www")
    }

    pub fn dist(&self) -> PathBuf {
        self.www().join("dist")
    }

    /// The bindings before `wasm-opt`.
    pub fn raw_bindings(&self) -> PathBuf {
        self.scratch().join("bindings")
    }

    /// The bindings that the page imports.
    pub fn bindings(&self) -> PathBuf {
        self.www().join("src/engine/wasm")
    }

    pub fn generated(&self) -> PathBuf {
        self.www().join("src/generated")
    }

    pub fn public(&self) -> PathBuf {
        self.www().join("public")
    }

    pub fn tests(&self) -> PathBuf {
        self.root.join("tests")
    }

    /// The packed npm package.
    pub fn package(&self) -> PathBuf {
        self.target().join("npm")
    }

    /// The projects that use the package, as the tests install and build them.
    pub fn consumers(&self) -> PathBuf {
        self.target().join("consumers")
    }

    /// What is measured, and beside what.
    pub fn bench(&self) -> PathBuf {
        self.tests().join("bench")
    }

    /// What the benchmark builds and measures.
    pub fn measured(&self) -> PathBuf {
        self.target().join("bench")
    }

    /// `path` as it is told to people: from the root, without this machine's folders.
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}
