//! `inkdigit train`: a configuration from file, recipe and flags, a training that tells how it goes, and
//! what to do next.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use inkdigit::Error;
use inkdigit_train::config::{self, Changes, RECIPES, TrainConfig};
use inkdigit_train::evaluate::{self, Reading};
use inkdigit_train::networks::{Network, Start};
use inkdigit_train::train::{
    self, EpochRecord, Event, Flow, Observer, Outcome, TrainData, TrainOptions, Trained,
};
use inkdigit_train::{Dataset, Error as TrainError, Split, data};
use serde::Serialize;

use crate::args::{DataArgs, RUNS, ScaleArgs};
use crate::examples;
use crate::hints;
use crate::machine::{self, Machine};
use crate::output::{self, Interrupted, Usage, grouped};
use crate::progress::{self, TrainingProgress};
use crate::tensorboard::EventFolder;
use crate::watch::{self, Watch};

/// Trains a network
///
/// A recipe or a configuration file says how; flags go over it, and what neither says has its default. Where it
/// has several stages (`then`), each goes on from the best epoch of the one before, and a flag holds in all. With
/// --from, network and first numbers are a model's, from here or elsewhere; all else is as for a new one. The
/// run is kept in a folder of its own: the configuration, the history of its epochs, checkpoints, and at the
/// end the model, which every other command takes with `--model`. Ctrl-C saves a checkpoint and stops;
/// `--resume` continues to the same bits as if nothing had happened.
#[derive(clap::Args, Debug)]
#[command(alias = "retrain", after_help = with_recipes())]
pub(crate) struct Args {
    /// Configuration file (YAML); the run's folder holds one with every key.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// A configuration that is part of the program; they are listed below.
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    recipe: Option<String>,

    /// Go on with the network of this model, as `--model` takes it elsewhere, and its numbers.
    #[arg(long, value_name = "MODEL", conflicts_with = "network")]
    from: Option<String>,

    #[command(flatten)]
    scale: ScaleArgs,

    #[command(flatten)]
    settings: Settings,

    /// Threads to use; all the machine has if left out. The result doesn't depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// The run's folder; runs/NAME-N with the next free number if left out.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Replace a run that is in the folder already.
    #[arg(long)]
    overwrite: bool,

    /// Continue the run in this folder, with its own configuration.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "recipe", "from", "input_scale", "Settings", "out", "overwrite"])]
    resume: Option<PathBuf>,

    /// Draw curves and progress on the terminal; q stops as Ctrl-C does. Without a terminal there are plain
    /// lines.
    #[arg(long)]
    watch: bool,

    /// Write TensorBoard's files into this folder; into `tensorboard` in the run's folder if none is named.
    /// Look at them with `tensorboard --logdir DIR`.
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    tensorboard: Option<Option<PathBuf>>,

    /// Accepted for those used to `retrain --save`: the model is always saved, in the run's folder.
    #[arg(long)]
    save: bool,

    /// Print the result as JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    data: DataArgs,
}

/// What goes over the configuration.
#[derive(clap::Args, Debug)]
struct Settings {
    /// A network's name (see `inkdigit models`) or a list of layers as in a configuration file.
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,

    /// Passes over the training images, in each stage.
    #[arg(long, value_name = "N", conflicts_with = "iterations")]
    epochs: Option<f64>,

    /// Batches to train on, in place of epochs.
    #[arg(long, value_name = "N")]
    iterations: Option<usize>,

    /// Images of a batch.
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,

    /// The optimizer's step size.
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f32>,

    /// sgd, adam or adamw, or with constants as in a file: '{sgd: {momentum: 0.9}}'.
    #[arg(long, value_name = "OPTIMIZER")]
    optimizer: Option<String>,

    /// How the learning rate moves: constant, step, exponential, cosine or one_cycle, or with constants.
    #[arg(long, value_name = "SCHEDULE")]
    schedule: Option<String>,

    /// Decides every random choice.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Share of each label that is spread over all digits.
    #[arg(long, value_name = "SHARE")]
    label_smoothing: Option<f32>,

    /// Images held out of the training set for validation; 0 for none.
    #[arg(long, value_name = "N")]
    validation: Option<usize>,
}

/// The examples, and the recipes, which only the library knows.
fn with_recipes() -> String {
    let width = RECIPES.iter().map(|recipe| recipe.name.len()).max().unwrap_or(0);
    let line = |recipe: &config::Recipe| format!("  {:width$}  {}\n", recipe.name, recipe.description);
    let recipes: String = RECIPES.iter().map(line).collect();
    format!("Recipes:\n{recipes}\n{}", examples::TRAIN)
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    let (config, name) = match &args.resume {
        Some(dir) => (train::saved_config(dir)?, String::new()),
        None => configuration(&args)?,
    };
    let folder = args.data.folder()?;
    let train = data::open(&folder, Split::Train)?;
    let test = config.test_each_epoch.then(|| data::open(&folder, Split::Test)).transpose()?;
    let data = TrainData { train: &train, test: test.as_ref() };
    let threads = args.threads.map(usize::from);

    let out = match (&args.resume, &args.out) {
        (Some(dir), _) | (None, Some(dir)) => dir.clone(),
        _ => next_run(&name),
    };
    let events = args.tensorboard.as_ref().map(|dir| match dir {
        // What goes on belongs to what is there.
        Some(dir) if args.resume.is_some() => EventFolder::create(dir),
        Some(dir) => EventFolder::replacing(dir, args.overwrite).map_err(|error| match error.downcast_ref() {
            Some(Error::Exists { path }) => Usage(format!(
                "{} holds another training's TensorBoard files; name another folder, or replace them with --overwrite",
                path.display()
            ))
            .into(),
            _ => error,
        }),
        None => Ok(EventFolder::of_run(&out, args.overwrite)),
    });
    let events = events.transpose()?;
    stop_on_ctrl_c()?;
    let mut observer = Listeners { display: Display::new(args.watch)?, events };
    let outcome = if args.resume.is_some() {
        train::resume(&out, data, threads, &mut observer)
    } else {
        let options = TrainOptions {
            out: Some(out.clone()),
            overwrite: args.overwrite,
            threads,
            name: Some(name),
            machine: Some(machine(threads)?),
        };
        train::train(&config, data, &options, &mut observer)
    };
    observer.display.end();
    let outcome = outcome.inspect_err(|_| end_events(observer.events.take(), None))?;
    match outcome {
        Outcome::Finished(trained) => {
            end_events(observer.events, Some((&trained, data.train, config.validation)));
            finished(&args, &out, &trained)
        }
        Outcome::Stopped { step, steps, .. } => {
            end_events(observer.events, None);
            output::note(format_args!(
                "stopped after {} of {} batches, all saved; go on with: {}",
                grouped(step as u64),
                grouped(steps as u64),
                resume_command(&args, &out)
            ));
            Err(Interrupted.into())
        }
    }
}

/// What the run's folder keeps of the machine.
fn machine(threads: Option<usize>) -> Result<serde_json::Value> {
    let threads = threads.filter(|threads| *threads > 0).unwrap_or_else(machine::threads);
    Ok(serde_json::to_value(Machine { threads, ..Machine::look() })?)
}

/// Writes the rest of TensorBoard's files: of a training that has ended, the validation images it reads wrong.
/// The training is worth more than its pictures, so that what fails here is told and no more.
fn end_events(events: Option<EventFolder>, ended: Option<(&Trained, &Dataset, usize)>) {
    let Some(events) = events else { return };
    let written = match ended {
        Some((trained, data, held_out)) if held_out > 0 => {
            mistakes(trained, data, held_out).and_then(|(images, mistakes)| events.finish(&images, &mistakes))
        }
        _ => events.end(),
    };
    if let Err(error) = written {
        output::error(&error);
    }
}

fn mistakes(trained: &Trained, data: &Dataset, held_out: usize) -> Result<(Dataset, Vec<Reading>)> {
    const MOST: usize = 25;
    let images = train::validation_images(data, held_out)?;
    let appraisal = evaluate::appraise(&trained.model, &images, MOST)?;
    Ok((images, appraisal.mistakes))
}

/// The configuration from file or recipe with the flags over it, and what to call the run.
fn configuration(args: &Args) -> Result<(TrainConfig, String)> {
    let (mut config, source) = match (&args.recipe, &args.config) {
        (Some(name), _) => {
            let recipe = config::recipe(name).map_err(|error| match error {
                TrainError::UnknownName { .. } => Usage(error.to_string()).into(),
                other => anyhow::Error::from(other),
            })?;
            (recipe, Some(name.clone()))
        }
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path).with_context(|| {
                format!("cannot read {}; check the path and that you may read it", path.display())
            })?;
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            // Every run's own file is called so: that says nothing.
            let stem = stem.filter(|stem| stem != "config");
            (config::parse_yaml(&text, &path.display().to_string())?, stem)
        }
        (None, None) => (TrainConfig::default(), None),
    };
    match (&args.from, args.scale.input_scale) {
        (Some(from), input_scale) => {
            config.network = Network::From(Start { from: from.clone(), input_scale })
        }
        (None, Some(_)) => return Err(Usage("--input-scale is for --from MODEL alone".into()).into()),
        _ => {}
    }
    args.settings.apply(&mut config)?;
    if let Network::From(start) = &config.network {
        // Opened for what is to be said about it; training opens it again.
        ScaleArgs { input_scale: start.input_scale }.open(&start.from)?;
    }
    let name = match (&config.network, source) {
        (Network::From(start), _) => start.to_string(),
        (_, Some(source)) => source,
        (Network::BuiltIn(network), None) => network.name().to_string(),
        (Network::Layers(_), None) => "custom".to_string(),
    };
    Ok((config, name))
}

impl Settings {
    fn apply(&self, config: &mut TrainConfig) -> Result<()> {
        let read =
            |key: &str, value: &Option<String>| value.as_ref().map(|value| in_yaml(key, value)).transpose();
        if let Some(given) = read("network", &self.network)? {
            config.network = given.network;
        }
        config.seed = self.seed.unwrap_or(config.seed);
        config.validation = self.validation.unwrap_or(config.validation);
        config.change(&Changes {
            epochs: self.epochs,
            num_iterations: self.iterations,
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            label_smoothing: self.label_smoothing,
            optimizer: read("optimizer", &self.optimizer)?.map(|given| given.optimizer),
            schedule: read("schedule", &self.schedule)?.map(|given| given.schedule),
            ..Changes::default()
        });
        // Files and recipes were found sound, so it is a flag that isn't.
        Ok(config.validate().map_err(|error| Usage(hints::told(&error)))?)
    }
}

/// The defaults with one key as a file would have it: flags take the same forms, told of in the same words.
fn in_yaml(key: &str, value: &str) -> Result<TrainConfig> {
    let parsed = config::parse_yaml(&format!("{key}: {value}"), key);
    Ok(parsed.map_err(|error| match error {
        TrainError::InConfig { source, .. } => Usage(format!("--{key} {value}: {}", hints::told(&*source))),
        other => Usage(hints::told(&other)),
    })?)
}

/// The first of runs/NAME-1, runs/NAME-2, ... that isn't there.
fn next_run(name: &str) -> PathBuf {
    let folder = |number: u32| Path::new(RUNS).join(format!("{name}-{number}"));
    (1..).map(folder).find(|folder| !folder.exists()).unwrap_or_else(|| folder(0))
}

/// Set once Ctrl-C was pressed.
static STOP: AtomicBool = AtomicBool::new(false);

fn stop_on_ctrl_c() -> Result<()> {
    ctrlc::set_handler(stop).context("cannot listen for Ctrl-C")
}

/// Asks the training to stop.
fn stop() {
    // Whoever presses twice doesn't want to wait: the last checkpoint is whole in any case.
    if STOP.swap(true, Ordering::Relaxed) {
        watch::restore();
        std::process::exit(130);
    }
}

/// Shows a training and keeps its events, and stops it when that was asked for.
struct Listeners {
    display: Display,
    events: Option<EventFolder>,
}

impl Observer for Listeners {
    fn on(&mut self, event: &Event<'_>) -> Flow {
        self.display.show(event);
        if let Some(events) = &mut self.events {
            events.record(event);
        }
        if STOP.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue }
    }
}

/// How a training is shown.
enum Display {
    Lines(TrainingProgress),
    /// The dashboard, and the epochs so far: it leaves nothing on the terminal when it ends.
    Watch(Watch, Vec<EpochRecord>),
}

impl Display {
    fn new(watch: bool) -> Result<Self> {
        if watch && Watch::is_possible() {
            return Ok(Self::Watch(Watch::start(stop)?, Vec::new()));
        }
        if watch {
            output::note("no terminal to watch the training on: there are plain lines");
        }
        Ok(Self::Lines(TrainingProgress::new()))
    }

    fn show(&mut self, event: &Event<'_>) {
        match self {
            Self::Lines(progress) => progress.show(event),
            Self::Watch(watch, epochs) => {
                watch.show(event);
                if let Event::Epoch(record) = event {
                    epochs.push((*record).clone());
                }
            }
        }
    }

    fn end(&mut self) {
        match self {
            Self::Lines(progress) => progress.end(),
            Self::Watch(watch, epochs) => {
                watch.end();
                epochs.iter().for_each(|record| output::note(progress::epoch_line(record)));
            }
        }
    }
}

/// What to type to continue, for a shell.
fn resume_command(args: &Args, out: &Path) -> String {
    let data = args.data.dir.as_ref().map(|dir| format!(" --data {}", quoted(dir))).unwrap_or_default();
    format!("inkdigit train --resume {}{data}", quoted(out))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+~:@%".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// What `--json` prints at the end.
#[derive(Serialize)]
struct Summary<'a> {
    model: Option<&'a Path>,
    epoch: usize,
    stopped_early: bool,
    history: &'a [train::EpochRecord],
}

fn finished(args: &Args, out: &Path, trained: &Trained) -> Result<()> {
    let Trained { path, history, epoch, stopped_early, .. } = trained;
    if args.json {
        output::json(&Summary {
            model: path.as_deref(),
            epoch: *epoch,
            stopped_early: *stopped_early,
            history,
        })?;
    } else {
        if let Some(record) = history.iter().find(|record| record.epoch == *epoch) {
            let early = if *stopped_early { ", where training was stopped early" } else { "" };
            output::line(format_args!("epoch {epoch} of {}{early}: {}", history.len(), results(record)))?;
        }
        if let Some(path) = path {
            output::line(format_args!("the model is {}", path.display()))?;
        }
    }
    output::note(format_args!("next: inkdigit eval --model {}", quoted(out)));
    Ok(())
}

/// What an epoch came to, the most telling figures first.
fn results(record: &train::EpochRecord) -> String {
    let measured = [(record.test_accuracy, "test"), (record.validation_accuracy, "validation")];
    let mut parts: Vec<String> = measured
        .iter()
        .filter_map(|(accuracy, name)| Some(format!("{name} accuracy {:.2} %", 100.0 * accuracy.as_ref()?)))
        .collect();
    parts.push(format!("training accuracy {:.2} %", 100.0 * record.train_accuracy));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_where_a_shell_needs_it() {
        let cases = [("runs/fast-1", "runs/fast-1"), ("my run", "'my run'"), ("it's", r"'it'\''s'")];
        for (path, expected) in cases {
            assert_eq!(quoted(Path::new(path)), expected);
        }
    }
}
