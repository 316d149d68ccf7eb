//! `inkdigit export`: a model as an ONNX file for other programs.

use std::path::{Path, PathBuf};

use anyhow::Result;
use inkdigit::export::{ExportOptions, OPSETS, Package};
use inkdigit_train::{Split, synth};
use serde::Serialize;

use crate::args::{DataArgs, SubjectArgs};
use crate::examples;
use crate::output::{self, Usage};

mod finder;

/// Writes a model as an ONNX file for other programs
///
/// The file takes pixels from 0 (ground) to 255 (ink) in any batch, `input` [batch, 1, 28, 28], and gives
/// `logits` [batch, 10]; scaling is inside, BatchNorm is folded away. Its metadata tell preprocessing, labels,
/// temperature, accuracy and provenance. It goes into a file, or as a numbered version into a folder, which
/// `--model DIR` takes the newest of and `--model DIR@V` that one.
///
/// A finder's file takes pixels of any size, `input` [batch, 1, height, width], and gives its maps; of a finder's
/// training that hasn't ended the best finder so far is written.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::EXPORT)]
#[command(group(clap::ArgGroup::new("place").required(true).args(["out", "to"])))]
pub(crate) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,

    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// The folder of versions to write DIR/V/model.onnx into.
    #[arg(long, value_name = "DIR", requires = "version")]
    to: Option<PathBuf>,

    /// The version's number; one that exists is refused.
    #[arg(long, value_name = "V", requires = "to")]
    version: Option<u64>,

    /// The version of ONNX's operators.
    #[arg(long, value_name = "N", default_value_t = ExportOptions::default().opset, value_parser = clap::value_parser!(i64).range(OPSETS))]
    opset: i64,

    /// Add an output `probabilities`: softmax of the logits by the model's temperature.
    #[arg(long)]
    probabilities: bool,

    /// Take bytes as input in place of float32.
    #[arg(long)]
    uint8_input: bool,

    /// Leave BatchNorm and dropout as operators of their own, to train on elsewhere.
    #[arg(long)]
    keep_batch_norm: bool,

    /// Write N pictures and what the model gives for them beside it, as test_data_set_0, ...: synthetic digits,
    /// or the first of the test set where --data names one.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=1000))]
    with_test_data: u16,

    /// Write one .tar.gz with model.onnx and the test data in a folder, as the ONNX model zoo's downloads are.
    #[arg(long, requires = "out")]
    tar: bool,

    /// Replace FILE, and test data sets of the same numbers beside it.
    #[arg(long, conflicts_with = "to")]
    force: bool,

    /// Print what was written as JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    data: DataArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    bytes: usize,
    opset: i64,
    test_data_sets: usize,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    if finder::is_meant(args.subject.name()) {
        return finder::write(&args);
    }
    let archive = args.tar.then(|| args.out.as_deref().map(archive_name)).flatten().transpose()?;
    let model = args.subject.open()?;
    let options = ExportOptions {
        opset: args.opset,
        probabilities: args.probabilities,
        uint8_input: args.uint8_input,
        keep_batch_norm: args.keep_batch_norm,
    };
    let package = Package::new(&model, &options, &pictures(&args)?)?;
    let file = match (&args.out, &args.to, args.version) {
        (Some(file), ..) => {
            match &archive {
                Some(name) => package.write_archive(file, name, args.force)?,
                None => package.write_file(file, args.force)?,
            }
            file.clone()
        }
        (_, Some(dir), Some(version)) => package.write_version(dir, version)?,
        _ => {
            return Err(
                Usage("no place to write to, expected --out FILE or --to DIR --version V".into()).into()
            );
        }
    };
    if args.json {
        output::json(&Written {
            file: &file,
            bytes: package.model.len(),
            opset: args.opset,
            test_data_sets: package.test_cases.len(),
        })?;
    } else {
        let sets = match package.test_cases.len() {
            0 => String::new(),
            1 => ", with 1 test data set".into(),
            count => format!(", with {count} test data sets"),
        };
        output::line(format_args!("wrote {} for opset {}{sets}", file.display(), args.opset))?;
    }
    Ok(())
}

/// The pictures of the test data: the first of each digit in turn, or of the data that was named.
fn pictures(args: &Args) -> Result<Vec<u8>> {
    let count = args.with_test_data as usize;
    if count == 0 || args.data.dir.is_none() {
        return Ok(synth::dataset(count, 0).images().to_vec());
    }
    let data = args.data.open(Split::Test)?;
    if data.len() < count {
        return Err(
            Usage(format!("the test set has {} pictures, expected at least {count}", data.len())).into()
        );
    }
    Ok((0..count).flat_map(|index| data.image(index)).copied().collect())
}

/// The folder in an archive: its name without the endings.
fn archive_name(path: &Path) -> Result<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".tar.gz").or_else(|| name.strip_suffix(".tgz"));
    match stem.filter(|stem| !stem.is_empty()) {
        Some(stem) => Ok(stem.into()),
        None => {
            Err(Usage(format!("{} is no name for an archive, expected one in .tar.gz", path.display()))
                .into())
        }
    }
}
