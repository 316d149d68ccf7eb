//! What the built files were built from, as checksums: so that anybody can tell without a WebAssembly toolchain
//! whether they are current.
//!
//! The record names the compiled files that the compiler itself names (a new one comes in by a line in one of
//! them), the crates that these use with their versions, and the built files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::{BUILDS, Places};
use crate::files::{files_below, name};

/// Crates whose manifests decide what is compiled.
const CRATES: [&str; 7] = [
    "inkdigit-kernels",
    "inkdigit-image",
    "inkdigit-nn",
    "inkdigit-onnx",
    "inkdigit",
    "inkdigit-view",
    "inkdigit-web",
];

/// The name under which other crates' versions stand in the record.
const DEPENDENCIES: &str = "(dependencies)";

/// The name under which the build's settings stand in it.
const SETTINGS: &str = "(settings)";

/// The record for the built files as they are, made of `inputs`.
pub(super) fn record(places: &Places, inputs: Vec<PathBuf>) -> Result<String> {
    let manifests = CRATES.iter().map(|name| places.root.join("crates").join(name).join("Cargo.toml"));
    let files: BTreeSet<PathBuf> =
        inputs.into_iter().chain(manifests).chain(files_below(&places.www)?).collect();
    let mut lines = String::new();
    for file in files {
        let name = name(&places.root, &file);
        lines += &format!("{}  {name}\n", state(places, &name)?);
    }
    for name in [DEPENDENCIES, SETTINGS] {
        lines += &format!("{}  {name}\n", state(places, name)?);
    }
    Ok(lines)
}

/// The names in the record whose state is another now, and built files that it doesn't name.
pub(super) fn stale(places: &Places, record: &str) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    let mut named = BTreeSet::new();
    for line in record.lines() {
        let (checksum, name) = line.split_once("  ").with_context(|| format!("no checksum in `{line}`"))?;
        named.insert(name);
        if state(places, name).map_or(true, |now| now != checksum) {
            stale.push(name.to_owned());
        }
    }
    for file in files_below(&places.www)? {
        let name = name(&places.root, &file);
        if !named.contains(name.as_str()) {
            stale.push(name);
        }
    }
    Ok(stale)
}

/// The checksum of what a name in the record stands for.
fn state(places: &Places, name: &str) -> Result<String> {
    match name {
        DEPENDENCIES => Ok(checksum(dependencies(&places.root)?.as_bytes())),
        SETTINGS => Ok(checksum(settings(&places.root)?.as_bytes())),
        _ => {
            let path = places.root.join(name);
            Ok(checksum(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?))
        }
    }
}

/// Other people's crates that are compiled in, with versions and features.
fn dependencies(root: &Path) -> Result<String> {
    let output = Command::new(crate::cargo())
        .current_dir(root)
        .args(["tree", "--locked", "--package", "inkdigit-web", "--target", "wasm32-unknown-unknown"])
        .args(["--edges", "normal,build", "--prefix", "none", "--format", "{p} {f}"])
        .output()
        .context("cannot run cargo tree")?;
    ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).context("cargo tree printed no text")?;
    // The repository's own crates stand there with the folder they happen to lie in.
    let others = text.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.contains('/'));
    let others: BTreeSet<&str> = others.collect();
    Ok(others.into_iter().collect::<Vec<_>>().join("\n"))
}

/// The profile, and the compiler's flags.
fn settings(root: &Path) -> Result<String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let sections = manifest.split("\n[").filter(|section| section.starts_with("profile.web"));
    let (flags, compile) = (format!("{BUILDS:?}"), include_str!("compile.rs"));
    // What follows a section's last line is the next one's comment.
    let lines = sections.flat_map(str::lines).map(|line| line.split(" #").next().unwrap_or_default());
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.chain([flags.as_str(), compile]).collect::<Vec<_>>().join("\n"))
}

/// SHA-256 in hexadecimal.
pub(super) fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_missing_and_a_new_file_are_stale() {
        let folder = tempfile::tempdir().expect("a folder");
        let places = Places::new(folder.path().to_owned());
        fs::create_dir_all(&places.www).expect("a folder");
        let write = |name: &str| fs::write(places.www.join(name), name).expect("written");
        ["same", "changed", "missing"].into_iter().for_each(write);
        let line = |name: &str| format!("{}  crates/inkdigit-web/www/{name}\n", checksum(name.as_bytes()));
        let record = ["same", "changed", "missing"].map(line).concat();
        assert_eq!(stale(&places, &record).expect("checked"), [""; 0]);
        fs::write(places.www.join("changed"), "otherwise").expect("written");
        fs::remove_file(places.www.join("missing")).expect("removed");
        write("new");
        let expected = ["changed", "missing", "new"].map(|name| format!("crates/inkdigit-web/www/{name}"));
        assert_eq!(stale(&places, &record).expect("checked"), expected);
    }
}
