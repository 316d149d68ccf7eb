//! Chores of Inkdigit's developers. It stands beside the house: nothing depends on it.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

mod web;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of Inkdigit's developers")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    Web(web::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Web(args) => web::run(&args),
    }
}

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}
