//! `inkdigit report`: a run or a model on one page, or in TensorBoard's files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use inkdigit::{Error, atomic};
use inkdigit_train::evaluate::{Appraisal, appraise};
use inkdigit_train::train::{self, Run};
use inkdigit_train::{Dataset, Split, TrainConfig, data};
use inkdigit_view::report::{self, Appraised, Commands, Report, SHOWN};
use serde::Serialize;

use crate::args::{DataArgs, ScaleArgs};
use crate::examples;
use crate::output;
use crate::tensorboard::EventFolder;

/// Shows a training run or a model on one page
///
/// The page is one HTML file that needs no network and no scripts: curves of the training, the confusion matrix,
/// each digit's figures, how far probabilities can be relied on, the surest mistakes and the least sure hits,
/// labels that may be wrong, the network, its configuration and the machine. Of a run that is half written or of
/// another version it shows what there is, and says why the rest is missing.
#[derive(clap::Args, Debug)]
#[command(after_help = examples::REPORT)]
pub(crate) struct Args {
    /// A training run's folder, or a model as `--model` takes it elsewhere.
    #[arg(value_name = "RUN|MODEL", default_value = "default")]
    subject: String,

    /// The HTML file; report.html in the run's folder, or MODEL-report.html here, if left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace what is there already.
    #[arg(long)]
    force: bool,

    /// Write TensorBoard's files into this folder; the page only if --out names it as well.
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,

    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    scale: ScaleArgs,

    #[command(flatten)]
    data: DataArgs,
}

/// What `--json` prints. What isn't known is null.
#[derive(Serialize)]
struct Figures<'a> {
    page: Option<&'a Path>,
    tensorboard: Option<&'a Path>,
    test: Option<&'a Appraisal>,
    validation: Option<&'a Appraisal>,
    gaps: &'a [train::Gap],
}

/// The images that a run's model is tried on, and what it makes of them.
struct Tried {
    data: Dataset,
    appraisal: Appraisal,
    /// Where they are in their set; none if they are all of it.
    places: Option<Vec<usize>>,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let run = subject(&args)?;
    let page = args.tensorboard.is_none().then(|| default_page(&run));
    let page = args.out.clone().or(page);
    if let Some(path) = page.as_ref().filter(|path| !args.force && path.exists()) {
        return Err(Error::Exists { path: path.clone() }.into());
    }
    let events =
        args.tensorboard.as_deref().map(|dir| EventFolder::replacing(dir, args.force)).transpose()?;
    let test = on_test_images(&args, &run);
    let test = if args.data.named().is_some() && run.model.is_some() {
        // Data that was asked for must be there; else a report without it is better than none.
        Ok(test?)
    } else {
        test
    };
    let validation = on_held_out_images(&args, &run);
    if let Some(path) = &page {
        let report = Report {
            run: &run,
            test: test.as_ref().map(Tried::appraised).map_err(|why| format!("{why:#}")),
            validation: validation.as_ref().map(Tried::appraised),
            commands: COMMANDS,
            made_by: output::made_by(),
        };
        let html = report::html(&report);
        atomic::write_file(path, |out| out.write_all(html.as_bytes()))?;
    }
    if let Some(events) = events {
        let (images, mistakes) = match validation.as_ref().or(test.as_ref().ok()) {
            Some(Tried { data, appraisal, .. }) => (Some(data), &appraisal.mistakes[..]),
            None => (None, &[][..]),
        };
        events.write_run(&run, images, mistakes)?;
    }
    if args.json {
        return Ok(output::json(&Figures {
            page: page.as_deref(),
            tensorboard: args.tensorboard.as_deref(),
            test: test.as_ref().ok().map(|test| &test.appraisal),
            validation: validation.as_ref().map(|validation| &validation.appraisal),
            gaps: &run.gaps,
        })?);
    }
    if let Some(path) = &page {
        output::line(format_args!("the report is {}", path.display()))?;
    }
    if let Some(dir) = &args.tensorboard {
        output::line(format_args!("TensorBoard's files are in {}", dir.display()))?;
        output::note(format_args!("next: tensorboard --logdir {}", dir.display()));
    }
    Ok(())
}

/// What a report's reader can type next.
const COMMANDS: Commands = Commands {
    train_again: Some("inkdigit train --config FILE"),
    show_image: Some(|split, index| match split {
        Split::Train => format!("inkdigit display {index} --train"),
        Split::Test => format!("inkdigit display {index}"),
    }),
};

/// The run in the folder of this name, else the model.
fn subject(args: &Args) -> Result<Run> {
    let name = &args.subject;
    if Path::new(name).is_dir() {
        match Run::open(Path::new(name)) {
            // A folder of versions holds no training, and is a model.
            Err(inkdigit_train::Error::NoRun { .. })
                if !inkdigit::model::versions(Path::new(name)).is_empty() => {}
            run => return Ok(run?),
        }
    }
    let model = args.scale.open(name)?;
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok(Run::of_model(&stem.unwrap_or_else(|| name.clone()), model))
}

fn default_page(run: &Run) -> PathBuf {
    match &run.dir {
        Some(dir) => dir.join("report.html"),
        None => PathBuf::from(format!("{}-report.html", run.name)),
    }
}

impl Tried {
    fn appraised(&self) -> Appraised<'_> {
        Appraised { data: &self.data, appraisal: &self.appraisal, places: self.places.as_deref() }
    }
}

fn on_test_images(args: &Args, run: &Run) -> Result<Tried> {
    let model = run.model.as_ref().context("there is no model to try on them")?;
    let data = args.data.open(Split::Test)?;
    let appraisal = appraise(model, &data, SHOWN)?;
    Ok(Tried { data, appraisal, places: None })
}

/// None where nothing was held out, or the training set isn't there: the test images tell the same in general.
fn on_held_out_images(args: &Args, run: &Run) -> Option<Tried> {
    let model = run.model.as_ref()?;
    // What a model from elsewhere learned from isn't known.
    let held_out = TrainConfig::of(model)?.validation;
    let folder = (held_out > 0).then(|| args.data.folder().ok())??;
    let all = data::open(&folder, Split::Train).ok()?;
    let places = train::validation_indices(&all, held_out).ok()?;
    let data = all.select(&places);
    let appraisal = appraise(model, &data, SHOWN).ok()?;
    Some(Tried { data, appraisal, places: Some(places) })
}
