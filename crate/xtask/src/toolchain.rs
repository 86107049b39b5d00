//! A Rust that can build for wasm, found or made in three ways, tried in this order:
//! already installed; `rustup target add`; Debian's own toolchain, which compiles `std` from source.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::failure::{Failure, Result};
use crate::layout::Layout;
use crate::step::{ask, note, run, step};

pub const TARGET: &str = "wasm32-unknown-unknown";

/// Insists on one of the [`Way`]s, so that each stays tested.
const CHOICE: &str = "GATESCOPE_WASM_TOOLCHAIN";

/// Debian's packages of the third way.
const DEBIAN: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// SIMD on: every browser since 2023 has it, and the core is laid out for it.
const SIMD: &str = "-Ctarget-feature=+simd128";

/// What LLVM does for speed and what only makes the code larger here: what is hot in the core is written in vectors and
/// marked to be inlined. Together they take some 8 % off the download; the training step is as fast.
const LEAN: [&str; 4] = [
    // Loop strength reduction keeps a pointer for every array of a loop, which WebAssembly has no use for: the engine lays
    // out the loop anew.
    "-Cllvm-args=-disable-lsr",
    // Two to eight copies of a loop's body, and one for what is left over.
    "-Cllvm-args=-unroll-runtime=false",
    // A vector copy of every plain loop beside the scalar one.
    "-Cno-vectorize-loops",
    // Half of what LLVM takes on at a call.
    "-Cllvm-args=-inline-threshold=100",
];

/// A way to come by the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Installed,
    Rustup,
    Debian,
}

impl Way {
    fn parse(name: &str) -> Result<Self> {
        match name {
            "installed" => Ok(Self::Installed),
            "rustup" => Ok(Self::Rustup),
            "debian" => Ok(Self::Debian),
            _ => Err(Failure::new(format!("{CHOICE}={name} is no way to the wasm target"))
                .remedy("leave it out, or set it to installed, rustup or debian")),
        }
    }

    /// Tries this way for real.
    fn obtain(self) -> Result<()> {
        match self {
            Self::Installed if installed() => Ok(()),
            Self::Installed => Err(Failure::new(format!("{TARGET} is not installed"))),
            Self::Rustup => step(&format!("Adding {TARGET} with rustup"), || {
                run(
                    Command::new("rustup").args(["target", "add", TARGET]),
                    "rustup says above why; offline it cannot work",
                )?;
                // A success that leaves the compiler in use without the target is none.
                Self::Installed.obtain()
            }),
            Self::Debian => apt::install(&DEBIAN),
        }
    }
}

/// A Rust that can build for wasm.
pub struct WasmToolchain {
    way: Way,
    root: PathBuf,
    target: PathBuf,
}

impl WasmToolchain {
    /// Finds one, or makes one. `GATESCOPE_WASM_TOOLCHAIN` insists on one way.
    pub fn obtain(layout: &Layout) -> Result<Self> {
        let ready = |way, target| Self { way, root: layout.root.clone(), target };
        if let Some(name) = env::var_os(CHOICE).filter(|name| !name.is_empty()) {
            let way = Way::parse(&name.to_string_lossy())?;
            way.obtain()?;
            note(&format!("Building for wasm the way that {CHOICE} asks for: {way:?}"));
            return Ok(ready(way, target_of(way, layout)));
        }
        let mut tried = String::new();
        for way in [Way::Installed, Way::Rustup, Way::Debian] {
            match way.obtain() {
                Ok(()) => return Ok(ready(way, target_of(way, layout))),
                Err(failure) => tried.push_str(&format!("\n  {way:?}: {failure}")),
            }
        }
        Err(Failure::new(format!("no Rust here can build for {TARGET}:{tried}"))
            .remedy(format!("`rustup target add {TARGET}`, or on Debian: apt-get install {}", DEBIAN.join(" "))))
    }

    /// Where the outputs are: Debian's compiler is another one, and gets a folder of its own.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// `cargo <subcommand>` for the wasm target.
    pub fn cargo(&self, subcommand: &str) -> Command {
        self.cargo_in(subcommand, &self.target)
    }

    /// The same with its output in another folder, for another workspace.
    pub fn cargo_in(&self, subcommand: &str, target: &Path) -> Command {
        let mut command = match self.way {
            Way::Installed | Way::Rustup => Command::new(cargo()),
            Way::Debian => Command::new("/usr/bin/cargo"),
        };
        command.arg(subcommand).args(["--target", TARGET]).arg("--target-dir").arg(target);
        command.current_dir(&self.root);
        if self.way == Way::Debian {
            command.arg("-Zbuild-std=std,panic_abort");
            // What the caller's cargo and rustup left in the environment is about another compiler.
            for name in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "CARGO", "LD_LIBRARY_PATH"] {
                command.env_remove(name);
            }
            command
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTDOC", "/usr/bin/rustdoc")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22");
        }
        command.env("CARGO_ENCODED_RUSTFLAGS", self.rustflags());
        command
    }

    /// SIMD, and no folder of this machine in the binary, so that every machine builds the same one.
    /// (With `--target` these flags reach only what runs in the browser; the encoded form, with its
    /// separator 0x1f, bears spaces in folder names.)
    fn rustflags(&self) -> OsString {
        let mut flags = OsString::from([&[SIMD][..], &LEAN].concat().join("\x1f"));
        let mut remap = |from: &Path, to: &str| {
            flags.push("\x1f--remap-path-prefix=");
            flags.push(from);
            flags.push("=");
            flags.push(to);
        };
        // The last that matches wins.
        if let Some(home) = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home_cargo) {
            remap(&home, "/cargo");
        }
        if self.way == Way::Debian {
            remap(Path::new("/usr/lib/rustlib/src/rust"), "/rustc");
        }
        remap(&self.root, "/gatescope");
        flags
    }
}

/// The cargo that called xtask.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn home_cargo() -> Option<PathBuf> {
    Some(env::home_dir()?.join(".cargo"))
}

fn target_of(way: Way, layout: &Layout) -> PathBuf {
    match way {
        Way::Installed | Way::Rustup => layout.target(),
        Way::Debian => layout.scratch().join("debian"),
    }
}

/// Whether the compiler in use has the target's standard library (asking the compiler works with and
/// without rustup).
fn installed() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    ask(Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]))
        .and_then(|folder| std::fs::read_dir(folder).ok())
        .is_some_and(|files| files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ways_have_names() {
        assert_eq!(Way::parse("installed"), Ok(Way::Installed));
        assert_eq!(Way::parse("rustup"), Ok(Way::Rustup));
        assert_eq!(Way::parse("debian"), Ok(Way::Debian));
        assert!(Way::parse("nix").is_err());
    }

    fn toolchain(way: Way) -> WasmToolchain {
        WasmToolchain { way, root: "/a b/gatescope".into(), target: "/a b/gatescope/target".into() }
    }

    #[test]
    fn the_flags_bear_a_folder_with_a_space() {
        let flags = toolchain(Way::Installed).rustflags().into_string().expect("UTF-8");
        let flags: Vec<_> = flags.split('\x1f').collect();
        assert_eq!(flags.first(), Some(&SIMD));
        assert_eq!(flags.last(), Some(&"--remap-path-prefix=/a b/gatescope=/gatescope"));
    }

    #[test]
    fn debians_way_compiles_std_with_debians_own_compiler() {
        let command = toolchain(Way::Debian).cargo("build");
        assert_eq!(command.get_program(), "/usr/bin/cargo");
        assert!(command.get_args().any(|argument| argument == "-Zbuild-std=std,panic_abort"));
        let removed = |name: &str| command.get_envs().any(|(key, value)| key == name && value.is_none());
        assert!(removed("RUSTUP_TOOLCHAIN") && removed("LD_LIBRARY_PATH"));
    }
}
