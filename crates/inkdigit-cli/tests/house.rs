//! The house's invariants that no compiler checks: which crate may know which, and where the world may be
//! touched.

#[path = "house/messages.rs"]
mod messages;
#[path = "house/modules.rs"]
mod modules;
#[path = "house/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};

/// Every crate that others may use.
const LIBRARIES: [&str; 9] = [
    "inkdigit-kernels",
    "inkdigit-image",
    "inkdigit-nn",
    "inkdigit-onnx",
    "inkdigit",
    "inkdigit-train",
    "inkdigit-view",
    "inkdigit-serve",
    "inkdigit-web",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("source text")));
        }
    }
}

fn sources_of(krate: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&root().join("crates").join(krate).join("src"), &mut found);
    assert!(!found.is_empty(), "{krate} has sources");
    found
}

/// The crates of this workspace that `krate` depends on, without those for its tests.
fn dependencies(krate: &str) -> Vec<String> {
    let manifest =
        fs::read_to_string(root().join("crates").join(krate).join("Cargo.toml")).expect("a manifest");
    let section = manifest.split("[dependencies]").nth(1).expect("dependencies");
    let section = section.split("\n[").next().expect("a section");
    let names = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| name.starts_with("inkdigit")).map(str::to_owned).collect()
}

#[test]
fn arrows_point_down() {
    assert_eq!(dependencies("inkdigit-kernels"), [""; 0]);
    assert_eq!(dependencies("inkdigit-nn"), ["inkdigit-kernels"]);
    assert_eq!(dependencies("inkdigit-onnx"), ["inkdigit-nn"]);
    assert_eq!(dependencies("inkdigit-image"), [""; 0]);
    assert_eq!(dependencies("inkdigit"), ["inkdigit-image", "inkdigit-nn", "inkdigit-onnx"]);
    assert_eq!(dependencies("inkdigit-train"), ["inkdigit-nn", "inkdigit-image", "inkdigit"]);
    assert_eq!(dependencies("inkdigit-view"), ["inkdigit", "inkdigit-nn", "inkdigit-train"]);
    assert_eq!(dependencies("inkdigit-serve"), ["inkdigit", "inkdigit-view"]);
    assert_eq!(dependencies("inkdigit-web"), ["inkdigit", "inkdigit-nn", "inkdigit-view"]);
    let allowed =
        ["inkdigit", "inkdigit-image", "inkdigit-train", "inkdigit-view", "inkdigit-serve", "inkdigit-nn"];
    let found = dependencies("inkdigit-cli");
    assert!(found.iter().all(|name| allowed.contains(&name.as_str())), "the program knows {found:?}");
}

#[test]
fn the_engine_touches_nothing_of_the_world() {
    for krate in ["inkdigit-kernels", "inkdigit-nn", "inkdigit-onnx"] {
        for (file, text) in sources_of(krate) {
            for word in
                ["std::fs", "std::env", "std::net", "std::process", "std::time", "std::io", "println!"]
            {
                assert!(!text.contains(word), "{file} has {word}");
            }
        }
    }
}

#[test]
fn kernels_know_no_threads() {
    for (file, text) in sources_of("inkdigit-kernels") {
        for word in ["rayon", "std::thread", "std::sync"] {
            assert!(!text.contains(word), "{file} has {word}");
        }
    }
}

#[test]
fn the_library_reads_no_environment_and_prints_nothing() {
    let libraries = ["inkdigit-image", "inkdigit", "inkdigit-train"];
    for (file, text) in libraries.into_iter().flat_map(sources_of) {
        for word in ["std::env::var", "env::var(", "println!"] {
            // Documentation and tests may show or print.
            let code = text.split("#[cfg(test)]").next().expect("code before the tests");
            let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            assert!(!code.contains(word), "{file} has {word}");
        }
    }
}

#[test]
fn what_draws_knows_no_files_terminals_or_network() {
    for (file, text) in sources_of("inkdigit-view") {
        for word in ["std::fs", "std::env", "std::net", "std::process", "std::time", "std::io", "println!"] {
            assert!(!text.contains(word), "{file} has {word}");
        }
    }
}

#[test]
fn unsafe_is_in_the_kernels_alone() {
    for krate in [
        "inkdigit-image",
        "inkdigit-nn",
        "inkdigit-onnx",
        "inkdigit",
        "inkdigit-train",
        "inkdigit-view",
        "inkdigit-serve",
        "inkdigit-cli",
    ] {
        let files = sources_of(krate);
        let root =
            files.iter().find(|(file, _)| file.ends_with("src/lib.rs") || file.ends_with("src/main.rs"));
        let (file, text) = root.expect("a root file");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{file} forbids unsafe code");
    }
}

#[test]
fn the_browsers_crate_writes_no_unsafe_code_itself() {
    // Its macros do, so it can't be forbidden.
    for (file, text) in sources_of("inkdigit-web") {
        assert!(!text.contains("unsafe ") && !text.contains("allow(unsafe"), "{file} has unsafe code");
        if file.ends_with("src/lib.rs") {
            assert!(text.contains("#![deny(unsafe_code)]"), "{file} denies unsafe code");
        }
    }
}

#[test]
fn every_dependency_says_why() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let section = manifest.split("[workspace.dependencies]").nth(1).expect("dependencies");
    let section = section.split("\n[").next().expect("a section");
    for line in section.lines().filter(|line| line.contains('=') && !line.starts_with("inkdigit")) {
        assert!(line.contains(" # "), "no reason given: {line}");
    }
}
