//! From Rust to WebAssembly: finding a toolchain that can, and running it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

use crate::run_command;

const TARGET: &str = "wasm32-unknown-unknown";

/// A panic is a bug, and the page says so whatever its words: without them and the code that writes them the
/// modules are a tenth smaller.
const FLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// A compiler whose standard library comes as sources, to be built as small as the rest.
pub(super) struct Toolchain {
    rustc: PathBuf,
    cargo: PathBuf,
}

/// What the compiler made.
pub(super) struct Built {
    /// The WebAssembly file.
    pub(super) module: PathBuf,
    /// The repository's files that it was made of.
    pub(super) sources: Vec<PathBuf>,
}

impl Toolchain {
    /// The first of rustup's and the system's toolchains that has the standard library's sources.
    pub(super) fn find() -> Result<Self> {
        let own = |name| env::var_os(name).map(PathBuf::from);
        let pairs = [
            (own("RUSTC").unwrap_or("rustc".into()), own("CARGO").unwrap_or("cargo".into())),
            ("/usr/bin/rustc".into(), "/usr/bin/cargo".into()),
        ];
        let found = pairs.into_iter().find(|(rustc, _)| has_sources(rustc));
        let (rustc, cargo) = found.context(
            "no toolchain with the standard library's sources; run `rustup component add rust-src`, or on Debian \
             `apt-get install rustc-web cargo-web rust-web-src libstd-rust-web-dev lld`",
        )?;
        Ok(Self { rustc, cargo })
    }

    /// Builds the library for the browser with these flags.
    pub(super) fn build(&self, root: &Path, flags: &str) -> Result<Built> {
        let target = target_folder(root).join("web");
        let mut flags = format!("{flags} {FLAGS}");
        let mut command = Command::new(&self.cargo);
        // rustup's compilers bring a linker; Debian's use the one of LLVM.
        if Command::new("wasm-ld").arg("--version").output().is_ok() {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld");
            flags.insert_str(0, "-C linker-flavor=wasm-ld ");
        }
        command
            .current_dir(root)
            .env("RUSTC", &self.rustc)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
            .env("CARGO_TARGET_DIR", &target)
            .env_remove("RUSTUP_TOOLCHAIN")
            .args(["build", "--package", "inkdigit-web", "--lib", "--profile", "web", "--target", TARGET])
            .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
        run_command(&mut command)?;
        let module = target.join(TARGET).join("web/inkdigit_web.wasm");
        let sources = dependencies_of(&module.with_extension("d"), root)?;
        Ok(Built { module, sources })
    }
}

fn has_sources(rustc: &Path) -> bool {
    let output = Command::new(rustc).args(["--print", "sysroot"]).output();
    let sysroot = output.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml").exists()
}

/// The folder that cargo builds into.
pub(super) fn target_folder(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// The sources that a file of the compiler names, as `target: source source...`; those within the repository.
fn dependencies_of(file: &Path, root: &Path) -> Result<Vec<PathBuf>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (_, sources) = text.lines().next().and_then(|line| line.split_once(": ")).unwrap_or_default();
    let sources: Vec<PathBuf> =
        sources.split_whitespace().map(PathBuf::from).filter(|path| path.starts_with(root)).collect();
    ensure!(!sources.is_empty(), "{} names no sources", file.display());
    Ok(sources)
}

/// The tool `wasm-bindgen` in the version of the library: the one on the path, or one of our own, installed where
/// it is missing.
pub(super) fn wasm_bindgen(root: &Path) -> Result<PathBuf> {
    let wanted = version_in_lock(root, "wasm-bindgen")?;
    let own_folder = target_folder(root).join("web-tools");
    let own = own_folder.join("bin/wasm-bindgen");
    let found =
        [PathBuf::from("wasm-bindgen"), own.clone()].into_iter().find(|tool| is_version(tool, &wanted));
    if let Some(tool) = found {
        return Ok(tool);
    }
    eprintln!("installing wasm-bindgen {wanted} under {}", own_folder.display());
    let mut install = Command::new(crate::cargo());
    install.args(["install", "wasm-bindgen-cli", "--version", &wanted, "--root"]).arg(&own_folder);
    run_command(&mut install)?;
    Ok(own)
}

fn is_version(tool: &Path, wanted: &str) -> bool {
    let output = Command::new(tool).arg("--version").output();
    output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).trim() == format!("wasm-bindgen {wanted}")
    })
}

fn version_in_lock(root: &Path, name: &str) -> Result<String> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let after = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1);
    let version = after.and_then(|rest| rest.split('"').next());
    Ok(version.with_context(|| format!("Cargo.lock names no {name}"))?.to_owned())
}

/// Makes JavaScript's view of a module.
pub(super) fn bind(tool: &Path, module: &Path, folder: &Path, debug: bool) -> Result<()> {
    let mut command = Command::new(tool);
    command.args(["--target", "web", "--out-name", "inkdigit", "--remove-producers-section"]);
    // Which module is loaded is decided by who loads it.
    command.args(["--omit-default-module-path", "--out-dir"]);
    command.arg(folder).arg(module);
    if !debug {
        command.arg("--remove-name-section");
    }
    run_command(&mut command)
}
