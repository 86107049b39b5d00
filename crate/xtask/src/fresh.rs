//! Doing again only what has to be done again.
//!
//! A stage has inputs (files and words) and outputs. Its stamp holds the hash of both as they were when
//! it last succeeded. Only contents count, never times: a fresh clone, a copied tree and a touched
//! file all behave alike, and an output that was deleted or altered is made again.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::{Context, Result};

/// Folders that are never an input: what tools leave beside the sources.
const NEVER_INPUT: [&str; 4] = ["node_modules", "dist", "target", ".git"];

/// A hash of contents. The hasher is the standard library's: 64 bits are plenty for telling an edit,
/// and a new Rust that hashes otherwise only runs each stage once more.
#[derive(Default)]
pub struct Fingerprint(DefaultHasher);

impl Fingerprint {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a word: a version, a flag.
    #[must_use]
    pub fn word(mut self, word: &str) -> Self {
        word.hash(&mut self.0);
        self
    }

    /// Adds a file, or all files of a folder with their names. What is missing counts as missing.
    pub fn path(self, path: &Path) -> Result<Self> {
        self.path_except(path, &[])
    }

    /// As [`path`](Self::path), without the folders and files of these names.
    pub fn path_except(mut self, path: &Path, except: &[&str]) -> Result<Self> {
        let files = files_under(path, except)?;
        files.len().hash(&mut self.0);
        for file in files {
            file.strip_prefix(path).unwrap_or(&file).hash(&mut self.0);
            let bytes = fs::read(&file).or_fail(|| format!("read {}", file.display()))?;
            bytes.hash(&mut self.0);
        }
        Ok(self)
    }

    pub fn finish(self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// One stage of the build.
pub struct Stage<'a> {
    /// The folder of the stamps.
    pub stamps: &'a Path,
    /// The stamp's name.
    pub name: &'a str,
    /// The inputs' fingerprint.
    pub inputs: String,
    /// Files or folders that the stage makes.
    pub outputs: Vec<PathBuf>,
}

impl Stage<'_> {
    /// Does `work` unless the stamp says that it would make what is already there.
    /// Answers whether it worked.
    pub fn unless_fresh(&self, work: impl FnOnce() -> Result<()>) -> Result<bool> {
        let file = self.stamps.join(format!("{}.stamp", self.name));
        let stamped = fs::read_to_string(&file).ok();
        let missing = self.outputs.iter().any(|path| !path.exists());
        if !missing && stamped == Some(self.stamp()?) {
            return Ok(false);
        }
        // A stage that fails half-way must not look finished.
        if stamped.is_some() {
            fs::remove_file(&file).or_fail(|| format!("remove {}", file.display()))?;
        }
        work()?;
        write(&file, self.stamp()?.as_bytes())?;
        Ok(true)
    }

    fn stamp(&self) -> Result<String> {
        let outputs = self.outputs.iter().try_fold(Fingerprint::new(), |fingerprint, path| fingerprint.path(path))?;
        Ok(format!("{} {}\n", self.inputs, outputs.finish()))
    }
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).or_fail(|| format!("make the folder {}", folder.display()))?;
    }
    fs::write(path, bytes).or_fail(|| format!("write {}", path.display()))
}

/// Writes a file only when that changes it, so that watchers and stamps stay quiet.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    write(path, bytes)?;
    Ok(true)
}

/// All files at or under `path`, sorted.
pub fn files_under(path: &Path, except: &[&str]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(path, except, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(path: &Path, except: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).or_fail(|| format!("list {}", path.display()))? {
            let entry = entry.or_fail(|| format!("list {}", path.display()))?;
            let name = entry.file_name();
            let skipped = |names: &[&str]| names.iter().any(|skip| name == *skip);
            if !skipped(&NEVER_INPUT) && !skipped(except) {
                collect(&entry.path(), except, files)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A folder of the test's own, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).expect("the system's temporary folder is writable");
            Self(path)
        }

        fn file(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.join(name);
            write(&path, text.as_bytes()).expect("the scratch folder is writable");
            path
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn fingerprint(path: &Path) -> String {
        Fingerprint::new().path(path).expect("readable").finish()
    }

    #[test]
    fn a_fingerprint_changes_with_content_name_and_number_of_files() {
        let scratch = Scratch::new("fingerprint");
        scratch.file("in/a", "one");
        let folder = scratch.0.join("in");
        let first = fingerprint(&folder);
        assert_eq!(first, fingerprint(&folder));

        scratch.file("in/a", "two");
        assert_ne!(first, fingerprint(&folder));
        scratch.file("in/a", "one");
        assert_eq!(first, fingerprint(&folder));

        fs::rename(folder.join("a"), folder.join("b")).expect("renamed");
        assert_ne!(first, fingerprint(&folder));
    }

    #[test]
    fn packages_and_outputs_are_no_inputs() {
        let scratch = Scratch::new("never-input");
        scratch.file("in/a", "one");
        let folder = scratch.0.join("in");
        let first = fingerprint(&folder);
        scratch.file("in/node_modules/x/y", "…");
        scratch.file("in/dist/y", "…");
        assert_eq!(first, fingerprint(&folder));
    }

    #[test]
    fn a_stage_runs_again_only_for_a_new_input_or_a_lost_or_altered_output() {
        let scratch = Scratch::new("stage");
        let runs = Cell::new(0);
        let output = scratch.0.join("out/result");
        let stage = |inputs: &str| {
            let stage = Stage {
                stamps: &scratch.0.join("stamps"),
                name: "stage",
                inputs: inputs.to_owned(),
                outputs: vec![scratch.0.join("out")],
            }
            .unless_fresh(|| {
                runs.set(runs.get() + 1);
                write(&output, inputs.as_bytes())
            });
            (stage.expect("the work succeeds"), runs.get())
        };
        assert_eq!(stage("1"), (true, 1));
        assert_eq!(stage("1"), (false, 1));
        assert_eq!(stage("2"), (true, 2));
        fs::remove_file(&output).expect("there");
        assert_eq!(stage("2"), (true, 3));
        fs::write(&output, "meddled with").expect("writable");
        assert_eq!(stage("2"), (true, 4));
        assert_eq!(stage("2"), (false, 4));
    }

    #[test]
    fn a_failed_stage_leaves_no_stamp() {
        let scratch = Scratch::new("failed-stage");
        let output = scratch.file("out", "old");
        let stage = |inputs: &str| Stage {
            stamps: &scratch.0,
            name: "stage",
            inputs: inputs.to_owned(),
            outputs: vec![output.clone()],
        };
        assert_eq!(stage("1").unless_fresh(|| Ok(())), Ok(true));
        let failure = crate::failure::Failure::new("no");
        assert_eq!(stage("2").unless_fresh(|| Err(failure.clone())), Err(failure));
        assert_eq!(stage("1").unless_fresh(|| Ok(())), Ok(true));
    }

    #[test]
    fn an_equal_file_is_not_written_again() {
        let scratch = Scratch::new("write");
        let path = scratch.0.join("a/b");
        assert_eq!(write_if_changed(&path, b"x"), Ok(true));
        assert_eq!(write_if_changed(&path, b"x"), Ok(false));
        assert_eq!(write_if_changed(&path, b"y"), Ok(true));
    }
}
