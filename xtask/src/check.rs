//! Everything that must hold of a change and needs neither data nor a browser nor root: what CI asks first.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use serde::Deserialize;

use crate::{tidy, web};

/// Check what must hold before a change lands, as far as it needs neither data nor a browser nor root.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask check                  everything
  cargo xtask check format lints     these alone
  cargo xtask check --except tests   all others")]
pub(crate) struct Args {
    /// The steps to take; all if left out.
    #[arg(value_enum, value_name = "STEP")]
    only: Vec<Step>,

    /// A step to leave out; may be given several times.
    #[arg(long, value_enum, value_name = "STEP", conflicts_with = "only")]
    except: Vec<Step>,
}

/// What is checked, in the order in which it is: what is quick and often wrong comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// How files are long and how libraries speak (`tidy.rs`).
    Tidy,
    /// Formatting.
    Format,
    /// Lints, of everything that is built.
    Lints,
    /// Lints of each package without its features, and with each alone; of the fuzz targets.
    Features,
    /// Tests, those on real data where a variable says where it is.
    Tests,
    /// Documentation: links that lead somewhere.
    Docs,
    /// The browser's files are what the sources make.
    Web,
    /// Others' crates: licences, sources, two versions of one, and none that nothing uses.
    Dependencies,
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    let steps = Step::value_variants()
        .iter()
        .filter(|step| !args.except.contains(step) && (args.only.is_empty() || args.only.contains(step)));
    for &step in steps {
        let name = step.to_possible_value().expect("no step is hidden").get_name().to_owned();
        println!("\n== {name}");
        let begun = Instant::now();
        step.check().with_context(|| format!("cargo xtask check {name}"))?;
        println!("== {name}: {} s", begun.elapsed().as_secs());
    }
    Ok(())
}

impl Step {
    fn check(self) -> Result<()> {
        match self {
            Self::Tidy => tidy::check(&crate::root()),
            Self::Format => cargo(["fmt", "--all", "--", "--check"]),
            Self::Lints => cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
            Self::Features => features(),
            Self::Tests => cargo(["test", "--workspace"]),
            Self::Docs => {
                run_command(command(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
            }
            Self::Web => web::run(&web::Args::check()),
            Self::Dependencies => dependencies(),
        }
    }
}

/// cargo at the repository's root.
fn command<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(crate::cargo());
    command.current_dir(crate::root()).args(args);
    command
}

fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Result<()> {
    run_command(&mut command(args))
}

fn run_command(command: &mut Command) -> Result<()> {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    println!("cargo {}", words.join(" "));
    crate::run_command(command)
}

/// What `cargo metadata` says of the workspace's packages.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    /// Each with what it switches on.
    features: std::collections::BTreeMap<String, Vec<String>>,
}

/// Each package by itself, without its features and with each alone, as others may depend on it: a build of the
/// whole workspace has all features of all packages and misses what only some of them need.
fn features() -> Result<()> {
    let output = command(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata's answer")?;
    for package in &metadata.packages {
        let one_by_one = package.features.keys().filter(|name| *name != "default").map(String::as_str);
        for features in std::iter::once("").chain(one_by_one) {
            let of_package = ["clippy", "--package", &package.name, "--no-default-features", "--features"];
            cargo(of_package.into_iter().chain([features, "--", "-D", "warnings"]))?;
        }
    }
    // A workspace of its own, which nothing else builds.
    cargo([
        "clippy",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target-dir",
        "target/fuzz",
        "--",
        "-D",
        "warnings",
    ])
}

/// cargo-deny and cargo-shear, where they are installed. CI installs them.
fn dependencies() -> Result<()> {
    let tools: [(&str, &[&str]); 2] =
        [("deny", &["deny", "check", "licenses", "bans", "sources"]), ("shear", &["shear"])];
    for (tool, args) in tools {
        if is_installed(tool) {
            cargo(args.iter().copied())?;
        } else {
            println!("left out: cargo-{tool} isn't installed; `cargo install --locked cargo-{tool}`");
        }
    }
    Ok(())
}

fn is_installed(tool: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let name = format!("cargo-{tool}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&paths).any(|folder| Path::new(&folder).join(&name).is_file())
}
