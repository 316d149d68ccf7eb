//! The command line as types: the program and its commands.

use clap::{Parser, Subcommand};

use crate::commands::{
    bench, compare, data, display, eval, explain, export, inspect, layers, models, predict, read, report,
    train, verify,
};
use crate::examples;

/// Reads handwritten digits, and trains the networks that read them.
///
/// A model is part of the program, so `inkdigit predict picture.png` reads a digit right away. MNIST, the
/// data that networks learn from, is downloaded the first time it is needed.
#[derive(Parser, Debug)]
#[command(name = "inkdigit", version, after_help = examples::TOP)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    // Boxed since it is by far the largest.
    Train(Box<train::Args>),
    Eval(eval::Args),
    Predict(predict::Args),
    Read(read::Args),
    Display(display::Args),
    Layers(layers::Args),
    Explain(explain::Args),
    Report(report::Args),
    Compare(compare::Args),
    Data(data::Args),
    Models(models::Args),
    Inspect(inspect::Args),
    Export(export::Args),
    Verify(verify::Args),
    #[cfg(feature = "serve")]
    Serve(Box<crate::commands::serve::Args>),
    Bench(bench::Args),
}
