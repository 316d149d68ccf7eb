//! `inkdigit eval`: how well a model reads a data set.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use inkdigit::model::{ScaleRule, ScaleSource};
use inkdigit::{Model, Recognizer, atomic};
use inkdigit_train::data::npy;
use inkdigit_train::evaluate::Score;
use inkdigit_train::{Dataset, Evaluation, Split, TrainConfig, evaluate, probe, train};

use crate::args::{DataArgs, FinderArgs, ModelArgs};
use crate::examples;
use crate::output::{self, Table, Usage, grouped};

mod pages;

/// Measures how well a model reads a data set
///
/// Prints accuracy and loss, precision (how many of the images taken for a digit were it) and recall (how
/// many images of a digit were taken for it), and the confusion matrix. Data may be anything `--data` takes:
/// MNIST, other sets in IDX form, CSV files, or your own pictures in folders by label.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::EVAL)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    data: DataArgs,

    /// The part of the data to read. `train` and `validation` divide the training set as the model's own
    /// training did.
    #[arg(long, value_enum, default_value_t = SplitChoice::Test)]
    split: SplitChoice,

    /// Write the probabilities, one row of ten for each image, as a .npy or .csv file.
    #[arg(long, value_name = "FILE")]
    probabilities: Option<PathBuf>,

    /// Read the data with pixels in each of the usual ranges, and say which the model wants.
    #[arg(long, conflicts_with_all = ["input_scale", "probabilities"])]
    probe_scale: bool,

    /// Read the pictures in this folder and those below it as pages instead, and compare their digits with the text
    /// in a `.txt` file of the same name beside each; pictures in folders called 0 to 9 show that one digit. The
    /// counts are by folder; what is doubtful counts as missed.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["probabilities", "probe_scale", "split"])]
    pages: Option<PathBuf>,

    #[command(flatten)]
    finder: FinderArgs,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A part of the data as trainings see it.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum SplitChoice {
    /// The training set without what was held out.
    Train,
    /// What was held out of the training set.
    Validation,
    /// The test set.
    Test,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let form = args.probabilities.as_deref().map(ArrayFormat::of).transpose()?;
    if args.probe_scale {
        return probe(&args);
    }
    if let Some(folder) = &args.pages {
        let recognizer = args.finder.equip(Recognizer::new(args.model.open()?))?;
        return pages::run(&recognizer, folder, args.json);
    }
    let model = args.model.open()?;
    let data = open(&args, &model)?;
    let probabilities = evaluate::probabilities(&model, &data);
    let evaluation = evaluate::evaluation(&probabilities, data.labels())?;
    if let (Some(path), Some(form)) = (&args.probabilities, form) {
        form.write(path, &probabilities)?;
        output::note(format_args!("wrote {} rows of 10 to {}", grouped(data.len()), path.display()));
    }
    if args.json {
        output::json(&evaluation)?
    } else {
        print(&evaluation)?
    }
    Ok(())
}

fn open(args: &Args, model: &Model) -> Result<Dataset> {
    if args.split == SplitChoice::Test {
        return args.data.open(Split::Test);
    }
    let held_out = TrainConfig::of(model).map_or(0, |config| config.validation);
    if args.split == SplitChoice::Validation && held_out == 0 {
        let model = &args.model.model;
        return Err(Usage(format!(
            "{model} was trained without a validation split, expected a model with one; take --split test"
        ))
        .into());
    }
    let all = args.data.open(Split::Train)?;
    Ok(match args.split {
        SplitChoice::Validation => train::validation_images(&all, held_out)?,
        _ => train::training_images(&all, held_out)?,
    })
}

/// Accuracy and loss in each range of pixels that files are found with.
fn probe(args: &Args) -> Result<()> {
    let name = &args.model.model;
    let open = |scale| Model::open_with(name, ScaleRule::Always(scale));
    let model = Model::open(name)?;
    let probes = probe::input_scales(open, &self::open(args, &model)?)?;
    if args.json {
        return Ok(output::json(&probes)?);
    }
    let mut table = Table::new(&["pixels", "accuracy", "loss"]);
    for probe in &probes.probes {
        let Score { accuracy, loss } = probe.score;
        table.row(vec![
            probe.input_scale.to_string(),
            format!("{:.2} %", 100.0 * accuracy),
            format!("{loss:.4}"),
        ]);
    }
    output::line(format_args!("{table}\n"))?;
    output::line(format_args!("{} fits: inkdigit eval --model {name} --input-scale {0}", probes.fits))?;
    if let Some(file) = model.file().filter(|file| file.scale_source != ScaleSource::Assumed) {
        let (scale, how) = (file.input_scale, file.scale_source);
        output::note(format_args!("without --input-scale it is read with pixels {scale} ({how})"));
    }
    Ok(())
}

/// The form of a file of probabilities.
#[derive(Clone, Copy)]
enum ArrayFormat {
    Npy,
    Csv,
}

impl ArrayFormat {
    fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|end| end.to_str()) {
            Some("npy") => Ok(Self::Npy),
            Some("csv") => Ok(Self::Csv),
            _ => Err(Usage(format!(
                "{} ends in no form that is written, expected a name in .npy or .csv",
                path.display()
            ))
            .into()),
        }
    }

    fn write(self, path: &Path, probabilities: &[f32]) -> inkdigit::Result<()> {
        atomic::write_file(path, |out| match self {
            Self::Npy => npy::write_f32(out, &[probabilities.len() / 10, 10], probabilities),
            Self::Csv => probabilities.chunks_exact(10).try_for_each(|row| {
                let cells: Vec<String> = row.iter().map(f32::to_string).collect();
                writeln!(out, "{}", cells.join(","))
            }),
        })
    }
}

fn print(evaluation: &Evaluation) -> std::io::Result<()> {
    let wrong = evaluation.images - (0..10).map(|digit| evaluation.confusion[digit][digit]).sum::<usize>();
    output::line(format_args!(
        "accuracy {:.2} %, loss {:.4}: {} of {} images read wrong\n",
        100.0 * evaluation.accuracy,
        evaluation.loss,
        grouped(wrong),
        grouped(evaluation.images)
    ))?;
    let percent = |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.2} %", 100.0 * share));
    let mut table = Table::new(&["digit", "precision", "recall", "images"]);
    for score in &evaluation.per_digit {
        let digit = score.digit.to_string();
        table.row(vec![digit, percent(score.precision), percent(score.recall), score.support.to_string()]);
    }
    output::line(format_args!("{table}\n"))?;
    let headings: Vec<String> = (0..10).map(|digit| format!("as {digit}")).collect();
    let headings: Vec<&str> = ["digit"].into_iter().chain(headings.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for (digit, row) in evaluation.confusion.iter().enumerate() {
        // Zeros would hide the mistakes among them.
        let cells = row.iter().map(|&count| if count == 0 { "-".into() } else { count.to_string() });
        table.row([digit.to_string()].into_iter().chain(cells).collect());
    }
    output::line(table)
}
