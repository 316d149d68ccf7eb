//! Chores of Inkdigit's developers. Nothing depends on it.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

mod check;
mod files;
mod literals;
mod tidy;
mod web;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of Inkdigit's developers")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    Check(check::Args),
    Web(web::Args),
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Check(args) => check::run(&args),
        Chore::Web(args) => web::run(&args),
    }
}

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

/// The cargo that runs this.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or("cargo".into())
}

/// Runs a command to its end.
fn run_command(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} failed ({status})", command.get_program().display());
    }
    Ok(())
}
