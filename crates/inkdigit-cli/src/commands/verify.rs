//! `inkdigit verify`: whether a model computes here what it computed where it comes from.

use std::path::PathBuf;

use anyhow::Result;
use inkdigit::model::{self, Place};
use inkdigit::verify::{self, Tolerance, Verified};

use crate::examples;
use crate::output::{self, Table, Told, Usage};

/// Compares a model's outputs with the expected ones in test data sets
///
/// Runs each folder `test_data_set_N` (input_0.pb, output_0.pb, ...) and prints the largest difference of each
/// output: absolute, and relative to the output's largest number. One that is beyond both tolerances makes the
/// exit code 1.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::VERIFY)]
pub(crate) struct Args {
    /// An ONNX file, or whatever `--model` takes elsewhere.
    #[arg(value_name = "MODEL")]
    model: String,

    /// Folders of test data, or folders that hold some; those beside the model if left out.
    #[arg(value_name = "FOLDER")]
    folders: Vec<PathBuf>,

    /// The largest absolute difference that passes.
    #[arg(long, value_name = "X", default_value_t = Tolerance::default().absolute, value_parser = tolerance)]
    tolerance: f64,

    /// The largest difference that passes as a share of the output's largest number; 0 to go by --tolerance
    /// alone.
    #[arg(long, value_name = "SHARE", default_value_t = Tolerance::default().relative, value_parser = tolerance)]
    relative: f64,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn tolerance(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|&number: &f64| number >= 0.0);
    number.ok_or_else(|| "expected a number of 0 or more".into())
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let tolerance = Tolerance { absolute: args.tolerance, relative: args.relative };
    let folders = folders(&args)?;
    let model = model::open_imported(&args.model)?;
    let verified = folders.iter().map(|folder| verify::verify(&model, folder, tolerance));
    let verified = verified.collect::<inkdigit::Result<Vec<_>>>()?;
    if args.json {
        output::json(&verified)?
    } else {
        output::line(table(&verified))?
    }
    if verified.iter().all(Verified::passed) {
        return Ok(());
    }
    let beyond = if args.relative > 0.0 {
        format!("{} and {} of the output's largest number", args.tolerance, args.relative)
    } else {
        args.tolerance.to_string()
    };
    output::note(format_args!("error: differences beyond the tolerance ({beyond})"));
    Err(Told.into())
}

fn folders(args: &Args) -> Result<Vec<PathBuf>> {
    if !args.folders.is_empty() {
        let meant = args.folders.iter().map(|folder| verify::meant_by(folder));
        return Ok(meant.collect::<inkdigit::Result<Vec<_>>>()?.concat());
    }
    match Place::of(&args.model)? {
        Place::File(file) => Ok(verify::beside(&file)?),
        Place::BuiltIn(name) => {
            Err(Usage(format!("nothing lies beside the built-in model {name}, expected a FOLDER")).into())
        }
    }
}

fn table(verified: &[Verified]) -> Table {
    let mut table = Table::new(&["test data", "output", "absolute", "relative", "outcome"]);
    for set in verified {
        for output in &set.outputs {
            let outcome = if output.passed { "ok" } else { "differs" };
            let [absolute, relative] = [output.absolute, output.relative].map(|x| format!("{x:.2e}"));
            let folder = set.folder.display().to_string();
            table.row(vec![folder, output.name.clone(), absolute, relative, outcome.into()]);
        }
    }
    table
}
