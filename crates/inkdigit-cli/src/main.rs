//! The program `inkdigit`: parse what was typed, run the command, turn the outcome into an exit code.
//!
//! 0: done. 1: something failed. 2: a mistake on the command line. 130: stopped by Ctrl-C.
#![forbid(unsafe_code)]
// The library's errors carry what was found and expected: large, but made once, on the way out.
#![allow(clippy::result_large_err)]

mod args;
mod cli;
mod commands;
mod examples;
mod hints;
mod labels;
mod out_folder;
mod output;
mod pictures;
mod progress;
mod subject;
mod tensorboard;
mod terminal;
mod watch;

use std::process::ExitCode;

use clap::Parser;
use inkdigit::machine;

use cli::{Cli, Command};
use output::{Interrupted, Told, Usage};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Train(args) => commands::train::run(*args),
        Command::Eval(args) => commands::eval::run(args),
        Command::Predict(args) => commands::predict::run(args),
        Command::Read(args) => commands::read::run(args),
        Command::Display(args) => commands::display::run(args),
        Command::Layers(args) => commands::layers::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Report(args) => commands::report::run(args),
        Command::Compare(args) => commands::compare::run(args),
        Command::Data(args) => commands::data::run(args),
        Command::Models(args) => commands::models::run(args),
        Command::Inspect(args) => commands::inspect::run(args),
        Command::Export(args) => commands::export::run(args),
        Command::Verify(args) => commands::verify::run(args),
        #[cfg(feature = "serve")]
        Command::Serve(args) => commands::serve::run(*args),
        Command::Bench(args) => commands::bench::run(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    if output::reader_left(error) {
        return ExitCode::SUCCESS;
    }
    if error.is::<Interrupted>() {
        return ExitCode::from(130);
    }
    if error.is::<Told>() {
        return ExitCode::FAILURE;
    }
    output::error(error);
    ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
}
